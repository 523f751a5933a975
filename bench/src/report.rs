//! The printed tables, and `summary.json`.

use std::fs;
use std::path::Path;

use serde::Serialize;

use crate::cold_start::ColdStartRow;
use crate::contest::{Measured, Outcome};
use crate::decode::{DecodeRow, UNREDACTED};
use crate::error::{Error, attempt};
use crate::forward::ForwardRow;
use crate::query::Queries;
use crate::stats::{BYTES_PER_MIB, median, round};

/// The contender that the ratios compare to.
pub const LIMIT: &str = "wire";

/// A row of the summary: a contender with a number of writers and a batch size.
#[derive(Debug, Serialize)]
pub struct Row {
    /// The contender.
    pub name: String,
    /// The number of processes that store at the same time.
    pub writers: usize,
    /// The number of records in a batch.
    pub batch: usize,
    /// Records stored in a second by all writers together.
    pub events_per_s: f64,
    /// The writers' CPU time for a record.
    pub client_us: f64,
    /// The server's CPU time for a record.
    pub server_us: f64,
    /// Records in a second divided by those of the raw wire, with the same writers and batch size, round by round.
    pub ratio_to_wire: Option<f64>,
    /// The number of timed rounds.
    pub rounds: usize,
    /// The peak memory of the largest process.
    pub peak_mib: f64,
    /// The size of a record as BSON.
    pub document_bytes: Option<f64>,
    /// The size of a record in the collection's file.
    pub data_bytes: Option<f64>,
    /// The size of a record in the indexes' files.
    pub index_bytes: Option<f64>,
    /// The time of a redelivery, when all records are stored already, divided by that of the first delivery.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub redelivery_ratio: Option<f64>,
}

/// Returns the rows of contenders that ran against each other.
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

/// The size of a file.
#[derive(Debug, Serialize)]
pub struct SizeRow {
    /// The file's name in the summary.
    pub name: &'static str,
    /// The size.
    pub bytes: u64,
}

impl SizeRow {
    /// Returns the row of a file.
    pub fn of(name: &'static str, path: &Path) -> Result<Self, Error> {
        Ok(Self { name, bytes: attempt("read", path, fs::metadata)?.len() })
    }
}

/// All measurements.
#[derive(Debug, Default)]
pub struct Summary {
    /// Contenders against each other.
    pub contests: Vec<Row>,
    /// Cold starts.
    pub cold_starts: Vec<ColdStartRow>,
    /// Sizes of files.
    pub sizes: Vec<SizeRow>,
    /// Decoding.
    pub decodes: Vec<DecodeRow>,
    /// The forwarder.
    pub forward: Vec<ForwardRow>,
    /// Queries.
    pub queries: Queries,
}

impl Summary {
    /// Writes all rows as one list.
    pub fn write(&self, path: &Path) -> Result<(), Error> {
        let json = self.json().map_err(|source| Error::Json { what: "the summary", source })?;
        attempt("write", path, |path| {
            path.parent().map_or(Ok(()), fs::create_dir_all)?;
            fs::write(path, json)
        })
    }

    fn json(&self) -> serde_json::Result<Vec<u8>> {
        let mut rows = Vec::new();
        for list in [
            serde_json::to_value(&self.contests)?,
            serde_json::to_value(&self.cold_starts)?,
            serde_json::to_value(&self.sizes)?,
            serde_json::to_value(&self.decodes)?,
            serde_json::to_value(&self.forward)?,
            serde_json::to_value(&self.queries.finds)?,
            serde_json::to_value(&self.queries.searches.rows)?,
            serde_json::to_value(&self.queries.large)?,
            serde_json::to_value(&self.queries.page)?,
        ] {
            rows.extend(list.as_array().cloned().unwrap_or_default());
        }
        serde_json::to_vec_pretty(&rows)
    }

    /// Prints the cold starts as a table in Markdown.
    pub fn print_cold_starts(&self) {
        println!("\n| cold start | first poll ms | first batch stored ms | peak MiB |\n|---|--:|--:|--:|");
        for ColdStartRow { name, first_poll_ms, first_stored_ms, peak_mib, .. } in &self.cold_starts {
            println!("| {name} | {first_poll_ms:.1} | {first_stored_ms:.1} | {peak_mib:.1} |");
        }
    }

