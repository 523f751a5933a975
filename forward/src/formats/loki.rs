//! A body of Loki's push API in JSON: `{"streams": [{"stream": {labels}, "values": [[nanoseconds, line, {metadata}], …]}]}`.
//!
//! <https://grafana.com/docs/loki/latest/reference/loki-http-api/#ingest-logs>.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::str;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::{Facts, Lines, Tail, Time, jsonl, key, member};

#[derive(Deserialize)]
struct Push<'a> {
    #[serde(borrow)]
    streams: Vec<Stream<'a>>,
}

#[derive(Deserialize)]
struct Stream<'a> {
    #[serde(borrow, default, alias = "labels")]
    stream: BTreeMap<Cow<'a, str>, &'a RawValue>,
    #[serde(borrow, default)]
    values: Vec<&'a RawValue>,
}

/// Reads the lines.
pub(super) fn read(payload: &[u8], lines: &mut Lines<'_>) {
    let push: Push<'_> = match serde_json::from_slice(payload) {
        Ok(push) => push,
        Err(error) => return lines.reject(payload, error),
    };
    for Stream { stream, values } in &push.streams {
        for value in values {
            lines.push(value.get().as_bytes(), |out| read_value(value.get(), stream, out));
        }
    }
}

fn read_value(
    value: &str,
    labels: &BTreeMap<Cow<'_, str>, &RawValue>,
    out: &mut Vec<u8>,
) -> Result<Tail<'static>, serde_json::Error> {
    let parts: Vec<&RawValue> = serde_json::from_str(value)?;
    let (time, line, metadata) = match parts.as_slice() {
        [time, line] => (time, line, None),
        [time, line, metadata] => (time, line, Some(metadata)),
        _ => return Err(serde::de::Error::custom("[time, line] expected")),
    };
    let nanos = time.get().trim_matches('"').parse().ok();
    let line: Cow<'_, str> = serde_json::from_str(line.get())?;
    let mut facts = Facts::default();
    // A line that is an object is the record.
    match jsonl::object(&line) {
        Some(found) => {
            facts = found;
            jsonl::members(&line, out);
        }
        None => member(out, "message", &line),
    }
    for (name, label) in labels {
        key(out, name);
        out.extend_from_slice(label.get().as_bytes());
        facts.see(name);
    }
    if let Some(metadata) = metadata {
        jsonl::object(metadata.get()).ok_or_else(|| <serde_json::Error as serde::de::Error>::custom("metadata"))?;
        key(out, "metadata");
        out.push(b'{');
        jsonl::members(metadata.get(), out);
        out.push(b'}');
    }
    Ok(Tail { facts, tag: None, time: nanos.map(Time::Nanos) })
}
