//! Which lines of a text are one record.

use record::{is_frame, is_frame_of_another, is_last_words, without_colours};

use super::header::Header;
use super::stack::{EXCEPTIONS, MAX_MESSAGE_LINES, is_ocamls_frame, is_phps_frame};
use super::{lambda, logfmt, open_quotes, programs, stack};
use crate::json::beginning::is_whole_object;

/// What begins a line that belongs to the one before.
const CONTINUING: [&str; 19] = [
    "at ",
    // tslog.
    "error stack:",
    "Caused by (",
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
    // Julia.
    "Stacktrace:",
    // Lua.
    "stack traceback:",
    // Haskell.
    "CallStack (from ",
    "HasCallStack backtrace:",
    stack::TRACEBACK,
    lambda::XRAY,
];
/// What begins the first line of a stack, also one that Python was asked for without an exception.
const STACKS: [&str; 3] = [stack::TRACEBACK, "Exception Group Traceback (most", stack::NO_EXCEPTION];
/// What begins the message of a cause.
const CAUSE: &str = "Caused by: ";
/// What begins a line of `SQLAlchemy`'s in the message of an exception, and one of `PostgreSQL`'s.
const SQLALCHEMY: [&str; 4] = ["[SQL: ", "[SQL parameters ", "[parameters: ", "(Background on this error at: "];
const POSTGRESQL: [&str; 2] = ["DETAIL: ", "HINT: "];
/// What an exception of pydantic's says in its first line. Below it is each field, and what is wrong with it, indented.
const PYDANTIC: &str = " validation error";
/// What closes an object or a list that a line before has opened.
const CLOSING: [char; 3] = ['}', ']', ')'];

/// Returns where the record ends that begins at `start`: at the end of its line, or of the last line of its stack.
pub(super) fn end_of_record(text: &str, start: usize) -> usize {
    let mut lines = Lines { text, at: start };
    let Some(first) = lines.next().filter(|_| lines.at < text.len()) else { return text.len() };
    let is_nodes = stack::is_nodes_last_words(text.get(start..).unwrap_or_default());
    let record = Record::new(&without_colours(first), is_nodes);
    if record.is_logfmt {
        lines.at += open_quotes::bytes_below(first, text.get(lines.at..).unwrap_or_default()).unwrap_or_default();
    }
    record.end(lines)
}

/// Returns where the first record of a text ends whose lines a collector took one by one: at the end of its line, or of the last
/// one of its stack. Any other line is a record, also below one with a time.
pub(super) fn end_of_collected(text: &str) -> usize {
    let mut lines = Lines { text, at: 0 };
    let Some(first) = lines.next() else { return 0 };
    if is_whole_object(first) {
        return end_of_stack(text, lines.at).unwrap_or(lines.at);
    }
    let mut record = Record::new(&without_colours(first), false);
    if record.begins_with == Beginning::Time {
        (record.begins_with, record.message) = (Beginning::Header, Message::MayGoOn);
    }
    record.end(lines)
}

/// Returns where the stack ends that begins at `start`, below a record in JSON or logfmt; `None` if another record begins there.
/// Formatters know only their own line: Python's `logging` adds a traceback to whatever format it has, and log4j a stack.
pub(crate) fn end_of_stack(text: &str, start: usize) -> Option<usize> {
    let mut lines = Lines { text, at: start };
    let first = std::iter::from_fn(|| lines.next()).find(|line| !line.trim().is_empty())?;
    let first = without_colours(first);
    let first = first.trim_end();
    if !begins_stack(first, text.get(lines.at..)?) {
        return None;
    }
    let is_pythons = first.contains(stack::TRACEBACK);
    let mut record = Record {
        begins_with: Beginning::Header,
        is_header: false,
        is_logfmt: false,
        kind: if is_pythons { Kind::Traceback } else { Kind::Any },
        message: if is_frame(first) || is_pythons { Message::Ended } else { Message::MayGoOn },
        awaits: awaited(first),
        exception: Exception::None,
    };
    let mut end = lines.at;
    while let Some(line) = lines.next() {
        if line.trim().is_empty() {
            continue;
        }
        let line = without_colours(line);
        let is_more = || record.goes_on(&line, text.get(lines.at..).unwrap_or_default());
        if begins_json(&line) || !(is_frame_of_another(&line) || { is_more }()) {
            break;
        }
        end = lines.at;
    }
    Some(end)
}

