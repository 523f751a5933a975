//! Lines in which the level is a letter or a word in a place of its own: Android, `WebSphere`, Erlang, npm, Julia, Sanic, log4j's
//! TTCC.

use super::header::{Header, MAX_BYTES};
use super::level::{self, WordPosition};
use super::time::{self, Time};

/// Android's letters of levels: <https://developer.android.com/tools/logcat>.
const ANDROIDS: [(char, &str); 8] = [
    ('V', "DEBUG"),
    ('D', "DEBUG"),
    ('I', "INFO"),
    ('W', "WARNING"),
    ('E', "ERROR"),
    ('F', "CRITICAL"),
    ('A', "CRITICAL"),
    ('S', "CRITICAL"),
];
/// The letters of `WebSphere`'s types of events. What programs print has none: `O`, `R`.
/// <https://www.ibm.com/docs/en/was/9.0.5?topic=data-trace-log-formats>
const WEBSPHERES: [(char, Option<&str>); 11] = [
    ('F', Some("CRITICAL")),
    ('E', Some("ERROR")),
    ('W', Some("WARNING")),
    ('A', Some("INFO")),
    ('I', Some("INFO")),
    ('C', Some("INFO")),
    ('D', Some("INFO")),
    ('1', Some("DEBUG")),
    ('2', Some("DEBUG")),
    ('O', None),
    ('R', None),
];
/// The digits of the thread after `WebSphere`'s time.
const MIN_THREAD_DIGITS: usize = 7;
/// Erlang's kinds of reports that are none of the levels.
const REPORTS: [(&str, &str); 3] = [("CRASH", "ERROR"), ("SUPERVISOR", "ERROR"), ("PROGRESS", "INFO")];
/// What Julia writes before a level.
const JULIA: [&str; 2] = ["[ ", "┌ "];
/// What npm and node-gyp write before a level, the mark of an error that other programs with their logger write, too, and how long
/// the names of these are at most.
const NPM: [&str; 2] = ["npm", "gyp"];
const NPMS_ERROR: &str = "ERR!";
const MAX_NPM_BYTES: usize = 32;
/// What Prisma writes before a level, and its level of statements.
const PRISMA: &str = "prisma:";
const PRISMAS_QUERY: &str = "query";

/// What stands before the module in a line of Flask's.
const FLASKS: &str = "in ";

/// How long the names of Sanic's processes are, at most.
const MAX_SANIC_BYTES: usize = 12;
/// How wide `RichHandler`'s column of levels is, with the blank after it, and the column of times at least.
const RICHS_COLUMN: usize = 9;
const MIN_RICHS_TIME: usize = 10;

