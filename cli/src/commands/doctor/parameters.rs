//! Compares what runs with the parameters that the stack was deployed with. What differs was changed by hand, and the next
//! deployment may change it back.

use std::collections::HashMap;

use runtime::Environment as _;

use super::Deployment;
use super::finding::{BY_HAND, REVERT, Report};
use super::function::Found;
use super::settings::{FunctionEnvironment, MEMORY_SIZE};
use crate::error::Error;
use crate::services::{Mapping, StreamFacts};

const CHECK: &str = "parameters";
/// A query function without it shows all records to everybody who may ask.
const TENANT_CLAIM: &str = "LOGBRAID_TENANT_CLAIM";
/// What AWS shows of a parameter that nobody may read.
const HIDDEN: &str = "****";
/// The variables of functions, and the parameters that they come from.
const VARIABLES: [(&str, &str); 33] = [
    ("MONGODB_URI", "MongoUri"),
    ("MONGODB_SECRET_ARN", "MongoSecretArn"),
    ("LOGBRAID_MONGODB_PLAINTEXT", "MongoPlaintext"),
    ("LOGBRAID_MONGODB_TOKEN_AUDIENCE", "MongoTokenAudience"),
    ("LOGBRAID_DB", "MongoDatabase"),
    ("LOGBRAID_COLLECTION_PREFIX", "CollectionPrefix"),
    ("LOGBRAID_BLOCK_COMPRESSOR", "BlockCompressor"),
    ("LOGBRAID_UID_FIELDS", "UidFields"),
    ("LOGBRAID_ALIAS_FIELDS", "AliasFields"),
    ("LOGBRAID_MAX_SKEW_DAYS", "MaxSkewDays"),
    ("LOGBRAID_MAX_DECOMPRESSED_MIB", "MaxDecompressedMib"),
    ("LOGBRAID_PARALLELIZATION_FACTOR", "ParallelizationFactor"),
    ("LOGBRAID_REDACT", "Redact"),
    ("LOGBRAID_REDACT_ALLOW", "RedactAllow"),
    ("LOGBRAID_REDACT_NAMES", "RedactNames"),
    ("LOGBRAID_REDACT_PATTERNS", "RedactPatterns"),
    ("LOGBRAID_REDACT_KEY_SECRET_ARN", "RedactKeySecretArn"),
    ("LOGBRAID_RETENTION_DAYS", "RetentionDays"),
    ("LOGBRAID_RETENTION_DRY_RUN", "RetentionDryRun"),
    ("LOGBRAID_ARCHIVE_BUCKET", "ArchiveBucket"),
    ("LOGBRAID_SEARCH_TIME_MS", "SearchTimeMs"),
    ("LOGBRAID_STREAM_RETENTION_HOURS", "StreamRetentionHours"),
    ("LOGBRAID_API_AUTHORIZATION", "ApiAuthorization"),
    ("LOGBRAID_PINS", "Pins"),
    ("LOGBRAID_JWT_ISSUER", "JwtIssuer"),
    ("LOGBRAID_JWT_CLIENT_ID", "JwtClientId"),
    ("LOGBRAID_JWT_AUDIENCE", "JwtAudience"),
    ("LOGBRAID_JWT_SCOPE", "JwtScope"),
    ("LOGBRAID_JWT_ORIGINS", "JwtOrigins"),
    (TENANT_CLAIM, "TenantClaim"),
    ("LOGBRAID_TENANT_FIELD", "TenantField"),
    ("LOGBRAID_TENANT_ALL", "TenantAll"),
    ("RUST_LOG", "LogLevel"),
];

const CONNECTIONS: &str = "LOGBRAID_MONGODB_CONNECTIONS";
/// What each function has from a parameter of its own: the function, the variable, the parameter.
const OF_FUNCTION: [(&str, &str, &str); 4] = [
    ("ingest", MEMORY_SIZE, "IngestMemoryMb"),
    ("ingest", CONNECTIONS, "IngestConnections"),
    ("query", MEMORY_SIZE, "QueryMemoryMb"),
    ("query", CONNECTIONS, "QueryConnections"),
];
/// The memory of retention in MB: without an archive, and with one.
const RETENTION_MB: [&str; 2] = ["256", "1024"];
/// The variables that the template sets and that come from no parameter, or from several.
const OTHER_VARIABLES: [&str; 4] =
    ["LOGBRAID_ARCHIVE_PREFIX", "LOGBRAID_FAILED_BUCKET", "LOGBRAID_REDACT_KEY", "LOGBRAID_RELEASE"];
