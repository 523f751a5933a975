//! A body of distlog's: a dict of Python's, in JSON or as pickle.
//!
//! distlog has a task tree of its own: `context.key` is `3@<uuid>/1/2`, the fourth record of the second task below the first
//! below the task with this UUID. It becomes `log_uid`, `task`, `parent` and `status`, as the Python package writes them.

use std::borrow::Cow;
use std::str;

use serde_json::{Map, Value};

use super::{Facts, Lines, Tail, key, member};
use crate::protocol::{pickle, text};

/// The longest key of a task that is read.
const MAX_KEY_BYTES: usize = 512;

/// Reads a body in JSON.
pub(super) fn read_json(payload: &[u8], lines: &mut Lines<'_>) {
    let text = text::from_bytes(payload);
    let text = without_words(&text);
    lines.push(payload, |out| {
        let fields: Map<String, Value> = serde_json::from_str(&text)?;
        // Numbers stay as they are written.
        super::jsonl::members(&text, out);
        Ok::<_, serde_json::Error>(finish(&fields, out))
    });
}

/// Reads a body as pickle. What names an object is set aside with its bytes.
pub(super) fn read_pickle(payload: &[u8], lines: &mut Lines<'_>) {
    match pickle::read(payload) {
        Ok(Value::Object(fields)) => lines.push(payload, |out| {
            for (name, value) in &fields {
                key(out, name);
                serde_json::to_writer(&mut *out, value)?;
            }
            Ok::<_, serde_json::Error>(finish(&fields, out))
        }),
        Ok(_) => lines.reject(payload, "a pickle of a dict expected"),
        Err(error) => lines.reject(payload, error),
    }
}

/// Adds what the key of the task says, unless the record says it itself.
fn finish<'t>(fields: &Map<String, Value>, out: &mut Vec<u8>) -> Tail<'t> {
    let mut facts = Facts::default();
    fields.keys().for_each(|name| facts.see(name.as_bytes()));
    // The topic is no tag of the record.
    facts.has_tag = true;
    let context = fields.get("context").and_then(|context| context.get("key")).and_then(Value::as_str);
    if let Some(place) = context.and_then(TaskPosition::read)
        && ["log_uid", "task", "parent", "status"].iter().all(|name| fields.get(*name).is_none_or(Value::is_null))
    {
        place.write(fields, out);
    }
    Tail { facts, ..Tail::default() }
}

/// A record's place in distlog's tree of tasks.
struct TaskPosition<'k> {
    /// How many records of the task came before it.
    number: &'k str,
    uid: &'k str,
    /// The path below the root, with a leading slash; nothing at the root.
    path: &'k str,
}

impl<'k> TaskPosition<'k> {
    fn read(key: &'k str) -> Option<Self> {
        let (number, id) = key.split_once('@')?;
        let (uid, path) = id.split_at(id.find('/').unwrap_or(id.len()));
        let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        let is_uid = uid.len() == 36 && uid.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-');
        let is_path = path.split('/').skip(1).all(is_number);
        (key.len() <= MAX_KEY_BYTES && is_number(number) && is_uid && is_path).then_some(Self { number, uid, path })
    }

    fn write(&self, fields: &Map<String, Value>, out: &mut Vec<u8>) {
        member(out, "log_uid", self.uid);
        // The Python package's root is task 1.
        member(out, "task", &format!("1{}", self.path));
        if let Some((above, _)) = self.path.rsplit_once('/') {
            member(out, "parent", &format!("1{above}"));
        }
        let text = |name: &str| fields.get(name).and_then(Value::as_str).unwrap_or_default();
        // Only distlog's own records say that a task begins or ends.
        if !text("pathname").ends_with("context.py") {
            return;
        }
        match (text("funcName"), self.number, text("levelname")) {
            ("__enter__", "0", _) => member(out, "status", "started"),
            ("__exit__", _, "ERROR") => member(out, "status", "failed"),
            ("__exit__", ..) => member(out, "status", "succeeded"),
            _ => {}
        }
    }
}

/// Puts the words in quotes that Python writes for what JSON has no number for: `NaN`, `Infinity`, `-Infinity`.
fn without_words(text: &str) -> Cow<'_, str> {
    const WORDS: [&str; 3] = ["NaN", "-Infinity", "Infinity"];
    if !text.contains("NaN") && !text.contains("Infinity") {
        return Cow::Borrowed(text);
    }
    let mut plain = String::with_capacity(text.len() + 16);
    let mut rest = text;
    while let Some(quote) = rest.find(['"', 'N', 'I', '-']) {
        plain.push_str(&rest[..quote]);
        rest = &rest[quote..];
        let end = if rest.starts_with('"') {
            end_of_text(rest)
        } else if let Some(word) = WORDS.into_iter().find(|word| rest.starts_with(word)) {
            plain.push('"');
            plain.push_str(word);
            plain.push('"');
            rest = &rest[word.len()..];
            continue;
        } else {
            1
        };
        plain.push_str(&rest[..end]);
        rest = &rest[end..];
    }
    plain.push_str(rest);
    Cow::Owned(plain)
}

/// Returns where a text in quotes ends.
fn end_of_text(text: &str) -> usize {
    let mut is_escaped = false;
    let end = text.bytes().skip(1).position(|byte| {
        let is_end = byte == b'"' && !is_escaped;
        is_escaped = byte == b'\\' && !is_escaped;
        is_end
    });
    end.map_or(text.len(), |end| end + 2)
}
