//! GELF over UDP: a message may come in chunks, and may be compressed.
//!
//! Source: <https://go2docs.graylog.org/current/getting_in_log_data/gelf.html>.

#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use crate::entry::Encoding;

/// How long the chunks of a message are waited for.
pub const MAX_WAIT: Duration = Duration::from_secs(5);
/// The most chunks of a message.
const MAX_CHUNKS: usize = 128;
/// How many messages may be incomplete at once.
const MAX_INCOMPLETE: usize = 1_024;
/// How many bytes the incomplete messages may have.
const MAX_INCOMPLETE_BYTES: usize = 64 << 20;
const MAGIC: [u8; 2] = [0x1E, 0x0F];
const HEADER_BYTES: usize = 12;

/// A message is known by its sender, and the sender's number for it.
type Key = (SocketAddr, [u8; 8]);

/// Messages whose chunks are not all there.
#[derive(Debug, Default)]
pub struct Chunks {
    incomplete: HashMap<Key, Incomplete>,
    bytes: usize,
    /// How many messages were given up.
    lost: u64,
    /// How many datagrams are no chunk, though they begin like one.
    malformed: u64,
}

#[derive(Debug)]
struct Incomplete {
    since: Instant,
    chunks: Vec<Option<Vec<u8>>>,
    missing: usize,
    bytes: usize,
}

impl Chunks {
    /// Takes a datagram. Returns a message that is whole.
    pub fn take(&mut self, datagram: &[u8], peer: SocketAddr, now: Instant) -> Option<Vec<u8>> {
        if !datagram.starts_with(&MAGIC) {
            return Some(datagram.to_vec());
        }
        let Some((key, number, count)) = header(datagram, peer) else {
            self.malformed += 1;
            return None;
        };
        let chunk = &datagram[HEADER_BYTES..];
        self.make_room(key, chunk.len(), now);
        let entry = self.incomplete.entry(key).or_insert_with(|| Incomplete {
            since: now,
            chunks: vec![None; count],
            missing: count,
            bytes: 0,
        });
        // A chunk that comes twice, or with another count, changes nothing.
        let slot = entry.chunks.get_mut(number).filter(|slot| slot.is_none())?;
        *slot = Some(chunk.to_vec());
        entry.missing -= 1;
        entry.bytes += chunk.len();
        self.bytes += chunk.len();
        if entry.missing > 0 {
            return None;
        }
        let message = self.forget(key)?;
        Some(message.chunks.into_iter().flatten().collect::<Vec<_>>().concat())
    }

    /// Gives up the messages that are waited for too long.
    pub fn give_up(&mut self, now: Instant) {
        let late = |message: &Incomplete| now.saturating_duration_since(message.since) >= MAX_WAIT;
        let keys: Vec<Key> = self.incomplete.iter().filter(|(_, message)| late(message)).map(|(key, _)| *key).collect();
        for key in keys {
            self.forget(key);
            self.lost += 1;
        }
    }

    /// Returns how many messages were given up, and how many datagrams are no chunk, since it was asked last.
    pub fn losses(&mut self) -> (u64, u64) {
        (std::mem::take(&mut self.lost), std::mem::take(&mut self.malformed))
    }

    /// Gives up the oldest messages if there are too many.
    fn make_room(&mut self, key: Key, bytes: usize, now: Instant) {
        let is_full = |chunks: &Self| {
            chunks.incomplete.len() >= MAX_INCOMPLETE && !chunks.incomplete.contains_key(&key)
                || chunks.bytes + bytes > MAX_INCOMPLETE_BYTES
        };
        if is_full(self) {
            self.give_up(now);
        }
        while is_full(self)
            && let Some(oldest) = self.incomplete.iter().min_by_key(|(_, message)| message.since).map(|(key, _)| *key)
        {
            self.forget(oldest);
            self.lost += 1;
        }
    }

    fn forget(&mut self, key: Key) -> Option<Incomplete> {
        let message = self.incomplete.remove(&key)?;
        self.bytes -= message.bytes;
        Some(message)
    }
}

/// Returns a chunk's message, its number in it, and how many chunks there are.
fn header(datagram: &[u8], peer: SocketAddr) -> Option<(Key, usize, usize)> {
    let id = *datagram.get(MAGIC.len()..)?.first_chunk::<8>()?;
    let [number, count] = *datagram.get(10..)?.first_chunk::<2>()?;
    let (number, count) = (usize::from(number), usize::from(count));
    (number < count && count <= MAX_CHUNKS).then_some(((peer, id), number, count))
}

/// Returns how a message is compressed. JSON begins with neither.
#[must_use]
pub fn encoding(message: &[u8]) -> Encoding {
    match message {
        [0x1F, 0x8B, ..] => Encoding::Gzip,
        [first, second, ..] if first & 0x0F == 8 && u16::from_be_bytes([*first, *second]) % 31 == 0 => {
            Encoding::Deflate
        }
        _ => Encoding::Plain,
    }
}
