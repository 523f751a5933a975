//! Which chunks go into the next request.

use std::time::Instant;

use super::Buffer;
use super::chunk::Chunk;
use crate::limits::MAX_REQUEST_RECORDS;

/// What the sender does next.
#[derive(Debug)]
pub enum Next {
    /// Sends these chunks. They count as in flight until they are settled.
    Send(Vec<Chunk>),
    /// Waits until then, or until there is something new.
    Wait(Instant),
    /// Waits until there is something new.
    Idle,
}

impl Buffer {
    /// Returns what to send now. `key` makes a partition key for a chunk that goes to another shard.
    pub fn next(&mut self, now: Instant) -> Next {
        if let Some(until) = self.not_before.filter(|until| *until > now) {
            return if self.chunks.is_empty() { Next::Idle } else { Next::Wait(until) };
        }
        let (mut batch, mut bytes, mut earliest) = (Vec::new(), 0, None::<Instant>);
        for chunk in self.chunks.iter_mut().filter(|chunk| !chunk.in_flight) {
            if let Some(until) = chunk.not_before.filter(|until| *until > now) {
                earliest = Some(earliest.map_or(until, |other| other.min(until)));
                continue;
            }
            // What Kinesis calls invalid goes alone, so that a refusal concerns nothing else.
            let alone = chunk.invalid > 0;
            let size = chunk.data.len() + chunk.key.len();
            let is_full = batch.len() == MAX_REQUEST_RECORDS || bytes + size > self.settings.request_bytes || alone;
            if is_full && !batch.is_empty() {
                break;
            }
            bytes += size;
            chunk.in_flight = true;
            batch.push(chunk.clone());
            if alone {
                break;
            }
        }
        match (batch.is_empty(), earliest) {
            (false, _) => Next::Send(batch),
            (true, Some(until)) => Next::Wait(until),
            (true, None) => Next::Idle,
        }
    }
}
