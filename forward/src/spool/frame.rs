//! An entry as bytes. Pure.
//!
//! ```text
//! MARK | length of the body: u32 | checksum: u32 | body
//! body = arrived: i64 | format: u8 | encoding: u8 | identity: u8, u128 | input, peer, tag, options: u16 and text | payload
//! ```
//!
//! Numbers are little endian. The checksum covers also the frame's place, so that a sender's bytes never look like a frame.

use std::str;

use crate::entry::{Encoding, Entry, Format, Identity, Stored, StoredAt};

/// Begins a frame, so that reading finds the next one after damage.
const MARK: [u8; 4] = [0xF7, b'l', b'b', 0x17];
/// The bytes before the body.
pub(super) const HEAD_BYTES: usize = 12;
/// The largest body. No input takes a larger unit.
pub const MAX_BODY_BYTES: usize = 64 * 1024 * 1024;
/// The longest text of an entry's header. Longer ones are cut.
const MAX_TEXT_BYTES: usize = 4096;

/// What is at the beginning of some bytes.
#[derive(Debug, PartialEq)]
pub(super) enum Parsed<'a> {
    /// A frame of so many bytes.
    Frame(Stored<'a>, usize),
    /// The end of a segment that was closed, so many bytes.
    End(usize),
    /// A frame begins here, and needs so many bytes in all.
    Partial(usize),
    /// No frame.
    Damaged,
}

/// Appends a frame that will be at this place.
pub(super) fn write(out: &mut Vec<u8>, entry: &Entry, arrived_us: i64, place: StoredAt) {
    let start = begin(out);
    out.extend_from_slice(&arrived_us.to_le_bytes());
    let (kind, hash) = match entry.identity {
        Identity::StoredAt => (0, 0),
        Identity::Seed(hash) => (1, hash),
        Identity::Content(hash) => (2, hash),
    };
    out.extend_from_slice(&[entry.format as u8, entry.encoding as u8, kind]);
    out.extend_from_slice(&hash.to_le_bytes());
    for text in [&*entry.input, &entry.peer, &entry.tag, &entry.options] {
        let text = &text[..text.floor_char_boundary(MAX_TEXT_BYTES)];
        out.extend_from_slice(&u16::try_from(text.len()).unwrap_or_default().to_le_bytes());
        out.extend_from_slice(text.as_bytes());
    }
    out.extend_from_slice(&entry.payload);
    finish(out, start, place);
}

/// Appends the end of a segment: a frame without a body.
pub(super) fn write_end(out: &mut Vec<u8>, place: StoredAt) {
    let start = begin(out);
    finish(out, start, place);
}

fn begin(out: &mut Vec<u8>) -> usize {
    let start = out.len();
    out.extend_from_slice(&MARK);
    out.extend_from_slice(&[0; HEAD_BYTES - MARK.len()]);
    start
}

fn finish(out: &mut [u8], start: usize, place: StoredAt) {
    let Some((head, body)) = out.get_mut(start..).and_then(|frame| frame.split_at_mut_checked(HEAD_BYTES)) else {
        return;
    };
    let length = u32::try_from(body.len()).unwrap_or(u32::MAX).to_le_bytes();
    head[4..8].copy_from_slice(&length);
    head[8..].copy_from_slice(&checksum(place, length, body).to_le_bytes());
}

fn checksum(place: StoredAt, length: [u8; 4], body: &[u8]) -> u32 {
    let mut hasher = crc32fast::Hasher::new();
    for number in [place.boot, place.segment, place.offset] {
        hasher.update(&number.to_le_bytes());
    }
    hasher.update(&length);
    hasher.update(body);
    hasher.finalize()
}

/// Reads the frame at the beginning of some bytes, which are at this place.
pub(super) fn parse(bytes: &[u8], place: StoredAt) -> Parsed<'_> {
    let known = bytes.len().min(MARK.len());
    if bytes.get(..known) != MARK.get(..known) {
        return Parsed::Damaged;
    }
    let Some((head, rest)) = bytes.split_first_chunk::<HEAD_BYTES>() else { return Parsed::Partial(HEAD_BYTES) };
    let &[_, _, _, _, l0, l1, l2, l3, c0, c1, c2, c3] = head;
    let length = [l0, l1, l2, l3];
    let size = usize::try_from(u32::from_le_bytes(length)).unwrap_or(usize::MAX);
    if size > MAX_BODY_BYTES {
        return Parsed::Damaged;
    }
    let Some(body) = rest.get(..size) else { return Parsed::Partial(HEAD_BYTES + size) };
    if checksum(place, length, body) != u32::from_le_bytes([c0, c1, c2, c3]) {
        return Parsed::Damaged;
    }
    if body.is_empty() {
        return Parsed::End(HEAD_BYTES);
    }
    parse_body(body, place).map_or(Parsed::Damaged, |stored| Parsed::Frame(stored, HEAD_BYTES + size))
}

fn parse_body(body: &[u8], place: StoredAt) -> Option<Stored<'_>> {
    let (arrived, rest) = body.split_first_chunk()?;
    let (&[format, encoding, kind], rest) = rest.split_first_chunk()?;
    let (hash, mut rest) = rest.split_first_chunk()?;
    let hash = u128::from_le_bytes(*hash);
    let mut texts = [""; 4];
    for text in &mut texts {
        let (length, after) = rest.split_first_chunk()?;
        let (bytes, after) = after.split_at_checked(u16::from_le_bytes(*length).into())?;
        *text = str::from_utf8(bytes).ok()?;
        rest = after;
    }
    let [input, peer, tag, options] = texts;
    Some(Stored {
        arrived_us: i64::from_le_bytes(*arrived),
        input,
        format: Format::from_number(format)?,
        encoding: Encoding::from_number(encoding)?,
        identity: match kind {
            0 => Identity::StoredAt,
            1 => Identity::Seed(hash),
            2 => Identity::Content(hash),
            _ => return None,
        },
        peer,
        tag,
        options,
        payload: rest,
        place,
    })
}

/// Returns where the next frame may begin after the first byte.
pub(super) fn find_mark(bytes: &[u8]) -> Option<usize> {
    memchr::memmem::find(bytes.get(1..)?, &MARK).map(|at| at + 1)
}

/// Returns the bytes that a frame takes at most beside its payload.
pub(super) fn overhead(entry: &Entry) -> usize {
    let texts = [&*entry.input, &entry.peer, &entry.tag, &entry.options];
    HEAD_BYTES + 8 + 3 + 16 + texts.into_iter().map(|text| 2 + text.len().min(MAX_TEXT_BYTES)).sum::<usize>()
}
