//! What stands in brackets in a text's header.

use record::is_uuid;

use super::level::{self, Place};
use super::time::{self, Time};

/// The lengths of ids in hexadecimal: of a trace, and of a span or a short trace.
const TRACE_DIGITS: usize = 32;
const SPAN_DIGITS: usize = 16;
/// How many words in brackets are looked at for a level.
const MAX_WORDS: usize = 3;

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
    if let Some(level) = level::of_word(inside, Place::Brackets) {
        return Inside { level: Some(level), ..Inside::default() };
    }
    if let Some((time, length)) = time::at_start(inside) {
        let rest = inside.get(length..).unwrap_or_default();
        let level = level::among_words(rest, MAX_WORDS).map(|(level, _)| level);
        return Inside { time: Some(time), level, ..Inside::default() };
    }
    if is_uuid(inside) {
        return Inside { request: Some(inside), ..Inside::default() };
    }
    tracing(inside).or_else(|| tornado(inside)).or_else(|| apache(inside)).unwrap_or_default()
}

/// Reads `shop,5b8efff798038103d269b633813fc60c,eee19b7ec3c1b174` and `5b8e…-eee1…`, as Spring writes them.
fn tracing(inside: &str) -> Option<Inside<'_>> {
    if let Some((trace, span)) = inside.split_once('-')
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

/// Reads `E 261124 21:08:12 web:2246`.
fn tornado(inside: &str) -> Option<Inside<'_>> {
    let (letter, rest) = inside.split_once(' ')?;
    let is_level = letter.len() == 1 && rest.starts_with(|first: char| first.is_ascii_digit());
    let level = level::of_word(letter, Place::Brackets).filter(|_| is_level)?;
    Some(Inside { level: Some(level), ..Inside::default() })
}

/// Reads `core:error`.
fn apache(inside: &str) -> Option<Inside<'_>> {
    let (module, level) = inside.rsplit_once(':')?;
    let is_module = module.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    let level = level::of_word(level, Place::Brackets).filter(|_| is_module && level.len() > 1)?;
    Some(Inside { level: Some(level), ..Inside::default() })
}

fn is_hex(text: &str, lengths: &[usize]) -> bool {
    lengths.contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}
