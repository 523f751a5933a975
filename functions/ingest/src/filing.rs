//! A batch, decoded and normalised: what is to be stored where. Pure.

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};

use shared::Day;
use shared::record::{LogRecord, Rules, Source, TooLarge};
use shared::store::Quarantined;

use crate::decode::{Piece, Pieces, decode};
use crate::event::{Batch, Delivery};
use crate::rejection::{Reason, Rejection};

/// The format named in the source of what has none.
const UNKNOWN: &str = "unknown";

/// What is to be stored where. Every delivery of the batch is in it.
#[derive(Debug, Default)]
pub struct Filing {
    /// The log records, by the day in whose collection they go.
    pub days: BTreeMap<Day, Pile<LogRecord>>,
    /// The payloads that cannot become log records.
    pub set_aside: Pile<Quarantined>,
    /// How many of them for which reason's code.
    pub reasons: BTreeMap<&'static str, usize>,
    /// How many messages were ignored on purpose: they hold no log records, and are not meant to.
    pub ignored: usize,
}

/// Things to be stored together, each with the delivery it came with.
#[derive(Debug)]
pub struct Pile<T> {
    /// What is to be stored.
    pub items: Vec<T>,
    /// For each item, the position of its delivery in the batch. Never falls.
    pub deliveries: Vec<usize>,
}

impl<T> Default for Pile<T> {
    fn default() -> Self {
        Self { items: Vec::new(), deliveries: Vec::new() }
    }
}

impl<T> Pile<T> {
    fn push(&mut self, item: T, delivery: usize) {
        self.items.push(item);
        self.deliveries.push(delivery);
    }
}

impl Filing {
    /// Files a batch.
    #[must_use]
    pub fn of(batch: &Batch, rules: &Rules) -> Self {
        let mut filing = Self::default();
        for (position, delivery) in batch.deliveries.iter().enumerate() {
            filing.file(delivery, position, batch.payload(delivery), rules);
        }
        filing
    }

    fn file(&mut self, delivery: &Delivery, position: usize, payload: Result<&[u8], &str>, rules: &Rules) {
        let (raw, filed) = match payload {
            Ok(payload) => {
                let decoded = caught(|| records(delivery, payload, rules));
                (
                    payload,
                    decoded.map(|(records, ignored)| {
                        self.ignored += ignored;
                        records
                    }),
                )
            }
            Err(text) => (text.as_bytes(), Err(Rejection::new(Reason::BadBase64, "the event's `data` is not base64"))),
        };
        for filed in filed.unwrap_or_else(|rejection| vec![Err(SetAside::new(&source(delivery), &rejection, raw))]) {
            match filed {
                Ok(record) => self.days.entry(record.day()).or_default().push(record, position),
                Err(SetAside { payload, reason }) => {
                    self.set_aside.push(payload, position);
                    *self.reasons.entry(reason.code()).or_default() += 1;
                }
            }
        }
    }
}

/// A payload, or a part of one, that cannot become a log record.
struct SetAside {
    payload: Quarantined,
    reason: Reason,
}

impl SetAside {
    fn new(source: &Source<'_>, rejection: &Rejection, raw: &[u8]) -> Self {
        let Rejection { reason, detail } = rejection;
        Self { payload: Quarantined::new(source, reason.code(), detail, raw), reason: *reason }
    }
}

/// The log records in a payload and what of it is none, and how much of it was ignored on purpose.
fn records(delivery: &Delivery, payload: &[u8], rules: &Rules) -> (Vec<Result<LogRecord, SetAside>>, usize) {
    let mut records = Vec::with_capacity(1);
    let mut found = |Piece { sub_sequence, index, format, raw, draft }: Piece<'_, '_>| {
        let source = Source { sub_sequence, index, format: format.unwrap_or(UNKNOWN), ..source(delivery) };
        let too_large = |error: TooLarge| Rejection::new(Reason::TooLarge, error.to_string());
        let record = draft.and_then(|draft| draft.complete(&source).map_err(too_large));
        records.push(record.map_err(|rejection| SetAside::new(&source, &rejection, raw)));
    };
    let mut pieces = Pieces::new(rules, &mut found);
    decode(payload, &mut pieces);
    let ignored = pieces.ignored();
    (records, ignored)
}

/// What `work` gives; a panic in it is that payload's problem alone.
fn caught<T>(work: impl FnOnce() -> T) -> Result<T, Rejection> {
    // What `work` was at is dropped: nobody sees it half done.
    catch_unwind(AssertUnwindSafe(work))
        .map_err(|_| Rejection::new(Reason::InternalError, "decoding the payload failed; this is a defect of logbraid"))
}

/// The source of a payload that is not yet decoded.
fn source(delivery: &Delivery) -> Source<'_> {
    Source {
        stream: &delivery.stream,
        shard: &delivery.shard,
        sequence_number: &delivery.sequence_number,
        sub_sequence: 0,
        index: 0,
        arrived: delivery.arrived,
        format: UNKNOWN,
    }
}
