//! Tests of the threads, with a transport that answers as it is told.

use std::collections::VecDeque;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use super::{Entry, Sender, SenderSettings, SystemClock, Transport};
use crate::buffer::{BufferSettings, Reason, WhenFull};
use crate::identity::Identity;
use crate::judge::{Answer, EntryResult};
use crate::pack::Compression;

/// Long enough for anything that happens at all.
const LONG: Duration = Duration::from_mins(1);

/// A stream in memory. Answers in turn; then takes everything.
#[derive(Clone, Default)]
struct Stream {
    lines: Arc<Mutex<Vec<String>>>,
    answers: Arc<Mutex<VecDeque<Planned>>>,
    is_away: Arc<Mutex<bool>>,
}

/// A planned answer.
#[derive(Clone, Copy)]
enum Planned {
    /// No answer.
    Away,
    /// Every second entry is throttled.
    Half,
    /// It panics.
    Panic,
}

impl Stream {
    fn lines(&self) -> Vec<String> {
        let mut lines = self.lines.lock().unwrap().clone();
        lines.sort();
        lines
    }
}

impl Transport for Stream {
    fn put(&self, entries: &[Entry<'_>]) -> Answer {
        let planned = self.answers.lock().unwrap().pop_front();
        if matches!(planned, Some(Planned::Away)) || *self.is_away.lock().unwrap() {
            return Answer::None { message: "nobody is there".to_owned() };
        }
        assert!(!matches!(planned, Some(Planned::Panic)), "as planned");
        let results = entries.iter().enumerate().map(|(index, entry)| {
            if matches!(planned, Some(Planned::Half)) && index % 2 == 0 {
                let error_code = Some("ProvisionedThroughputExceededException".to_owned());
                return EntryResult { error_code, error_message: None };
            }
            let lines = Compression::Zstd.unpack(entry.data).unwrap();
            let lines = String::from_utf8(lines).unwrap();
            self.lines.lock().unwrap().extend(lines.lines().map(str::to_owned));
            EntryResult::default()
        });
        Answer::Results(results.collect())
    }
}

fn sender(stream: &Stream, spool: Option<&Path>, max_bytes: usize, id: u64) -> Sender {
    let settings = SenderSettings {
        stream: "x".to_owned(),
        buffer: BufferSettings {
            max_bytes,
            max_spool_bytes: if spool.is_some() { 1 << 30 } else { 0 },
            linger: LONG,
            when_full: WhenFull::DropOldest,
            ..BufferSettings::default()
        },
        compression: Compression::Zstd,
        spool: spool.map(Path::to_owned),
        common: ",\"service\":\"s\"".to_owned(),
        complain: |_| {},
    };
    Sender::new(settings, Box::new(stream.clone()), Box::new(SystemClock), Arc::new(Identity::new(id)))
}

fn line(number: usize) -> String {
    format!("{{\"n\":{number:04}}}")
}

fn push(sender: &Sender, numbers: std::ops::Range<usize>) {
    for number in numbers {
        assert!(sender.push(format!("{}\n", line(number)).as_bytes()));
    }
}

#[test]
fn whatever_the_answers_each_line_arrives_once() {
    for answers in [vec![], vec![Planned::Away; 3], vec![Planned::Half; 4], vec![Planned::Panic, Planned::Half]] {
        let stream = Stream { answers: Arc::new(Mutex::new(answers.into())), ..Stream::default() };
        let sender = sender(&stream, None, 1 << 20, 1);
        for part in 0..10 {
            push(&sender, part * 10..(part + 1) * 10);
            let _ = sender.begin_flush();
        }
        // A dead thread is started by the next line or flush.
        while !sender.flush(Duration::from_millis(100)) {}
        assert_eq!(stream.lines(), (0..100).map(line).collect::<Vec<_>>());
        let stats = sender.stats();
        assert_eq!((stats.counts.sent, stats.counts.dropped, stats.waiting, stats.bytes), (100, 0, 0, 0));
    }
}

#[test]
fn a_closed_sender_sends_the_rest_and_revives() {
    let stream = Stream::default();
    let sender = sender(&stream, None, 1 << 20, 1);
    push(&sender, 0..10);
    sender.close();
    push(&sender, 10..20);
    sender.close();
    assert!(sender.wait(u64::MAX - 1, LONG));
    push(&sender, 20..30);
    assert!(sender.flush(LONG));
    assert_eq!(stream.lines().len(), 30);
    push(&sender, 30..31);
    drop(sender);
    while stream.lines().len() < 31 {
        std::thread::yield_now();
    }
}

#[test]
fn what_was_dropped_is_told_in_band() {
    let stream = Stream::default();
    let sender = sender(&stream, None, 1 << 20, 0xA);
    sender.count_dropped(3, Reason::BufferFull);
    // It is no record that somebody logged.
    while sender.stats().bytes == 0 {
        std::thread::yield_now();
    }
    assert_eq!((sender.stats().waiting, sender.stats().untold), (0, 3));
    assert!(sender.flush(LONG));
    assert_eq!(sender.stats().untold, 0);
    let [line] = stream.lines().try_into().unwrap();
    let record: serde_json::Value = serde_json::from_str(&line).unwrap();
    assert_eq!(record["dropped"]["buffer_full"], 3, "{line}");
    assert_eq!(record["service"], "s");
    assert_eq!(record["record_id"], "000000000000000a-0");
}

#[test]
fn the_oldest_is_dropped_and_handed_out() {
    let stream = Stream { is_away: Arc::new(Mutex::new(true)), ..Stream::default() };
    let sender = sender(&stream, None, 2_000, 1);
    let mut number = 0;
    while sender.push(format!("{}\n", line(number)).as_bytes()) {
        number += 1;
    }
    assert!(!sender.flush(Duration::from_millis(1)));
    while sender.stats().bytes > 1_000 || sender.last_error().is_none() {
        std::thread::yield_now();
    }
    // The chunk can be in flight for a moment.
    let dropped = loop {
        if let Some(dropped) = sender.drop_oldest() {
            break dropped;
        }
    };
    assert!(dropped.starts_with(b"{\"n\":0000}\n"));
    assert_eq!(sender.stats().counts.dropped, number as u64);
    assert_eq!(sender.last_error().unwrap().message, "nobody is there");
}

#[test]
fn drained_records_are_not_sent() {
    let stream = Stream { is_away: Arc::new(Mutex::new(true)), ..Stream::default() };
    let sender = sender(&stream, None, 1 << 20, 1);
    push(&sender, 0..10);
    let drained = sender.drain(LONG);
    assert_eq!(drained.len(), 1);
    assert_eq!(Compression::Zstd.unpack(&drained[0]).unwrap().len(), 110);
    assert!(sender.flush(LONG));
    assert!(stream.lines().is_empty());
}

#[test]
fn the_spool_holds_what_a_dead_process_left() {
    let folder = tempfile::tempdir().unwrap();
    let away = Stream { is_away: Arc::new(Mutex::new(true)), ..Stream::default() };
    let files = || std::fs::read_dir(folder.path().join("x")).map_or(0, Iterator::count);
    let first = sender(&away, Some(folder.path()), 2_000, 1);
    // More than memory holds.
    let mut number = 0;
    while number < 1_000 {
        if first.push(format!("{}\n", line(number)).as_bytes()) {
            number += 1;
        } else {
            // Only now: chunks of single lines would fill the memory by their number.
            let _ = first.flush(Duration::ZERO);
            assert!(first.wait_for_room(16, LONG));
        }
    }
    assert_eq!(first.stats().counts.dropped, 0);

    // While the first lives, its files are its own.
    let stream = Stream::default();
    let second = sender(&stream, Some(folder.path()), 1 << 20, 2);
    push(&second, 1_000..1_001);
    assert!(second.flush(LONG));
    assert_eq!(stream.lines(), [line(1_000)]);

    // Its files without its lock are those of a dead process.
    first.leave_to_parent();
    let third = sender(&stream, Some(folder.path()), 1 << 20, 3);
    push(&third, 1_001..1_002);
    while stream.lines().len() < 1_002 {
        let _ = third.flush(Duration::from_millis(50));
    }
    assert_eq!(stream.lines(), (0..1_002).map(line).collect::<Vec<_>>());
    drop((second, third));
    while files() > 0 {
        std::thread::yield_now();
    }
}
