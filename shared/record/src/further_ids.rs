//! The ids that a record carries beside its `log_uid`. A record is found by each of them.

use super::document::DocumentWriter;
use super::meaning::{FIRST_KEY_RANK, FIRST_LOCAL_RANK, LAST_RANK};
use super::{LogUid, canonical, uid_spellings};

/// The most further ids of a record. Those of the worst rank are left out.
pub const MAX_FURTHER_IDS: usize = 8;
/// The most further spellings of a record's ids.
const MAX_SPELLINGS: usize = 8;
/// The most texts in the list of further ids.
pub(super) const MAX_LISTED: usize = MAX_FURTHER_IDS + MAX_SPELLINGS;
/// How many ids of a record are looked at. The same id often comes under several names.
const MAX_OFFERED: usize = 32;
/// A shorter id has no other spellings than those in small and capital letters.
const MIN_LONG_BYTES: usize = 16;

/// The ids that were offered and did not become the `log_uid`. Nearly all records have none: then nothing is allocated.
#[derive(Debug, Default)]
pub(super) struct Offered {
    ids: Vec<(usize, String)>,
}

/// The further ids of a record, as they were sent. None is a spelling of another one, or of the `log_uid`.
#[derive(Debug, Default)]
pub(super) struct FurtherIds {
    /// The ids, best first. Local ones are last.
    pub(super) ids: Vec<String>,
    /// How many of the ids are local: they say nothing about records that lack them. A span is one, and so is another
    /// spelling of an id.
    pub(super) local: usize,
}

impl Offered {
    pub(super) fn add(&mut self, rank: usize, id: String) {
        if self.ids.len() < MAX_OFFERED {
            self.ids.push((rank, id));
        }
    }

    /// Returns the ids that differ from each other and from the `log_uid`.
    pub(super) fn further_than(mut self, uid: Option<&str>) -> FurtherIds {
        if self.ids.is_empty() {
            return FurtherIds::default();
        }
        let is_local = |rank: usize| (FIRST_LOCAL_RANK..LAST_RANK).contains(&rank);
        self.ids.sort_by_key(|(rank, _)| (is_local(*rank), *rank));
        let mut further = FurtherIds::default();
        for (rank, id) in self.ids {
            let mut known = uid.into_iter().chain(further.ids.iter().map(String::as_str));
            if further.ids.len() < MAX_FURTHER_IDS && !known.any(|known| is_found_as(&id, known)) {
                further.ids.push(id);
                further.local += usize::from(is_local(rank));
            }
        }
        further
    }
}

impl FurtherIds {
    /// Leaves out the ids that redaction masked: they are no longer among the record's fields.
    pub(super) fn retain_shown(&mut self, document: &DocumentWriter) {
        let locals = self.ids.len() - self.local;
        let mut position = 0;
        self.ids.retain(|id| {
            let (is_local, is_shown) = (position >= locals, is_in(document.elements(), id));
            position += 1;
            self.local -= usize::from(is_local && !is_shown);
            is_shown
        });
    }

    /// Adds the spellings of the record's ids that a search for another spelling asks for. Nearly all ids need none.
    pub(super) fn add_spellings(&mut self, uid: Option<&str>, is_datadogs: bool) {
        let ids = || uid.into_iter().chain(self.ids.iter().map(String::as_str));
        let mut spellings: Vec<String> = ids().filter_map(uid_spellings::needed).collect();
        if is_datadogs {
            spellings.extend(ids().filter_map(uid_spellings::datadogs));
        }
        spellings.truncate(MAX_SPELLINGS);
        for spelling in spellings {
            if uid != Some(&spelling) && !self.ids.contains(&spelling) {
                self.ids.push(spelling);
                self.local += 1;
            }
        }
    }
}

/// Returns whether `rank` is that of a business key, which is no transaction's id.
pub(super) fn is_key(rank: usize) -> bool {
    rank >= FIRST_KEY_RANK
}

/// Returns whether a search for `id` finds a record with the id `other`. The comparison of bytes rules out nearly all ids
/// before their spellings are made.
fn is_found_as(id: &str, other: &str) -> bool {
    let is_number = |id: &str| id.bytes().all(|digit| digit.is_ascii_digit());
    let may_be = if id == other {
        return true;
    } else if !id.is_ascii() || !other.is_ascii() {
        true
    } else if id.len() < MIN_LONG_BYTES || other.len() < MIN_LONG_BYTES {
        id.eq_ignore_ascii_case(other)
    } else {
        is_number(id) || is_number(other) || has_same_end(id, other)
    };
    may_be && LogUid::parse(id).is_ok_and(|id| id.canonical_spellings().any(|spelling| spelling == canonical(other)))
}

