//! The commands of docs/runbook.md, run as they are written.

use std::fmt::Write as _;

use jiff::Timestamp;
use mongodb::bson::doc;
use serde_json::json;

use super::{documented, given_up};
use crate::deploy::STACK_NAME;
use crate::error::Error;
use crate::mongod;
use crate::progress::step;
use crate::running::Running;
use crate::text::quoted;

const FILE: &str = "docs/runbook.md";
/// Where the commands are that come before the first alarm.
const FIRST: &str = "";
/// What the commands of each section have to print.
const PRINTED: [(&str, &[&str]); 12] = [
    (FIRST, &["logbraid-iterator-age\ttried"]),
    ("lost", &["keep-failed-batches"]),
    ("iterator-age", &["batch filed"]),
    ("nothing-filed", &["Enabled"]),
    ("ingest-errors", &[]),
    ("ingest-throttles", &["\"ReservedConcurrentExecutions\": 10"]),
    (
        "given-up",
        &["Total Objects: 1", "3  log records would be stored", "3  log records stored", "1  removed from the bucket"],
    ),
    ("puts-throttled", &["PROVISIONED\t2"]),
    ("quarantined", &["\"reason\":\"bad_json\",\"count\":1"]),
    (
        "retention-failed",
        &["\"dry_run\": true", "\"dry_run\": false", "ApproximateNumberOfMessages", "3 records in 1 part"],
    ),
    ("api-errors", &["/slow"]),
    ("api-latency", &["9876 "]),
];
/// A line that API Gateway writes. The local one writes none.
const SLOW: (&str, &str) = ("503", "9876");

/// Makes what there is to see, and runs the commands. `token` shows the API everything, `archive` says where the archive is.
pub(super) fn check(running: &Running, token: &str, archive: &[(&str, String)]) -> Result<(), Error> {
    step("runbook: make what there is to see", || prepare(running))?;
    let text = documented::read(running, FILE)?;
    let blocks = documented::blocks(&text);
    let of = |heading: &str| -> String {
        blocks.iter().filter(|own| own.heading == heading).map(|own| own.commands.as_str()).collect()
    };
    // CloudFormation answers with the address that the API would have at AWS.
    let mut local = format!("export LOGBRAID_URL={} LOGBRAID_TOKEN={}\n", quoted(&running.url()), quoted(token));
    for (name, value) in archive {
        // Writing to a string does not fail.
        let _ = writeln!(local, "export {name}={}", quoted(value));
    }
    for (heading, expected) in PRINTED {
        let (name, rest) = if heading == FIRST { ("first", String::new()) } else { (heading, of(heading)) };
        // The first ones are what all others need.
        documented::run(running, &format!("runbook: {name}"), &format!("{}\n{local}{rest}", of(FIRST)), expected)?;
    }
    clean_up(running)
}

const ALARM: [&str; 6] =
    ["cloudwatch", "set-alarm-state", "--alarm-name", "logbraid-iterator-age", "--state-reason", "tried"];

/// An alarm that is on, a batch that was given up, a payload that is no record, a request that failed.
fn prepare(running: &Running) -> Result<(), Error> {
    running.deployer().aws(&[&ALARM[..], &["--state-value", "ALARM"]].concat())?;
    given_up::put(running, "order-of-an-outage", "shop", Timestamp::now())?;
    running.put("{\"cut off\": ")?;
    let group = format!("/aws/vendedlogs/http-api/{STACK_NAME}");
    let of_group = ["--log-group-name", &group, "--log-stream-name", "tried"];
    running.deployer().aws(&[&["logs", "create-log-stream"], &of_group[..]].concat())?;
    let (status, ms) = SLOW;
    let line = json!({ "method": "GET", "path": "/slow", "status": status, "ms": ms }).to_string();
    let events = json!([{ "timestamp": Timestamp::now().as_millisecond(), "message": line }]).to_string();
    let put = ["logs", "put-log-events", "--log-events", &events];
    running.deployer().aws(&[&put, &of_group[..]].concat()).map(drop)
}

/// What comes next begins with a stack in which all is well.
fn clean_up(running: &Running) -> Result<(), Error> {
    running.deployer().aws(&[&ALARM[..], &["--state-value", "OK"]].concat())?;
    let empty = doc! { "delete": "quarantine", "deletes": [{ "q": {}, "limit": 0 }] };
    mongod::run_command(&running.mongodb_uri, &running.stack.database, empty)
        .map_err(|source| Error::MongoUri(Box::new(source)))
}

#[cfg(test)]
mod tests {
    use super::PRINTED;
    use crate::commands::smoke::documented::blocks;

    #[test]
    fn each_section_is_run() {
        let mut headings: Vec<&str> =
            blocks(include_str!("../../../../../docs/runbook.md")).iter().map(|own| own.heading).collect();
        headings.dedup();
        assert_eq!(headings, PRINTED.map(|(heading, _)| heading));
    }
}
