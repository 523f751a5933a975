//! The manifest of an export: what there is, so that nothing of it can be missing or changed without being noticed.

use jiff::Timestamp;
use record::{Day, LogUid};
use serde::{Deserialize, Serialize};

use crate::range::Range;

/// The name of the format.
const FORMAT: &str = "logbraid-archive";
/// The version of the format. A reader refuses any other.
const VERSION: u32 = 1;
/// The most parts of an export: some terabytes.
const MAX_PARTS: usize = 200_000;

/// A manifest cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ManifestError {
    /// It is not JSON with the fields of a manifest.
    #[error("not a manifest")]
    NotAManifest(#[source] serde_json::Error),
    /// It is of another format.
    #[error("the format is {format} {version}, this logbraid reads {FORMAT} {VERSION}")]
    Format {
        /// The format.
        format: String,
        /// Its version.
        version: u32,
    },
    /// Its numbers contradict each other.
    #[error("the records of the parts are {parts} together, the manifest says {records}")]
    Count {
        /// The sum.
        parts: u64,
        /// What the manifest says.
        records: u64,
    },
    /// It is of another day or transaction than its folder.
    #[error("it is not of this day or transaction")]
    Elsewhere,
}

/// What an export holds.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Manifest {
    format: String,
    version: u32,
    /// The version of logbraid that wrote it.
    pub logbraid: String,
    /// The database of the day.
    pub database: String,
    /// The prefix of the stack's collections.
    pub prefix: String,
    /// The day; absent for a transaction.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    day: Option<String>,
    /// The uid of the transaction; absent for a day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub log_uid: Option<String>,
    /// The id of the export.
    pub export: String,
    /// When the export began.
    pub started: Timestamp,
    /// When it ended; absent for one that ran out of time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub finished: Option<Timestamp>,
    /// How many records the parts have together.
    pub records: u64,
    /// The bytes of the lines, uncompressed.
    pub bytes: u64,
    /// The time of the first record.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first: Option<Timestamp>,
    /// The time of the last record.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last: Option<Timestamp>,
    /// The parts.
    pub parts: Vec<Part>,
    /// The filters of the ids in the parts: their keys.
    #[serde(default)]
    pub ids: Vec<String>,
}

/// A part of an export: an object with records.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Part {
    /// The key of the object.
    pub key: String,
    /// How many records.
    pub records: u64,
    /// The bytes of the lines, uncompressed.
    pub bytes: u64,
    /// The size of the object.
    pub object_bytes: u64,
    /// The SHA-256 of the object.
    pub sha256: String,
    /// The SHA-256 of the records' `_id`s, one after another.
    pub ids_sha256: String,
    /// The records' times.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first: Option<Timestamp>,
    /// The time of the last record.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last: Option<Timestamp>,
    /// All records of the day with these ids are in this part.
    #[serde(flatten)]
    pub(crate) range: Range,
}

/// What an export is of.
#[derive(Clone, Debug)]
pub(crate) enum Of<'a> {
    Day(Day),
    Transaction(&'a LogUid),
}

impl Manifest {
    /// Creates the manifest of an export that begins.
    pub(crate) fn begin(of: &Of<'_>, database: &str, prefix: &str, export: String, started: Timestamp) -> Self {
        let (day, log_uid) = match of {
            Of::Day(day) => (Some(day.to_string()), None),
            Of::Transaction(uid) => (None, Some(uid.as_str().to_owned())),
        };
        Self {
            format: FORMAT.to_owned(),
            version: VERSION,
            logbraid: env!("CARGO_PKG_VERSION").to_owned(),
            database: database.to_owned(),
            prefix: prefix.to_owned(),
            day,
            log_uid,
            export,
            started,
            finished: None,
            records: 0,
            bytes: 0,
            first: None,
            last: None,
            parts: Vec::new(),
            ids: Vec::new(),
        }
    }

    /// Puts the parts in, in their order, and what follows from them.
    pub(crate) fn with_parts(mut self, parts: &[Part]) -> Self {
        self.records = parts.iter().map(|part| part.records).sum();
        self.bytes = parts.iter().map(|part| part.bytes).sum();
        self.first = parts.iter().filter_map(|part| part.first).min();
        self.last = parts.iter().filter_map(|part| part.last).max();
        self.parts = parts.to_vec();
        self
    }

    /// Reads and checks a manifest.
    pub fn read(json: &[u8]) -> Result<Self, ManifestError> {
        #[derive(Deserialize)]
        struct Head {
            format: String,
            version: u32,
        }
        let Head { format, version } = serde_json::from_slice(json).map_err(ManifestError::NotAManifest)?;
        if format != FORMAT || version != VERSION {
            return Err(ManifestError::Format { format, version });
        }
        let manifest: Self = serde_json::from_slice(json).map_err(ManifestError::NotAManifest)?;
        let parts = manifest.parts.iter().take(MAX_PARTS).map(|part| part.records).sum();
        if parts == manifest.records {
            Ok(manifest)
        } else {
            Err(ManifestError::Count { parts, records: manifest.records })
        }
    }

    /// Returns the manifest as it is stored.
    pub(crate) fn json(&self) -> Vec<u8> {
        // Nothing in it can fail: no map has keys that are not text.
        let mut json = serde_json::to_vec_pretty(self).unwrap_or_default();
        json.push(b'\n');
        json
    }

    /// Returns the day.
    #[must_use]
    pub fn day(&self) -> Option<Day> {
        self.day.as_deref()?.parse().ok()
    }

    /// Returns the size of all objects with records.
    #[must_use]
    pub fn object_bytes(&self) -> u64 {
        self.parts.iter().map(|part| part.object_bytes).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::{Manifest, Of};
    use crate::part::tests::some_part;

    fn manifest() -> Manifest {
        let day = "2026-11-20".parse().unwrap();
        let begun = Manifest::begin(&Of::Day(day), "db", "p_", "e".to_owned(), "2026-11-26T03:15:00Z".parse().unwrap());
        begun.with_parts(&[some_part(2), some_part(3)])
    }

    #[test]
    fn a_manifest_comes_back() {
        let manifest = manifest();
        assert_eq!((manifest.records, manifest.parts.len()), (5, 2));
        assert_eq!(Manifest::read(&manifest.json()).unwrap(), manifest);
    }

    #[test]
    fn a_damaged_manifest_is_refused() {
        fn check(from: &str, to: &str, expect: &str) {
            let json = String::from_utf8(manifest().json()).unwrap();
            assert!(json.contains(from), "{json}");
            let error = Manifest::read(json.replacen(from, to, 1).as_bytes()).unwrap_err();
            assert_eq!(error.to_string(), expect);
        }
        check(
            "\"version\": 1",
            "\"version\": 2",
            "the format is logbraid-archive 2, this logbraid reads logbraid-archive 1",
        );
        check("logbraid-archive", "tar", "the format is tar 1, this logbraid reads logbraid-archive 1");
        check("\"records\": 5", "\"records\": 6", "the records of the parts are 5 together, the manifest says 6");
        check("\"parts\"", "\"part\"", "not a manifest");
        check("{", "", "not a manifest");
    }
}
