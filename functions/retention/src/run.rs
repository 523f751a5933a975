//! One run: drops the days that are past retention, oldest first.

use std::time::{Duration, SystemTime};

use record::Day;
use serde::{Deserialize, Serialize};
use store::{StoreError, StoreErrorKind};
use tracing::info;

use crate::context::Context;

/// The most days that a run drops. A stack that has kept years takes some runs. Who set `RetentionDays` too low has a chance to
/// see it in time.
const MAX_DAYS: usize = 30;
/// The time that is left when a run begins no further day.
const MARGIN: Duration = Duration::from_secs(30);

/// What calls the function. A schedule says nothing; a person may ask for a dry run.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Event {
    /// Whether the run only says what it would drop.
    dry_run: bool,
}

/// What a run did.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct Report {
    /// Whether nothing was dropped: `dropped` are the days that would be.
    pub dry_run: bool,
    /// The first day that is kept.
    pub first_kept: String,
    /// The days that were dropped, in order.
    pub dropped: Vec<String>,
    /// How many days are left for later runs.
    pub left: usize,
}

/// A run ended early.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The days could not be listed.
    #[error("cannot list the days that are past retention")]
    List(#[source] StoreError),
    /// The pins could not be kept up.
    #[error("cannot copy or remove pinned transactions")]
    Pins(#[source] StoreError),
    /// A day could not be dropped.
    #[error("{day} is not dropped, after {dropped} days that are")]
    Drop {
        /// The day.
        day: Day,
        /// How many days were dropped before.
        dropped: usize,
        /// Why.
        #[source]
        source: StoreError,
    },
}

impl RunError {
    /// Whether MongoDB refuses the user or the password.
    #[must_use]
    pub fn is_of_password(&self) -> bool {
        let (Self::List(source) | Self::Pins(source) | Self::Drop { source, .. }) = self;
        source.kind() == StoreErrorKind::NotAuthenticated
    }
}

/// Drops the days that are past retention: those before the `RetentionDays` days before today. Ends before the deadline.
pub async fn run(context: &Context, event: Event, deadline: SystemTime) -> Result<Report, RunError> {
    let first_kept = Day::today().minus(context.config.days);
    let is_dry_run = context.config.is_dry_run || event.dry_run;
    if !is_dry_run {
        let ended = context.store.remove_ended_pins(SystemTime::now().into()).await.map_err(RunError::Pins)?;
        info!(ended, "pins that ended are removed");
    }
    let days = context.store.days_before(first_kept).await.map_err(RunError::List)?;
    let mut dropped: Vec<String> = Vec::new();
    for day in days.iter().take(MAX_DAYS) {
        if !has_time(deadline) {
            break;
        }
        if !is_dry_run {
            // What was filed since the pin was made is kept, too.
            context.store.copy_pinned(*day).await.map_err(RunError::Pins)?;
            let failed = |source| RunError::Drop { day: *day, dropped: dropped.len(), source };
            context.store.drop_day(*day).await.map_err(failed)?;
            info!(day = day.to_string(), "day dropped");
        }
        dropped.push(day.to_string());
    }
    let left = days.len() - dropped.len();
    let report = Report { dry_run: is_dry_run, first_kept: first_kept.to_string(), dropped, left };
    let Report { dry_run, first_kept, dropped, left } = &report;
    info!(dry_run, first_kept, days = dropped.join(" "), left, "retention");
    Ok(report)
}

fn has_time(deadline: SystemTime) -> bool {
    deadline.duration_since(SystemTime::now()).is_ok_and(|left| left >= MARGIN)
}

#[cfg(test)]
mod tests {
    use super::Event;

    #[test]
    fn only_an_event_that_asks_for_it_is_a_dry_run() {
        fn check(event: &str, expect: bool) {
            assert_eq!(serde_json::from_str::<Event>(event).unwrap().dry_run, expect, "{event}");
        }
        check("{}", false);
        check(r#"{"version": "0", "detail-type": "Scheduled Event", "detail": {}}"#, false);
        check(r#"{"dry_run": true}"#, true);
        assert!(serde_json::from_str::<Event>(r#"{"dry_run": "yes"}"#).is_err());
    }
}
