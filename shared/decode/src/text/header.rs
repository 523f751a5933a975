//! What stands at the beginning of a text: a time, a level, and who wrote it.

use record::is_uuid;

use super::brackets;
use super::level::{self, Place};
use super::time::{self, Time};
use super::{access, lambda, stack, syslog};

/// How much of a text is its header, at most.
const MAX_BYTES: usize = 512;
/// How many parts a header has, at most.
const MAX_PARTS: usize = 24;
/// How many words after a time are looked at for a level.
const MAX_WORDS: usize = 6;
/// How long what is in brackets may be.
const MAX_BRACKETS_BYTES: usize = 128;

/// A value of a field that the header tells.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum FieldValue<'t> {
    Text(&'t str),
    Number(i64),
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
    /// Where the header ends.
    pub(super) end: usize,
}

impl<'t> Header<'t> {
    /// Reads the header of a text.
    pub(crate) fn of(text: &'t str) -> Self {
        let mut header = lambda::header(text)
            .or_else(|| syslog::header(text))
            .or_else(|| klog(text))
            .or_else(|| access::header(text))
            .unwrap_or_else(|| Words::new(text).header());
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

    /// Returns whether the text says anything about itself.
    pub(super) fn is_empty(&self) -> bool {
        self.time.is_none() && self.level.is_none() && self.fields.is_empty()
    }

    /// Returns the id of a transaction that one of the fields is.
    pub(super) fn id(&self) -> Option<&'t str> {
        self.fields.iter().find_map(|(name, value)| match value {
            FieldValue::Text(id) if matches!(*name, "request_id" | "trace_id") => Some(*id),
            _ => None,
        })
    }

    /// Returns the header and what follows it, if that may be a record in JSON or logfmt.
    pub(crate) fn split(&self, text: &'t str) -> Option<(&'t str, &'t str)> {
        let (prefix, rest) = text.split_at_checked(self.end)?;
        let is_known = !self.is_empty() || prefix.contains('|');
        let is_object = rest.starts_with('{') && is_known;
        (is_object || (!rest.starts_with('{') && super::logfmt::is_like(rest))).then_some((prefix, rest))
    }

    pub(super) fn push_text(&mut self, name: &'static str, text: Option<&'t str>) {
        if let Some(text) = text.filter(|text| !text.is_empty() && *text != "-") {
            self.fields.push((name, FieldValue::Text(text)));
        }
    }
}

/// Returns what follows the code of a terminal's colour.
fn after_colour(text: &str) -> Option<&str> {
    let code = text.strip_prefix("\u{1b}[")?;
    let end = code.find(|character: char| !character.is_ascii_digit() && character != ';')?;
    code[end..].strip_prefix('m')
}

/// Reads `E1124 20:50:26.123456       1 reflector.go:138] message`, as Kubernetes writes it.
fn klog(text: &str) -> Option<Header<'_>> {
    let (letter, rest) = text.split_at_checked(1)?;
    let level = level::of_word(letter, Place::Brackets).filter(|_| "IWEF".contains(letter))?;
    let (day, time) = rest.split_at_checked(4)?;
    let is_day = day.bytes().all(|byte| byte.is_ascii_digit());
    let (Time::OfDay, length) = time::at_start(time.strip_prefix(' ').filter(|_| is_day)?)? else { return None };
    let time = rest.get(..day.len() + 1 + length)?;
    let end = text.find("] ").filter(|end| *end < MAX_BYTES).map(|end| end + 2)?;
    Some(Header { time: Some(Time::WithoutYear(time)), level: Some(level), end, ..Header::default() })
}

/// The words of a text's first line, from which its header is read.
struct Words<'t> {
    line: &'t str,
    at: usize,
    header: Header<'t>,
}

impl<'t> Words<'t> {
    fn new(text: &'t str) -> Self {
        let line = text.split(['\n', '\r']).next().unwrap_or_default();
        // `{` may follow on the next line.
        let line = if line.trim_end().len() < line.len() { line.trim_end() } else { line };
        Self { line: &line[..line.floor_char_boundary(MAX_BYTES)], at: 0, header: Header::default() }
    }

