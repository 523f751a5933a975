//! What the protocol needs of a message: whether its sender wants an answer. Pure.

use decode::msgpack_reader::{Reader, Token, after_container};

/// What the options of a message say.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(super) struct Wish<'a> {
    /// The chunk's id as msgpack, which the acknowledgement repeats byte for byte.
    pub(super) chunk: Option<&'a [u8]>,
    /// Whether it is from Fluent Bit, whose ids are hashes of the content.
    pub(super) is_fluent_bit: bool,
}

/// Reads the options of a whole message.
pub(super) fn wish(message: &[u8]) -> Wish<'_> {
    options(message).unwrap_or_default()
}

fn options(message: &[u8]) -> Option<Wish<'_>> {
    let mut reader = Reader::new(message);
    let Token::Array(count @ 3..=4) = reader.token().ok()? else { return None };
    reader.token().ok()?;
    // Entries come before the options; in a message of one entry, a time and a record do.
    let entries = reader.rest();
    let has_entries = matches!(reader.token().ok()?, Token::Array(_) | Token::Text(_) | Token::Bytes(_));
    reader.go_to(entries);
    skip(&mut reader)?;
    if !has_entries {
        skip(&mut reader)?;
    }
    if has_entries != (count == 3) {
        return None;
    }
    let Token::Map(entries) = reader.token().ok()? else { return None };
    let mut wish = Wish::default();
    for _ in 0..entries {
        let (Token::Text(name) | Token::Bytes(name)) = reader.token().ok()? else { return Some(wish) };
        let value = reader.rest();
        skip(&mut reader)?;
        match name {
            b"chunk" => wish.chunk = value.get(..value.len() - reader.rest().len()),
            b"fluent_signal" => wish.is_fluent_bit = true,
            _ => {}
        }
    }
    Some(wish)
}

/// Skips a value.
fn skip(reader: &mut Reader<'_>) -> Option<()> {
    let source = reader.rest();
    if let Token::Array(_) | Token::Map(_) = reader.token().ok()? {
        reader.go_to(after_container(source)?);
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::{Wish, wish};

    #[test]
    fn a_message_may_wish_for_an_answer() {
        fn check(message: &[u8], chunk: Option<&[u8]>, is_fluent_bit: bool) {
            assert_eq!(wish(message), Wish { chunk, is_fluent_bit }, "{}", message.escape_ascii());
        }
        check(b"\x93\xa1t\x01\x80", None, false);
        check(b"\x93\xa1t\x01\x81\xa5chunk\xa1x", None, false);
        check(b"\x94\xa1t\x01\x80\x81\xa5chunk\xa1x", Some(b"\xa1x"), false);
        check(b"\x93\xa1t\x91\x92\x01\x80\x82\xa4size\x01\xa5chunk\xd9\x01x", Some(b"\xd9\x01x"), false);
        check(
            b"\x93\xa1t\xc4\x03\x92\x01\x80\x82\xa5chunk\xc4\x01\xff\xadfluent_signal\x00",
            Some(b"\xc4\x01\xff"),
            true,
        );
        check(b"\x92\xa1t\xa0", None, false);
        check(b"\x93\xa1t\x01", None, false);
        check(b"\xc0", None, false);
    }
}
