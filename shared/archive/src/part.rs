//! A part: lines of records, compressed with zstd.

use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};

use bson::{RawDocument, RawDocumentBuf};
use jiff::Timestamp;
use record::LogRecord;
use sha2::{Digest as _, Sha256};
use store::id_bytes;
use zstd::stream::read::Decoder;
use zstd::stream::write::Encoder;

use crate::line::{self, LineError};
use crate::manifest::Part;
use crate::range::Range;

/// The level of compression: what is written once is kept for years.
const LEVEL: i32 = 6;
/// The longest line: a document of 16 MiB, each byte of which is written as six.
const MAX_LINE_BYTES: u64 = 128 << 20;
/// A line's room is given back when it is larger than this.
const MAX_KEPT_BYTES: usize = 1 << 20;

/// A part cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum PartError {
    /// The object is not there.
    #[error("it is not there")]
    Missing,
    /// The object is not the one that was written.
    #[error("its SHA-256 is not that of the manifest")]
    Checksum,
    /// It cannot be decompressed.
    #[error("it cannot be decompressed")]
    Decompress(#[source] io::Error),
    /// A line is too long.
    #[error("line {line} is too long")]
    TooLong {
        /// The number of the line, from 1.
        line: u64,
    },
    /// A line is not a document.
    #[error("line {line} is not a document")]
    Line {
        /// The number of the line, from 1.
        line: u64,
        /// Why.
        #[source]
        source: LineError,
    },
    /// It has more or fewer records than the manifest says.
    #[error("it has {found} records, the manifest says {expected}")]
    Count {
        /// What it has.
        found: u64,
        /// What the manifest says.
        expected: u64,
    },
}

/// A part in the making.
pub(crate) struct PartWriter {
    encoder: Encoder<'static, Vec<u8>>,
    line: Vec<u8>,
    records: u64,
    bytes: u64,
    ids: Sha256,
    first: Option<Timestamp>,
    last: Option<Timestamp>,
}

/// A part that is to be stored.
pub(crate) struct WrittenPart {
    pub(crate) body: Vec<u8>,
    pub(crate) part: Part,
}

impl PartWriter {
    pub(crate) fn new() -> io::Result<Self> {
        let mut encoder = Encoder::new(Vec::new(), LEVEL)?;
        encoder.include_checksum(true)?;
        Ok(Self { encoder, line: Vec::new(), records: 0, bytes: 0, ids: Sha256::new(), first: None, last: None })
    }

    /// Adds a document.
    pub(crate) fn add(&mut self, document: &RawDocument, record: Option<&LogRecord>) -> io::Result<()> {
        self.line.clear();
        self.line.shrink_to(MAX_KEPT_BYTES);
        line::append(document, &mut self.line);
        self.encoder.write_all(&self.line)?;
        self.records += 1;
        self.bytes += self.line.len() as u64;
        self.ids.update(id_bytes(document));
        let time = record.and_then(|record| Timestamp::from_microsecond(record.time().micros()).ok());
        self.first = [self.first, time].into_iter().flatten().min();
        self.last = self.last.max(time);
        Ok(())
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.records == 0
    }

    /// Whether the part has so many bytes of lines, or more.
    pub(crate) fn has(&self, bytes: u64) -> bool {
        self.bytes >= bytes
    }

    /// Ends the part.
    pub(crate) fn finish(self, key: String, range: Range) -> io::Result<WrittenPart> {
        let body = self.encoder.finish()?;
        let part = Part {
            key,
            records: self.records,
            bytes: self.bytes,
            object_bytes: body.len() as u64,
            sha256: hex::encode(Sha256::digest(&body)),
            ids_sha256: hex::encode(self.ids.finalize()),
            first: self.first,
            last: self.last,
            range,
        };
        Ok(WrittenPart { body, part })
    }
}

