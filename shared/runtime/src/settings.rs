//! The settings of the functions. They are read from the environment and checked at the start.

use std::time::Duration;

use record::{DEFAULT_MAX_DECOMPRESSED_BYTES, DEFAULT_MAX_SKEW, DEFAULT_UID_FIELDS, Rules, Secret, Vocabulary};
use store::{BlockCompressor, DEFAULT_COLLECTION_PREFIX, RESERVED_ENDINGS, StoreConfig};

use crate::api_access::ApiAccess;
use crate::environment::{ConfigError, Environment, name, number, set};
use crate::{memory, redaction};

/// How long a database operation waits for a server, by default.
const DEFAULT_TIMEOUT_MS: u64 = 5_000;
const PLAINTEXT: &str = "LOGBRAID_MONGODB_PLAINTEXT";
const TIMEOUT_MS: std::ops::RangeInclusive<u64> = 100..=60_000;
/// How many connections to each server a process keeps, by default: a lookup reads eight days at once, and asks how far the shards
/// are filed.
const DEFAULT_CONNECTIONS: u32 = 10;
const CONNECTIONS: std::ops::RangeInclusive<u32> = 1..=100;
/// How long a search looks for records, by default.
const DEFAULT_SEARCH_TIME_MS: u64 = 10_000;
/// The maximum leaves time to answer: an HTTP API gives up after 30 seconds.
const SEARCH_TIME_MS: std::ops::RangeInclusive<u64> = 100..=20_000;
const COMPRESSOR: &str = "LOGBRAID_BLOCK_COMPRESSOR";
const SKETCHES: &str = "LOGBRAID_SKETCHES";
const SKEW_DAYS: std::ops::RangeInclusive<u64> = 1..=3_650;
const DECOMPRESSED_MIB: std::ops::RangeInclusive<usize> = 1..=1_024;
/// Who may pin.
const PINS: &str = "LOGBRAID_PINS";
const ALIAS_FIELDS: &str = "LOGBRAID_ALIAS_FIELDS";
/// How many business keys may count as ids. A record has few further ids.
const MAX_ALIAS_FIELDS: usize = 8;
const MAX_DECOMPRESSED: &str = "LOGBRAID_MAX_DECOMPRESSED_MIB";
const BYTES_PER_MIB: usize = 1 << 20;
/// Lambda's bounds on `ParallelizationFactor`.
const FUNCTIONS_PER_SHARD: std::ops::RangeInclusive<u32> = 1..=10;
/// How long a stream keeps records: the default of Kinesis.
const DEFAULT_RETENTION_HOURS: u64 = 24;
/// The bounds of Kinesis.
const RETENTION_HOURS: std::ops::RangeInclusive<u64> = 24..=8_760;
const SECONDS_PER_HOUR: u64 = 60 * 60;
const SECONDS_PER_DAY: u64 = 24 * 60 * 60;
/// MongoDB's limit for the name of a database.
const MAX_DATABASE_BYTES: usize = 63;
/// MongoDB's limit for the full name of a collection is 255 bytes. This leaves room for the database and the rest of the
/// name.
const MAX_PREFIX_BYTES: usize = 120;

const TOKEN_AUDIENCE: &str = "LOGBRAID_MONGODB_TOKEN_AUDIENCE";
/// STS's limit for an audience.
const MAX_AUDIENCE_BYTES: usize = 1_000;

/// The source of MongoDB's address.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum MongoAddress {
    /// The connection string itself (`MONGODB_URI`).
    Uri(Secret),
    /// A secret that holds the connection string (`MONGODB_SECRET_ARN`).
    SecretArn(String),
}

