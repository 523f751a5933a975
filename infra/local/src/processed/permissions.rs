//! Who may do what to what: every permission of the template as a table.

use std::collections::BTreeSet;

use insta::assert_snapshot;
use serde_json::{Value, json};

use super::of_type;

/// The actions that AWS allows on no narrower resource, or whose resources do not exist yet. Each has its reason in the template.
const ON_EVERYTHING: [&str; 11] = [
    "cloudwatch:DescribeAlarms",
    "ec2:AssignPrivateIpAddresses",
    "ec2:CreateNetworkInterface",
    "ec2:DeleteNetworkInterface",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeSubnets",
    "ec2:UnassignPrivateIpAddresses",
    "kinesis:ListStreams",
    "sts:GetWebIdentityToken",
    "xray:PutTelemetryRecords",
    "xray:PutTraceSegments",
];

/// A permission: who, what, on what, and when it exists.
type Permission = (String, String, String, String);

/// Returns the alternatives of a value that are there, each with its condition.
fn alternatives(value: &Value, condition: &str) -> Vec<(Value, String)> {
    let Some(choice) = value.get("Fn::If").and_then(Value::as_array) else {
        return vec![(value.clone(), condition.to_owned())];
    };
    let name = choice[0].as_str().unwrap_or_default();
    let mut found = alternatives(&choice[1], name);
    found.extend(alternatives(&choice[2], &format!("not {name}")));
    found.retain(|(value, _)| value.get("Ref").is_none_or(|name| name != "AWS::NoValue"));
    found
}

fn list(value: &Value) -> Vec<Value> {
    value.as_array().cloned().unwrap_or_else(|| vec![value.clone()])
}

/// Writes a resource as the template does, on one line.
fn shown(value: &Value) -> String {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    if let Some(name) = value.get("Ref") {
        format!("${{{}}}", text(name))
    } else if let Some(path) = value.get("Fn::GetAtt") {
        format!("${{{}}}", list(path).iter().map(text).collect::<Vec<_>>().join("."))
    } else if let Some(sub) = value.get("Fn::Sub") {
        text(sub)
    } else {
        value.as_str().map_or_else(|| value.to_string(), str::to_owned)
    }
}

fn permissions() -> BTreeSet<Permission> {
    let mut found = BTreeSet::new();
    for (role, resource) in of_type("AWS::IAM::Role") {
        let properties = &resource["Properties"];
        assert!(properties["ManagedPolicyArns"].is_null(), "{role} has a managed policy: AWS may change it");
        let whole = resource["Condition"].as_str().unwrap_or_default();
        for (policy, condition) in list(&properties["Policies"]).iter().flat_map(|own| alternatives(own, whole)) {
            for statement in list(&policy["PolicyDocument"]["Statement"]) {
                assert_eq!(statement["Effect"], "Allow", "{role}");
                for action in list(&statement["Action"]) {
                    for on in list(&statement["Resource"]) {
                        found.insert((role.to_owned(), shown(&action), shown(&on), condition.clone()));
                    }
                }
            }
        }
    }
    for (id, resource) in of_type("AWS::Lambda::Permission") {
        let properties = &resource["Properties"];
        assert!(!properties["SourceArn"].is_null(), "{id} lets every API in");
        for (on, condition) in alternatives(&properties["FunctionName"], "") {
            found.insert((shown(&properties["Principal"]), shown(&properties["Action"]), shown(&on), condition));
        }
    }
    found
}

#[test]
fn each_permission_is_known() {
    let width =
        |column: fn(&Permission) -> &String| permissions().iter().map(|own| column(own).len()).max().unwrap_or(0);
    let (who, what, on) = (width(|own| &own.0), width(|own| &own.1), width(|own| &own.2));
    let rows = permissions().into_iter().map(|own| {
        let row = format!("{:who$}  {:what$}  {:on$}  {}", own.0, own.1, own.2, own.3);
        row.trim_end().to_owned() + "\n"
    });
    assert_snapshot!(rows.collect::<String>());
}

#[test]
fn nobody_may_do_everything() {
    for (who, what, on, _) in permissions() {
        assert!(!what.contains('*'), "{who} may {what}");
        assert!(on != "*" || ON_EVERYTHING.contains(&what.as_str()), "{who} may {what} on everything");
    }
}

/// The table of permissions does not show conditions.
#[test]
fn retention_lists_only_its_folder_of_the_archive() {
    let roles = of_type("AWS::IAM::Role");
    let policies = list(&roles["RetentionRole"]["Properties"]["Policies"]);
    let policies: Vec<Value> = policies
        .iter()
        .flat_map(|own| alternatives(own, ""))
        .map(|(policy, _)| policy["PolicyDocument"].clone())
        .collect();
    let statements = policies.iter().flat_map(|policy| list(&policy["Statement"]));
    let lists: Vec<Value> = statements.filter(|statement| statement["Action"] == "s3:ListBucket").collect();
    let folder = json!({ "StringLike": { "s3:prefix": { "Fn::Sub": "${ArchivePrefix}${AWS::StackName}/*" } } });
    assert_eq!(lists.iter().map(|statement| &statement["Condition"]).collect::<Vec<_>>(), [&folder]);
}
