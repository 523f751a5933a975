//! Stored records for tests.

use std::time::Duration;

use bson::{Document, RawDocumentBuf, doc};
use record::{EventTime, Identity, LogRecord, record_id};

use crate::render::Progress;

/// 2026-11-20T08:35:39Z: the second of all test records.
pub(crate) const SECOND_MICROS: i64 = 1_795_163_739_000_000;

/// Returns the progress of no shards.
pub(crate) fn progress() -> Progress {
    let read_at = EventTime::from_micros(SECOND_MICROS).unwrap();
    Progress { shards: Vec::new(), is_from_primary: true, read_at, retention: Duration::from_hours(24) }
}

/// Returns a record of a service, `micros` after the second.
pub(crate) fn record(micros: i64, service: &str, level: i64) -> LogRecord {
    stored(micros, doc! { "message": "hello", "levelno": level, "log_uid": "x", "service": service })
}

/// Returns a stored record with these fields, `micros` after the second.
pub(crate) fn stored(micros: i64, fields: Document) -> LogRecord {
    let time = EventTime::from_micros(SECOND_MICROS + micros).unwrap();
    let mut document = doc! { "_id": record_id(time, Identity::Given("test")), "time": time.to_bson() };
    document.extend(fields);
    LogRecord::from_stored(RawDocumentBuf::try_from(&document).unwrap()).unwrap()
}
