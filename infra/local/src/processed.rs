//! Checks of the template as AWS gets it: each function is watched and can fail, nothing is public by mistake, and each
//! permission is known.

mod licences;
mod permissions;
mod version;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use serde_json::{Map, Value, json};

use crate::cache::Cache;
use crate::toolbox::SAM;

/// Prints both templates as one JSON object: SAM's own library processes the first.
const SCRIPT: &str = r#"
import json, sys
from samcli.yamlhelper import yaml_parse
from samtranslator.translator.transform import transform
class NoPolicies:
    def load(self): return {}
template, nested = (yaml_parse(open(path).read()) for path in sys.argv[1:])
for resource in template["Resources"].values():
    if resource["Type"] == "AWS::Serverless::Function":
        resource["Properties"]["CodeUri"] = "s3://bucket/key"
template["Globals"]["Function"].pop("CodeUri")
processed = transform(template, {}, NoPolicies())
json.dump({"template": processed, "nested": nested}, sys.stdout, default=str)
"#;

/// The routes that everybody may ask, each with the condition under which it exists. They lead to no record.
const PUBLIC_ROUTES: [(&str, &str); 5] = [
    ("GET /", "HasJwt"),
    ("GET /ui", "HasJwt"),
    ("GET /ui/{proxy+}", "HasJwt"),
    ("GET /assets/{proxy+}", "HasJwt"),
    ("OPTIONS /{proxy+}", "HasCors"),
];

/// Returns the root of the checkout.
fn project() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Returns both templates, processed once.
fn templates() -> &'static Value {
    static TEMPLATES: OnceLock<Value> = OnceLock::new();
    TEMPLATES.get_or_init(|| {
        let sam = Cache::from_env().and_then(|cache| cache.venv(&SAM)).unwrap();
        let mut python = Command::new(sam.join("bin/python"));
        python.args(["-c", SCRIPT, "template.yaml", "infra/monitoring.yaml"]).current_dir(project());
        let output = python.env("AWS_DEFAULT_REGION", "us-east-1").output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        serde_json::from_slice(&output.stdout).unwrap()
    })
}

fn resources() -> &'static Map<String, Value> {
    templates()["template"]["Resources"].as_object().unwrap()
}

/// Returns the resources of a type, by logical id.
fn of_type(kind: &str) -> BTreeMap<&'static str, &'static Value> {
    resources().iter().filter(|(_, own)| own["Type"] == kind).map(|(id, own)| (id.as_str(), own)).collect()
}

fn functions() -> BTreeMap<&'static str, &'static Value> {
    let functions = of_type("AWS::Lambda::Function");
    assert!(functions.len() >= 3, "{functions:?}");
    functions
}

/// Whether a value leads to a resource or parameter, however deep.
fn mentions(value: &Value, id: &str) -> bool {
    match value {
        Value::Object(object) => {
            let names = object.get("Ref") == Some(&json!(id))
                || object.get("Fn::GetAtt").is_some_and(|path| path.get(0) == Some(&json!(id)) || path == id);
            names || object.values().any(|value| mentions(value, id))
        }
        Value::Array(array) => array.iter().any(|value| mentions(value, id)),
        Value::String(text) => text.contains(&format!("${{{id}}}")) || text.contains(&format!("${{{id}.")),
        _ => false,
    }
}

#[test]
fn each_function_has_a_log_group_that_forgets() {
    let groups = of_type("AWS::Logs::LogGroup");
    for (id, function) in functions() {
        let group = &function["Properties"]["LoggingConfig"]["LogGroup"];
        let (_, group) =
            groups.iter().find(|(own, _)| mentions(group, own)).unwrap_or_else(|| panic!("{id} has no log group"));
        assert_eq!(group["Properties"]["RetentionInDays"], json!({ "Ref": "LogRetentionDays" }), "{id}");
    }
}

