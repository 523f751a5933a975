//! Checks retention: its function, its schedule, its failures, and whether days are past it.

use std::collections::HashMap;

use jiff::Timestamp;
use record::{Day, EventTime};
use runtime::RetentionConfig;
use serde_json::{Map, Value};
use store::{Store, StoreError};

use super::Deployment;
use super::finding::{REVERT, Report};
use super::function::{self, Found};
use crate::error::Error;
use crate::render::count;
use crate::services::{Schedule, Services};

const CHECK: &str = "retention";
/// Where the failures of retention are explained.
pub(super) const RUNBOOK: &str = "docs/runbook.md#retention-failed";
const ENABLED: &str = "ENABLED";
/// The schedule of a stack without an archive.
const EACH_NIGHT: &str = "cron(15 3 * * ? *)";
/// The schedule of a stack with one.
const EACH_HOUR: &str = "cron(15 * * * ? *)";
/// Where the year is in `cron(…)`.
const YEAR_FIELD: usize = 5;
/// What asks the function for a run that drops nothing.
const DRY_RUN: &str = "dry_run";
/// A run drops a day at most a day after it is past retention.
const RUN_IS_BEHIND_DAYS: u16 = 1;

/// Checks the function and what calls it. Returns both, if they are there.
pub(super) async fn check(
    services: &Services,
    deployment: &Deployment,
    report: &mut Report,
) -> Result<(Option<Found>, Option<Schedule>), Error> {
    let Some(name) = deployment.outputs.get("RetentionFunctionName") else {
        let off = "off: all days are kept (RetentionDays is 0)";
        // A stack whose outputs are not known may have it.
        if !deployment.outputs.is_empty() {
            report.fine(CHECK, off)?;
        }
        return Ok((None, None));
    };
    let found = function::check_retention(services, name, &deployment.parameters, report).await?;
    let schedule = check_schedule(services, deployment, name, report).await?;
    check_failures(services, deployment, report).await?;
    Ok((found, schedule))
}

async fn check_schedule(
    services: &Services,
    deployment: &Deployment,
    function: &str,
    report: &mut Report,
) -> Result<Option<Schedule>, Error> {
    let Some(name) = deployment.outputs.get("RetentionScheduleName") else {
        return report.skipped(CHECK, "its schedule is not checked: the stack does not name it").map(|()| None);
    };
    let schedule = match services.schedule(name).await {
        Ok(schedule) => schedule,
        Err(failure) if failure.is_missing() => {
            let what = format!("there is no schedule {name}: nothing calls {function}: no day is dropped");
            return report.problem(CHECK, what, REVERT).map(|()| None);
        }
        Err(failure) => return report.failed(CHECK, &failure, "scheduler:GetSchedule").map(|()| None),
    };
    let (parameters, now) = (&deployment.parameters, Timestamp::now());
    if let Some(so) = why_nothing_is_dropped(&schedule, function, parameters, now) {
        report.problem(CHECK, format!("the schedule {name} {so}: no day is dropped"), REVERT)?;
        return Ok(Some(schedule));
    }
    if sends_more(&schedule) {
        let what = format!("the schedule {name} sends {}, and the stack's sends {{}}", schedule.input());
        let todo = format!("the function refuses a field that it does not know: {REVERT}");
        report.warning(CHECK, what, todo)?;
    }
    match own_expression(parameters) {
        Some(own) if own != schedule.when => {
            let what = format!("it is called by {}, and the stack's schedule is {own}", schedule.when);
            report.warning(CHECK, what, format!("somebody changed the schedule by hand: {REVERT}"))?;
        }
        _ => report.fine(CHECK, format!("it is called by {}", schedule.when))?,
    }
    Ok(Some(schedule))
}

/// Returns in words why a schedule makes no run that drops days; `None` if it makes some.
fn why_nothing_is_dropped(
    schedule: &Schedule,
    function: &str,
    parameters: &HashMap<String, String>,
    now: Timestamp,
) -> Option<String> {
    let nothing = format!("nothing calls {function}");
    let is_meant_dry = parameters.get("RetentionDryRun").is_some_and(|dry| dry == "on");
    if schedule.state != ENABLED {
        Some(format!("is {}: {nothing}", schedule.state))
    } else if !schedule.calls(function) {
        Some(format!("calls something else: {nothing}"))
    } else if let Some(end) = schedule.ends().filter(|end| *end <= now) {
        Some(format!("ended at {end}: {nothing}"))
    } else if let Some(start) = schedule.begins().filter(|start| *start > now) {
        Some(format!("begins at {start}: until then {nothing}"))
    } else if has_few_runs(&schedule.when) {
        Some(format!("is {}, which is not for all years: {nothing} in the others", schedule.when))
    } else if schedule.sends_flag(DRY_RUN) && !is_meant_dry {
        Some(format!("sends `{DRY_RUN}`: each run only logs what it would drop"))
    } else {
        None
    }
}

/// Whether a schedule sends something else than the stack's, which sends nothing. A dry run is judged by the parameters.
fn sends_more(schedule: &Schedule) -> bool {
    let is_plain = |sent: &Map<String, Value>| sent.iter().all(|(name, value)| name == DRY_RUN && value.is_boolean());
    !schedule.input().is_empty() && !schedule.sends().as_object().is_some_and(is_plain)
}

