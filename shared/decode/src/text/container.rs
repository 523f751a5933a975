//! What stands before the line of a program in a container: containerd's and CRI-O's `2026-11-24T21:08:12.123456789Z stderr F `, and
//! the time alone of `docker logs -t` and `kubectl logs --timestamps`.

use record::{EventTime, without_colours};

use super::level::{self, WordPosition};
use super::time::{self, Time};

/// Where the `T` of the time stands.
const DATE_BYTES: usize = 10;
/// The bytes before the zone of a time with nanoseconds, as all of them write it. Programs hardly do.
const TIME_BYTES: usize = "2026-11-24T21:08:12.123456789".len();
/// The streams, and the marks of a whole line and of a part of one.
const STREAMS: [&str; 2] = ["stdout", "stderr"];
const PART: &str = "P";
const PART_BEFORE_LINE: &str = " P ";
const WHOLE_BEFORE_LINE: &str = " F ";
const MARKS: [&str; 2] = ["F", PART];

/// A line and what its collector wrote before it.
pub(super) struct Collected<'t> {
    pub(super) time: EventTime,
    pub(super) stream: Option<&'t str>,
    pub(super) line: &'t str,
}

/// Reads what a collector wrote before a line. One look shows that most texts have none.
pub(super) fn collected(text: &str) -> Option<Collected<'_>> {
    let Before { written, stream, line, .. } = Before::of(text)?;
    let (Time::At(time), length) = time::at_start(written)? else { return None };
    (length == written.len()).then_some(Collected { time, stream, line })
}

/// Returns a text of several lines without what a collector wrote before the first of them.
pub(super) fn line(text: &str) -> &str {
    if has_lines(text) { collected(text).map_or(text, |collected| collected.line) } else { text }
}

fn has_lines(text: &str) -> bool {
    text.as_bytes().get(DATE_BYTES) == Some(&b'T') && memchr::memchr(b'\n', text.as_bytes()).is_some()
}

/// What a collector wrote before a line, whose time is not read.
struct Before<'t> {
    written: &'t str,
    stream: Option<&'t str>,
    /// Whether the line goes on in the next one of its stream.
    is_part: bool,
    line: &'t str,
}

impl<'t> Before<'t> {
    fn of(text: &'t str) -> Option<Self> {
        if text.as_bytes().get(DATE_BYTES) != Some(&b'T') {
            return None;
        }
        let (written, rest) = text.split_once(' ')?;
        match after_stream(rest) {
            Some((stream, mark, line)) => Some(Self { written, stream: Some(stream), is_part: mark == PART, line }),
            None if matches!(written.as_bytes().get(TIME_BYTES), Some(b'Z' | b'+' | b'-')) => {
                Some(Self { written, stream: None, is_part: false, line: rest })
            }
            None => None,
        }
    }
}

fn after_stream(text: &str) -> Option<(&str, &str, &str)> {
    let (stream, rest) = text.split_once(' ').filter(|(stream, _)| STREAMS.contains(stream))?;
    let (mark, line) = rest.split_once(' ')?;
    MARKS.contains(&mark).then_some((stream, mark, line))
}

/// Returns the text of a record of several lines with what stands before the first of them alone. `None` for any other text.
pub(super) fn joined(text: &str) -> Option<String> {
    let Collected { stream, line, .. } = if has_lines(text) { collected(text)? } else { return None };
    let lines = JoinedLines::of(text, stream, usize::MAX);
    let is_whole = lines.ends.last().is_some_and(|(_, end)| *end == text.len());
    let before = text.get(..text.len() - line.len())?;
    let whole = before.strip_suffix(PART_BEFORE_LINE).map(|before| [before, WHOLE_BEFORE_LINE].concat());
    is_whole.then(|| [whole.as_deref().unwrap_or(before), &lines.text].concat())
}

/// Returns whether a line begins with a level that its program puts to the right of a column: ` INFO order placed`.
fn has_padded_level(line: &str) -> bool {
    let line = without_colours(line);
    let word = line.strip_prefix(' ').and_then(|line| line.split_whitespace().next());
    word.is_some_and(|word| level::of_word(word.trim_end_matches(':'), WordPosition::Elsewhere).is_some())
}

/// The next lines of one stream, without what stands before them.
pub(super) struct JoinedLines {
    pub(super) text: String,
    /// Where each line ends, in this text and in the one that it was read from.
    pub(super) ends: Vec<(usize, usize)>,
}

impl JoinedLines {
    pub(super) fn of(text: &str, stream: Option<&str>, max_lines: usize) -> Self {
        let (mut joined, mut ends, mut at) = (String::new(), Vec::new(), 0);
        for line in text.split_inclusive('\n').take(max_lines) {
            let Some(before) = Before::of(line).filter(|before| before.stream == stream) else { break };
            if at > 0 && has_padded_level(before.line) {
                break;
            }
            at += line.len();
            joined.push_str(if before.is_part { before.line.trim_end_matches(['\r', '\n']) } else { before.line });
            ends.push((joined.len(), at));
        }
        Self { text: joined, ends }
    }
}
