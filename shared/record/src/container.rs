//! The two kinds of values that hold others.

/// A document or an array within a document.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Container {
    /// Named fields.
    Document,
    /// Values that are named by their positions.
    Array,
}