#[test]
fn what_a_function_cannot_do_goes_somewhere() {
    let mappings = of_type("AWS::Lambda::EventSourceMapping");
    let integrations = of_type("AWS::ApiGatewayV2::Integration");
    for (id, function) in functions() {
        let has_queue = !function["Properties"]["DeadLetterConfig"].is_null();
        let has_bucket = mappings.values().any(|own| {
            let properties = &own["Properties"];
            mentions(&properties["FunctionName"], id) && !properties["DestinationConfig"]["OnFailure"].is_null()
        });
        // A client gets every answer.
        let is_asked = integrations.values().any(|own| mentions(&own["Properties"]["IntegrationUri"], id));
        assert!(has_queue || has_bucket || is_asked, "{id}: a failure is lost");
    }
}

#[test]
fn each_function_has_an_alarm() {
    let parameters = resources()["MonitoringStack"]["Properties"]["Parameters"].as_object().unwrap();
    let alarms: Vec<&Value> = templates()["nested"]["Resources"].as_object().unwrap().values().collect();
    let is_watched = |parameter: &str| {
        alarms.iter().any(|own| own["Type"] == "AWS::CloudWatch::Alarm" && mentions(&own["Properties"], parameter))
    };
    let integrations = of_type("AWS::ApiGatewayV2::Integration");
    for (id, _) in functions() {
        // What leads to the function counts too: the API's alarms are those of its function.
        let behind = integrations.values().find(|own| mentions(&own["Properties"]["IntegrationUri"], id));
        let is_own =
            |value: &Value| mentions(value, id) || behind.is_some_and(|own| own["Properties"]["ApiId"] == *value);
        let watched = parameters.iter().any(|(name, value)| is_own(value) && is_watched(name));
        assert!(watched, "{id} has no alarm in infra/monitoring.yaml");
    }
}

#[test]
fn only_the_page_is_public() {
    let mut public = Vec::new();
    for (id, route) in of_type("AWS::ApiGatewayV2::Route") {
        let properties = &route["Properties"];
        match &properties["AuthorizationType"] {
            Value::String(kind) if kind == "NONE" => {
                let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
                public.push((text(&properties["RouteKey"]), text(&route["Condition"])));
            }
            kind => assert_eq!(*kind, json!({ "Ref": "ApiAuthorization" }), "{id}"),
        }
    }
    public.sort();
    let mut expect = PUBLIC_ROUTES.map(|(key, condition)| (key.to_owned(), condition.to_owned()));
    expect.sort();
    assert_eq!(public, expect);
    // An API for everybody has to be asked for twice.
    let assertion = &templates()["template"]["Rules"]["PublicApi"]["Assertions"][0]["Assert"];
    assert!(mentions(assertion, "ApiAuthorization") && mentions(assertion, "AllowPublicApi"), "{assertion}");
    assert!(of_type("AWS::Lambda::Url").is_empty());
}

/// Says which values a pattern takes, as JSON. What the template's patterns need is the same in Java, which AWS uses.
const FITS: &str = r"
import json, re, sys
pattern, values = json.load(sys.stdin)
print(json.dumps([bool(re.fullmatch(pattern, value)) for value in values]))
";

