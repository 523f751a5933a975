//! The tag and the time of an entry, which stand beside its record.

use record::{Draft, FieldSink, Surroundings, Value};

const NANOS_PER_SECOND: u64 = 1_000_000_000;

/// When an entry was written.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Time {
    /// Seconds since the epoch.
    Seconds(f64),
    /// `EventTime`: with nanoseconds, which a float cannot hold.
    EventTime { seconds: u32, nanos: u32 },
}

/// Adds an entry's `tag` and time to its record. The time becomes `created` if the record has none; otherwise it is
/// kept as the sender's `time`. Nanoseconds are kept in `timeUnixNano`, as OpenTelemetry names them.
pub(crate) fn add_envelope(draft: &mut Draft<'_>, tag: Option<&str>, time: Time) {
    if let Some(tag) = tag {
        draft.push("tag", Value::Text(tag));
    }
    match time {
        Time::Seconds(seconds) => {
            if !draft.surround(&Surroundings { created: Some(seconds), ..Surroundings::default() }) {
                draft.push("time", Value::Float(seconds));
            }
        }
        Time::EventTime { seconds, nanos } => {
            let created = f64::from(seconds) + f64::from(nanos) / 1e9;
            draft.surround(&Surroundings { created: Some(created), ..Surroundings::default() });
            let exact = u64::from(seconds) * NANOS_PER_SECOND + u64::from(nanos);
            draft.push("timeUnixNano", Value::Unsigned(exact));
        }
    }
}
