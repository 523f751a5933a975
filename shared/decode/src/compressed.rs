//! gzip, zlib, zstd, and frames of LZ4 and Snappy: decompresses within bounds and decodes the content.
//!
//! Formats: gzip <https://www.rfc-editor.org/rfc/rfc1952>, zlib <https://www.rfc-editor.org/rfc/rfc1950>, zstd
//! <https://www.rfc-editor.org/rfc/rfc8878>, LZ4 <https://github.com/lz4/lz4/blob/dev/doc/lz4_Frame_format.md>, Snappy
//! <https://github.com/google/snappy/blob/main/framing_format.txt>. A broken stream is quarantined whole. The part before the error is not
//! stored, so that nothing is stored twice after the payload is repaired.

#[cfg(test)]
mod tests;

use std::io::{self, BufRead, Read};

use flate2::bufread::{GzDecoder, ZlibDecoder};
use lz4_flex::frame::FrameDecoder as Lz4Decoder;
use ruzstd::decoding::{BlockDecodingStrategy, FrameDecoder};
use snap::read::FrameDecoder as SnappyDecoder;

use record::WorkBudget;

use super::{Sink, decode};
use crate::rejection::{Reason, Rejection};

/// How many gzip members or zstd frames a stream may have. Each takes tables of its own, even if it is empty.
const MAX_MEMBERS: usize = 4_096;
/// The largest zstd window: what RFC 8878 (3.1.1.1.2) recommends to support.
const MAX_ZSTD_WINDOW_BYTES: u64 = 8 << 20;
/// The work of beginning a member or frame: its tables are made anew.
const MEMBER_WORK: usize = 10_000;
/// The work of a compressed byte. A few bytes may describe tables that take a while to make.
const COMPRESSED_BYTE_WORK: usize = 32;
/// The work of a decompressed byte.
const PLAIN_BYTE_WORK: usize = 2;
/// How much of a stream is decompressed before the work is looked at.
const CHUNK_BYTES: usize = 16 * 1024;
/// The initial capacity for decompressed bytes, in multiples of the stream.
const USUAL_RATIO: usize = 6;

const GZIP_MAGIC: [u8; 2] = [0x1F, 0x8B];
const ZSTD_MAGIC: [u8; 4] = [0x28, 0xB5, 0x2F, 0xFD];
/// The magic number of a skippable zstd frame, without its first byte. Half of that byte is free.
const ZSTD_SKIPPABLE_MAGIC: [u8; 3] = [0x2A, 0x4D, 0x18];

/// Why decompressing ends early. The payload is then set aside as a whole.
const TOO_COSTLY: &str = "it takes too much work";

/// A compressed format.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Codec {
    Gzip,
    Zlib,
    Zstd,
    Lz4,
    Snappy,
}

impl Codec {
    /// Recognises the format. JSON never begins like this, and other text hardly ever (`x^2`, which is quarantined
    /// anyway). gzip and zstd begin with bytes that are not UTF-8. The two bytes of zlib mean method 8, a window of at
    /// most 32 KiB, no dictionary, and a checksum of five bits. In addition the two type bits of the first block must
    /// not be 3.
    pub(super) fn recognise(payload: &[u8]) -> Option<Self> {
        match payload {
            [0x1F, 0x8B, ..] => Some(Self::Gzip),
            [0x28, 0xB5, 0x2F, 0xFD, ..] => Some(Self::Zstd),
            [0x04, 0x22, 0x4D, 0x18, ..] => Some(Self::Lz4),
            [0xFF, 0x06, 0x00, 0x00, b's', b'N', b'a', b'P', b'p', b'Y', ..] => Some(Self::Snappy),
            [cmf, flg, block, ..]
                if cmf & 0x0F == 8
                    && cmf >> 4 <= 7
                    && flg & 0x20 == 0
                    && u16::from_be_bytes([*cmf, *flg]) % 31 == 0
                    && block & 0x06 != 0x06 =>
            {
                Some(Self::Zlib)
            }
            _ => None,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Gzip => "gzip",
            Self::Zlib => "zlib",
            Self::Zstd => "zstd",
            Self::Lz4 => "lz4",
            Self::Snappy => "snappy",
        }
    }

    /// Returns the content of a payload that is nothing but compressed.
    pub(super) fn content(self, payload: &[u8], sink: &Sink<'_, '_>) -> Result<Vec<u8>, Rejection> {
        let mut plain = Plain::new(payload, sink.decompressed_bytes_left(), sink.work());
        sink.check_wrappings()?;
        self.decompress(payload, &mut plain)?;
        Ok(plain.bytes)
    }