/// How the variables that logbraid reads begin.
const OWN_PREFIX: &str = "LOGBRAID_";
/// The variables that the template never sets whose values may be shown. Any other may be misspelt, and its value a secret.
const HARMLESS: [&str; 4] =
    ["LOGBRAID_ARCHIVE_PART_MIB", "LOGBRAID_MONGODB_TIMEOUT_MS", "LOGBRAID_SKETCHES", CONNECTIONS];
/// The longest such value that is shown, in bytes.
const MAX_SHOWN: usize = 20;

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
    VARIABLES.iter().find(|(own, _)| *own == variable).map(|(_, parameter)| *parameter)
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

/// Compares the functions' settings, the event source mapping and the stream with the parameters.
pub(super) fn check(
    deployment: &Deployment,
    functions: [(&str, &Option<Found>); 3],
    mappings: &[Mapping],
    stream: Option<&StreamFacts>,
    report: &mut Report,
) -> Result<(), Error> {
    let parameters = &deployment.parameters;
    if parameters.is_empty() {
        return report.skipped(CHECK, "not checked: the parameters of the stack are not known");
    }
    let mut differences = Vec::new();
    for (name, found) in functions {
        let Some(found) = found else { continue };
        for (variable, parameter) in VARIABLES {
            let Some(value) = found.environment.get(variable).or_else(|| absent(name, variable)) else { continue };
            let so = format!("{name} has {variable}");
            differences.extend(difference(parameters, parameter, &so, &value));
        }
        differences.extend(of_function(parameters, name, &found.environment));
        differences.extend(never_set(name, &found.environment));
    }
    let [_, (_, query), _] = functions;
    let asked = query.as_ref().map(|query| query.environment.failed_bucket().unwrap_or_default());
    differences.extend(other_bucket(deployment.outputs.get("FailedBucketName"), asked));
    if let Some(mapping) = mappings.first() {
        differences.extend(of_mapping(parameters, mapping));
    }
    if let Some(stream) = stream {
        let hours = stream.retention_hours.to_string();
        differences.extend(difference(parameters, "StreamRetentionHours", "the stream keeps hours", &hours));
    }
    if differences.is_empty() {
        return report.fine(CHECK, "what runs has the parameters of the stack");
    }
    for what in differences {
        report.warning(CHECK, what, BY_HAND)?;
    }
    Ok(())
}

/// Returns in words how a function's memory and connections differ from what the stack gives it.
fn of_function(parameters: &HashMap<String, String>, function: &str, environment: &FunctionEnvironment) -> Vec<String> {
    let own = OF_FUNCTION.iter().filter(|(of, ..)| *of == function);
    let mut differences: Vec<String> = own
        .filter_map(|(_, variable, parameter)| {
            let is_memory = *variable == MEMORY_SIZE;
            let so = if is_memory { memory_of(function) } else { format!("{function} has {variable}") };
            difference(parameters, parameter, &so, &environment.get(variable)?)
        })
        .collect();
    let retention_mb = parameters.get("ArchiveBucket").map(|bucket| RETENTION_MB[usize::from(!bucket.is_empty())]);
    if let ("retention", Some(deployed), Some(own)) = (function, retention_mb, environment.get(MEMORY_SIZE))
        && own != deployed
    {
        differences.push(format!("{} `{own}`, and the stack gives it `{deployed}`", memory_of(function)));
    }
    differences
}

fn memory_of(function: &str) -> String {
    format!("the memory of {function} in MB is")
}

