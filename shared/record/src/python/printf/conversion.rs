//! The numeric conversions, by their letter.

use super::number::{Form, Number};
use super::{float, integer};
use crate::python::Literal;

/// Formats a value; `None` if the conversion is unknown or cannot print it.
pub(super) fn number(value: &Literal<'_>, conversion: char, precision: Option<usize>, form: Form) -> Option<Number> {
    match conversion {
        'd' | 'i' | 'u' => integer::decimal(value, precision),
        'o' => integer::radix(value, integer::Radix::Octal, precision, form),
        'x' => integer::radix(value, integer::Radix::Hexadecimal, precision, form),
        'X' => integer::radix(value, integer::Radix::Hexadecimal, precision, form).map(Number::into_upper),
        'e' | 'f' | 'g' => float::number(value, conversion, precision, form),
        'E' | 'F' | 'G' => {
            float::number(value, conversion.to_ascii_lowercase(), precision, form).map(Number::into_upper)
        }
        _ => None,
    }
}
