//! Decodes a batch part by part, so that one part is stored while the next is decoded.

#[cfg(test)]
mod tests;

use std::iter;
use std::ops::RangeInclusive;

use record::{DecodedBatch, Rules};

use crate::batch::Decoder;
use crate::event::KinesisBatch;

/// How large a part is: as large as all parts before it together, within these bounds. The first is soon on its way to
/// MongoDB. A large batch is not cut into many parts, since MongoDB writes each to its disk.
const PART_BYTES: RangeInclusive<usize> = 768 * 1024..=4 * 1024 * 1024;
/// A larger part must be alone in memory. One payload can make a part so large.
const LARGE_PART_BYTES: usize = 8 * 1024 * 1024;
/// The work after which the time is looked at again: about a millisecond.
const WORK_BETWEEN_LOOKS: u64 = 1_000_000;

/// A part of a batch.
#[derive(Debug)]
pub struct Part {
    /// What its deliveries were decoded into.
    pub decoded: DecodedBatch,
    /// The position after its last delivery.
    pub end: usize,
}

impl Part {
    /// Returns whether no other part should be in memory beside it.
    #[must_use]
    pub fn is_large(&self) -> bool {
        self.decoded.bytes > LARGE_PART_BYTES
    }
}

/// Decodes a batch part by part, each when it is asked for. Ends early when `is_late` says so: no further payload is
/// decoded then. What has been decoded is whole, and the deliveries after the last part's end are left.
pub fn parts(batch: &KinesisBatch, rules: &Rules, mut is_late: impl FnMut() -> bool) -> impl Iterator<Item = Part> {
    let (mut from, mut bytes_before) = (0, 0);
    iter::from_fn(move || {
        let part = part(batch, from, bytes_before, rules, &mut is_late)?;
        (from, bytes_before) = (part.end, bytes_before + part.decoded.bytes);
        Some(part)
    })
}

/// Decodes the part that begins at a position; the parts before it take `bytes_before`. Returns `None` if nothing is left
/// or it is late.
fn part(
    batch: &KinesisBatch,
    from: usize,
    bytes_before: usize,
    rules: &Rules,
    is_late: &mut impl FnMut() -> bool,
) -> Option<Part> {
    let bytes = bytes_before.clamp(*PART_BYTES.start(), *PART_BYTES.end());
    if from >= batch.deliveries.len() || is_late() {
        return None;
    }
    let (mut decoder, mut looked_at) = (Decoder::new(rules), 0);
    for (position, delivery) in batch.deliveries.iter().enumerate().skip(from) {
        // A look at the clock takes a tenth of the time of a small record.
        let is_look_due = decoder.work - looked_at >= WORK_BETWEEN_LOOKS;
        if is_look_due {
            looked_at = decoder.work;
        }
        if decoder.decoded.bytes >= bytes || (is_look_due && is_late()) {
            return Some(Part { decoded: decoder.decoded, end: position });
        }
        decoder.add(batch, delivery, position);
    }
    Some(Part { decoded: decoder.decoded, end: batch.deliveries.len() })
}
