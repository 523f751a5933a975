//! Checks the archive: its bucket, whether retention may write there, and whether days wait for their export.

mod bucket;
mod judge;

use archive::{ArchiveError, Objects as _, days, exports_of};
use jiff::{SignedDuration, Timestamp};
use record::Day;
use runtime::ArchivePlace;
use runtime::telemetry::chain;
use serde_json::Value;
use store::Store;

pub(super) use self::bucket::{Encryption, encryption, openness, policy};
use self::bucket::{Look, look};
use self::judge::Bucket;
pub(super) use self::judge::is_same_key;
use super::Deployment;
use super::finding::Report;
use super::function::DeployedFunction;
use super::policy::Asked;
use super::resources::{self, Resource};
use super::retention::{RUNBOOK, late_days};
use crate::archive_bucket::ArchiveBucket;
use crate::error::Error;
use crate::render::{count, duration};
use crate::services::Services;

const CHECK: &str = "archive";
/// What retention does with the objects in the bucket, and with the bucket.
const OF_OBJECTS: [&str; 2] = ["s3:PutObject", "s3:GetObject"];
const LIST: &str = "s3:ListBucket";
/// What a look at the bucket takes.
const NEEDS: &str = "s3:ListBucket, s3:GetBucketPublicAccessBlock, s3:GetBucketPolicyStatus, s3:GetBucketVersioning and \
                     s3:GetEncryptionConfiguration";
/// How many of the newest days are asked when they were exported. Retention exports the oldest first.
const NEWEST: usize = 3;
/// How long the last export may be over while days wait. Retention runs every hour, and a run does what it can.
const MAY_REST: SignedDuration = SignedDuration::from_hours(24);
/// How long ago retention may have been deployed or changed without an export: its next run, and the time for a day.
const FIRST_EXPORT: SignedDuration = SignedDuration::from_hours(2);

/// Checks the archive. Needs the settings of the retention function.
pub(super) async fn check(
    services: &Services,
    deployment: &Deployment,
    retention: Option<&DeployedFunction>,
    store: Option<&Store>,
    report: &mut Report,
) -> Result<(), Error> {
    let Some(found) = retention else {
        let parameter = |name: &str| deployment.parameters.get(name).map(String::as_str);
        let bucket = parameter("ArchiveBucket").filter(|bucket| !bucket.is_empty());
        let (Some(bucket), Some("0")) = (bucket, parameter("RetentionDays")) else { return Ok(()) };
        let what = format!("ArchiveBucket is {bucket}, and RetentionDays is 0: nothing is exported");
        return report.warning(CHECK, what, "set RetentionDays, or export days with `logbraid archive`");
    };
    let place = match ArchivePlace::from_environment(&found.environment) {
        Ok(Some(place)) => place,
        Ok(None) => return report.fine(CHECK, "off: days are dropped for good (there is no ArchiveBucket)"),
        Err(error) => {
            return super::settings::unusable(CHECK, &error, &found.environment, &deployment.parameters, report);
        }
    };
    let Ok(archive) = ArchiveBucket::at(place.clone()).await else { return report.skipped(CHECK, super::NO_AWS) };
    let facts = match look(archive.client(), &place.bucket).await {
        Look::There(facts) => facts,
        Look::Missing => {
            let what = format!("there is no bucket {}: no day is exported, so none is dropped", place.bucket);
            return report.problem(CHECK, what, "create it, or deploy with another ArchiveBucket");
        }
        Look::Denied => return report.skipped(CHECK, format!("not checked: it needs {NEEDS}")),
        Look::Failed(why) => return report.problem(CHECK, why, "run the command again"),
    };
    let is_there = facts.region.as_deref().is_none_or(|region| region == services.region());
    let may = if is_there { may(services, found, &place).await } else { Vec::new() };
    let key = deployment.parameters.get("ArchiveKmsKeyArn").map_or("", String::as_str);
    let judged = Bucket { name: &place.bucket, place: archive.address(&place.prefix), key, may, facts: &facts };
    let mut findings = judged.findings(services.region());
    if is_there {
        match policy(archive.client(), &place.bucket).await {
            Some(policy) => findings.extend(refused(found, &place, &policy)),
            None => report.skipped(CHECK, "the bucket's policy is not checked: it needs s3:GetBucketPolicy")?,
        }
    }
    for (is_broken, what, todo) in &findings {
        report.fault(CHECK, *is_broken, what, todo)?;
    }
    if findings.is_empty() {
        report.fine(CHECK, judged.as_it_is())?;
    }
    match store {
        Some(store) if is_there => check_exports(&archive, found, store, report).await,
        _ => Ok(()),
    }
}

/// Asks whether retention's role may do what it does in a place. Its policy is for the names in the folder of the stack.
async fn may(services: &Services, found: &DeployedFunction, place: &ArchivePlace) -> Vec<(&'static str, Option<bool>)> {
    let ArchivePlace { bucket, prefix, .. } = place;
    let object = format!("{bucket}/{prefix}x");
    let mut may = Vec::new();
    for action in OF_OBJECTS {
        may.push((action, found.may_in_s3(services, action, &object).await));
    }
    let listed = services.may_list(&found.role, &found.in_s3(bucket), &format!("{prefix}x")).await;
    may.push((LIST, listed.ok().flatten()));
    may
}

