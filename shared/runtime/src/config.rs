//! Configuration: read from an environment, checked at start, wrong values refused by name.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use crate::record::{
    DEFAULT_MAX_DECOMPRESSED_BYTES, DEFAULT_MAX_SKEW, DEFAULT_UID_FIELDS, Redactor, Rules, Vocabulary,
};

/// How long a database operation waits for a server when nothing is configured.
const DEFAULT_TIMEOUT_MS: u64 = 5_000;
const TIMEOUT_MS: std::ops::RangeInclusive<u64> = 100..=60_000;
/// How long a search looks for records when nothing is configured.
const DEFAULT_SEARCH_TIME_MS: u64 = 10_000;
/// At most what leaves time to answer: an HTTP API gives up after 30 seconds.
const SEARCH_TIME_MS: std::ops::RangeInclusive<u64> = 100..=20_000;
const SKEW_DAYS: std::ops::RangeInclusive<u64> = 1..=3_650;
const DECOMPRESSED_MIB: std::ops::RangeInclusive<usize> = 1..=1_024;
const BYTES_PER_MIB: usize = 1 << 20;
const SECONDS_PER_DAY: u64 = 24 * 60 * 60;
/// MongoDB's limit on the name of a database.
const MAX_DATABASE_BYTES: usize = 63;
/// Room for a day and the database in MongoDB's 255 bytes for a collection's full name.
const MAX_PREFIX_BYTES: usize = 120;

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
    /// Two settings that exclude each other are both set.
    #[error("{first} and {second} are both set: expected one of them")]
    Both {
        /// One variable.
        first: &'static str,
        /// The other.
        second: &'static str,
    },
}

/// A text that is never printed: it may hold a password.
#[derive(Clone, Eq, PartialEq)]
pub struct Secret(String);

impl Secret {
    /// Hides `text`.
    #[must_use]
    pub fn new(text: String) -> Self {
        Self(text)
    }

    /// The text.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[hidden]")
    }
}

/// Where MongoDB's address comes from.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum MongoAddress {
    /// The connection string itself (`MONGODB_URI`).
    Uri(Secret),
    /// A secret that holds it (`MONGODB_SECRET_ARN`).
    SecretArn(String),
}

/// Where records are kept.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct StoreConfig {
    /// MongoDB's address.
    pub address: MongoAddress,
    /// The database (`LOGBRAID_DB`).
    pub database: String,
    /// What the name of a day's collection begins with (`LOGBRAID_COLLECTION_PREFIX`).
    pub prefix: String,
    /// How long an operation waits for a server (`LOGBRAID_MONGODB_TIMEOUT_MS`).
    pub timeout: Duration,
}

impl StoreConfig {
    /// Reads and checks it.
    pub fn from_environment(env: &(impl Environment + ?Sized)) -> Result<Self, ConfigError> {
        Ok(Self {
            address: address(env)?,
            database: name(env, "LOGBRAID_DB", "logbraid", MAX_DATABASE_BYTES)?,
            prefix: name(env, "LOGBRAID_COLLECTION_PREFIX", "kinesis_logs_", MAX_PREFIX_BYTES)?,
            timeout: Duration::from_millis(number(env, "LOGBRAID_MONGODB_TIMEOUT_MS", DEFAULT_TIMEOUT_MS, TIMEOUT_MS)?),
        })
    }
}

/// How questions are answered.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct QueryConfig {
    /// How long a search looks for records before it says how far it got (`LOGBRAID_SEARCH_TIME_MS`).
    pub search_time: Duration,
}

impl QueryConfig {
    /// Reads and checks it.
    pub fn from_environment(env: &(impl Environment + ?Sized)) -> Result<Self, ConfigError> {
        let millis = number(env, "LOGBRAID_SEARCH_TIME_MS", DEFAULT_SEARCH_TIME_MS, SEARCH_TIME_MS)?;
        Ok(Self { search_time: Duration::from_millis(millis) })
    }
}

impl Rules {
    /// Reads and checks `LOGBRAID_UID_FIELDS`, `LOGBRAID_MAX_SKEW_DAYS`, `LOGBRAID_MAX_DECOMPRESSED_MIB` and the settings of
    /// redaction.
    pub fn from_environment(env: &(impl Environment + ?Sized)) -> Result<Self, ConfigError> {
        const UID_FIELDS: &str = "LOGBRAID_UID_FIELDS";
        let fields = set(env, UID_FIELDS).unwrap_or_else(|| DEFAULT_UID_FIELDS.to_owned());
        let uid_fields: Vec<String> = fields.split(',').map(|field| field.trim().to_owned()).collect();
        if uid_fields.iter().any(String::is_empty) {
            let expected = format!("names of fields between commas, such as `{DEFAULT_UID_FIELDS}`");
            return Err(ConfigError::Invalid { name: UID_FIELDS, value: fields, expected });
        }
        let default_days = DEFAULT_MAX_SKEW.as_secs() / SECONDS_PER_DAY;
        let days = number(env, "LOGBRAID_MAX_SKEW_DAYS", default_days, SKEW_DAYS)?;
        let default_mib = DEFAULT_MAX_DECOMPRESSED_BYTES / BYTES_PER_MIB;
        let mib = number(env, "LOGBRAID_MAX_DECOMPRESSED_MIB", default_mib, DECOMPRESSED_MIB)?;
        Ok(Self {
            vocabulary: Vocabulary::new(uid_fields),
            max_skew: Duration::from_secs(days * SECONDS_PER_DAY),
            max_decompressed_bytes: mib * BYTES_PER_MIB,
            redactor: Redactor::from_environment(env)?,
        })
    }
}

