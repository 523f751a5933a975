use std::fs;
use std::sync::{Arc, Mutex};

use send::{Answer, Compression, Entry, EntryResult, Transport};

use super::{KinesisOutput, Settings};
use crate::outputs::{Batch, Output as _, Stop};

/// What Kinesis does with the entries of a request, which has a number.
type Plan = fn(usize, &[Entry<'_>]) -> Answer;

#[derive(Clone)]
struct Stream {
    plan: Plan,
    requests: Arc<Mutex<usize>>,
    records: Arc<Mutex<Vec<Vec<u8>>>>,
}

impl Transport for Stream {
    fn put(&self, entries: &[Entry<'_>]) -> Answer {
        let mut number = self.requests.lock().unwrap();
        *number += 1;
        let answer = (self.plan)(*number, entries);
        if let Answer::Results(results) = &answer {
            let stored = entries.iter().zip(results).filter(|(_, result)| result.error_code.is_none());
            self.records.lock().unwrap().extend(stored.map(|(entry, _)| entry.data.to_vec()));
        }
        answer
    }
}

fn all(entries: &[Entry<'_>]) -> Answer {
    Answer::Results(vec![EntryResult::default(); entries.len()])
}

fn refused(code: &str) -> EntryResult {
    EntryResult { error_code: Some(code.to_owned()), error_message: None }
}

struct Outcome {
    lines: Vec<String>,
    requests: usize,
    aside: Vec<Vec<u8>>,
    is_written: bool,
}

fn write(plan: Plan, lines: &[String], stop: &Stop) -> Outcome {
    let folder = tempfile::tempdir().unwrap();
    let stream = Stream { plan, requests: Arc::default(), records: Arc::default() };
    let settings = Settings::new("stream", Compression::Zstd, folder.path().join("aside"));
    let mut output = KinesisOutput::new(settings, Box::new(stream.clone()));
    let text = (lines.join("\n") + "\n").into_bytes();
    let batch = Batch { text, records: lines.len() as u64, ..Batch::default() };
    let is_written = output.write(&batch, stop).is_ok();
    let unpacked =
        stream.records.lock().unwrap().iter().flat_map(|data| Compression::Zstd.unpack(data).unwrap()).collect();
    let files = fs::read_dir(folder.path().join("aside"))
        .map_or(Vec::new(), |files| files.map(|file| fs::read(file.unwrap().path()).unwrap()).collect());
    let lines = String::from_utf8(unpacked).unwrap().lines().map(str::to_owned).collect();
    Outcome { lines, requests: *stream.requests.lock().unwrap(), aside: files, is_written }
}

fn numbered(count: usize, bytes: usize) -> Vec<String> {
    let mut random = fastrand::Rng::with_seed(1);
    (0..count)
        .map(|number| {
            let noise: String = (0..bytes).map(|_| random.alphanumeric()).collect();
            format!("{{\"n\":{number},\"noise\":\"{noise}\"}}")
        })
        .collect()
}

fn sorted(mut lines: Vec<String>) -> Vec<String> {
    lines.sort();
    lines
}

#[test]
fn only_what_failed_is_put_again() {
    // Every second entry is throttled at first, as fluent-bit#6369, fluent-bit#3904, vector#16954 had to learn.
    let plan: Plan = |number, entries| {
        let code = |index: usize| {
            let fails = number <= 3 && (index + number).is_multiple_of(2);
            if fails { refused("ProvisionedThroughputExceededException") } else { EntryResult::default() }
        };
        Answer::Results((0..entries.len()).map(code).collect())
    };
    let lines = numbered(8, 300_000);
    let outcome = write(plan, &lines, &Stop::default());
    assert!(outcome.is_written && outcome.requests > 3);
    // Each arrived once: what was stored is not put again.
    assert_eq!(sorted(outcome.lines), sorted(lines));
}

#[test]
fn requests_are_repeated_for_as_long_as_it_takes() {
    let plan: Plan = |number, entries| match number {
        1 => Answer::None { message: "no network".to_owned() },
        2 => Answer::Refused { status: 500, code: "InternalFailure".to_owned(), message: String::new() },
        3 => Answer::Refused { status: 400, code: "ExpiredTokenException".to_owned(), message: String::new() },
        // No result for an entry is no success.
        4 => Answer::Results(Vec::new()),
        _ => all(entries),
    };
    let outcome = write(plan, &numbered(3, 10), &Stop::default());
    assert_eq!((outcome.lines, outcome.requests), (numbered(3, 10), 5));
}

#[test]
fn a_record_that_is_too_large_is_cut_and_kept_whole_on_disk() {
    // aws-fluent-plugin-kinesis#32 and fluent-bit#11524: it is neither dropped nor does it stop the others.
    let mut lines = numbered(3, 10);
    lines.push(numbered(1, 2_000_000).remove(0));
    let outcome = write(|_, entries| all(entries), &lines, &Stop::default());
    assert!(outcome.is_written);
    let cut: serde_json::Value = serde_json::from_str(outcome.lines.last().unwrap()).unwrap();
    assert_eq!(cut["truncated_from"], lines[3].len() + 1);
    assert_eq!(outcome.lines[..3], lines[..3]);
    assert_eq!(outcome.aside, [format!("{}\n", lines[3]).into_bytes()]);
}

#[test]
fn a_large_record_that_compresses_well_is_sent_whole() {
    let lines = [format!("{{\"text\":\"{}\"}}", "x".repeat(3_000_000))];
    let outcome = write(|_, entries| all(entries), &lines, &Stop::default());
    assert_eq!((outcome.lines, outcome.aside), (lines.to_vec(), Vec::new()));
}

#[test]
fn what_kinesis_calls_invalid_is_set_aside_in_the_end() {
    let invalid: Plan =
        |_, _| Answer::Refused { status: 400, code: "ValidationException".to_owned(), message: "no".to_owned() };
    let lines = numbered(1, 10);
    let outcome = write(invalid, &lines, &Stop::default());
    assert!(outcome.is_written);
    assert_eq!(Compression::Zstd.unpack(&outcome.aside[0]).unwrap(), format!("{}\n", lines[0]).into_bytes());
}

#[test]
fn who_stops_while_kinesis_is_away_has_not_written() {
    let stop = Stop::default();
    stop.stop();
    let outcome = write(|_, _| Answer::None { message: String::new() }, &numbered(1, 10), &stop);
    assert!(!outcome.is_written && outcome.lines.is_empty());
}
