//! Syslog: RFC 5424, RFC 3164, and the same without the priority, as in `/var/log/messages`, also with a time of RFC 3339.

use std::convert::Infallible;

use record::{Container, Draft, FieldSink, Value, level};

use super::header::{FieldValue, Header};
use super::logfmt;
use super::time::{self, Time};
use super::words::Words;
use crate::syslog::{Priority, without_cookie};

/// How much of a text is its header, at most.
const MAX_BYTES: usize = 4_096;
/// Programs of a system that write no process.
const SYSTEM: [&str; 5] = ["kernel", "systemd", "sudo", "su", "rsyslogd"];
/// The days of the week, as journald writes them.
const DAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
/// How many elements of structured data are read.
const MAX_ELEMENTS: usize = 32;

pub(super) fn header(text: &str) -> Option<Header<'_>> {
    let Some((priority, rest)) = Priority::read(text) else {
        let mut header = if is_month(text) { rfc3164(text, text, Header::default()) } else { rfc3339(text) }?;
        header.level = Words::new(text.get(header.end..)?).header().level;
        return Some(header);
    };
    let mut header = Header { level: Some(priority.level()), ..Header::default() };
    header.fields.push(("facility", FieldValue::Number(priority.facility().into())));
    header.fields.push(("severity", FieldValue::Number(priority.severity().into())));
    if let Some(fields) = rest.strip_prefix("1 ") {
        return rfc5424(text, fields, header);
    }
    let (level, fields) = (header.level, header.fields.clone());
    rfc3164(text, rest, header).or_else(|| {
        let mut bare = Header { level, fields, end: text.len() - rest.len(), ..Header::default() };
        put_tag(&mut bare, text, rest);
        Some(bare)
    })
}

fn is_month(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_alphabetic())
        && matches!(time::at_start(text), Some((Time::WithoutYear(_), _)))
}

/// Reads `2026-11-24T21:08:12Z host app 123 ID47 [id name="value"] message`.
fn rfc5424<'t>(text: &'t str, fields: &'t str, mut header: Header<'t>) -> Option<Header<'t>> {
    let mut parts = fields.splitn(6, ' ');
    let time = parts.next()?;
    if time != "-" {
        header.time = Some(time::at_start(time)?.0);
    }
    for name in ["hostname", "app_name", "procid", "msgid"] {
        header.push_text(name, Some(parts.next()?));
    }
    let rest = parts.next()?;
    let data = structured_data(rest);
    header.structured_data = data.filter(|data| !data.is_empty());
    let message = rest.get(data.map_or(0, str::len)..)?.trim_start_matches('-').trim_start();
    header.end = text.len() - without_cookie(message).len();
    Some(header)
}

/// Returns the elements of structured data at the beginning of a text.
fn structured_data(text: &str) -> Option<&str> {
    let near = &text[..text.floor_char_boundary(MAX_BYTES)];
    let (mut is_quoted, mut is_escaped, mut is_open) = (false, false, false);
    for (at, byte) in near.bytes().enumerate() {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' if is_quoted => is_escaped = true,
            b'"' if is_open => is_quoted = !is_quoted,
            _ if is_quoted => {}
            b'[' if !is_open => is_open = true,
            b']' if is_open => is_open = false,
            _ if !is_open => return near.get(..at),
            _ => {}
        }
    }
    (!is_open).then_some(near)
}

/// Reads `Nov 24 21:08:12 gw su[7]: message`. Many programs write another time.
fn rfc3164<'t>(text: &'t str, rest: &'t str, mut header: Header<'t>) -> Option<Header<'t>> {
    let (time, length) = time::at_start(rest)?;
    header.time = Some(time);
    let rest = rest.get(length..)?.trim_start();
    // A handler that leaves out time and host may write a program's line, with both.
    let (host, rest) = rest.split_once(' ').filter(|(host, _)| level::number(host).is_none())?;
    let tag_end = rest.find([':', ' ', '[']).unwrap_or(rest.len());
    let (tag, after) = rest.split_at(tag_end);
    let is_name = |name: &str| !name.is_empty() && !name.contains(['=', '{', '"']);
    let message = match after.as_bytes().first() {
        // The tag of a message without a host.
        _ if host.ends_with(':') => {
            let (name, process) = name_and_process(host.trim_end_matches(':'));
            header.push_text("procid", process);
            header.push_text("app_name", Some(name));
            header.end = text.len() - without_cookie(rest.trim_start()).len();
            return Some(header);
        }
        Some(b'[') => {
            let (pid, message) = after.get(1..)?.split_once(']')?;
            header.push_text("procid", Some(pid));
            message.strip_prefix(':').unwrap_or(message)
        }
        Some(b':') if is_name(tag) => after.get(1..)?,
        _ => return None,
    };
    header.push_text("hostname", Some(host).filter(|host| is_name(host)));
    header.push_text("app_name", Some(tag).filter(|tag| is_name(tag)));
    header.end = text.len() - without_cookie(message.trim_start()).len();
    Some(header)
}

