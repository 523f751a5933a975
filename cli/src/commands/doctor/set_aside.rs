//! Checks what was set aside: the quarantine and the on-failure bucket.

use std::time::Duration;

use aws_sdk_s3::error::ProvideErrorMetadata as _;
use record::{Day, EventTime, REFUSED_BY_MONGODB};
use runtime::{given_up_at, telemetry::chain};
use store::{IdRange, QuarantineLookup, Store, StoreError};

use super::archive::{self, openness};
use super::finding::{Report, enumerated};
use super::policy::Asked;
use super::resources::{self, Resource};
use super::{function, lifecycle};
use crate::aws;
use crate::error::Error;
use crate::render::count;
use crate::services::Services;

const QUARANTINE: &str = "quarantine";
const BUCKET: &str = "bucket";
/// How far back the quarantine counts.
const LAST: Duration = Duration::from_hours(24);
/// The share of payloads in the quarantine that is a problem: what the alarm `quarantined` goes off at by default.
const MAX_PERCENT: u64 = 1;
/// How many reasons are named.
const MAX_REASONS: usize = 3;
const MAX_TIME: Duration = Duration::from_secs(20);
/// The beginning of the keys of batches that Lambda gave up.
const KEY_PREFIX: &str = "aws/lambda/";
/// What Lambda does with the bucket, by the role of ingest.
const WRITE: &str = "s3:PutObject";
const LIST: &str = "s3:ListBucket";
/// What comes of a bucket that takes nothing.
const LOST: &str = "batches that are given up are lost";
/// The most objects that are counted: one page of S3.
const MAX_OBJECTS: u64 = 1_000;

/// Checks how much arrived within a day that could not become log records.
pub(super) async fn check_quarantine(store: Option<&Store>, report: &mut Report) -> Result<(), Error> {
    let Some(store) = store else { return report.skipped(QUARANTINE, "not checked: it needs MongoDB") };
    let found = match look(store).await {
        Ok(found) => found,
        Err(error) => return report.store_failed(QUARANTINE, &error),
    };
    let Counted { mut reasons, records } = found;
    let set_aside: u64 = reasons.iter().map(|(_, count)| count).sum();
    if set_aside == 0 {
        return report.fine(QUARANTINE, "nothing was set aside within 24 hours");
    }
    reasons.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    let named: Vec<String> =
        reasons.iter().take(MAX_REASONS).map(|(reason, count)| format!("{count} {reason}")).collect();
    let what = format!("{} set aside within 24 hours: {}", count(set_aside, "payload"), named.join(", "));
    let todo = todo(&reasons.iter().map(|(reason, _)| reason.as_str()).collect::<Vec<_>>());
    if set_aside * 100 > (records + set_aside) * MAX_PERCENT {
        return report.problem(QUARANTINE, format!("{what}, more than {MAX_PERCENT} % of what arrived"), todo);
    }
    report.warning(QUARANTINE, what, todo)
}

/// Returns what to do about payloads that were set aside for these reasons.
fn todo(reasons: &[&str]) -> &'static str {
    match reasons.iter().filter(|reason| **reason == REFUSED_BY_MONGODB).count() {
        0 => "`logbraid quarantine` shows who sends them; correct the senders, then `logbraid redrive`",
        refused if refused == reasons.len() => {
            "`logbraid quarantine` shows what MongoDB says: a validator or an index of the day refuses them, and no sender can correct that: \
             docs/runbook.md#quarantined"
        }
        _ => {
            "`logbraid quarantine` shows who sends them; correct the senders, and what MongoDB names where it refused \
             (docs/runbook.md#quarantined), then `logbraid redrive`"
        }
    }
}

struct Counted {
    /// The quarantined payloads by reason.
    reasons: Vec<(String, u64)>,
    /// The records of the days in question.
    records: u64,
}

async fn look(store: &Store) -> Result<Counted, StoreError> {
    let now = EventTime::now();
    let since = now.before(LAST);
    let ids = IdRange::of_time(Some(since), None);
    let counts = store.quarantine_counts(&QuarantineLookup { ids, reasons: Vec::new(), max_time: MAX_TIME }).await?;
    let reasons =
        counts.into_iter().map(|own| (own.reason.unwrap_or_else(|| "without a reason".to_owned()), own.count));
    let mut days = store.days().await?;
    days.retain(|day| *day >= Day::of(since));
    let records = store.day_statistics(&days, MAX_TIME).await?.iter().map(|(_, size)| size.records).sum();
    Ok(Counted { reasons: reasons.collect(), records })
}

/// Checks whether the role of ingest, with which Lambda writes batches that it gives up, may do so.
pub(super) async fn check_role(
    services: &Services,
    ingest: &function::DeployedFunction,
    name: &str,
    report: &mut Report,
) -> Result<(), Error> {
    let object = format!("{name}/{KEY_PREFIX}x");
    let mut allowed = Vec::new();
    for (action, place) in [(WRITE, object.as_str()), (LIST, name)] {
        allowed.push((action, ingest.may_in_s3(services, action, place).await));
    }
    if let Some(what) = lacking(name, &allowed) {
        report.problem(BUCKET, what, "restore the policy keep-failed-batches: docs/runbook.md#lost")?;
    }
    check_policy(ingest, (name, &object), report).await
}

