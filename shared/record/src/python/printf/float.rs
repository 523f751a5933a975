//! Floats: `%e`, `%f`, `%g`.

use super::integer::integer;
use super::number::{Form, Number};
use crate::python::Literal;
use crate::python::repr::exponential;

/// The precision of C and Python if none is given.
const DEFAULT_PRECISION: usize = 6;

pub(super) fn number(value: &Literal<'_>, conversion: char, precision: Option<usize>, form: Form) -> Option<Number> {
    let value = to_float(value)?;
    let size = value.abs();
    let precision = precision.unwrap_or(DEFAULT_PRECISION);
    let digits = if value.is_nan() {
        "nan".to_owned()
    } else if value.is_infinite() {
        "inf".to_owned()
    } else {
        match conversion {
            'e' => scientific(size, precision, form),
            'f' => fixed(size, precision, form),
            _ => general(size, precision.max(1), form),
        }
    };
    Some(Number { negative: value.is_sign_negative() && !value.is_nan(), prefix: "", digits })
}

#[expect(clippy::cast_precision_loss, reason = "as in Python, the nearest float")]
fn to_float(value: &Literal<'_>) -> Option<f64> {
    match value {
        Literal::Float(value) => Some(*value),
        Literal::Int(value) => Some(*value as f64),
        Literal::Bool(value) => Some(f64::from(u8::from(*value))),
        Literal::BigInt(text) => {
            integer(value)?;
            // Python also refuses an integer that is too large for a float.
            text.parse().ok().filter(|value: &f64| value.is_finite())
        }
        _ => None,
    }
}

fn fixed(size: f64, precision: usize, form: Form) -> String {
    with_point(format!("{size:.precision$}"), form)
}

fn scientific(size: f64, precision: usize, form: Form) -> String {
    let (mantissa, exponent) = mantissa_and_exponent(size, precision);
    exponential(&with_point(mantissa, form), &exponent)
}

/// Formats `%g`: `precision` significant digits, in scientific notation if the exponent is small or does not fit into
/// them.
fn general(size: f64, precision: usize, form: Form) -> String {
    let (mantissa, exponent) = mantissa_and_exponent(size, precision - 1);
    match exponent.parse::<isize>() {
        Ok(power) if power >= -4 && power < precision.cast_signed() => {
            let decimals = (precision.cast_signed() - 1 - power).unsigned_abs();
            without_zeros(fixed(size, decimals, form), form)
        }
        _ => exponential(&without_zeros(with_point(mantissa, form), form), &exponent),
    }
}

/// Returns both as Rust prints them: `1.50`, `-7`.
fn mantissa_and_exponent(size: f64, precision: usize) -> (String, String) {
    let text = format!("{size:.precision$e}");
    let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    (mantissa.to_owned(), exponent.to_owned())
}

/// Adds a point if the alternate form is asked for, which always has one.
fn with_point(mut digits: String, form: Form) -> String {
    if form == Form::Alternate && !digits.contains('.') {
        digits.push('.');
    }
    digits
}

fn without_zeros(mut digits: String, form: Form) -> String {
    if form == Form::Plain && digits.contains('.') {
        digits.truncate(digits.trim_end_matches('0').trim_end_matches('.').len());
    }
    digits
}
