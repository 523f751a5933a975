//! Text that is the same in many records, already as JSON.
//!
//! A memo knows Python's objects by their addresses. It keeps the objects alive, so an address stays that of its object.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

use pyo3::prelude::*;

/// The most entries. A program has a few thousand places that log.
const MAX_ENTRIES: usize = 4_096;

/// The addresses of objects, and numbers, that make the text.
pub(crate) type Key<const N: usize> = [usize; N];

/// Text by the objects that make it.
pub(crate) struct Memo<const N: usize> {
    entries: HashMap<Key<N>, Entry, BuildHasherDefault<Mix>>,
}

struct Entry {
    text: Vec<u8>,
    _objects: Vec<Py<PyAny>>,
}

impl<const N: usize> Memo<N> {
    pub(crate) fn new() -> Self {
        Self { entries: HashMap::default() }
    }

    /// Appends the text of a key, if it is known.
    pub(crate) fn write(&self, key: &Key<N>, out: &mut Vec<u8>) -> bool {
        self.entries.get(key).map(|entry| out.extend_from_slice(&entry.text)).is_some()
    }

    /// Keeps a text. Returns what must be dropped when no lock is held: objects may run code when they end.
    #[must_use]
    pub(crate) fn keep(&mut self, key: Key<N>, text: &[u8], objects: Vec<Py<PyAny>>) -> Option<impl Sized + use<N>> {
        let full = (self.entries.len() >= MAX_ENTRIES).then(|| std::mem::take(&mut self.entries));
        self.entries.insert(key, Entry { text: text.to_vec(), _objects: objects });
        full
    }
}

/// Mixes addresses: they differ in the middle bits.
#[derive(Default)]
pub(crate) struct Mix(u64);

impl Hasher for Mix {
    fn finish(&self) -> u64 {
        self.0 ^ (self.0 >> 29)
    }

    fn write(&mut self, bytes: &[u8]) {
        // A key of numbers comes as its bytes.
        for part in bytes.chunks(size_of::<u64>()) {
            let number = part.try_into().map_or_else(|_| part.len() as u64, u64::from_ne_bytes);
            self.0 = (self.0.rotate_left(5) ^ number).wrapping_mul(0x517C_C1B7_2722_0A95);
        }
    }

    fn write_usize(&mut self, number: usize) {
        self.write(&(number as u64).to_ne_bytes());
    }
}
