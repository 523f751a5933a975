//! A number's text, as the numeric conversions make it.

use super::spec::Spec;

/// A number's text in parts, so that padding can go between them.
pub(super) struct Number {
    pub(super) negative: bool,
    /// `0x` or `0o`, or empty.
    pub(super) prefix: &'static str,
    pub(super) digits: String,
}

impl Number {
    pub(super) fn sign(&self, spec: &Spec<'_>) -> &'static str {
        if self.negative {
            "-"
        } else if spec.has('+') {
            "+"
        } else if spec.has(' ') {
            " "
        } else {
            ""
        }
    }

    /// Returns it in capital letters.
    pub(super) fn into_upper(self) -> Self {
        let prefix = if self.prefix == "0x" { "0X" } else { self.prefix };
        Self { prefix, digits: self.digits.to_ascii_uppercase(), ..self }
    }
}

/// Whether the flag `#` asks for the alternate form, which shows the prefix of a base and keeps the point and zeros of
/// a float.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Form {
    Plain,
    Alternate,
}
