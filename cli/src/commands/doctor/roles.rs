//! Checks whether the roles of the stack may do what its parts do. Of a policy that somebody deleted, only the next call tells.

use futures_util::future::join_all;
use runtime::{Environment as _, telemetry::chain};

use super::finding::{REVERT, Report, enumerated};
use super::function::DeployedFunction;
use super::settings::SECRETS;
use super::trust::{self, CHECK, NOTHING_CALLS, SCHEDULE};
use super::{Deployment, Functions};
use crate::error::Error;
use crate::services::{ContextEntry, Schedule, ServiceFailure, Services};

const NEEDS: &str = "iam:SimulatePrincipalPolicy and iam:GetRole";
/// What puts a message into a queue.
const SEND: [&str; 1] = ["sqs:SendMessage"];
/// What the event source mapping does with the stream, by the role of ingest.
const READ_STREAM: [&str; 5] = [
    "kinesis:GetRecords",
    "kinesis:GetShardIterator",
    "kinesis:ListShards",
    "kinesis:DescribeStream",
    "kinesis:DescribeStreamSummary",
];
/// What Lambda does as a function logs.
const LOG: [&str; 2] = ["logs:PutLogEvents", "logs:CreateLogStream"];
const TRACE: [&str; 2] = ["xray:PutTelemetryRecords", "xray:PutTraceSegments"];
/// What Lambda does to connect a function to a network.
const JOIN: [&str; 6] = [
    "ec2:AssignPrivateIpAddresses",
    "ec2:CreateNetworkInterface",
    "ec2:DeleteNetworkInterface",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeSubnets",
    "ec2:UnassignPrivateIpAddresses",
];
/// For how many seconds the tokens are valid by which a function signs in to MongoDB.
const TOKEN_S: &str = "900";
/// What writes and reads what a key encrypts.
const USE_KEY: [&str; 2] = ["kms:Decrypt", "kms:GenerateDataKey"];
/// What a function decrypts as it starts: its settings and its secrets. The parameters that name their keys.
const KEYS: [&str; 2] = ["KmsKeyArn", "SecretKmsKeyArn"];

/// The parameter that turns traces on.
const TRACING: &str = "Tracing";

/// What a role has to be allowed.
#[derive(Clone, Debug, Eq, PartialEq)]
struct Need<'a> {
    /// Whose role it is.
    who: &'a str,
    /// Its ARN.
    role: &'a str,
    actions: &'static [&'static str],
    /// The ARN of what it does the actions with.
    resource: String,
    /// The values of the keys of its policy's conditions.
    context: Vec<ContextEntry<'a>>,
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
    functions: Functions<'_>,
    schedule: Option<&Schedule>,
    report: &mut Report,
) -> Result<(), Error> {
    let there: Vec<_> = functions.into_iter().filter_map(|(name, found)| Some((name, found.as_ref()?))).collect();
    let of_functions = there.iter().flat_map(|(name, found)| of_function(name, found, deployment));
    let of_schedule = schedule.into_iter().flat_map(|schedule| of_schedule(schedule, deployment));
    let needs: Vec<Need<'_>> = of_functions.chain(of_schedule).collect();
    let asked = needs.iter().map(|need| services.refused_with(need.role, need.actions, &need.resource, &need.context));
    let answers = join_all(asked).await;
    let (mut gone, mut unknown, mut is_fine) = (Vec::new(), None, !needs.is_empty());
    for (need, answer) in needs.iter().zip(answers) {
        is_fine &= answer.as_ref().is_ok_and(Vec::is_empty);
        match answer {
            Ok(refused) if refused.is_empty() => {}
            Ok(refused) => need.report(&need.lacks(&refused), report)?,
            Err(failure) if failure.is_missing() => {
                if !gone.contains(&need.role) {
                    gone.push(need.role);
                    need.report(&need.is_without_role(), report)?;
                }
            }
            Err(failure) => unknown = Some(failure),
        }
    }
    let trusted = trust::check(services, &there, schedule, report).await?;
    is_fine &= matches!(trusted, Ok(true));
    match unknown.or(trusted.err()) {
        Some(failure) => report.skipped(CHECK, why_unknown(&failure)),
        None if is_fine => report.fine(CHECK, "the roles may do what the parts of the stack do"),
        None => Ok(()),
    }
}

