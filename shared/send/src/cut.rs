//! Cuts a log record that is too large for Kinesis.

use std::borrow::Cow;
use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

/// What a cut value is at least left with.
const MIN_VALUE_BYTES: usize = 16;
/// How deep values are searched for what is large. Deeper ones become a text.
const MAX_DEPTH: u32 = 16;
/// The field that tells how large the record was.
const NOTE: &str = "truncated_from";
/// Ends a cut string, and stands for what is left out of a list.
const ELLIPSIS: &str = "…";
/// The most bytes of one escaped character: `\ud83d\ude00`.
const MAX_CHAR_BYTES: usize = 12;

/// The members of an object in their order, with values as they were written.
struct Members<'a>(Vec<(Cow<'a, str>, &'a RawValue)>);

/// Shortens a record, a JSON object, to at most `max_bytes`. Its largest values are cut: strings are shortened, lists lose
/// their ends, objects their last members. `truncated_from` tells its size before. Returns `None` if it is not an object.
#[must_use]
pub fn cut(line: &[u8], max_bytes: usize) -> Option<Vec<u8>> {
    cut_from(line, max_bytes, line.len())
}

/// Does the same with a record of which the sender has left something out: it had this size.
#[must_use]
pub fn cut_from(line: &[u8], max_bytes: usize, bytes_before: usize) -> Option<Vec<u8>> {
    let text = std::str::from_utf8(line).ok()?.trim_end();
    let Members(mut members) = serde_json::from_str(text).ok()?;
    members.retain(|(name, _)| name != NOTE);
    let note = format!(",\"{NOTE}\":{bytes_before}");
    let mut object = object(&members, max_bytes.saturating_sub(note.len()), 0);
    object.pop();
    object.push_str(if members.is_empty() { &note[1..] } else { &note });
    object.push('}');
    Some(object.into_bytes())
}

/// Writes a value within a number of bytes, or a little more if that is very small.
fn value(raw: &str, budget: usize, depth: u32) -> String {
    if raw.len() <= budget {
        return raw.to_owned();
    }
    let nested = depth < MAX_DEPTH;
    match raw.as_bytes().first() {
        Some(b'"') => string(&serde_json::from_str::<String>(raw).unwrap_or_default(), budget),
        Some(b'[') if nested => serde_json::from_str::<Vec<&RawValue>>(raw)
            .map_or_else(|_| quoted(raw, budget), |items| list(&items, budget, depth)),
        Some(b'{') if nested => serde_json::from_str(raw)
            .map_or_else(|_| quoted(raw, budget), |Members(members)| object(&members, budget, depth)),
        _ => quoted(raw, budget),
    }
}

fn quoted(raw: &str, budget: usize) -> String {
    string(raw, budget)
}

/// Writes the beginning of a text.
fn string(text: &str, budget: usize) -> String {
    let room = budget.saturating_sub(2 + ELLIPSIS.len());
    let mut out = String::with_capacity(budget + MAX_CHAR_BYTES);
    out.push('"');
    for char in text.chars() {
        let before = out.len();
        let mut bytes = [0; 4];
        let escaped = serde_json::to_string(char.encode_utf8(&mut bytes)).unwrap_or_default();
        out.push_str(escaped.get(1..escaped.len() - 1).unwrap_or_default());
        if out.len() - 1 > room {
            out.truncate(before);
            break;
        }
    }
    out.push_str(ELLIPSIS);
    out.push('"');
    out
}

/// Writes the beginning of a list. Its items share the room as members do, if few of them are large; else the last are
/// left out.
fn list(items: &[&RawValue], budget: usize, depth: u32) -> String {
    let room = budget.saturating_sub(2 + 2 + ELLIPSIS.len() + 1);
    let least: Vec<usize> = items.iter().map(|item| item.get().len().min(MIN_VALUE_BYTES) + 1).collect();
    let kept = fitting(&least, room);
    let sizes: Vec<usize> = items.iter().take(kept).map(|item| item.get().len()).collect();
    let share = share(&sizes, room.saturating_sub(kept));
    let mut out: Vec<String> = items.iter().take(kept).map(|item| value(item.get(), share, depth + 1)).collect();
    if kept < items.len() {
        out.push(format!("\"{ELLIPSIS}\""));
    }
    format!("[{}]", out.join(","))
}

