//! The field names of the open documents: detects names that occur twice in one document.

use std::collections::HashSet;

use xxhash_rust::xxh3::xxh3_64;

use super::container::Container;

/// The numbers tried first.
const COMMON_NUMBERS: [u64; 7] = [2, 3, 4, 5, 6, 7, 8];
/// How many numbers belong to one count of names. A document has fewer names than this.
const NUMBERS_OF_A_COUNT: u64 = 100_000_000;

/// Up to this many names are compared one by one. Nearly every document has fewer.
const FEW: usize = 64;

/// Sized so that the names of a usual document rarely share a bit.
const FILTER_WORDS: usize = 4;

/// A field's name and its hash, which is used for more than one lookup.
#[derive(Clone, Copy, Debug)]
pub(super) struct Name<'a> {
    pub(super) text: &'a str,
    pub(super) hash: u64,
}

impl<'a> Name<'a> {
    #[inline]
    pub(super) fn of(text: &'a str) -> Self {
        Self { text, hash: xxh3_64(text.as_bytes()) }
    }

    /// Returns whether the name contains a NUL, with which BSON ends names. Reads eight bytes at a time.
    #[inline]
    pub(super) fn has_nul(self) -> bool {
        let bytes = self.text.as_bytes();
        let Some(last) = bytes.last_chunk() else { return bytes.contains(&0) };
        bytes.as_chunks().0.iter().chain([last]).any(|word| has_zero_byte(u64::from_ne_bytes(*word)))
    }
}

/// The names in the open documents, kept as hashes only. If two names share a hash, the second is just numbered.
#[derive(Clone, Debug)]
pub(super) struct Names {
    /// The names of all open documents, innermost last.
    hashes: Vec<u64>,
    innermost: Scope,
    scopes: u32,
    /// The scope and the hash of the name whose common numbers were all taken last.
    common_taken: Option<(u32, u64)>,
    /// The names of documents with more than [`FEW`], by scope.
    many: HashSet<(u32, u64)>,
}

/// An open document or array.
#[derive(Clone, Copy, Debug)]
pub(super) struct Scope {
    number: u32,
    /// The index of its first name.
    start: usize,
    container: Container,
    /// A bit for each of its first names, chosen by hash. A name whose bit is not set is new.
    filter: [u64; FILTER_WORDS],
}

impl Names {
    /// Creates an empty list with room for `capacity` names.
    pub(super) fn with_capacity(capacity: usize) -> Self {
        let outermost = Scope { number: 0, start: 0, container: Container::Document, filter: [0; FILTER_WORDS] };
        Self {
            hashes: Vec::with_capacity(capacity),
            innermost: outermost,
            scopes: 0,
            common_taken: None,
            many: HashSet::new(),
        }
    }

    /// Enters a container. Returns the outer scope, which [`leave`](Self::leave) takes back.
    pub(super) fn enter(&mut self, container: Container) -> Scope {
        self.scopes += 1;
        let filter = match container {
            Container::Document => [0; FILTER_WORDS],
            // The names of an array are not kept.
            Container::Array => [u64::MAX; FILTER_WORDS],
        };
        let entered = Scope { number: self.scopes, start: self.hashes.len(), container, filter };
        std::mem::replace(&mut self.innermost, entered)
    }

    /// Leaves the innermost container and returns to the outer one.
    pub(super) fn leave(&mut self, outer: Scope) {
        self.hashes.truncate(self.innermost.start);
        self.innermost = outer;
    }

    /// Takes a name that may be used already, with a number if it is. Returns the name and how many were tried.
    pub(super) fn insert_numbered(&mut self, name: &str) -> (String, usize) {
        let unnumbered = Name::of(name);
        let (mut free, mut tries) = (name.to_owned(), 1);
        if self.insert(unnumbered) {
            return (free, tries);
        }
        // Names stay taken, and a sender may repeat one name a million times.
        let repeated = Some((self.innermost.number, unnumbered.hash));
        let skipped = if self.common_taken == repeated { COMMON_NUMBERS.len() } else { 0 };
        // The numbers end. If all of them are taken, two names have the same hash, and the last one is repeated.
        for number in numbers(self.count()).skip(skipped) {
            free = format!("{name}#{number}");
            tries += 1;
            if self.insert(Name::of(&free)) {
                break;
            }
        }
        if skipped + tries > 1 + COMMON_NUMBERS.len() {
            self.common_taken = repeated;
        }
        (free, tries)
    }

    /// Removes the name that was added last, which may be used again.
    pub(super) fn remove_last(&mut self) {
        if self.innermost.container == Container::Document
            && let Some(hash) = self.hashes.pop()
        {
            self.many.remove(&(self.innermost.number, hash));
        }
    }