/// Returns what a function does with which resource.
fn of_function<'a>(who: &'a str, found: &'a DeployedFunction, deployment: &'a Deployment) -> Vec<Need<'a>> {
    let DeployedFunction { role, environment, log_group, vpc, .. } = found;
    let need = |actions, resource, then| Need { who, role, actions, resource, context: Vec::new(), then };
    let secrets = SECRETS.iter().filter_map(|variable| environment.get(variable).filter(|arn| !arn.is_empty()));
    let no_start = Then::Broken("the function does not start anew");
    let mut needs: Vec<_> = secrets.map(|arn| need(&["secretsmanager:GetSecretValue"], arn, no_start)).collect();
    let keys = KEYS.iter().filter_map(|parameter| deployment.parameters.get(*parameter).filter(|arn| !arn.is_empty()));
    needs.extend(keys.map(|arn| need(&["kms:Decrypt"], arn.clone(), no_start)));
    match (who, deployment.outputs.get("StreamArn"), environment.failed_bucket()) {
        ("ingest", Some(stream), _) => {
            needs.push(need(&READ_STREAM, stream.clone(), Then::Broken("nothing is filed")));
            let so = Then::Worse("Lambda does not make the event source mapping again");
            needs.push(need(&["kinesis:ListStreams"], "*".to_owned(), so));
            let key = deployment.parameter(KEYS[0]).filter(|arn| !arn.is_empty());
            let so = Then::Broken("batches that are given up are lost");
            needs.extend(key.map(|key| need(&["kms:GenerateDataKey"], key.to_owned(), so)));
        }
        ("query", _, Some(bucket)) => {
            let so = Then::Worse("answers cannot say whether batches were given up");
            needs.push(need(&["s3:ListBucket"], found.in_s3(&bucket), so));
        }
        ("retention", ..) => {
            let so = Then::Worse("runs that fail are counted nowhere");
            needs.extend(deployment.failures().map(|queue| need(&SEND, queue, so)));
            let key = deployment.parameter("ArchiveKmsKeyArn").filter(|arn| !arn.is_empty());
            let so = Then::Broken("no day is exported, so none is dropped");
            needs.extend(key.map(|key| need(&USE_KEY, key.to_owned(), so)));
        }
        _ => {}
    }
    if deployment.parameter(TRACING).is_some_and(|tracing| tracing == "on") {
        needs.push(need(&TRACE, "*".to_owned(), Then::Worse("its traces are lost")));
    }
    if vpc.is_some() {
        let so = Then::Worse("Lambda cannot connect the function to its network anew");
        needs.push(need(&JOIN, "*".to_owned(), so));
    }
    if let Some(audience) = deployment.parameter("MongoTokenAudience").filter(|audience| !audience.is_empty()) {
        let context =
            vec![("sts:IdentityTokenAudience", "stringList", audience), ("sts:DurationSeconds", "numeric", TOKEN_S)];
        let so = Then::Broken("the function cannot sign in to MongoDB");
        needs.push(Need { context, ..need(&["sts:GetWebIdentityToken"], "*".to_owned(), so) });
    }
    // Which stream is written to does not matter: the policy is for all of the group.
    let log = log_group.as_ref().and_then(|group| deployment.arn("logs", &format!("log-group:{group}:log-stream:any")));
    needs.extend(log.map(|log| need(&LOG, log, Then::Worse("its log stays empty"))));
    needs
}

/// Returns what a schedule does, if it calls a function.
fn of_schedule<'a>(schedule: &'a Schedule, deployment: &Deployment) -> Vec<Need<'a>> {
    let Some((role, called)) = schedule.calls_as().filter(|(_, called)| called.contains(":function:")) else {
        return Vec::new();
    };
    let need = |actions, resource, then| Need { who: SCHEDULE, role, actions, resource, context: Vec::new(), then };
    let mut needs: Vec<Need<'_>> =
        vec![need(&["lambda:InvokeFunction"], called.to_owned(), Then::Broken(NOTHING_CALLS))];
    let so = Then::Worse("calls that it cannot make are counted nowhere");
    needs.extend(deployment.failures().map(|queue| need(&SEND, queue, so)));
    needs
}

fn why_unknown(failure: &ServiceFailure) -> String {
    if failure.is_denied() || failure.is_of_credentials() {
        format!("not checked: it needs {NEEDS}")
    } else {
        format!("not checked: {}", chain(failure))
    }
}

