//! What a deployment decides about filing.

use std::time::Duration;

use super::{RedactConfig, Redactor, Vocabulary};

/// Where a correlation id is looked for when nothing is configured, most telling first.
pub const DEFAULT_UID_FIELDS: &str =
    "log_uid,log_id,correlation_id,correlationId,request_id,requestId,trace_id,traceId,trace.id";
/// How far an event's own time may be from its arrival when nothing is configured.
pub const DEFAULT_MAX_SKEW: Duration = Duration::from_hours(30 * 24);

/// How many bytes a payload may become when it is decompressed, if nothing is configured: what fits a function of 256 MB.
pub const DEFAULT_MAX_DECOMPRESSED_BYTES: usize = 64 << 20;

/// What a deployment decides about filing.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Rules {
    /// What the names of fields mean; those of the `log_uid` are configured.
    pub vocabulary: Vocabulary,
    /// How far, back or ahead, an event's own time may be from its arrival before arrival decides instead.
    pub max_skew: Duration,
    /// How many bytes all that is compressed in one payload may become, before it is set aside as it came.
    pub max_decompressed_bytes: usize,
    /// What masks secrets; `None` where they are stored as they come.
    pub redactor: Option<Redactor>,
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            vocabulary: Vocabulary::new(DEFAULT_UID_FIELDS.split(',').map(str::to_owned).collect()),
            max_skew: DEFAULT_MAX_SKEW,
            max_decompressed_bytes: DEFAULT_MAX_DECOMPRESSED_BYTES,
            redactor: Redactor::new(RedactConfig::default()).ok(),
        }
    }
}
