//! RETENTION: a schedule's call -> days that are past retention -> archive -> drop -> missing sketches -> report.

mod bucket;
mod context;
mod report;
mod run;

pub use bucket::Bucket;
pub use context::{Context, StartError};
pub use report::{ArchivedDay, Exporting, HeldDay, Report};
pub use run::{Event, RunError, run};