impl Need<'_> {
    fn lacks(&self, refused: &[&str]) -> String {
        format!("the role of {} may not do {} with {}", self.who, enumerated(refused), self.resource)
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
    use std::collections::BTreeSet;

    use serde_json::{Value, json};

    use super::{DeployedFunction, Deployment, TRACING, of_function, of_schedule};

    const STREAM: &str = "arn:aws-cn:kinesis:cn-north-1:1:stream/logs";
    const QUEUE: &str = "arn:aws-cn:sqs:cn-north-1:1:failures";
    const SEND: &str = "sqs:SendMessage";

    /// Returns a deployment with these outputs.
    fn deployed(outputs: &[(&str, &str)]) -> Deployment {
        let outputs = outputs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Deployment { outputs, ..Deployment::default() }
    }

    #[test]
    fn a_role_needs_what_its_function_does() {
        fn check_with(keys: &[(&str, &str)], name: &str, variables: &Value, expect: &[(&str, &str)]) {
            let settings = json!({ "Role": "arn:aws-cn:iam::1:role/r", "Environment": { "Variables": variables } });
            let found = DeployedFunction::of(&serde_json::from_value(settings).unwrap());
            let mut deployment = deployed(&[("StreamArn", STREAM)]);
            deployment.parameters = keys.iter().map(|(name, own)| ((*name).to_owned(), (*own).to_owned())).collect();
            let needs = of_function(name, &found, &deployment);
            let needs: Vec<_> = needs.iter().map(|need| (need.actions.join(" "), need.resource.as_str())).collect();
            let needs: Vec<_> = needs.iter().map(|(actions, resource)| (actions.as_str(), *resource)).collect();
            assert_eq!(needs, expect, "{name} {variables}");
        }
        fn check(name: &str, variables: &Value, expect: &[(&str, &str)]) {
            check_with(&[("KmsKeyArn", "")], name, variables, expect);
        }
        const READ: &str = "secretsmanager:GetSecretValue";
        const DECRYPT: &str = "kms:Decrypt";
        let read = "kinesis:GetRecords kinesis:GetShardIterator kinesis:ListShards kinesis:DescribeStream \
                    kinesis:DescribeStreamSummary";
        let (filed, listed) = ((read, STREAM), ("kinesis:ListStreams", "*"));
        let plain = json!({ "MONGODB_URI": "mongodb://h", "LOGBRAID_REDACT_KEY_SECRET_ARN": "" });
        check("ingest", &plain, &[filed, listed]);
        let secrets = json!({ "MONGODB_SECRET_ARN": "arn:m", "LOGBRAID_REDACT_KEY_SECRET_ARN": "arn:k" });
        check("ingest", &secrets, &[(READ, "arn:m"), (READ, "arn:k"), filed, listed]);
        let query = json!({ "MONGODB_SECRET_ARN": "arn:m", "LOGBRAID_FAILED_BUCKET": "failed" });
        check("query", &query, &[(READ, "arn:m"), ("s3:ListBucket", "arn:aws-cn:s3:::failed")]);
        check("query", &json!({}), &[]);
        check("retention", &json!({ "MONGODB_SECRET_ARN": "arn:m" }), &[(READ, "arn:m")]);
        check("retention", &json!({}), &[]);
        let keys = [("KmsKeyArn", "arn:own"), ("SecretKmsKeyArn", "arn:secrets")];
        check_with(&keys, "retention", &json!({}), &[(DECRYPT, "arn:own"), (DECRYPT, "arn:secrets")]);
        check_with(
            &[("Tracing", "on")],
            "query",
            &json!({}),
            &[("xray:PutTelemetryRecords xray:PutTraceSegments", "*")],
        );
        check_with(&[("MongoTokenAudience", "a")], "query", &json!({}), &[("sts:GetWebIdentityToken", "*")]);
        check_with(&[("Tracing", "off")], "query", &json!({}), &[]);
        let given_up = ("kms:GenerateDataKey", "arn:own");
        check_with(&keys[..1], "ingest", &json!({}), &[(DECRYPT, "arn:own"), filed, listed, given_up]);
        let use_key = ("kms:Decrypt kms:GenerateDataKey", "arn:archive");
        check_with(&[("ArchiveKmsKeyArn", "arn:archive")], "retention", &json!({}), &[use_key]);
        check_with(&[("ArchiveKmsKeyArn", "")], "retention", &json!({}), &[]);
    }

    #[test]
    fn each_permission_of_the_template_is_asked_for() {
        let permissions = include_str!(
            "../../../../infra/local/src/processed/snapshots/local__processed__permissions__each_permission_is_known.snap"
        );
        let rows = permissions.lines().filter_map(|line| {
            let mut words = line.split_whitespace();
            Some((words.next()?.strip_suffix("Role")?, words.next()?))
        });
        // Nobody asks as which role CodeDeploy works.
        let own: BTreeSet<_> = rows.filter(|(role, _)| *role != "Deployment").collect();
        let names = ["KmsKeyArn", "SecretKmsKeyArn", "ArchiveKmsKeyArn", "MongoTokenAudience"];
        let parameters = names.into_iter().map(|name| (name, "a")).chain([(TRACING, "on")]);
        let mut deployment =
            deployed(&[("StreamArn", STREAM), ("RetentionFailuresUrl", "https://sqs.cn-north-1.amazonaws.com.cn/1/f")]);
        deployment.parameters = parameters.map(|(name, own)| (name.to_owned(), own.to_owned())).collect();
        let settings = json!({
            "LoggingConfig": { "LogGroup": "l" }, "VpcConfig": { "SubnetIds": ["s"] },
            "Environment": { "Variables": { "MONGODB_SECRET_ARN": "arn:m", "LOGBRAID_FAILED_BUCKET": "b" } },
        });
        let found = DeployedFunction::of(&serde_json::from_value(settings).unwrap());
        let called = json!({ "Target": { "Arn": "arn:aws:lambda:a:1:function:r", "RoleArn": "arn:role" } });
        let schedule = serde_json::from_value(called).unwrap();
        let mut asked = BTreeSet::new();
        for (role, name) in [("Ingest", "ingest"), ("Query", "query"), ("Retention", "retention")] {
            let needs = of_function(name, &found, &deployment);
            asked.extend(needs.iter().flat_map(|need| need.actions).map(|action| (role, *action)));
        }
        let needs = of_schedule(&schedule, &deployment);
        asked.extend(needs.iter().flat_map(|need| need.actions).map(|action| ("RetentionSchedule", *action)));
        // The checks of the two buckets ask for these.
        asked.extend(["s3:ListBucket", "s3:PutObject"].map(|action| ("Ingest", action)));
        asked.extend(["s3:GetObject", "s3:ListBucket", "s3:PutObject"].map(|action| ("Retention", action)));
        assert_eq!(asked, own);
    }

    #[test]
    fn a_role_keeps_what_went_wrong() {
        fn check(name: &str, outputs: &[(&str, &str)], log_group: &str, expect: &[(&str, &str)]) {
            let settings = json!({ "LoggingConfig": { "LogGroup": log_group } });
            let found = DeployedFunction::of(&serde_json::from_value(settings).unwrap());
            let deployment = deployed(outputs);
            let needs = of_function(name, &found, &deployment);
            let needs: Vec<_> = needs.iter().map(|need| (need.actions[0], need.resource.as_str())).collect();
            assert_eq!(needs, expect, "{name} {outputs:?} {log_group}");
        }
        let stream = ("StreamArn", STREAM);
        let queue = ("RetentionFailuresUrl", "https://sqs.cn-north-1.amazonaws.com.cn/1/failures");
        let log = |group| format!("arn:aws-cn:logs:cn-north-1:1:log-group:{group}:log-stream:any");
        let logged = (log("/aws/lambda/l-query"), log("/aws/lambda/l-retention"));
        check("query", &[stream], "/aws/lambda/l-query", &[("logs:PutLogEvents", &logged.0)]);
        let kept = [(SEND, QUEUE), ("logs:PutLogEvents", &logged.1)];
        check("retention", &[stream, queue], "/aws/lambda/l-retention", &kept);
        check("retention", &[stream, queue], "", &[(SEND, QUEUE)]);
        // Without the stream's ARN, nobody knows where they are.
        check("retention", &[queue], "/aws/lambda/l-retention", &[]);
        check("retention", &[queue, ("StreamArn", "x")], "/aws/lambda/l-retention", &[]);
    }

    #[test]
    fn a_schedule_calls_as_its_role() {
        fn check(target: &Value, outputs: &[(&str, &str)], expect: &[(&str, &str)]) {
            let schedule = serde_json::from_value(json!({ "Target": target })).unwrap();
            let needs = of_schedule(&schedule, &deployed(outputs));
            let needs: Vec<_> = needs.iter().map(|need| (need.role, need.resource.as_str())).collect();
            assert_eq!(needs, expect, "{target}");
        }
        const FUNCTION: &str = "arn:aws:lambda:eu-west-1:1:function:retention";
        let calls = json!({ "Arn": FUNCTION, "RoleArn": "arn:role" });
        check(&calls, &[], &[("arn:role", FUNCTION)]);
        let outputs = [("StreamArn", STREAM), ("RetentionFailuresUrl", "http://127.0.0.1:4566/1/failures")];
        check(&calls, &outputs, &[("arn:role", FUNCTION), ("arn:role", QUEUE)]);
        check(&json!({ "Arn": "arn:aws:sns:eu-west-1:1:x", "RoleArn": "arn:role" }), &outputs, &[]);
        check(&json!({ "Arn": FUNCTION }), &outputs, &[]);
        check(&json!({}), &outputs, &[]);
    }
}
