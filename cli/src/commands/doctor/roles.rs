//! Checks whether the roles of the stack may do what its parts do. Of a policy that somebody deleted, only the next call tells.

use futures_util::future::join_all;
use runtime::telemetry::chain;
use runtime::{Environment as _, REDACT_KEY_SECRET_ARN};

use super::Deployment;
use super::finding::{REVERT, Report};
use super::function::Found;
use super::settings::FunctionEnvironment;
use crate::error::Error;
use crate::services::{Schedule, ServiceFailure, Services};

const CHECK: &str = "roles";
const NEEDS: &str = "iam:SimulatePrincipalPolicy";
/// What a function starts with: the variables that name secrets.
const SECRETS: [&str; 2] = ["MONGODB_SECRET_ARN", REDACT_KEY_SECRET_ARN];

/// What a function decrypts as it starts: its settings and its secrets. The parameters that name their keys.
const KEYS: [&str; 2] = ["KmsKeyArn", "SecretKmsKeyArn"];

/// What a role has to be allowed.
#[derive(Clone, Debug, Eq, PartialEq)]
struct Need<'a> {
    /// Whose role it is.
    who: &'a str,
    /// Its ARN.
    role: &'a str,
    action: &'static str,
    /// The ARN of what it does the action with.
    resource: String,
    /// What comes of it if it may not.
    then: Then,
}

/// What comes of a permission that is missing.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Then {
    Broken(&'static str),
    Worse(&'static str),
}

/// Checks the roles of the functions that are known, and that of retention's schedule.
pub(super) async fn check(
    services: &Services,
    deployment: &Deployment,
    functions: [(&'static str, &Option<Found>); 3],
    schedule: Option<&Schedule>,
    report: &mut Report,
) -> Result<(), Error> {
    let there = functions.into_iter().filter_map(|(name, found)| Some((name, found.as_ref()?)));
    let of_functions = there.flat_map(|(name, found)| of_function(name, &found.role, &found.environment, deployment));
    let needs: Vec<Need<'_>> = of_functions.chain(schedule.and_then(of_schedule)).collect();
    let answers = join_all(needs.iter().map(|need| services.may(need.role, need.action, &need.resource))).await;
    let (mut gone, mut unknown, mut is_fine) = (Vec::new(), None, !needs.is_empty());
    for (need, answer) in needs.iter().zip(answers) {
        is_fine &= matches!(answer, Ok(true));
        match answer {
            Ok(true) => {}
            Ok(false) => need.report(&need.lacks(), report)?,
            Err(failure) if failure.is_missing() => {
                if !gone.contains(&need.role) {
                    gone.push(need.role);
                    need.report(&need.is_without_role(), report)?;
                }
            }
            Err(failure) => unknown = Some(failure),
        }
    }
    match unknown {
        Some(failure) => report.skipped(CHECK, why_unknown(&failure)),
        None if is_fine => report.fine(CHECK, "the roles may do what the parts of the stack do"),
        None => Ok(()),
    }
}

/// Returns what a function does with which resource.
fn of_function<'a>(
    who: &'a str,
    role: &'a str,
    environment: &FunctionEnvironment,
    deployment: &Deployment,
) -> Vec<Need<'a>> {
    let need = |action, resource, then| Need { who, role, action, resource, then };
    let secrets = SECRETS.iter().filter_map(|variable| environment.get(variable).filter(|arn| !arn.is_empty()));
    let no_start = Then::Broken("the function does not start anew");
    let mut needs: Vec<_> = secrets.map(|arn| need("secretsmanager:GetSecretValue", arn, no_start)).collect();
    let keys = KEYS.iter().filter_map(|parameter| deployment.parameters.get(*parameter).filter(|arn| !arn.is_empty()));
    needs.extend(keys.map(|arn| need("kms:Decrypt", arn.clone(), no_start)));
    match (who, deployment.outputs.get("StreamArn"), environment.failed_bucket()) {
        ("ingest", Some(stream), _) => {
            needs.push(need("kinesis:GetRecords", stream.clone(), Then::Broken("nothing is filed")));
        }
        ("query", _, Some(bucket)) => {
            let partition = role.split(':').nth(1).unwrap_or("aws");
            let so = Then::Worse("answers cannot say whether batches were given up");
            needs.push(need("s3:ListBucket", format!("arn:{partition}:s3:::{bucket}"), so));
        }
        _ => {}
    }
    needs
}

/// Returns what a schedule does, if it calls a function.
fn of_schedule(schedule: &Schedule) -> Option<Need<'_>> {
    let (role, called) = schedule.calls_as().filter(|(_, called)| called.contains(":function:"))?;
    let (action, resource) = ("lambda:InvokeFunction", called.to_owned());
    let then = Then::Broken("nothing calls retention, and no day is dropped");
    Some(Need { who: "retention's schedule", role, action, resource, then })
}

