//! A batch, decoded and normalised: what is to be stored where. Pure.

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

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
            match batch.payload(delivery) {
                Ok(payload) => {
                    let mut file = |piece: Piece<'_, '_>| filing.file(piece, delivery, position);
                    decode(payload, &mut Pieces::new(rules, &mut file));
                }
                Err(text) => {
                    let rejection = Rejection::new(Reason::BadBase64, "the event's `data` is not base64");
                    filing.set_aside(&source(delivery), &rejection, text.as_bytes(), position);
                }
            }
        }
        filing
    }

    fn file(&mut self, piece: Piece<'_, '_>, delivery: &Delivery, position: usize) {
        let Piece { sub_sequence, index, format, raw, draft } = piece;
        let source = Source { sub_sequence, index, format: format.unwrap_or(UNKNOWN), ..source(delivery) };
        let too_large = |error: TooLarge| Rejection::new(Reason::TooLarge, error.to_string());
        match draft.and_then(|draft| draft.complete(&source).map_err(too_large)) {
            Ok(record) => self.days.entry(record.day()).or_default().push(record, position),
            Err(rejection) => self.set_aside(&source, &rejection, raw, position),
        }
    }

    fn set_aside(&mut self, source: &Source<'_>, rejection: &Rejection, raw: &[u8], position: usize) {
        let payload = Quarantined::new(source, rejection.reason.code(), &rejection.detail, raw);
        self.set_aside.push(payload, position);
    }
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