/// Returns in words which variables a function has that the template never sets.
fn never_set(function: &str, environment: &FunctionEnvironment) -> Vec<String> {
    let is_its_own = |name| OF_FUNCTION.iter().any(|(of, variable, _)| (*of, *variable) == (function, name));
    let is_set = |name| parameter_of(name).is_some() || is_its_own(name) || OTHER_VARIABLES.contains(&name);
    let in_words = |name: &str| {
        let value = environment.get(name).filter(|value| HARMLESS.contains(&name) && value.len() <= MAX_SHOWN);
        let value = value.map(|value| format!(" `{value}`")).unwrap_or_default();
        format!("{function} has {name}{value}, which the stack does not set")
    };
    environment.names(OWN_PREFIX).into_iter().filter(|name| !is_set(name)).map(in_words).collect()
}

/// Returns in words how the bucket that the query function looks into differs from the stack's; `None` if it is the same or not known.
fn other_bucket(own: Option<&String>, asked: Option<String>) -> Option<String> {
    let (own, asked) = (own?, asked?);
    let what = || {
        format!(
            "query has LOGBRAID_FAILED_BUCKET `{asked}`, and the stack's on-failure bucket is `{own}`: answers do not say that batches \
             were given up"
        )
    };
    (asked != *own).then(what)
}

/// Returns in words how a mapping differs from its parameters. A value that the answer does not have is not known.
fn of_mapping(parameters: &HashMap<String, String>, mapping: &Mapping) -> Vec<String> {
    let number = |value: Option<i64>| value.map(|value| value.to_string());
    let window = mapping.maximum_batching_window_in_seconds;
    let bisects = mapping.bisect_batch_on_function_error.map(|bisects| bisects.to_string());
    let mut differences = Vec::new();
    for (parameter, so, value) in [
        ("ParallelizationFactor", "has a factor of", number(mapping.parallelization_factor)),
        ("RecordAgeSeconds", "gives up after seconds", number(mapping.maximum_record_age_in_seconds)),
        ("RetryAttempts", "gives up after retries", number(mapping.maximum_retry_attempts)),
        ("BatchSize", "takes up to records", number(mapping.batch_size)),
        ("BatchingWindowSeconds", "gathers records for seconds", number(window)),
        ("BisectOnError", "splits a batch that failed:", bisects),
    ] {
        let Some(value) = value else { continue };
        differences.extend(difference(parameters, parameter, &format!("the event source mapping {so}"), &value));
    }
    if let Some(seconds) = mapping.tumbling_window_in_seconds.filter(|seconds| *seconds != 0) {
        let what = format!("the event source mapping has a tumbling window of {seconds} s, and the stack sets none");
        differences.push(what);
    }
    differences
}

/// Returns the value of a variable that a function does not have; `None` if the function never has it.
fn absent(function: &str, variable: &str) -> Option<String> {
    (function == "query" && variable == TENANT_CLAIM).then(String::new)
}

