//! Where the records of a text end.

use super::container::{self, JoinedLines};
use super::stack::MAX_MESSAGE_LINES;
use super::{jul, lines, log4j, mysql};

/// How many lines are looked at for the end of a record at first. The message of an exception has a few before its frames.
const FIRST_LINES: usize = MAX_MESSAGE_LINES + 2;

/// Returns where the record ends that begins at `start`: at the end of its line, or of the last line of its stack.
pub(crate) fn end_of_record(text: &str, start: usize) -> usize {
    let end = end_of_collected(text, start).or_else(|| log4j::end_of_event(text, start));
    let end = end.or_else(|| jul::end_of_record(text, start)).or_else(|| mysql::end_of_record(text, start));
    end.unwrap_or_else(|| lines::end_of_record(text, start))
}

/// Returns where the record ends that begins at `start`, if it has several lines of one stream: the parts of a long line, or those
/// of a stack. `None` for any other record.
fn end_of_collected(text: &str, start: usize) -> Option<usize> {
    let rest = text.get(start..)?;
    let stream = container::collected(rest)?.stream;
    let mut max_lines = FIRST_LINES;
    loop {
        let lines = JoinedLines::of(rest, stream, max_lines);
        let end = lines::end_of_collected(&lines.text);
        if end == lines.text.len() && lines.ends.len() == max_lines {
            max_lines *= 2;
            continue;
        }
        let taken = lines.ends.iter().take_while(|(joined, _)| *joined <= end);
        return taken.skip(1).last().map(|(_, end)| start + end);
    }
}
