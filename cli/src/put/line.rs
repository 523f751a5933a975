//! Lines of JSON, from where they are read to what Kinesis is given.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read as _};
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

/// What a record and its partition key may take together, on a stream that is set up for it:
/// <https://docs.aws.amazon.com/kinesis/latest/APIReference/API_PutRecordsRequestEntry.html>.
pub(super) const MAX_RECORD_BYTES: usize = 10 * 1024 * 1024;
/// How long a partition key may be, in characters.
const MAX_KEY_CHARS: usize = 256;
/// Names standard input.
const STDIN: &str = "-";

/// Where a line stands.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Place {
    pub(super) file: PathBuf,
    /// From 1.
    pub(super) line: u64,
}

/// One line.
#[derive(Debug)]
pub(super) struct Line {
    pub(super) place: Place,
    /// What it is put as, or why it is not.
    pub(super) record: Result<Record, Refusal>,
}

/// A Kinesis record.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Record {
    pub(super) key: String,
    pub(super) data: Vec<u8>,
}

/// Why a line is not put.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub(super) enum Refusal {
    #[error("it is no JSON object")]
    NotJson,
    #[error("it is larger than the 10 MiB that Kinesis takes")]
    TooLarge,
    #[error(
        "it is larger than the stream takes: a stream takes 1 MiB a record unless told otherwise (`aws kinesis update-max-record-size`)"
    )]
    TooLargeForStream,
}

impl Record {
    /// What a line is put as.
    pub(super) fn new(data: Vec<u8>) -> Result<Self, Refusal> {
        let key = key(&data)?;
        let record = Self { key, data };
        if record.bytes() > MAX_RECORD_BYTES { Err(Refusal::TooLarge) } else { Ok(record) }
    }

    /// What it takes, as Kinesis counts.
    pub(super) fn bytes(&self) -> usize {
        self.key.len() + self.data.len()
    }
}

/// The `log_uid`, so that a transaction stays together; something random for a record without.
fn key(data: &[u8]) -> Result<String, Refusal> {
    #[derive(Deserialize)]
    struct Keyed<'a> {
        #[serde(borrow)]
        log_uid: Option<&'a RawValue>,
    }
    // A list would do for the derived reader too.
    if !data.trim_ascii_start().starts_with(b"{") {
        return Err(Refusal::NotJson);
    }
    let keyed: Keyed<'_> = serde_json::from_slice(data).map_err(|_| Refusal::NotJson)?;
    let uid = keyed.log_uid.and_then(|uid| match serde_json::from_str(uid.get()) {
        Ok(Value::String(uid)) => Some(uid),
        Ok(Value::Number(uid)) => Some(uid.to_string()),
        _ => None,
    });
    let uid = uid.filter(|uid| !uid.is_empty());
    Ok(uid.map_or_else(|| format!("{:032x}", fastrand::u128(..)), |uid| uid.chars().take(MAX_KEY_CHARS).collect()))
}

/// Reads a file's lines, and hands each on for as long as somebody takes them. Blocks.
pub(super) fn read(path: &Path, hand_on: &mut dyn FnMut(Line) -> bool) -> io::Result<()> {
    if path == Path::new(STDIN) {
        read_from(io::stdin().lock(), path, hand_on)
    } else {
        read_from(BufReader::new(File::open(path)?), path, hand_on)
    }
}

fn read_from(mut input: impl BufRead, path: &Path, hand_on: &mut dyn FnMut(Line) -> bool) -> io::Result<()> {
    for number in 1.. {
        let mut data = Vec::new();
        // One more than fits, and the line's end.
        let limit = MAX_RECORD_BYTES as u64 + 2;
        if input.by_ref().take(limit).read_until(b'\n', &mut data)? == 0 {
            return Ok(());
        }
        let is_cut = data.len() as u64 == limit && !data.ends_with(b"\n");
        if is_cut {
            input.skip_until(b'\n')?;
        }
        let data = data.trim_ascii();
        if data.is_empty() {
            continue;
        }
        let record = if is_cut { Err(Refusal::TooLarge) } else { Record::new(data.to_vec()) };
        if !hand_on(Line { place: Place { file: path.to_owned(), line: number }, record }) {
            return Ok(());
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{MAX_RECORD_BYTES, Record, read_from};

    #[test]
    fn a_transaction_has_one_partition_key() {
        fn check(json: &str, expect: &str) {
            assert_eq!(Record::new(json.into()).unwrap().key, expect, "{json}");
        }
        check(r#"{"log_uid": "order-7", "message": "a"}"#, "order-7");
        check(r#"{"message": {"log_uid": "x"}, "log_uid": "\u00fc\n"}"#, "ü\n");
        check(r#"{"log_uid": 42}"#, "42");
        check(&format!(r#"{{"log_uid": "{}"}}"#, "ü".repeat(300)), &"ü".repeat(256));
        for json in [r#"{"message": "a"}"#, r#"{"log_uid": ""}"#, r#"{"log_uid": null}"#, r#"{"log_uid": ["x"]}"#] {
            let [one, other] = [(); 2].map(|()| Record::new(json.into()).unwrap().key);
            assert!(one.len() == 32 && one != other, "{json}: {one} {other}");
        }
    }

    fn lines(input: &[u8]) -> Vec<String> {
        let mut lines = Vec::new();
        let mut hand_on = |line: super::Line| {
            let said = line
                .record
                .map_or_else(|refusal| refusal.to_string(), |record| String::from_utf8(record.data).unwrap());
            lines.push(format!("{} {said}", line.place.line));
            true
        };
        read_from(input, Path::new("x"), &mut hand_on).unwrap();
        lines
    }

    #[test]
    fn each_line_is_a_record() {
        fn check(input: &str, expect: &[&str]) {
            assert_eq!(lines(input.as_bytes()), expect, "{input}");
        }
        check("", &[]);
        check("{\"a\":1}\n{\"b\":2}\n", &[r#"1 {"a":1}"#, r#"2 {"b":2}"#]);
        check("\n  \r\n{\"a\":1}\r\n\n {\"b\":2} ", &[r#"3 {"a":1}"#, r#"5 {"b":2}"#]);
        let not = |line: u64| format!("{line} it is no JSON object");
        check("x\n[1]\n7\n\"a\"\n{\"a\":1} {\"b\":2}\n{\"a\"", &[&not(1), &not(2), &not(3), &not(4), &not(5), &not(6)]);
    }

    #[test]
    fn a_line_that_is_too_large_is_skipped_to_its_end() {
        let line = |bytes: usize| format!(r#"{{"log_uid":"k","m":"{}"}}"#, "x".repeat(bytes - 22));
        let fits = line(MAX_RECORD_BYTES - 1);
        let too_large = line(MAX_RECORD_BYTES);
        let input = [fits.as_str(), &too_large, &line(3 * MAX_RECORD_BYTES), "{}"].join("\n");
        let said: Vec<String> =
            lines(input.as_bytes()).into_iter().map(|line| line.chars().take(60).collect()).collect();
        let large = |line: u64| format!("{line} it is larger than the 10 MiB that Kinesis takes");
        assert_eq!(said[1..], [large(2), large(3), "4 {}".to_owned()]);
        assert!(said[0].starts_with(r#"1 {"log_uid""#), "{}", said[0]);
    }
}