/// Returns whether the ids end with the same digits, without regard to hyphens and case.
fn has_same_end(a: &str, b: &str) -> bool {
    let end = |id: &str| {
        let characters = id.bytes().rev().filter(|byte| *byte != b'-').take(MIN_LONG_BYTES);
        characters.map(|byte| byte.to_ascii_lowercase()).collect::<Vec<_>>()
    };
    end(a) == end(b)
}

/// Returns whether some field has this id: as text, or as a number that follows the end of the field's name.
pub(super) fn is_in(elements: &[u8], id: &str) -> bool {
    let has = |bytes: &[u8]| memchr::memmem::find(elements, bytes).is_some();
    let named = |number: &[u8]| has(&[&[0], number].concat());
    let is_short = || id.parse::<i32>().is_ok_and(|number| named(&number.to_le_bytes()));
    let is_long = || id.parse::<i64>().is_ok_and(|number| named(&number.to_le_bytes()));
    // A decimal128 begins with the number.
    let is_unsigned = || id.parse::<u64>().is_ok_and(|number| named(&number.to_le_bytes()));
    has(id.as_bytes()) || is_short() || is_long() || is_unsigned()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{FIRST_KEY_RANK, FIRST_LOCAL_RANK, MAX_FURTHER_IDS, MAX_OFFERED, Offered, is_found_as};
    use crate::{LogUid, canonical};

    const TRACE: &str = "62c20e32b9f645bbb4ac49537844648d";
    const UUID: &str = "62C20E32-B9F6-45BB-B4AC-49537844648D";
    /// The lower half of the trace as Datadog writes it.
    const DECIMAL: &str = "13018861245670122637";

    fn further(uid: Option<&str>, offered: &[(usize, &str)]) -> (Vec<String>, usize) {
        let mut all = Offered::default();
        for (rank, id) in offered {
            all.add(*rank, (*id).to_owned());
        }
        let further = all.further_than(uid);
        (further.ids, further.local)
    }

    #[test]
    fn ids_are_distinct_and_best_first() {
        fn check(uid: Option<&str>, offered: &[(usize, &str)], expect: &[&str], local: usize) {
            assert_eq!(
                further(uid, offered),
                (expect.iter().map(|id| (*id).to_owned()).collect(), local),
                "{offered:?}"
            );
        }
        check(Some("u"), &[], &[], 0);
        check(Some("u"), &[(7, "b"), (3, "a"), (7, "b"), (9, "U"), (9, "u")], &["a", "b"], 0);
        check(Some(TRACE), &[(1, UUID), (2, &UUID.to_ascii_lowercase())], &[], 0);
        check(Some(UUID), &[(1, TRACE)], &[], 0);
        // Who asks for the number asks for no trace.
        check(Some(TRACE), &[(1, DECIMAL)], &[DECIMAL], 0);
        check(Some(DECIMAL), &[(1, TRACE)], &[], 0);
        let ranks = [(FIRST_KEY_RANK, "order-17"), (FIRST_LOCAL_RANK, "span"), (1, "request")];
        check(Some("u"), &ranks, &["request", "order-17", "span"], 1);
        check(None, &[(FIRST_KEY_RANK, "order-17")], &["order-17"], 0);
    }

    #[test]
    fn there_are_so_many_at_most() {
        let names: Vec<String> = (0..100).map(|number| format!("id {number}")).collect();
        let offered: Vec<(usize, &str)> = names.iter().map(|name| (1, name.as_str())).collect();
        assert_eq!(further(None, &offered).0, names[..MAX_FURTHER_IDS]);
        let mut same = vec![(1, "u"); MAX_OFFERED];
        same.push((1, "v"));
        assert_eq!(further(Some("u"), &same).0, Vec::<String>::new());
    }

    proptest! {
        #[test]
        fn an_id_is_left_out_only_if_a_search_for_it_finds_the_other(
            spelling in any::<prop::sample::Index>(),
            id in prop_oneof!["[0-9a-fA-F]{32}", "[0-9a-f]{16}", "[1-9][0-9]{15,18}", "[a-zA-Zé-]{1,20}"],
        ) {
            // Some texts, such as `-`, are no ids.
            let Ok(id) = LogUid::parse(&id) else { return Ok(()) };
            let spellings = id.spellings();
            let other = spelling.get(&spellings);
            prop_assert!(is_found_as(id.as_str(), other));
            let canonical = canonical(id.as_str());
            let back = LogUid::parse(other).is_ok_and(|other| other.canonical_spellings().any(|one| one == canonical));
            prop_assert_eq!(is_found_as(other, id.as_str()), back);
        }
    }
}