    /// Returns how many names the innermost document has.
    pub(super) fn count(&self) -> usize {
        self.hashes.len() - self.innermost.start
    }

    /// Adds a name. Returns whether it is new in the innermost document. The positions of an array are not checked.
    #[inline]
    pub(super) fn insert(&mut self, name: Name<'_>) -> bool {
        let [word, bit, ..] = name.hash.to_le_bytes();
        let (word, bit) = (usize::from(word) % FILTER_WORDS, 1 << (u32::from(bit) % u64::BITS));
        if self.innermost.filter[word] & bit != 0 || self.count() >= FEW {
            return self.insert_compared(name.hash);
        }
        self.innermost.filter[word] |= bit;
        self.hashes.push(name.hash);
        true
    }

    /// Adds a name that has to be compared with the others.
    #[cold]
    fn insert_compared(&mut self, hash: u64) -> bool {
        let Scope { number, start, container, .. } = self.innermost;
        if container == Container::Array {
            return true;
        }
        let hashes = &self.hashes[start..];
        let is_new = if hashes.len() < FEW {
            !hashes.contains(&hash)
        } else {
            if hashes.len() == FEW {
                self.many.extend(hashes.iter().map(|hash| (number, *hash)));
            }
            self.many.insert((number, hash))
        };
        if is_new {
            self.hashes.push(hash);
        }
        is_new
    }
}

/// Returns the numbers to try, in order, for a repeated name in a document with this many names.
///
/// A sender can predict the numbers and use them in names of its own. The list still ends, and long searches cost the
/// sender as many names:
///
/// 1. The common numbers. Nearly every document has one free.
/// 2. A number for each power of two above the count of names. To block many repeated names, a sender needs them all.
/// 3. One number more than there are names, so that one is free. Each count of names has its own numbers here, so that
///    a blocking name blocks once.
pub(super) fn numbers(names: usize) -> impl Iterator<Item = u64> {
    let names = names as u64;
    let doubled = (0..u64::BITS).map(move |power| names.saturating_add(1 << power));
    let own = (0..=names).map(move |number| names.saturating_mul(NUMBERS_OF_A_COUNT).saturating_add(number));
    COMMON_NUMBERS.into_iter().chain(doubled).chain(own)
}

/// Returns whether a byte of the word is zero: <https://graphics.stanford.edu/~seander/bithacks.html#ZeroInWord>.
fn has_zero_byte(word: u64) -> bool {
    const LOWEST: u64 = u64::from_ne_bytes([0x01; 8]);
    const HIGHEST: u64 = u64::from_ne_bytes([0x80; 8]);
    word.wrapping_sub(LOWEST) & !word & HIGHEST != 0
}

#[cfg(test)]
mod tests {
    use super::{FEW, Name, Names};
    use crate::container::Container;

    #[test]
    fn a_name_is_new_once_in_each_document() {
        let mut names = Names::with_capacity(0);
        assert!(names.insert(Name::of("a")));
        assert!(!names.insert(Name::of("a")));
        let outer = names.enter(Container::Document);
        assert!(names.insert(Name::of("a")));
        assert!(!names.insert(Name::of("a")));
        names.leave(outer);
        assert!(!names.insert(Name::of("a")));
        let outer = names.enter(Container::Array);
        assert!(names.insert(Name::of("0")) && names.insert(Name::of("0")));
        names.leave(outer);
        assert_eq!(names.count(), 1);
    }

    #[test]
    fn a_name_that_was_removed_is_new_again() {
        for names_before in [0, FEW - 1, FEW, FEW + 1] {
            let mut names = Names::with_capacity(0);
            for number in 0..names_before {
                assert!(names.insert(Name::of(&number.to_string())));
            }
            assert!(names.insert(Name::of("a")));
            names.remove_last();
            assert!(names.insert(Name::of("a")), "{names_before}");
            assert!(!names.insert(Name::of("a")), "{names_before}");
        }
    }

    #[test]
    fn a_nul_is_found_wherever_it_is() {
        for length in 0..40 {
            let name = "a".repeat(length);
            assert!(!Name::of(&name).has_nul(), "{length}");
            for at in 0..length {
                let name = format!("{}\0{}", &name[..at], &name[at + 1..]);
                assert!(Name::of(&name).has_nul(), "{at} of {length}");
            }
        }
    }

    #[test]
    fn many_names_are_new_once_too() {
        let mut names = Names::with_capacity(0);
        for _ in 0..2 {
            let outer = names.enter(Container::Document);
            for round in [true, false] {
                for number in 0..3 * FEW {
                    assert_eq!(names.insert(Name::of(&number.to_string())), round, "{number}");
                }
            }
            names.leave(outer);
        }
    }
}
