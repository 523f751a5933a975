//! Levels in the first words of a text.

use std::ops::RangeInclusive;

use record::level;

use super::time;

/// The levels of syslog's severities.
const SEVERITIES: [&str; 8] = ["CRITICAL", "CRITICAL", "CRITICAL", "ERROR", "WARNING", "INFO", "INFO", "DEBUG"];
/// Names of levels that are also common words, so that only brackets or a colon make them a level.
const COMMON: [&str; 6] = ["OK", "FINE", "FINER", "FINEST", "CONFIG", "ALERT"];
/// Names of levels that in a text are other words.
const NOT_IN_TEXT: [&str; 2] = ["LOG", "HTTP"];
/// What some programs write in a level's place, with the level that it means.
const OTHER: [(&str, &str); 13] = [
    // PostgreSQL.
    ("LOG", "INFO"),
    ("DETAIL", "INFO"),
    ("HINT", "INFO"),
    ("STATEMENT", "INFO"),
    // MySQL.
    ("Note", "INFO"),
    ("System", "INFO"),
    // PHP.
    ("PHP Fatal error", "CRITICAL"),
    ("PHP Parse error", "CRITICAL"),
    ("PHP Warning", "WARNING"),
    ("PHP Deprecated", "WARNING"),
    ("PHP Recoverable fatal error", "ERROR"),
    ("PHP Notice", "INFO"),
    // PHP, Swift, OCaml.
    ("Fatal error", "CRITICAL"),
];
/// The levels that a word in small letters may be where no brackets and no colon tell it from a sentence.
const SMALL: [&str; 10] =
    ["trace", "debug", "info", "notice", "warn", "warning", "error", "fatal", "critical", "panic"];
/// Further ones that a word between separators may be.
const BETWEEN: [&str; 6] = ["information", "verbose", "err", "crit", "severe", "emergency"];
/// Those that may begin with a capital there if they are in a column: more than one blank follows.
const CAPITALISED: [&str; 4] = ["Error", "Warning", "Info", "Debug"];
/// The letters that end the ids of IBM's messages, and the shortest and longest id.
const IDS_LETTERS: [(u8, &str); 3] = [(b'E', "ERROR"), (b'W', "WARNING"), (b'I', "INFO")];
const ID_BYTES: RangeInclusive<usize> = 7..=10;
/// The shortest name that is looked for among words. Single letters need a place of their own.
pub(super) const MIN_BYTES: usize = 3;

/// Among how many words a level in brackets is looked for.
const MAX_WORDS_BEFORE_BRACKETS: usize = 2;
/// The names of a level in Java's maps, and how much of one is read.
const LEVEL_NAMES: [&str; 4] = ["level", "severity", "logLevel", "log_level"];
const MAX_MAP_BYTES: usize = 512;

/// Where a word stands.
#[derive(Clone, Copy, Eq, PartialEq)]
pub(super) enum WordPosition {
    /// In brackets, alone.
    Brackets,
    /// Before a colon.
    BeforeColon,
    /// After a time.
    AfterTime,
    /// Among other words of a header.
    Elsewhere,
}

/// Returns the level that a word is.
pub(super) fn of_word(word: &str, place: WordPosition) -> Option<&'static str> {
    let word = word.trim();
    // NestJS writes LOG after its time.
    if (matches!(place, WordPosition::Brackets | WordPosition::BeforeColon)
        || (place == WordPosition::AfterTime && word == "LOG"))
        && let Some((_, level)) = OTHER.iter().find(|(name, _)| *name == word)
    {
        return Some(level);
    }
    let is_capital = word.bytes().all(|byte| byte.is_ascii_uppercase());
    let is_level = match place {
        WordPosition::Brackets => true,
        WordPosition::BeforeColon => word.len() >= MIN_BYTES,
        WordPosition::AfterTime => {
            (is_capital && (word.len() >= MIN_BYTES || word.len() == 1)) || SMALL.contains(&word)
        }
        WordPosition::Elsewhere => is_capital && word.len() >= MIN_BYTES,
    };
    let is_common = COMMON.contains(&word) && !matches!(place, WordPosition::Brackets | WordPosition::BeforeColon);
    let is_name = !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_alphabetic());
    let is_other = NOT_IN_TEXT.iter().any(|other| word.eq_ignore_ascii_case(other));
    if is_level && is_name && !is_common && !is_other { level::number(word).and_then(level::name) } else { None }
}

/// Returns whether what separates two words is more than a blank: a bar, a tab, or a dash between blanks.
pub(super) fn is_separator(between: &str) -> bool {
    between.contains(['|', '\t']) || between.contains(" - ")
}

/// Returns whether a separator follows: `|Shop.Orders|failed`, ` | failed`, ` - failed`.
pub(super) fn is_before_separator(after: &str) -> bool {
    let next = after.trim_start_matches(' ');
    next.starts_with(['|', '\t']) || (next.len() < after.len() && next.starts_with("- "))
}

/// Returns whether the number of a thread follows, or a thread and a logger before a dash: `[7] failed`,
/// `[main] Shop.Orders - failed`, `Shop.Orders - failed`.
pub(super) fn is_before_thread_or_logger(after: &str) -> bool {
    let next = after.trim_start_matches(' ');
    let (thread, next) = match next.strip_prefix('[').and_then(|inside| inside.split_once(']')) {
        Some((thread, rest)) => (thread, rest.trim_start_matches(' ')),
        None => ("", next),
    };
    let is_number = !thread.is_empty() && thread.bytes().all(|byte| byte.is_ascii_digit());
    let is_logger = |(name, after): (&str, &str)| name.contains('.') && !name.ends_with('.') && after.starts_with("- ");
    is_number || next.split_once(' ').is_some_and(is_logger)
}

