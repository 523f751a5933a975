//! What was found, as people read it. Pure: no terminal, no clock.

mod escape;
mod event;
mod lanes;
mod record;
mod span;
mod style;
mod transaction;

pub(crate) use escape::{json_line, visible};
pub(crate) use event::Event;
pub(crate) use record::{Ids, Lines, When};
pub(crate) use span::count;
pub(crate) use transaction::{Totals, TransactionPage};
