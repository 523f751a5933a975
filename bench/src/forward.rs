//! The result of the forwarder's benchmark (`forward/benches/throughput.rs`), as a row.

use std::fs;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::error::{Error, attempt};

/// The benchmark's result, in cargo's target folder.
const FILE: &str = "bench/forward.json";

/// What the forwarder does with Fluentd's packed messages, from a connection over the spool to a Kinesis on loopback.
#[derive(Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct ForwardRow {
    /// `forward`.
    pub name: String,
    /// The number of records.
    pub records: u64,
    /// The size of a record as it comes.
    pub record_bytes: f64,
    /// Records in a second, from the first byte to the last answer of Kinesis.
    pub events_per_s: f64,
    /// Records in a second, until the last byte was sent.
    pub taken_per_s: f64,
    /// The forwarder's CPU time for a record.
    pub cpu_us: f64,
    /// The peak memory of the forwarder.
    pub peak_mib: f64,
}

/// Reads the result of the last run. If the benchmark has not run, there is no row.
pub fn rows(target: &Path) -> Result<Vec<ForwardRow>, Error> {
    let file = target.join(FILE);
    if !file.exists() {
        return Ok(Vec::new());
    }
    Ok(vec![read(&attempt("read", &file, fs::read)?)?])
}

fn read(json: &[u8]) -> Result<ForwardRow, Error> {
    serde_json::from_slice(json).map_err(|source| Error::Json { what: "the forwarder's result", source })
}

#[cfg(test)]
mod tests {
    use super::{read, rows};

    #[test]
    fn a_result_is_read() {
        let json = br#"{"name":"forward","records":2000000,"record_bytes":263.0,"events_per_s":329944.0,"taken_per_s":383179.0,"cpu_us":1.34,"peak_mib":23.7}"#;
        let row = read(json).unwrap();
        assert_eq!((row.name.as_str(), row.records), ("forward", 2_000_000));
        assert!(read(b"{}").is_err());
        assert_eq!(rows("/nowhere".as_ref()).unwrap(), []);
    }
}
