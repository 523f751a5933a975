//! What was found, as people read it. Pure: no terminal, no clock.

mod escape;
mod event;
mod lanes;
mod record;
mod span;
mod style;
mod table;
mod transaction;

pub(crate) use escape::{json_line, visible};
pub(crate) use event::Event;
pub(crate) use record::{Ids, Lines, When};
pub(crate) use span::count;
pub(crate) use table::{Bar, bar_lines, day_line, heading, service_line, transaction_line};
pub(crate) use transaction::{Totals, TransactionPage};
