//! What stands at the beginning of a text: a time, a level, and who wrote it.

use super::level::{self, Place};
use super::time::{self, Time};
use super::words::Words;
use super::{access, csv, lambda, mysql, programs, servers, stack, syslog, systems};

/// How much of a text is its header, at most.
pub(super) const MAX_BYTES: usize = 512;

/// How much of a message's first line is looked through for an id before its header is read.
const MAX_SEARCHED_BYTES: usize = 8_192;
/// The least characters of an id that is one by its form: a short trace.
const MIN_ID_BYTES: usize = 16;
/// What a program's line in a message of syslog's may say in its header, as the ids of a transaction and its service.
const OF_LINE: [&str; 4] = ["request_id", "trace_id", "span_id", "service"];

/// A value of a field that the header tells.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum FieldValue<'t> {
    Text(&'t str),
    Number(i64),
    Decimal(f64),
}

/// What a text says before its message.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Header<'t> {
    pub(super) time: Option<Time<'t>>,
    /// Python's name of the level, or the runtime's of Lambda.
    pub(crate) level: Option<&'t str>,
    /// Other facts, as fields.
    pub(super) fields: Vec<(&'static str, FieldValue<'t>)>,
    /// Syslog's, as it is written.
    pub(super) structured_data: Option<&'t str>,
    /// The message, where it is not the whole text.
    pub(super) message: Option<&'t str>,
    /// What stands before that message, where the fields do not say all of it.
    pub(super) before_message: Option<&'t str>,
    /// Where the header ends.
    pub(super) end: usize,
}

impl<'t> Header<'t> {
    /// Reads the header of a text without colours.
    pub(crate) fn of(text: &'t str) -> Self {
        let mut header = lambda::header(text).or_else(|| Self::of_syslog(text)).unwrap_or_else(|| Self::of_line(text));
        if header.id().is_none() && header.is_of_proxy() {
            header.push_text("request_id", access::id_of_request(text.get(header.end..).unwrap_or_default()));
        }
        if stack::is_last_words(text) {
            header.level = Some("ERROR");
        }
        header.level = header.level.or_else(|| level::of_map(text));
        if header.level.is_none() && header.time.is_some() {
            // java.util.logging writes the level in the second line.
            let second = text.split_once('\n').map_or("", |(_, rest)| rest);
            let word = second.split(':').next().unwrap_or_default();
            let is_capital = word.bytes().all(|byte| byte.is_ascii_uppercase());
            header.level = level::of_word(word, Place::BeforeColon).filter(|_| is_capital && word.len() < second.len());
        }
        header
    }

    /// Reads the header of a line that no daemon of syslog wrote.
    pub(super) fn of_line(text: &'t str) -> Self {
        servers::header(text).or_else(|| mysql::header(text)).unwrap_or_else(|| {
            // Read once, since reading a time takes longer than all the rest.
            let time = time::at_start(text);
            let header = programs::header(text, time).or_else(|| systems::header(text, time));
            let header = header.or_else(|| csv::header(text, time)).or_else(|| access::header(text, time));
            header.unwrap_or_else(|| Words::beginning_with(text, time).header())
        })
    }

    /// Reads the header of syslog, and the ids in that of the program's line after it.
    fn of_syslog(text: &'t str) -> Option<Self> {
        let mut header = syslog::header(text)?;
        let line = text.get(header.end..).unwrap_or_default();
        if !line.starts_with('{') && may_have_id(line) {
            let of_line = Self::of_line(line);
            for name in OF_LINE {
                header.push_text(name, of_line.field(name));
            }
        }
        Some(header)
    }

    /// Returns the time in seconds since the epoch.
    #[must_use]
    pub(crate) fn created(&self) -> Option<f64> {
        match self.time {
            Some(Time::At(time)) => Some(time.seconds()),
            _ => None,
        }
    }

    /// Returns whether the text has a time of its own, even an incomplete one.
    pub(super) fn has_time(&self) -> bool {
        self.time.is_some()
    }

    /// Returns whether it says a date, even an incomplete one.
    pub(super) fn has_date(&self) -> bool {
        self.time.as_ref().is_some_and(Time::is_dated)
    }

    /// Returns whether the text says anything about itself.
    pub(super) fn is_empty(&self) -> bool {
        self.time.is_none() && self.level.is_none() && self.fields.is_empty()
    }

    /// Returns whether a proxy may have written the text: to syslog, or as an access log.
    fn is_of_proxy(&self) -> bool {
        self.fields.iter().any(|(name, _)| matches!(*name, "app_name" | "remote_addr"))
    }

    /// Returns a field's text.
    pub(super) fn field(&self, name: &str) -> Option<&'t str> {
        self.fields.iter().find_map(|(own, value)| match value {
            FieldValue::Text(text) if *own == name => Some(*text),
            _ => None,
        })
    }

    /// Returns the id of a transaction that one of the fields is.
    pub(super) fn id(&self) -> Option<&'t str> {
        self.field("request_id").or_else(|| self.field("trace_id"))
    }

    /// Returns the header and what follows it, if that may be a record in JSON or logfmt.
    pub(crate) fn split(&self, text: &'t str) -> Option<(&'t str, &'t str)> {
        let (prefix, rest) = text.split_at_checked(self.end)?;
        let is_known = !self.is_empty() || prefix.contains('|') || prefix.trim_end().ends_with(']');
        let is_object = rest.starts_with('{') && is_known;
        (is_object || (!rest.starts_with('{') && super::logfmt::is_like(rest))).then_some((prefix, rest))
    }

    /// Returns the line of a program after the header of a message of syslog's.
    pub(super) fn line_in_syslog(&self, text: &'t str) -> Option<&'t str> {
        let is_syslogs = self.fields.iter().any(|(name, _)| matches!(*name, "facility" | "app_name"));
        text.get(self.end..).filter(|_| is_syslogs)
    }

    pub(super) fn push_text(&mut self, name: &'static str, text: Option<&'t str>) {
        if let Some(text) = text.filter(|text| !text.is_empty() && *text != "-") {
            self.fields.push((name, FieldValue::Text(text)));
        }
    }
}

/// Returns whether a text's first line may have an id in its header that is one by its form. One look shows that most have
/// none.
pub(super) fn may_have_id(text: &str) -> bool {
    let (mut length, mut has_digit) = (0, false);
    for byte in text.bytes().take(MAX_SEARCHED_BYTES).take_while(|byte| *byte != b'\n') {
        if byte.is_ascii_alphanumeric() || byte == b'-' {
            length += 1;
            has_digit |= byte.is_ascii_digit();
            if length >= MIN_ID_BYTES && has_digit {
                return true;
            }
        } else {
            (length, has_digit) = (0, false);
        }
    }
    false
}
