//! Sketches: which words the records of a range of ids may have. A search reads only the ranges whose sketch has its words.
//!
//! A sketch is a Bloom filter. MongoDB tests it by itself (`$bitsAllSet`). A sketch is stored before its records are, and
//! nothing is taken away from it. So a search misses nothing: neither after a crash nor after a redelivery.

mod ask;
mod bits;
mod build;
mod fill;
mod marker;
mod merge;
mod replaced;
mod wanted;
mod write;

pub use ask::Candidates;
pub use fill::Filled;
pub use wanted::Wanted;

pub(super) use build::range_of;
pub(super) use marker::{MARKED_AT, MARKED_DAY, MARKED_WORDS, MARKER, WORDS_VERSION, says_complete};
pub(super) use merge::Small;

/// The field with the number of records.
const RECORDS: &str = "n";
/// The field with the size class and the version of words.
const CLASS: &str = "s";
/// The field with the bits.
const BITS: &str = "w";