/// Returns what the policy of the bucket refuses to retention's role.
fn refused(found: &DeployedFunction, place: &ArchivePlace, policy: &Value) -> Option<(bool, String, String)> {
    let ArchivePlace { bucket, prefix, .. } = place;
    let (bucket_arn, object) = (found.in_s3(bucket), found.in_s3(&format!("{bucket}/{prefix}x")));
    let all = OF_OBJECTS.into_iter().map(|action| (action, object.as_str())).chain([(LIST, bucket_arn.as_str())]);
    let asked = all.map(|(action, resource)| ("the role of retention", Asked::of_role(&found.role, action, resource)));
    let so = "no day is exported, so none is dropped";
    resources::fault(Resource::Bucket(bucket), policy, &asked.collect::<Vec<_>>(), so)
}

/// Checks whether exports keep up with the days that are past retention.
async fn check_exports(
    archive: &ArchiveBucket,
    found: &DeployedFunction,
    store: &Store,
    report: &mut Report,
) -> Result<(), Error> {
    // Bad settings are reported already.
    let Ok(config) = found.environment.check_retention() else { return Ok(()) };
    if config.is_dry_run {
        return report.fine(CHECK, "RetentionDryRun is on: no day is exported");
    }
    let exported = match last_export(archive, store.collection_prefix()).await {
        Ok(exported) => exported,
        Err(error) => {
            let todo = "may you list and read the bucket (s3:ListBucket, s3:GetObject)?";
            return report.warning(CHECK, chain(&error), todo);
        }
    };
    for address in &exported.damaged {
        report.problem(
            CHECK,
            format!("{address} is damaged"),
            "docs/archive.md#commands says what is left of such an export",
        )?;
    }
    // The store is asked for the same days by the check of retention, which reports an error.
    let Ok(late) = late_days(store, super::retention::first_kept(config)).await else { return Ok(()) };
    let ago = |time: Timestamp| Timestamp::now().duration_since(time);
    let exports = Exports { late, days: exported.days, last: exported.last.map(ago), changed: found.changed.map(ago) };
    match exports.judge() {
        (true, what) => report.problem(CHECK, what, RUNBOOK),
        (false, what) => report.fine(CHECK, what),
    }
}

/// What is exported, and what waits for it.
struct Exports {
    /// The days that wait.
    late: Vec<Day>,
    /// How many days are exported.
    days: usize,
    /// How long ago the last export ended.
    last: Option<SignedDuration>,
    /// How long ago retention was deployed or changed.
    changed: Option<SignedDuration>,
}

impl Exports {
    /// Returns whether days wait for too long, and what is so.
    fn judge(&self) -> (bool, String) {
        let ago = |ago: SignedDuration| format!("{} ago", duration(ago.as_secs_f64() * 1_000.0));
        let ended = |last| format!("the last export ended {}", ago(last));
        let last = self.last.map_or_else(|| "there is no export yet".to_owned(), ended);
        let has_rested = self.last.is_none_or(|last| last > MAY_REST);
        let Some(oldest) = self.late.first().filter(|_| has_rested) else {
            return (false, format!("it has {}, and {last}", count(self.days as u64, "day")));
        };
        let verb = if self.late.len() == 1 { "waits" } else { "wait" };
        let days = count(self.late.len() as u64, "day");
        let what = format!("{days} {verb} to be exported, the oldest {oldest}, and {last}");
        match self.changed.filter(|changed| *changed <= FIRST_EXPORT) {
            Some(changed) => (false, format!("{what}: retention was deployed {}, and runs each hour", ago(changed))),
            None => (true, what),
        }
    }
}

/// What was exported.
struct LastExport {
    days: usize,
    /// When the last export ended, among those of the newest days.
    last: Option<Timestamp>,
    /// The addresses of manifests of the newest days that cannot be read.
    damaged: Vec<String>,
}

async fn last_export(archive: &ArchiveBucket, prefix: &str) -> Result<LastExport, ArchiveError> {
    let layout = archive.layout(prefix);
    let days: Vec<Day> = days(archive, layout).await?;
    let (mut last, mut damaged) = (None, Vec::new());
    for day in days.iter().rev().take(NEWEST) {
        let of_day = exports_of(archive, layout, *day).await?;
        last = last.max(of_day.exports.iter().filter_map(|export| export.manifest.finished).max());
        damaged.extend(of_day.damaged.into_iter().map(|damaged| damaged.address));
    }
    Ok(LastExport { days: days.len(), last, damaged })
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::Exports;

    #[test]
    fn days_wait_for_too_long_or_not() {
        fn check(late: usize, last: Option<i64>, changed: Option<i64>, expect: (bool, &str)) {
            let late: Vec<_> = ["2026-08-01", "2026-08-02"].iter().take(late).map(|day| day.parse().unwrap()).collect();
            let exports = Exports {
                late,
                days: 3,
                last: last.map(SignedDuration::from_hours),
                changed: changed.map(SignedDuration::from_hours),
            };
            let (is_problem, what) = exports.judge();
            assert!((is_problem, what.contains(expect.1)) == (expect.0, true), "{what}");
        }
        check(0, None, Some(99), (false, "it has 3 days, and there is no export yet"));
        check(2, Some(24), Some(99), (false, "it has 3 days, and the last export ended"));
        check(2, Some(25), Some(99), (true, "2 days wait to be exported, the oldest 2026-08-01, and the last export"));
        check(
            1,
            None,
            Some(99),
            (true, "1 day waits to be exported, the oldest 2026-08-01, and there is no export yet"),
        );
        check(1, None, None, (true, "there is no export yet"));
        // The archive was just turned on.
        check(1, None, Some(0), (false, "there is no export yet: retention was deployed"));
        check(2, Some(99), Some(2), (false, "and runs each hour"));
        check(1, None, Some(3), (true, "1 day waits"));
    }
}