    /// Decompresses the payload and decodes the content. Bytes after the stream are quarantined, except white space and
    /// padding with zeros.
    pub(super) fn decode(self, payload: &[u8], sink: &mut Sink<'_, '_>) {
        let mut plain = Plain::new(payload, sink.decompressed_bytes_left(), sink.work());
        match sink.check_wrappings().and_then(|()| self.decompress(payload, &mut plain)) {
            Ok(rest) => {
                sink.decompressed(payload, &plain.bytes, |sink| decode(&plain.bytes, sink));
                if rest.iter().any(|byte| *byte != 0 && !byte.is_ascii_whitespace()) {
                    let detail = format!("{} bytes follow the end of the {} stream", rest.len(), self.name());
                    sink.push(self.name(), rest, Err(Rejection::new(Reason::TrailingBytes, detail)));
                }
            }
            Err(rejection) => sink.push(self.name(), payload, Err(rejection)),
        }
    }

    /// Decompresses the stream. Returns the bytes that follow it.
    fn decompress<'p>(self, payload: &'p [u8], plain: &mut Plain<'_>) -> Result<&'p [u8], Rejection> {
        match self {
            Self::Gzip => plain.read_gzip(payload),
            Self::Zlib => {
                let mut decoder = ZlibDecoder::new(Counted::new(payload, plain.work));
                plain.read(&mut decoder, self)?;
                Ok(decoder.into_inner().rest)
            }
            Self::Zstd => plain.read_zstd(payload),
            // Both formats go on to the end of the payload.
            Self::Lz4 => {
                plain.read_frames(&mut Lz4Decoder::new(Counted::new(payload, plain.work)), self, ends_lz4(payload))
            }
            Self::Snappy => plain.read_frames(&mut SnappyDecoder::new(Counted::new(payload, plain.work)), self, true),
        }
    }

    fn broken(self, why: impl std::fmt::Display) -> Rejection {
        Rejection::new(Reason::BadCompression, format!("{}: {why}", self.name()))
    }
}

/// The decompressed bytes.
struct Plain<'w> {
    bytes: Vec<u8>,
    max_bytes: usize,
    work: &'w WorkBudget,
}

impl<'w> Plain<'w> {
    fn new(compressed: &[u8], max_bytes: usize, work: &'w WorkBudget) -> Self {
        let capacity = compressed.len().saturating_mul(USUAL_RATIO).min(max_bytes);
        Self { bytes: Vec::with_capacity(capacity), max_bytes, work }
    }

    /// Reads one or more members (RFC 1952, 2.2).
    fn read_gzip<'p>(&mut self, payload: &'p [u8]) -> Result<&'p [u8], Rejection> {
        let mut rest = payload;
        for _ in 0..MAX_MEMBERS {
            let mut decoder = GzDecoder::new(Counted::new(rest, self.work));
            self.read(&mut decoder, Codec::Gzip)?;
            rest = decoder.into_inner().rest;
            if !rest.starts_with(&GZIP_MAGIC) {
                return after_last(rest, &GZIP_MAGIC, Codec::Gzip);
            }
        }
        Err(too_many_members())
    }

    /// Reads frames up to the end of the payload. Their decoders take a stream that ends too soon for one that ends.
    fn read_frames<'p>(
        &mut self,
        decoder: &mut impl Read,
        codec: Codec,
        is_ended: bool,
    ) -> Result<&'p [u8], Rejection> {
        self.read(decoder, codec)?;
        if is_ended && !self.bytes.is_empty() { Ok(&[]) } else { Err(codec.broken("a frame ends too soon")) }
    }

    fn read(&mut self, decoder: &mut impl Read, codec: Codec) -> Result<(), Rejection> {
        let room = self.max_bytes.saturating_sub(self.bytes.len());
        // One byte more than allowed shows whether the stream goes on.
        let limit = u64::try_from(room).unwrap_or(u64::MAX).saturating_add(1);
        let read = decoder.take(limit).read_to_end(&mut self.bytes).map_err(|error| codec.broken(error))?;
        self.work.spend(MEMBER_WORK + read * PLAIN_BYTE_WORK);
        self.check_size()
    }

    /// Reads one or more frames (RFC 8878, 3), and skippable frames, which hold no content.
    fn read_zstd<'p>(&mut self, payload: &'p [u8]) -> Result<&'p [u8], Rejection> {
        let mut rest = payload;
        for _ in 0..MAX_MEMBERS {
            rest = match rest {
                [0x50..=0x5F, magic @ ..] if magic.starts_with(&ZSTD_SKIPPABLE_MAGIC) => after_skippable(magic)?,
                _ if rest.starts_with(&ZSTD_MAGIC) => self.read_frame(rest)?,
                _ => return after_last(rest, &ZSTD_MAGIC, Codec::Zstd),
            };
        }
        Err(too_many_members())
    }

    /// Reads a frame in blocks of at most 128 KiB. Returns the bytes that follow it.
    fn read_frame<'p>(&mut self, frame: &'p [u8]) -> Result<&'p [u8], Rejection> {
        let broken = |error: &dyn std::fmt::Display| Codec::Zstd.broken(error);
        check_window(frame)?;
        let mut rest = frame;
        let mut decoder = FrameDecoder::new();
        decoder.init(&mut rest).map_err(|error| broken(&error))?;
        self.work.spend(MEMBER_WORK);
        while !decoder.is_finished() {
            let (compressed_before, plain_before) = (rest.len(), self.bytes.len());
            decoder.decode_blocks(&mut rest, BlockDecodingStrategy::UptoBlocks(1)).map_err(|error| broken(&error))?;
            decoder.collect_to_writer(&mut self.bytes).map_err(|error| broken(&error))?;
            self.work.spend((compressed_before - rest.len()) * COMPRESSED_BYTE_WORK);
            self.work.spend((self.bytes.len() - plain_before) * PLAIN_BYTE_WORK);
            if self.work.is_exhausted() {
                return Err(broken(&TOO_COSTLY));
            }
            self.check_size()?;
        }
        match decoder.get_checksum_from_data() {
            Some(_) if decoder.get_checksum_from_data() != decoder.get_calculated_checksum() => {
                Err(broken(&"the checksum is wrong"))
            }
            _ => Ok(rest),
        }
    }

    fn check_size(&self) -> Result<(), Rejection> {
        if self.bytes.len() <= self.max_bytes {
            return Ok(());
        }
        let detail = format!("it decompresses to more than the {} bytes left for this payload", self.max_bytes);
        Err(Rejection::new(Reason::DecompressionLimit, detail))
    }
}

