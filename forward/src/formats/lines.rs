//! The records of an entry as lines of JSON.

use std::fmt::Display;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;

use crate::entry::Stored;
use crate::identity::Ids;

/// The names of fields that say when a record was written. Without any, `received_at` says when it arrived.
const TIMES: [&str; 18] = [
    "created",
    "timestamp",
    "@timestamp",
    "time",
    "ts",
    "_time",
    "@t",
    "t",
    "T",
    "asctime",
    "date",
    "datetime",
    "instant",
    "timeMillis",
    "timeUnixNano",
    "observedTimeUnixNano",
    "event_time",
    "timereported",
];

/// The level of Python's logging at which is told what cannot be read.
const UNREADABLE_LEVEL: &str = "WARNING";

/// What the names of a record's fields say.
#[derive(Clone, Copy, Debug, Default)]
pub struct Facts {
    /// It has a time.
    pub has_time: bool,
    /// It has a `tag`.
    pub has_tag: bool,
    /// It has a `record_id` of its own.
    pub has_id: bool,
}

impl Facts {
    /// Learns from the name of an outermost field.
    pub fn see(&mut self, name: &[u8]) {
        match name {
            b"tag" => self.has_tag = true,
            b"record_id" => self.has_id = true,
            _ => self.has_time |= TIMES.iter().any(|time| time.as_bytes() == name),
        }
    }
}

/// When a record was written, as its protocol says beside the record.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Time {
    /// Seconds since 1970.
    Seconds(f64),
    /// Nanoseconds since 1970.
    Nanos(u64),
}

/// What is added to a record.
#[derive(Clone, Copy, Debug, Default)]
pub struct Tail<'t> {
    /// What its names say.
    pub facts: Facts,
    /// The tag, if the protocol has one.
    pub tag: Option<&'t str>,
    /// The time, if the protocol has one.
    pub time: Option<Time>,
}

/// Collects the records of an entry.
#[derive(Debug)]
pub struct Lines<'a> {
    out: &'a mut Vec<u8>,
    ids: Ids,
    /// The tag of the entry, for records whose format has none.
    entry: Stored<'a>,
    records: u64,
    rejected: u64,
}

impl<'a> Lines<'a> {
    /// Returns a collection of the records of an entry, which appends to `out`.
    #[must_use]
    pub fn new(entry: Stored<'a>, out: &'a mut Vec<u8>) -> Self {
        Self { out, ids: Ids::new(&entry), entry, records: 0, rejected: 0 }
    }

    /// Returns the number of records.
    #[must_use]
    pub fn records(&self) -> u64 {
        self.records
    }

    /// Returns how many of them say that something cannot be read.
    #[must_use]
    pub fn rejected(&self) -> u64 {
        self.rejected
    }

    /// Says what the next records are within: the same bytes elsewhere are another record.
    pub fn within(&mut self, what: &[u8]) {
        self.ids.within(what);
    }

    /// Adds a record. `source` is what the sender wrote. `write` appends the members of a JSON object without the braces; if
    /// it fails, what it wrote is removed and the record says why.
    pub fn push<'t, E: Display>(&mut self, source: &[u8], write: impl FnOnce(&mut Vec<u8>) -> Result<Tail<'t>, E>) {
        if let Err(error) = self.try_push(|out| Ok::<_, E>((write(out)?, source))) {
            self.reject(source, error);
        }
    }

    /// Adds a record of bytes whose end is known only when they are read. `write` is as for [`Lines::push`], and returns the
    /// sender's bytes too; if it fails, nothing is added.
    pub fn try_push<'s, 't, E>(
        &mut self,
        write: impl FnOnce(&mut Vec<u8>) -> Result<(Tail<'t>, &'s [u8]), E>,
    ) -> Result<(), E> {
        let start = self.out.len();
        self.out.push(b'{');
        match write(self.out) {
            Ok((tail, source)) => {
                self.finish(start, source, &tail);
                Ok(())
            }
            Err(error) => {
                self.out.truncate(start);
                Err(error)
            }
        }
    }

    /// Adds a record that says that bytes cannot be read, and why. It has the bytes.
    pub fn reject(&mut self, source: &[u8], reason: impl Display) {
        let start = self.out.len();
        self.rejected += 1;
        let message = format!("the forwarder cannot read this: {reason}");
        self.out.push(b'{');
        member(self.out, "name", "logbraid.forward");
        member(self.out, "levelname", UNREADABLE_LEVEL);
        member(self.out, "message", &message);
        match std::str::from_utf8(source) {
            Ok(text) => member(self.out, "unreadable", text),
            Err(_) => member(self.out, "unreadable_base64", &STANDARD.encode(source)),
        }
        let (input, peer) = (self.entry.input, self.entry.peer);
        member(self.out, "input", input);
        member(self.out, "peer", peer);
        self.finish(start, source, &Tail::default());
    }

    /// Adds what the protocol knows beside the record.
    fn finish(&mut self, start: usize, source: &[u8], tail: &Tail<'_>) {
        let is_empty = self.out.len() == start + 1;
        let mut facts = tail.facts;
        if let Some(tag) = tail.tag.or(Some(self.entry.tag)).filter(|tag| !tag.is_empty() && !facts.has_tag) {
            member(self.out, "tag", tag);
        }
        match tail.time {
            Some(Time::Nanos(nanos)) => {
                number(self.out, "timeUnixNano", itoa::Buffer::new().format(nanos));
                facts.has_time = true;
            }
            Some(Time::Seconds(seconds)) if !facts.has_time && seconds.is_finite() => {
                number(self.out, "created", &serde_json::to_string(&seconds).unwrap_or_default());
                facts.has_time = true;
            }
            _ => {}
        }
        if !facts.has_time
            && let Ok(arrived) = Timestamp::from_microsecond(self.entry.arrived_us)
        {
            member(self.out, "received_at", &format!("{arrived:.6}"));
        }
        if !facts.has_id {
            self.out.extend_from_slice(b",\"record_id\":\"");
            self.ids.write(source, self.out);
            self.out.push(b'"');
        }
        // Every member after the first begins with a comma.
        if is_empty && self.out.get(start + 1) == Some(&b',') {
            self.out.remove(start + 1);
        }
        self.out.extend_from_slice(b"}\n");
        self.records += 1;
    }
}

