//! The `LogRecord` document: its fields, its identity, its time, and how a sender's fields become one.

mod adopt;
mod args;
mod attribute;
mod bson;
mod choice;
mod complete;
mod dialect;
mod draft;
mod id;
pub mod level;
mod log_record;
mod names;
mod redact;
mod rules;
mod source;
mod surroundings;
mod time;
mod uid;
mod vocabulary;

pub(crate) use bson::Own;
pub use bson::{Container, DocumentWriter, Fields, Value};
pub use complete::TooLarge;
pub use draft::Draft;
pub use id::{Identity, first_id, record_id, time_of};
pub use log_record::{LogRecord, MAX_DOCUMENT_BYTES, NotALogRecord};
pub use redact::{RedactConfig, RedactError, Redactor};
pub use rules::{DEFAULT_MAX_DECOMPRESSED_BYTES, DEFAULT_MAX_SKEW, DEFAULT_UID_FIELDS, Rules};
pub use source::Source;
pub use surroundings::Surroundings;
pub use time::EventTime;
pub use uid::{LogUid, MAX_BYTES as MAX_UID_BYTES, NotAUid};
pub use vocabulary::Vocabulary;
