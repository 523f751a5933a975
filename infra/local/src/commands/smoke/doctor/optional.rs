//! The faults of parts that a stack may have: retention, alarms, a network.

use super::faults::{Expected, Fault, Made, QUIET, api, aws, configure, failures, function, run_command, set};
use super::refused::{KEY_ONLY_DECRYPTS, QUEUE_REFUSES, TOPIC_REFUSES};
use super::repairable::delete_policy;
use crate::commands::smoke::schedule;
use crate::error::Error;
use crate::running::Running;
use mongodb::bson::doc;

/// The faults of retention. They can be repaired.
pub(super) const RETENTION_FAULTS: &[Fault] = &[
    Fault::new(
        "retention's schedule off",
        QUIET,
        disable_schedule,
        &[Expected("retention", "problem", "is DISABLED: nothing calls logbraid-retention")],
    ),
    Fault::new(
        "retention's schedule over",
        QUIET,
        end_schedule,
        &[Expected("retention", "problem", "ended at 2026-01-01T00:00:00Z: nothing calls logbraid-retention")],
    ),
    Fault::new(
        "retention's schedule late",
        QUIET,
        |running| {
            schedule::be_late(running)?;
            Ok(Made::repaired_by(schedule::be_on_time))
        },
        &[Expected("retention", "warning", "calls within 1440 min after its time, and the stack's at once")],
    ),
    Fault::new(
        "a run of retention failed",
        QUIET,
        fail_a_run,
        &[Expected("retention", "problem", "1 run of retention failed")],
    ),
    Fault::new(
        "failed runs of retention that are not tried again",
        QUIET,
        try_once,
        &[Expected("retention", "warning", "that failed again up to 0 times, and the stack's 2")],
    ),
    Fault::new(
        "failures of retention that are forgotten",
        QUIET,
        forget_failures,
        &[Expected("retention", "warning", "the queue of the runs that failed keeps them for 1 min 0 s")],
    ),
    Fault::new(
        "retention may not keep its failures",
        QUIET,
        |running| delete_policy(running, "retention", "keep-failures"),
        &[Expected("roles", "warning", "the role of retention may not do sqs:SendMessage")],
    ),
    QUEUE_REFUSES,
    Fault::new(
        "retention with another runtime",
        QUIET,
        |running| {
            let set = |running: &Running, name| configure(running, &function("retention"), &["--runtime", name]);
            set(running, "python3.12")?;
            Ok(Made::repaired_by(move |running| set(running, "provided.al2023")))
        },
        &[Expected("retention", "problem", "has the runtime `python3.12`")],
    ),
    Fault::new(
        "retention too short",
        QUIET,
        |running| set(running, "retention", "LOGBRAID_RETENTION_DAYS", "10"),
        &[
            Expected("retention", "problem", "LOGBRAID_RETENTION_DAYS is `10`: expected at least 32"),
            Expected("parameters", "warning", "the stack's parameter RetentionDays is `90`"),
        ],
    ),
    Fault::new(
        "retention with another prefix",
        QUIET,
        |running| set(running, "retention", "LOGBRAID_COLLECTION_PREFIX", "other_"),
        &[Expected("settings", "problem", "retention reads with `other_`: no day of this stack is dropped")],
    ),
    Fault::new(
        "a day past retention",
        QUIET,
        create_old_day,
        &[Expected("retention", "warning", "1 day would be dropped, the oldest 2020-01-01")],
    ),
];

/// The faults of a stack with everything. They stay.
pub(super) const OTHER_FAULTS: &[Fault] = &[
    Fault::new(
        "an alarm is on",
        QUIET,
        |running| aws(running, &SET_ALARM),
        &[Expected("alarms", "problem", "the alarm logbraid-iterator-age is on: tried")],
    ),
    Fault::new(
        "an alarm deleted",
        QUIET,
        |running| aws(running, &["cloudwatch", "delete-alarms", "--alarm-names", "logbraid-lost"]),
        &[Expected("alarms", "problem", "there is no alarm logbraid-lost")],
    ),
    Fault::new(
        "an alarm without its topic, after another number of periods",
        QUIET,
        |running| aws(running, &PUT_ALARM),
        &[
            Expected("alarms", "warning", "the alarm logbraid-ingest-errors is silent: it does not notify"),
            Expected("alarms", "warning", "the alarm logbraid-ingest-errors watches `Sum of AWS/Lambda Errors"),
        ],
    ),
    Fault::new(
        "a route that everybody may ask",
        QUIET,
        open_route,
        &[Expected("api", "problem", "the API's route GET /logs lets everybody in, and the stack has no such route")],
    ),
    Fault::new(
        "an API that leads elsewhere",
        QUIET,
        lead_elsewhere,
        &[Expected(
            "api",
            "problem",
            "to arn:aws:lambda:us-east-1:000000000000:function:other, and not to the stack's",
        )],
    ),
    Fault::new(
        "an API that accepts other tokens",
        QUIET,
        accept_others,
        &[Expected("api", "problem", "the API accepts tokens of `https://other.example` for `web`, and the stack's")],
    ),
    Fault::new("nobody subscribed", QUIET, unsubscribe, &[Expected("alarms", "warning", "they notify nobody")]),
    // Nothing is notified then, whoever has subscribed.
    TOPIC_REFUSES,
    KEY_ONLY_DECRYPTS,
    Fault::new(
        "keys that are to be deleted",
        QUIET,
        delete_keys,
        &[Expected("keys", "problem", "the key of KmsKeyArn is to be deleted at")],
    ),
    Fault::new(
        "no way to Secrets Manager",
        QUIET,
        delete_endpoints,
        &[
            Expected("network", "problem", "has no way to Secrets Manager"),
            Expected("network", "warning", "has no way to S3"),
        ],
    ),
    Fault::new(
        "retention deleted",
        QUIET,
        delete_retention,
        &[Expected("retention", "problem", "there is no function logbraid-retention")],
    ),
];

