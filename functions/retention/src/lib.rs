//! RETENTION: a schedule's call -> days that are past retention -> drop -> report.

mod context;
mod run;

pub use context::{Context, StartError};
pub use run::{Event, Report, RunError, run};
