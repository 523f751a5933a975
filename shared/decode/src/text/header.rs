//! What stands at the beginning of a text: a time, a level, and who wrote it.

use super::time::Time;

/// How much of a text is its header, at most.
pub(super) const MAX_BYTES: usize = 512;

/// How much of a message's first line is looked through for an id before its header is read.
const MAX_SEARCHED_BYTES: usize = 8_192;
/// The least characters of an id that is one by its form: a short trace.
const MIN_ID_BYTES: usize = 16;

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
    pub(super) fn is_of_proxy(&self) -> bool {
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

    /// Returns the header and what follows it, if that may be a record in JSON, XML or logfmt.
    pub(crate) fn split(&self, text: &'t str) -> Option<(&'t str, &'t str)> {
        let (prefix, rest) = text.split_at_checked(self.end)?;
        let is_known = !self.is_empty() || prefix.contains('|') || prefix.trim_end().ends_with(']');
        let is_object = is_known && (rest.starts_with('{') || super::log4j::begins_event(rest));
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
