//! A decoded batch: the records and quarantine entries to store, each with the position of its delivery.

use std::collections::BTreeMap;

use crate::{Day, LogRecord, QuarantineEntry};

/// The records and quarantine entries of a batch. Every delivery of the batch is in it.
#[derive(Debug, Default)]
pub struct DecodedBatch {
    /// The log records by day. Each day has its own collection.
    pub days: BTreeMap<Day, Positioned<LogRecord>>,
    /// The payloads, or items of payloads, that cannot become log records.
    pub quarantined: Positioned<QuarantineEntry>,
    /// How many quarantine entries have each reason's code.
    pub reasons: BTreeMap<&'static str, usize>,
    /// How many messages were ignored because by design they hold no log records.
    pub ignored: usize,
    /// The memory that the batch takes, in bytes.
    pub bytes: usize,
    /// How many values were masked in the log records.
    pub redacted: u64,
}

/// Items to store together, each with the position of its delivery.
#[derive(Debug)]
pub struct Positioned<T> {
    /// The items.
    pub items: Vec<T>,
    /// The position of each item's delivery in the batch. Positions never decrease.
    pub deliveries: Vec<usize>,
}

impl<T> Default for Positioned<T> {
    fn default() -> Self {
        Self { items: Vec::new(), deliveries: Vec::new() }
    }
}

impl<T> Positioned<T> {
    /// Adds an item of the delivery at this position.
    pub fn push(&mut self, item: T, delivery: usize) {
        self.items.push(item);
        self.deliveries.push(delivery);
    }

    /// Removes an item and returns it.
    pub fn remove(&mut self, position: usize) -> T {
        self.deliveries.remove(position);
        self.items.remove(position)
    }

    fn append(&mut self, other: Self, delivery: usize) {
        self.deliveries.resize(self.deliveries.len() + other.items.len(), delivery);
        self.items.extend(other.items);
    }
}

impl DecodedBatch {
    /// Appends another decoded batch as the delivery at this position. Positions never decrease.
    pub fn append(&mut self, other: Self, position: usize) {
        for (day, records) in other.days {
            self.days.entry(day).or_default().append(records, position);
        }
        self.quarantined.append(other.quarantined, position);
        for (reason, count) in other.reasons {
            *self.reasons.entry(reason).or_default() += count;
        }
        self.ignored += other.ignored;
        self.redacted += other.redacted;
        self.bytes += other.bytes;
    }
}
