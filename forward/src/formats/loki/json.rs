//! JSON: `{"streams": [{"stream": {labels}, "values": [[nanoseconds, line, {metadata}], …]}]}`.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::{Line, Pairs, write};
use crate::formats::{Facts, Lines, Tail, key};

#[derive(Deserialize)]
struct Push<'a> {
    #[serde(borrow)]
    streams: Vec<&'a RawValue>,
}

#[derive(Deserialize)]
struct Stream<'a> {
    #[serde(borrow, default, alias = "labels")]
    stream: Option<&'a RawValue>,
    #[serde(borrow, default)]
    values: Vec<&'a RawValue>,
}

#[derive(Default, Deserialize)]
#[serde(transparent)]
struct Members<'a>(#[serde(borrow)] BTreeMap<Cow<'a, str>, &'a RawValue>);

impl Pairs for Members<'_> {
    fn write(&self, facts: &mut Facts, out: &mut Vec<u8>) {
        for (name, value) in &self.0 {
            key(out, name);
            out.extend_from_slice(value.get().as_bytes());
            facts.see(name.as_bytes());
        }
    }

    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// Reads the lines.
pub(crate) fn read(payload: &[u8], lines: &mut Lines<'_>) {
    let push: Push<'_> = match serde_json::from_slice(payload) {
        Ok(push) => push,
        Err(error) => return lines.reject(payload, error),
    };
    for source in push.streams {
        if let Err(error) = read_stream(source, lines) {
            lines.reject(source.get().as_bytes(), error);
        }
    }
}

fn read_stream(source: &RawValue, lines: &mut Lines<'_>) -> Result<(), serde_json::Error> {
    let Stream { stream, values } = serde_json::from_str(source.get())?;
    let labels: Members<'_> = stream.map(|labels| serde_json::from_str(labels.get())).transpose()?.unwrap_or_default();
    // The same line of two streams is two records.
    lines.within(stream.map_or("", RawValue::get).as_bytes());
    for value in values {
        lines.push(value.get().as_bytes(), |out| read_value(value.get(), &labels, out));
    }
    Ok(())
}

fn read_value(value: &str, labels: &Members<'_>, out: &mut Vec<u8>) -> Result<Tail<'static>, serde_json::Error> {
    let parts: Vec<&RawValue> = serde_json::from_str(value)?;
    let (time, line, metadata) = match parts.as_slice() {
        [time, line] => (time, line, None),
        [time, line, metadata] => (time, line, Some(metadata)),
        _ => return Err(serde::de::Error::custom("[time, line] expected")),
    };
    let text: Cow<'_, str> = serde_json::from_str(line.get())?;
    let metadata: Members<'_> =
        metadata.map(|metadata| serde_json::from_str(metadata.get())).transpose()?.unwrap_or_default();
    let line = Line { time: time.get().trim_matches('"').parse().ok(), text: &text };
    Ok(write(&line, labels, &metadata, out))
}