fn address(env: &(impl Environment + ?Sized)) -> Result<MongoAddress, ConfigError> {
    const URI: &str = "MONGODB_URI";
    const SECRET_ARN: &str = "MONGODB_SECRET_ARN";
    match (set(env, URI), set(env, SECRET_ARN)) {
        (Some(uri), None) => Ok(MongoAddress::Uri(Secret::new(uri))),
        (None, Some(arn)) => Ok(MongoAddress::SecretArn(arn)),
        (Some(_), Some(_)) => Err(ConfigError::Both { first: URI, second: SECRET_ARN }),
        (None, None) => Err(ConfigError::Missing {
            name: URI,
            expected: "a connection string such as mongodb://host:27017, or MONGODB_SECRET_ARN naming a secret that holds one",
        }),
    }
}

/// A variable's value. One set to nothing counts as not set: a template cannot leave a variable out.
pub(crate) fn set(env: &(impl Environment + ?Sized), name: &str) -> Option<String> {
    env.get(name).filter(|value| !value.is_empty())
}

/// A name that is safe as part of a database's or collection's.
fn name(
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

fn number<T: FromStr + PartialOrd + fmt::Display>(
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

#[cfg(test)]
mod tests {
    use super::{MongoAddress, QueryConfig, Rules, StoreConfig};

    #[test]
    fn a_bad_value_stops_the_start_with_its_name_and_what_is_allowed() {
        fn check(env: &[(&str, &str)], expect: &str) {
            let store = StoreConfig::from_environment(env).map(|_| ());
            let rules = Rules::from_environment(env).map(|_| ());
            let error = store.and(rules).and(QueryConfig::from_environment(env).map(|_| ()));
            assert_eq!(error.map_or_else(|error| error.to_string(), |()| "fine".to_owned()), expect, "{env:?}");
        }
        let uri = ("MONGODB_URI", "mongodb://localhost");
        check(&[uri], "fine");
        check(&[("MONGODB_SECRET_ARN", "arn:aws:x")], "fine");
        check(&[uri, ("MONGODB_SECRET_ARN", "")], "fine");
        check(
            &[],
            "MONGODB_URI is not set: expected a connection string such as mongodb://host:27017, or MONGODB_SECRET_ARN naming a secret that holds one",
        );
        check(
            &[uri, ("MONGODB_SECRET_ARN", "x")],
            "MONGODB_URI and MONGODB_SECRET_ARN are both set: expected one of them",
        );
        check(&[uri, ("LOGBRAID_DB", "a.b")], "LOGBRAID_DB is `a.b`: expected 1 to 63 letters, digits, `_` or `-`");
        check(
            &[uri, ("LOGBRAID_COLLECTION_PREFIX", "$x")],
            "LOGBRAID_COLLECTION_PREFIX is `$x`: expected 1 to 120 letters, digits, `_` or `-`",
        );
        check(
            &[uri, ("LOGBRAID_MONGODB_TIMEOUT_MS", "5s")],
            "LOGBRAID_MONGODB_TIMEOUT_MS is `5s`: expected a whole number from 100 to 60000",
        );
        check(
            &[uri, ("LOGBRAID_SEARCH_TIME_MS", "30000")],
            "LOGBRAID_SEARCH_TIME_MS is `30000`: expected a whole number from 100 to 20000",
        );
        check(
            &[uri, ("LOGBRAID_MAX_SKEW_DAYS", "0")],
            "LOGBRAID_MAX_SKEW_DAYS is `0`: expected a whole number from 1 to 3650",
        );
        check(
            &[uri, ("LOGBRAID_UID_FIELDS", "a,,b")],
            "LOGBRAID_UID_FIELDS is `a,,b`: expected names of fields between commas, such as `log_uid,log_id,correlation_id,correlationId,request_id,requestId,trace_id,traceId,trace.id`",
        );
        check(
            &[uri, ("LOGBRAID_MAX_DECOMPRESSED_MIB", "64 MB")],
            "LOGBRAID_MAX_DECOMPRESSED_MIB is `64 MB`: expected a whole number from 1 to 1024",
        );
    }

    #[test]
    fn what_is_not_set_has_its_default() {
        let env = [("MONGODB_URI", "mongodb://localhost")];
        let config = StoreConfig::from_environment(env.as_slice()).unwrap();
        assert_eq!((config.database.as_str(), config.prefix.as_str()), ("logbraid", "kinesis_logs_"));
        assert_eq!(Rules::from_environment(env.as_slice()).unwrap(), Rules::default());
    }

    #[test]
    fn a_password_is_not_printed() {
        let config = StoreConfig::from_environment([("MONGODB_URI", "mongodb://u:pw@h")].as_slice()).unwrap();
        assert!(!format!("{config:?}").contains("pw"));
        assert!(matches!(config.address, MongoAddress::Uri(uri) if uri.reveal() == "mongodb://u:pw@h"));
    }
}
