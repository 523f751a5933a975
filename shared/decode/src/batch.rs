//! Decodes a batch into records and quarantine entries. Pure.

#[cfg(test)]
mod quarantined;
#[cfg(test)]
mod redaction;
#[cfg(test)]
mod tests;

use std::iter;
use std::ops::{ControlFlow, RangeInclusive};
use std::panic::{AssertUnwindSafe, catch_unwind};

use record::{DecodedBatch, Identity, LogRecord, QuarantineEntry, QuarantineView, Rules, Source, TooLarge};

use crate::decode;
use crate::event::{Delivery, KinesisBatch, decode_base64};
use crate::rejection::{Reason, Rejection};
use crate::sink::{DecodedItem, Sink};

/// The format in the source of a payload whose format is not known.
pub const UNKNOWN_FORMAT: &str = "unknown";

/// The size of a part of a batch: as large as all parts before it, within these bounds. A part is stored while the next
/// is decoded. The first part is small, so that storing begins early. Later parts are large, since MongoDB writes each
/// to its disk.
const PART_BYTES: RangeInclusive<usize> = 768 * 1024..=4 * 1024 * 1024;
/// A larger part must be alone in memory. One payload can be this large: see below.
const LARGE_PART_BYTES: usize = 8 * 1024 * 1024;
/// How many bytes the records of one payload may take together. A function has no memory for more.
const MAX_PAYLOAD_BYTES: usize = 48 * 1024 * 1024;
/// What a record takes in memory beside its document.
const PART_OVERHEAD_BYTES: usize = 128;

/// Decodes a whole batch.
#[must_use]
pub fn whole(batch: &KinesisBatch, rules: &Rules) -> DecodedBatch {
    until(usize::MAX, batch, 0, rules).0
}

/// Decodes a batch part by part. Each part is decoded when it is asked for.
pub fn parts(batch: &KinesisBatch, rules: &Rules) -> impl Iterator<Item = DecodedBatch> {
    let (mut from, mut bytes_before) = (0, 0);
    iter::from_fn(move || {
        let (part, next) = part(batch, from, bytes_before, rules)?;
        (from, bytes_before) = (next, bytes_before + part.bytes);
        Some(part)
    })
}

/// Decodes the next part, from the position `from`. The parts before it take `bytes_before`. Returns the part and the
/// position after it; `None` at the end of the batch.
fn part(batch: &KinesisBatch, from: usize, bytes_before: usize, rules: &Rules) -> Option<(DecodedBatch, usize)> {
    let bytes = bytes_before.clamp(*PART_BYTES.start(), *PART_BYTES.end());
    (from < batch.deliveries.len()).then(|| until(bytes, batch, from, rules))
}

/// Returns whether this part must be alone in memory.
#[must_use]
pub fn is_large(part: &DecodedBatch) -> bool {
    part.bytes > LARGE_PART_BYTES
}

fn until(bytes: usize, batch: &KinesisBatch, from: usize, rules: &Rules) -> (DecodedBatch, usize) {
    let (mut decoded, mut items) = (DecodedBatch::default(), Vec::new());
    for (position, delivery) in batch.deliveries.iter().enumerate().skip(from) {
        if decoded.bytes >= bytes {
            return (decoded, position);
        }
        let payload = batch.payload(delivery).map_err(str::as_bytes);
        add(&mut decoded, &source(delivery), position, payload, rules, &mut items);
    }
    (decoded, batch.deliveries.len())
}

/// Decodes a quarantined payload again. Its items get the numbers that they had then. The position of the payload is 0.
#[must_use]
pub fn again(payload: &QuarantineView<'_>, rules: &Rules) -> DecodedBatch {
    let mut decoded = DecodedBatch::default();
    let source = Source { format: UNKNOWN_FORMAT, ..payload.source };
    if payload.reason == Reason::RefusedByMongoDb.code() {
        add_refused(&mut decoded, payload);
    // For `data` that was not base64, the text was kept.
    } else if payload.reason == Reason::BadBase64.code() {
        let bytes = decode_base64(payload.raw);
        add(&mut decoded, &source, 0, bytes.as_deref().ok_or(payload.raw), rules, &mut Vec::new());
    } else {
        add(&mut decoded, &source, 0, Ok(payload.raw), rules, &mut Vec::new());
    }
    decoded
}