/// Returns whether a line begins a stack: with a traceback's first line, a frame, or an exception before its frames.
fn begins_stack(line: &str, following: &str) -> bool {
    let bare = line.trim_start().trim_start_matches("+ ");
    if STACKS.iter().any(|begin| bare.starts_with(begin)) || is_frame(line) || is_frame_of_another(line) {
        return true;
    }
    // Ruby's frames are not indented, and the line before says what happened in words.
    if following.lines().next().is_some_and(is_frame_of_another) && !begins_json(line) && Header::of(line).is_empty() {
        return true;
    }
    let name = stack::without_code(line.split(':').next().unwrap_or_default());
    let is_name = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'$' | b'\\');
    if name.is_empty() || !name.bytes().all(is_name) || !(is_exception(line) || Header::of(line).is_empty()) {
        return false;
    }
    // A stack below the next record is that one's.
    let is_message = |line: &str| !line.starts_with('{') && !logfmt::is_like(line) && Header::of(line).is_empty();
    let mut lines = following.lines().take(MAX_MESSAGE_LINES);
    let is_stack = |line: &str| is_frame(line) || is_phps_frame(line);
    lines.find(|line| is_stack(line) || !is_message(line)).is_some_and(is_stack)
}

/// Returns whether a line begins as JSON does. The lines of tracebacks do not, but for `SQLAlchemy`'s: what is in them is
/// indented.
fn begins_json(line: &str) -> bool {
    line.starts_with(['{', '[', '"']) && !begins_with(line, &SQLALCHEMY)
}

/// Returns whether a line is one that a database or `SQLAlchemy` writes into the message of an exception.
fn is_databases(line: &str) -> bool {
    begins_with(line, &SQLALCHEMY) || begins_with(line, &POSTGRESQL)
}

fn begins_with(line: &str, beginnings: &[&str]) -> bool {
    beginnings.iter().any(|beginning| line.starts_with(beginning))
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
    /// Whether the first line is one of logfmt's, below which a stack may stand.
    is_logfmt: bool,
    kind: Kind,
    message: Message,
    awaits: Option<Awaited>,
    exception: Exception,
}

/// Whose record it is, as far as its lines differ from others.
#[derive(Clone, Copy, Eq, PartialEq)]
enum Kind {
    Any,
    /// The last words of a program.
    LastWords,
    /// A traceback below a record in JSON or logfmt. The message at its end may have several lines.
    Traceback,
    /// A line of Lambda's platform, after which the type of a failure may follow.
    OfLambda,
    /// `RichHandler`'s, of which the next may be indented in the place of its time.
    Richs,
    /// Julia's, whose lines are drawn together.
    Drawn,
}

impl Kind {
    fn of(first: &str) -> Self {
        match first {
            first if is_last_words(first) => Self::LastWords,
            first if lambda::is_platforms(first) => Self::OfLambda,
            first if first.starts_with('┌') => Self::Drawn,
            first if programs::begins_with_richs_level(first) => Self::Richs,
            _ => Self::Any,
        }
    }
}

/// The message of an exception.
#[derive(Clone, Copy, Eq, PartialEq)]
enum Message {
    /// There is none, or its stack has begun.
    Ended,
    /// It goes on in the next line if a stack follows.
    MayGoOn,
    /// It goes on until its stack, which follows.
    GoesOn,
}

/// The exception that ended Python's traceback.
#[derive(Clone, Copy, Eq, PartialEq)]
enum Exception {
    None,
    Any,
    Pydantics,
}

/// A line that is still to come.
#[derive(Clone, Copy, Eq, PartialEq)]
enum Awaited {
    /// The first frame of Python's traceback.
    Frame,
    /// The exception's own, which ends Python's traceback.
    Exception,
    /// The last one of Node.js.
    NodesEnd,
}

impl Record {
    fn new(first: &str, is_nodes: bool) -> Self {
        let first = first.trim_end();
        let header = Header::of(first);
        let begins_with = Beginning::of(&header);
        Self {
            begins_with,
            is_header: header.has_time() && header.end >= first.len(),
            is_logfmt: begins_with == Beginning::Message && logfmt::is_like(first),
            kind: Kind::of(first),
            message: if begins_with == Beginning::Header || is_exception(first) {
                Message::MayGoOn
            } else {
                Message::Ended
            },
            awaits: if is_nodes { Some(Awaited::NodesEnd) } else { awaited(first) },
            exception: Exception::None,
        }
    }

