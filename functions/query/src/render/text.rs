//! A log record as a line for people: `time LEVEL service logger: message`, with its exception indented below.

use std::io::Write as _;

use record::LogRecord;

const INDENT: &str = "    ";
/// Shown for a part that a record does not have.
const NOTHING: &str = "-";
/// Shown after a text that is cut.
const MORE: &str = " […]";
/// The fields of an exception, in Python's forms.
const EXCEPTIONS: [&str; 2] = ["exc_text", "exc_info"];
/// How many bytes one byte can become, as Lambda counts them: a line break with an indent, or an escape.
const MAX_GROWTH: usize = 6;

/// Writes a record, cut to `room` bytes.
pub(super) fn write(out: &mut Vec<u8>, record: &LogRecord, room: usize) {
    let text = |name: &str| record.document().get_str(name).ok();
    let level = record.level_name().unwrap_or(NOTHING);
    let service = record.service().unwrap_or(NOTHING);
    let head = format!("{} {level} {service} {}: ", record.time(), text("name").unwrap_or(NOTHING));
    let room = room / MAX_GROWTH;
    push(out, &head, room / 2);
    push(out, record.message().unwrap_or_default(), room / 4);
    out.push(b'\n');
    if let Some(exception) = EXCEPTIONS.into_iter().find_map(text) {
        out.extend_from_slice(INDENT.as_bytes());
        push(out, exception.trim_end(), room / 4);
        out.push(b'\n');
    }
}

/// Writes a text, with its further lines indented. Escapes control characters, so that a log cannot control a terminal.
fn push(out: &mut Vec<u8>, text: &str, room: usize) {
    let end = text.floor_char_boundary(room);
    for c in text[..end].chars() {
        match c {
            '\n' => {
                out.push(b'\n');
                out.extend_from_slice(INDENT.as_bytes());
            }
            '\r' => {}
            '\t' => out.push(b'\t'),
            c if c.is_control() => {
                // Writing to a vector cannot fail.
                let _ = write!(out, "\\x{:02x}", u32::from(c));
            }
            c => out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
        }
    }
    if end < text.len() {
        out.extend_from_slice(MORE.as_bytes());
    }
}

#[cfg(test)]
mod tests {
    use bson::{Document, doc};
    use insta::assert_snapshot;

    use super::write;
    use crate::test_records::stored;

    fn text(fields: Document) -> String {
        let mut out = Vec::new();
        write(&mut out, &stored(165_953, fields), 6_000);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_record_is_a_line_with_its_exception_below() {
        let record = doc! {
            "levelname": "ERROR", "service": "shop", "name": "shop.cart", "message": "failed",
            "exc_text": "Traceback (most recent call last):\n  File \"a.py\"\r\nValueError: x\n",
        };
        assert_snapshot!(text(record), @r#"
        2026-11-20T08:35:39.165953Z ERROR shop shop.cart: failed
            Traceback (most recent call last):
              File "a.py"
            ValueError: x
        "#);
        assert_snapshot!(text(doc! { "exc_info": "ValueError: x" }), @r"
        2026-11-20T08:35:39.165953Z - - -: 
            ValueError: x
        ");
        assert_snapshot!(text(doc! { "message": 7, "name": 8, "exc_text": 9 }), @"2026-11-20T08:35:39.165953Z - - -: ");
    }

    #[test]
    fn a_record_cannot_steer_a_terminal() {
        let line = text(doc! { "message": "\u{1b}[2Jgone\n2026-11-20 INFO faked\u{9b}\u{7f}\ttab" });
        assert_eq!(line, "2026-11-20T08:35:39.165953Z - - -: \\x1b[2Jgone\n    2026-11-20 INFO faked\\x9b\\x7f\ttab\n");
    }

    #[test]
    fn long_texts_are_cut() {
        let long = "ü".repeat(10_000);
        let text = text(doc! { "levelname": &long, "message": &long, "exc_text": &long });
        assert!(text.len() < 2_000 && text.matches(" […]").count() == 3, "{}", text.len());
    }
}
