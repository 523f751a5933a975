//! Python's quoted literals, `str` and `bytes`, and their escapes.

use std::borrow::Cow;

use super::Literal;

/// Reads the `str` at the beginning of `source`. Returns the literal and its length in bytes.
///
/// A `str` with an escape that is not a Rust character (a lone surrogate) or is invalid becomes opaque.
pub(super) fn text(source: &str) -> Option<(Literal<'_>, usize)> {
    let close = end(source, 0)?;
    let body = source.get(1..close)?;
    let raw = source.get(..=close)?;
    let literal = if body.contains('\\') {
        unescape(body, Kind::Text).map_or(Literal::Opaque(raw), |text| Literal::Text(Cow::Owned(text)))
    } else {
        Literal::Text(Cow::Borrowed(body))
    };
    Some((literal, raw.len()))
}

/// Reads the `bytes` at the beginning of `source`, including the `b`. Returns the literal and its length in bytes of
/// text.
pub(super) fn bytes(source: &str) -> Option<(Literal<'_>, usize)> {
    let close = end(source, 1)?;
    let body = source.get(2..close)?;
    let raw = source.get(..=close)?;
    let literal = if !body.is_ascii() {
        Literal::Opaque(raw)
    } else if body.contains('\\') {
        // Each character stands for the byte with its number.
        let bytes = unescape(body, Kind::Bytes)
            .and_then(|text| text.chars().map(|c| u8::try_from(c).ok()).collect::<Option<Vec<u8>>>());
        bytes.map_or(Literal::Opaque(raw), |bytes| Literal::Bytes(Cow::Owned(bytes)))
    } else {
        Literal::Bytes(Cow::Borrowed(body.as_bytes()))
    };
    Some((literal, raw.len()))
}

/// Returns the position of the quote that closes the one at `open`.
pub(super) fn end(source: &str, open: usize) -> Option<usize> {
    let bytes = source.as_bytes();
    let quote = *bytes.get(open)?;
    let mut is_escaped = false;
    let is_end = |byte: &u8| match *byte {
        // Python allows none of these in a quoted literal, raw or escaped.
        b'\n' | b'\r' | b'\0' => true,
        _ if is_escaped => {
            is_escaped = false;
            false
        }
        b'\\' => {
            is_escaped = true;
            false
        }
        byte => byte == quote,
    };
    let end = open + 1 + bytes.get(open + 1..)?.iter().position(is_end)?;
    (bytes.get(end) == Some(&quote)).then_some(end)
}

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Text,
    Bytes,
}

fn unescape(body: &str, kind: Kind) -> Option<String> {
    let mut out = String::with_capacity(body.len());
    let mut rest = body;
    while let Some((plain, escape)) = rest.split_once('\\') {
        out.push_str(plain);
        let mut after = escape.chars();
        let first = after.next()?;
        rest = after.as_str();
        match first {
            '\\' | '\'' | '"' => out.push(first),
            'n' => out.push('\n'),
            'r' => out.push('\r'),
            't' => out.push('\t'),
            'a' => out.push('\x07'),
            'b' => out.push('\x08'),
            'f' => out.push('\x0c'),
            'v' => out.push('\x0b'),
            'x' => out.push(hexadecimal(&mut rest, 2)?),
            'u' if kind == Kind::Text => out.push(hexadecimal(&mut rest, 4)?),
            'U' if kind == Kind::Text => out.push(hexadecimal(&mut rest, 8)?),
            '0'..='7' => {
                let digits = escape.bytes().take(3).take_while(|byte| matches!(byte, b'0'..=b'7')).count();
                let code = u32::from_str_radix(escape.get(..digits)?, 8).ok()?;
                out.push(char::from_u32(code)?);
                rest = escape.get(digits..)?;
            }
            // `repr` never prints names of characters. `end` has already refused continued lines.
            'N' if kind == Kind::Text => return None,
            other => out.extend(['\\', other]),
        }
    }
    out.push_str(rest);
    Some(out)
}

/// Takes `digits` digits off `rest`. Returns the character with that number.
fn hexadecimal(rest: &mut &str, digits: usize) -> Option<char> {
    let (number, after) = rest.split_at_checked(digits)?;
    *rest = after;
    let code = number.chars().try_fold(0_u32, |code, digit| Some(code * 16 + digit.to_digit(16)?))?;
    char::from_u32(code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_of_text() {
        #[rustfmt::skip]
        let cases = [
            (r#"'a\\b\'c\"d'"#, Some("a\\b'c\"d")),
            (r"'\a\b\f\n\r\t\v'", Some("\x07\x08\x0c\n\r\t\x0b")),
            (r"'\x41\xe9\u00e9\U0001f600'", Some("Aéé😀")),
            (r"'\0\101\1011\18\777'", Some("\0AA1\x018ǿ")),
            // Python keeps the backslash of an unknown escape.
            (r"'\d\é'", Some(r"\d\é")),
            (r"'\udc80'", None),
            (r"'\ud83d\ude00'", None),
            (r"'\U00110000'", None),
            (r"'\N{BULLET}'", None),
            (r"'\x4'", None),
            (r"'\x+4'", None),
            (r"'\u00é9'", None),
        ];
        for (source, expected) in cases {
            let expected = expected.map_or(Literal::Opaque(source), |text| Literal::Text(text.into()));
            assert_eq!(text(source), Some((expected, source.len())), "{source}");
        }
    }

    #[test]
    fn escapes_of_bytes() {
        #[rustfmt::skip]
        let cases: [(&str, Option<&[u8]>); 6] = [
            (r"b'\x00\xff\n\\'", Some(b"\x00\xff\n\\")),
            (r"b'\377'", Some(b"\xff")),
            (r"b'\u0041\N'", Some(br"\u0041\N")),
            (r"b'\777'", None),
            (r"b'\xf'", None),
            ("b'é'", None),
        ];
        for (source, expected) in cases {
            let expected = expected.map_or(Literal::Opaque(source), |bytes| Literal::Bytes(bytes.into()));
            assert_eq!(bytes(source), Some((expected, source.len())), "{source}");
        }
    }

    #[test]
    fn a_quote_ends_where_python_ends_it() {
        #[rustfmt::skip]
        let cases = [
            ("''", Some(1)), ("'a' 'b'", Some(2)), (r"'\''", Some(3)), (r"'\\'", Some(3)), ("'\"'", Some(2)),
            ("'", None), (r"'\'", None), ("'\n'", None), ("'\\\n'", None), ("'\0'", None), ("'\\", None),
        ];
        for (source, expected) in cases {
            assert_eq!(end(source, 0), expected, "{source:?}");
        }
    }
}
