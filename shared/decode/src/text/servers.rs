//! Lines of servers that begin in ways of their own: Kubernetes, glog, `CockroachDB`, Redis, Linux's audit.

use record::EventTime;

use super::header::{Header, MAX_BYTES};
use super::level::{self, WordPosition};
use super::time::{self, Time};

/// The digits of a day in a line of glog's: `1124`, `261124`, `20261124`.
const DAY: usize = 4;
const DAY_OF_SHORT_YEAR: usize = 6;
const DAY_OF_YEAR: usize = 8;
/// The marks with which Redis writes a level.
const REDIS: [(&str, &str); 4] = [(". ", "DEBUG"), ("- ", "DEBUG"), ("* ", "INFO"), ("# ", "WARNING")];
/// The letters of Redis's processes: master, replica, child, sentinel.
const REDIS_PROCESSES: [char; 4] = ['M', 'S', 'C', 'X'];
/// What stands before the time of a line of audit's, and how far from its beginning.
const AUDIT: &str = "audit(";
const MAX_BEFORE_AUDIT_BYTES: usize = 128;

/// Reads the header of such a line.
pub(super) fn header(text: &str) -> Option<Header<'_>> {
    glog(text).or_else(|| redis(text)).or_else(|| audit(text))
}

/// Reads `E1124 20:50:26.123456       1 reflector.go:138] message`, as Kubernetes writes it; with a year, as glog does
/// (`E20261124`), and with a short one, as `CockroachDB` does (`E261124`).
fn glog(text: &str) -> Option<Header<'_>> {
    let (letter, rest) = text.split_at_checked(1)?;
    let level = level::of_word(letter, WordPosition::Brackets).filter(|_| "IWEF".contains(letter))?;
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    let (Time::OfDay, length) = time::at_start(rest.get(digits..)?.strip_prefix(' ')?)? else { return None };
    let written = rest.get(..digits + 1 + length)?;
    let time = match digits {
        DAY => Time::WithoutYear(written),
        DAY_OF_SHORT_YEAR => Time::At(EventTime::from_text(&format!("20{written}"))?),
        DAY_OF_YEAR => Time::At(EventTime::from_text(written)?),
        _ => return None,
    };
    let end = text.find("] ").filter(|end| *end < MAX_BYTES).map(|end| end + "] ".len());
    let end = end.or_else(|| (digits != DAY).then_some(letter.len() + written.len()))?;
    Some(Header { time: Some(time), level: Some(level), end, ..Header::default() })
}

/// Reads `1:M 24 Nov 2026 21:08:12.123 # message`: <https://redis.io/docs/latest/operate/oss_and_stack/management/config>.
fn redis(text: &str) -> Option<Header<'_>> {
    let process = text.bytes().take_while(u8::is_ascii_digit).count();
    let rest = text.get(process..)?.strip_prefix(':')?.strip_prefix(REDIS_PROCESSES)?.strip_prefix(' ')?;
    // Redis 4 writes no year.
    let (time @ (Time::At(_) | Time::WithoutYear(_)), length) = time::at_start(rest)? else { return None };
    let marked = rest.get(length..)?.strip_prefix(' ')?;
    let (mark, level) = REDIS.iter().find(|(mark, _)| marked.starts_with(mark))?;
    let end = text.len() - marked.len() + mark.len();
    (process > 0).then_some(Header { time: Some(time), level: Some(level), end, ..Header::default() })
}

/// Reads `type=SYSCALL msg=audit(1795554492.123:77): arch=c000003e`, of which all is pairs.
fn audit(text: &str) -> Option<Header<'_>> {
    let near = &text[..text.floor_char_boundary(MAX_BEFORE_AUDIT_BYTES)];
    let (before, after) = near.split_once(AUDIT)?;
    let (time, serial) = after.split_once(':')?;
    let is_audit = before.contains("type=") && serial.contains("):");
    let time = EventTime::from_text(time).filter(|_| is_audit && time.contains('.'))?;
    Some(Header { time: Some(Time::At(time)), ..Header::default() })
}
