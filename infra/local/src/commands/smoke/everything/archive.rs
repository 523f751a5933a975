//! The archive: a day past retention is exported to S3, dropped, brought back by the command line, and dropped again.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::ask;
use super::parts::{ARCHIVE_BUCKET, Pool};
use super::tenants::{BANK, SHOP};
use crate::commands::smoke::given_up::{self, RECORDS};
use crate::commands::smoke::{expect, schedule};
use crate::deploy::STACK_NAME;
use crate::error::Error;
use crate::progress::step;
use crate::running::Running;

/// Days that are kept, and how long ago the day was that is not.
pub(super) const RETENTION_DAYS: i64 = 40;
const DAYS_AGO: i64 = 60;
const UID: &str = "order-of-long-ago";

/// Checks it without the schedule, which would call the function at its own time.
pub(super) fn check(running: &Running, pool: &Pool) -> Result<(), Error> {
    schedule::set_state(running, "DISABLED")?;
    check_day(running, pool)?;
    schedule::set_state(running, "ENABLED")
}

/// Files a day that is past retention: from a batch that was given up then, which is how such a day comes to be.
fn check_day(running: &Running, pool: &Pool) -> Result<(), Error> {
    let arrived = Timestamp::now() - SignedDuration::from_hours(24 * DAYS_AGO);
    let day = arrived.strftime("%Y-%m-%d").to_string();
    step("archive: a batch that was given up long ago", || given_up::put(running, UID, SHOP, arrived))?;
    let redriven = step("archive: logbraid redrive", || {
        running.shell(&format!("logbraid redrive --json --bucket {}", running.deployed.failed_bucket))
    })?;
    let is_stored = redriven.contains(&format!("\"stored\":{RECORDS}"));
    expect("the batch is filed", is_stored, || redriven.clone())?;
    check_found(running, pool, RECORDS)?;

    let report = invoke(running)?;
    let manifest = report["archived"][0]["manifest"].as_str().unwrap_or_default().to_owned();
    let is_archived = report["dropped"] == json!([day]) && report["archived"][0]["records"] == json!(RECORDS);
    expect("retention exports the day and drops it", is_archived, || report.to_string())?;
    let folder = format!("s3://{ARCHIVE_BUCKET}/archive/{STACK_NAME}/kinesis_logs_{day}/");
    expect("the manifest is in the stack's folder", manifest.starts_with(&folder), || manifest.clone())?;
    let text =
        step("archive: read the manifest", || running.shell(&format!("aws s3 cp --no-progress '{manifest}' -")))?;
    let is_right = serde_json::from_str(&text)
        .is_ok_and(|own: Value| own["format"] == "logbraid-archive" && own["records"] == json!(RECORDS));
    expect("the manifest says what was exported", is_right, || text.clone())?;
    check_found(running, pool, 0)?;

    let restored = archive(running, &format!("restore {day} --reason smoke"))?;
    let told = format!("{day}: {RECORDS} records restored, held until");
    expect("logbraid restore brings the day back", restored.contains(&told), || restored.clone())?;
    check_found(running, pool, RECORDS)?;
    let report = invoke(running)?;
    let is_kept = report["dropped"] == json!([]) && report["held"][0]["day"] == json!(day);
    expect("retention leaves a day that is held", is_kept, || report.to_string())?;

    archive(running, &format!("release {day}"))?;
    let report = invoke(running)?;
    // The export that there is says already what the day holds.
    let is_dropped = report["dropped"] == json!([day]) && report["archived"][0]["manifest"] == json!(manifest);
    expect("retention drops the day again", is_dropped, || report.to_string())?;
    check_found(running, pool, 0)
}

/// Asks for the transaction as the tenant that has it, and as another one.
fn check_found(running: &Running, pool: &Pool, records: usize) -> Result<(), Error> {
    let path = format!("/transactions/{UID}");
    step(&format!("archive: {records} records are found"), || {
        let (status, answer) = ask(running, pool, SHOP, &path)?;
        let found = answer["records"].as_array().map_or(0, Vec::len);
        let is_right = found == records && status == if records == 0 { 404 } else { 200 };
        expect("the day's records are found while it is there", is_right, || format!("{status} {answer}"))?;
        let (status, answer) = ask(running, pool, BANK, &path)?;
        expect("another tenant finds none of them", status == 404, || format!("{status} {answer}"))
    })
}

fn invoke(running: &Running) -> Result<Value, Error> {
    let report = step("archive: aws lambda invoke", || running.invoke("retention"))?;
    serde_json::from_str(&report).map_err(|source| Error::Answer { what: "the retention function", source })
}

/// Runs a command that needs to know where the archive is.
fn archive(running: &Running, command: &str) -> Result<String, Error> {
    let name = command.split(' ').next().unwrap_or_default();
    step(&format!("archive: logbraid {name}"), || {
        let settings = environment().map(|(name, value)| format!("{name}={value}")).join(" ");
        running.shell(&format!("{settings} logbraid {command}"))
    })
}

/// Returns where the archive is.
pub(super) fn environment() -> [(&'static str, String); 2] {
    [
        ("LOGBRAID_ARCHIVE_BUCKET", ARCHIVE_BUCKET.to_owned()),
        ("LOGBRAID_ARCHIVE_PREFIX", format!("archive/{STACK_NAME}/")),
    ]
}