/// Whether an expression is for one time, or for certain years.
fn has_few_runs(when: &str) -> bool {
    let fields = when.strip_prefix("cron(").and_then(|rest| rest.strip_suffix(')'));
    let year = fields.and_then(|fields| fields.split_whitespace().nth(YEAR_FIELD));
    when.starts_with("at(") || year.is_some_and(|year| !year.starts_with('*'))
}

/// Returns the expression of the stack's own schedule; `None` if the parameters are not known.
fn own_expression(parameters: &HashMap<String, String>) -> Option<&'static str> {
    let has_archive = parameters.get("ArchiveBucket").is_some_and(|bucket| !bucket.is_empty());
    (!parameters.is_empty()).then_some(if has_archive { EACH_HOUR } else { EACH_NIGHT })
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
            report.problem(CHECK, "the queue of the runs that failed is gone", REVERT)
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
        Err(error) => return report.store_failed(CHECK, &error),
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

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use serde_json::{Value, json};

    use super::{EACH_HOUR, EACH_NIGHT, has_few_runs, own_expression, sends_more, why_nothing_is_dropped};

    #[test]
    fn a_schedule_drops_days_or_says_why_not() {
        fn check(changes: &Value, dry_run: &str, expect: Option<&str>) {
            let arn = "arn:aws:lambda:eu-west-1:1:function:a-retention";
            let mut schedule =
                json!({ "State": "ENABLED", "ScheduleExpression": EACH_NIGHT, "Target": { "Arn": arn } });
            schedule.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
            if let Some(input) = changes.get("Input") {
                schedule["Target"]["Input"] = input.clone();
            }
            let parameters = HashMap::from([("RetentionDryRun".to_owned(), dry_run.to_owned())]);
            let now = "2026-11-27T12:00:00Z".parse().unwrap();
            let schedule = serde_json::from_value(schedule).unwrap();
            let found = why_nothing_is_dropped(&schedule, "a-retention", &parameters, now);
            let is_so = found
                .as_deref()
                .zip(expect)
                .map_or(found.is_none() && expect.is_none(), |(so, part)| so.contains(part));
            assert!(is_so, "{changes}: {found:?}");
        }
        check(&json!({}), "off", None);
        check(&json!({ "Input": "{}" }), "off", None);
        check(&json!({ "State": "DISABLED" }), "off", Some("is DISABLED: nothing calls a-retention"));
        check(&json!({ "Target": { "Arn": "arn:aws:sns:eu-west-1:1:x" } }), "off", Some("calls something else"));
        check(&json!({ "EndDate": 1_764_201_600.0 }), "off", Some("ended at 2025-11-27T00:00:00Z"));
        check(&json!({ "EndDate": 1_900_000_000 }), "off", None);
        check(&json!({ "EndDate": "unknown" }), "off", None);
        check(&json!({ "StartDate": 1_900_000_000 }), "off", Some("begins at 2030-03-17"));
        check(&json!({ "StartDate": 1_764_201_600 }), "off", None);
        check(&json!({ "ScheduleExpression": "cron(15 3 1 1 ? 2030)" }), "off", Some("is not for all years"));
        check(&json!({ "Input": r#"{"dry_run":true}"# }), "off", Some("sends `dry_run`"));
        check(&json!({ "Input": r#"{"dry_run":true}"# }), "on", None);
        check(&json!({ "Input": r#"{"dry_run":false}"# }), "off", None);
    }

    #[test]
    fn the_stacks_schedule_sends_nothing() {
        fn check(input: &str, expect: bool) {
            let schedule = serde_json::from_value(json!({ "Target": { "Input": input } })).unwrap();
            assert_eq!(sends_more(&schedule), expect, "{input}");
        }
        check("", false);
        check("{}", false);
        check(r#"{"dry_run": true}"#, false);
        check(r#"{"dry_run": 5}"#, true);
        check(r#"{"dryrun": 5}"#, true);
        check(r#"{"dry_run": false, "days": 3}"#, true);
        check("[]", true);
        check("dry_run", true);
    }

    #[test]
    fn an_expression_may_end() {
        fn check(when: &str, expect: bool) {
            assert_eq!(has_few_runs(when), expect, "{when}");
        }
        check(EACH_NIGHT, false);
        check(EACH_HOUR, false);
        check("rate(1 day)", false);
        check("cron(15 3 1 1 ? 2030)", true);
        check("cron(15 3 * * ? 2026-2027)", true);
        check("at(2026-11-20T00:00:00)", true);
        check("", false);
    }

    #[test]
    fn the_template_has_these_expressions() {
        let template = include_str!("../../../../template.yaml");
        let own = format!("ScheduleExpression: !If [HasArchive, \"{EACH_HOUR}\", \"{EACH_NIGHT}\"]");
        assert!(template.contains(&own), "{own}");
        let parameters = |bucket: &str| HashMap::from([("ArchiveBucket".to_owned(), bucket.to_owned())]);
        assert_eq!(own_expression(&parameters("")), Some(EACH_NIGHT));
        assert_eq!(own_expression(&parameters("b")), Some(EACH_HOUR));
        assert_eq!(own_expression(&HashMap::new()), None);
    }
}