const SET_ALARM: [&str; 8] = [
    "cloudwatch",
    "set-alarm-state",
    "--alarm-name",
    "logbraid-iterator-age",
    "--state-value",
    "ALARM",
    "--state-reason",
    "tried",
];

/// As the alarm of the stack, without what it notifies, and after one period.
const PUT_ALARM: [&str; 12] = [
    "cloudwatch",
    "put-metric-alarm",
    "--alarm-name=logbraid-ingest-errors",
    "--namespace=AWS/Lambda",
    "--metric-name=Errors",
    "--dimensions=Name=FunctionName,Value=logbraid-ingest",
    "--statistic=Sum",
    "--period=60",
    "--evaluation-periods=1",
    "--comparison-operator=GreaterThanThreshold",
    "--threshold=0",
    "--treat-missing-data=notBreaching",
];

fn disable_schedule(running: &Running) -> Result<Made, Error> {
    schedule::set_state(running, "DISABLED")?;
    Ok(Made::repaired_by(|running| schedule::set_state(running, "ENABLED")))
}

fn end_schedule(running: &Running) -> Result<Made, Error> {
    schedule::end(running, "2026-01-01T00:00:00Z")?;
    Ok(Made::repaired_by(|running| schedule::set_state(running, "ENABLED")))
}

/// Puts into the queue what Lambda puts there for a run that failed three times.
fn fail_a_run(running: &Running) -> Result<Made, Error> {
    failures(running, &["send-message", "--message-body", "{}"])?;
    Ok(Made::repaired_by(|running| failures(running, &["purge-queue"])))
}

/// Lets Lambda try a run of retention once.
fn try_once(running: &Running) -> Result<Made, Error> {
    let set = |running: &Running, verb: &str, more: &[&str]| {
        let (call, name) = (format!("{verb}-function-event-invoke-config"), function("retention"));
        running.deployer().aws(&[&["lambda", &call, "--function-name", &name], more].concat()).map(drop)
    };
    set(running, "put", &["--maximum-retry-attempts", "0"])?;
    Ok(Made::repaired_by(move |running| set(running, "delete", &[])))
}

/// Lets the queue drop what it holds after a minute.
fn forget_failures(running: &Running) -> Result<Made, Error> {
    let keep = |running: &Running, period| failures(running, &["set-queue-attributes", "--attributes", period]);
    keep(running, "MessageRetentionPeriod=60")?;
    Ok(Made::repaired_by(move |running| keep(running, "MessageRetentionPeriod=1209600")))
}

pub(super) fn create_old_day(running: &Running) -> Result<Made, Error> {
    let name = "kinesis_logs_2020-01-01";
    run_command(running, doc! { "create": name })?;
    Ok(Made::repaired_by(move |running| run_command(running, doc! { "drop": name })))
}

/// Adds a public route that leads to the query function.
fn open_route(running: &Running) -> Result<Made, Error> {
    let routes = api(running, "get-routes", &[])?;
    let target = routes["Items"][0]["Target"].as_str().unwrap_or_default();
    let open = ["--route-key=GET /logs", "--authorization-type=NONE", "--target", target];
    let id = api(running, "create-route", &open)?["RouteId"].as_str().unwrap_or_default().to_owned();
    Ok(Made::repaired_by(move |running| {
        let delete = ["apigatewayv2", "delete-route", "--route-id", &id, "--api-id", &running.deployed.api_id];
        running.deployer().aws(&delete).map(drop)
    }))
}