/// A compressed stream that counts the work of what is read, and fails when there is none left.
struct Counted<'p, 'w> {
    rest: &'p [u8],
    work: &'w WorkBudget,
}

impl<'p, 'w> Counted<'p, 'w> {
    fn new(rest: &'p [u8], work: &'w WorkBudget) -> Self {
        Self { rest, work }
    }
}

impl BufRead for Counted<'_, '_> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.work.is_exhausted() {
            return Err(io::Error::other(TOO_COSTLY));
        }
        Ok(&self.rest[..self.rest.len().min(CHUNK_BYTES)])
    }

    fn consume(&mut self, bytes: usize) {
        self.work.spend(bytes * COMPRESSED_BYTE_WORK);
        self.rest = &self.rest[bytes..];
    }
}

impl Read for Counted<'_, '_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let bytes = self.fill_buf()?.read(buffer)?;
        self.consume(bytes);
        Ok(bytes)
    }
}

/// Returns the bytes after the last member. They must not be the beginning of another.
fn after_last<'p>(rest: &'p [u8], magic: &[u8], codec: Codec) -> Result<&'p [u8], Rejection> {
    if !rest.is_empty() && magic.starts_with(rest) { Err(codec.broken("a member ends too soon")) } else { Ok(rest) }
}

fn too_many_members() -> Rejection {
    Rejection::new(Reason::DecompressionLimit, format!("the stream has more than {MAX_MEMBERS} members"))
}

/// Returns whether a frame of LZ4 ends with its mark, and the checksum that its header announces.
fn ends_lz4(frame: &[u8]) -> bool {
    const END: [u8; 4] = [0; 4];
    const HAS_CHECKSUM: u8 = 0x04;
    let has_checksum = frame.get(4).is_some_and(|flags| flags & HAS_CHECKSUM != 0);
    let end = frame.len().checked_sub(if has_checksum { END.len() } else { 0 });
    end.and_then(|end| frame.get(..end)).is_some_and(|frame| frame.ends_with(&END))
}

/// Returns the bytes after a skippable frame, whose first byte has been read.
fn after_skippable(magic: &[u8]) -> Result<&[u8], Rejection> {
    let length = magic.get(3..).and_then(|rest| rest.split_first_chunk());
    let rest = length.and_then(|(length, rest)| rest.get(usize::try_from(u32::from_le_bytes(*length)).ok()?..));
    rest.ok_or_else(|| Codec::Zstd.broken("a skippable frame ends too soon"))
}

/// Refuses a frame that needs too much memory, before any is allocated (RFC 8878, 3.1.1.1).
fn check_window(frame: &[u8]) -> Result<(), Rejection> {
    let Some((descriptor, header)) = frame.get(ZSTD_MAGIC.len()..).and_then(<[u8]>::split_first) else {
        return Err(Codec::Zstd.broken("the frame's header ends too soon"));
    };
    let is_single_segment = descriptor & 0x20 != 0;
    let window = if is_single_segment {
        let dictionary_id_bytes = [0, 1, 2, 4][usize::from(descriptor & 3)];
        let size_bytes = 1_usize << (descriptor >> 6);
        let size = header.get(dictionary_id_bytes..dictionary_id_bytes + size_bytes).unwrap_or_default();
        size.iter().rev().fold(0, |size, byte| size << 8 | u64::from(*byte))
    } else {
        let window = header.first().copied().unwrap_or_default();
        let base = 1_u64 << (10 + (window >> 3));
        base + base / 8 * u64::from(window & 7)
    };
    if window <= MAX_ZSTD_WINDOW_BYTES {
        return Ok(());
    }
    let detail = format!("the frame needs a window of {window} bytes; {MAX_ZSTD_WINDOW_BYTES} are allowed");
    Err(Rejection::new(Reason::DecompressionLimit, detail))
}
