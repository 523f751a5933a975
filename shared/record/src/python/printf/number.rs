//! The numeric conversions, and what they share.

use super::spec::Spec;
use super::{float, integer};
use crate::python::Literal;

/// A number's text in parts, so that padding can go between them.
pub(super) struct Number {
    pub(super) negative: bool,
    /// `0x` or `0o`, or empty.
    pub(super) prefix: &'static str,
    pub(super) digits: String,
}

impl Number {
    /// Formats a value; `None` if the conversion is unknown or cannot print it.
    pub(super) fn new(value: &Literal<'_>, conversion: char, precision: Option<usize>, form: Form) -> Option<Self> {
        match conversion {
            'd' | 'i' | 'u' => integer::decimal(value, precision),
            'o' => integer::radix(value, integer::Radix::Octal, precision, form),
            'x' => integer::radix(value, integer::Radix::Hexadecimal, precision, form),
            'X' => integer::radix(value, integer::Radix::Hexadecimal, precision, form).map(Self::into_upper),
            'e' | 'f' | 'g' => float::number(value, conversion, precision, form),
            'E' | 'F' | 'G' => {
                float::number(value, conversion.to_ascii_lowercase(), precision, form).map(Self::into_upper)
            }
            _ => None,
        }
    }

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

    fn into_upper(self) -> Self {
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
