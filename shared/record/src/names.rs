//! The field names of the documents being written, so that none comes twice in one.

use std::collections::HashSet;

use xxhash_rust::xxh3::xxh3_64;

use super::document::Container;

/// Up to so many names are looked through one by one, which is what nearly every document has.
const FEW: usize = 64;

/// So that nearly no name of a usual document has a bit that another has.
const FILTER_WORDS: usize = 4;

/// A field's name, with its hash: it is looked up by it more than once.
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

    /// Whether the name holds a NUL, with which BSON ends names. Most are of a word or two.
    #[inline]
    pub(super) fn has_nul(self) -> bool {
        let bytes = self.text.as_bytes();
        let Some(last) = bytes.last_chunk() else { return bytes.contains(&0) };
        bytes.as_chunks().0.iter().chain([last]).any(|word| has_zero_byte(u64::from_ne_bytes(*word)))
    }
}

/// The names in the documents that are open. Kept by hash alone: two names of one hash only cost the second its name.
#[derive(Clone, Debug)]
pub(super) struct Names {
    /// Of all open documents, innermost last.
    hashes: Vec<u64>,
    innermost: Scope,
    scopes: u32,
    /// The names of documents with many, by scope.
    many: HashSet<(u32, u64)>,
}

/// An open document or array.
#[derive(Clone, Copy, Debug)]
pub(super) struct Scope {
    number: u32,
    /// Where its names begin.
    start: usize,
    container: Container,
    /// A bit for each of its first names, told by the hash: a name whose bit is not here is not among them.
    filter: [u64; FILTER_WORDS],
}

impl Names {
    /// No names, with room for so many.
    pub(super) fn with_capacity(capacity: usize) -> Self {
        let outermost = Scope { number: 0, start: 0, container: Container::Document, filter: [0; FILTER_WORDS] };
        Self { hashes: Vec::with_capacity(capacity), innermost: outermost, scopes: 0, many: HashSet::new() }
    }

    /// Enters a container; gives what is around it, to be left for.
    pub(super) fn enter(&mut self, container: Container) -> Scope {
        self.scopes += 1;
        let filter = match container {
            Container::Document => [0; FILTER_WORDS],
            // Nothing is known of what is not kept.
            Container::Array => [u64::MAX; FILTER_WORDS],
        };
        let entered = Scope { number: self.scopes, start: self.hashes.len(), container, filter };
        std::mem::replace(&mut self.innermost, entered)
    }

    /// Leaves the innermost container for what is around it.
    pub(super) fn leave(&mut self, outer: Scope) {
        self.hashes.truncate(self.innermost.start);
        self.innermost = outer;
    }

    /// How many names the innermost document has.
    pub(super) fn count(&self) -> usize {
        self.hashes.len() - self.innermost.start
    }

    /// Takes a name; tells whether the innermost document did not have it. An array's positions are not looked at.
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

    /// The same where others have to be looked at.
    #[cold]
    fn insert_compared(&mut self, hash: u64) -> bool {
        let Scope { number, start, container, .. } = self.innermost;
        if container == Container::Array {
            return true;
        }
        let own = &self.hashes[start..];
        let is_new = if own.len() < FEW {
            !own.contains(&hash)
        } else {
            if own.len() == FEW {
                self.many.extend(own.iter().map(|hash| (number, *hash)));
            }
            self.many.insert((number, hash))
        };
        if is_new {
            self.hashes.push(hash);
        }
        is_new
    }
}

/// Whether a byte of the word is zero: <https://graphics.stanford.edu/~seander/bithacks.html#ZeroInWord>.
fn has_zero_byte(word: u64) -> bool {
    const LOWEST: u64 = u64::from_ne_bytes([0x01; 8]);
    const HIGHEST: u64 = u64::from_ne_bytes([0x80; 8]);
    word.wrapping_sub(LOWEST) & !word & HIGHEST != 0
}

#[cfg(test)]
mod tests {
    use super::{FEW, Name, Names};
    use crate::document::Container;

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
