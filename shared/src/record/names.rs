//! The field names of the documents being written, so that none comes twice in one.

use std::collections::HashSet;

use xxhash_rust::xxh3::xxh3_64;

use super::bson::Container;

/// A field's name, with its hash: it is looked up by it more than once.
#[derive(Clone, Copy, Debug)]
pub(super) struct Name<'a> {
    pub(super) text: &'a str,
    pub(super) hash: u64,
}

impl<'a> Name<'a> {
    pub(super) fn of(text: &'a str) -> Self {
        Self { text, hash: xxh3_64(text.as_bytes()) }
    }
}

/// Up to so many names are looked through one by one, which is what nearly every document has.
const FEW: usize = 64;

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
    /// The bits of its names. One whose bit is not here is not among them.
    filter: u64,
}

impl Names {
    /// No names, with room for so many.
    pub(super) fn with_capacity(capacity: usize) -> Self {
        let outermost = Scope { number: 0, start: 0, container: Container::Document, filter: 0 };
        Self { hashes: Vec::with_capacity(capacity), innermost: outermost, scopes: 0, many: HashSet::new() }
    }

    /// Enters a container; gives what is around it, to be left for.
    pub(super) fn enter(&mut self, container: Container) -> Scope {
        self.scopes += 1;
        let entered = Scope { number: self.scopes, start: self.hashes.len(), container, filter: 0 };
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
    pub(super) fn insert(&mut self, name: Name<'_>) -> bool {
        let Name { hash, .. } = name;
        let Scope { number, start, container, filter } = self.innermost;
        if container == Container::Array {
            return true;
        }
        let bit = 1 << (hash % u64::from(u64::BITS));
        let own = &self.hashes[start..];
        let is_new = if own.len() < FEW {
            filter & bit == 0 || !own.contains(&hash)
        } else {
            if own.len() == FEW {
                self.many.extend(own.iter().map(|hash| (number, *hash)));
            }
            self.many.insert((number, hash))
        };
        if is_new {
            self.hashes.push(hash);
            self.innermost.filter |= bit;
        }
        is_new
    }
}

#[cfg(test)]
mod tests {
    use super::{FEW, Name, Names};
    use crate::record::bson::Container;

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
