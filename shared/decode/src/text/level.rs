//! Levels in the first words of a text.

use record::level;

/// Names of levels that are also common words, so that only brackets or a colon make them a level.
const COMMON: [&str; 6] = ["OK", "FINE", "FINER", "FINEST", "CONFIG", "ALERT"];
/// Names of levels that in a text are other words.
const NOT_IN_TEXT: [&str; 2] = ["LOG", "HTTP"];
/// What some programs write in a level's place, with the level that it means.
const OTHER: [(&str, &str); 10] = [
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
];
/// The levels that a word in small letters may be where no brackets and no colon tell it from a sentence.
const SMALL: [&str; 10] =
    ["trace", "debug", "info", "notice", "warn", "warning", "error", "fatal", "critical", "panic"];
/// The shortest name that is looked for among words. Single letters need a place of their own.
pub(super) const MIN_BYTES: usize = 3;

/// The names of a level in Java's maps, and how much of one is read.
const LEVEL_NAMES: [&str; 4] = ["level", "severity", "logLevel", "log_level"];
const MAX_MAP_BYTES: usize = 512;

/// Where a word stands.
#[derive(Clone, Copy, Eq, PartialEq)]
pub(super) enum Place {
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
pub(super) fn of_word(word: &str, place: Place) -> Option<&'static str> {
    let word = word.trim();
    // NestJS writes LOG after its time.
    if (matches!(place, Place::Brackets | Place::BeforeColon) || (place == Place::AfterTime && word == "LOG"))
        && let Some((_, level)) = OTHER.iter().find(|(name, _)| *name == word)
    {
        return Some(level);
    }
    let is_capital = word.bytes().all(|byte| byte.is_ascii_uppercase());
    let is_level = match place {
        Place::Brackets => true,
        Place::BeforeColon => word.len() >= MIN_BYTES,
        Place::AfterTime => (is_capital && (word.len() >= MIN_BYTES || word.len() == 1)) || SMALL.contains(&word),
        Place::Elsewhere => is_capital && word.len() >= MIN_BYTES,
    };
    let is_common = COMMON.contains(&word) && !matches!(place, Place::Brackets | Place::BeforeColon);
    let is_name = !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_alphabetic());
    let is_other = NOT_IN_TEXT.iter().any(|other| word.eq_ignore_ascii_case(other));
    if is_level && is_name && !is_common && !is_other { level::number(word).and_then(level::name) } else { None }
}

/// Returns the level in the pairs of Java's maps: `{level=error, message=failed}`.
pub(super) fn of_map(text: &str) -> Option<&'static str> {
    let near = &text[..text.floor_char_boundary(MAX_MAP_BYTES)];
    let mut pairs = near.strip_prefix('{')?.split([',', '}']).filter_map(|pair| pair.split_once('='));
    let (_, level) = pairs.find(|(name, _)| LEVEL_NAMES.contains(&name.trim()))?;
    level::number(level).and_then(level::name)
}

/// Returns the level that PHP writes in more words than one, and how many bytes they take.
pub(super) fn of_php(text: &str) -> Option<(&'static str, usize)> {
    let (name, level) = OTHER.iter().find(|(name, _)| name.contains(' ') && text.starts_with(name))?;
    text.get(name.len()..)?.starts_with(':').then_some((level, name.len() + 1))
}

/// Returns the first level among the next words, in capitals, and where it ends.
pub(super) fn among_words(text: &str, words: usize) -> Option<(&'static str, usize)> {
    let is_end = |character: char| !character.is_ascii_alphanumeric() && !matches!(character, '.' | '_' | '-' | '@');
    let mut at = 0;
    for word in text.split(is_end).filter(|word| !word.is_empty()).take(words) {
        at = word.as_ptr() as usize - text.as_ptr() as usize + word.len();
        let place = if text.get(at..)?.starts_with(':') { Place::BeforeColon } else { Place::Elsewhere };
        let is_capital = word.bytes().all(|byte| byte.is_ascii_uppercase());
        if let Some(level) = of_word(word, place).filter(|_| is_capital) {
            return Some((level, at));
        }
    }
    let _ = at;
    None
}
