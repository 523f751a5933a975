//! Python values as text: literals as `repr` prints them, and messages as `logging` renders them.
//!
//! A sender that converts every value with `str(value)` sends a record's `args` as the text of a tuple or a mapping.
//! [`parse`] reads it and [`format`] renders `msg % args` from it. Both are pure, return `None` instead of guessing,
//! and are bounded in time and memory for any text.

mod literal;
mod parse;
mod printf;
mod quoted;
mod repr;

pub(crate) use literal::Literal;
pub(crate) use parse::parse;
pub(crate) use printf::format;