    /// Prints the sizes, the decoding times and the forwarder as tables in Markdown.
    #[expect(clippy::cast_precision_loss, reason = "far less than 2^52 bytes")]
    pub fn print_others(&self) {
        println!("\n| size | MB |\n|---|--:|");
        for SizeRow { name, bytes } in &self.sizes {
            println!("| {name} | {:.1} |", *bytes as f64 / 1e6);
        }
        println!("\n| decode alone | µs a record | without redaction |\n|---|--:|--:|");
        let unredacted = |of: &str| self.decodes.iter().find(|row| row.name.strip_suffix(UNREDACTED) == Some(of));
        for DecodeRow { name, decode_us } in self.decodes.iter().filter(|row| !row.name.ends_with(UNREDACTED)) {
            let without = unredacted(name).map_or_else(String::new, |row| format!("{:.2}", row.decode_us));
            println!("| {name} | {decode_us:.2} | {without} |");
        }
        println!("\n| forwarder | records/s | taken | CPU µs | peak MiB |\n|---|--:|--:|--:|--:|");
        for ForwardRow { name, events_per_s, taken_per_s, cpu_us, peak_mib, .. } in &self.forward {
            println!("| {name} | {events_per_s:.0} | {taken_per_s:.0} | {cpu_us:.2} | {peak_mib:.1} |");
        }
    }
}

/// The head of the contests' table in Markdown.
pub const CONTEST_HEAD: &str = "\
| name | writers | batch | events/s | to wire | client µs | server µs | peak MiB | bytes on disk | again |
|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|
";

/// Prints a row of a contest.
pub fn print_contest(row: &Row) {
    let ratio = |ratio: Option<f64>, digits| ratio.map_or_else(String::new, |ratio| format!("{ratio:.digits$}"));
    let disk = row.data_bytes.zip(row.index_bytes).map(|(data, indexes)| data + indexes);
    println!(
        "| {:<11} | {} | {:>6} | {:>7.0} | {:>6} | {:>6.2} | {:>6.2} | {:>6.1} | {:>4} | {:>4} |",
        row.name,
        row.writers,
        row.batch,
        row.events_per_s,
        ratio(row.ratio_to_wire, 3),
        row.client_us,
        row.server_us,
        row.peak_mib,
        ratio(disk, 0),
        ratio(row.redelivery_ratio, 2),
    );
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Summary, rows};
    use crate::contest::{Measured, Outcome};

    fn outcome(name: &'static str, elapsed_ms: &[u64]) -> Outcome {
        let round = |ms: &u64| Measured {
            records: 1_000,
            elapsed: Duration::from_millis(*ms),
            client: Duration::from_millis(4),
            server: Duration::from_millis(8),
            again: (name == "ours").then(|| Duration::from_millis(ms * 3)),
        };
        Outcome { name, rounds: elapsed_ms.iter().map(round).collect(), peak_bytes: 3 << 20, held: None }
    }

    #[test]
    fn ratios_are_taken_round_by_round() {
        let rows = rows(&[outcome("wire", &[10, 20, 40]), outcome("ours", &[20, 25]), outcome("article", &[])], 2, 100);
        let [wire, ours, article] = rows.as_slice() else { panic!("three rows") };
        assert_eq!((wire.events_per_s, wire.ratio_to_wire, wire.redelivery_ratio), (50_000.0, Some(1.0), None));
        assert_eq!((ours.events_per_s, ours.ratio_to_wire, ours.redelivery_ratio), (45_000.0, Some(0.65), Some(3.0)));
        assert_eq!((ours.client_us, ours.server_us, ours.peak_mib, ours.rounds), (4.0, 8.0, 3.0, 2));
        assert_eq!((article.rounds, article.ratio_to_wire), (0, None));
        let summary = Summary { contests: rows, ..Summary::default() };
        let json: serde_json::Value = serde_json::from_slice(&summary.json().unwrap()).unwrap();
        assert_eq!(
            (&json[1]["name"], &json[1]["writers"], &json[1]["batch"]),
            (&"ours".into(), &2.into(), &100.into())
        );
    }
}
