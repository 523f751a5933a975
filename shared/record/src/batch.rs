//! A decoded batch: the records and quarantine entries that are to be stored, with the delivery each came with.

use std::collections::BTreeMap;

use crate::{Day, LogRecord, QuarantineEntry};

/// What is to be stored where. Every delivery of the batch is in it.
#[derive(Debug, Default)]
pub struct DecodedBatch {
    /// The log records, by the day in whose collection they go.
    pub days: BTreeMap<Day, Positioned<LogRecord>>,
    /// The payloads that cannot become log records.
    pub set_aside: Positioned<QuarantineEntry>,
    /// How many of them for which reason's code.
    pub reasons: BTreeMap<&'static str, usize>,
    /// How many messages were ignored on purpose: they hold no log records, and are not meant to.
    pub ignored: usize,
    /// What all of it takes in memory.
    pub bytes: usize,
    /// How many values were masked in the log records.
    pub redacted: u64,
}

/// Things to be stored together, each with the delivery it came with.
#[derive(Debug)]
pub struct Positioned<T> {
    /// What is to be stored.
    pub items: Vec<T>,
    /// For each item, the position of its delivery in the batch. Never falls.
    pub deliveries: Vec<usize>,
}

impl<T> Default for Positioned<T> {
    fn default() -> Self {
        Self { items: Vec::new(), deliveries: Vec::new() }
    }
}

impl<T> Positioned<T> {
    /// Adds an item that came with the delivery at this position.
    pub fn push(&mut self, item: T, delivery: usize) {
        self.items.push(item);
        self.deliveries.push(delivery);
    }

    /// Takes an item out.
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
    /// Adds another filing, as coming from the delivery at this position. Positions never fall.
    pub fn append(&mut self, other: Self, position: usize) {
        for (day, pile) in other.days {
            self.days.entry(day).or_default().append(pile, position);
        }
        self.set_aside.append(other.set_aside, position);
        for (reason, count) in other.reasons {
            *self.reasons.entry(reason).or_default() += count;
        }
        self.ignored += other.ignored;
        self.redacted += other.redacted;
        self.bytes += other.bytes;
    }
}
