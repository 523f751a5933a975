//! Maps names to their meanings in whatever spelling, and remembers the answers.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};

use super::meaning::Meaning;
use super::names::Name;
use super::spelling::spelling;

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
    /// By the low bits of its hash, the name that was asked for last, with the answer.
    remembered: Box<[AtomicU64]>,
}

impl Spelled {
    pub(super) fn new(meanings: BTreeMap<String, Meaning>) -> Self {
        let by_spelling = meanings.keys().cloned().zip(0..).collect();
        Self { meanings: meanings.into_values().collect(), by_spelling, remembered: nothing_remembered() }
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
        let answer = position.map_or(NOTHING, |position| *position as u64);
        slot.store(name.hash & !ANSWER | answer, Ordering::Relaxed);
        answer
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