/// Adds a log record that MongoDB refused, unchanged. If the bytes are no record, the entry stays as it is.
fn add_refused(batch: &mut DecodedBatch, entry: &QuarantineView<'_>) {
    if let Ok(record) = LogRecord::from_refused(entry.raw) {
        batch.bytes += PART_OVERHEAD_BYTES + record.bytes();
        batch.days.entry(record.day()).or_default().push(record, 0);
    } else {
        let QuarantineView { source, reason, detail, raw, .. } = entry;
        batch.bytes += PART_OVERHEAD_BYTES + raw.len();
        batch.set_aside.push(QuarantineEntry::new(source.identity(), source, reason, detail, raw), 0);
        *batch.reasons.entry(Reason::RefusedByMongoDb.code()).or_default() += 1;
    }
}

/// Decodes a payload into a batch. `items` collects its items until their size is known.
fn add(
    batch: &mut DecodedBatch,
    source: &Source<'_>,
    position: usize,
    payload: Result<&[u8], &[u8]>,
    rules: &Rules,
    items: &mut Vec<Item>,
) {
    items.clear();
    let (raw, decoded) = match payload {
        Ok(payload) => (payload, caught(|| decoded(source, payload, rules, items)).and_then(|decoded| decoded)),
        Err(text) => (text, Err(Rejection::new(Reason::BadBase64, "the event's `data` is not base64"))),
    };
    let decoded = decoded.unwrap_or_else(|rejection| {
        items.clear();
        items.push(Err(Rejected::new(source.identity(), source, &rejection, raw)));
        Decoded { bytes: raw.len(), ignored: 0 }
    });
    batch.bytes += decoded.bytes;
    batch.ignored += decoded.ignored;
    for item in items.drain(..) {
        match item {
            Ok(record) => {
                batch.redacted += u64::from(record.redacted());
                batch.days.entry(record.day()).or_default().push(record, position);
            }
            Err(Rejected { payload, reason }) => {
                batch.set_aside.push(payload, position);
                *batch.reasons.entry(reason.code()).or_default() += 1;
            }
        }
    }
}

/// An item of a payload: a log record, or the reason why it is not one.
type Item = Result<LogRecord, Rejected>;

/// The size of a decoded payload.
struct Decoded {
    /// The memory that its items take, in bytes.
    bytes: usize,
    /// How many messages were ignored on purpose.
    ignored: usize,
}

/// A payload, or an item in one, that cannot become a log record.
struct Rejected {
    payload: QuarantineEntry,
    reason: Reason,
}

impl Rejected {
    /// Uses the identity of the item, and the source of the first item in `raw`.
    fn new(identity: Identity<'_>, source: &Source<'_>, rejection: &Rejection, raw: &[u8]) -> Self {
        let Rejection { reason, detail } = rejection;
        Self { payload: QuarantineEntry::new(identity, source, reason.code(), detail, raw), reason: *reason }
    }
}

/// Decodes a payload into its items. `source` is that of the first item.
fn decoded(source: &Source<'_>, payload: &[u8], rules: &Rules, items: &mut Vec<Item>) -> Result<Decoded, Rejection> {
    let mut bytes = 0;
    let mut found = |piece: DecodedItem<'_, '_>| {
        let format = piece.format.unwrap_or(UNKNOWN_FORMAT);
        let source = Source { sub_sequence: piece.sub_sequence, index: piece.index, format, ..*source };
        let too_large = |error: TooLarge| Rejection::new(Reason::TooLarge, error);
        let record = piece.draft.and_then(|draft| draft.complete(&source).map_err(too_large));
        bytes += PART_OVERHEAD_BYTES + record.as_ref().map_or(piece.raw.len(), LogRecord::bytes);
        items.push(record.map_err(|rejection| {
            let (sub_sequence, index) = piece.raw_begins;
            let raw_source = Source { sub_sequence, index, ..source };
            Rejected::new(source.identity(), &raw_source, &rejection, piece.raw)
        }));
        if bytes > MAX_PAYLOAD_BYTES { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    };
    let mut sink = Sink::new(rules, &mut found).beginning_at(source.sub_sequence, source.index);
    decode(payload, &mut sink);
    let ignored = sink.ignored();
    if bytes > MAX_PAYLOAD_BYTES {
        let detail = format!("its records together take more than {MAX_PAYLOAD_BYTES} bytes");
        return Err(Rejection::new(Reason::TooMuch, detail));
    }
    Ok(Decoded { bytes, ignored })
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
