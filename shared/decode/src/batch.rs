//! A batch, decoded and normalised: what is to be stored where. Pure.

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

/// The format named in the source of what has none.
pub const UNKNOWN_FORMAT: &str = "unknown";

/// How large a part of a batch is that is stored while the next is decoded: as large as all before it, within these bounds.
/// The first is soon on its way; a large batch is not cut into many, each of which MongoDB has to write to its disk.
const PART_BYTES: RangeInclusive<usize> = 768 * 1024..=4 * 1024 * 1024;
/// When it is so large that it must be alone in memory. One payload may make it so: see below.
const LARGE_PART_BYTES: usize = 8 * 1024 * 1024;
/// What the records of one payload may take together. More is not decoded in the memory that a function has.
const MAX_PAYLOAD_BYTES: usize = 48 * 1024 * 1024;
/// What a record takes beside its document.
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

/// Decodes the deliveries of a batch from a position on, as many as make a part where those before it take so many
/// bytes; gives the position after them. `None` behind the last.
fn part(batch: &KinesisBatch, from: usize, bytes_before: usize, rules: &Rules) -> Option<(DecodedBatch, usize)> {
    let bytes = bytes_before.clamp(*PART_BYTES.start(), *PART_BYTES.end());
    (from < batch.deliveries.len()).then(|| until(bytes, batch, from, rules))
}

/// Whether there should be nothing beside this part in memory.
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

/// Decodes a payload again that was set aside: what comes of it is numbered as it would have been then. The payload's
/// position is 0.
#[must_use]
pub fn again(payload: &QuarantineView<'_>, rules: &Rules) -> DecodedBatch {
    let mut decoded = DecodedBatch::default();
    let source = Source { format: UNKNOWN_FORMAT, ..payload.source };
    // What is kept of `data` that was no base64 is its text.
    if payload.reason == Reason::BadBase64.code() {
        let bytes = decode_base64(payload.raw);
        add(&mut decoded, &source, 0, bytes.as_deref().ok_or(payload.raw), rules, &mut Vec::new());
    } else {
        add(&mut decoded, &source, 0, Ok(payload.raw), rules, &mut Vec::new());
    }
    decoded
}

/// Decodes a payload into a batch. `items` is where what is in it is collected, until it is known that it is not too
/// much.
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

/// What is in a payload: a log record, or what is none.
type Item = Result<LogRecord, Rejected>;

/// How much is in a payload.
struct Decoded {
    /// What its items take in memory.
    bytes: usize,
    /// How many messages were ignored on purpose.
    ignored: usize,
}

/// A payload, or a part of one, that cannot become a log record.
struct Rejected {
    payload: QuarantineEntry,
    reason: Reason,
}

impl Rejected {
    /// The identity is that of the part, the source that of the first part in `raw`.
    fn new(identity: Identity<'_>, source: &Source<'_>, rejection: &Rejection, raw: &[u8]) -> Self {
        let Rejection { reason, detail } = rejection;
        Self { payload: QuarantineEntry::new(identity, source, reason.code(), detail, raw), reason: *reason }
    }
}

/// Decodes a payload into its items. The source is that of the first.
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
        let detail = format!("its records take more than {MAX_PAYLOAD_BYTES} bytes together");
        return Err(Rejection::new(Reason::TooMuch, detail));
    }
    Ok(Decoded { bytes, ignored })
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
        format: UNKNOWN_FORMAT,
    }
}
