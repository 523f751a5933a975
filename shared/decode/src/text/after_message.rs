//! The object that a library writes after a message: `info: order placed {"service":"shop"}` of winston, the fields of zap's
//! and Monolog's lines.
//!
//! It stays a part of the message. What it says about the record is taken from it.

use std::ops::RangeInclusive;

use memchr::memchr_iter;
use record::{Draft, FieldSink, Said};

use super::header::Header;
use crate::{Scanner, repair};

/// How many braces of a line are tried, at most.
const MAX_TRIES: usize = 4;
/// What begins the last object of a line of Monolog's with the id of the request, and how long ids are.
const MONOLOGS_UID: &str = "{\"uid\":\"";
const UID_BYTES: RangeInclusive<usize> = 7..=32;
/// What stands before an object that nest-winston prints, the units of the time after it, and how long that time is.
const PRINTED: &str = " - {";
const UNITS: [char; 4] = ['s', 'm', 'h', 'd'];
const MAX_SINCE_BYTES: usize = 8;
/// What winston writes before a message of its level `http`, which is elsewhere no level.
const HTTP: &str = "http: ";

/// Returns what the object at the end of a text's first line says. A text without a header may be a sentence about an object.
pub(super) fn said(text: &str, header: &Header<'_>, draft: &mut Draft<'_>) -> Option<Said> {
    let line = text.lines().next()?.trim_end();
    if !line.ends_with(['}', ']']) {
        return said_by_printed(text, line, header, draft);
    }
    // Before a program's line in a message of syslog's stands one more header.
    let own = header.line_in_syslog(line);
    let has_header = own.map_or_else(|| !header.is_empty(), |own| !Header::of_line(own).is_empty());
    let line = own.unwrap_or(line);
    if !has_header && !line.starts_with(HTTP) {
        return None;
    }
    let is_beginning = |at: &usize| {
        let before = line.as_bytes().get(at.wrapping_sub(1));
        before.is_some_and(u8::is_ascii_whitespace) && line.as_bytes().get(at + 1) == Some(&b'"')
    };
    let mut objects = memchr_iter(b'{', line.as_bytes()).filter(is_beginning).take(MAX_TRIES);
    objects.find_map(|at| {
        let rest = line.get(at..)?;
        if !draft.spend(rest.len()) {
            return None;
        }
        let mut scanner = Scanner::new(rest);
        scanner.skip().ok()?;
        let (object, after) = rest.split_at_checked(scanner.at)?;
        // Monolog writes a second one, or an empty list for it.
        let after = after.trim_start();
        if !after.is_empty() && !after.starts_with('{') && after != "[]" {
            return None;
        }
        let mut inner = draft.beside(object.len());
        Scanner::read_object(object, &mut inner).ok()?;
        let said = inner.said();
        // After a line with its own time it may be an order's.
        Some(if begins_with_level(line) { said } else { Said { created: None, ..said } })
    })
}

/// Returns what the object says that nest-winston prints after a message, as Node.js does, with the time since the line before:
/// `order failed - { stack: [ 'Error: …' ] } +1ms`, also in several lines.
fn said_by_printed(text: &str, line: &str, header: &Header<'_>, draft: &mut Draft<'_>) -> Option<Said> {
    let is_begun = line.ends_with(PRINTED) || (line.ends_with(UNITS) && line.contains("} +"));
    if !is_begun || !header.has_time() || header.level.is_none() {
        return None;
    }
    let text = text.trim_end();
    let text =
        text.rsplit_once(" +").filter(|(_, since)| since.len() <= MAX_SINCE_BYTES).map_or(text, |(text, _)| text);
    let at = line.find(PRINTED)? + PRINTED.len() - 1;
    let object = text.get(at..).filter(|object| object.ends_with('}'))?;
    let repaired = repair::object(object, draft.work()).filter(|repaired| repaired.length == object.len())?;
    let mut inner = draft.beside(repaired.json.len());
    Scanner::read_object(&repaired.json, &mut inner).ok()?;
    Some(Said { created: None, ..inner.said() })
}

/// Returns the id of the request that Monolog's `UidProcessor` writes in the last object of a line: `… {"order":7} {"uid":"5f1c9a3"}`.
pub(super) fn uid_of_monolog<'t>(text: &'t str, header: &Header<'_>) -> Option<&'t str> {
    let line = text.lines().next()?.trim_end();
    if header.level.is_none() || !line.ends_with('}') {
        return None;
    }
    let (before, last) = line.split_at_checked(memchr::memrchr(b'{', line.as_bytes())?)?;
    let (uid, after) = last.strip_prefix(MONOLOGS_UID)?.split_once('"')?;
    let is_uid = UID_BYTES.contains(&uid.len()) && uid.bytes().all(|byte| byte.is_ascii_hexdigit());
    (is_uid && before.trim_end().ends_with(['}', ']']) && after.starts_with([',', '}'])).then_some(uid)
}

/// Returns whether a line begins as winston's `simple()` writes it: `info: `.
fn begins_with_level(line: &str) -> bool {
    line.split_once(": ").is_some_and(|(word, _)| word.bytes().all(|byte| byte.is_ascii_alphabetic()))
}

/// Returns the level of a line of winston's that is elsewhere no level.
pub(super) fn level(text: &str) -> Option<&'static str> {
    text.starts_with(HTTP).then_some("DEBUG")
}