/// Returns whether a word may be a level where separators tell it from a sentence: `error`, `Error`, `ERROR`.
pub(super) fn is_between(word: &str) -> bool {
    let rest = word.as_bytes().get(1..).unwrap_or_default();
    let is_one_case = rest.iter().all(u8::is_ascii_lowercase) || word.bytes().all(|byte| byte.is_ascii_uppercase());
    is_one_case && SMALL.iter().chain(&BETWEEN).any(|level| level.eq_ignore_ascii_case(word))
}

/// Returns the level in the pairs of Java's maps: `{level=error, message=failed}`.
pub(super) fn of_map(text: &str) -> Option<&'static str> {
    let near = &text[..text.floor_char_boundary(MAX_MAP_BYTES)];
    let mut pairs = near.strip_prefix('{')?.split([',', '}']).filter_map(|pair| pair.split_once('='));
    let (_, level) = pairs.find(|(name, _)| LEVEL_NAMES.contains(&name.trim()))?;
    level::number(level).and_then(level::name)
}

/// Returns the level that is a part of a word in a header: Zig's `error(shop):`, Icinga's `critical/ApiListener:`, that of the ids
/// of messages, and Mattermost's before its time in brackets.
pub(super) fn in_word(
    word: &str,
    after: &str,
    place: WordPosition,
    is_first: bool,
    has_time: bool,
) -> Option<&'static str> {
    if place == WordPosition::AfterTime && CAPITALISED.contains(&word) && after.starts_with("  ") {
        return of_word(word, WordPosition::Brackets);
    }
    if place == WordPosition::BeforeColon && word.ends_with(')') {
        return of_word(word.split('(').next()?, place);
    }
    if has_time && word.contains('/') && after.starts_with(':') {
        return word.split('/').find_map(|part| of_word(part, WordPosition::AfterTime));
    }
    if is_first && is_between(word) && is_before_separator(after) && is_before_time(after) {
        return of_word(word, WordPosition::Brackets);
    }
    if is_first && after.strip_prefix(" [").is_some_and(|inside| time::at_start(inside).is_some()) {
        return of_word(word, WordPosition::AfterTime);
    }
    // The number of an article may look like such an id. The text of a message is in capitals, or behind a colon.
    let next = after.trim_start().split([' ', ':']).next().unwrap_or_default();
    let is_capital =
        next.len() >= MIN_BYTES && next.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit());
    let is_message = (is_first || has_time)
        && (is_capital || after.starts_with(':') || time::at_start(after.trim_start()).is_some());
    of_cisco(word).or_else(|| of_message_id(word).filter(|_| is_message))
}

fn is_before_time(after: &str) -> bool {
    time::at_start(after.trim_start_matches([' ', '\t', '|', '-'])).is_some()
}

/// Returns the level that the id of a message of IBM's says: `IEF403I`, `PAY0001E`.
pub(super) fn of_message_id(word: &str) -> Option<&'static str> {
    let (number, letter) = word.split_at_checked(word.len().checked_sub(1)?)?;
    let letters = number.bytes().take_while(u8::is_ascii_uppercase).count();
    let is_id =
        letters >= MIN_BYTES && number.len() > letters && number[letters..].bytes().all(|byte| byte.is_ascii_digit());
    let (_, level) = IDS_LETTERS.iter().find(|(known, _)| letter.as_bytes() == [*known])?;
    (is_id && ID_BYTES.contains(&word.len())).then_some(level)
}

/// Returns the level that the id of a message of Cisco's says: `%SYS-3-CPUHOG`.
pub(super) fn of_cisco(word: &str) -> Option<&'static str> {
    let mut parts = word.strip_prefix('%')?.split('-');
    let (facility, severity) = (parts.next()?, parts.next()?);
    let severity = parts.next().and(severity.parse::<u8>().ok())?;
    facility.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_').then_some(())?;
    SEVERITIES.get(usize::from(severity)).copied()
}

/// Returns the level that PHP writes in more words than one, and how many bytes they take.
pub(super) fn of_php(text: &str) -> Option<(&'static str, usize)> {
    let (name, level) = OTHER.iter().find(|(name, _)| name.contains(' ') && text.starts_with(name))?;
    text.get(name.len()..)?.starts_with(':').then_some((level, name.len() + 1))
}

/// Returns the level in brackets that is one of the next words.
pub(super) fn in_brackets(text: &str) -> Option<&'static str> {
    let words = text.split(' ').take(MAX_WORDS_BEFORE_BRACKETS);
    let inside = words.filter_map(|word| word.strip_prefix('[')?.strip_suffix(']'));
    { inside }.find_map(|inside| of_word(inside, WordPosition::Brackets))
}

/// Returns the first level among the next words, in capitals, and where it ends.
pub(super) fn among_words(text: &str, words: usize) -> Option<(&'static str, usize)> {
    let is_end = |character: char| !character.is_ascii_alphanumeric() && !matches!(character, '.' | '_' | '-' | '@');
    let mut at = 0;
    for word in text.split(is_end).filter(|word| !word.is_empty()).take(words) {
        at = word.as_ptr() as usize - text.as_ptr() as usize + word.len();
        let place = if text.get(at..)?.starts_with(':') { WordPosition::BeforeColon } else { WordPosition::Elsewhere };
        // quill writes `LOG_ERROR`.
        let word = word.strip_prefix("LOG_").unwrap_or(word);
        let is_capital = word.bytes().all(|byte| byte.is_ascii_uppercase());
        if let Some(level) = of_word(word, place).filter(|_| is_capital) {
            return Some((level, at));
        }
    }
    let _ = at;
    None
}
