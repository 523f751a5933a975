//! What stands in brackets in a text's header.

use record::is_long_id;

use super::level::{self, WordPosition};
use super::time::{self, Time};

/// The lengths of ids in hexadecimal: of a trace, and of a span or a short trace.
const TRACE_DIGITS: usize = 32;
const SPAN_DIGITS: usize = 16;
/// How many words in brackets are looked at for a level.
const MAX_WORDS: usize = 3;

/// The letters of levels that elsewhere are none: critical, notice.
const LETTERS: [(&str, &str); 2] = [("C", "CRITICAL"), ("N", "INFO")];
/// The random characters and the digits of an id of chi's.
const CHI_RANDOM: usize = 10;
const CHI_DIGITS: usize = 6;

/// The bytes of a date, and of a time in brackets of its own at most.
const DATE_BYTES: usize = 10;
const MAX_TIME_BYTES: usize = 24;

/// What brackets hold.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Inside<'t> {
    pub(super) time: Option<Time<'t>>,
    pub(super) level: Option<&'static str>,
    pub(super) service: Option<&'t str>,
    pub(super) trace: Option<&'t str>,
    pub(super) span: Option<&'t str>,
    pub(super) request: Option<&'t str>,
}

/// Reads what brackets hold.
pub(super) fn read(inside: &str) -> Inside<'_> {
    let inside = inside.trim();
    if let Some(level) = level::of_word(inside, WordPosition::Brackets) {
        return Inside { level: Some(level), ..Inside::default() };
    }
    if let Some(read) = lettered(inside) {
        return read;
    }
    if let Some((time, length)) = time::at_start(inside) {
        let rest = inside.get(length..).unwrap_or_default();
        let level = level::among_words(rest, MAX_WORDS).map(|(level, _)| level);
        return Inside { time: Some(time), level, ..Inside::default() };
    }
    if is_long_id(inside) {
        return Inside { request: Some(inside), ..Inside::default() };
    }
    tracing(inside)
        .or_else(|| outside_trace(inside))
        .or_else(|| of_module(inside))
        .or_else(|| chi(inside))
        .unwrap_or_default()
}

/// Reads `[2026-11-24][21:08:12]`, as fern's examples write it, and returns how many bytes it takes.
pub(super) fn date_and_time(text: &str) -> Option<(Time<'static>, usize)> {
    let (date, rest) = text.strip_prefix('[')?.split_at_checked(DATE_BYTES)?;
    let (of_day, _) = rest.strip_prefix("][")?.split_once(']').filter(|(of_day, _)| of_day.len() <= MAX_TIME_BYTES)?;
    let written = format!("{date} {of_day}");
    match time::at_start(&written)? {
        (Time::At(time), length) if length == written.len() => Some((Time::At(time), written.len() + "[][]".len() - 1)),
        _ => None,
    }
}

/// Returns whether a text begins with the id of a trace or a request in brackets, as after a logger:
/// `com.acme.Pay [6f1a…] - paid`.
pub(super) fn begin_with_id(text: &str) -> bool {
    let inside =
        |open, close| text.strip_prefix(open)?.split_once(close).map(|(inside, _): (&str, &str)| inside.trim());
    let inside = inside('[', ']').or_else(|| inside('(', ')')).or_else(|| inside('<', '>')).unwrap_or_default();
    is_long_id(inside) || tracing(inside).is_some()
}

/// Reads `shop,5b8efff798038103d269b633813fc60c,eee19b7ec3c1b174` and `5b8e…-eee1…`, as Spring writes them, also with a
/// comma or a slash and without the service.
fn tracing(inside: &str) -> Option<Inside<'_>> {
    if let Some((trace, rest)) = inside.split_once(['-', ',', '/'])
        && let Some(span) = rest.split(',').next().map(str::trim)
        && is_hex(trace, &[TRACE_DIGITS])
        && is_hex(span, &[SPAN_DIGITS])
    {
        return Some(Inside { trace: Some(trace), span: Some(span), ..Inside::default() });
    }
    let mut parts = inside.split(',').map(str::trim);
    let (service, trace, span) = (parts.next()?, parts.next()?, parts.next()?);
    let is_trace = is_hex(trace, &[TRACE_DIGITS, SPAN_DIGITS]) && is_hex(span, &[SPAN_DIGITS]);
    is_trace.then_some(Inside {
        service: Some(service).filter(|service| !service.is_empty()),
        trace: Some(trace),
        span: Some(span),
        ..Inside::default()
    })
}

/// Reads `shop,,` and `shop,,,`, as Spring Cloud Sleuth writes the service outside a trace.
fn outside_trace(inside: &str) -> Option<Inside<'_>> {
    let (service, rest) = inside.split_once(',')?;
    let is_part = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.');
    let is_empty = matches!(rest, "," | ",,") && !service.is_empty() && service.bytes().all(is_part);
    is_empty.then_some(Inside { service: Some(service), ..Inside::default() })
}

/// Reads a level before a time: `ERROR 21:08:12`; `E 261124 21:08:12 web:2246` of Tornado and logzero, Jupyter's
/// `I 2026-11-24 21:08:12.123 ServerApp`, Passenger's `N 2026-11-24 21:08:12.1234 7/T1 core.cpp:7`.
fn lettered(inside: &str) -> Option<Inside<'_>> {
    let (letter, rest) = inside.split_once(' ')?;
    let other = || LETTERS.iter().find(|(known, _)| *known == letter).map(|(_, level)| *level);
    let level = level::of_word(letter, WordPosition::Brackets).or_else(other)?;
    let (time, _) = time::at_start(rest)?;
    Some(Inside { time: Some(time), level: Some(level), ..Inside::default() })
}

/// Reads Apache's `core:error`, Twisted's `shop.pay#error`, fast-logger's `Error#shop`, hslogger's `shop.pay : ERROR` and
/// Minecraft's `main/ERROR`.
fn of_module(inside: &str) -> Option<Inside<'_>> {
    let at = inside.rfind([':', '#', '/'])?;
    let (module, name) = (inside.get(..at)?.trim_end(), inside.get(at + 1..)?.trim_start());
    let is_part = |more: &[u8]| module.bytes().all(|byte| byte.is_ascii_alphanumeric() || more.contains(&byte));
    let level = |name| level::of_word(name, WordPosition::Brackets).filter(|level| level.len() > 1);
    let is_capital = name.bytes().all(|byte| byte.is_ascii_uppercase());
    let level = match inside.as_bytes().get(at)? {
        b'#' if is_part(b"_.") => level(name).or_else(|| level(module)),
        b':' if is_part(b"_") || (is_capital && is_part(b"_.")) => level(name),
        b'/' if is_capital && is_part(b"_- #.") => level(name),
        _ => None,
    }?;
    Some(Inside { level: Some(level), ..Inside::default() })
}

/// Reads `web-1/4Rt0XKzU9q-000001`, as chi writes the id of a request.
fn chi(inside: &str) -> Option<Inside<'_>> {
    let (host, id) = inside.split_once('/')?;
    let (random, count) = id.split_once('-')?;
    let is_id = random.len() == CHI_RANDOM && random.bytes().all(|byte| byte.is_ascii_alphanumeric());
    let is_count = count.len() == CHI_DIGITS && count.bytes().all(|byte| byte.is_ascii_digit());
    (is_id && is_count && !host.contains(' ')).then_some(Inside { request: Some(inside), ..Inside::default() })
}

fn is_hex(text: &str, lengths: &[usize]) -> bool {
    lengths.contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}
