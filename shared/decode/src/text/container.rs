//! What stands before the line of a program in a container: containerd's and CRI-O's `2026-11-24T21:08:12.123456789Z stderr F `, and
//! the time alone of `docker logs -t` and `kubectl logs --timestamps`.

use record::EventTime;

use super::time::{self, Time};

/// Where the `T` of the time stands.
const DATE_BYTES: usize = 10;
/// The bytes before the zone of a time with nanoseconds, as all of them write it. Programs hardly do.
const TIME_BYTES: usize = "2026-11-24T21:08:12.123456789".len();
/// The streams, and the marks of a whole line and of a part of one.
const STREAMS: [&str; 2] = ["stdout", "stderr"];
const MARKS: [&str; 2] = ["F", "P"];

/// A line and what its collector wrote before it.
pub(super) struct Collected<'t> {
    pub(super) time: EventTime,
    pub(super) stream: Option<&'t str>,
    pub(super) line: &'t str,
}

/// Reads what a collector wrote before a line. One look shows that most texts have none.
pub(super) fn collected(text: &str) -> Option<Collected<'_>> {
    if text.as_bytes().get(DATE_BYTES) != Some(&b'T') {
        return None;
    }
    let (written, rest) = text.split_once(' ')?;
    let (stream, line) = match after_stream(rest) {
        Some((stream, line)) => (Some(stream), line),
        None if matches!(written.as_bytes().get(TIME_BYTES), Some(b'Z' | b'+' | b'-')) => (None, rest),
        None => return None,
    };
    let (Time::At(time), length) = time::at_start(written)? else { return None };
    (length == written.len()).then_some(Collected { time, stream, line })
}

fn after_stream(text: &str) -> Option<(&str, &str)> {
    let (stream, rest) = text.split_once(' ').filter(|(stream, _)| STREAMS.contains(stream))?;
    let (mark, line) = rest.split_once(' ')?;
    MARKS.contains(&mark).then_some((stream, line))
}