/// The settings of the store.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct StoreSettings {
    /// The source of MongoDB's address.
    pub address: MongoAddress,
    /// Who the tokens are for by which the process signs in to MongoDB as its IAM role (`LOGBRAID_MONGODB_TOKEN_AUDIENCE`);
    /// `None` if it has a user, or none.
    pub token_audience: Option<String>,
    /// The database (`LOGBRAID_DB`), the prefix of its collections (`LOGBRAID_COLLECTION_PREFIX`), how long an operation waits for
    /// a server (`LOGBRAID_MONGODB_TIMEOUT_MS`), the most connections (`LOGBRAID_MONGODB_CONNECTIONS`), whether a network may be
    /// unencrypted (`LOGBRAID_MONGODB_PLAINTEXT`), how MongoDB compresses new days (`LOGBRAID_BLOCK_COMPRESSOR`), and whether
    /// sketches are written (`LOGBRAID_SKETCHES`).
    pub config: StoreConfig,
}

impl StoreSettings {
    /// Reads and checks the settings.
    pub fn from_environment(env: &(impl Environment + ?Sized)) -> Result<Self, ConfigError> {
        let address = address(env)?;
        let database = name(env, "LOGBRAID_DB", "logbraid", MAX_DATABASE_BYTES)?;
        let prefix = prefix(env)?;
        let millis = number(env, "LOGBRAID_MONGODB_TIMEOUT_MS", DEFAULT_TIMEOUT_MS, TIMEOUT_MS)?;
        let max_connections = number(env, "LOGBRAID_MONGODB_CONNECTIONS", DEFAULT_CONNECTIONS, CONNECTIONS)?;
        let compressor = one_of(env, COMPRESSOR, &BlockCompressor::ALL.map(|one| (one.name(), one)))?;
        let has_sketches = one_of(env, SKETCHES, &[("on", true), ("off", false)])?;
        let allows_plaintext = one_of(env, PLAINTEXT, &[("on", true), ("off", false)])?;
        let timeout = Duration::from_millis(millis);
        let config = StoreConfig {
            database,
            prefix,
            timeout,
            max_connections,
            compressor: compressor.unwrap_or_default(),
            has_sketches: has_sketches.unwrap_or(true),
            allows_plaintext: allows_plaintext.unwrap_or(false),
        };
        Ok(Self { address, token_audience: token_audience(env)?, config })
    }
}

/// The settings of the ingest function, beside those of the store.
#[derive(Clone, Debug, PartialEq)]
pub struct IngestConfig {
    /// How records are decoded and normalised.
    pub rules: Rules,
    /// How many functions work on a shard at the same time (`LOGBRAID_PARALLELIZATION_FACTOR`).
    pub functions_per_shard: u32,
}

impl IngestConfig {
    /// Reads and checks the settings. Checks the limit of decompression against the function's memory.
    pub fn from_environment(env: &(impl Environment + ?Sized)) -> Result<Self, ConfigError> {
        let rules = rules(env)?;
        memory::check(env, MAX_DECOMPRESSED, (rules.max_decompressed_bytes / BYTES_PER_MIB) as u64)?;
        let functions_per_shard = number(env, "LOGBRAID_PARALLELIZATION_FACTOR", 1, FUNCTIONS_PER_SHARD)?;
        Ok(Self { rules, functions_per_shard })
    }
}

/// The settings of the query function, beside those of the store.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct QueryConfig {
    /// How long a search looks for records before it says how far it got (`LOGBRAID_SEARCH_TIME_MS`).
    pub search_time: Duration,
    /// How long the stream keeps records (`LOGBRAID_STREAM_RETENTION_HOURS`).
    pub stream_retention: Duration,
    /// Whether clients may pin transactions (`LOGBRAID_PINS`): by default, where only some people may ask.
    pub allows_pins: bool,
}

