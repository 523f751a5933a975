//! Checks retention: its function, its schedule, its failures, and whether days are past it.

use std::collections::HashMap;

use jiff::Timestamp;
use record::{Day, EventTime};
use runtime::RetentionConfig;
use serde_json::{Map, Value};
use store::{Store, StoreError};

use super::Deployment;
use super::finding::{REVERT, Report};
use super::function::{self, DeployedFunction};
use super::policy::Asked;
use super::resources::{self, Resource};
use super::unattended;
use crate::error::Error;
use crate::render::{count, duration};
use crate::services::{Queue, Retries, Schedule, Services};

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
/// For how many seconds the queue of the stack keeps a run that failed: 14 days, the most that SQS allows.
const KEPT_S: u64 = 1_209_600;
/// How often the schedule tries a call again, and for how many seconds: AWS's default, since the template sets nothing else.
const RETRIES: (u64, u64) = (185, 86_400);
/// What asks the function for a run that drops nothing.
const DRY_RUN: &str = "dry_run";
/// A run drops a day at most a day after it is past retention.
const RUN_IS_BEHIND_DAYS: u16 = 1;

/// Checks the function and what calls it. Returns both, if they are there.
pub(super) async fn check(
    services: &Services,
    deployment: &Deployment,
    report: &mut Report,
) -> Result<(Option<DeployedFunction>, Option<Schedule>), Error> {
    let Some(name) = deployment.outputs.get("RetentionFunctionName") else {
        let off = "off: all days are kept (RetentionDays is 0)";
        // A stack whose outputs are not known may have it.
        if !deployment.outputs.is_empty() {
            report.fine(CHECK, off)?;
        }
        return Ok((None, None));
    };
    let found = function::check_retention(services, name, deployment, report).await?;
    if let Some(found) = &found {
        let own = deployment.failures();
        unattended::check(services, name, (found.failures.as_deref(), own.as_deref()), report).await?;
    }
    let schedule = check_schedule(services, deployment, name, report).await?;
    let roles = (found.as_ref().map(|found| found.role.as_str()), schedule.as_ref());
    check_failures(services, deployment, roles, report).await?;
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
    if let Some(so) = other_failures(&schedule, deployment.failures().as_deref()) {
        report.warning(
            CHECK,
            format!("the schedule {name} {so}: calls that it cannot make are not counted"),
            REVERT,
        )?;
    }
    for so in other_calls(&schedule) {
        let what = format!("the schedule {name} {so}");
        report.warning(CHECK, what, format!("somebody changed the schedule by hand: {REVERT}"))?;
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

/// Returns in words how the queue of a schedule differs from the stack's; `None` if it is the same, or the stack's is not known.
fn other_failures(schedule: &Schedule, own: Option<&str>) -> Option<String> {
    match (schedule.failures(), own?) {
        (Some(found), own) if found == own => None,
        (Some(found), own) => Some(format!("has the queue {found} for failures, and the stack's has {own}")),
        (None, _) => Some("has no queue for failures".to_owned()),
    }
}

/// Returns in words how a schedule calls otherwise than the stack's.
fn other_calls(schedule: &Schedule) -> Vec<String> {
    let Retries { attempts, age_s } = schedule.retries();
    let (attempts, age_s) = (attempts.filter(|own| *own != RETRIES.0), age_s.filter(|own| *own != RETRIES.1));
    let attempts = attempts.map(|own| format!("tries a call again up to {own} times, and the stack's {}", RETRIES.0));
    let age_s = age_s.map(|own| format!("gives a call up after {own} s, and the stack's after {} s", RETRIES.1));
    let window =
        schedule.window_min().map(|own| format!("calls within {own} min after its time, and the stack's at once"));
    [attempts, age_s, window].into_iter().flatten().collect()
}

/// Checks the queue of the runs that failed. The role of the function and that of its schedule put them there.
async fn check_failures(
    services: &Services,
    deployment: &Deployment,
    (role, schedule): (Option<&str>, Option<&Schedule>),
    report: &mut Report,
) -> Result<(), Error> {
    let Some(url) = deployment.outputs.get("RetentionFailuresUrl") else { return Ok(()) };
    let queue = match services.queue(url).await {
        Ok(queue) => queue,
        Err(failure) if failure.is_missing() => {
            return report.problem(CHECK, "the queue of the runs that failed is gone", REVERT);
        }
        Err(failure) => return report.failed(CHECK, &failure, "sqs:GetQueueAttributes"),
    };
    let arn = deployment.failures().unwrap_or_default();
    let of_schedule = schedule.and_then(Schedule::calls_as).map(|(role, _)| ("that of its schedule", role));
    let roles = role.map(|role| ("the role of retention", role)).into_iter().chain(of_schedule);
    let sends: Vec<_> = roles.map(|(who, role)| (who, Asked::of_role(role, "sqs:SendMessage", &arn))).collect();
    let so = "runs that fail are counted nowhere";
    if let Some((_, what, todo)) = resources::fault(Resource::Queue(url), &queue.policy, &sends, so) {
        report.warning(CHECK, what, todo)?;
    }
    let (keeps, is_short) = keeps(&queue);
    if is_short {
        let what = format!("the queue of the runs that failed keeps them for {keeps}, and the stack's for 14 days");
        let todo =
            format!("aws sqs set-queue-attributes --queue-url {url} --attributes MessageRetentionPeriod={KEPT_S}");
        report.warning(CHECK, what, todo)?;
    }
    if queue.messages > 0 {
        let what = format!("{} of retention failed within {keeps}", count(queue.messages, "run"));
        return report.problem(CHECK, what, format!("{RUNBOOK} says how to look, and to empty the queue after that"));
    }
    if is_short { Ok(()) } else { report.fine(CHECK, format!("no run failed within {keeps}")) }
}

/// Returns for how long a queue keeps the runs that failed, and whether that is shorter than the stack's.
fn keeps(queue: &Queue) -> (String, bool) {
    match queue.kept_s.filter(|kept_s| *kept_s < KEPT_S) {
        #[allow(clippy::cast_precision_loss, reason = "two weeks of seconds")]
        Some(kept_s) => (duration(kept_s as f64 * 1_000.0), true),
        None => ("14 days".to_owned(), false),
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
pub(super) async fn check_days(
    store: &Store,
    found: Option<&DeployedFunction>,
    report: &mut Report,
) -> Result<(), Error> {
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

    use super::super::finding::says;
    use super::{
        EACH_HOUR, EACH_NIGHT, KEPT_S, has_few_runs, keeps, other_calls, other_failures, own_expression, sends_more,
        why_nothing_is_dropped,
    };
    use crate::services::Queue;

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
            assert!(says(found.as_deref(), expect), "{changes}: {found:?}");
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
    fn the_stacks_schedule_has_its_queue() {
        fn check(target: &Value, own: Option<&str>, expect: Option<&str>) {
            let schedule = serde_json::from_value(json!({ "Target": target })).unwrap();
            let found = other_failures(&schedule, own);
            assert_eq!(found.as_deref().and_then(|so| so.split(" for failures").next()), expect, "{target} {own:?}");
        }
        let queue = json!({ "DeadLetterConfig": { "Arn": "arn:q" } });
        check(&queue, Some("arn:q"), None);
        check(&queue, Some("arn:other"), Some("has the queue arn:q"));
        check(&json!({}), Some("arn:q"), Some("has no queue"));
        check(&json!({ "DeadLetterConfig": {} }), Some("arn:q"), Some("has no queue"));
        check(&json!({}), None, None);
    }

    #[test]
    fn the_stacks_schedule_calls_at_once_and_tries_again() {
        fn check(changes: &Value, expect: &[&str]) {
            let found = other_calls(&serde_json::from_value(changes.clone()).unwrap());
            let is_so = found.len() == expect.len() && found.iter().zip(expect).all(|(so, part)| so.contains(part));
            assert!(is_so, "{changes}: {found:?}");
        }
        let policy = |attempts, age_s| {
            let policy = json!({ "MaximumRetryAttempts": attempts, "MaximumEventAgeInSeconds": age_s });
            json!({ "Target": { "RetryPolicy": policy }, "FlexibleTimeWindow": { "Mode": "OFF" } })
        };
        check(&json!({}), &[]);
        check(&policy(185, 86_400), &[]);
        check(&policy(0, 86_400), &["tries a call again up to 0 times, and the stack's 185"]);
        check(&policy(0, 60), &["up to 0 times", "gives a call up after 60 s, and the stack's after 86400 s"]);
        let window = json!({ "FlexibleTimeWindow": { "Mode": "FLEXIBLE", "MaximumWindowInMinutes": 1440 } });
        check(&window, &["calls within 1440 min after its time"]);
        let template = include_str!("../../../../template.yaml");
        assert!(template.contains("FlexibleTimeWindow: { Mode: \"OFF\" }") && !template.contains("RetryPolicy"));
    }

    #[test]
    fn a_queue_may_forget_what_failed() {
        fn check(kept_s: Option<u64>, expect: (&str, bool)) {
            let (keeps, is_short) = keeps(&Queue { messages: 0, kept_s, policy: Value::Null });
            assert_eq!((keeps.as_str(), is_short), expect, "{kept_s:?}");
        }
        check(Some(KEPT_S), ("14 days", false));
        check(None, ("14 days", false));
        check(Some(60), ("1 min 0 s", true));
        check(Some(345_600), ("4 d 0 h", true));
        let template = include_str!("../../../../template.yaml");
        assert!(template.contains(&format!("MessageRetentionPeriod: {KEPT_S}\n")));
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
