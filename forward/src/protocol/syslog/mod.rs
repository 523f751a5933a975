//! A message of syslog: RFC 5424, or RFC 3164 as far as programs keep to it.
//!
//! What does not fit stays in the message, so nothing is lost.

#[cfg(test)]
mod tests;

use std::borrow::Cow;

use decode::syslog::{Priority, without_cookie};

/// How many elements of structured data, and parameters of one, are read. The others stay in the message.
const MAX_ELEMENTS: usize = 64;
const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const BYTE_ORDER_MARK: char = '\u{feff}';

/// A message, and what its header says.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Message<'t> {
    /// Facility and severity.
    pub priority: Option<Priority>,
    /// The time as it is written.
    pub timestamp: Option<&'t str>,
    /// The host.
    pub hostname: Option<&'t str>,
    /// The program.
    pub app_name: Option<&'t str>,
    /// The process.
    pub procid: Option<&'t str>,
    /// The kind of message.
    pub msgid: Option<&'t str>,
    /// The elements of structured data.
    pub structured_data: Vec<Element<'t>>,
    /// What follows the header.
    pub text: &'t str,
}

/// An element of structured data.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Element<'t> {
    /// Its id.
    pub id: &'t str,
    /// Names and values.
    pub parameters: Vec<(&'t str, Cow<'t, str>)>,
}

impl<'t> Message<'t> {
    /// Reads a message. Every text is one.
    #[must_use]
    pub fn read(text: &'t str) -> Self {
        let text = text.trim_end_matches(['\n', '\r', '\0']);
        let Some((priority, rest)) = Priority::read(text) else {
            return Self { text, ..Self::default() };
        };
        let bare = Self { priority: Some(priority), text: rest, ..Self::default() };
        let message = match rest.strip_prefix("1 ") {
            Some(fields) => bare.clone().rfc5424(fields),
            None => bare.clone().rfc3164(rest).or_else(|| bare.clone().without_time(rest)),
        };
        let mut message = message.unwrap_or(bare);
        message.text = without_cookie(message.text.trim_start_matches(BYTE_ORDER_MARK));
        message
    }

    /// Reads `2026-11-24T21:08:12Z host app 123 ID47 [id name="value"] message`.
    fn rfc5424(mut self, fields: &'t str) -> Option<Self> {
        let mut parts = fields.splitn(6, ' ');
        let mut next = || parts.next().map(|part| Some(part).filter(|part| !part.is_empty() && *part != "-"));
        self.timestamp = next()?;
        self.hostname = next()?;
        self.app_name = next()?;
        self.procid = next()?;
        self.msgid = next()?;
        let rest = parts.next()?;
        let (elements, rest) = match rest.strip_prefix('-') {
            Some(rest) => (Vec::new(), rest),
            None => structured_data(rest)?,
        };
        self.structured_data = elements;
        self.text = rest.strip_prefix(' ').unwrap_or(rest);
        Some(self)
    }

    /// Reads `Nov 24 21:08:12 gw su[7]: message`. Many programs leave out the host.
    fn rfc3164(mut self, rest: &'t str) -> Option<Self> {
        let (timestamp, rest) = timestamp(rest)?;
        self.timestamp = Some(timestamp);
        self.text = rest;
        let (word, after) = rest.split_once(' ')?;
        // Without a host, the program comes first.
        let after = if tag(rest).is_some() { rest } else { after };
        if after.len() < rest.len() {
            self.hostname = Some(word);
            self.text = after;
        }
        if let Some((app_name, procid, text)) = tag(after) {
            self.app_name = Some(app_name);
            self.procid = procid;
            self.text = text;
        }
        Some(self)
    }

    /// Reads `su[7]: message`, as Python's handler writes it. Without a process, any word may stand before a colon.
    fn without_time(mut self, rest: &'t str) -> Option<Self> {
        let (app_name, procid, text) = tag(rest)?;
        self.app_name = Some(app_name);
        self.procid = Some(procid?);
        self.text = text;
        Some(self)
    }
}