/// Checks whether the policy of the bucket refuses that.
async fn check_policy(
    ingest: &function::DeployedFunction,
    (name, object): (&str, &str),
    report: &mut Report,
) -> Result<(), Error> {
    let Ok(client) = aws::s3().await else { return Ok(()) };
    let Some(policy) = archive::policy(&client, name).await else {
        return report.skipped(BUCKET, "its policy is not checked: it needs s3:GetBucketPolicy");
    };
    let (bucket, object) = (ingest.in_s3(name), ingest.in_s3(object));
    let asked = [(WRITE, &object), (LIST, &bucket)];
    let asked = asked.map(|(action, place)| ("the role of ingest", Asked::of_role(&ingest.role, action, place)));
    match resources::fault(Resource::Bucket(name), &policy, &asked, LOST) {
        Some((is_certain, what, todo)) => report.fault(BUCKET, is_certain, what, todo),
        None => Ok(()),
    }
}

/// Returns in words what the role lacks; `None` if it lacks nothing that is known. Without an answer, nothing is known.
fn lacking(name: &str, allowed: &[(&str, Option<bool>)]) -> Option<String> {
    let refused: Vec<&str> = allowed.iter().filter(|(_, may)| *may == Some(false)).map(|(action, _)| *action).collect();
    (!refused.is_empty()).then(|| format!("the role of ingest may not do {} in {name}: {LOST}", enumerated(&refused)))
}

/// Checks whether batches wait in the on-failure bucket, and are kept there. `days` is how long the stack keeps them.
pub(super) async fn check_bucket(name: Option<&str>, days: Option<&str>, report: &mut Report) -> Result<(), Error> {
    let Some(name) = name else { return report.skipped(BUCKET, "not checked: its name is not known") };
    let Ok(client) = aws::s3().await else { return report.skipped(BUCKET, super::NO_AWS) };
    let listed = client.list_objects_v2().bucket(name).prefix(KEY_PREFIX).send().await;
    let listed = match listed {
        Ok(listed) => listed,
        Err(error) => {
            return match error.code() {
                Some("AccessDenied" | "Forbidden") => report.skipped(BUCKET, "not checked: it needs s3:ListBucket"),
                Some("NoSuchBucket") => report.problem(
                    BUCKET,
                    format!("there is no bucket {name}: {LOST}"),
                    "create it again with this name, closed to the public and with its rule that deletes: docs/runbook.md#lost",
                ),
                _ => report.problem(BUCKET, chain(&error), "run the command again"),
            };
        }
    };
    // It holds records as they were sent: what is to be masked is not masked yet.
    match openness(&client, name).await.finding(name, "the records in it, which are not redacted") {
        Some((true, what, todo)) => report.problem(BUCKET, what, todo)?,
        Some((false, what, todo)) => report.warning(BUCKET, what, todo)?,
        None => {}
    }
    lifecycle::check(BUCKET, &client, (name, KEY_PREFIX), days, report).await?;
    let keys = listed.contents().iter().filter_map(|object| object.key());
    let batches = keys.filter(|key| given_up_at(key).is_some()).count() as u64;
    if batches == 0 {
        return report.fine(BUCKET, format!("no batch waits in {name}"));
    }
    let more = if batches >= MAX_OBJECTS { "at least " } else { "" };
    let (verb, them) = if batches == 1 { ("waits", "it") } else { ("wait", "them") };
    let batches = format!("{more}{}", if batches == 1 { "1 batch".to_owned() } else { format!("{batches} batches") });
    let what = format!("{batches} {verb} in {name}: Lambda gave {them} up, and the records are missing in answers");
    report.problem(BUCKET, what, format!("logbraid redrive --bucket {name}"))
}

#[cfg(test)]
mod tests {
    use super::{lacking, todo};

    #[test]
    fn what_mongodb_refused_is_no_fault_of_senders() {
        fn check(reasons: &[&str], senders: bool, refusal: bool) {
            let todo = todo(reasons);
            assert_eq!(
                (todo.contains("correct the senders"), todo.contains("MongoDB")),
                (senders, refusal),
                "{reasons:?}"
            );
        }
        check(&["bad_json", "empty"], true, false);
        check(&["refused_by_mongodb"], false, true);
        check(&["bad_json", "refused_by_mongodb"], true, true);
    }

    #[test]
    fn a_role_that_may_not_write_is_named() {
        fn check(write: Option<bool>, list: Option<bool>, expect: Option<&str>) {
            let found = lacking("failed", &[("s3:PutObject", write), ("s3:ListBucket", list)]);
            assert_eq!(found.as_deref().and_then(|what| what.split_once(" in ")).map(|(begin, _)| begin), expect);
        }
        check(Some(true), Some(true), None);
        check(None, None, None);
        check(Some(false), Some(true), Some("the role of ingest may not do s3:PutObject"));
        check(Some(false), None, Some("the role of ingest may not do s3:PutObject"));
        check(Some(false), Some(false), Some("the role of ingest may not do s3:PutObject and s3:ListBucket"));
    }
}
