//! Python's pickle, protocols 0 to 5, as far as plain data needs it. Nothing is imported, and nothing runs.
//!
//! Source: `Lib/pickletools.py` of `CPython`. A pickle is a program for a machine with a stack. This machine has no
//! instruction that makes an object: what names one is refused, with the instruction's name. Exceptions are the few
//! functions by which old protocols write sets and bytes ([`known`]); what they would return is made here.

mod escapes;
mod json;
mod known;
mod machine;
mod node;
mod reader;
mod state;
#[cfg(test)]
mod tests;

use serde_json::Value;

/// The most values that a pickle may have.
pub const MAX_VALUES: usize = 200_000;
/// How deep containers may be in each other. Readers of JSON stop at 128.
pub const MAX_DEPTH: usize = 64;
/// The most text that becomes of a pickle. A text that is named again and again is written each time.
pub const MAX_TEXT_BYTES: usize = 16 << 20;

/// Why a pickle is not read.
#[derive(Debug, PartialEq, thiserror::Error)]
pub enum PickleError {
    /// The bytes end too early.
    #[error("the pickle is cut off at byte {at}")]
    CutOff {
        /// The place.
        at: usize,
    },
    /// A byte that is no instruction.
    #[error("{opcode:#04x} at byte {at} is no instruction of pickle")]
    Unknown {
        /// The byte.
        opcode: u8,
        /// Its place.
        at: usize,
    },
    /// An instruction that makes an object.
    #[error("{opcode} at byte {at} makes an object: only plain data is read")]
    Object {
        /// The instruction's name.
        opcode: &'static str,
        /// Its place.
        at: usize,
    },
    /// An instruction that imports something.
    #[error("{opcode} at byte {at} imports {name:?}: only plain data is read")]
    Import {
        /// The instruction's name.
        opcode: &'static str,
        /// What it imports.
        name: String,
        /// Its place.
        at: usize,
    },
    /// An instruction that does not fit to what is on the stack, or has a bad argument.
    #[error("{opcode} at byte {at}: {why}")]
    Bad {
        /// The instruction's name.
        opcode: &'static str,
        /// Its place.
        at: usize,
        /// What is wrong.
        why: &'static str,
    },
    /// More than is allowed.
    #[error("the pickle has more than {limit} {what}")]
    TooLarge {
        /// Of what.
        what: &'static str,
        /// How many are allowed.
        limit: usize,
    },
}

/// Reads the value of a pickle, as the JSON that comes closest to it. Tuples and sets become arrays. Bytes become text.
/// What JSON has no number for becomes text: `NaN`, `Infinity`, integers of more than 64 bits. Names are text.
pub fn read(pickle: &[u8]) -> Result<Value, PickleError> {
    let (nodes, root) = machine::run(pickle)?;
    json::value(&nodes, root)
}
