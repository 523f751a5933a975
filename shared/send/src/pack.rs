//! Lines of JSON become the bytes of a Kinesis record.

use std::io::{self, Read as _, Write as _};

use flate2::Compression as Level;
use flate2::read::{GzDecoder, ZlibDecoder};
use flate2::write::{GzEncoder, ZlibEncoder};
use zstd::bulk::Compressor;

/// The level of zstd. Higher levels take more of the processor than they save of the stream's cost.
const ZSTD_LEVEL: i32 = 1;

/// How lines are compressed.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Compression {
    /// zstd, level 1.
    #[default]
    Zstd,
    /// zlib, level 1, for readers that know nothing else. It takes three times as much of the processor.
    Zlib,
    /// gzip, level 1. As zlib.
    Gzip,
    /// Not at all.
    Plain,
}

impl Compression {
    /// Returns the ending of a file with such bytes.
    #[must_use]
    pub fn extension(self) -> &'static str {
        match self {
            Self::Zstd => "zst",
            Self::Zlib => "zz",
            Self::Gzip => "gz",
            Self::Plain => "json",
        }
    }

    /// Restores what a [`Packer`] made.
    pub fn unpack(self, packed: &[u8]) -> io::Result<Vec<u8>> {
        match self {
            Self::Zstd => zstd::stream::decode_all(packed),
            Self::Zlib => {
                let mut lines = Vec::new();
                ZlibDecoder::new(packed).read_to_end(&mut lines)?;
                Ok(lines)
            }
            Self::Gzip => {
                let mut lines = Vec::new();
                GzDecoder::new(packed).read_to_end(&mut lines)?;
                Ok(lines)
            }
            Self::Plain => Ok(packed.to_vec()),
        }
    }
}

/// Compresses lines. Keeps the compressor's memory from one chunk to the next.
pub struct Packer {
    compression: Compression,
    zstd: Option<Compressor<'static>>,
}

impl Packer {
    /// Returns a packer.
    #[must_use]
    pub fn new(compression: Compression) -> Self {
        Self { compression, zstd: None }
    }

    /// Compresses lines into one frame.
    pub fn pack(&mut self, lines: &[u8]) -> io::Result<Vec<u8>> {
        match self.compression {
            Compression::Zstd => {
                let zstd = match &mut self.zstd {
                    Some(zstd) => zstd,
                    none => none.insert(Compressor::new(ZSTD_LEVEL)?),
                };
                let mut packed = zstd.compress(lines)?;
                packed.shrink_to_fit();
                Ok(packed)
            }
            Compression::Zlib => {
                let mut encoder = ZlibEncoder::new(Vec::new(), Level::fast());
                encoder.write_all(lines)?;
                encoder.finish()
            }
            Compression::Gzip => {
                let mut encoder = GzEncoder::new(Vec::new(), Level::fast());
                encoder.write_all(lines)?;
                encoder.finish()
            }
            Compression::Plain => Ok(lines.to_vec()),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use super::{Compression, Packer};
    use crate::limits::{MAX_LINE_BYTES, MAX_RECORD_BYTES};

    #[test]
    fn what_is_packed_is_restored() {
        for compression in [Compression::Zstd, Compression::Zlib, Compression::Gzip, Compression::Plain] {
            let mut packer = Packer::new(compression);
            for text in ["", "{}\n", &"{\"message\":\"order 17 placed\"}\n".repeat(9_000)] {
                let frame = packer.pack(text.as_bytes()).unwrap();
                assert_eq!(compression.unpack(&frame).unwrap(), text.as_bytes(), "{compression:?}");
            }
        }
    }

    #[test]
    fn the_readers_decoder_reads_it() {
        let packed = Packer::new(Compression::Zstd).pack(&b"{\"a\":1}\n".repeat(100_000)).unwrap();
        assert!(packed.starts_with(&[0x28, 0xB5, 0x2F, 0xFD]));
        let mut lines = Vec::new();
        ruzstd::decoding::StreamingDecoder::new(packed.as_slice()).unwrap().read_to_end(&mut lines).unwrap();
        assert_eq!(lines.len(), 800_000);
        let packed = Packer::new(Compression::Zlib).pack(b"{}\n").unwrap();
        assert_eq!(packed[0], 0x78);
        assert!(Packer::new(Compression::Gzip).pack(b"{}\n").unwrap().starts_with(&[0x1F, 0x8B]));
    }

    #[test]
    fn the_largest_line_fits_into_a_record_however_badly_it_compresses() {
        let noise: Vec<u8> = {
            let mut random = fastrand::Rng::with_seed(7);
            (0..MAX_LINE_BYTES).map(|_| random.u8(..)).collect()
        };
        for compression in [Compression::Zstd, Compression::Zlib, Compression::Gzip, Compression::Plain] {
            assert!(Packer::new(compression).pack(&noise).unwrap().len() + 256 < MAX_RECORD_BYTES, "{compression:?}");
        }
    }
}
