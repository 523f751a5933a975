//! The environment that settings are read from, and the checks that all settings share.

use std::fmt;
use std::str::FromStr;

/// Where settings come from: the process's environment, or a test's table.
pub trait Environment {
    /// The value of a variable; `None` where it is not set.
    fn get(&self, name: &str) -> Option<String>;
}

/// The environment of this process.
#[derive(Clone, Copy, Debug)]
pub struct ProcessEnvironment;

impl Environment for ProcessEnvironment {
    fn get(&self, name: &str) -> Option<String> {
        std::env::var(name).ok()
    }
}

impl Environment for [(&str, &str)] {
    fn get(&self, name: &str) -> Option<String> {
        self.iter().find(|(own, _)| *own == name).map(|(_, value)| (*value).to_owned())
    }
}

/// A setting that cannot be used. What it says names the variable, and what is allowed.
#[derive(Debug, Eq, PartialEq, thiserror::Error)]
pub enum ConfigError {
    /// It is not set and has no default.
    #[error("{name} is not set: expected {expected}")]
    Missing {
        /// The variable.
        name: &'static str,
        /// What is allowed.
        expected: &'static str,
    },
    /// Its value is not allowed.
    #[error("{name} is `{value}`: expected {expected}")]
    Invalid {
        /// The variable.
        name: &'static str,
        /// Its value.
        value: String,
        /// What is allowed.
        expected: String,
    },
    /// Two values do not go together.
    #[error("{first} is `{first_value}` and {second} is `{second_value}`: expected {expected}")]
    Together {
        /// One variable.
        first: &'static str,
        /// Its value.
        first_value: String,
        /// The other.
        second: &'static str,
        /// Its value.
        second_value: String,
        /// What is allowed.
        expected: String,
    },
    /// Two settings that exclude each other are both set.
    #[error("{first} and {second} are both set: expected one of them")]
    Both {
        /// One variable.
        first: &'static str,
        /// The other.
        second: &'static str,
    },
}

/// A variable's value. One set to nothing counts as not set: a template cannot leave a variable out.
pub(crate) fn set(env: &(impl Environment + ?Sized), name: &str) -> Option<String> {
    env.get(name).filter(|value| !value.is_empty())
}

/// A name that is safe as part of a database's or collection's.
pub(crate) fn name(
    env: &(impl Environment + ?Sized),
    name: &'static str,
    default: &str,
    max_bytes: usize,
) -> Result<String, ConfigError> {
    let value = set(env, name).unwrap_or_else(|| default.to_owned());
    let safe = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    if value.len() <= max_bytes && value.chars().all(safe) {
        Ok(value)
    } else {
        let expected = format!("1 to {max_bytes} letters, digits, `_` or `-`");
        Err(ConfigError::Invalid { name, value, expected })
    }
}

pub(crate) fn number<T: FromStr + PartialOrd + fmt::Display>(
    env: &(impl Environment + ?Sized),
    name: &'static str,
    default: T,
    allowed: std::ops::RangeInclusive<T>,
) -> Result<T, ConfigError> {
    let Some(value) = set(env, name) else { return Ok(default) };
    value.parse().ok().filter(|number| allowed.contains(number)).ok_or_else(|| {
        let expected = format!("a whole number from {} to {}", allowed.start(), allowed.end());
        ConfigError::Invalid { name, value, expected }
    })
}
