//! Says what somebody changed of a function after its deployment. Pure.

use jiff::{SignedDuration, Timestamp};

use super::settings::FunctionEnvironment;
use crate::services::Resource;

/// How much later than `CloudFormation` says Lambda may say that a deployment changed a function.
const CLOCKS_DIFFER: SignedDuration = SignedDuration::from_mins(1);
/// What to do about it. `CloudFormation` does not compare code.
const PUT_BACK: &str = "if that was not meant, put its code and its settings back: docs/cli.md#the-code-of-a-function";
/// The variables, in upper case, by which something else than logbraid starts, or its requests go elsewhere. The template sets none.
const OF_START: [&str; 9] = [
    "AWS_LAMBDA_EXEC_WRAPPER",
    "LD_PRELOAD",
    "LD_AUDIT",
    "LD_LIBRARY_PATH",
    "HTTPS_PROXY",
    "HTTP_PROXY",
    "ALL_PROXY",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
];

/// Returns the name that a function has in the template.
pub(super) fn logical(check: &str) -> &'static str {
    match check {
        "ingest" => "IngestFunction",
        "query" => "QueryFunction",
        _ => "RetentionFunction",
    }
}

/// Returns what is so, and what to do, if Lambda says that a function was changed after its deployment.
pub(super) fn changed(name: &str, changed: Option<Timestamp>, own: Option<&Resource>) -> Option<(String, String)> {
    let (changed, deployed) = (changed?, own?.deployed?);
    (changed.duration_since(deployed) > CLOCKS_DIFFER).then(|| {
        let what = format!(
            "somebody changed {name} at {changed:.0}, after its last deployment at {deployed:.0}: what it runs may not be what was \
             deployed"
        );
        (what, PUT_BACK.to_owned())
    })
}

/// Returns what is so, and what to do, if a function has variables that change how it starts.
pub(super) fn started_otherwise(name: &str, environment: &FunctionEnvironment) -> Option<(String, String)> {
    let mut found = environment.names("");
    found.retain(|variable| OF_START.contains(&variable.to_uppercase().as_str()));
    (!found.is_empty()).then(|| {
        let what = format!(
            "{name} has {}, which the stack does not set: that changes what starts, or where its requests go",
            found.join(", ")
        );
        (what, "if nobody needs it, revert it: docs/cli.md#what-was-changed-by-hand".to_owned())
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::finding::says;
    use super::{changed, logical, started_otherwise};
    use crate::commands::doctor::settings::FunctionEnvironment;
    use crate::services::Resource;

    #[test]
    fn a_function_that_was_changed_after_its_deployment_is_named() {
        fn check(at: Option<&str>, deployed: Option<&str>, expect: Option<&str>) {
            let own = Resource { deployed: deployed.map(|time| time.parse().unwrap()), ..Resource::default() };
            let found = changed("a-query", at.map(|time| time.parse().unwrap()), Some(&own)).map(|(what, _)| what);
            assert!(says(found.as_deref(), expect), "{at:?} {deployed:?}: {found:?}");
        }
        let deployed = Some("2026-11-20T08:00:00Z");
        check(Some("2026-11-20T07:59:50Z"), deployed, None);
        check(Some("2026-11-20T08:00:30Z"), deployed, None);
        let expect = "changed a-query at 2026-11-20T09:00:00Z, after its last deployment at 2026-11-20T08:00:00Z";
        check(Some("2026-11-20T09:00:00.125Z"), deployed, Some(expect));
        check(None, deployed, None);
        check(Some("2026-11-20T09:00:00Z"), None, None);
        assert_eq!(changed("a-query", "2026-11-20T09:00:00Z".parse().ok(), None), None);
    }

    #[test]
    fn variables_of_the_start_are_named() {
        fn check(variables: &[&str], expect: Option<&str>) {
            let all: serde_json::Map<_, _> = variables.iter().map(|own| ((*own).to_owned(), json!("x"))).collect();
            let settings = serde_json::from_value(json!({ "Environment": { "Variables": all } })).unwrap();
            let found = started_otherwise("f", &FunctionEnvironment::of(&settings)).map(|(what, _)| what);
            assert!(says(found.as_deref(), expect), "{variables:?}: {found:?}");
        }
        check(&["LOGBRAID_DB", "DD_API_KEY", "AWS_LAMBDA_FUNCTION_NAME"], None);
        check(&["LD_PRELOAD"], Some("f has LD_PRELOAD, which"));
        check(&["https_proxy", "AWS_LAMBDA_EXEC_WRAPPER"], Some("f has AWS_LAMBDA_EXEC_WRAPPER, https_proxy, which"));
    }

    #[test]
    fn the_template_has_these_functions_and_no_such_variable() {
        let template = include_str!("../../../../template.yaml");
        for check in ["ingest", "query", "retention"] {
            assert!(template.contains(&format!("\n  {}:\n", logical(check))));
        }
        assert!(!super::OF_START.iter().any(|variable| template.contains(variable)));
    }
}