impl QueryConfig {
    /// Reads and checks the settings.
    pub fn from_environment(env: &(impl Environment + ?Sized)) -> Result<Self, ConfigError> {
        let millis = number(env, "LOGBRAID_SEARCH_TIME_MS", DEFAULT_SEARCH_TIME_MS, SEARCH_TIME_MS)?;
        let hours = stream_retention_hours(env)?;
        Ok(Self {
            search_time: Duration::from_millis(millis),
            stream_retention: Duration::from_secs(hours * SECONDS_PER_HOUR),
            allows_pins: match set(env, PINS).as_deref() {
                None | Some("authorized") => ApiAccess::from_environment(env)? != ApiAccess::Open,
                Some("on") => true,
                Some("off") => false,
                Some(other) => {
                    let (value, expected) = (other.to_owned(), "authorized, on or off".to_owned());
                    return Err(ConfigError::Invalid { name: PINS, value, expected });
                }
            },
        })
    }
}

/// Reads and checks `LOGBRAID_UID_FIELDS`, `LOGBRAID_ALIAS_FIELDS`, `LOGBRAID_MAX_SKEW_DAYS`,
/// `LOGBRAID_MAX_DECOMPRESSED_MIB` and the settings of redaction.
pub fn rules(env: &(impl Environment + ?Sized)) -> Result<Rules, ConfigError> {
    let uid_fields = field_names(env, "LOGBRAID_UID_FIELDS", DEFAULT_UID_FIELDS)?;
    let uid_fields = uid_fields.unwrap_or_else(|| DEFAULT_UID_FIELDS.split(',').map(str::to_owned).collect());
    let alias_fields = field_names(env, ALIAS_FIELDS, "order_id,customer_id")?.unwrap_or_default();
    if alias_fields.len() > MAX_ALIAS_FIELDS {
        let (value, expected) = (alias_fields.join(","), format!("at most {MAX_ALIAS_FIELDS} names of fields"));
        return Err(ConfigError::Invalid { name: ALIAS_FIELDS, value, expected });
    }
    let days = skew_days(env)?;
    let default_mib = DEFAULT_MAX_DECOMPRESSED_BYTES / BYTES_PER_MIB;
    let mib = number(env, MAX_DECOMPRESSED, default_mib, DECOMPRESSED_MIB)?;
    Ok(Rules {
        vocabulary: Vocabulary::new(uid_fields, alias_fields),
        max_skew: Duration::from_secs(days * SECONDS_PER_DAY),
        max_decompressed_bytes: mib * BYTES_PER_MIB,
        redactor: redaction::redactor(env)?,
    })
}

/// Reads how far an event's own time may be from its arrival, in days.
pub(crate) fn skew_days(env: &(impl Environment + ?Sized)) -> Result<u64, ConfigError> {
    number(env, "LOGBRAID_MAX_SKEW_DAYS", DEFAULT_MAX_SKEW.as_secs() / SECONDS_PER_DAY, SKEW_DAYS)
}

/// Reads how long the stream keeps records, in hours.
pub(crate) fn stream_retention_hours(env: &(impl Environment + ?Sized)) -> Result<u64, ConfigError> {
    number(env, "LOGBRAID_STREAM_RETENTION_HOURS", DEFAULT_RETENTION_HOURS, RETENTION_HOURS)
}

/// Reads one of some words; `None` if the variable is not set.
fn one_of<T: Copy>(
    env: &(impl Environment + ?Sized),
    name: &'static str,
    words: &[(&str, T)],
) -> Result<Option<T>, ConfigError> {
    let Some(value) = set(env, name) else { return Ok(None) };
    let found = words.iter().find(|(word, _)| *word == value).map(|(_, meaning)| *meaning);
    let allowed = || words.iter().map(|(word, _)| format!("`{word}`")).collect::<Vec<_>>().join(" or ");
    found.map(Some).ok_or_else(|| ConfigError::Invalid { name, value, expected: allowed() })
}

/// Reads the names of fields; `None` if the variable is not set.
fn field_names(
    env: &(impl Environment + ?Sized),
    name: &'static str,
    example: &str,
) -> Result<Option<Vec<String>>, ConfigError> {
    let Some(value) = set(env, name) else { return Ok(None) };
    let fields: Vec<String> = value.split(',').map(|field| field.trim().to_owned()).collect();
    if fields.iter().any(String::is_empty) {
        let expected = format!("names of fields between commas, such as `{example}`");
        return Err(ConfigError::Invalid { name, value, expected });
    }
    Ok(Some(fields))
}

