//! A body of Loki's push API: streams with labels, each with lines that have a time, and maybe metadata of their own.
//!
//! <https://grafana.com/docs/loki/latest/reference/loki-http-api/#ingest-logs>.

mod json;
mod labels;
mod protobuf;

pub(super) use self::json::read as read_json;
pub(super) use self::protobuf::read as read_protobuf;
use super::{Facts, Tail, Time, jsonl, key, member};

/// A line as it was pushed.
struct Line<'a> {
    /// Nanoseconds since 1970.
    time: Option<u64>,
    text: &'a str,
}

/// The names and values that a line has beside its text. They write members of a JSON object.
trait Pairs {
    fn write(&self, facts: &mut Facts, out: &mut Vec<u8>);
    fn is_empty(&self) -> bool;
}

/// Appends the members of a record.
fn write(line: &Line<'_>, labels: &impl Pairs, metadata: &impl Pairs, out: &mut Vec<u8>) -> Tail<'static> {
    let mut facts = Facts::default();
    // A line that is an object is the record.
    match jsonl::object(line.text) {
        Some(found) => {
            facts = found;
            jsonl::members(line.text, out);
        }
        None => member(out, "message", line.text),
    }
    labels.write(&mut facts, out);
    if !metadata.is_empty() {
        key(out, "metadata");
        out.push(b'{');
        metadata.write(&mut Facts::default(), out);
        out.push(b'}');
    }
    Tail { facts, tag: None, time: line.time.map(Time::Nanos) }
}
