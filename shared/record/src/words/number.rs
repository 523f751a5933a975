//! Numbers as texts, the same for all types.

use std::fmt::{Result, Write as _};

use bson::Decimal128;

use super::walk::Walked;

/// The floating-point numbers below this size that have no fraction are integers of 64 bits: 2^63.
const INTEGERS_END: f64 = 9_223_372_036_854_775_808.0;
/// The most digits of an integer of 64 bits.
const INTEGER_DIGITS: usize = 19;

/// Appends a number of a record as text.
pub(super) fn write_number(number: Walked<'_>, text: &mut String) {
    // Writing to a text cannot fail.
    let _ = match number {
        Walked::Integer(number) => write!(text, "{number}"),
        Walked::Float(number) => write_float(number, text),
        Walked::Decimal(bytes) => write_decimal(Decimal128::from_bytes(bytes), text),
        Walked::Text(_) => Ok(()),
    };
}

/// Appends a floating-point number as text.
pub(super) fn write_float(number: f64, text: &mut String) -> Result {
    if number.abs() < INTEGERS_END && number.fract() == 0.0 {
        #[allow(clippy::cast_possible_truncation, reason = "it has no fraction, and 64 bits hold it")]
        let integer = number as i64;
        write!(text, "{integer}")
    } else {
        write!(text, "{number}")
    }
}

/// Returns the floating-point number that is nearest. Equal decimal numbers have the same, and a floating-point number that
/// equals a decimal one is the nearest.
pub(super) fn nearest_float(number: Decimal128) -> f64 {
    number.to_string().parse().unwrap_or(f64::NAN)
}

/// Appends the floating-point number that is nearest, and the integer that is equal. A floating-point number does not hold each
/// integer of 64 bits.
fn write_decimal(number: Decimal128, text: &mut String) -> Result {
    write_float(nearest_float(number), text)?;
    integer(&number.to_string()).map_or(Ok(()), |integer| write!(text, " {integer}"))
}

/// Returns the digits of the integer that is written as `12`, `12.0`, `0.12E+2` or `12E+3`. `None` for another number.
fn integer(written: &str) -> Option<String> {
    let (number, exponent) = written.split_once('E').unwrap_or((written, "0"));
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let exponent = exponent.parse::<i32>().ok()?.checked_sub(i32::try_from(fraction.len()).ok()?)?;
    let digits = format!("{}{fraction}", whole.trim_start_matches('-'));
    let shortest = digits.trim_start_matches('0').trim_end_matches('0');
    let dropped = digits.trim_start_matches('0').len() - shortest.len();
    let zeros = usize::try_from(exponent.checked_add(i32::try_from(dropped).ok()?)?).ok()?;
    let is_short = zeros <= INTEGER_DIGITS && shortest.len() + zeros <= INTEGER_DIGITS;
    (is_short && !shortest.is_empty()).then(|| format!("{shortest}{}", "0".repeat(zeros)))
}
