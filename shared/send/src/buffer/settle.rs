//! What becomes of the chunks of a request.

use std::time::Instant;

use super::Buffer;
use super::chunk::Chunk;
use super::dropped::Reason;
use crate::backoff::pause;
use crate::limits::MAX_INVALID_ATTEMPTS;

/// What Kinesis did with a chunk.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Fate {
    /// Kinesis has it.
    Stored,
    /// Its shard has too much. It is sent again, alone with its pause, under another key.
    Throttled,
    /// It is sent again.
    Again,
    /// Kinesis calls it invalid. It is sent again alone, a few times.
    Invalid,
    /// Its bytes are lost.
    Lost,
}

impl Buffer {
    /// Settles the chunks of an answered request. Returns those that have left the buffer. `random` gives numbers from 0
    /// to 1, `key` new partition keys.
    pub fn settle(
        &mut self,
        fates: &[(u64, Fate)],
        now: Instant,
        time: jiff::Timestamp,
        random: &mut dyn FnMut() -> f64,
        key: &mut dyn FnMut() -> String,
    ) -> Vec<Chunk> {
        let mut gone = Vec::new();
        let any_stored = fates.iter().any(|(_, fate)| *fate == Fate::Stored);
        for (id, fate) in fates {
            let Some(place) = self.chunks.iter().position(|chunk| chunk.id == *id) else { continue };
            let Some(chunk) = self.chunks.get_mut(place) else { continue };
            chunk.in_flight = false;
            let dropped = match fate {
                Fate::Stored => None,
                Fate::Throttled => {
                    chunk.throttled += 1;
                    chunk.not_before = Some(now + pause(chunk.throttled, random()));
                    chunk.key = key();
                    self.counts.throttled += 1;
                    continue;
                }
                Fate::Again => {
                    chunk.not_before = any_stored.then(|| now + pause(1, random()));
                    continue;
                }
                Fate::Invalid => {
                    chunk.invalid += 1;
                    if chunk.invalid < MAX_INVALID_ATTEMPTS {
                        chunk.not_before = Some(now + pause(chunk.invalid, random()));
                        continue;
                    }
                    Some(Reason::Refused)
                }
                Fate::Lost => Some(Reason::Failed),
            };
            let Some(chunk) = self.remove(place) else { continue };
            if let Some(reason) = dropped {
                self.drop_chunk(&chunk, reason, time);
            } else {
                self.counts.sent += u64::from(chunk.records) - chunk.told.as_ref().map_or(0, |told| told.lines);
                self.counts.sent_bytes += chunk.data.len() as u64;
                self.counts.sent_chunks += 1;
            }
            gone.push(chunk);
        }
        let all_again = !fates.is_empty() && fates.iter().all(|(_, fate)| *fate == Fate::Again);
        self.failures = if all_again { self.failures.saturating_add(1) } else { 0 };
        self.not_before = all_again.then(|| now + pause(self.failures, random()));
        gone
    }

    /// Makes pauses end soon: somebody waits.
    pub fn hurry(&mut self, latest: Instant) {
        self.not_before = self.not_before.map(|until| until.min(latest));
        for chunk in &mut self.chunks {
            chunk.not_before = chunk.not_before.map(|until| until.min(latest));
        }
    }

    /// Gives back what a dead sender had in flight.
    pub fn recover(&mut self) {
        for chunk in &mut self.chunks {
            chunk.in_flight = false;
        }
    }
}
