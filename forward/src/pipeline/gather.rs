//! Records of many entries on their way through rules and processors.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use jiff::Timestamp;
use serde_json::{Map, Value};

use super::Decisions;
use crate::entry::Stored;
use crate::event::Event;
use crate::formats::{self, Lines};
use crate::outputs::{Batch, Stop};
use crate::processors::Stopped;
use crate::rules::Route;

/// Lines of entries, in their order.
#[derive(Debug, Default)]
pub(super) struct Gathered {
    pub(super) text: Vec<u8>,
    pub(super) records: u64,
    pub(super) unreadable: u64,
    entries: Vec<Mark>,
}

/// Where an entry's lines end.
#[derive(Debug)]
struct Mark {
    end: usize,
    input: Arc<str>,
    arrived: Timestamp,
}

impl Gathered {
    /// Adds the records of an entry.
    pub(super) fn add(&mut self, entry: Stored<'_>) {
        let start = self.text.len();
        let read = catch_unwind(AssertUnwindSafe(|| {
            let mut lines = Lines::new(entry, &mut self.text);
            formats::read(&entry, &mut lines);
            (lines.records(), lines.rejected())
        }));
        let (records, unreadable) = read.unwrap_or_else(|_| {
            // A defect of ours must not stop what comes after it.
            self.text.truncate(start);
            let mut lines = Lines::new(entry, &mut self.text);
            lines.reject(entry.payload, "a defect of the forwarder");
            (1, 1)
        });
        self.records += records;
        self.unreadable += unreadable;
        let input = self.entries.last().map(|mark| &mark.input).filter(|input| &***input == entry.input);
        let input = input.map_or_else(|| Arc::from(entry.input), Arc::clone);
        let arrived = Timestamp::from_microsecond(entry.arrived_us).unwrap_or_default();
        self.entries.push(Mark { end: self.text.len(), input, arrived });
    }

    /// Returns what goes to an output, and takes it out.
    pub(super) fn decide(&mut self, index: usize, decisions: &mut Decisions, stop: &Stop) -> Result<Batch, Stopped> {
        let arrived = self.entries.first().map(|mark| mark.arrived).unwrap_or_default();
        let batch = match decisions.rules.pass_through().filter(|_| decisions.processors.is_empty()) {
            Some(outputs) if outputs.contains(&index) => {
                Batch { text: std::mem::take(&mut self.text), records: self.records, arrived }
            }
            Some(_) => Batch { arrived, ..Batch::default() },
            None => self.judge(index, decisions, stop)?,
        };
        let Self { text, records, unreadable, entries } = self;
        text.clear();
        (*records, *unreadable) = (0, 0);
        entries.clear();
        Ok(Batch { arrived, ..batch })
    }

    /// Asks the rules for each record, and then the processors.
    fn judge(&self, index: usize, decisions: &mut Decisions, stop: &Stop) -> Result<Batch, Stopped> {
        let mut kept = Vec::new();
        let mut start = 0;
        for Mark { end, input, arrived } in &self.entries {
            let lines = self.text.get(start..*end).unwrap_or_default();
            for line in lines.split_inclusive(|byte| *byte == b'\n') {
                if stop.is_stopped() {
                    return Err(Stopped);
                }
                let Some(mut event) = event(line, input, *arrived) else { continue };
                let before = event.fields.clone();
                if let Route::To(outputs) = decisions.rules.apply(&mut event)
                    && outputs.contains(&index)
                {
                    kept.push((event, (before, line)));
                }
            }
            start = *end;
        }
        decisions.processors.apply(&mut kept, stop)?;
        let mut batch = Batch { records: kept.len() as u64, ..Batch::default() };
        for (event, (before, line)) in kept {
            // What nobody has changed stays as its sender wrote it, to the last digit of a number.
            if event.fields == before {
                batch.text.extend_from_slice(line);
            } else {
                write(event, &mut batch.text);
            }
        }
        Ok(batch)
    }
}

/// Reads a line of ours.
pub(crate) fn event(line: &[u8], input: &Arc<str>, arrived: Timestamp) -> Option<Event> {
    let mut fields: Map<String, Value> = serde_json::from_slice(line).ok()?;
    let record_id = match fields.remove("record_id") {
        Some(Value::String(id)) => id,
        Some(other) => other.to_string(),
        None => String::new(),
    };
    let tag = fields.get("tag").and_then(Value::as_str).map(Arc::from);
    Some(Event { input: Arc::clone(input), tag, record_id, arrived, fields })
}

fn write(event: Event, out: &mut Vec<u8>) {
    let mut fields = event.fields;
    fields.insert("record_id".to_owned(), Value::String(event.record_id));
    // Writing to memory does not fail.
    let _ = serde_json::to_writer(&mut *out, &fields);
    out.push(b'\n');
}