/// Checks the object of a part, and returns its documents one by one.
pub(crate) fn read(
    part: &Part,
    object: Option<Vec<u8>>,
) -> Result<impl Iterator<Item = Result<RawDocumentBuf, PartError>> + Send, PartError> {
    let object = object.ok_or(PartError::Missing)?;
    if hex::encode(Sha256::digest(&object)) != part.sha256 {
        return Err(PartError::Checksum);
    }
    let decoder = Decoder::new(io::Cursor::new(object)).map_err(PartError::Decompress)?;
    let (mut lines, mut number, expected, mut is_over) = (BufReader::new(decoder), 0, part.records, false);
    Ok(std::iter::from_fn(move || {
        if is_over {
            return None;
        }
        let mut line = Vec::new();
        let read = lines.by_ref().take(MAX_LINE_BYTES).read_until(b'\n', &mut line);
        let next = match read {
            Err(error) => Err(PartError::Decompress(error)),
            Ok(0) if number == expected => return None,
            Ok(0) => Err(PartError::Count { found: number, expected }),
            Ok(_) if number == expected => Err(PartError::Count { found: number + 1, expected }),
            Ok(bytes) if bytes as u64 == MAX_LINE_BYTES => Err(PartError::TooLong { line: number + 1 }),
            Ok(_) => {
                number += 1;
                line::parse(&line).map_err(|source| PartError::Line { line: number, source })
            }
        };
        is_over = next.is_err();
        Some(next)
    }))
}

#[cfg(test)]
pub(crate) mod tests {
    use bson::{RawDocumentBuf, oid::ObjectId, rawdoc};
    use record::LogRecord;
    use sha2::{Digest as _, Sha256};

    use super::{PartWriter, WrittenPart, read};
    use crate::manifest::Part;
    use crate::range::Range;

    fn documents(count: u8) -> Vec<RawDocumentBuf> {
        (0..count).map(|at| rawdoc! { "_id": ObjectId::from_bytes([at; 12]), "message": "m".repeat(99) }).collect()
    }

    fn written(count: u8) -> WrittenPart {
        let mut writer = PartWriter::new().unwrap();
        for document in documents(count) {
            let record = LogRecord::from_stored(document.clone()).ok();
            writer.add(&document, record.as_ref()).unwrap();
        }
        writer.finish("key".to_owned(), Range::ALL).unwrap()
    }

    pub(crate) fn some_part(records: u8) -> Part {
        written(records).part
    }

    /// Returns what reading it says.
    fn said(part: &Part, object: Option<Vec<u8>>) -> String {
        let read = read(part, object).and_then(Iterator::collect::<Result<Vec<_>, _>>);
        read.map_or_else(|error| error.to_string(), |read| format!("{} documents", read.len()))
    }

    #[test]
    fn a_part_comes_back() {
        let WrittenPart { body, part } = written(200);
        assert!(part.object_bytes * 5 < part.bytes, "{part:?}");
        assert_eq!((part.records, part.object_bytes), (200, body.len() as u64));
        let read: Result<Vec<_>, _> = read(&part, Some(body)).unwrap().collect();
        assert_eq!(read.unwrap(), documents(200));
    }

    #[test]
    fn a_damaged_part_is_refused() {
        let WrittenPart { body, part } = written(3);
        assert_eq!(said(&part, None), "it is not there");
        for at in 0..body.len() {
            let mut other = body.clone();
            other[at] ^= 1;
            assert_eq!(said(&part, Some(other)), "its SHA-256 is not that of the manifest");
        }
        // Whoever changes it may change the manifest, too.
        let with = |body: &[u8], records| {
            let sha256 = hex::encode(Sha256::digest(body));
            said(&Part { records, sha256, ..part.clone() }, Some(body.to_vec()))
        };
        assert_eq!(with(&body, 2), "it has 3 records, the manifest says 2");
        assert_eq!(with(&body, 4), "it has 3 records, the manifest says 4");
        assert_eq!(with(&body[..body.len() - 5], 3), "it cannot be decompressed");
        assert_eq!(with(b"x", 3), "it cannot be decompressed");
        assert_eq!(with(&zstd::encode_all(&b"{}\nx\n"[..], 1).unwrap(), 2), "line 2 is not a document");
    }
}
