//! Lines whose time and level stand in places of their own: macOS, z/OS, Db2, `GlassFish`, Chromium, Zabbix, Meteor,
//! Finagle, the Common Event Format.

use record::EventTime;

use super::header::{Header, MAX_BYTES};
use super::level::{self, WordPosition};
use super::time::{self, Time};

/// The types of macOS's unified log that are no names of levels.
const MACOS: [(&str, &str); 2] = [("Default", "INFO"), ("Fault", "CRITICAL")];
/// The digits of a day and of a time without separators.
const DAY: usize = 4;
const DAY_OF_YEAR: usize = 8;
const TIME: usize = 6;
/// The parts of a line in the Common Event Format, the place of its severity, and the severities that are words.
const CEF_PARTS: usize = 8;
const CEF_SEVERITY: usize = 6;
const CEF_NAMES: [(&str, u8); 4] = [("Low", 3), ("Medium", 6), ("High", 8), ("Very-High", 10)];
/// The digits of z/OS's day: a year of two digits and the day of the year.
const JULIAN: usize = 5;
/// How many words of a line of z/OS stand before its day.
const MAX_WORDS_BEFORE_DAY: usize = 3;
/// The digits of Db2's offset, which is in minutes.
const DB2_OFFSET: usize = 3;
const MICROS_PER_MINUTE: i64 = 60_000_000;
/// How far from its time Db2 writes a level.
const MAX_DB2_BYTES: usize = 128;

/// Reads the header of such a line, which may begin with a time that takes so many bytes.
pub(super) fn header<'t>(text: &'t str, time: Option<(Time<'t>, usize)>) -> Option<Header<'t>> {
    let line = text[..text.floor_char_boundary(MAX_BYTES)].lines().next()?;
    match time {
        Some((time, length)) => macos(line, time, length).or_else(|| db2(line, time, length)),
        None => glassfish(line)
            .or_else(|| chromium(line))
            .or_else(|| after_letter(line))
            .or_else(|| zabbix(line))
            .or_else(|| cef(line))
            .or_else(|| zos(line)),
    }
}

fn digits(text: &str) -> usize {
    text.bytes().take_while(u8::is_ascii_digit).count()
}

/// Reads `2026-11-24 21:08:12.123456+0000 0x1234     Error       0x0                  7      0    App: message`.
fn macos<'t>(line: &'t str, time: Time<'t>, length: usize) -> Option<Header<'t>> {
    let rest = line.get(length..)?.strip_prefix(" 0x")?;
    let (_, after) = rest.split_once(' ')?;
    let (kind, rest) = after.trim_start().split_once(' ')?;
    let other = || MACOS.iter().find(|(known, _)| *known == kind).map(|(_, level)| *level);
    let level = level::of_word(kind, WordPosition::Brackets).or_else(other)?;
    Some(Header { time: Some(time), level: Some(level), end: line.len() - rest.len(), ..Header::default() })
}

/// Reads `2026-11-24-21.08.12.123456+060 I1234E567            LEVEL: Error`. The offset is in minutes.
fn db2<'t>(line: &'t str, time: Time<'t>, length: usize) -> Option<Header<'t>> {
    let Time::At(time) = time else { return None };
    let rest = line.get(length..)?;
    let sign = if rest.starts_with('-') { -1 } else { 1 };
    let offset = rest.strip_prefix(['+', '-'])?;
    let minutes: i64 = offset.get(..digits(offset)).filter(|digits| digits.len() == DB2_OFFSET)?.parse().ok()?;
    let time = EventTime::from_micros(time.micros() - sign * minutes * MICROS_PER_MINUTE)?;
    let near = &offset[..offset.floor_char_boundary(MAX_DB2_BYTES)];
    let level = near.split_once("LEVEL: ").and_then(|(_, after)| after.split([' ', '(']).next());
    let level = level.and_then(|level| level::of_word(level, WordPosition::Brackets));
    Some(Header { time: Some(Time::At(time)), level, end: line.len(), ..Header::default() })
}

/// Reads `[#|2026-11-24T21:08:12.123+0000|SEVERE|glassfish|logger|_ThreadID=1;|message|#]`.
fn glassfish(line: &str) -> Option<Header<'_>> {
    let inside = line.strip_prefix("[#|")?;
    let (time, length) = time::at_start(inside)?;
    let (level, rest) = inside.get(length..)?.strip_prefix('|')?.split_once('|')?;
    let level = level::of_word(level, WordPosition::Brackets);
    Some(Header { time: Some(time), level, end: line.len() - rest.len(), ..Header::default() })
}

