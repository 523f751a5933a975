//! Text for people. Pure: no terminal, no clock.

mod bars;
mod checks;
mod completeness;
mod escape;
mod event;
mod explanation;
mod lanes;
mod levels;
mod other_ids;
mod quantity;
mod quarantine;
mod record_lines;
mod rows;
mod style;
mod task_tree;
mod time;
mod transaction;
mod wrap;

pub(crate) use bars::{Bar, bar_lines};
pub(crate) use checks::{CheckLine, CheckStatus, check_line, check_totals};
pub(crate) use escape::{json_line, visible};
pub(crate) use event::Event;
pub(crate) use explanation::{explained, uses};
pub(crate) use quantity::{count, size};
pub(crate) use quarantine::{quarantined_day, quarantined_payload};
pub(crate) use record_lines::{Ids, LineStart, RecordLines};
pub(crate) use rows::{day_line, heading, pin_line, service_line, transaction_line};
pub(crate) use task_tree::TaskTree;
pub(crate) use time::duration;
pub(crate) use transaction::{Totals, TransactionPage};
