//! A program that changes records: it reads one JSON object a line, and answers each with one line. A record is kept here
//! until it is answered.

mod child;
mod path;

use std::collections::VecDeque;
use std::ffi::OsStr;
use std::time::{Duration, Instant};

use serde_json::{Map, Value};
use tracing::{info, warn};

use self::child::{Answer, MAX_ANSWER_BYTES, Running};
pub use self::path::NoProgram;
use super::Stopped;
use crate::complaints::Complaints;
use crate::config::{Exec, OnFailure};
use crate::event::Event;
use crate::outputs::Stop;

/// The field with a record's identity.
const RECORD_ID: &str = "record_id";
/// How many records, and how many bytes, are sent before the first of them is answered.
const MAX_PENDING: usize = 256;
const MAX_PENDING_BYTES: usize = 1 << 20;
/// What a program may take for its first answer, since it starts: Python's imports take seconds on a busy machine.
const START_TIME: Duration = Duration::from_secs(20);
/// How often a program may end over one record. It may have been ended by somebody else once.
const MAX_ENDS: u32 = 2;
/// After how many failures one after the other a program is left alone for a while.
const MAX_FAILURES: u32 = 3;
/// For how long it is left alone.
const REST: Duration = Duration::from_secs(10);
/// The first pause before a record is asked about again, and the longest.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const MAX_PAUSE: Duration = Duration::from_secs(10);

/// A program.
#[derive(Debug)]
pub(super) struct Program {
    name: String,
    settings: Exec,
    running: Option<Running>,
    /// How often it failed since its last answer.
    failures: u32,
    /// Until when it is left alone.
    rest_until: Option<Instant>,
    /// What the log says of it.
    complaints: Complaints,
    /// The log says that it failed, and not that it answers again.
    is_told: bool,
}

/// What a program answers.
#[derive(Debug)]
enum Verdict {
    /// The record goes on with these fields.
    Keep(Map<String, Value>),
    /// It shall be dropped: `null`.
    Drop,
    /// The program could not do it: `false`. The next answer is that of the next record.
    Refused,
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error("it cannot be started")]
    Start(#[source] std::io::Error),
    #[error("it ended")]
    Ended,
    #[error("it did not answer within {} ms", timeout.as_millis())]
    Late { timeout: Duration },
    #[error("its answer is longer than {MAX_ANSWER_BYTES} bytes")]
    TooLong,
    #[error("it answered that it could not do it")]
    Refused,
    #[error("its answer is not an object of JSON, null or false")]
    NoRecord,
    #[error("its answer has the `record_id` of another record: it must answer every line, in their order")]
    OtherRecord,
}

/// Looks for a processor's program in the folders of `path`, and starts nothing.
pub(super) fn find(processor: &str, settings: &Exec, path: &OsStr) -> Result<(), NoProgram> {
    path::find(processor, settings.command.first().map(String::as_str).unwrap_or_default(), path)
}

impl Program {
    pub(super) fn new(name: String, settings: Exec) -> Self {
        Self {
            name,
            settings,
            running: None,
            failures: 0,
            rest_until: None,
            complaints: Complaints::default(),
            is_told: false,
        }
    }

    /// Asks about records. Returns which of them go on.
    pub(super) fn ask(&mut self, events: &mut [&mut Event], stop: &Stop) -> Result<Vec<bool>, Stopped> {
        let mut asking = Asking::new(events);
        while asking.has_next() {
            if self.rests() {
                asking.settle(self.settings.on_failure);
                continue;
            }
            match self.next_answer(&mut asking, stop)? {
                Ok(verdict) => {
                    asking.take(verdict, self.settings.on_failure);
                    self.answered();
                }
                Err(failure) => {
                    self.failed(&failure);
                    // Another program is asked about all that were not answered.
                    asking.none_is_sent();
                    if self.settings.on_failure == OnFailure::Retry {
                        if stop.wait(self.pause()) {
                            return Err(Stopped);
                        }
                    } else if !asking.may_ask_again(&failure) {
                        asking.settle(self.settings.on_failure);
                    }
                }
            }
        }
        Ok(asking.is_kept)
    }

    /// Returns the answer about the next record.
    fn next_answer(&mut self, asking: &mut Asking<'_, '_>, stop: &Stop) -> Result<Result<Verdict, Failure>, Stopped> {
        let is_new = self.running.is_none();
        let timeout = if is_new { self.settings.timeout.max(START_TIME) } else { self.settings.timeout };
        let running = match self.running() {
            Ok(running) => running,
            Err(failure) => return Ok(Err(failure)),
        };
        asking.send(running);
        Ok(match running.answer(timeout, stop) {
            Answer::Line(line) => match read(&line, &asking.events[asking.next].record_id) {
                Ok(Verdict::Refused) if self.settings.on_failure == OnFailure::Retry => Err(Failure::Refused),
                read => read,
            },
            Answer::TooLong => Err(Failure::TooLong),
            Answer::Late => Err(Failure::Late { timeout }),
            Answer::Ended => Err(Failure::Ended),
            Answer::Stopped => return Err(Stopped),
        })
    }

