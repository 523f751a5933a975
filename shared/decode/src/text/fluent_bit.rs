//! Records as Fluent Bit's output `stdout` prints them: `[0] app: [1795554492.123000000, {"log"=>"failed"}]`, and with
//! metadata: `[0] app: [[1795554492.123000000, {}], {"log"=>"failed"}]`.

use record::{Draft, Value};

use crate::fluentd::stamp::{Time, add_envelope};
use crate::{Sink, envelope};

/// The digits of nanoseconds after the seconds.
const NANOSECOND_DIGITS: usize = 9;
/// Metadata that says nothing.
const NO_METADATA: &str = "{}";

/// Creates the draft of a text that is one record; `None` for any other text.
pub(super) fn draft<'r>(text: &str, sink: &Sink<'_, 'r>, depth: usize) -> Option<Draft<'r>> {
    let (number, rest) = text.strip_prefix('[')?.split_once("] ")?;
    let (tag, entry) = rest.split_once(": [")?;
    let entry = entry.trim_end().strip_suffix(']')?;
    if !number.bytes().all(|byte| byte.is_ascii_digit()) || tag.contains(' ') {
        return None;
    }
    let (stamp, metadata, record) = if let Some(entry) = entry.strip_prefix('[') {
        let (stamp, rest) = entry.split_once(", ")?;
        let (metadata, record) = rest.split_once("], ")?;
        (stamp, metadata, record)
    } else {
        let (stamp, record) = entry.split_once(", ")?;
        (stamp, NO_METADATA, record)
    };
    let time = time(stamp)?;
    let mut draft = envelope::printed_object(record, sink, depth)?;
    if metadata != NO_METADATA {
        draft.keep("metadata", Value::Text(metadata));
    }
    add_envelope(&mut draft, Some(tag), time);
    Some(draft)
}

fn time(stamp: &str) -> Option<Time> {
    let exact = stamp.split_once('.').filter(|(_, nanos)| nanos.len() == NANOSECOND_DIGITS);
    match exact.map(|(seconds, nanos)| (seconds.parse(), nanos.parse())) {
        Some((Ok(seconds), Ok(nanos))) => Some(Time::EventTime { seconds, nanos }),
        _ => stamp.parse().ok().filter(|seconds: &f64| seconds.is_finite()).map(Time::Seconds),
    }
}
