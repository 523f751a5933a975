//! Compressed bytes, within a limit.

use std::borrow::Cow;
use std::io::{self, Read};

use flate2::read::{MultiGzDecoder, ZlibDecoder};

use crate::entry::Encoding;
use crate::spool::MAX_BODY_BYTES;

/// Why bytes cannot be decompressed.
#[derive(Debug, thiserror::Error)]
pub enum InflateError {
    /// They are broken.
    #[error("broken {encoding:?}: {source}")]
    Broken {
        /// How they should be compressed.
        encoding: Encoding,
        /// What is wrong.
        source: io::Error,
    },
    /// They are more than any sender sends.
    #[error("more than {MAX_BODY_BYTES} bytes when decompressed")]
    TooLarge,
}

/// Decompresses bytes.
pub fn inflate(bytes: &[u8], encoding: Encoding) -> Result<Cow<'_, [u8]>, InflateError> {
    let broken = |source| InflateError::Broken { encoding, source };
    let limit = MAX_BODY_BYTES as u64;
    let mut plain = Vec::new();
    let read = match encoding {
        Encoding::Plain => return Ok(Cow::Borrowed(bytes)),
        Encoding::Gzip => MultiGzDecoder::new(bytes).take(limit + 1).read_to_end(&mut plain),
        Encoding::Deflate => ZlibDecoder::new(bytes).take(limit + 1).read_to_end(&mut plain),
        Encoding::Zstd => {
            zstd::stream::read::Decoder::new(bytes).and_then(|decoder| decoder.take(limit + 1).read_to_end(&mut plain))
        }
        Encoding::Snappy => {
            let length = snap::raw::decompress_len(bytes).map_err(|error| broken(error.into()))?;
            if length > MAX_BODY_BYTES {
                return Err(InflateError::TooLarge);
            }
            plain = snap::raw::Decoder::new().decompress_vec(bytes).map_err(|error| broken(error.into()))?;
            Ok(plain.len())
        }
    };
    read.map_err(broken)?;
    if plain.len() > MAX_BODY_BYTES {
        return Err(InflateError::TooLarge);
    }
    Ok(Cow::Owned(plain))
}