/// Lets the API lead to a function that is not the stack's.
fn lead_elsewhere(running: &Running) -> Result<Made, Error> {
    let listed = api(running, "get-integrations", &[])?;
    let own = |name: &str| listed["Items"][0][name].as_str().unwrap_or_default().to_owned();
    let (id, before) = (own("IntegrationId"), own("IntegrationUri"));
    let lead = move |running: &Running, to: &str| {
        api(running, "update-integration", &["--integration-id", &id, "--integration-uri", to]).map(drop)
    };
    lead(running, "arn:aws:lambda:us-east-1:000000000000:function:other")?;
    Ok(Made::repaired_by(move |running| lead(running, &before)))
}

/// Lets the API accept the tokens of another provider.
fn accept_others(running: &Running) -> Result<Made, Error> {
    let listed = api(running, "get-authorizers", &[])?;
    let own = &listed["Items"][0];
    let id = own["AuthorizerId"].as_str().unwrap_or_default().to_owned();
    let accept = |running: &Running, id: &str, whose: &str| {
        api(running, "update-authorizer", &["--authorizer-id", id, "--jwt-configuration", whose]).map(drop)
    };
    accept(running, &id, "Issuer=https://other.example,Audience=web")?;
    let own = own["JwtConfiguration"].to_string();
    Ok(Made::repaired_by(move |running| accept(running, &id, &own)))
}

fn delete_keys(running: &Running) -> Result<Made, Error> {
    let listed = running.deployer().ask(&["kms", "list-keys"])?;
    let keys = listed["Keys"].as_array().cloned().unwrap_or_default();
    let keys: Vec<String> = keys.iter().filter_map(|key| key["KeyArn"].as_str().map(str::to_owned)).collect();
    let each = |running: &Running, keys: &[String], calls: &[&str]| {
        let mut calls = keys.iter().flat_map(|key| calls.iter().map(move |call| ["kms", call, "--key-id", key]));
        calls.try_for_each(|call| running.deployer().aws(&call).map(drop))
    };
    each(running, &keys, &["schedule-key-deletion"])?;
    Ok(Made::repaired_by(move |running| each(running, &keys, &["cancel-key-deletion", "enable-key"])))
}

fn unsubscribe(running: &Running) -> Result<Made, Error> {
    let listed = running.deployer().ask(&["sns", "list-subscriptions"])?;
    for subscription in listed["Subscriptions"].as_array().into_iter().flatten() {
        let arn = subscription["SubscriptionArn"].as_str().unwrap_or_default();
        running.deployer().aws(&["sns", "unsubscribe", "--subscription-arn", arn])?;
    }
    Ok(Made::before(""))
}

fn delete_endpoints(running: &Running) -> Result<Made, Error> {
    let listed = running.deployer().ask(&["ec2", "describe-vpc-endpoints"])?;
    let all = listed["VpcEndpoints"].as_array().into_iter().flatten();
    let ids: Vec<&str> = all.filter_map(|own| own["VpcEndpointId"].as_str()).collect();
    aws(running, &[&["ec2", "delete-vpc-endpoints", "--vpc-endpoint-ids"], &ids[..]].concat())
}

fn delete_retention(running: &Running) -> Result<Made, Error> {
    aws(running, &["lambda", "delete-function", "--function-name", &function("retention")])
}

/// Puts the functions into the stack's network. The local AWS leaves that out of a template.
pub(super) fn join_network(running: &Running) -> Result<(), Error> {
    let of_stack = |kind: &str| -> Result<Vec<String>, Error> {
        let what = format!("describe-{kind}s");
        let filter = "Name=tag:Name,Values=logbraid-private-a,logbraid-private-b,logbraid-functions";
        let listed = running.deployer().ask(&["ec2", &what, "--filters", filter])?;
        let (list, id) = if kind == "subnet" { ("Subnets", "SubnetId") } else { ("SecurityGroups", "GroupId") };
        let all = listed[list].as_array().into_iter().flatten();
        Ok(all.filter_map(|own| own[id].as_str().map(str::to_owned)).collect())
    };
    let (subnets, groups) = (of_stack("subnet")?.join(","), of_stack("security-group")?.join(","));
    let vpc = format!("SubnetIds={subnets},SecurityGroupIds={groups}");
    for name in ["ingest", "query", "retention"] {
        let function = function(name);
        configure(running, &function, &["--vpc-config", &vpc])?;
        if name != "retention" {
            let made = running.deployer().ask(&["lambda", "publish-version", "--function-name", &function])?;
            let version = made["Version"].as_str().unwrap_or_default();
            let alias = ["lambda", "update-alias", "--function-name", &function, "--name", "live"];
            running.deployer().aws(&[&alias[..], &["--function-version", version]].concat())?;
        }
    }
    Ok(())
}
