//! Criterion's results for decoding (`bench/benches/decode.rs`), as rows.

use std::path::Path;
use std::{env, fs};

use serde::{Deserialize, Serialize};

use crate::error::{Error, attempt};
use crate::payloads::FORMATS;

/// Criterion's name for the group.
pub const GROUP: &str = "decode";
/// Reading the event alone: JSON and base64.
pub const EVENT: &str = "event";
/// One JSON object in a payload, as the article's handler sends it.
pub const JSON: &str = "json";
/// The suffix of a benchmark without redaction.
pub const UNREDACTED: &str = "-unredacted";
/// Records in a timed batch.
pub const RECORDS: usize = 1_000;

/// The decoding time of a format.
#[derive(Debug, Serialize)]
pub struct DecodeRow {
    /// `ours-decode-` and the format. The others do not include reading the event.
    pub name: String,
    /// Time for a record that has about 1 KB as JSON.
    pub decode_us: f64,
}

#[derive(Deserialize)]
struct Estimates {
    median: Estimate,
}

#[derive(Deserialize)]
struct Estimate {
    point_estimate: f64,
}

/// Reads the results of criterion's last run. A benchmark that has not run has no row.
pub fn rows(target: &Path) -> Result<Vec<DecodeRow>, Error> {
    let formats = [JSON].into_iter().chain(FORMATS.map(|(format, _)| format));
    let filed = formats.flat_map(|format| [format.to_owned(), format!("{format}{UNREDACTED}")]);
    let mut rows = Vec::new();
    for name in [EVENT.to_owned()].into_iter().chain(filed) {
        let file = folder(target).join(GROUP).join(&name).join("new/estimates.json");
        if file.exists() {
            rows.push(DecodeRow {
                decode_us: per_record_us(&attempt("read", &file, fs::read)?)?,
                name: format!("ours-decode-{name}"),
            });
        }
    }
    Ok(rows)
}

fn folder(target: &Path) -> std::path::PathBuf {
    env::var_os("CRITERION_HOME").map_or_else(|| target.join("criterion"), Into::into)
}

#[expect(clippy::cast_precision_loss, reason = "a thousand")]
fn per_record_us(estimates: &[u8]) -> Result<f64, Error> {
    let estimates: Estimates =
        serde_json::from_slice(estimates).map_err(|source| Error::Json { what: "criterion's estimate", source })?;
    Ok((estimates.median.point_estimate / RECORDS as f64).round() / 1e3)
}

#[cfg(test)]
mod tests {
    use super::per_record_us;

    #[test]
    fn nanoseconds_of_a_batch_become_microseconds_of_a_record() {
        let estimates =
            br#"{"mean":{"point_estimate":9.0},"median":{"point_estimate":1754321.5,"standard_error":7.0}}"#;
        assert!((per_record_us(estimates).unwrap() - 1.754).abs() < 1e-9);
        assert!(per_record_us(b"{}").is_err());
    }
}
