//! Texts of bounded length, cut between characters.

use std::fmt::{self, Display, Write};

/// Returns the beginning of `text`, at most `max_bytes`.
pub(crate) fn beginning(text: &str, max_bytes: usize) -> &str {
    text.get(..text.floor_char_boundary(max_bytes)).unwrap_or(text)
}

/// Formats `value` and stops after `max_bytes`. The rest is never built.
#[must_use]
pub fn bounded(value: impl Display, max_bytes: usize) -> String {
    let mut text = Bounded { text: String::new(), max_bytes };
    // The only possible error is that the text is full.
    let _ = write!(text, "{value}");
    text.text
}

struct Bounded {
    text: String,
    max_bytes: usize,
}

impl Write for Bounded {
    fn write_str(&mut self, part: &str) -> fmt::Result {
        let room = self.max_bytes - self.text.len();
        self.text.push_str(beginning(part, room));
        if part.len() > room { Err(fmt::Error) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::{beginning, bounded};

    #[test]
    fn a_text_is_cut_between_characters() {
        fn check(text: &str, max_bytes: usize, expect: &str) {
            assert_eq!(beginning(text, max_bytes), expect);
            assert_eq!(bounded(text, max_bytes), expect);
            assert_eq!(bounded(format_args!("{}{}", text, ""), max_bytes), expect);
        }
        check("", 0, "");
        check("abc", 0, "");
        check("abc", 2, "ab");
        check("abc", 3, "abc");
        check("abc", 4, "abc");
        check("aäb", 2, "a");
        check("aäb", 3, "aä");
        check("😀", 3, "");
    }

    #[test]
    fn nothing_is_added_after_the_cut() {
        assert_eq!(bounded(format_args!("{}{}{}", "a", "😀", "b"), 4), "a");
        assert_eq!(bounded(format_args!("{}{}", "ab", "c"), 2), "ab");
    }
}
