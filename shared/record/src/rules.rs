//! The settings of a deployment that decide how records are decoded and stored.

use std::time::Duration;

use super::{RedactConfig, Redactor, Vocabulary};

/// The default fields in which a correlation id is looked for, best first.
pub const DEFAULT_UID_FIELDS: &str =
    "log_uid,log_id,correlation_id,correlationId,trace_id,traceId,trace.id,request_id,requestId";
/// The default for how far an event's own time may be from its arrival.
pub const DEFAULT_MAX_SKEW: Duration = Duration::from_hours(30 * 24);

/// The default for how many bytes a payload may decompress to. It fits a function of 256 MB.
pub const DEFAULT_MAX_DECOMPRESSED_BYTES: usize = 64 << 20;

/// The settings that decide how records are decoded and stored.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Rules {
    /// What field names mean. The names of the correlation id and of business keys are configured.
    pub vocabulary: Vocabulary,
    /// How far an event's own time may be from its arrival, in either direction. Beyond that the arrival time is used.
    pub max_skew: Duration,
    /// How many bytes all compressed parts of one payload may decompress to. Beyond that the payload is quarantined.
    pub max_decompressed_bytes: usize,
    /// Masks secrets; `None` if redaction is off.
    pub redactor: Option<Redactor>,
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            vocabulary: Vocabulary::new(DEFAULT_UID_FIELDS.split(',').map(str::to_owned).collect(), Vec::new()),
            max_skew: DEFAULT_MAX_SKEW,
            max_decompressed_bytes: DEFAULT_MAX_DECOMPRESSED_BYTES,
            redactor: Redactor::new(RedactConfig::default()).ok(),
        }
    }
}
