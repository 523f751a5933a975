//! The table that is printed, and `summary.json`.

use std::fs;
use std::path::Path;

use serde::Serialize;

use crate::contest::{Measured, Outcome};
use crate::error::{Error, attempt};
use crate::stats::median;

/// What the ratio of a row is to.
pub const LIMIT: &str = "wire";
const BYTES_PER_MIB: f64 = 1_048_576.0;

/// A row of the summary: what was measured of a contender with so many writers and batches of so many records.
#[derive(Debug, Serialize)]
pub struct Row {
    /// Which contender.
    pub name: String,
    /// Processes that store at the same time.
    pub writers: usize,
    /// Records in a batch.
    pub batch: usize,
    /// Records stored in a second, all writers together.
    pub events_per_s: f64,
    /// CPU time of the writers for a record.
    pub client_us: f64,
    /// CPU time of the server for a record.
    pub server_us: f64,
    /// Records in a second for each of the raw wire's, with the same writers and batch, round by round.
    pub ratio_to_wire: Option<f64>,
    /// How many rounds were timed.
    pub rounds: usize,
    /// The most memory that one of its processes had.
    pub peak_mib: f64,
    /// What a record takes as BSON.
    pub document_bytes: Option<f64>,
    /// What a record takes in the collection's file.
    pub data_bytes: Option<f64>,
    /// What a record takes in the files of the indexes.
    pub index_bytes: Option<f64>,
    /// The time of a redelivery, when all records are there, for each of the first's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub redelivery_ratio: Option<f64>,
}

/// The rows of contenders that ran against each other.
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "far less than 2^52 of anything")]
pub fn rows(outcomes: &[Outcome], writers: usize, batch: usize) -> Vec<Row> {
    let wire = outcomes.iter().find(|outcome| outcome.name == LIMIT);
    let row = |outcome: &Outcome| {
        let middle = |value: fn(&Measured) -> f64| median(outcome.rounds.iter().map(value)).unwrap_or_default();
        let against = |limit: &Outcome| {
            median(outcome.rounds.iter().zip(&limit.rounds).map(|(own, wire)| own.per_second() / wire.per_second()))
        };
        let held = |bytes: fn(&crate::server::Held) -> f64| {
            outcome.held.as_ref().map(|(held, records)| round(bytes(held) / *records as f64, 1))
        };
        let again = |round: &Measured| round.again.map(|again| again.as_secs_f64() / round.elapsed.as_secs_f64());
        Row {
            name: outcome.name.to_owned(),
            writers,
            batch,
            events_per_s: round(middle(Measured::per_second), 0),
            client_us: round(middle(|round| micros(round, round.client)), 2),
            server_us: round(middle(|round| micros(round, round.server)), 2),
            ratio_to_wire: wire.and_then(against).map(|ratio| round(ratio, 3)),
            rounds: outcome.rounds.len(),
            peak_mib: round(outcome.peak_bytes as f64 / BYTES_PER_MIB, 1),
            document_bytes: held(|held| held.documents),
            data_bytes: held(|held| held.data),
            index_bytes: held(|held| held.indexes),
            redelivery_ratio: median(outcome.rounds.iter().filter_map(again)).map(|ratio| round(ratio, 2)),
        }
    };
    outcomes.iter().map(row).collect()
}

#[expect(clippy::cast_precision_loss, reason = "far less than 2^52 records")]
fn micros(round: &Measured, time: std::time::Duration) -> f64 {
    time.as_secs_f64() * 1e6 / round.records as f64
}

fn round(value: f64, digits: i32) -> f64 {
    let unit = 10_f64.powi(digits);
    (value * unit).round() / unit
}

/// Writes the summary.
pub fn write_summary(path: &Path, rows: &[Row]) -> Result<(), Error> {
    let json = serde_json::to_vec_pretty(rows).map_err(|source| Error::Json { what: "the summary", source })?;
    attempt("write", path, |path| {
        path.parent().map_or(Ok(()), fs::create_dir_all)?;
        fs::write(path, json)
    })
}

/// The rows as a table in Markdown.
#[must_use]
pub fn table(rows: &[Row]) -> String {
    let head = "| name | writers | batch | events/s | to wire | client µs | server µs | peak MiB |\n\
                |---|--:|--:|--:|--:|--:|--:|--:|\n";
    rows.iter().fold(head.to_owned(), |table, row| table + &table_row(row) + "\n")
}

/// One row of it.
#[must_use]
pub fn table_row(row: &Row) -> String {
    format!(
        "| {:<12} | {:>7} | {:>6} | {:>8} | {:>7} | {:>9.2} | {:>9.2} | {:>8.1} |",
        row.name,
        row.writers,
        row.batch,
        row.events_per_s,
        row.ratio_to_wire.map_or_else(|| "-".to_owned(), |ratio| format!("{ratio:.3}")),
        row.client_us,
        row.server_us,
        row.peak_mib,
    )
}
