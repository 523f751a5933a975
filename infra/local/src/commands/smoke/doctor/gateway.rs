//! The faults of the API's parts. They can be repaired.

use serde_json::Value;

use super::faults::{Expected, Fault, Made, QUIET, api, function};
use crate::error::Error;
use crate::running::Running;

/// The log group of the API's requests, and for how many days the stack keeps them.
const LOG: (&str, &str) = ("/aws/vendedlogs/http-api/logbraid", "30");

/// The faults of the API's parts.
pub(super) const API_FAULTS: &[Fault] = &[
    Fault::new(
        "a route without a target",
        QUIET,
        take_target,
        &[
            Expected("api", "problem", "the API's route $default has no target"),
            Expected("api", "problem", "requests do not get to the query function"),
        ],
    ),
    Fault::new(
        "an API that may not call query, and has no log",
        QUIET,
        |running| {
            let (call, log) = (forbid_call(running)?, delete_log(running)?);
            Ok(Made::repaired_by(move |running| (call.repair)(running).and_then(|()| (log.repair)(running))))
        },
        &[
            Expected("query", "problem", "API Gateway may not call logbraid-query: no statement of its policy lets"),
            Expected("logs", "warning", "there is no log group /aws/vendedlogs/http-api/logbraid"),
        ],
    ),
];

/// Returns a text of the only item of a list.
fn first(listed: &Value, name: &str) -> String {
    listed["Items"][0][name].as_str().unwrap_or_default().to_owned()
}

fn take_target(running: &Running) -> Result<Made, Error> {
    let routes = api(running, "get-routes", &[])?;
    let (id, target) = (first(&routes, "RouteId"), first(&routes, "Target"));
    let lead =
        move |running: &Running, to: &str| api(running, "update-route", &["--route-id", &id, "--target", to]).map(drop);
    lead(running, "")?;
    Ok(Made::repaired_by(move |running| lead(running, &target)))
}

/// Takes from the API the permission to call query.
fn forbid_call(running: &Running) -> Result<Made, Error> {
    let name = function("query");
    let read = running.deployer().ask(&["lambda", "get-policy", "--function-name", &name])?;
    let policy: Value = serde_json::from_str(read["Policy"].as_str().unwrap_or_default()).unwrap_or_default();
    let own = &policy["Statement"][0];
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let (id, source) = (text(&own["Sid"]), text(&own["Condition"]["ArnLike"]["AWS:SourceArn"]));
    let change = move |running: &Running, verb: &str, more: &[&str]| {
        let call = format!("{verb}-permission");
        let of = ["lambda", &call, "--function-name", &name, "--statement-id", &id];
        running.deployer().aws(&[&of, more].concat()).map(drop)
    };
    change(running, "remove", &[])?;
    Ok(Made::repaired_by(move |running| {
        let call = ["--action=lambda:InvokeFunction", "--principal=apigateway.amazonaws.com", "--source-arn"];
        change(running, "add", &[&call[..], &[&source]].concat())
    }))
}

fn delete_log(running: &Running) -> Result<Made, Error> {
    let (name, days) = LOG;
    let log = |running: &Running, call: &str, more: &[&str]| {
        running.deployer().aws(&[&["logs", call, "--log-group-name", name], more].concat()).map(drop)
    };
    log(running, "delete-log-group", &[])?;
    Ok(Made::repaired_by(move |running| {
        log(running, "create-log-group", &[])?;
        log(running, "put-retention-policy", &["--retention-in-days", days])
    }))
}
