//! Checks retention: its function, its schedule, its failures, and whether days are past it.

use record::{Day, EventTime};
use runtime::RetentionConfig;
use runtime::telemetry::chain;
use store::{Store, StoreError};

use super::Deployment;
use super::finding::{DEPLOY_AGAIN, Report};
use super::function::{self, Found};
use crate::error::Error;
use crate::render::count;
use crate::services::Services;

const CHECK: &str = "retention";
/// Where the failures of retention are explained.
pub(super) const RUNBOOK: &str = "docs/runbook.md#retention-failed";
const ENABLED: &str = "ENABLED";
/// A run drops a day at most a day after it is past retention.
const RUN_IS_BEHIND_DAYS: u16 = 1;

/// Checks the function and what calls it.
pub(super) async fn check(
    services: &Services,
    deployment: &Deployment,
    report: &mut Report,
) -> Result<Option<Found>, Error> {
    let Some(name) = deployment.outputs.get("RetentionFunctionName") else {
        let off = "off: all days are kept (RetentionDays is 0)";
        // A stack whose outputs are not known may have it.
        return if deployment.outputs.is_empty() { Ok(None) } else { report.fine(CHECK, off).map(|()| None) };
    };
    let found = function::check_retention(services, name, report).await?;
    check_schedule(services, deployment, name, report).await?;
    check_failures(services, deployment, report).await?;
    Ok(found)
}

async fn check_schedule(
    services: &Services,
    deployment: &Deployment,
    function: &str,
    report: &mut Report,
) -> Result<(), Error> {
    let Some(name) = deployment.outputs.get("RetentionScheduleName") else {
        return report.skipped(CHECK, "its schedule is not checked: the stack does not name it");
    };
    let again = format!("nothing calls {function}: no day is dropped");
    match services.schedule(name).await {
        Ok(schedule) if schedule.state != ENABLED => {
            report.problem(CHECK, format!("the schedule {name} is {}: {again}", schedule.state), DEPLOY_AGAIN)
        }
        Ok(schedule) if !schedule.calls(function) => {
            report.problem(CHECK, format!("the schedule {name} calls something else: {again}"), DEPLOY_AGAIN)
        }
        Ok(schedule) => report.fine(CHECK, format!("it is called by {}", schedule.when)),
        Err(failure) if failure.is_missing() => {
            report.problem(CHECK, format!("there is no schedule {name}: {again}"), DEPLOY_AGAIN)
        }
        Err(failure) => report.failed(CHECK, &failure, "scheduler:GetSchedule"),
    }
}

async fn check_failures(services: &Services, deployment: &Deployment, report: &mut Report) -> Result<(), Error> {
    let Some(queue) = deployment.outputs.get("RetentionFailuresUrl") else { return Ok(()) };
    match services.messages(queue).await {
        Ok(0) => report.fine(CHECK, "no run failed within 14 days"),
        Ok(failed) => {
            let what = format!("{} of retention failed within 14 days", count(failed, "run"));
            report.problem(CHECK, what, format!("{RUNBOOK} says how to look, and to empty the queue after that"))
        }
        Err(failure) if failure.is_missing() => {
            report.problem(CHECK, "the queue of the runs that failed is gone", DEPLOY_AGAIN)
        }
        Err(failure) => report.failed(CHECK, &failure, "sqs:GetQueueAttributes"),
    }
}

/// Returns the first day that should be there, if the runs are on time.
pub(super) fn first_kept(config: RetentionConfig) -> Day {
    Day::today().minus(config.days.saturating_add(RUN_IS_BEHIND_DAYS))
}

/// Returns the days before a day that nobody holds.
pub(super) async fn late_days(store: &Store, first_kept: Day) -> Result<Vec<Day>, StoreError> {
    let mut days = store.days_before(first_kept).await?;
    let held = store.holds(EventTime::now()).await?;
    days.retain(|day| !held.iter().any(|hold| hold.day == *day));
    Ok(days)
}

/// Checks whether days are there that should have been dropped.
pub(super) async fn check_days(store: &Store, found: Option<&Found>, report: &mut Report) -> Result<(), Error> {
    // Bad settings are reported already.
    let Some(Ok(config)) = found.map(|found| found.environment.check_retention()) else { return Ok(()) };
    let late = match late_days(store, first_kept(config)).await {
        Ok(late) => late,
        Err(error) => return report.problem(CHECK, chain(&error), "may the functions' user list collections?"),
    };
    let Some(oldest) = late.first() else {
        let so = if config.is_dry_run { ", and RetentionDryRun is on: none would be dropped" } else { "" };
        return report.fine(CHECK, format!("no day is past its {}{so}", count(config.days.into(), "day")));
    };
    let days = count(late.len() as u64, "day");
    if config.is_dry_run {
        let what = format!("RetentionDryRun is on: {days} would be dropped, the oldest {oldest}");
        return report.warning(CHECK, what, "deploy with RetentionDryRun=off when you are sure");
    }
    let verb = if late.len() == 1 { "is" } else { "are" };
    let what = format!("{days} {verb} past RetentionDays {}, the oldest {oldest}", config.days);
    report.warning(CHECK, what, format!("a run drops 30; if it does not get less each day: {RUNBOOK}"))
}