    /// Returns where the record ends, before or in the lines that follow its first.
    fn end(mut self, mut lines: Lines<'_>) -> usize {
        let mut end = lines.at;
        while let Some(line) = lines.next() {
            if line.trim().is_empty() {
                continue;
            }
            if !self.goes_on(&without_colours(line), lines.text.get(lines.at..).unwrap_or_default()) {
                break;
            }
            end = lines.at;
        }
        end
    }

    /// Returns whether a line belongs to the record, before the `following` ones.
    fn goes_on(&mut self, line: &str, following: &str) -> bool {
        if line.starts_with('{') {
            return std::mem::take(&mut self.is_header);
        }
        if self.kind == Kind::Richs && programs::is_richs_without_time(line) {
            return false;
        }
        if line.starts_with([' ', '\t', '\u{a0}']) || line.starts_with(CLOSING) {
            if self.awaits == Some(Awaited::Frame) {
                self.awaits = Some(Awaited::Exception);
            }
            if is_frame(line) {
                self.message = Message::Ended;
            }
            return true;
        }
        if self.awaits == Some(Awaited::NodesEnd) {
            self.awaits = self.awaits.filter(|_| !line.starts_with(stack::NODE_END));
            return true;
        }
        if is_phps_frame(line) || is_ocamls_frame(line) || (self.kind == Kind::Drawn && line.starts_with(['│', '└']))
        {
            return true;
        }
        if self.kind == Kind::OfLambda && lambda::is_failure_type(line) {
            return true;
        }
        if lambda::is_platforms(line) {
            return false;
        }
        if CONTINUING.iter().any(|start| line.starts_with(start)) {
            self.awaits = awaited(line.trim_end()).or(self.awaits);
            if self.is_logfmt && self.awaits == Some(Awaited::Frame) {
                self.kind = Kind::Traceback;
            }
            if line.starts_with(CAUSE) {
                self.message = Message::MayGoOn;
            }
            return true;
        }
        if self.is_logfmt && begins_stack(line.trim_end(), following) {
            (self.is_logfmt, self.message) = (false, Message::GoesOn);
            return true;
        }
        let is_below_exception = self.kind == Kind::Traceback || self.exception != Exception::None;
        if is_below_exception && is_databases(line) {
            return true;
        }
        if self.kind == Kind::Traceback && self.is_logfmt && logfmt::is_like(line) {
            return false;
        }
        let next = Beginning::of(&Header::of(line.trim_end()));
        if self.awaits.take() == Some(Awaited::Exception) && next != Beginning::Time {
            self.exception = if line.contains(PYDANTIC) { Exception::Pydantics } else { Exception::Any };
            return true;
        }
        match self.begins_with {
            // A record that begins with a time goes on until the next time.
            Beginning::Time => next != Beginning::Time,
            _ if matches!(self.kind, Kind::LastWords | Kind::Traceback) => next == Beginning::Message,
            _ if next != Beginning::Message => false,
            _ if self.exception == Exception::Pydantics && following.starts_with("  ") => true,
            _ if self.exception != Exception::None && leads_to(following, is_databases) => true,
            _ => {
                if self.message == Message::MayGoOn && has_stack(following) {
                    self.message = Message::GoesOn;
                }
                self.message == Message::GoesOn
            }
        }
    }
}

/// Returns what is still to come after a line with the beginning of a traceback. In one line, the traceback is whole.
fn awaited(line: &str) -> Option<Awaited> {
    let (_, after) = line.split_once(stack::TRACEBACK)?;
    matches!(after, "" | ":").then_some(Awaited::Frame)
}

/// Returns whether a line begins with the name of an exception: `TypeError: x is undefined`.
fn is_exception(line: &str) -> bool {
    let name = line.split([':', ' ']).next().unwrap_or_default();
    line.starts_with(stack::DARTS_FIRST_LINE) || EXCEPTIONS.iter().any(|end| name.ends_with(end))
}

/// Returns whether the lines that follow are the rest of an exception's message, and then its stack.
fn has_stack(following: &str) -> bool {
    leads_to(following, |line| is_frame(line) || is_phps_frame(line))
}

/// Returns whether the lines that follow may be in the message of an exception until one that is.
fn leads_to(following: &str, is_end: impl Fn(&str) -> bool) -> bool {
    let mut lines = following.lines().take(MAX_MESSAGE_LINES);
    let is_message = |line: &str| line.trim().is_empty() || Header::of(line).is_empty();
    let is_message = |line: &str| is_message(line) && !line.starts_with(stack::TRACEBACK);
    lines.find(|line| is_end(line) || !is_message(line)).is_some_and(is_end)
}