/// Says of values of a parameter which of them its pattern takes.
fn fit(parameter: &str, values: &[String]) -> Vec<bool> {
    let pattern = &templates()["template"]["Parameters"][parameter]["AllowedPattern"];
    assert!(pattern.is_string(), "{parameter} has no pattern");
    let mut python = Command::new("python3");
    let mut child = python.args(["-c", FITS]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    serde_json::to_writer(child.stdin.take().unwrap(), &json!([pattern, values])).unwrap();
    let output = child.wait_with_output().unwrap();
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn a_prefix_with_a_reserved_ending_is_refused() {
    let rows = [
        ("kinesis_logs_", true),
        ("shop_", true),
        ("sketches_shop", true),
        ("shop_sketches_", false),
        ("shop_transactions_", false),
        ("transactions_", false),
        ("sketches_", false),
        ("", false),
        ("shop.", false),
    ];
    assert_eq!(fit("CollectionPrefix", &rows.map(|(prefix, _)| prefix.to_owned())), rows.map(|(_, expect)| expect));
}

#[test]
fn what_cannot_work_is_refused() {
    let check = |parameter: &str, good: &[&str], bad: &[&str]| {
        let texts = |values: &[&str]| values.iter().map(|value| (*value).to_owned()).collect::<Vec<_>>();
        assert_eq!(fit(parameter, &texts(good)), vec![true; good.len()], "{parameter}");
        assert_eq!(fit(parameter, &texts(bad)), vec![false; bad.len()], "{parameter}");
    };
    check("MongoDatabase", &["logbraid", "local_logs", "admins"], &["admin", "local", "config", "", "a.b"]);
    check(
        "CorsOrigins",
        &["", "*", "https://logs.example.com", "http://localhost:3000,https://a.b"],
        &["https://a.b/", "https://a.b/app", "https://a.b,https://c/", "a.b", "https://a.b, https://c"],
    );
    check("ArchivePrefix", &["", "archive/", "a/.b/..c/"], &["../", "a/../", "./", "archive", "/"]);
}

#[test]
fn days_that_a_record_can_be_filed_into_are_not_dropped() {
    let check = |skew: &str, retention: &str, expect: bool| {
        let given = [("MaxSkewDays", skew), ("RetentionDays", retention)];
        assert_eq!(takes("DaysThatAreOver", &given), expect, "{given:?}");
    };
    for (skew, retention) in
        [("1", "2"), ("2", "2"), ("7", "8"), ("10", "8"), ("30", "31"), ("45", "40"), ("3650", "91")]
    {
        check(skew, retention, false);
        check(skew, "0", true);
    }
    for (skew, retention) in
        [("1", "3"), ("6", "8"), ("7", "9"), ("29", "31"), ("30", "32"), ("45", "47"), ("90", "92"), ("365", "367")]
    {
        check(skew, retention, true);
    }
}

/// Evaluates an assertion of a rule with these parameters; others have their defaults.
fn holds(assertion: &Value, given: &BTreeMap<&str, &str>) -> bool {
    let text = |value: &Value| match value["Ref"].as_str() {
        Some(name) => {
            let default = &templates()["template"]["Parameters"][name]["Default"];
            // A number is compared as it is written.
            let default = || default.as_str().map_or_else(|| default.to_string(), str::to_owned);
            given.get(name).map_or_else(default, |value| (*value).to_owned())
        }
        None => value.as_str().unwrap().to_owned(),
    };
    let (function, of) = assertion.as_object().unwrap().iter().next().unwrap();
    let mut parts = of.as_array().unwrap().iter();
    match function.as_str() {
        "Fn::Equals" => text(&of[0]) == text(&of[1]),
        "Fn::Not" => !holds(&of[0], given),
        "Fn::And" => parts.all(|part| holds(part, given)),
        "Fn::Or" => parts.any(|part| holds(part, given)),
        "Fn::Contains" => of[0].as_array().unwrap().iter().any(|one| text(one) == text(&of[1])),
        other => panic!("{other}"),
    }
}

/// Whether a rule takes these parameters.
fn takes(rule: &str, given: &[(&str, &str)]) -> bool {
    let assertions = templates()["template"]["Rules"][rule]["Assertions"].as_array().unwrap();
    let values = given.iter().copied().collect();
    assertions.iter().all(|assertion| holds(&assertion["Assert"], &values))
}

/// One would believe that something is on which is not.
#[test]
fn a_parameter_without_what_it_needs_is_refused() {
    fn check(rule: &str, given: &[(&str, &str)], expect: bool) {
        assert_eq!(takes(rule, given), expect, "{rule} {given:?}");
    }
    let bucket = ("ArchiveBucket", "my-archive");
    let key = ("ArchiveKmsKeyArn", "arn:aws:kms:eu-west-1:000000000000:key/0f1e");
    check("ArchiveHasRetention", &[], true);
    check("ArchiveHasRetention", &[("RetentionDays", "90")], true);
    check("ArchiveHasRetention", &[("RetentionDays", "90"), bucket, key], true);
    check("ArchiveHasRetention", &[bucket], false);
    check("ArchiveHasRetention", &[bucket, ("RetentionDays", "0")], false);
    check("ArchiveHasRetention", &[("RetentionDays", "90"), key], false);
    let (off, list) = (("Redact", "off"), ("Redact", "allow-list"));
    check("SomethingIsRedacted", &[], true);
    check("SomethingIsRedacted", &[off], true);
    check("SomethingIsRedacted", &[list, ("RedactAllow", "message")], true);
    check("SomethingIsRedacted", &[("RedactAllow", "message")], false);
    for own in ["RedactNames", "RedactPatterns", "RedactKey", "RedactKeySecretArn"] {
        check("SomethingIsRedacted", &[(own, "x")], true);
        check("SomethingIsRedacted", &[(own, "x"), list], true);
        check("SomethingIsRedacted", &[(own, "x"), off], false);
    }
    let mail = ("AlarmEmail", "alice@example.com");
    check("SomebodyIsAlarmed", &[], true);
    check("SomebodyIsAlarmed", &[mail, ("Monitoring", "on")], true);
    check("SomebodyIsAlarmed", &[mail], false);
    check("NatHasNetwork", &[], true);
    check("NatHasNetwork", &[("Network", "on"), ("NetworkNat", "on")], true);
    check("NatHasNetwork", &[("NetworkNat", "on")], false);
    check("GivenUpBeforeGone", &[], true);
    for (hours, seconds, expect) in [
        ("24", "3600", true),
        ("24", "86400", false),
        ("48", "86400", true),
        ("48", "172800", false),
        ("72", "604800", false),
        ("168", "518400", true),
        ("168", "604800", false),
        ("8760", "604800", true),
    ] {
        check("GivenUpBeforeGone", &[("StreamRetentionHours", hours), ("RecordAgeSeconds", seconds)], expect);
    }
}

#[test]
fn a_change_of_who_sees_what_needs_no_release() {
    let description = &resources()["QueryVersion"]["Properties"]["Description"];
    for parameter in ["Release", "ApiAuthorization", "TenantClaim", "TenantField", "TenantAll"] {
        assert!(mentions(description, parameter), "{parameter}");
    }
}

#[test]
fn tenants_need_tokens() {
    let check = |given: &[(&str, &str)], expect: bool| {
        assert_eq!(takes("TenantsHaveTokens", given), expect, "{given:?}");
    };
    let jwt = ("ApiAuthorization", "JWT");
    let claim = ("TenantClaim", "custom:tenant");
    check(&[], true);
    check(&[jwt], true);
    check(&[jwt, claim], true);
    check(&[jwt, claim, ("TenantField", "source.stream"), ("TenantAll", "*")], true);
    for authorization in ["AWS_IAM", "NONE"] {
        check(&[("ApiAuthorization", authorization), claim], false);
    }
    check(&[jwt, ("TenantAll", "*")], false);
    check(&[jwt, ("TenantField", "customer")], false);
    let variables = &resources()["QueryFunction"]["Properties"]["Environment"]["Variables"];
    for (variable, parameter) in [("CLAIM", "TenantClaim"), ("FIELD", "TenantField"), ("ALL", "TenantAll")] {
        let expect = json!({ "Fn::If": ["HasTenants", { "Ref": parameter }, { "Ref": "AWS::NoValue" }] });
        assert_eq!(variables[format!("LOGBRAID_TENANT_{variable}")], expect);
    }
    // Whoever may call the function directly may write any claim: that is the API alone.
    let permissions = of_type("AWS::Lambda::Permission");
    let of_query = permissions.values().filter(|own| mentions(&own["Properties"]["FunctionName"], "QueryFunction"));
    for permission in of_query {
        assert_eq!(permission["Properties"]["Principal"], "apigateway.amazonaws.com");
    }
}

#[test]
fn a_release_changes_each_function_that_has_an_alias() {
    // Lambda refuses to make a version of a function that has not changed.
    let functions = functions();
    let aliases = of_type("AWS::Lambda::Alias");
    assert_eq!(aliases.len(), 2);
    for (id, alias) in aliases {
        let name = &alias["Properties"]["FunctionName"];
        let (_, function) = functions.iter().find(|(own, _)| mentions(name, own)).unwrap();
        assert!(mentions(&function["Properties"]["Environment"], "Release"), "{id}");
    }
}