/// Appends a member with a text. The first of an object has no comma before it.
pub fn member(out: &mut Vec<u8>, name: &str, value: &str) {
    key(out, name);
    text(out, value);
}

/// Appends a member with a number.
fn number(out: &mut Vec<u8>, name: &str, value: &str) {
    key(out, name);
    out.extend_from_slice(value.as_bytes());
}

/// Appends the name of a member.
pub fn key(out: &mut Vec<u8>, name: &str) {
    if out.last() != Some(&b'{') {
        out.push(b',');
    }
    text(out, name);
    out.push(b':');
}

/// Appends a text.
pub fn text(out: &mut Vec<u8>, text: &str) {
    if is_plain(text.as_bytes()) {
        quoted(out, text.as_bytes());
    } else {
        // Writing to memory does not fail.
        let _ = serde_json::to_writer(out, text);
    }
}

/// Appends a text whose bytes should be UTF-8. Those that are not become U+FFFD.
pub fn lossy_text(out: &mut Vec<u8>, bytes: &[u8]) {
    if is_plain(bytes) {
        quoted(out, bytes);
    } else {
        text(out, &String::from_utf8_lossy(bytes));
    }
}

fn quoted(out: &mut Vec<u8>, plain: &[u8]) {
    out.reserve(plain.len() + 2);
    out.push(b'"');
    out.extend_from_slice(plain);
    out.push(b'"');
}

/// Returns whether a text is ASCII that JSON writes as it is. Most texts are, and this finds it out 16 bytes at once.
fn is_plain(bytes: &[u8]) -> bool {
    #[allow(clippy::needless_bitwise_bool, reason = "without branches, the compiler takes vector instructions")]
    fn are_plain(bytes: &[u8]) -> bool {
        bytes.iter().fold(true, |plain, byte| plain & (0x20..0x7F).contains(byte) & (*byte != b'"') & (*byte != b'\\'))
    }
    let (chunks, rest) = bytes.as_chunks::<16>();
    let all = chunks.iter().all(|chunk| are_plain(chunk));
    // The last bytes again, together with some before them.
    match (bytes.last_chunk::<16>(), rest.first_chunk::<8>(), rest.last_chunk::<8>()) {
        (Some(last), ..) => all && are_plain(last),
        (None, Some(first), Some(last)) => are_plain(first) && are_plain(last),
        _ => are_plain(rest),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::lossy_text;

    proptest! {
        #[test]
        fn any_bytes_become_the_text_that_json_has(bytes in prop::collection::vec(prop_oneof![b' '..=b'~', any::<u8>()], 0..50)) {
            let mut out = Vec::new();
            lossy_text(&mut out, &bytes);
            prop_assert_eq!(out, serde_json::to_vec(&String::from_utf8_lossy(&bytes)).unwrap());
        }

        #[test]
        fn one_byte_among_plain_ones_is_seen(at in 0..40_usize, more in 0..40_usize, byte: u8) {
            let mut bytes = vec![b'x'; at + 1 + more];
            bytes[at] = byte;
            let mut out = Vec::new();
            lossy_text(&mut out, &bytes);
            prop_assert_eq!(out, serde_json::to_vec(&String::from_utf8_lossy(&bytes)).unwrap());
        }
    }
}
