//! Python values as text: literals as `repr` prints them, and messages as `logging` renders them.
//!
//! Senders that turn every value into `str(value)` leave a record's `args` as the text of a tuple or a mapping.
//! [`parse`] reads it back and [`format`] renders `msg % args` from it. Both are pure, refuse instead of guessing,
//! and end in bounded time and memory whatever the text is.

mod literal;
mod parse;
mod printf;
mod quoted;
mod repr;

pub(crate) use literal::Literal;
pub(crate) use parse::parse;
pub(crate) use printf::format;