/// Reads `Nov 24 21:08:12 ` or `2026-11-24T21:08:12.5Z `.
fn timestamp(text: &str) -> Option<(&str, &str)> {
    const BYTES: usize = "Nov 24 21:08:12".len();
    if let Some((time, rest)) = text.split_at_checked(BYTES)
        && MONTHS.iter().any(|month| time.starts_with(month))
        && is_like(time, "     9 99:99:99")
    {
        return Some((time, rest.strip_prefix(' ').or_else(|| rest.strip_prefix(": "))?));
    }
    let (time, rest) = text.split_once(' ')?;
    (time.len() < 40 && is_like(time.get(..19)?, "9999-99-99T99:99:99")).then_some((time, rest))
}

/// Returns whether a text has digits where the pattern has, and the same signs elsewhere. A space stands for anything.
fn is_like(text: &str, pattern: &str) -> bool {
    let mut pairs = text.bytes().zip(pattern.bytes());
    pairs.all(|(byte, sign)| match sign {
        b'9' => byte.is_ascii_digit(),
        b' ' => true,
        sign => byte == sign,
    })
}

/// Reads `su[7]: ` or `su: `. Returns program, process and the rest.
fn tag(text: &str) -> Option<(&str, Option<&str>, &str)> {
    let end = text.find([':', ' ', '['])?;
    let (name, rest) = text.split_at(end);
    let (procid, rest) = match rest.strip_prefix('[') {
        Some(rest) => {
            let (procid, rest) = rest.split_once(']')?;
            (Some(procid), rest)
        }
        None => (None, rest),
    };
    let rest = rest.strip_prefix(':')?;
    let is_name = |name: &str| !name.is_empty() && !name.contains(['=', '{', '"', ' ']);
    let text = rest.strip_prefix(' ').unwrap_or(rest);
    (is_name(name) && procid.is_none_or(is_name)).then_some((name, procid, text))
}

/// Reads the elements at the beginning of a text. Returns them and the rest.
fn structured_data(text: &str) -> Option<(Vec<Element<'_>>, &str)> {
    let mut elements = Vec::new();
    let mut rest = text;
    while elements.len() < MAX_ELEMENTS
        && let Some(inside) = rest.strip_prefix('[')
    {
        let (element, after) = element(inside)?;
        elements.push(element);
        rest = after;
    }
    (!elements.is_empty()).then_some((elements, rest))
}

fn element(inside: &str) -> Option<(Element<'_>, &str)> {
    let end = inside.find([' ', ']'])?;
    let (id, mut rest) = inside.split_at(end);
    let mut parameters = Vec::new();
    loop {
        if let Some(after) = rest.strip_prefix(']') {
            return Some((Element { id, parameters }, after));
        }
        if parameters.len() == MAX_ELEMENTS {
            return None;
        }
        let (name, after) = rest.trim_start_matches(' ').split_once("=\"")?;
        let (value, after) = quoted(after)?;
        parameters.push((name, value));
        rest = after;
    }
}

/// Reads a value until its closing quote. A backslash stands before `"`, `\` and `]`.
fn quoted(text: &str) -> Option<(Cow<'_, str>, &str)> {
    let mut is_escaped = false;
    let end = text.bytes().position(|byte| {
        let is_end = byte == b'"' && !is_escaped;
        is_escaped = byte == b'\\' && !is_escaped;
        is_end
    })?;
    let (value, rest) = (text.get(..end)?, text.get(end + 1..)?);
    if !value.contains('\\') {
        return Some((Cow::Borrowed(value), rest));
    }
    let mut plain = String::with_capacity(value.len());
    let mut chars = value.chars().peekable();
    while let Some(char) = chars.next() {
        match (char, chars.peek()) {
            ('\\', Some(next @ ('"' | '\\' | ']'))) => {
                plain.push(*next);
                chars.next();
            }
            _ => plain.push(char),
        }
    }
    Some((Cow::Owned(plain), rest))
}
