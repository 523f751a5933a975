//! Where the settings of functions come from: which parameter of the stack, and whether somebody changed them by hand.

use std::collections::HashMap;

use super::finding::{BY_HAND, REVERT};

/// What AWS shows of a parameter that nobody may read.
pub(super) const HIDDEN: &str = "****";
const INGEST: &str = "ingest";
const QUERY: &str = "query";
const RETENTION: &str = "retention";
const ALL: &[&str] = &[INGEST, QUERY, RETENTION];
/// The variables of functions, the parameters that they come from, and the functions that have them.
pub(super) const VARIABLES: [(&str, &str, &[&str]); 33] = [
    ("MONGODB_URI", "MongoUri", ALL),
    ("MONGODB_SECRET_ARN", "MongoSecretArn", ALL),
    ("LOGBRAID_MONGODB_PLAINTEXT", "MongoPlaintext", ALL),
    ("LOGBRAID_MONGODB_TOKEN_AUDIENCE", "MongoTokenAudience", ALL),
    ("LOGBRAID_DB", "MongoDatabase", ALL),
    ("LOGBRAID_COLLECTION_PREFIX", "CollectionPrefix", ALL),
    ("LOGBRAID_BLOCK_COMPRESSOR", "BlockCompressor", &[INGEST]),
    ("LOGBRAID_UID_FIELDS", "UidFields", &[INGEST]),
    ("LOGBRAID_ALIAS_FIELDS", "AliasFields", &[INGEST]),
    ("LOGBRAID_MAX_SKEW_DAYS", "MaxSkewDays", &[INGEST, RETENTION]),
    ("LOGBRAID_MAX_DECOMPRESSED_MIB", "MaxDecompressedMib", &[INGEST]),
    ("LOGBRAID_PARALLELIZATION_FACTOR", "ParallelizationFactor", &[INGEST]),
    ("LOGBRAID_REDACT", "Redact", &[INGEST]),
    ("LOGBRAID_REDACT_ALLOW", "RedactAllow", &[INGEST]),
    ("LOGBRAID_REDACT_NAMES", "RedactNames", &[INGEST]),
    ("LOGBRAID_REDACT_PATTERNS", "RedactPatterns", &[INGEST]),
    ("LOGBRAID_REDACT_KEY_SECRET_ARN", "RedactKeySecretArn", &[INGEST]),
    ("LOGBRAID_RETENTION_DAYS", "RetentionDays", &[RETENTION]),
    ("LOGBRAID_RETENTION_DRY_RUN", "RetentionDryRun", &[RETENTION]),
    ("LOGBRAID_ARCHIVE_BUCKET", "ArchiveBucket", &[RETENTION]),
    ("LOGBRAID_SEARCH_TIME_MS", "SearchTimeMs", &[QUERY]),
    ("LOGBRAID_STREAM_RETENTION_HOURS", "StreamRetentionHours", &[QUERY, RETENTION]),
    ("LOGBRAID_API_AUTHORIZATION", "ApiAuthorization", &[QUERY]),
    ("LOGBRAID_PINS", "Pins", &[QUERY]),
    ("LOGBRAID_JWT_ISSUER", "JwtIssuer", &[QUERY]),
    ("LOGBRAID_JWT_CLIENT_ID", "JwtClientId", &[QUERY]),
    ("LOGBRAID_JWT_AUDIENCE", "JwtAudience", &[QUERY]),
    ("LOGBRAID_JWT_SCOPE", "JwtScope", &[QUERY]),
    ("LOGBRAID_JWT_ORIGINS", "JwtOrigins", &[QUERY]),
    ("LOGBRAID_TENANT_CLAIM", "TenantClaim", &[QUERY]),
    ("LOGBRAID_TENANT_FIELD", "TenantField", &[QUERY]),
    ("LOGBRAID_TENANT_ALL", "TenantAll", &[QUERY]),
    ("RUST_LOG", "LogLevel", ALL),
];

