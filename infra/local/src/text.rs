//! Small helpers on text that people read.

use std::fs;
use std::path::Path;

/// The last lines of a text.
pub(crate) fn tail(text: &str, lines: usize) -> String {
    let all: Vec<&str> = text.trim_end().lines().collect();
    all[all.len().saturating_sub(lines)..].join("\n")
}

/// The last lines of a log file; a file that cannot be read has none.
pub(crate) fn tail_of_file(path: &Path, lines: usize) -> String {
    fs::read(path).map_or_else(|_| String::new(), |bytes| tail(&String::from_utf8_lossy(&bytes), lines))
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
}
