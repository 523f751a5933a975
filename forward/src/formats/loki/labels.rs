//! Labels as Prometheus writes them: `{app="shop", "http.method"="GET"}`.

use std::borrow::Cow;

/// More than Loki takes of a stream.
const MAX_LABELS: usize = 1_000;

/// Reads labels. `None` if they are none.
pub(super) fn parse(text: &str) -> Option<Vec<(Cow<'_, str>, Cow<'_, str>)>> {
    let mut rest = text.trim().strip_prefix('{')?.strip_suffix('}')?.trim();
    let mut labels = Vec::new();
    while !rest.is_empty() && labels.len() < MAX_LABELS {
        let (name, after) = if let Some(found) = quoted(rest) {
            found
        } else {
            let end = rest.find(|char: char| char == '=' || char.is_whitespace())?;
            (Cow::Borrowed(&rest[..end]), &rest[end..])
        };
        let (value, after) = quoted(after.trim_start().strip_prefix('=')?.trim_start())?;
        labels.push((name, value));
        let after = after.trim_start();
        rest = match after.strip_prefix(',') {
            Some(next) => next.trim_start(),
            None if after.is_empty() => after,
            None => return None,
        };
    }
    rest.is_empty().then_some(labels)
}

/// Reads a text of Go at the beginning. Returns it, and what is after it.
fn quoted(text: &str) -> Option<(Cow<'_, str>, &str)> {
    let quote = text.chars().next().filter(|quote| matches!(quote, '"' | '\'' | '`'))?;
    let inner = &text[quote.len_utf8()..];
    if quote == '`' {
        let (raw, after) = inner.split_once(quote)?;
        return Some((Cow::Borrowed(raw), after));
    }
    let mut end = 0;
    loop {
        end += inner[end..].find(['\\', quote])?;
        if inner[end..].starts_with(quote) {
            break;
        }
        // The escaped character, however long.
        end += 1 + inner[end + 1..].chars().next()?.len_utf8();
    }
    let (inside, after) = (&inner[..end], &inner[end + quote.len_utf8()..]);
    let plain = if inside.contains('\\') { Cow::Owned(unescape(inside)?) } else { Cow::Borrowed(inside) };
    Some((plain, after))
}

/// Reads the escapes of Go: <https://go.dev/ref/spec#Rune_literals>.
fn unescape(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((plain, escape)) = rest.split_once('\\') {
        bytes.extend_from_slice(plain.as_bytes());
        let kind = escape.chars().next()?;
        let digits = |from: usize, count: usize, radix: u32| {
            let digits = escape.get(from..from + count)?;
            digits.bytes().all(|byte| byte.is_ascii_hexdigit()).then(|| u32::from_str_radix(digits, radix).ok())?
        };
        let mut used = kind.len_utf8();
        match kind {
            'a' => bytes.push(0x07),
            'b' => bytes.push(0x08),
            'f' => bytes.push(0x0C),
            'n' => bytes.push(b'\n'),
            'r' => bytes.push(b'\r'),
            't' => bytes.push(b'\t'),
            'v' => bytes.push(0x0B),
            '\\' | '\'' | '"' => bytes.push(u8::try_from(kind).ok()?),
            'x' => {
                bytes.push(u8::try_from(digits(1, 2, 16)?).ok()?);
                used += 2;
            }
            '0'..='7' => {
                bytes.push(u8::try_from(digits(0, 3, 8)?).ok()?);
                used += 2;
            }
            'u' | 'U' => {
                let count = if kind == 'u' { 4 } else { 8 };
                let char = char::from_u32(digits(1, count, 16)?)?;
                bytes.extend_from_slice(char.encode_utf8(&mut [0; 4]).as_bytes());
                used += count;
            }
            _ => return None,
        }
        rest = &escape[used..];
    }
    bytes.extend_from_slice(rest.as_bytes());
    Some(String::from_utf8_lossy(&bytes).into_owned())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::parse;

    #[test]
    fn labels_are_read_as_prometheus_writes_them() {
        fn check(text: &str, expect: Option<&[(&str, &str)]>) {
            let labels = parse(text);
            let labels: Option<Vec<(&str, &str)>> =
                labels.as_ref().map(|labels| labels.iter().map(|(name, value)| (&**name, &**value)).collect());
            assert_eq!(labels.as_deref(), expect, "{text}");
        }
        check("{}", Some(&[]));
        check(r#"{app="shop"}"#, Some(&[("app", "shop")]));
        check(r#" { app = "shop" , env='prod',} "#, Some(&[("app", "shop"), ("env", "prod")]));
        check(r#"{"http.method"="GET", a=`\n`}"#, Some(&[("http.method", "GET"), ("a", r"\n")]));
        check(r#"{a="\"\\\n\tä\u00e4\U0001F600\x41\101}, b=\""}"#, Some(&[("a", "\"\\\n\tää😀AA}, b=\"")]));
        check(r#"{a="\xff"}"#, Some(&[("a", "\u{FFFD}")]));
        for broken in
            ["", "{", "app", "{a}", "{a=}", "{a=b}", r#"{a="b"#, r#"{a="b" c="d"}"#, r#"{a="\q"}"#, r#"{a="\u12"}"#]
        {
            check(broken, None);
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_to_an_end(text in r#"\{?[a-z"'`=,\\ux0-9ä\}]{0,40}\}?"#) {
            let _ = parse(&text);
        }

        #[test]
        fn what_is_written_is_read(name in "[a-z_]{1,8}", value in "[^\"\\\\]{0,20}") {
            let text = format!("{{{name}=\"{value}\"}}");
            prop_assert_eq!(parse(&text).unwrap(), [(name.into(), value.into())]);
        }
    }
}
