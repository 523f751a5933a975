//! Protobuf, as Promtail and most clients push it: `PushRequest` of Loki's `push.proto`.
//!
//! <https://github.com/grafana/loki/blob/main/pkg/push/push.proto>.

use std::borrow::Cow;

use decode::protobuf::{Field, Malformed, Wire, fields};

use super::{Line, Pairs, labels, write};
use crate::formats::{Facts, Lines, Tail, member};

const NANOS_PER_SECOND: u64 = 1_000_000_000;

/// Names and values.
#[derive(Default)]
struct Texts<'a>(Vec<(Cow<'a, str>, Cow<'a, str>)>);

impl Pairs for Texts<'_> {
    fn write(&self, facts: &mut Facts, out: &mut Vec<u8>) {
        for (name, value) in &self.0 {
            member(out, name, value);
            facts.see(name.as_bytes());
        }
    }

    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// Reads the lines.
pub(crate) fn read(payload: &[u8], lines: &mut Lines<'_>) {
    for field in fields(payload) {
        match field {
            Ok(Field { number: 1, value: Wire::Bytes(stream) }) => {
                if let Err(error) = read_stream(stream, lines) {
                    lines.reject(stream, error);
                }
            }
            Ok(_) => {}
            Err(error) => return lines.reject(payload, error),
        }
    }
}

fn read_stream(stream: &[u8], lines: &mut Lines<'_>) -> Result<(), Malformed> {
    // Whole or not at all: otherwise the rest of a broken stream would be lost.
    let read: Vec<Field<'_>> = fields(stream).collect::<Result<_, _>>()?;
    let of = |wanted: u32| {
        read.iter().filter_map(move |field| match field {
            Field { number, value: Wire::Bytes(bytes) } if *number == wanted => Some(*bytes),
            _ => None,
        })
    };
    let source = of(1).next_back().unwrap_or_default();
    // The same line of two streams is two records.
    lines.within(source);
    let text = String::from_utf8_lossy(source);
    // What cannot be read stays as it is.
    let labels = Texts(labels::parse(&text).unwrap_or_else(|| vec![("labels".into(), Cow::Borrowed(&*text))]));
    for entry in of(2) {
        lines.push(entry, |out| read_entry(entry, &labels, out));
    }
    Ok(())
}

fn read_entry(entry: &[u8], labels: &Texts<'_>, out: &mut Vec<u8>) -> Result<Tail<'static>, Malformed> {
    let (mut time, mut text, mut metadata) = (None, Cow::Borrowed(""), Texts::default());
    for field in fields(entry) {
        let Field { number, value: Wire::Bytes(bytes) } = field? else { continue };
        match number {
            1 => time = nanos(bytes)?,
            2 => text = String::from_utf8_lossy(bytes),
            3 => metadata.0.push(pair(bytes)?),
            _ => {}
        }
    }
    Ok(write(&Line { time, text: &text }, labels, &metadata, out))
}

/// Reads a `Timestamp`. `None` before 1970.
fn nanos(message: &[u8]) -> Result<Option<u64>, Malformed> {
    let (mut seconds, mut nanos) = (0, 0);
    for field in fields(message) {
        match field? {
            Field { number: 1, value: Wire::Varint(number) } => seconds = number,
            Field { number: 2, value: Wire::Varint(number) } => nanos = number,
            _ => {}
        }
    }
    Ok(seconds.checked_mul(NANOS_PER_SECOND).and_then(|whole| whole.checked_add(nanos)))
}

/// Reads a `LabelPair`.
fn pair(message: &[u8]) -> Result<(Cow<'_, str>, Cow<'_, str>), Malformed> {
    let (mut name, mut value) = (Cow::Borrowed(""), Cow::Borrowed(""));
    for field in fields(message) {
        match field? {
            Field { number: 1, value: Wire::Bytes(bytes) } => name = String::from_utf8_lossy(bytes),
            Field { number: 2, value: Wire::Bytes(bytes) } => value = String::from_utf8_lossy(bytes),
            _ => {}
        }
    }
    Ok((name, value))
}