    fn running(&mut self) -> Result<&Running, Failure> {
        let running = match self.running.take() {
            Some(running) => running,
            None => Running::start(&self.settings.command).map_err(Failure::Start)?,
        };
        Ok(self.running.insert(running))
    }

    fn answered(&mut self) {
        if std::mem::take(&mut self.is_told) {
            info!(processor = self.name, "the program answers again");
        }
        self.failures = 0;
    }

    /// Ends the program: what it answers from now on cannot be told from an answer to another record.
    fn failed(&mut self, failure: &Failure) {
        self.running = None;
        self.failures = self.failures.saturating_add(1);
        // Not for every record: this is a log within a log. A program that fails now and then begins anew each time.
        let what = match self.failures {
            1 => Some("failed"),
            MAX_FAILURES => Some("failed again and again"),
            _ => None,
        };
        if what.and_then(|what| self.complaints.due(what)).is_some() {
            self.is_told = true;
            let because = std::error::Error::source(failure).map(ToString::to_string);
            warn!(processor = self.name, because, failures = self.failures, "the program gives no answer: {failure}");
        }
        if self.failures >= MAX_FAILURES {
            self.rest_until = Some(Instant::now() + REST);
        }
    }

    /// Returns whether the program is left alone at the moment.
    fn rests(&mut self) -> bool {
        self.rest_until = self.rest_until.filter(|until| Instant::now() < *until);
        self.rest_until.is_some() && self.settings.on_failure != OnFailure::Retry
    }

    /// Returns how long to wait before a record is asked about again.
    fn pause(&self) -> Duration {
        FIRST_PAUSE.saturating_mul(1 << self.failures.saturating_sub(1).min(16)).min(MAX_PAUSE)
    }
}

/// Records that a program is asked about. Those before `next` are settled, those before `sent` are sent.
struct Asking<'a, 'e> {
    events: &'a mut [&'e mut Event],
    is_kept: Vec<bool>,
    next: usize,
    sent: usize,
    /// The lengths of the lines that are sent and not answered.
    pending: VecDeque<usize>,
    /// How often the program ended over the next record.
    ends: u32,
}

impl<'a, 'e> Asking<'a, 'e> {
    fn new(events: &'a mut [&'e mut Event]) -> Self {
        let is_kept = vec![true; events.len()];
        Self { events, is_kept, next: 0, sent: 0, pending: VecDeque::new(), ends: 0 }
    }

    fn has_next(&self) -> bool {
        self.next < self.events.len()
    }

    /// Sends as many records as may wait for answers, and the next one in any case.
    fn send(&mut self, running: &Running) {
        let has_room = |pending: &VecDeque<usize>| {
            pending.len() < MAX_PENDING && pending.iter().sum::<usize>() < MAX_PENDING_BYTES
        };
        while self.sent < self.events.len() && has_room(&self.pending) {
            let line = line(self.events[self.sent]);
            self.pending.push_back(line.len());
            running.send(line);
            self.sent += 1;
        }
    }

    /// Takes the answer about the next record.
    fn take(&mut self, verdict: Verdict, on_failure: OnFailure) {
        match verdict {
            Verdict::Keep(fields) => self.events[self.next].fields = fields,
            Verdict::Drop => self.is_kept[self.next] = false,
            Verdict::Refused => self.is_kept[self.next] = on_failure != OnFailure::Drop,
        }
        self.pending.pop_front();
        self.pass_on();
    }

    /// Settles the next record without an answer.
    fn settle(&mut self, on_failure: OnFailure) {
        self.is_kept[self.next] = on_failure != OnFailure::Drop;
        self.pass_on();
        self.none_is_sent();
    }

    fn pass_on(&mut self) {
        self.next += 1;
        self.ends = 0;
    }

    fn none_is_sent(&mut self) {
        self.sent = self.next;
        self.pending.clear();
    }

    /// Returns whether the next record may be asked about again: the program ended, and that may have another reason.
    fn may_ask_again(&mut self, failure: &Failure) -> bool {
        self.ends += 1;
        matches!(failure, Failure::Ended) && self.ends < MAX_ENDS
    }
}

/// Returns what a program reads of a record: its fields and its identity.
fn line(event: &Event) -> Vec<u8> {
    let mut fields = event.fields.clone();
    fields.insert(RECORD_ID.to_owned(), Value::from(event.record_id.as_str()));
    // A map with names of text is always written.
    let mut line = serde_json::to_vec(&fields).unwrap_or_default();
    line.push(b'\n');
    line
}

/// Reads an answer about a record. An answer may leave out the identity, but not have another one.
fn read(line: &[u8], record_id: &str) -> Result<Verdict, Failure> {
    match serde_json::from_slice(line) {
        Ok(Value::Null) => Ok(Verdict::Drop),
        Ok(Value::Bool(false)) => Ok(Verdict::Refused),
        Ok(Value::Object(mut fields)) => match fields.remove(RECORD_ID) {
            Some(id) if id != record_id => Err(Failure::OtherRecord),
            _ => Ok(Verdict::Keep(fields)),
        },
        _ => Err(Failure::NoRecord),
    }
}
