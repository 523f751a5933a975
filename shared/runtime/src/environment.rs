//! The environment of a process, and how its variables are read and checked.

use std::fmt;
use std::str::FromStr;

/// A source of settings: the environment of the process, or a table in a test.
pub trait Environment {
    /// Returns the value of a variable; `None` if it is not set.
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

/// A setting that cannot be used. The message names the variable and what is allowed.
#[derive(Debug, Eq, PartialEq, thiserror::Error)]
pub enum ConfigError {
    /// The variable is not set and has no default.
    #[error("{name} is not set: expected {expected}")]
    Missing {
        /// The variable.
        name: &'static str,
        /// What is allowed.
        expected: &'static str,
    },
    /// The value is not allowed.
    #[error("{name} is `{value}`: expected {expected}")]
    Invalid {
        /// The variable.
        name: &'static str,
        /// Its value.
        value: String,
        /// What is allowed.
        expected: String,
    },
    /// Two values do not fit together.
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

/// Returns the value of a variable; `None` for an empty one. A template cannot leave a variable out, only empty.
pub(crate) fn set(env: &(impl Environment + ?Sized), name: &str) -> Option<String> {
    env.get(name).filter(|value| !value.is_empty())
}

/// Reads a name that may be part of the name of a database or collection.
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

/// Reads a number within bounds.
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