/// Reads the header of such a line, which may begin with a time that takes so many bytes.
pub(super) fn header<'t>(text: &'t str, time: Option<(Time<'t>, usize)>) -> Option<Header<'t>> {
    logcat(text, time)
        .or_else(|| websphere(text))
        .or_else(|| erlang(text))
        .or_else(|| npm(text))
        .or_else(|| prisma(text))
        .or_else(|| julia(text))
        .or_else(|| sanic(text, time))
}

/// Reads `11-24 21:08:12.123  1234  5678 E Tag: message`, as `adb logcat` writes it, and the same with fewer parts:
/// `11-24 21:08:12.123 E/Tag( 1234): message`, `E/Tag( 1234): message`; also `[ 11-24 21:08:12.123  1234: 5678 E/Tag ]`.
fn logcat<'t>(text: &'t str, time: Option<(Time<'t>, usize)>) -> Option<Header<'t>> {
    let near = &text[..text.floor_char_boundary(MAX_BYTES)];
    let line = near.lines().next()?;
    let inside = line.strip_prefix("[ ").and_then(|line| line.strip_suffix(" ]"));
    let line = inside.unwrap_or(line);
    let (time, mut rest) = match if inside.is_some() { time::at_start(line) } else { time } {
        Some((time @ (Time::WithoutYear(_) | Time::At(_)), length)) => (Some(time), line.get(length..)?.trim_start()),
        Some(_) => return None,
        None => (None, line),
    };
    let digits = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
    // The process and the thread.
    let mut numbers = 0;
    while time.is_some() && numbers < 2 && digits(rest) > 0 {
        let after = rest.get(digits(rest)..)?;
        rest = after.strip_prefix([':', ' ', '-'])?.trim_start();
        numbers += 1;
    }
    let letter = rest.chars().next()?;
    let level = ANDROIDS.iter().find(|(known, _)| *known == letter).map(|(_, level)| *level)?;
    let tagged = rest.get(1..)?;
    let (tag, after) = match (numbers, inside.is_some()) {
        (2, false) => tagged.strip_prefix(' ')?.split_once(':')?,
        (2, true) => (tagged.strip_prefix('/')?, ""),
        (0, false) => {
            let (tag, process) = tagged.strip_prefix('/')?.split_once('(')?;
            let process = process.trim_start();
            (tag, process.get(digits(process)..)?.strip_prefix("):")?)
        }
        _ => return None,
    };
    let is_tag = !tag.trim().is_empty() && !tag.trim().contains(' ');
    let end = if inside.is_some() { near.lines().next()?.len() } else { line.len() - after.trim_start().len() };
    is_tag.then_some(Header { time, level: Some(level), end, ..Header::default() })
}

/// Reads `[11/24/26 21:08:12:123 UTC] 00000001 com.acme.Shop E CWWKE0001E: message`.
fn websphere(text: &str) -> Option<Header<'_>> {
    let inside = text.strip_prefix('[')?;
    let (_, rest) = inside.split_once("] ")?;
    let thread = rest.bytes().take_while(u8::is_ascii_hexdigit).count();
    let (time, _) = time::at_start(inside).filter(|_| thread >= MIN_THREAD_DIGITS)?;
    let (logger, after) = rest.get(thread..)?.strip_prefix(' ')?.split_once(' ')?;
    let message = after.trim_start();
    let letter = message.chars().next()?;
    let (_, level) = WEBSPHERES.iter().find(|(known, _)| *known == letter)?;
    let message = message.get(1..)?.strip_prefix(' ')?;
    let end = text.len() - message.trim_start().len();
    (!logger.is_empty()).then_some(Header { time: Some(time), level: *level, end, ..Header::default() })
}

/// Reads `=ERROR REPORT==== 24-Nov-2026::21:08:12 ===`, with the message in the next lines.
fn erlang(text: &str) -> Option<Header<'_>> {
    let line = text.lines().next()?;
    let (kind, rest) = line.strip_prefix('=')?.split_once(" REPORT====")?;
    let other = || REPORTS.iter().find(|(known, _)| *known == kind).map(|(_, level)| *level);
    let level = level::of_word(kind, WordPosition::Brackets).or_else(other)?;
    let (time, _) = time::at_start(rest.trim_start())?;
    Some(Header { time: Some(time), level: Some(level), end: line.len(), ..Header::default() })
}

/// Reads `npm ERR! code ELIFECYCLE`, `npm error code ELIFECYCLE` of npm 10, and `gyp ERR! build error`.
fn npm(text: &str) -> Option<Header<'_>> {
    let text = &text[..text.floor_char_boundary(MAX_BYTES)];
    let (program, rest) = text.split_once(' ').filter(|(program, _)| program.len() <= MAX_NPM_BYTES)?;
    let (word, _) = rest.split_once(' ')?;
    let is_name = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
    let is_program = NPM.contains(&program) || (word == NPMS_ERROR && program.bytes().all(is_name));
    let level = level::of_word(word.trim_end_matches('!'), WordPosition::AfterTime).filter(|_| is_program)?;
    Some(Header { level: Some(level), end: text.len() - rest.len() + word.len(), ..Header::default() })
}

/// Reads `prisma:error 2026-11-24T21:08:12.123Z message`, `prisma:query SELECT 1`.
fn prisma(text: &str) -> Option<Header<'_>> {
    let text = &text[..text.floor_char_boundary(MAX_BYTES)];
    let (word, rest) = text.strip_prefix(PRISMA)?.split_once(' ')?;
    let query = || Some("DEBUG").filter(|_| word == PRISMAS_QUERY);
    let level = level::of_word(word, WordPosition::AfterTime).or_else(query)?;
    let (time, length) = time::at_start(rest).map_or((None, 0), |(time, length)| (Some(time), length));
    Some(Header { time, level: Some(level), end: text.len() - rest.len() + length, ..Header::default() })
}

