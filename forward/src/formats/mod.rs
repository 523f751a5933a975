//! The bytes of an entry become records: lines of JSON. Pure. One file for each format.

mod lines;

pub use self::lines::{Facts, Lines, Tail, Time, key, member, text};
use crate::entry::Stored;

/// Reads the records of an entry. Every byte ends in a record; what cannot be read becomes a record that says so.
pub fn read(entry: &Stored<'_>, lines: &mut Lines<'_>) {
    lines.reject(entry.payload, "no format of this forwarder");
}