/// Reads `[1234:5678:1124/210812.123456:ERROR:main.cc(7)] message`. The process and the thread may lack.
fn chromium(line: &str) -> Option<Header<'_>> {
    let (inside, message) = line.strip_prefix('[')?.split_once(']')?;
    let mut parts = inside.split(':');
    let time = parts.find(|part| part.contains('/'))?;
    let (day, of_day) = time.split_once('/')?;
    let is_time = digits(day) == DAY && day.len() == DAY && digits(of_day) == TIME;
    let level = level::of_word(parts.next()?, WordPosition::Brackets).filter(|_| is_time)?;
    let time = Some(Time::WithoutYear(time));
    Some(Header { time, level: Some(level), end: line.len() - message.len(), ..Header::default() })
}

/// Reads Meteor's `I20261124-21:08:12.123(0)? message`, and Finagle's `E 1124 21:08:12.123 THREAD7: message`.
fn after_letter(line: &str) -> Option<Header<'_>> {
    let (letter, rest) = line.split_at_checked(1)?;
    let level = level::of_word(letter, WordPosition::Brackets).filter(|_| "TDIWEF".contains(letter))?;
    if digits(rest) == DAY_OF_YEAR && rest.as_bytes().get(DAY_OF_YEAR) == Some(&b'-') {
        let (time, length) = time::at_start(rest)?;
        let end = letter.len() + length;
        return Some(Header { time: Some(time), level: Some(level), end, ..Header::default() });
    }
    let dated = rest.strip_prefix(' ').filter(|dated| digits(dated) == DAY)?;
    let (_, length) = time::at_start(dated.get(DAY..)?.strip_prefix(' ')?)?;
    let time = Time::WithoutYear(dated.get(..DAY + 1 + length)?);
    let end = letter.len() + 1 + DAY + 1 + length;
    Some(Header { time: Some(time), level: Some(level), end, ..Header::default() })
}

/// Reads `CEF:0|Acme|Firewall|1.0|100|Login failed|8|src=10.0.0.1 rt=1795554492123`, `ArcSight`'s Common Event Format.
fn cef(line: &str) -> Option<Header<'_>> {
    let mut parts = line.strip_prefix("CEF:")?.splitn(CEF_PARTS, '|').skip(CEF_SEVERITY);
    let (severity, extension) = (parts.next()?.trim(), parts.next()?);
    let by_name = || CEF_NAMES.iter().find(|(name, _)| *name == severity).map(|(_, number)| *number);
    let level = match severity.parse::<u8>().ok().or_else(by_name) {
        Some(0..=3) => Some("INFO"),
        Some(4..=6) => Some("WARNING"),
        Some(7..=8) => Some("ERROR"),
        Some(9..=10) => Some("CRITICAL"),
        _ => None,
    };
    let received = [" rt=", " end=", " start="].into_iter().find_map(|name| extension.split_once(name));
    let received = received.map_or(extension.strip_prefix("rt="), |(_, value)| Some(value));
    let time = received.and_then(time::at_start).map(|(time, _)| time);
    let end = line.len() - extension.len();
    Some(Header { time, level, end, ..Header::default() })
}

/// Reads `  1234:20261124:210812.123 message`.
fn zabbix(line: &str) -> Option<Header<'_>> {
    let (process, rest) = line.trim_start().split_once(':')?;
    let (day, rest) = rest.split_once(':')?;
    let (of_day, message) = rest.split_once(' ')?;
    let is_number = |text: &str, length: usize| digits(text) == length && text.len() == length;
    if !is_number(process, process.len()) || !is_number(day, DAY_OF_YEAR) || digits(of_day) != TIME {
        return None;
    }
    let time = EventTime::from_text(&format!("{day}T{of_day}"))?;
    let end = line.len() - message.len();
    Some(Header { time: Some(Time::At(time)), end, ..Header::default() })
}

/// Reads `N 4000000 SYS1     26328 21:08:12.12 JOB01234 00000090  IEF403I PAY - STARTED`, the system log of z/OS.
fn zos(line: &str) -> Option<Header<'_>> {
    let mut words = line.split_ascii_whitespace();
    let kind = words.next()?;
    let day = words.by_ref().take(MAX_WORDS_BEFORE_DAY).find(|word| word.len() == JULIAN && digits(word) == JULIAN)?;
    let of_day = words.next().filter(|word| digits(word) == 2 && word.contains(':'))?;
    let is_kind = kind.len() <= 2 && kind.bytes().all(|byte| byte.is_ascii_uppercase());
    let (year, day) = day.split_at_checked(2)?;
    let time = EventTime::from_text(&format!("20{year}-{day} {of_day}")).filter(|_| is_kind)?;
    let level = words.find_map(level::of_message_id);
    Some(Header { time: Some(Time::At(time)), level, end: line.len(), ..Header::default() })
}