fn why_unknown(failure: &ServiceFailure) -> String {
    if failure.is_denied() || failure.is_of_credentials() {
        format!("not checked: it needs {NEEDS}")
    } else {
        format!("not checked: {}", chain(failure))
    }
}

impl Need<'_> {
    fn lacks(&self) -> String {
        let Self { who, action, resource, .. } = self;
        format!("the role of {who} may not do {action} with {resource}")
    }

    fn is_without_role(&self) -> String {
        format!("there is no role {}, that of {}", self.role, self.who)
    }

    fn report(&self, what: &str, report: &mut Report) -> Result<(), Error> {
        match self.then {
            Then::Broken(so) => report.problem(CHECK, format!("{what}: {so}"), REVERT),
            Then::Worse(so) => report.warning(CHECK, format!("{what}: {so}"), REVERT),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{Deployment, FunctionEnvironment, of_function, of_schedule};
    use crate::services::FunctionSettings;

    #[test]
    fn a_role_needs_what_its_function_does() {
        fn check_with(keys: &[(&str, &str)], name: &str, variables: &Value, expect: &[(&str, &str)]) {
            let settings: FunctionSettings =
                serde_json::from_value(json!({ "Environment": { "Variables": variables } })).unwrap();
            let environment = FunctionEnvironment::of(&settings);
            let named = |pairs: &[(&str, &str)]| {
                pairs.iter().map(|(name, own)| ((*name).to_owned(), (*own).to_owned())).collect()
            };
            let mut deployment = Deployment { outputs: named(&[("StreamArn", "arn:stream")]), ..Deployment::default() };
            deployment.parameters = named(keys);
            let needs = of_function(name, "arn:aws-cn:iam::1:role/r", &environment, &deployment);
            let needs: Vec<_> = needs.iter().map(|need| (need.action, need.resource.as_str())).collect();
            assert_eq!(needs, expect, "{name} {variables}");
        }
        fn check(name: &str, variables: &Value, expect: &[(&str, &str)]) {
            check_with(&[("KmsKeyArn", "")], name, variables, expect);
        }
        const READ: &str = "secretsmanager:GetSecretValue";
        const DECRYPT: &str = "kms:Decrypt";
        let filed = ("kinesis:GetRecords", "arn:stream");
        check("ingest", &json!({ "MONGODB_URI": "mongodb://h", "LOGBRAID_REDACT_KEY_SECRET_ARN": "" }), &[filed]);
        let secrets = json!({ "MONGODB_SECRET_ARN": "arn:m", "LOGBRAID_REDACT_KEY_SECRET_ARN": "arn:k" });
        check("ingest", &secrets, &[(READ, "arn:m"), (READ, "arn:k"), filed]);
        let query = json!({ "MONGODB_SECRET_ARN": "arn:m", "LOGBRAID_FAILED_BUCKET": "failed" });
        check("query", &query, &[(READ, "arn:m"), ("s3:ListBucket", "arn:aws-cn:s3:::failed")]);
        check("query", &json!({}), &[]);
        check("retention", &json!({ "MONGODB_SECRET_ARN": "arn:m" }), &[(READ, "arn:m")]);
        check("retention", &json!({}), &[]);
        let keys = [("KmsKeyArn", "arn:own"), ("SecretKmsKeyArn", "arn:secrets")];
        check_with(&keys, "retention", &json!({}), &[(DECRYPT, "arn:own"), (DECRYPT, "arn:secrets")]);
        check_with(&keys[..1], "ingest", &json!({}), &[(DECRYPT, "arn:own"), filed]);
    }

    #[test]
    fn a_schedule_calls_as_its_role() {
        fn check(target: &Value, expect: Option<(&str, &str)>) {
            let schedule = serde_json::from_value(json!({ "Target": target })).unwrap();
            let need = of_schedule(&schedule);
            assert_eq!(need.as_ref().map(|need| (need.role, need.resource.as_str())), expect, "{target}");
        }
        const FUNCTION: &str = "arn:aws:lambda:eu-west-1:1:function:retention";
        check(&json!({ "Arn": FUNCTION, "RoleArn": "arn:role" }), Some(("arn:role", FUNCTION)));
        check(&json!({ "Arn": "arn:aws:sns:eu-west-1:1:x", "RoleArn": "arn:role" }), None);
        check(&json!({ "Arn": FUNCTION }), None);
        check(&json!({}), None);
    }
}
