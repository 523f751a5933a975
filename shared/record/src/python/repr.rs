//! `repr(value)`, as `CPython` prints it.

use std::fmt::Write as _;

use super::Literal;
use super::parse::MAX_DEPTH;

/// Appends the literal's `repr`. Returns `None` if it nests too deeply; `out` is then incomplete.
pub(super) fn push(out: &mut String, literal: &Literal<'_>) -> Option<()> {
    push_nested(out, literal, 0)
}

/// Returns a float's `repr`: the shortest digits that parse to the same number.
pub(super) fn float(value: f64) -> String {
    if value.is_nan() {
        return "nan".to_owned();
    }
    // Rust's `Debug` prints as many digits as Python's `repr` and switches to an exponent at the same sizes.
    let shortest = format!("{value:?}");
    let (mantissa, exponent) = shortest.split_once('e').unwrap_or((&shortest, ""));
    let decimals = mantissa.split_once('.').map_or(0, |(_, decimals)| decimals.len());
    // If two texts are equally short and near, Python takes the one that ends in an even digit, as rounding does.
    let rounded = if exponent.is_empty() { format!("{value:.decimals$}") } else { format!("{value:.decimals$e}") };
    let text = if rounded.parse() == Ok(value) { rounded } else { shortest };
    match text.split_once('e') {
        Some((mantissa, exponent)) => exponential(mantissa, exponent),
        None => text,
    }
}

/// Writes a number in scientific notation. The exponent has a sign and at least two digits.
pub(super) fn exponential(mantissa: &str, exponent: &str) -> String {
    let (sign, digits) = exponent.strip_prefix('-').map_or(('+', exponent), |digits| ('-', digits));
    format!("{mantissa}e{sign}{digits:0>2}")
}

/// Returns `ascii(value)` for a given `repr(value)`.
pub(super) fn ascii(repr: &str) -> String {
    let mut out = String::with_capacity(repr.len());
    for c in repr.chars() {
        if c.is_ascii() {
            out.push(c);
        } else {
            push_escape(&mut out, c);
        }
    }
    out
}

fn push_nested(out: &mut String, literal: &Literal<'_>, depth: usize) -> Option<()> {
    if depth > MAX_DEPTH {
        return None;
    }
    match literal {
        Literal::None => out.push_str("None"),
        Literal::Bool(true) => out.push_str("True"),
        Literal::Bool(false) => out.push_str("False"),
        Literal::Int(value) => write!(out, "{value}").ok()?,
        Literal::BigInt(digits) => out.push_str(digits),
        Literal::Float(value) => out.push_str(&float(*value)),
        Literal::Text(text) => push_text(out, text),
        Literal::Bytes(bytes) => push_bytes(out, bytes),
        Literal::Tuple(items) => {
            let close = if items.len() == 1 { ",)" } else { ")" };
            push_items(out, "(", items, close, depth)?;
        }
        Literal::List(items) => push_items(out, "[", items, "]", depth)?,
        Literal::Set(items) if items.is_empty() => out.push_str("set()"),
        Literal::Set(items) => push_items(out, "{", items, "}", depth)?,
        Literal::Dict(pairs) => push_pairs(out, pairs, depth)?,
        Literal::Opaque(repr) => out.push_str(repr),
    }
    Some(())
}

