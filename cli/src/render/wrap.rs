//! Wraps and pads texts by their width on a terminal.

use std::borrow::Cow;

use textwrap::{Options, WordSplitter, core::display_width};

/// Wraps a text between words. The lines after the first keep its indentation.
pub(super) fn wrapped(text: &str, width: Option<usize>) -> Vec<Cow<'_, str>> {
    match width {
        Some(width) if display_width(text) > width => {
            let indent = &text[..text.len() - text.trim_start_matches(' ').len()];
            let indent = &indent[..indent.len().min(width / 2)];
            textwrap::wrap(
                text,
                Options::new(width).word_splitter(WordSplitter::NoHyphenation).subsequent_indent(indent),
            )
        }
        _ => vec![Cow::Borrowed(text)],
    }
}

/// Pads a text with blanks on the right.
pub(super) fn padded(text: &str, width: usize) -> String {
    format!("{text}{}", " ".repeat(width.saturating_sub(display_width(text))))
}
