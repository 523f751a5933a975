//! The last lines of texts and log files, for messages, and words for a shell.

use std::fs;
use std::path::Path;

/// Returns the last lines of a text.
pub(crate) fn tail(text: &str, lines: usize) -> String {
    let all: Vec<&str> = text.trim_end().lines().collect();
    all[all.len().saturating_sub(lines)..].join("\n")
}

/// Returns the last lines of a log file, or an empty text if it cannot be read.
pub(crate) fn tail_of_file(path: &Path, lines: usize) -> String {
    fs::read(path).map_or_else(|_| String::new(), |bytes| tail(&String::from_utf8_lossy(&bytes), lines))
}

/// Quotes a value as one word for a shell.
pub(crate) fn quoted(value: &str) -> String {
    format!("'{}'", value.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tail_keeps_the_last_lines() {
        assert_eq!(tail("a\nb\nc\n\n", 2), "b\nc");
        assert_eq!(tail("a", 2), "a");
        assert_eq!(tail("", 2), "");
    }

    #[test]
    fn a_value_stays_one_word() {
        assert_eq!(quoted("a b"), "'a b'");
        assert_eq!(quoted("it's"), r"'it'\''s'");
    }
}