/// Reads the program and its process where neither time nor host stand before them: `su[7]: message`.
fn put_tag<'t>(header: &mut Header<'t>, text: &'t str, rest: &'t str) {
    let Some((tag, message)) = rest.split_once(": ") else { return };
    if let (name, Some(process)) = name_and_process(tag)
        && !tag.contains(' ')
        && !name.is_empty()
    {
        header.push_text("app_name", Some(name));
        header.push_text("procid", Some(process));
        header.end = text.len() - without_cookie(message.trim_start()).len();
    }
}

/// Splits `su[7]`.
fn name_and_process(tag: &str) -> (&str, Option<&str>) {
    let parts = tag.strip_suffix(']').and_then(|tag| tag.split_once('['));
    parts.map_or((tag, None), |(name, process)| (name, Some(process)))
}

/// Reads `2026-11-24T21:08:12.123456+00:00 gw su[7]: message`, as rsyslog writes files and journald its short lines, and
/// `2026-11-24T21:08:12.123456+00:00 heroku[router]: message`; also `Tue 2026-11-24 21:08:12 UTC gw su[7]: message`, as
/// `journalctl -o short-full` writes it.
fn rfc3339(text: &str) -> Option<Header<'_>> {
    let dated = DAYS.iter().find_map(|day| text.strip_prefix(day)?.strip_prefix(' '));
    let (dated, separator) = dated.map_or((text, b'T'), |dated| (dated, b' '));
    if dated.as_bytes().get(10) != Some(&separator) {
        return None;
    }
    let (time @ Time::At(_), length) = time::at_start(dated)? else { return None };
    let (written, rest) = dated.split_at_checked(length)?;
    let (first, after) = rest.strip_prefix(' ')?.split_once(' ')?;
    let (host, tag, message) = if let Some(tag) = first.strip_suffix(':') {
        (None, tag, after)
    } else {
        let (tag, message) = after.split_once(": ")?;
        (Some(first), tag, message)
    };
    let (name, process) = name_and_process(tag);
    let process = process.unwrap_or_default();
    let is_word = |word: &str, more: &[u8]| {
        let is_part = |byte: u8| byte.is_ascii_alphanumeric() || more.contains(&byte);
        !word.is_empty() && word.bytes().all(is_part) && level::number(word).is_none()
    };
    let is_record = |message: &str| message.starts_with('{') || logfmt::is_like(message);
    // `Payment failed: declined` is a message. Both programs write an offset.
    let is_host = |host: &str| host.contains(|byte: char| byte.is_ascii_digit() || byte == '-' || byte == '.');
    let is_tag = !process.is_empty()
        || (!written.ends_with('Z') && (SYSTEM.contains(&name) || host.is_some_and(is_host) || is_record(message)));
    if !is_tag || !is_word(name, b"_-./()") || !host.is_none_or(|host| is_word(host, b"_-.")) {
        return None;
    }
    let mut header = Header { time: Some(time), ..Header::default() };
    header.push_text("hostname", host);
    header.push_text("app_name", Some(name));
    header.push_text("procid", Some(process).filter(|process| is_word(process, b"_-.")));
    header.end = text.len() - without_cookie(message.trim_start()).len();
    Some(header)
}

/// Adds the elements of structured data: an object for each, with the element's id as `id`.
pub(super) fn put_structured_data(draft: &mut Draft<'_>, data: Option<&str>) {
    let Some(data) = data else { return };
    let Ok(()) = draft.push_container("structured_data", Container::Array, |sink| {
        let mut position = itoa::Buffer::new();
        for (index, element) in elements(data).take(MAX_ELEMENTS).enumerate() {
            let (id, parameters) = element.split_once(' ').unwrap_or((element, ""));
            sink.push_container(position.format(index), Container::Document, |sink| {
                sink.push("id", Value::Text(id));
                for (name, value) in logfmt::pairs(parameters).unwrap_or_default() {
                    sink.push(&name, Value::Text(&value.text));
                }
                Ok::<_, Infallible>(())
            })?;
        }
        Ok::<_, Infallible>(())
    });
}

/// Returns what is in each pair of brackets. Brackets in quotes do not count.
fn elements(data: &str) -> impl Iterator<Item = &str> {
    let mut rest = data;
    std::iter::from_fn(move || {
        let inside = rest.strip_prefix('[')?;
        let (mut is_quoted, mut is_escaped) = (false, false);
        let end = inside.bytes().position(|byte| {
            let was_escaped = is_escaped;
            is_escaped = byte == b'\\' && is_quoted && !was_escaped;
            is_quoted ^= byte == b'"' && !was_escaped;
            byte == b']' && !is_quoted
        })?;
        rest = inside.get(end + 1..)?;
        inside.get(..end)
    })
}