/// Reads the prefix of the collections. Refuses one that ends with the beginning of the names of views or of sketches: its days
/// would have the names of those of another stack.
fn prefix(env: &(impl Environment + ?Sized)) -> Result<String, ConfigError> {
    const PREFIX: &str = "LOGBRAID_COLLECTION_PREFIX";
    let value = name(env, PREFIX, DEFAULT_COLLECTION_PREFIX, MAX_PREFIX_BYTES)?;
    if let Some(ending) = RESERVED_ENDINGS.iter().find(|ending| value.ends_with(**ending)) {
        let expected = format!("a prefix that does not end with `{ending}`, with which other names of a stack begin");
        return Err(ConfigError::Invalid { name: PREFIX, value, expected });
    }
    Ok(value)
}

fn token_audience(env: &(impl Environment + ?Sized)) -> Result<Option<String>, ConfigError> {
    let is_allowed =
        |value: &str| value.len() <= MAX_AUDIENCE_BYTES && value.bytes().all(|byte| byte.is_ascii_graphic());
    match set(env, TOKEN_AUDIENCE) {
        Some(value) if !is_allowed(&value) => {
            let expected = format!("up to {MAX_AUDIENCE_BYTES} characters of ASCII, without spaces");
            Err(ConfigError::Invalid { name: TOKEN_AUDIENCE, value, expected })
        }
        value => Ok(value),
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

#[cfg(test)]
mod tests {
    use record::Rules;
    use store::RESERVED_ENDINGS;

    use super::{IngestConfig, MongoAddress, QueryConfig, StoreSettings, rules};

    #[test]
    fn a_bad_value_stops_the_start_with_its_name_and_what_is_allowed() {
        fn check(env: &[(&str, &str)], expect: &str) {
            let store = StoreSettings::from_environment(env).map(|_| ());
            let ingest = IngestConfig::from_environment(env).map(|_| ());
            let error = store.and(ingest).and(QueryConfig::from_environment(env).map(|_| ()));
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
            &[uri, ("LOGBRAID_COLLECTION_PREFIX", "a_transactions_")],
            "LOGBRAID_COLLECTION_PREFIX is `a_transactions_`: expected a prefix that does not end with `transactions_`, with which other names of a stack begin",
        );
        check(
            &[uri, ("LOGBRAID_MONGODB_TIMEOUT_MS", "5s")],
            "LOGBRAID_MONGODB_TIMEOUT_MS is `5s`: expected a whole number from 100 to 60000",
        );
        check(
            &[uri, ("LOGBRAID_MONGODB_PLAINTEXT", "yes")],
            "LOGBRAID_MONGODB_PLAINTEXT is `yes`: expected `on` or `off`",
        );
        check(
            &[uri, ("LOGBRAID_MONGODB_CONNECTIONS", "0")],
            "LOGBRAID_MONGODB_CONNECTIONS is `0`: expected a whole number from 1 to 100",
        );
        check(
            &[uri, ("LOGBRAID_SEARCH_TIME_MS", "30000")],
            "LOGBRAID_SEARCH_TIME_MS is `30000`: expected a whole number from 100 to 20000",
        );
        check(&[uri, ("LOGBRAID_MONGODB_TOKEN_AUDIENCE", "https://mongodb.example.com")], "fine");
        check(
            &[uri, ("LOGBRAID_MONGODB_TOKEN_AUDIENCE", "a b")],
            "LOGBRAID_MONGODB_TOKEN_AUDIENCE is `a b`: expected up to 1000 characters of ASCII, without spaces",
        );
        check(&[uri, ("LOGBRAID_BLOCK_COMPRESSOR", "zstd")], "fine");
        check(
            &[uri, ("LOGBRAID_BLOCK_COMPRESSOR", "ZSTD")],
            "LOGBRAID_BLOCK_COMPRESSOR is `ZSTD`: expected `snappy` or `zstd`",
        );
        check(&[uri, ("LOGBRAID_SKETCHES", "no")], "LOGBRAID_SKETCHES is `no`: expected `on` or `off`");
        check(
            &[uri, ("LOGBRAID_MAX_SKEW_DAYS", "0")],
            "LOGBRAID_MAX_SKEW_DAYS is `0`: expected a whole number from 1 to 3650",
        );
        check(
            &[uri, ("LOGBRAID_UID_FIELDS", "a,,b")],
            "LOGBRAID_UID_FIELDS is `a,,b`: expected names of fields between commas, such as `log_uid,log_id,correlation_id,correlationId,trace_id,traceId,trace.id,request_id,requestId`",
        );
        check(
            &[uri, ("LOGBRAID_ALIAS_FIELDS", "order_id,")],
            "LOGBRAID_ALIAS_FIELDS is `order_id,`: expected names of fields between commas, such as `order_id,customer_id`",
        );
        check(
            &[uri, ("LOGBRAID_ALIAS_FIELDS", "a,b,c,d,e,f,g,h,i")],
            "LOGBRAID_ALIAS_FIELDS is `a,b,c,d,e,f,g,h,i`: expected at most 8 names of fields",
        );
        check(
            &[uri, ("LOGBRAID_MAX_DECOMPRESSED_MIB", "64 MB")],
            "LOGBRAID_MAX_DECOMPRESSED_MIB is `64 MB`: expected a whole number from 1 to 1024",
        );
        check(
            &[uri, ("LOGBRAID_PARALLELIZATION_FACTOR", "11")],
            "LOGBRAID_PARALLELIZATION_FACTOR is `11`: expected a whole number from 1 to 10",
        );
        check(
            &[uri, ("LOGBRAID_STREAM_RETENTION_HOURS", "1")],
            "LOGBRAID_STREAM_RETENTION_HOURS is `1`: expected a whole number from 24 to 8760",
        );
    }

    #[test]
    fn who_may_ask_without_authorization_may_not_pin() {
        fn check(env: &[(&str, &str)], expect: Option<bool>) {
            assert_eq!(QueryConfig::from_environment(env).ok().map(|config| config.allows_pins), expect, "{env:?}");
        }
        let access = |value| ("LOGBRAID_API_AUTHORIZATION", value);
        let pins = |value| ("LOGBRAID_PINS", value);
        check(&[], Some(false));
        check(&[access("NONE"), pins("authorized")], Some(false));
        check(&[access("AWS_IAM")], Some(true));
        check(&[access("AWS_IAM"), pins("off")], Some(false));
        check(&[access("NONE"), pins("on")], Some(true));
        check(&[pins("true")], None);
    }

    #[test]
    fn a_variable_that_is_not_set_has_its_default() {
        let env = [("MONGODB_URI", "mongodb://localhost")];
        let config = StoreSettings::from_environment(env.as_slice()).unwrap();
        assert_eq!((config.config.database.as_str(), config.config.prefix.as_str()), ("logbraid", "kinesis_logs_"));
        assert_eq!(rules(env.as_slice()).unwrap(), Rules::default());
    }

    #[test]
    fn a_password_is_not_printed() {
        let config = StoreSettings::from_environment([("MONGODB_URI", "mongodb://u:pw@h")].as_slice()).unwrap();
        assert!(!format!("{config:?}").contains("pw"));
        assert!(matches!(config.address, MongoAddress::Uri(uri) if uri.reveal() == "mongodb://u:pw@h"));
    }

    #[test]
    fn the_template_refuses_the_prefixes_that_the_functions_refuse() {
        let endings = RESERVED_ENDINGS.join("|");
        let pattern = format!("    AllowedPattern: ^(?!.*({endings})$)[A-Za-z0-9_-]{{1,120}}$\n");
        assert!(include_str!("../../../template.yaml").contains(&pattern), "the template should have:\n{pattern}");
    }
}
