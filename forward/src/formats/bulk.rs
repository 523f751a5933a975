//! A body of Elasticsearch's `_bulk`: a line with an action, and a line with a document.
//!
//! <https://www.elastic.co/docs/api/doc/elasticsearch/operation/operation-bulk>.

use std::fmt;
use std::str;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::{Lines, Tail, inflate, jsonl, member};
use crate::entry::Encoding;

/// An action with a document after it. `update` has one in `doc`; `delete` has none.
#[derive(Deserialize)]
struct Action<'a> {
    #[serde(alias = "index")]
    create: Option<Target<'a>>,
    #[serde(borrow)]
    update: Option<&'a RawValue>,
    #[serde(borrow)]
    delete: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Target<'a> {
    #[serde(rename = "_index", borrow)]
    index: Option<std::borrow::Cow<'a, str>>,
}

/// Reads the documents. `default` is the index of the request's path, which holds for actions without one.
pub(super) fn read(payload: &[u8], default: &str, lines: &mut Lines<'_>) {
    let mut rest = payload.split(|byte| *byte == b'\n').filter(|line| !line.trim_ascii().is_empty());
    while let Some(line) = rest.next() {
        let index = match serde_json::from_slice::<Action<'_>>(line) {
            Ok(Action { create: Some(target), .. }) => target.index,
            Ok(Action { delete: Some(_), .. }) => continue,
            Ok(Action { update: Some(_), .. }) => None,
            // No action: a client that leaves them out.
            _ => {
                document(line, None, lines);
                continue;
            }
        };
        // The same document elsewhere, or with another id, is another record.
        lines.within(line);
        match rest.next() {
            Some(line) => document(line, index.as_deref().or(Some(default)), lines),
            None => lines.reject(line, "an action without a document"),
        }
        lines.within(b"");
    }
}

fn document(line: &[u8], index: Option<&str>, lines: &mut Lines<'_>) {
    let text = match str::from_utf8(line) {
        Ok(text) => text.trim(),
        Err(error) => return lines.reject(line, error),
    };
    let Some(facts) = jsonl::object(text) else { return jsonl::read_line(text, lines) };
    lines.push(line, |out| {
        jsonl::members(text, out);
        if let Some(index) = index.filter(|index| !index.is_empty()) {
            member(out, "_index", index);
        }
        Ok::<_, fmt::Error>(Tail { facts, ..Tail::default() })
    });
}

/// Returns the number of documents in a body, which its answer has to name. What is broken counts as one.
#[must_use]
pub fn count(payload: &[u8], encoding: Encoding) -> usize {
    let Ok(plain) = inflate(payload, encoding) else { return 1 };
    let lines = plain.split(|byte| *byte == b'\n').filter(|line| !line.trim_ascii().is_empty()).count();
    lines.div_ceil(2)
}
