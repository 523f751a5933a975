//! Makes and repairs the faults of what is in MongoDB.

use mongodb::bson::{DateTime, Document, doc};

use super::super::expect;
use super::doctor;
use super::faults::{Made, QUIET, run_command};
use crate::error::Error;
use crate::running::Running;

/// More than a hundredth of what the smoke test files.
const JUNK_PAYLOADS: usize = 5;
/// The journal, and the size that logbraid gives it.
const JOURNAL: &str = "filed";
const JOURNAL_BYTES: i64 = 16 * 1024 * 1024;

fn today() -> String {
    jiff::Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC).date().to_string()
}

/// Drops an index of the newest day.
pub(super) fn drop_index(running: &Running) -> Result<Made, Error> {
    run_command(running, doc! { "dropIndexes": format!("kinesis_logs_{}", today()), "index": "log_uid" })?;
    Ok(Made::repaired_by(reindex))
}

/// Hides an index of the newest day: the server does not use it any more.
pub(super) fn hide_index(running: &Running) -> Result<Made, Error> {
    let index = doc! { "name": "log_uid", "hidden": true };
    run_command(running, doc! { "collMod": format!("kinesis_logs_{}", today()), "index": index })?;
    Ok(Made::repaired_by(|running| drop_index(running).and_then(|_| reindex(running))))
}

/// Creates indexes of the newest day and of the shards by which MongoDB deletes what is of ten years ago.
pub(super) fn create_expiring_index(running: &Running) -> Result<Made, Error> {
    let collections = || [format!("kinesis_logs_{}", today()), "shards".to_owned()];
    let index = doc! { "name": "expiring", "key": { "arrived": 1 }, "expireAfterSeconds": 315_360_000 };
    for collection in collections() {
        run_command(running, doc! { "createIndexes": collection, "indexes": [index.clone()] })?;
    }
    Ok(Made::repaired_by(move |running| {
        let drop = |collection| run_command(running, doc! { "dropIndexes": collection, "index": "expiring" });
        collections().into_iter().try_for_each(drop)
    }))
}

/// Creates what has the names of sketches of days that nobody has.
pub(super) fn create_others(running: &Running) -> Result<Made, Error> {
    let (capped, view) = ("sketches_2001-01-01", "sketches_2001-01-02");
    run_command(running, doc! { "create": capped, "capped": true, "size": 4_096 })?;
    run_command(running, doc! { "create": view, "viewOn": "shards" })?;
    Ok(Made::repaired_by(move |running| {
        [capped, view].into_iter().try_for_each(|name| run_command(running, doc! { "drop": name }))
    }))
}

/// Drops the view of the newest day. While ingest runs, it does not make it again.
pub(super) fn drop_view(running: &Running) -> Result<Made, Error> {
    run_command(running, doc! { "drop": format!("transactions_{}", today()) })?;
    Ok(Made::repaired_by(reindex))
}

/// Does what doctor says. Then doctor has to find nothing.
fn reindex(running: &Running) -> Result<(), Error> {
    running.shell(&format!("logbraid reindex {}", today()))?;
    expect_fine(running, "indexes")
}

/// Drops the journal, and makes what MongoDB makes of the next entry while ingest runs.
pub(super) fn replace_journal(running: &Running) -> Result<Made, Error> {
    run_command(running, doc! { "drop": JOURNAL })?;
    run_command(running, doc! { "create": JOURNAL })?;
    Ok(Made::repaired_by(convert_journal))
}

/// Does what doctor says. Then doctor has to find nothing.
fn convert_journal(running: &Running) -> Result<(), Error> {
    // It may be there already.
    let _ = run_command(running, doc! { "create": JOURNAL });
    run_command(running, doc! { "convertToCapped": JOURNAL, "size": JOURNAL_BYTES })?;
    expect_fine(running, "journal")
}

/// Drops the journal. If ingest runs, it makes an ordinary collection of doctor's canary.
pub(super) fn drop_journal(running: &Running) -> Result<Made, Error> {
    run_command(running, doc! { "drop": JOURNAL })?;
    Ok(Made::repaired_by(convert_journal))
}

/// Writes what another stack's ingest does.
pub(super) fn file_another_stream(running: &Running) -> Result<Made, Error> {
    let shard = || doc! { "stream": "another-stream", "shard": "shardId-000000000000" };
    let now = DateTime::now();
    let own = doc! { "_id": shard(), "arrived": now, "filed_at": now };
    run_command(running, doc! { "insert": "shards", "documents": [own] })?;
    let gone = move || doc! { "delete": "shards", "deletes": [{ "q": { "_id": shard() }, "limit": 1 }] };
    Ok(Made::repaired_by(move |running| run_command(running, gone())))
}

fn expect_fine(running: &Running, check: &str) -> Result<(), Error> {
    let lines = doctor(running, QUIET, "")?;
    let is_fine = lines.iter().any(|line| line["check"] == check && line["status"] == "fine");
    expect("what logbraid doctor says repairs the fault", is_fine, || format!("{check}: {lines:?}"))
}

/// MongoDB refuses the canary, since its day wants a field that it has not.
pub(super) fn validate_records(running: &Running) -> Result<Made, Error> {
    let set = |running: &Running, validator: Document| {
        let command = doc! { "collMod": format!("kinesis_logs_{}", today()), "validator": validator };
        run_command(running, command)
    };
    set(running, doc! { "wanted": { "$exists": true } })?;
    Ok(Made::repaired_by(move |running| {
        set(running, Document::new()).and_then(|()| run_command(running, empty_quarantine()))
    }))
}

pub(super) fn fill_quarantine(running: &Running) -> Result<Made, Error> {
    (0..JUNK_PAYLOADS).try_for_each(|_| running.put("{\"cut off\": "))?;
    Ok(Made::repaired_by(|running| run_command(running, empty_quarantine())))
}

fn empty_quarantine() -> Document {
    doc! { "delete": "quarantine", "deletes": [{ "q": {}, "limit": 0 }] }
}
