//! Maps names to their meanings in whatever spelling, and remembers the answers.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};

use super::ids::{self, Holds};
use super::meaning::Meaning;
use super::names::Name;
use super::spelling::spelling;

/// The longest name whose end is looked at.
const MAX_JOINED_BYTES: usize = 128;
/// How many names are remembered. A sender writes the same few names again and again.
const REMEMBERED: usize = 512;
/// The bits of a remembered name that hold the answer. The others hold the name's hash.
const ANSWER: u64 = 0xffff;
/// The answer for a name that means nothing.
const NOTHING: u64 = 0xffff;

/// The names that come in many spellings.
#[derive(Debug)]
pub(super) struct Spelled {
    meanings: Vec<Meaning>,
    by_spelling: BTreeMap<String, usize>,
    /// The names of ids, with meanings that are nothing else.
    ids: BTreeMap<String, usize>,
    /// By the low bits of its hash, the name that was asked for last, with the answer.
    remembered: Box<[AtomicU64]>,
}

impl Spelled {
    pub(super) fn new(meanings: BTreeMap<String, Meaning>) -> Self {
        let by_spelling = meanings.keys().cloned().zip(0..).collect();
        let mut meanings: Vec<Meaning> = meanings.into_values().collect();
        let only_ids: Vec<Meaning> =
            meanings.iter().filter(|meaning| meaning.uid_rank.is_some()).map(Meaning::as_id).collect();
        let ids = only_ids.iter().map(|meaning| meaning.name.clone()).zip(meanings.len()..).collect();
        meanings.extend(only_ids);
        Self { meanings, by_spelling, ids, remembered: nothing_remembered() }
    }

    /// Returns what a name means; `None` if nothing.
    #[inline]
    pub(super) fn meaning(&self, name: Name<'_>) -> Option<&Meaning> {
        let [low, high, ..] = name.hash.to_le_bytes();
        let slot = &self.remembered[usize::from(u16::from_le_bytes([low, high])) % REMEMBERED];
        let remembered = slot.load(Ordering::Relaxed);
        let answer =
            if remembered | ANSWER == name.hash | ANSWER { remembered & ANSWER } else { self.look_up(name, slot) };
        // There are fewer meanings than `NOTHING`.
        self.meanings.get(usize::try_from(answer).ok()?)
    }

    #[cold]
    fn look_up(&self, name: Name<'_>, slot: &AtomicU64) -> u64 {
        let position = spelling(name.text).and_then(|spelling| self.by_spelling.get(&spelling));
        let position = position.or_else(|| self.id_at_end(name.text));
        let answer = position.map_or(NOTHING, |position| *position as u64);
        slot.store(name.hash & !ANSWER | answer, Ordering::Relaxed);
        answer
    }

    /// Returns the id that the end of a name means: that of a header, as in `http_x_request_id`, or of a field in an object
    /// whose names are joined, as in `mdc.requestId`.
    fn id_at_end(&self, name: &str) -> Option<&usize> {
        if name.len() > MAX_JOINED_BYTES {
            return None;
        }
        let id = |name: &str| self.ids.get(&spelling(name)?);
        let is_header =
            |at: &usize| matches!(name.as_bytes()[*at..], [b'_' | b'.' | b'-', b'x' | b'X', b'_' | b'-', ..]);
        if let Some(at) = (1..name.len()).find(is_header) {
            return id(&name[at + 1..]);
        }
        let mut rest = name;
        while let Some((object, field)) = rest.split_once('.') {
            let object = self.by_spelling.get(&spelling(object)?)?;
            if self.meanings[*object].holds_ids == Holds::No {
                return None;
            }
            if field != ids::OBJECTS_UID
                && let Some(position) = id(field)
            {
                return Some(position);
            }
            rest = field;
        }
        None
    }
}

fn nothing_remembered() -> Box<[AtomicU64]> {
    // No name has such a hash, but with a chance that is as small as that of two names with one hash.
    (0..REMEMBERED).map(|_| AtomicU64::new(NOTHING)).collect()
}

impl Clone for Spelled {
    fn clone(&self) -> Self {
        Self {
            meanings: self.meanings.clone(),
            by_spelling: self.by_spelling.clone(),
            ids: self.ids.clone(),
            remembered: nothing_remembered(),
        }
    }
}

/// What is remembered makes no difference.
impl PartialEq for Spelled {
    fn eq(&self, other: &Self) -> bool {
        self.meanings == other.meanings
    }
}

impl Eq for Spelled {}