/// Writes members within a number of bytes.
fn object(members: &[(Cow<'_, str>, &RawValue)], budget: usize, depth: u32) -> String {
    let names: Vec<String> = members.iter().map(|(name, _)| serde_json::to_string(name).unwrap_or_default()).collect();
    let room = budget.saturating_sub(2);
    let least: Vec<usize> = members
        .iter()
        .zip(&names)
        .map(|((_, raw), name)| name.len() + 2 + raw.get().len().min(MIN_VALUE_BYTES))
        .collect();
    let kept = fitting(&least, room);
    let fixed: usize = names.iter().take(kept).map(|name| name.len() + 2).sum();
    let sizes: Vec<usize> = members.iter().take(kept).map(|(_, raw)| raw.get().len()).collect();
    let share = share(&sizes, room.saturating_sub(fixed));
    let written = members
        .iter()
        .zip(&names)
        .take(kept)
        .map(|((_, raw), name)| format!("{name}:{}", value(raw.get(), share, depth + 1)));
    format!("{{{}}}", written.collect::<Vec<_>>().join(","))
}

/// Returns how many of the first parts fit into the room.
fn fitting(sizes: &[usize], room: usize) -> usize {
    let mut used = 0;
    sizes
        .iter()
        .take_while(|size| {
            used += **size;
            used <= room
        })
        .count()
}

/// Returns the size to which values must be cut so that together they fit. Values below it stay whole.
fn share(sizes: &[usize], room: usize) -> usize {
    let mut sorted = sizes.to_vec();
    sorted.sort_unstable();
    let mut left = room;
    for (index, size) in sorted.iter().enumerate() {
        let share = left / (sorted.len() - index);
        if *size > share {
            return share.max(MIN_VALUE_BYTES);
        }
        left -= size;
    }
    usize::MAX
}

impl<'de> Deserialize<'de> for Members<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct InOrder;
        impl<'de> Visitor<'de> for InOrder {
            type Value = Members<'de>;

            fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members = Vec::new();
                while let Some((name, value)) = map.next_entry::<Name<'de>, &RawValue>()? {
                    members.push((name.0, value));
                }
                Ok(Members(members))
            }
        }
        deserializer.deserialize_map(InOrder)
    }
}

/// A name: borrowed unless it has escapes.
#[derive(Deserialize)]
struct Name<'a>(#[serde(borrow)] Cow<'a, str>);

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::Value;

    use super::cut;

    #[test]
    fn large_values_are_cut_and_small_ones_stay() {
        fn check(line: &str, max_bytes: usize, expect: &str) {
            let cut = String::from_utf8(cut(line.as_bytes(), max_bytes).unwrap()).unwrap();
            assert_eq!(cut, expect);
            assert!(cut.len() <= max_bytes, "{} {cut}", cut.len());
        }
        let x = "x".repeat(200);
        check(
            &format!(r#"{{"n":1,"message":"{x}","log_uid":"7"}}"#),
            90,
            &format!(r#"{{"n":1,"message":"{}…","log_uid":"7","truncated_from":234}}"#, "x".repeat(31)),
        );
        check(
            &format!(r#"{{"a":{{"b":["{x}",1.50,true],"c":null}},"d":12345678901234567890123}}"#),
            120,
            &format!(
                r#"{{"a":{{"b":["{}…",1.50,true],"c":null}},"d":12345678901234567890123,"truncated_from":263}}"#,
                "x".repeat(24)
            ),
        );
        let many = (0..300).map(|n| n.to_string()).collect::<Vec<_>>().join(",");
        check(
            &format!(r#"{{"a":[{many}]}}"#),
            70,
            r#"{"a":[0,1,2,3,4,5,6,7,8,9,10,11,12,13,"…"],"truncated_from":1097}"#,
        );
        check(
            &format!(r#"{{"a":"\"\n😀{x}","a":2}}"#),
            62,
            r#"{"a":"\"\n😀xxxxxxxxxxxxxxx…","a":2,"truncated_from":222}"#,
        );
        assert_eq!(cut(b"[1]", 10), None);
        assert_eq!(cut(b"{", 10), None);
    }

    fn any_value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<i64>().prop_map(Value::from),
            ".{0,60}".prop_map(Value::from),
            "x{0,400}".prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 200, 12, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..12).prop_map(Value::from),
                prop::collection::btree_map("[a-z\"]{1,8}", inner, 0..12)
                    .prop_map(|members| Value::Object(members.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn whatever_is_cut_is_small_enough_and_json(members in prop::collection::btree_map("[a-z]{1,8}", any_value(), 0..20)) {
            let line = Value::Object(members.into_iter().collect()).to_string();
            for max_bytes in [300, 1_000, 3_000] {
                if line.len() > max_bytes {
                    let cut = cut(line.as_bytes(), max_bytes).unwrap();
                    prop_assert!(cut.len() <= max_bytes, "{} > {max_bytes}", cut.len());
                    let value: Value = serde_json::from_slice(&cut).unwrap();
                    prop_assert_eq!(&value["truncated_from"], &Value::from(line.len()));
                }
            }
        }
    }
}
