//! The `LogRecord` document: its fields, its identity, its time, and how a sender's fields become one document.

mod aliases;
mod args;
mod attribute;
mod batch;
mod best_of;
mod bounded;
mod complete;
mod container;
mod content;
mod day;
mod dialect;
mod document;
mod draft;
mod envelope;
mod exception;
mod field;
mod further_ids;
mod id;
mod ids;
pub mod level;
mod log_record;
mod meaning;
mod names;
mod python;
mod quarantine_entry;
mod redact;
mod rules;
mod secret;
mod source;
mod spelled;
mod spelling;
mod summary;
mod surroundings;
mod template;
mod time;
mod uid;
mod uid_spellings;
mod vocabulary;
mod work;

pub use batch::{DecodedBatch, Positioned};
pub use bounded::bounded;
pub use complete::NotCompleted;
pub use container::Container;
pub use content::same_content;
pub use day::{Day, NotADay};
pub(crate) use document::ReservedName;
pub use document::{DocumentWriter, FieldSink, Value};
pub use draft::Draft;
pub use envelope::Wrapped;
pub use further_ids::MAX_FURTHER_IDS;
pub use id::{Identity, first_id, record_id, time_of};
pub use log_record::{LogRecord, MAX_DOCUMENT_BYTES, MAX_RECORD_BYTES, NotALogRecord};
pub use quarantine_entry::{
    MAX_DETAIL_BYTES, MAX_RAW_BYTES, NotAQuarantineEntry, QuarantineEntry, QuarantineView, REFUSED_BY_MONGODB,
    id_by_delivery,
};
pub use redact::{MAX_NAME_LETTERS, RedactConfig, RedactError, Redactor};
pub use rules::{DEFAULT_MAX_DECOMPRESSED_BYTES, DEFAULT_MAX_SKEW, DEFAULT_UID_FIELDS, Rules};
pub use secret::Secret;
pub use source::Source;
pub use surroundings::Surroundings;
pub use time::EventTime;
pub use uid::{LogUid, MAX_BYTES as MAX_UID_BYTES, NotAUid};
pub use vocabulary::Vocabulary;
pub use work::WorkBudget;
