//! Pushes to Loki: `{"streams": [{"stream": {…}, "values": [["<ns>", "line", {…}]]}]}`.
//!
//! The first version of the API had `{"labels": "{app=\"pay\"}", "entries": [{"ts": "…", "line": "…"}]}` for a stream.
//!
//! Source: <https://grafana.com/docs/loki/latest/reference/loki-http-api/#ingest-logs>.

use std::borrow::Cow;

use record::{Draft, EventTime, FieldSink, Surroundings, Value};
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::elements::each;
use crate::{Scanner, Sink, formats, text};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Push<'a> {
    #[serde(borrow)]
    streams: &'a RawValue,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Stream<'a> {
    #[serde(borrow, alias = "labels")]
    stream: &'a RawValue,
    #[serde(borrow, alias = "entries")]
    values: &'a RawValue,
}

/// A line as the first version of the API has it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OldLine<'a> {
    #[serde(borrow)]
    ts: &'a RawValue,
    #[serde(borrow)]
    line: &'a RawValue,
}

/// A line of a stream, as it is written.
#[derive(Clone, Copy)]
struct Line<'a> {
    labels: &'a str,
    time: &'a str,
    text: &'a str,
    /// What a sender says about this line alone: <https://grafana.com/docs/loki/latest/get-started/labels/structured-metadata/>.
    metadata: Option<&'a str>,
}

impl<'a> Line<'a> {
    fn of(labels: &'a RawValue, value: &'a RawValue) -> Result<Self, serde_json::Error> {
        let (time, line, metadata) = if let Ok(OldLine { ts, line }) = serde_json::from_str(value.get()) {
            (ts, line, None)
        } else if let Ok((time, line)) = serde_json::from_str::<(&RawValue, &RawValue)>(value.get()) {
            (time, line, None)
        } else {
            let (time, line, metadata) = serde_json::from_str::<(&RawValue, &RawValue, &RawValue)>(value.get())?;
            (time, line, Some(metadata.get()))
        };
        Ok(Self { labels: labels.get(), time: time.get(), text: line.get(), metadata })
    }

    fn is_valid(&self) -> bool {
        (self.labels.starts_with('{') || self.labels.starts_with("\"{"))
            && self.time.starts_with('"')
            && self.text.starts_with('"')
            && self.metadata.is_none_or(|metadata| metadata.starts_with('{'))
    }

    fn push(&self, sink: &mut Sink<'_, '_>) {
        let metadata = self.metadata.unwrap_or_default();
        if sink.is_over() || !sink.spend(self.labels.len() + metadata.len()) {
            return;
        }
        let (Ok(time), Ok(line)) =
            (serde_json::from_str::<Cow<'_, str>>(self.time), serde_json::from_str::<String>(self.text))
        else {
            return;
        };
        let mut draft = text::record(&line, sink);
        // What the line says goes before what the labels say.
        draft.surround(&Surroundings::default());
        // Both are objects of valid JSON, and the line's own comes first.
        for object in self.metadata.into_iter().chain([self.labels]) {
            if object.starts_with('{') {
                let _ = Scanner::read_object(object, &mut draft);
            }
        }
        if let Ok(labels) = serde_json::from_str::<String>(self.labels) {
            push_labels(&labels, &mut draft);
        }
        let created = EventTime::from_text(&time).map(EventTime::seconds);
        draft.surround(&Surroundings { created, ..Surroundings::default() });
        if time.bytes().all(|byte| byte.is_ascii_digit()) {
            draft.push("timeUnixNano", Value::Text(&time));
        }
        sink.push(formats::JSON, line.as_bytes(), Ok(draft));
    }
}

/// Adds the labels of a stream that are written as in a query: `{app="pay", env="prod"}`.
fn push_labels(labels: &str, draft: &mut Draft<'_>) {
    let mut rest = labels.trim_start_matches('{');
    while let Some((name, after)) = rest.split_once("=\"") {
        let Some((value, next)) = after.split_once('"') else { return };
        draft.push(name.trim_matches([',', ' ']), Value::Text(value));
        rest = next;
    }
}

/// Decodes a push. Returns whether it is one.
pub(super) fn decode(object: &str, sink: &mut Sink<'_, '_>) -> bool {
    let Ok(Push { streams }) = serde_json::from_str(object) else { return false };
    let each_line = |on_line: &mut dyn FnMut(Line<'_>)| {
        each(streams, |stream| {
            let Stream { stream, values } = serde_json::from_str(stream.get())?;
            each(values, |value| {
                on_line(Line::of(stream, value)?);
                Ok::<_, serde_json::Error>(())
            })
        })
        .is_ok()
    };
    // The whole push is checked first.
    let mut are_valid = true;
    if !each_line(&mut |line| are_valid &= line.is_valid()) || !are_valid {
        return false;
    }
    each_line(&mut |line| line.push(sink))
}