/// Returns in words how a value differs from its parameter.
fn difference(parameters: &HashMap<String, String>, parameter: &str, so: &str, value: &str) -> Option<String> {
    let deployed = parameters.get(parameter)?;
    let differs = deployed != HIDDEN && deployed != value;
    differs.then(|| format!("{so} `{value}`, and the stack's parameter {parameter} is `{deployed}`"))
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeSet, HashMap};

    use serde_json::{Value, json};

    use super::{
        CONNECTIONS, FunctionEnvironment, HIDDEN, OF_FUNCTION, OTHER_VARIABLES, OWN_PREFIX, RETENTION_MB, VARIABLES,
        absent, advice, difference, never_set, of_function, of_mapping, other_bucket, parameter_of,
    };

    #[test]
    fn the_template_takes_the_variables_from_these_parameters() {
        let template = include_str!("../../../../template.yaml");
        let (mut own, mut others, mut of_functions) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
        for line in template.lines() {
            let Some((name, value)) = line.trim().split_once(": !") else { continue };
            let is_variable = name.chars().all(|c| c.is_ascii_uppercase() || c == '_');
            // `!Ref Parameter`, or `!If [Condition, !Ref Parameter, !Ref AWS::NoValue]`.
            let parameter = value.split("Ref ").nth(1).and_then(|rest| rest.split([',', ']']).next());
            match parameter {
                Some(parameter) if matches!(name, CONNECTIONS | "MemorySize") => drop(of_functions.insert(parameter)),
                _ if is_variable && OTHER_VARIABLES.contains(&name) => drop(others.insert(name)),
                Some(parameter) if is_variable => drop(own.insert((name, parameter))),
                // Each is in one of the lists, or is called one that the stack does not set.
                _ => assert!(!is_variable || !name.starts_with(OWN_PREFIX), "{line}"),
            }
        }
        assert_eq!(own, BTreeSet::from(VARIABLES));
        assert_eq!(others, BTreeSet::from(OTHER_VARIABLES));
        assert_eq!(of_functions, OF_FUNCTION.into_iter().map(|(.., parameter)| parameter).collect());
        let [without, with] = RETENTION_MB;
        assert!(template.contains(&format!("MemorySize: !If [HasArchive, {with}, {without}]")));
    }

    /// Returns the environment of a function with this memory and these variables.
    fn environment(memory_mb: u64, variables: &[(&str, &str)]) -> FunctionEnvironment {
        let variables: HashMap<_, _> = variables.iter().copied().collect();
        let settings = json!({ "MemorySize": memory_mb, "Environment": { "Variables": variables } });
        FunctionEnvironment::of(&serde_json::from_value(settings).unwrap())
    }

    #[test]
    fn memory_and_connections_are_those_of_the_function() {
        fn check(deployed: &[(&str, &str)], function: &str, memory_mb: u64, connections: &str, expect: &[&str]) {
            let parameters = deployed.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
            let found = of_function(&parameters, function, &environment(memory_mb, &[(CONNECTIONS, connections)]));
            assert_eq!(found, expect, "{deployed:?} {function} {memory_mb} {connections}");
        }
        let deployed = [("IngestMemoryMb", "512"), ("IngestConnections", "4"), ("ArchiveBucket", "")];
        check(&deployed, "ingest", 512, "4", &[]);
        let memory = "the memory of ingest in MB is `256`, and the stack's parameter IngestMemoryMb is `512`";
        let connections =
            "ingest has LOGBRAID_MONGODB_CONNECTIONS `8`, and the stack's parameter IngestConnections is `4`";
        check(&deployed, "ingest", 256, "8", &[memory, connections]);
        check(&deployed, "query", 256, "8", &[]);
        check(&[("QueryMemoryMb", "512"), ("QueryConnections", "8")], "query", 512, "8", &[]);
        check(&deployed, "retention", 256, "8", &[]);
        check(
            &deployed,
            "retention",
            128,
            "8",
            &["the memory of retention in MB is `128`, and the stack gives it `256`"],
        );
        check(&[("ArchiveBucket", "b")], "retention", 1024, "8", &[]);
        let slow = "the memory of retention in MB is `256`, and the stack gives it `1024`";
        check(&[("ArchiveBucket", "b")], "retention", 256, "8", &[slow]);
    }

    #[test]
    fn variables_that_the_stack_never_sets_are_named() {
        fn check(function: &str, variables: &[(&str, &str)], expect: &[&str]) {
            assert_eq!(never_set(function, &environment(512, variables)), expect, "{function} {variables:?}");
        }
        check(
            "ingest",
            &[("LOGBRAID_DB", "logs"), ("LOGBRAID_RELEASE", "7"), ("MONGODB_URI", "mongodb://h"), ("OTHER", "x")],
            &[],
        );
        check("ingest", &[("LOGBRAID_SKETCHES", ""), (CONNECTIONS, "8")], &[]);
        let connections = "retention has LOGBRAID_MONGODB_CONNECTIONS `8`, which the stack does not set";
        check("retention", &[(CONNECTIONS, "8")], &[connections]);
        let sketches = "ingest has LOGBRAID_SKETCHES `off`, which the stack does not set";
        check("ingest", &[("LOGBRAID_SKETCHES", "off")], &[sketches]);
        let key = "ingest has LOGBRAID_REDACT_KEYS, which the stack does not set";
        check("ingest", &[("LOGBRAID_SKETCHES", "off"), ("LOGBRAID_REDACT_KEYS", "secret")], &[key, sketches]);
        let long = "ingest has LOGBRAID_MONGODB_TIMEOUT_MS, which the stack does not set";
        check("ingest", &[("LOGBRAID_MONGODB_TIMEOUT_MS", "longer than what is shown")], &[long]);
    }

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

    #[test]
    fn only_tenants_that_are_absent_count() {
        assert_eq!(absent("query", "LOGBRAID_TENANT_CLAIM").as_deref(), Some(""));
        assert_eq!(absent("ingest", "LOGBRAID_TENANT_CLAIM"), None);
        assert_eq!(absent("query", "LOGBRAID_RETENTION_DAYS"), None);
    }

    #[test]
    fn a_mapping_has_its_parameters() {
        let parameters = [
            ("ParallelizationFactor", "1"),
            ("RecordAgeSeconds", "72000"),
            ("RetryAttempts", "10000"),
            ("BatchSize", "1000"),
            ("BatchingWindowSeconds", "1"),
            ("BisectOnError", "true"),
        ];
        let parameters = parameters.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
        let check = |mapping: Value, expect: &[&str]| {
            let found = of_mapping(&parameters, &serde_json::from_value(mapping).unwrap());
            let is_so = found.len() == expect.len() && found.iter().zip(expect).all(|(so, part)| so.contains(part));
            assert!(is_so, "{found:?} {expect:?}");
        };
        check(json!({}), &[]);
        let own = json!({
            "ParallelizationFactor": 1, "MaximumRecordAgeInSeconds": 72000, "MaximumRetryAttempts": "10000", "BatchSize": 1000,
            "MaximumBatchingWindowInSeconds": 1, "BisectBatchOnFunctionError": "true", "TumblingWindowInSeconds": 0,
        });
        check(own, &[]);
        check(
            json!({ "MaximumRetryAttempts": 0 }),
            &["retries `0`, and the stack's parameter RetryAttempts is `10000`"],
        );
        check(
            json!({ "BisectBatchOnFunctionError": false }),
            &["failed: `false`, and the stack's parameter BisectOnError"],
        );
        check(
            json!({ "BatchSize": 7, "MaximumBatchingWindowInSeconds": 60 }),
            &["records `7`", "seconds `60`, and the stack's parameter BatchingWindowSeconds is `1`"],
        );
        check(json!({ "TumblingWindowInSeconds": 30 }), &["a tumbling window of 30 s"]);
    }

    #[test]
    fn query_looks_into_the_stacks_bucket() {
        fn check(own: Option<&str>, asked: Option<&str>, expect: Option<&str>) {
            let own = own.map(str::to_owned);
            let found = other_bucket(own.as_ref(), asked.map(str::to_owned));
            assert_eq!(found.as_deref().and_then(|what| what.split(':').next()), expect, "{own:?} {asked:?}");
        }
        check(Some("failed"), Some("failed"), None);
        let other = "query has LOGBRAID_FAILED_BUCKET `other`, and the stack's on-failure bucket is `failed`";
        check(Some("failed"), Some("other"), Some(other));
        let none = "query has LOGBRAID_FAILED_BUCKET ``, and the stack's on-failure bucket is `failed`";
        check(Some("failed"), Some(""), Some(none));
        check(None, Some("other"), None);
        check(Some("failed"), None, None);
    }

    #[test]
    fn a_hidden_parameter_differs_from_nothing() {
        let check = |deployed: &str, value: &str, expect: Option<&str>| {
            let parameters = HashMap::from([("Redact".to_owned(), deployed.to_owned())]);
            assert_eq!(difference(&parameters, "Redact", "ingest has X", value).as_deref(), expect);
        };
        check("on", "on", None);
        check("on", "off", Some("ingest has X `off`, and the stack's parameter Redact is `on`"));
        check(HIDDEN, "off", None);
        check("", "off", Some("ingest has X `off`, and the stack's parameter Redact is ``"));
        assert_eq!(difference(&HashMap::new(), "Redact", "x", "y"), None);
    }
}