/// Reads `[ Info: message` and `┌ Error: message`, of which the next lines begin with `│` and `└`.
fn julia(text: &str) -> Option<Header<'_>> {
    let marked = JULIA.iter().find_map(|mark| text.strip_prefix(mark))?;
    let (word, _) = marked.split_once(": ")?;
    let level = level::of_word(word, WordPosition::BeforeColon)?;
    Some(Header { level: Some(level), end: text.len() - marked.len() + word.len() + 1, ..Header::default() })
}

/// Reads `Main  2026-11-24 21:08:12 +0000 INFO: message`, `Srv 0 21:08:12 WARN: message` of Sanic's formatters.
fn sanic<'t>(text: &'t str, time: Option<(Time<'t>, usize)>) -> Option<Header<'t>> {
    let text = &text[..text.floor_char_boundary(MAX_BYTES)];
    let (name, rest) = text.split_once(' ').filter(|_| time.is_none())?;
    let is_name = (1..=MAX_SANIC_BYTES).contains(&name.len())
        && name.starts_with(|first: char| first.is_ascii_uppercase())
        && name.bytes().all(|byte| byte.is_ascii_alphabetic());
    let rest = rest.trim_start_matches(' ');
    let number = rest.split_once(' ').filter(|(number, _)| number.len() <= 2 && number.parse::<u8>().is_ok());
    let rest = number.filter(|_| is_name).map_or(rest, |(_, rest)| rest.trim_start_matches(' '));
    let (time, length) = time::at_start(rest).filter(|_| is_name)?;
    let (word, message) = rest.get(length..)?.strip_prefix(' ')?.split_once(':')?;
    let is_capital = word.bytes().all(|byte| byte.is_ascii_uppercase());
    let level = level::of_word(word, WordPosition::BeforeColon).filter(|_| is_capital)?;
    Some(Header { time: Some(time), level: Some(level), end: text.len() - message.len(), ..Header::default() })
}

/// Returns whether what follows a number is a thread and a level: `176 [main] ERROR com.acme.Pay - message`, as log4j's
/// TTCC layout and `%r [%t] %p %c - %m` write the milliseconds since the start.
pub(super) fn begins_thread(after: &str) -> bool {
    let Some((_, rest)) = after.trim_start().strip_prefix('[').and_then(|inside| inside.split_once("] ")) else {
        return false;
    };
    let (word, rest) = rest.trim_start().split_once(' ').unwrap_or_default();
    level::of_word(word, WordPosition::Elsewhere).is_some() && (rest.contains(" - ") || rest.ends_with(" -"))
}

/// Returns whether a line begins with a level in `RichHandler`'s column of them, also after its time. It leaves out a time that is
/// that of the line before.
pub(super) fn begins_with_richs_level(line: &str) -> bool {
    let after_time = || line.strip_prefix('[')?.split_once("] ").filter(|(time, _)| time::at_start(time).is_some());
    let column = after_time().map_or(line, |(_, rest)| rest);
    let Some((word, _)) = column.split_once(' ') else { return false };
    let is_column = || column.len() > RICHS_COLUMN && column[word.len()..RICHS_COLUMN].trim().is_empty();
    word.len() < RICHS_COLUMN && level::of_word(word, WordPosition::Elsewhere).is_some() && is_column()
}

/// Returns whether a line is `RichHandler`'s without a time.
pub(super) fn is_richs_without_time(line: &str) -> bool {
    let bare = line.trim_start_matches(' ');
    line.len() - bare.len() >= MIN_RICHS_TIME && begins_with_richs_level(bare)
}

/// Returns where Flask's module ends: `in app: `, `in app [`.
pub(super) fn end_of_module(text: &str) -> Option<usize> {
    let module = text.strip_prefix(FLASKS)?;
    let is_name = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.');
    let length = module.bytes().take_while(is_name).count();
    let after = module.get(length..)?;
    (length > 0 && (after.starts_with(": ") || after.starts_with(" ["))).then_some(FLASKS.len() + length)
}
