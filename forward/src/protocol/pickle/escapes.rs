//! The escapes by which protocol 0 writes texts in one line.

/// Reads `raw-unicode-escape`, by which protocol 0 writes text: Latin-1 with `\u` and `\U`.
pub(super) fn raw_unicode(line: &[u8]) -> Vec<u8> {
    let mut text = String::with_capacity(line.len());
    let mut rest = line;
    // Python 2 writes what is beyond the first plane as two halves.
    let mut high = None;
    while let Some((first, after)) = rest.split_first() {
        let escaped = (*first == b'\\').then(|| escaped(after)).flatten();
        let (code, next) = escaped.unwrap_or((u32::from(*first), after));
        rest = next;
        match (high.take(), code) {
            (_, 0xD800..=0xDBFF) => high = Some(code),
            (Some(high), 0xDC00..=0xDFFF) => {
                text.extend(char::from_u32(0x1_0000 + ((high - 0xD800) << 10) + (code - 0xDC00)));
            }
            _ => text.push(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER)),
        }
    }
    text.into_bytes()
}

/// Reads what follows a backslash: `u` and four digits, or `U` and eight.
fn escaped(after: &[u8]) -> Option<(u32, &[u8])> {
    let (kind, rest) = after.split_first()?;
    let (digits, rest) = rest.split_at_checked(match kind {
        b'u' => 4,
        b'U' => 8,
        _ => return None,
    })?;
    Some((hex(digits)?, rest))
}

fn hex(digits: &[u8]) -> Option<u32> {
    let is_hex = digits.iter().all(u8::is_ascii_hexdigit);
    u32::from_str_radix(str::from_utf8(digits).ok()?, 16).ok().filter(|_| is_hex)
}

/// Reads a `repr` of Python 2's bytes: in quotes, with escapes.
pub(super) fn quoted(line: &[u8]) -> Option<Vec<u8>> {
    let line = line.trim_ascii();
    let (quote, rest) = line.split_first().filter(|(quote, _)| matches!(quote, b'"' | b'\''))?;
    let mut rest = rest.strip_suffix(&[*quote])?;
    let mut bytes = Vec::with_capacity(rest.len());
    while let Some((first, after)) = rest.split_first() {
        rest = after;
        if *first != b'\\' {
            bytes.push(*first);
            continue;
        }
        let (kind, after) = after.split_first()?;
        rest = after;
        bytes.push(match kind {
            b'n' => b'\n',
            b'r' => b'\r',
            b't' => b'\t',
            b'\\' | b'\'' | b'"' => *kind,
            b'x' => {
                let (digits, after) = rest.split_at_checked(2)?;
                rest = after;
                u8::try_from(hex(digits)?).ok()?
            }
            _ => return None,
        });
    }
    Some(bytes)
}
