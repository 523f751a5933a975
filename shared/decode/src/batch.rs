//! Decodes payloads into records and quarantine entries. Pure.

#[cfg(test)]
mod costly_tests;
#[cfg(test)]
mod quarantined_tests;
#[cfg(test)]
mod redaction_tests;
#[cfg(test)]
pub(crate) mod tests;

use std::ops::ControlFlow;
use std::panic::{AssertUnwindSafe, catch_unwind};

use record::{
    DEFAULT_MAX_DECOMPRESSED_BYTES, DecodedBatch, Identity, LogRecord, NotCompleted, QuarantineEntry, QuarantineView,
    Rules, Source, WorkBudget,
};

use crate::decode;
use crate::event::{Delivery, KinesisBatch, decode_base64};
use crate::rejection::{Reason, Rejection};
use crate::sink::{DecodedItem, Sink};

/// The format in the source of a payload whose format is not known.
pub const UNKNOWN_FORMAT: &str = "unknown";

/// How many bytes the records of one payload may take together. A function has no memory for more.
const MAX_PAYLOAD_BYTES: usize = 48 * 1024 * 1024;
/// What a record takes in memory beside its document.
const RECORD_OVERHEAD_BYTES: usize = 128;
/// The work that a payload may take for each byte that it may be decompressed to: several times what the costliest
/// payload of an honest sender takes.
const WORK_PER_BYTE: u64 = 16;

/// Decodes a whole batch.
#[must_use]
pub fn whole(batch: &KinesisBatch, rules: &Rules) -> DecodedBatch {
    let mut decoder = Decoder::new(rules);
    for (position, delivery) in batch.deliveries.iter().enumerate() {
        decoder.add(batch, delivery, position);
    }
    decoder.decoded
}

/// Decodes a payload that no event delivered. `source` is that of its first item; its position is 0.
#[must_use]
pub fn payload(source: &Source<'_>, payload: &[u8], rules: &Rules) -> DecodedBatch {
    let mut decoder = Decoder::new(rules);
    decoder.add_payload(source, 0, Ok(payload));
    decoder.decoded
}

/// Decodes a quarantined payload again. Its items get the numbers that they had then. The position of the payload is 0.
#[must_use]
pub fn again(payload: &QuarantineView<'_>, rules: &Rules) -> DecodedBatch {
    let mut decoder = Decoder::new(rules);
    let source = Source { format: UNKNOWN_FORMAT, ..payload.source };
    if payload.reason == Reason::RefusedByMongoDb.code() {
        decoder.add_refused(payload);
    // For `data` that was not base64, the text was kept.
    } else if payload.reason == Reason::BadBase64.code() {
        let bytes = decode_base64(payload.raw);
        decoder.add_payload(&source, 0, bytes.as_deref().ok_or(payload.raw));
    } else {
        decoder.add_payload(&source, 0, Ok(payload.raw));
    }
    decoder.decoded
}

/// Decodes payloads, one after the other, into one batch.
pub(crate) struct Decoder<'r> {
    rules: &'r Rules,
    pub(crate) decoded: DecodedBatch,
    /// The work that the payloads took.
    pub(crate) work: u64,
    /// The items of a payload, until it is known that they are not too many.
    items: Vec<CompletedItem>,
}

impl<'r> Decoder<'r> {
    pub(crate) fn new(rules: &'r Rules) -> Self {
        Self { rules, decoded: DecodedBatch::default(), work: 0, items: Vec::new() }
    }

    /// Decodes the payload of the delivery at this position of the event.
    pub(crate) fn add(&mut self, event: &KinesisBatch, delivery: &Delivery, position: usize) {
        self.add_payload(&source(delivery), position, event.payload(delivery).map_err(str::as_bytes));
    }

    /// Adds a log record that MongoDB refused, unchanged. If the bytes are no record, the entry stays as it is.
    fn add_refused(&mut self, entry: &QuarantineView<'_>) {
        let decoded = &mut self.decoded;
        if let Ok(record) = LogRecord::from_refused(entry.raw) {
            decoded.bytes += RECORD_OVERHEAD_BYTES + record.bytes();
            decoded.days.entry(record.day()).or_default().push(record, 0);
        } else {
            let QuarantineView { source, reason, detail, raw, .. } = entry;
            decoded.bytes += RECORD_OVERHEAD_BYTES + raw.len();
            decoded.quarantined.push(QuarantineEntry::new(source.identity(), source, reason, detail, raw), 0);
            *decoded.reasons.entry(Reason::RefusedByMongoDb.code()).or_default() += 1;
        }
    }

