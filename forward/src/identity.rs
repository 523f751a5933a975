//! The `record_id` of a record: by it, ingest knows what was sent again. Pure.

use std::collections::HashMap;
use std::fmt::Write as _;

use xxhash_rust::xxh3::{Xxh3, xxh3_64, xxh3_128_with_seed};

use crate::entry::{Identity, Stored};

/// Returns the hash of several texts. Where one ends counts.
#[must_use]
pub fn hash(parts: &[&[u8]]) -> u128 {
    let mut hasher = Xxh3::new();
    for part in parts {
        hasher.update(&(part.len() as u64).to_le_bytes());
        hasher.update(part);
    }
    hasher.digest128()
}

/// Gives the records of one entry their ids.
#[derive(Debug)]
pub struct Ids {
    kind: Identity,
    /// What all ids of the entry begin with.
    prefix: String,
    next: u64,
    /// How often each content came in this entry.
    seen: HashMap<u128, u64>,
    /// What contents are within.
    within: u64,
}

impl Ids {
    /// Returns the ids of an entry.
    #[must_use]
    pub fn new(entry: &Stored<'_>) -> Self {
        let mut prefix = String::with_capacity(64);
        // Writing to a string does not fail.
        let _ = match entry.identity {
            Identity::StoredAt => {
                write!(prefix, "{:016x}-{:x}-{:x}-", entry.place.boot, entry.place.segment, entry.place.offset)
            }
            Identity::Seed(hash) => write!(prefix, "{hash:032x}-"),
            Identity::Content(_) => Ok(()),
        };
        Self { kind: entry.identity, prefix, next: 0, seen: HashMap::new(), within: 0 }
    }

    /// Says what the next records are within, such as a stream: the same content elsewhere is another record.
    pub fn within(&mut self, what: &[u8]) {
        self.within = xxh3_64(what);
    }

    /// Appends the id of the next record, which the sender wrote with these bytes.
    pub fn write(&mut self, content: &[u8], out: &mut Vec<u8>) {
        out.extend_from_slice(self.prefix.as_bytes());
        let number = match self.kind {
            Identity::StoredAt | Identity::Seed(_) => {
                self.next += 1;
                self.next - 1
            }
            Identity::Content(seed) => {
                let [low, high] =
                    [seed, seed >> 64].map(|half| u64::try_from(half & u128::from(u64::MAX)).unwrap_or(0));
                let hash = xxh3_128_with_seed(content, low ^ high.rotate_left(32) ^ self.within);
                let mut text = String::with_capacity(34);
                let _ = write!(text, "{hash:032x}-");
                out.extend_from_slice(text.as_bytes());
                let times = self.seen.entry(hash).or_default();
                *times += 1;
                *times - 1
            }
        };
        out.extend_from_slice(itoa::Buffer::new().format(number).as_bytes());
    }
}

#[cfg(test)]
mod tests {
    use super::{Ids, hash};
    use crate::entry::{Encoding, Format, Identity, Stored, StoredAt};

    fn stored(identity: Identity) -> Stored<'static> {
        Stored {
            arrived_us: 0,
            input: "",
            format: Format::Text,
            encoding: Encoding::Plain,
            identity,
            peer: "",
            tag: "",
            options: "",
            payload: b"",
            place: StoredAt { boot: 0xAB, segment: 7, offset: 255 },
        }
    }

    fn ids(identity: Identity, contents: &[&str]) -> Vec<String> {
        let mut ids = Ids::new(&stored(identity));
        let one = |content: &&str| {
            let mut out = Vec::new();
            ids.write(content.as_bytes(), &mut out);
            String::from_utf8(out).unwrap()
        };
        contents.iter().map(one).collect()
    }

    #[test]
    fn ids_are_of_the_place_the_unit_or_the_content() {
        assert_eq!(ids(Identity::StoredAt, &["x", "x"]), ["00000000000000ab-7-ff-0", "00000000000000ab-7-ff-1"]);
        assert_eq!(ids(Identity::Seed(1), &["x"]), ["00000000000000000000000000000001-0"]);
        // Cut into other units, the same lines have the same ids. A line that comes twice in a unit is two records.
        let whole = ids(Identity::Content(1), &["a", "b", "a"]);
        let part = ids(Identity::Content(1), &["b", "a"]);
        assert_eq!([&whole[1], &whole[0]], [&part[0], &part[1]]);
        assert!(whole[0].ends_with("-0") && whole[2].ends_with("-1"));
        assert_eq!(whole[0][..32], whole[2][..32]);
        assert_ne!(ids(Identity::Content(2), &["a"])[0], whole[0]);
        assert_ne!(ids(Identity::Content(1 << 64), &["a"])[0], whole[0]);
    }

    #[test]
    fn the_same_content_within_something_else_is_another_record() {
        let mut ids = Ids::new(&stored(Identity::Content(1)));
        let mut id = |within: &[u8]| {
            ids.within(within);
            let mut out = Vec::new();
            ids.write(b"a", &mut out);
            String::from_utf8(out).unwrap()
        };
        let (one, other, again) = (id(b"x"), id(b"y"), id(b"x"));
        assert_ne!(one[..32], other[..32]);
        assert!(one.ends_with("-0") && other.ends_with("-0"));
        assert_eq!((&again[..32], &again[32..]), (&one[..32], "-1"));
    }

    #[test]
    fn a_hash_depends_on_where_its_parts_end() {
        assert_ne!(hash(&[b"ab", b"c"]), hash(&[b"a", b"bc"]));
        assert_eq!(hash(&[b"ab", b"c"]), hash(&[b"ab", b"c"]));
    }
}
