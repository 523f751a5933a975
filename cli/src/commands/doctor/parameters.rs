//! Compares what runs with the parameters that the stack was deployed with. What differs was changed by hand, and the next
//! deployment may change it back.

use std::collections::HashMap;

use runtime::Environment as _;

use super::Deployment;
use super::finding::{BY_HAND, Report};
use super::function::DeployedFunction;
use super::origins::{HIDDEN, VARIABLES, deployed_reserve, parameter_of};
use super::settings::{FAILED_BUCKET, FunctionEnvironment, MEMORY_SIZE};
use crate::error::Error;
use crate::services::{Mapping, StreamFacts};

const CHECK: &str = "parameters";
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
/// After how many seconds Lambda ends each function.
const TIMEOUT_S: [(&str, u64); 3] = [("ingest", 60), ("query", 29), ("retention", 900)];
/// The mode of a stream whose shards the stack counts.
const PROVISIONED: &str = "PROVISIONED";
/// How the variables begin that query has only where people sign in, and only with tenants.
const JWT: &str = "LOGBRAID_JWT_";
const TENANT: &str = "LOGBRAID_TENANT_";
/// The variables that the template sets and that come from no parameter, or from several.
const OTHER_VARIABLES: [&str; 4] = [ARCHIVE_PREFIX, FAILED_BUCKET, "LOGBRAID_REDACT_KEY", "LOGBRAID_RELEASE"];
const ARCHIVE_PREFIX: &str = "LOGBRAID_ARCHIVE_PREFIX";
/// How the variables that logbraid reads begin.
const OWN_PREFIX: &str = "LOGBRAID_";
/// The variables that the template never sets whose values may be shown. Any other may be misspelt, and its value a secret.
const HARMLESS: [&str; 4] =
    ["LOGBRAID_ARCHIVE_PART_MIB", "LOGBRAID_MONGODB_TIMEOUT_MS", "LOGBRAID_SKETCHES", CONNECTIONS];
/// The longest such value that is shown, in bytes.
const MAX_SHOWN: usize = 20;

/// Compares the functions' settings, the event source mapping and the stream with the parameters.
pub(super) fn check(
    deployment: &Deployment,
    functions: [(&str, &Option<DeployedFunction>); 3],
    mapping: Option<&Mapping>,
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
        differences.extend(other_variables(parameters, name, &found.environment));
        differences.extend(of_function(parameters, name, &found.environment));
        differences.extend(other_timeout(name, found.timeout_s));
        differences.extend(other_reserve(deployed_reserve(name, parameters), name, found.reserved.as_deref()));
        differences.extend(never_set(name, &found.environment));
    }
    differences.extend(other_places(deployment, functions));
    if let Some(mapping) = mapping {
        differences.extend(of_mapping(parameters, mapping));
    }
    if let Some(stream) = stream {
        differences.extend(of_stream(parameters, stream));
    }
    if differences.is_empty() {
        return report.fine(CHECK, "what runs has the parameters of the stack");
    }
    for what in differences {
        report.warning(CHECK, what, BY_HAND)?;
    }
    Ok(())
}

/// Returns in words how the variables of a function differ from the parameters that they come from.
fn other_variables(parameters: &HashMap<String, String>, function: &str, own: &FunctionEnvironment) -> Vec<String> {
    let is = |parameter: &str, wanted: &str| parameters.get(parameter).is_some_and(|value| value == wanted);
    // The template leaves these out where they mean nothing.
    let is_left_out = |variable: &str| {
        variable.starts_with(JWT) && !is("ApiAuthorization", "JWT")
            || variable.starts_with(TENANT) && is("TenantClaim", "")
    };
    let variables = VARIABLES.iter().filter(|(variable, _, functions)| {
        own.get(variable).is_some() || functions.contains(&function) && !is_left_out(variable)
    });
    variables
        .filter_map(|(variable, parameter, _)| other_variable(parameters, function, variable, parameter, own))
        .collect()
}

/// Returns in words how a variable differs from its parameter. One that is missing is as one without a value.
fn other_variable(
    parameters: &HashMap<String, String>,
    function: &str,
    variable: &str,
    parameter: &str,
    own: &FunctionEnvironment,
) -> Option<String> {
    let Some(value) = own.get(variable) else {
        let deployed = parameters.get(parameter).filter(|value| !["", HIDDEN].contains(&value.as_str()))?;
        return Some(format!("{function} has no {variable}, and the stack's parameter {parameter} is `{deployed}`"));
    };
    difference(parameters, parameter, &format!("{function} has {variable}"), &value)
}