    fn add_payload(&mut self, source: &Source<'_>, position: usize, payload: Result<&[u8], &[u8]>) {
        self.items.clear();
        let max_work = max_work(self.rules);
        let work = WorkBudget::new(max_work);
        let (raw, counts) = match payload {
            Ok(payload) => {
                let decode = || decode_payload(source, payload, self.rules, &work, &mut self.items);
                (payload, caught(decode).and_then(|counts| counts))
            }
            Err(text) => (text, Err(Rejection::new(Reason::BadBase64, "the event's `data` is not base64"))),
        };
        let counts = counts.unwrap_or_else(|rejection| {
            self.items.clear();
            self.items.push(Err(RejectedItem::new(source.identity(), source, &rejection, raw)));
            Counts { bytes: raw.len(), ignored: 0 }
        });
        self.work += max_work - work.left();
        let decoded = &mut self.decoded;
        decoded.bytes += counts.bytes;
        decoded.ignored += counts.ignored;
        for item in self.items.drain(..) {
            match item {
                Ok(record) => {
                    decoded.redacted += u64::from(record.redacted());
                    decoded.days.entry(record.day()).or_default().push(record, position);
                }
                Err(RejectedItem { entry, reason }) => {
                    decoded.quarantined.push(entry, position);
                    *decoded.reasons.entry(reason.code()).or_default() += 1;
                }
            }
        }
    }
}

/// The work that one payload may take.
pub(crate) fn max_work(rules: &Rules) -> u64 {
    WORK_PER_BYTE.saturating_mul(rules.max_decompressed_bytes.max(DEFAULT_MAX_DECOMPRESSED_BYTES) as u64)
}

/// An item of a payload: a log record, or the reason why it is not one.
type CompletedItem = Result<LogRecord, RejectedItem>;

/// A payload, or an item in one, that cannot become a log record.
struct RejectedItem {
    entry: QuarantineEntry,
    reason: Reason,
}

impl RejectedItem {
    /// Uses the identity of the item, and the source of the first item in `raw`.
    fn new(identity: Identity<'_>, source: &Source<'_>, rejection: &Rejection, raw: &[u8]) -> Self {
        let Rejection { reason, detail } = rejection;
        Self { entry: QuarantineEntry::new(identity, source, reason.code(), detail, raw), reason: *reason }
    }
}

/// The size of a decoded payload.
struct Counts {
    /// The memory that its items take, in bytes.
    bytes: usize,
    /// How many messages were ignored on purpose.
    ignored: usize,
}

/// Decodes a payload into its items. `source` is that of the first item.
fn decode_payload(
    source: &Source<'_>,
    payload: &[u8],
    rules: &Rules,
    work: &WorkBudget,
    items: &mut Vec<CompletedItem>,
) -> Result<Counts, Rejection> {
    let mut bytes = 0;
    let mut on_item = |item: DecodedItem<'_, '_>| {
        let format = item.format.unwrap_or(UNKNOWN_FORMAT);
        let source = Source { sub_sequence: item.sub_sequence, index: item.index, format, ..*source };
        let record = item.draft.and_then(|draft| draft.complete(&source).map_err(|error| not_completed(&error)));
        bytes += RECORD_OVERHEAD_BYTES + record.as_ref().map_or(item.raw.len(), LogRecord::bytes);
        items.push(record.map_err(|rejection| {
            let (sub_sequence, index) = item.raw_begins;
            let raw_source = Source { sub_sequence, index, ..source };
            RejectedItem::new(source.identity(), &raw_source, &rejection, item.raw)
        }));
        if bytes > MAX_PAYLOAD_BYTES { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    };
    let mut sink = Sink::new(rules, work, &mut on_item).beginning_at(source.sub_sequence, source.index);
    decode(payload, &mut sink);
    let ignored = sink.ignored();
    if bytes > MAX_PAYLOAD_BYTES {
        let detail = format!("its records together take more than {MAX_PAYLOAD_BYTES} bytes");
        return Err(Rejection::new(Reason::TooMuch, detail));
    }
    // Some items are missing, or were not read to their end.
    if work.is_exhausted() {
        return Err(not_completed(&NotCompleted::TooCostly));
    }
    Ok(Counts { bytes, ignored })
}

pub(crate) fn not_completed(error: &NotCompleted) -> Rejection {
    match error {
        NotCompleted::TooLarge { .. } => Rejection::new(Reason::TooLarge, error),
        NotCompleted::TooCostly => Rejection::new(Reason::TooCostly, "decoding it takes more work than is allowed"),
    }
}

/// Runs `work`. A panic in it rejects only this payload.
fn caught<T>(work: impl FnOnce() -> T) -> Result<T, Rejection> {
    // Everything that `work` was changing is dropped, so nobody sees it half done.
    catch_unwind(AssertUnwindSafe(work))
        .map_err(|_| Rejection::new(Reason::InternalError, "decoding the payload failed; this is a defect of logbraid"))
}

/// Returns the source of a payload before it is decoded.
fn source(delivery: &Delivery) -> Source<'_> {
    Source {
        stream: &delivery.stream,
        shard: &delivery.shard,
        sequence_number: &delivery.sequence_number,
        sub_sequence: 0,
        index: 0,
        arrived: delivery.arrived,
        format: UNKNOWN_FORMAT,
    }
}
