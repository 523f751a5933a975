//! Which lines of a text are one record.

use record::without_colours;

use super::header::Header;
use super::{log4j, stack};

/// What begins a line that belongs to the one before.
const CONTINUING: [&str; 12] = [
    "at ",
    "Caused by: ",
    "caused by: ",
    "Suppressed: ",
    "... ",
    "--- End of ",
    "During handling of the above exception",
    "The above exception was the direct cause",
    "goroutine ",
    // PHP.
    "Stack trace:",
    "exit status ",
    stack::TRACEBACK,
];
/// What closes an object or a list that a line before has opened.
const CLOSING: [char; 3] = ['}', ']', ')'];

/// Returns where the record ends that begins at `start`: at the end of its line, or of the last line of its stack.
pub(crate) fn end_of_record(text: &str, start: usize) -> usize {
    if let Some(end) = log4j::end_of_event(text, start) {
        return end;
    }
    let mut lines = Lines { text, at: start };
    let Some(first) = lines.next() else { return text.len() };
    let is_nodes = stack::is_nodes_last_words(text.get(start..).unwrap_or_default());
    let mut record = Record::new(&without_colours(first), is_nodes);
    let mut end = lines.at;
    while let Some(line) = lines.next() {
        if line.trim().is_empty() {
            continue;
        }
        if !record.goes_on(&without_colours(line)) {
            break;
        }
        end = lines.at;
    }
    end
}

/// Reads a text line by line.
struct Lines<'t> {
    text: &'t str,
    at: usize,
}

impl<'t> Lines<'t> {
    fn next(&mut self) -> Option<&'t str> {
        let rest = self.text.get(self.at..).filter(|rest| !rest.is_empty())?;
        let length = memchr::memchr(b'\n', rest.as_bytes()).map_or(rest.len(), |at| at + 1);
        self.at += length;
        rest.get(..length)
    }
}

/// What a line begins with.
#[derive(Clone, Copy, Eq, PartialEq)]
enum Beginning {
    Time,
    /// A level, or something else that says that a record begins.
    Header,
    Message,
}

impl Beginning {
    fn of(header: &Header<'_>) -> Self {
        match (header.has_time(), header.is_empty()) {
            (true, _) => Self::Time,
            (false, false) => Self::Header,
            (false, true) => Self::Message,
        }
    }
}

/// What is known of a record from its lines so far.
struct Record {
    begins_with: Beginning,
    /// Whether the first line ends with its header, so that the message is on the next.
    is_header: bool,
    /// Whether the record is the last words of a program.
    is_last_words: bool,
    awaits: Option<Awaited>,
}

/// A line that is still to come.
#[derive(Clone, Copy, Eq, PartialEq)]
enum Awaited {
    /// The exception's own, which ends Python's traceback.
    Exception,
    /// The last one of Node.js.
    NodesEnd,
}

impl Record {
    fn new(first: &str, is_nodes: bool) -> Self {
        let header = Header::of(first.trim_end());
        let awaits_exception = first.contains(stack::TRACEBACK).then_some(Awaited::Exception);
        Self {
            begins_with: Beginning::of(&header),
            is_header: header.has_time() && header.end >= first.trim_end().len(),
            is_last_words: stack::is_last_words(first),
            awaits: if is_nodes { Some(Awaited::NodesEnd) } else { awaits_exception },
        }
    }

    /// Returns whether a line belongs to the record.
    fn goes_on(&mut self, line: &str) -> bool {
        if line.starts_with('{') {
            return std::mem::take(&mut self.is_header);
        }
        if line.starts_with([' ', '\t', '\u{a0}']) || line.starts_with(CLOSING) {
            return true;
        }
        if self.awaits == Some(Awaited::NodesEnd) {
            self.awaits = self.awaits.filter(|_| !line.starts_with(stack::NODE_END));
            return true;
        }
        if is_phps_frame(line) {
            return true;
        }
        if CONTINUING.iter().any(|start| line.starts_with(start)) {
            if line.starts_with(stack::TRACEBACK) {
                self.awaits = Some(Awaited::Exception);
            }
            return true;
        }
        if self.awaits.take().is_some() {
            return true;
        }
        let next = Beginning::of(&Header::of(line.trim_end()));
        match self.begins_with {
            // A record that begins with a time goes on until the next time.
            Beginning::Time => next != Beginning::Time,
            Beginning::Header => next == Beginning::Message,
            Beginning::Message => self.is_last_words && next == Beginning::Message,
        }
    }
}

/// Returns whether a line is a frame of PHP's: `#0 /app/a.php(7): pay()`.
fn is_phps_frame(line: &str) -> bool {
    let number = line.strip_prefix('#').and_then(|rest| rest.split_once(' ')).map_or("", |(number, _)| number);
    !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit())
}