/// Returns in words how a function's memory and connections differ from what the stack gives it.
fn of_function(parameters: &HashMap<String, String>, function: &str, environment: &FunctionEnvironment) -> Vec<String> {
    let own = OF_FUNCTION.iter().filter(|(of, ..)| *of == function);
    let mut differences: Vec<String> = own
        .filter_map(|(_, variable, parameter)| {
            if *variable != MEMORY_SIZE {
                return other_variable(parameters, function, variable, parameter, environment);
            }
            difference(parameters, parameter, &memory_of(function), &environment.get(variable)?)
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

/// Returns in words how the timeout of a function differs from what the stack gives it.
fn other_timeout(function: &str, own: u64) -> Option<String> {
    let (_, deployed) = TIMEOUT_S.iter().find(|(name, _)| *name == function)?;
    (own != *deployed).then(|| format!("{function} is ended after {own} s, and the stack gives it {deployed} s"))
}

/// Returns in words how the calls at once that are reserved for a function differ from what the stack reserves.
fn other_reserve(deployed: Option<&str>, function: &str, own: Option<&str>) -> Option<String> {
    let (deployed, own) = (deployed?, own?);
    let count = |number: &str, none: &str| if number.is_empty() { none.to_owned() } else { number.to_owned() };
    let what = || {
        let (own, deployed) = (count(own, "no"), count(deployed, "none"));
        format!("{own} calls at once are reserved for {function}, and the stack reserves {deployed}")
    };
    (own != deployed).then(what)
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

/// Returns in words which places functions look into or write to that are not the stack's.
fn other_places(deployment: &Deployment, functions: [(&str, &Option<DeployedFunction>); 3]) -> Vec<String> {
    let bucket = deployment.outputs.get("FailedBucketName").cloned();
    let prefix = deployment.parameter("ArchivePrefix").map(|prefix| format!("{prefix}{}/", deployment.name));
    let places = [
        ("query", FAILED_BUCKET, bucket, "answers do not say that batches were given up"),
        ("retention", ARCHIVE_PREFIX, prefix, "exports go elsewhere, and `restore` does not find those from before"),
    ];
    let in_words = |(function, variable, own, so): (&str, &str, Option<String>, &str)| {
        let (_, found) = functions.into_iter().find(|(name, _)| *name == function)?;
        let (own, has) = (own?, found.as_ref()?.environment.get(variable).unwrap_or_default());
        (has != own).then(|| format!("{function} has {variable} `{has}`, and the stack's is `{own}`: {so}"))
    };
    places.into_iter().filter_map(in_words).collect()
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

/// Returns in words how the stream differs from its parameters. One that is on demand has as many shards as it needs.
fn of_stream(parameters: &HashMap<String, String>, stream: &StreamFacts) -> Vec<String> {
    let is_provisioned =
        stream.mode() == Some(PROVISIONED) && parameters.get("StreamMode").is_some_and(|mode| mode == PROVISIONED);
    let (hours, shards) = (stream.retention_hours.to_string(), stream.open_shards.to_string());
    let own = [
        ("StreamMode", "the stream's mode is", stream.mode()),
        ("ShardCount", "the stream's open shards are", is_provisioned.then_some(shards.as_str())),
        ("StreamRetentionHours", "the stream keeps hours", Some(hours.as_str())),
    ];
    own.into_iter().filter_map(|(parameter, so, value)| difference(parameters, parameter, so, value?)).collect()
}

/// Returns in words how a value differs from its parameter.
fn difference(parameters: &HashMap<String, String>, parameter: &str, so: &str, value: &str) -> Option<String> {
    let deployed = parameters.get(parameter)?;
    let differs = deployed != HIDDEN && deployed != value;
    differs.then(|| format!("{so} `{value}`, and the stack's parameter {parameter} is `{deployed}`"))
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet, HashMap};

    use serde_json::{Value, json};

    use super::{
        ARCHIVE_PREFIX, CONNECTIONS, DeployedFunction, Deployment, FAILED_BUCKET, FunctionEnvironment, HIDDEN,
        OF_FUNCTION, OTHER_VARIABLES, OWN_PREFIX, RETENTION_MB, TIMEOUT_S, VARIABLES, deployed_reserve, difference,
        never_set, of_function, of_mapping, of_stream, other_places, other_reserve, other_timeout, other_variables,
    };

    #[test]
    fn the_template_takes_the_variables_from_these_parameters() {
        let template = include_str!("../../../../template.yaml");
        let (mut own, mut others, mut of_functions) = (BTreeMap::new(), BTreeSet::new(), BTreeSet::new());
        let mut resource = "";
        for line in template.lines() {
            let name = line.strip_prefix("  ").filter(|name| !name.starts_with(' '));
            resource = name.and_then(|name| name.strip_suffix(':')).unwrap_or(resource);
            let Some((name, value)) = line.trim().split_once(": !") else { continue };
            let is_variable = name.chars().all(|c| c.is_ascii_uppercase() || c == '_');
            // `!Ref Parameter`, or `!If [Condition, !Ref Parameter, !Ref AWS::NoValue]`.
            let parameter = value.split("Ref ").nth(1).and_then(|rest| rest.split([',', ']']).next());
            match parameter {
                Some(parameter) if matches!(name, CONNECTIONS | "MemorySize") => drop(of_functions.insert(parameter)),
                _ if is_variable && OTHER_VARIABLES.contains(&name) => drop(others.insert(name)),
                Some(parameter) if is_variable => {
                    let functions = match resource {
                        "Function" => ["ingest", "query", "retention"].to_vec(),
                        "IngestFunction" => vec!["ingest"],
                        "QueryFunction" => vec!["query"],
                        "RetentionFunction" => vec!["retention"],
                        other => panic!("{other} has {name}"),
                    };
                    own.entry((name, parameter)).or_insert_with(BTreeSet::new).extend(functions);
                }
                // Each is in one of the lists, or is called one that the stack does not set.
                _ => assert!(!is_variable || !name.starts_with(OWN_PREFIX), "{line}"),
            }
        }
        let listed =
            VARIABLES.map(|(name, parameter, functions)| ((name, parameter), functions.iter().copied().collect()));
        assert_eq!(own, BTreeMap::from(listed));
        assert_eq!(others, BTreeSet::from(OTHER_VARIABLES));
        assert_eq!(of_functions, OF_FUNCTION.into_iter().map(|(.., parameter)| parameter).collect());
        let [without, with] = RETENTION_MB;
        assert!(template.contains(&format!("MemorySize: !If [HasArchive, {with}, {without}]")));
        let timeouts = template.lines().filter_map(|line| line.strip_prefix("      Timeout: "));
        let timeouts: BTreeSet<u64> = timeouts.map(|seconds| seconds.parse().unwrap()).collect();
        assert_eq!(timeouts, TIMEOUT_S.into_iter().map(|(_, seconds)| seconds).collect());
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
    fn timeouts_are_those_of_the_stack() {
        assert_eq!(other_timeout("query", 29), None);
        let short = "ingest is ended after 10 s, and the stack gives it 60 s";
        assert_eq!(other_timeout("ingest", 10).as_deref(), Some(short));
        assert_eq!(other_timeout("retention", 900), None);
    }

    #[test]
    fn reserves_are_those_of_the_stack() {
        fn check(function: &str, deployed: &str, own: Option<&str>, expect: Option<&str>) {
            let parameters = ["IngestReservedConcurrency", "QueryReservedConcurrency"];
            let parameters = parameters.map(|name| (name.to_owned(), deployed.to_owned())).into();
            let found = other_reserve(deployed_reserve(function, &parameters), function, own);
            assert_eq!(found.as_deref(), expect, "{function} {deployed} {own:?}");
        }
        check("ingest", "8", Some("8"), None);
        check("ingest", "", Some(""), None);
        check("query", "8", None, None);
        check("retention", "8", Some(""), None);
        check("ingest", "8", Some(""), Some("no calls at once are reserved for ingest, and the stack reserves 8"));
        check("query", "", Some("100"), Some("100 calls at once are reserved for query, and the stack reserves none"));
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
    fn variables_are_those_of_the_parameters() {
        fn check(deployed: &[(&str, &str)], function: &str, variables: &[(&str, &str)], expect: &[&str]) {
            let parameters = deployed.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
            let found = other_variables(&parameters, function, &environment(512, variables));
            assert_eq!(found, expect, "{deployed:?} {function} {variables:?}");
        }
        let names = ("RedactNames", "ssn");
        let other = "ingest has LOGBRAID_REDACT_NAMES `pin`, and the stack's parameter RedactNames is `ssn`";
        check(&[names], "ingest", &[("LOGBRAID_REDACT_NAMES", "ssn")], &[]);
        check(&[names], "ingest", &[("LOGBRAID_REDACT_NAMES", "pin")], &[other]);
        let none = "ingest has no LOGBRAID_REDACT_NAMES, and the stack's parameter RedactNames is `ssn`";
        check(&[names], "ingest", &[], &[none]);
        check(&[names], "retention", &[], &[]);
        check(&[("RedactNames", ""), ("MongoUri", HIDDEN)], "ingest", &[], &[]);
        // The template leaves these out.
        let off =
            [("ApiAuthorization", "AWS_IAM"), ("JwtScope", "openid"), ("TenantClaim", ""), ("TenantField", "tenant")];
        check(&off[1..], "query", &[], &[]);
        let on =
            [("JwtScope", "openid"), ("ApiAuthorization", "JWT"), ("TenantClaim", "org"), ("TenantField", "tenant")];
        let query = [
            ("LOGBRAID_API_AUTHORIZATION", "JWT"),
            ("LOGBRAID_JWT_SCOPE", "openid"),
            ("LOGBRAID_TENANT_FIELD", "tenant"),
        ];
        let claim = "query has no LOGBRAID_TENANT_CLAIM, and the stack's parameter TenantClaim is `org`";
        check(&on, "query", &query, &[claim]);
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
    fn a_stream_has_its_parameters() {
        fn check(deployed: (&str, &str), found: (Option<&str>, u32), expect: &[&str]) {
            let parameters = [("StreamMode", deployed.0), ("ShardCount", deployed.1), ("StreamRetentionHours", "24")];
            let parameters = parameters.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
            let stream = json!({
                "StreamStatus": "ACTIVE", "RetentionPeriodHours": 24, "OpenShardCount": found.1,
                "StreamModeDetails": found.0.map_or(json!({}), |mode| json!({ "StreamMode": mode })),
            });
            let found = of_stream(&parameters, &serde_json::from_value(stream).unwrap());
            assert_eq!(found, expect, "{deployed:?}");
        }
        let (fixed, demand) = (Some("PROVISIONED"), Some("ON_DEMAND"));
        check(("PROVISIONED", "2"), (fixed, 2), &[]);
        let shards = "the stream's open shards are `5`, and the stack's parameter ShardCount is `2`";
        check(("PROVISIONED", "2"), (fixed, 5), &[shards]);
        check(("ON_DEMAND", "1"), (demand, 4), &[]);
        check(("PROVISIONED", "2"), (None, 5), &[]);
        let mode = "the stream's mode is `PROVISIONED`, and the stack's parameter StreamMode is `ON_DEMAND`";
        check(("ON_DEMAND", "1"), (fixed, 4), &[mode]);
        let mode = "the stream's mode is `ON_DEMAND`, and the stack's parameter StreamMode is `PROVISIONED`";
        check(("PROVISIONED", "2"), (demand, 4), &[mode]);
    }

    #[test]
    fn functions_use_the_stacks_places() {
        fn check(of_stack: [&str; 2], of_functions: [Option<&Value>; 2], expect: &[&str]) {
            let [bucket, prefix] = of_stack;
            let own = |name: &str, value: &str| HashMap::from([(name.to_owned(), value.to_owned())]);
            let (outputs, parameters) = (own("FailedBucketName", bucket), own("ArchivePrefix", prefix));
            let deployment = Deployment { name: "logs".to_owned(), outputs, parameters, ..Deployment::default() };
            let found = |variables: &Value| {
                let settings = json!({ "Environment": { "Variables": variables } });
                DeployedFunction::of(&serde_json::from_value(settings).unwrap())
            };
            let [query, retention] = of_functions.map(|variables| variables.map(found));
            let differences =
                other_places(&deployment, [("ingest", &None), ("query", &query), ("retention", &retention)]);
            let differences: Vec<_> = differences.iter().filter_map(|what| what.split(':').next()).collect();
            assert_eq!(differences, expect, "{of_stack:?} {of_functions:?}");
        }
        let (bucket, prefix) = (&json!({ FAILED_BUCKET: "failed" }), &json!({ ARCHIVE_PREFIX: "daily/logs/" }));
        check(["failed", "daily/"], [Some(bucket), Some(prefix)], &[]);
        check(["failed", "daily/"], [None, None], &[]);
        let other = "query has LOGBRAID_FAILED_BUCKET `failed`, and the stack's is `other`";
        let root = "retention has LOGBRAID_ARCHIVE_PREFIX `daily/logs/`, and the stack's is `logs/`";
        check(["other", ""], [Some(bucket), Some(prefix)], &[other, root]);
        let none = "query has LOGBRAID_FAILED_BUCKET ``, and the stack's is `failed`";
        check(["failed", "daily/"], [Some(prefix), Some(prefix)], &[none]);
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