    fn header(mut self) -> Header<'t> {
        let mut is_after_time = false;
        for part in 0..MAX_PARTS {
            self.skip_separators();
            let rest = self.line.get(self.at..).unwrap_or_default();
            if !self.header.time.as_ref().is_some_and(Time::is_dated)
                && let Some((time, length)) = time::at_start(rest)
            {
                self.header.time = Some(time);
                self.at += length;
                is_after_time = true;
                continue;
            }
            let is_read = match rest.as_bytes().first() {
                None | Some(b'{') => false,
                Some(b'[' | b'(' | b'<') => self.brackets(rest),
                Some(_) => self.word(rest, part == 0, is_after_time),
            };
            if !is_read {
                break;
            }
            // A level follows its time, or what is in brackets after it.
            is_after_time &= rest.starts_with('[');
        }
        self.look_ahead();
        self.header.end = self.at;
        self.header
    }

    /// Skips what separates the parts of a header, and colours.
    fn skip_separators(&mut self) {
        loop {
            let rest = &self.line[self.at..];
            let next = after_colour(rest)
                .unwrap_or_else(|| rest.trim_start_matches([' ', '\t', '-', '|', ':', ',', ';', '>', '*', '\u{feff}']));
            if next.len() == rest.len() {
                return;
            }
            self.at += rest.len() - next.len();
        }
    }

    fn brackets(&mut self, rest: &'t str) -> bool {
        let close = match rest.as_bytes().first() {
            Some(b'[') => ']',
            Some(b'(') => ')',
            _ => '>',
        };
        let Some(end) = rest.find(close).filter(|end| *end <= MAX_BRACKETS_BYTES) else { return false };
        let inside = brackets::read(&rest[1..end]);
        let is_empty = inside == brackets::Inside::default();
        // Brackets before any part of a header begin a message.
        if is_empty && self.header.is_empty() && close != ']' {
            return false;
        }
        let header = &mut self.header;
        header.time = header.time.or(inside.time);
        header.level = header.level.or(inside.level);
        header.push_text("service", inside.service);
        header.push_text("trace_id", inside.trace);
        header.push_text("span_id", inside.span);
        header.push_text("request_id", inside.request);
        self.at += end + 1;
        true
    }

    fn word(&mut self, rest: &'t str, is_first: bool, is_after_time: bool) -> bool {
        if let Some((level, length)) = level::of_php(rest) {
            self.header.level = self.header.level.or(Some(level));
            self.at += length;
            return true;
        }
        let is_end = |character: char| matches!(character, ' ' | '\t' | '[' | '|' | '{' | ':' | ',' | '\u{1b}');
        // Two colons are part of a name: `shop::orders`.
        let mut end = rest.find(is_end).unwrap_or(rest.len());
        while rest[end..].starts_with("::") {
            let after = end + 2;
            end = rest[after..].find(is_end).map_or(rest.len(), |length| after + length);
        }
        let (word, after) = rest.split_at(end);
        if word.contains('=') {
            return false;
        }
        let after = after_colour(after).unwrap_or(after);
        let place = match after.as_bytes() {
            [b':', ..] if is_first || self.header.has_time() => Place::BeforeColon,
            _ if is_after_time => Place::AfterTime,
            _ => Place::Elsewhere,
        };
        // Monolog writes its channel before the level: `app.ERROR: failed`.
        let last = word.rsplit('.').next().filter(|_| place == Place::BeforeColon).unwrap_or(word);
        // A letter before a time.
        let is_letter = is_first && word.len() == 1 && time::at_start(after.trim_start()).is_some();
        let level = level::of_word(last, if is_letter { Place::Brackets } else { place });
        let level = level.filter(|_| self.header.level.is_none());
        if level.is_some() {
            self.header.level = level;
        } else if is_uuid(word) && self.header.id().is_none() {
            self.header.push_text("request_id", Some(word));
        } else if matches!(word, "stdout" | "stderr") && self.header.has_time() {
            self.header.push_text("stream", Some(word));
        } else if !self.is_part(word, after) {
            return false;
        }
        self.at += end;
        true
    }

    /// Returns whether a word is part of the header and says nothing: a logger, a process, a mark.
    fn is_part(&self, word: &str, after: &str) -> bool {
        let is_number = word.trim_start_matches('#').bytes().all(|byte| byte.is_ascii_digit() || byte == b'#');
        let is_letter = word.len() == 1 && word.bytes().all(|byte| byte.is_ascii_uppercase());
        let is_name = word.contains(['.', '/', '$', '@']) || word.contains("::");
        let is_separated = after.starts_with([':', '|', '\t'])
            || after.starts_with(" : ")
            || after.trim_start().starts_with("- ")
            || after.trim_start().starts_with('|');
        let begins_object = after.trim_start().starts_with('{');
        is_separated
            || (is_letter && (after.starts_with(',') || !self.header.is_empty() || self.at > 0))
            || (!self.header.is_empty() && (is_number || (is_name && (begins_object || self.is_before_level(after)))))
            // A load balancer writes the protocol before the time.
            || (self.at == 0 && matches!(word, "http" | "https" | "h2" | "grpcs" | "ws" | "wss"))
    }

    fn is_before_level(&self, after: &str) -> bool {
        self.header.level.is_none() && level::among_words(after, MAX_WORDS).is_some()
    }

    /// Looks for a level among the words after a time: `2026-11-24 21:08:12 worker ERROR message`.
    fn look_ahead(&mut self) {
        if self.header.level.is_none()
            && self.header.has_time()
            && let Some((level, end)) = level::among_words(&self.line[self.at..], MAX_WORDS)
        {
            self.header.level = Some(level);
            self.at += end;
            self.skip_separators();
        }
    }
}