fn push_items(out: &mut String, open: &str, items: &[Literal<'_>], close: &str, depth: usize) -> Option<()> {
    out.push_str(open);
    for (index, item) in items.iter().enumerate() {
        if index > 0 {
            out.push_str(", ");
        }
        push_nested(out, item, depth + 1)?;
    }
    out.push_str(close);
    Some(())
}

fn push_pairs(out: &mut String, pairs: &[(Literal<'_>, Literal<'_>)], depth: usize) -> Option<()> {
    out.push('{');
    for (index, (key, value)) in pairs.iter().enumerate() {
        if index > 0 {
            out.push_str(", ");
        }
        push_nested(out, key, depth + 1)?;
        out.push_str(": ");
        push_nested(out, value, depth + 1)?;
    }
    out.push('}');
    Some(())
}

fn push_text(out: &mut String, text: &str) {
    let quote = quote(text.as_bytes());
    out.push(quote);
    for c in text.chars() {
        match c {
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            _ if c == quote || c == '\\' => out.extend(['\\', c]),
            _ if is_printable(c) => out.push(c),
            _ => push_escape(out, c),
        }
    }
    out.push(quote);
}

fn push_bytes(out: &mut String, bytes: &[u8]) {
    let quote = quote(bytes);
    out.extend(['b', quote]);
    for &byte in bytes {
        match char::from(byte) {
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if c == quote || c == '\\' => out.extend(['\\', c]),
            c @ ' '..='~' => out.push(c),
            c => push_escape(out, c),
        }
    }
    out.push(quote);
}

fn quote(text: &[u8]) -> char {
    if text.contains(&b'\'') && !text.contains(&b'"') { '"' } else { '\'' }
}

fn push_escape(out: &mut String, c: char) {
    let code = u32::from(c);
    // Writing to a string cannot fail.
    let _ = match code {
        0..=0xff => write!(out, "\\x{code:02x}"),
        0x100..=0xffff => write!(out, "\\u{code:04x}"),
        _ => write!(out, "\\U{code:08x}"),
    };
}

/// Returns whether Python prints `c` unescaped. It escapes the Unicode categories "other" and "separator", except the
/// space.
///
/// Rust's `escape_debug` uses the same rule. The result is still an approximation: Rust's Unicode is newer than that of
/// most senders, whose Python escapes the characters of later versions.
fn is_printable(c: char) -> bool {
    match c {
        ' '..='~' => true,
        _ if c.is_ascii() => false,
        _ if c.is_alphanumeric() => true,
        // `escape_debug` also escapes a combining mark in first place, so another character comes before it.
        _ => String::from_iter(['-', c]).escape_debug().nth(1) == Some(c),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::python::parse;

    fn repr(literal: &Literal<'_>) -> String {
        let mut out = String::new();
        push(&mut out, literal).unwrap();
        out
    }

    #[test]
    fn floats_have_the_digits_of_python() {
        #[rustfmt::skip]
        let cases = [
            (0.0, "0.0"), (-0.0, "-0.0"), (1.0, "1.0"), (0.1, "0.1"), (1e15, "1000000000000000.0"), (1e16, "1e+16"),
            (123_456_789_012_345_680.0, "1.2345678901234568e+17"), (1e-4, "0.0001"), (1.5e-5, "1.5e-05"),
            (1e100, "1e+100"), (5e-324, "5e-324"), (f64::MAX, "1.7976931348623157e+308"),
            (f64::INFINITY, "inf"), (f64::NEG_INFINITY, "-inf"), (-f64::NAN, "nan"),
            // Halfway between two texts of equal length.
            (-7_722_097_595_053_121.0 / 4.0, "-1930524398763280.2"),
            (101_762_600_526_461.0 / 32.0, "3180081266451.9062"),
        ];
        for (value, expected) in cases {
            assert_eq!(float(value), expected);
        }
    }

    #[test]
    fn characters_that_do_not_print_are_escaped() {
        #[rustfmt::skip]
        let cases = [
            ("\u{301}é", "'\u{301}é'"),
            ("\u{a0}\u{ad}\u{200b}\u{2028}", r"'\xa0\xad\u200b\u2028'"),
            ("\u{e0041}\u{10ffff}", r"'\U000e0041\U0010ffff'"),
        ];
        for (text, expected) in cases {
            assert_eq!(repr(&Literal::Text(text.into())), expected);
        }
    }

    fn literal() -> impl Strategy<Value = Literal<'static>> {
        let leaf = prop_oneof![
            Just(Literal::None),
            any::<bool>().prop_map(Literal::Bool),
            any::<i64>().prop_map(Literal::Int),
            (i128::from(u64::MAX)..).prop_map(|value| Literal::BigInt(value.to_string().into())),
            any::<f64>().prop_map(Literal::Float),
            any::<String>().prop_map(|text| Literal::Text(text.into())),
            any::<Vec<u8>>().prop_map(|bytes| Literal::Bytes(bytes.into())),
        ];
        leaf.prop_recursive(4, 32, 4, |inner| {
            let items = prop::collection::vec(inner.clone(), 0..4);
            let pairs = prop::collection::vec((inner.clone(), inner), 0..3);
            prop_oneof![
                items.clone().prop_map(Literal::Tuple),
                items.clone().prop_map(Literal::List),
                items.prop_map(Literal::Set),
                pairs.prop_map(Literal::Dict),
            ]
        })
    }

    proptest! {
        #[test]
        fn a_repr_reads_back_as_the_same(literal in literal()) {
            let text = repr(&literal);
            // Compared as `Debug`, since a NaN is not equal to itself.
            prop_assert_eq!(format!("{:?}", parse(&text)), format!("{:?}", Some(literal)));
        }
    }
}