/// Where a value comes from.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Origin {
    /// From the parameters of the stack.
    Deployed,
    /// The stack has another one.
    ByHand,
    /// Nobody knows.
    Unknown,
}

/// Returns the parameter that a variable of functions comes from.
pub(super) fn parameter_of(variable: &str) -> Option<&'static str> {
    VARIABLES.iter().find(|(own, ..)| *own == variable).map(|(_, parameter, _)| *parameter)
}

/// Returns how many calls at once the stack reserves for a function: empty for none. `None` if that is not known.
pub(super) fn deployed_reserve<'p>(function: &str, parameters: &'p HashMap<String, String>) -> Option<&'p str> {
    match function {
        "ingest" => parameters.get("IngestReservedConcurrency"),
        "query" => parameters.get("QueryReservedConcurrency"),
        _ => None,
    }
    .map(String::as_str)
}

/// Returns what to do about values that cannot be used, each with its parameter if it has one. `deploy` is for those that the stack was
/// deployed with.
pub(super) fn advice(
    parameters: &HashMap<String, String>,
    values: &[(Option<&str>, Option<String>)],
    deploy: &str,
) -> String {
    let origins: Vec<Origin> =
        values.iter().map(|(parameter, value)| origin(parameters, *parameter, value.as_deref())).collect();
    if origins.contains(&Origin::ByHand) {
        BY_HAND.to_owned()
    } else if origins.contains(&Origin::Unknown) {
        format!("{deploy}; if it was changed by hand, {REVERT}")
    } else {
        deploy.to_owned()
    }
}

fn origin(parameters: &HashMap<String, String>, parameter: Option<&str>, value: Option<&str>) -> Origin {
    match (parameter.and_then(|parameter| parameters.get(parameter)).map(String::as_str), value) {
        // The template leaves some variables out.
        (None, _) | (Some(HIDDEN), Some(_)) | (Some(""), None) => Origin::Unknown,
        (Some(deployed), Some(value)) if deployed == value => Origin::Deployed,
        _ => Origin::ByHand,
    }
}

#[cfg(test)]
mod tests {
    use super::{HIDDEN, advice, parameter_of};

    #[test]
    fn advice_is_of_where_a_value_comes_from() {
        fn check(deployed: &[(&str, &str)], values: &[(&str, Option<&str>)], expect: &str) {
            let parameters = deployed.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
            let values: Vec<_> =
                values.iter().map(|(name, own)| (parameter_of(name), own.map(str::to_owned))).collect();
            let said = advice(&parameters, &values, "deploy");
            let ways = (said.contains("deploy"), said.contains("changed by hand"));
            let name = match ways {
                (true, false) => "deploy",
                (true, true) if said.starts_with("deploy; if") => "both",
                (true, true) => "by hand",
                _ => "none",
            };
            assert_eq!(name, expect, "{deployed:?} {values:?}: {said}");
        }
        let skew = ("LOGBRAID_MAX_SKEW_DAYS", Some("0"));
        check(&[("MaxSkewDays", "0")], &[skew], "deploy");
        check(&[("MaxSkewDays", "30")], &[skew], "by hand");
        check(&[], &[skew], "both");
        // The template gives every function an address.
        check(&[("MongoUri", HIDDEN), ("MongoSecretArn", "")], &[("MONGODB_URI", None)], "by hand");
        check(&[("MongoUri", HIDDEN)], &[("MONGODB_URI", Some("mongodb://h"))], "both");
        check(&[("TenantClaim", "")], &[("LOGBRAID_TENANT_CLAIM", None)], "both");
        check(&[("MaxSkewDays", "30")], &[("LOGBRAID_RELEASE", Some("1"))], "both");
        let both = [("LOGBRAID_RETENTION_DAYS", Some("3")), skew];
        check(&[("RetentionDays", "3"), ("MaxSkewDays", "0")], &both, "deploy");
        check(&[("RetentionDays", "90"), ("MaxSkewDays", "0")], &both, "by hand");
    }
}
