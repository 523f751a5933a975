//! Integers: `%d`, `%o`, `%x`.

use std::borrow::Cow;
use std::fmt::Write as _;

use super::number::{Form, Number};
use crate::python::Literal;
use crate::python::parse::MAX_INT_DIGITS;

/// Formats `%d`. A float is truncated.
pub(super) fn decimal(value: &Literal<'_>, precision: Option<usize>) -> Option<Number> {
    let (negative, digits) = match value {
        Literal::Float(value) if value.is_finite() => {
            let whole = value.trunc();
            (whole < 0.0, Cow::Owned(format!("{:.0}", whole.abs())))
        }
        _ => integer(value)?,
    };
    Some(Number { negative, prefix: "", digits: with_zeros(digits, precision) })
}

#[derive(Clone, Copy)]
pub(super) enum Radix {
    Octal,
    Hexadecimal,
}

/// Formats `%o` and `%x`.
pub(super) fn radix(value: &Literal<'_>, radix: Radix, precision: Option<usize>, form: Form) -> Option<Number> {
    let (negative, decimal) = integer(value)?;
    let limbs = limbs(&decimal)?;
    let mut digits = String::new();
    for limb in limbs.iter().rev() {
        match radix {
            Radix::Octal => write!(digits, "{limb:08o}").ok()?,
            Radix::Hexadecimal => write!(digits, "{limb:06x}").ok()?,
        }
    }
    let significant = digits.trim_start_matches('0');
    let digits = with_zeros(Cow::Borrowed(if significant.is_empty() { "0" } else { significant }), precision);
    let prefix = match (form, radix) {
        (Form::Plain, _) => "",
        (Form::Alternate, Radix::Octal) => "0o",
        (Form::Alternate, Radix::Hexadecimal) => "0x",
    };
    Some(Number { negative, prefix, digits })
}

/// Returns an integer's sign and decimal digits.
pub(super) fn integer<'a>(value: &'a Literal<'_>) -> Option<(bool, Cow<'a, str>)> {
    match value {
        Literal::Bool(value) => Some((false, Cow::Borrowed(if *value { "1" } else { "0" }))),
        Literal::Int(value) => Some((*value < 0, Cow::Owned(value.unsigned_abs().to_string()))),
        Literal::BigInt(text) => {
            let digits = text.strip_prefix('-').unwrap_or(text);
            // The parser guarantees this, but other callers may not.
            let is_valid = (1..=MAX_INT_DIGITS).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
            is_valid.then_some((text.starts_with('-'), Cow::Borrowed(digits)))
        }
        _ => None,
    }
}

/// Pads with zeros. The precision of an integer is the minimum number of digits.
fn with_zeros(digits: Cow<'_, str>, precision: Option<usize>) -> String {
    match precision {
        Some(precision) if precision > digits.len() => format!("{digits:0>precision$}"),
        _ => digits.into_owned(),
    }
}

/// Converts to base 2^24, least limb first. A limb is a whole number of octal and of hexadecimal digits.
fn limbs(decimal: &str) -> Option<Vec<u64>> {
    const LIMB_BITS: u32 = 24;
    let mut limbs: Vec<u64> = Vec::new();
    let mut rest = decimal;
    while !rest.is_empty() {
        // Nine digits times a limb, plus a carry, stay within 64 bits.
        let (chunk, after) = rest.split_at_checked(9).unwrap_or((rest, ""));
        let scale = 10_u64.checked_pow(u32::try_from(chunk.len()).ok()?)?;
        let mut carry: u64 = chunk.parse().ok()?;
        for limb in &mut limbs {
            carry += *limb * scale;
            *limb = carry & ((1 << LIMB_BITS) - 1);
            carry >>= LIMB_BITS;
        }
        while carry > 0 {
            limbs.push(carry & ((1 << LIMB_BITS) - 1));
            carry >>= LIMB_BITS;
        }
        rest = after;
    }
    Some(limbs)
}
