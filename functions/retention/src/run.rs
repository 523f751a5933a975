//! One run: drops the days that are past retention, oldest first. With an archive, each is exported before. In the time that is
//! left, it makes sketches that are missing.

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime};

use archive::{ArchiveError, Exported, Objects as _, export_day, probe};
use record::Day;
use serde::Deserialize;
use store::{StoreError, StoreErrorKind};
use tracing::info;

use crate::bucket::Bucket;
use crate::context::Context;
use crate::report::{ArchivedDay, Exporting, HeldDay, Report};

/// The most days that a run drops. A stack that has kept years takes some runs. Who set `RetentionDays` too low has a chance to
/// see it in time.
const MAX_DAYS: usize = 30;
/// The time that is left when a run begins no further day, and no further part of an export.
const MARGIN: Duration = Duration::from_secs(30);
/// The same where days are exported: a part takes longer than a drop.
const EXPORT_MARGIN: Duration = Duration::from_mins(1);
/// The longest time that a run makes sketches: they can wait for the next one.
const SKETCH_TIME: Duration = Duration::from_mins(10);

/// What calls the function. The schedule sends `{}`; a person may ask for a dry run. Other fields are refused: one could be a
/// misspelt wish for a dry run.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(try_from = "BTreeMap<String, bool>")]
pub struct Event {
    /// Whether the run only says what it would drop.
    dry_run: bool,
}

/// A derived reader would take a list, too: `[]` as `{}`.
impl TryFrom<BTreeMap<String, bool>> for Event {
    type Error = String;

    fn try_from(mut fields: BTreeMap<String, bool>) -> Result<Self, String> {
        let dry_run = fields.remove("dry_run").unwrap_or_default();
        match fields.into_keys().next() {
            Some(other) => Err(format!("unknown field `{other}`: there is only `dry_run`")),
            None => Ok(Self { dry_run }),
        }
    }
}

/// A run ended early.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The days could not be listed.
    #[error("cannot list the days that are past retention")]
    List(#[source] StoreError),
    /// Which days have no sketches could not be read. What is past retention is dropped.
    #[error("cannot find the days that were filed without sketches")]
    Unsketched(#[source] StoreError),
    /// Sketches that others stand for could not be removed. What is past retention is dropped.
    #[error("cannot remove the sketches of older words")]
    Replaced(#[source] StoreError),
    /// The sketches of a day could not be made. What is past retention is dropped.
    #[error("cannot make the sketches of {day}, which was filed without: searches scan it")]
    Sketch {
        /// The day.
        day: Day,
        /// Why.
        #[source]
        source: StoreError,
    },
    /// The pins could not be kept up.
    #[error("cannot copy or remove pinned transactions")]
    Pins(#[source] StoreError),
    /// The holds could not be read or removed.
    #[error("cannot read which days are held")]
    Holds(#[source] StoreError),
    /// The archive cannot be used as a dry run tried it.
    #[error("the archive cannot be used, so no day would be dropped")]
    Probe(#[source] ArchiveError),
    /// A day could not be exported.
    #[error("{day} is not exported, so it is not dropped, after {dropped} days that are")]
    Archive {
        /// The day.
        day: Day,
        /// How many days were dropped before.
        dropped: usize,
        /// Why.
        #[source]
        source: ArchiveError,
    },
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
    /// Whether another address or password of MongoDB may help.
    #[must_use]
    pub fn is_of_address(&self) -> bool {
        let source = match self {
            Self::List(source)
            | Self::Unsketched(source)
            | Self::Replaced(source)
            | Self::Sketch { source, .. }
            | Self::Pins(source)
            | Self::Holds(source)
            | Self::Drop { source, .. } => Some(source),
            Self::Probe(source) | Self::Archive { source, .. } => source.store(),
        };
        source.is_some_and(StoreError::is_of_address)
    }
}

/// What became of a day.
enum Outcome {
    Dropped,
    /// Its export goes on in the next run.
    OutOfTime,
    /// It stays.
    Kept,
}

/// Drops the days that are past retention: those before the `RetentionDays` days before today. Then makes sketches that are
/// missing. Ends before the deadline.
pub async fn run(context: &Context, event: Event, deadline: SystemTime) -> Result<Report, RunError> {
    let oldest = Day::today().minus(context.config.days);
    let dry_run = context.config.is_dry_run || event.dry_run;
    let mut report = Report { dry_run, first_kept: oldest.to_string(), ..Report::default() };
    if !dry_run {
        let now = SystemTime::now().into();
        let pins = context.store.remove_ended_pins(now).await.map_err(RunError::Pins)?;
        let holds = context.store.remove_ended_holds(now).await.map_err(RunError::Holds)?;
        if pins > 0 || holds > 0 {
            info!(pins, holds, "pins and holds that ended are removed");
        }
    }
    if dry_run && let Some(bucket) = &context.archive {
        let layout = bucket.layout(context.store.collection_prefix());
        report.probed = Some(probe(bucket, layout).await.map_err(RunError::Probe)?);
    }
    let mut days = context.store.days_before(oldest).await.map_err(RunError::List)?;
    let holds = context.store.holds(SystemTime::now().into()).await.map_err(RunError::Holds)?;
    for hold in holds {
        if let Some(at) = days.iter().position(|day| *day == hold.day) {
            days.remove(at);
            report.held.push(HeldDay { day: hold.day.to_string(), until: hold.until.to_string(), reason: hold.reason });
        }
    }
    let margin = if context.archive.is_some() { EXPORT_MARGIN } else { MARGIN };
    let has_time = move || deadline.duration_since(SystemTime::now()).is_ok_and(|left| left >= margin);
    for day in days.iter().take(MAX_DAYS) {
        if !has_time() {
            break;
        }
        if dry_run {
            report.dropped.push(day.to_string());
            continue;
        }
        match end(context, *day, &has_time, &mut report).await? {
            Outcome::Dropped => report.dropped.push(day.to_string()),
            Outcome::OutOfTime => break,
            Outcome::Kept => {}
        }
    }
    report.left = days.len() - report.dropped.len();
    let Report { first_kept, dropped, left, held, archived, changing, .. } = &report;
    let (held, archived) = (held.len(), archived.len());
    info!(
        dry_run,
        first_kept,
        days = dropped.join(" "),
        left,
        held,
        archived,
        changing = changing.join(" "),
        "retention"
    );
    if !dry_run {
        report.sketched = sketch(context, oldest, deadline).await?;
    }
    Ok(report)
}

/// Makes sketches of days that were filed without, the newest first: a search scans such a day. Returns the days that are
/// whole now. A day that takes longer goes on in the next run. A day that fails keeps no older one from its sketches.
async fn sketch(context: &Context, first_kept: Day, deadline: SystemTime) -> Result<Vec<String>, RunError> {
    let now = SystemTime::now();
    let deadline = deadline.checked_sub(MARGIN).unwrap_or(now).min(now + SKETCH_TIME);
    let (mut sketched, mut failed) = (Vec::new(), None);
    let removed = context.store.remove_replaced_sketches().await.map_err(RunError::Replaced)?;
    if removed > 0 {
        info!(removed, "sketches of older words are removed");
    }
    for day in context.store.days_without_sketches().await.map_err(RunError::Unsketched)? {
        if day < first_kept || SystemTime::now() >= deadline {
            break;
        }
        match context.store.fill_sketches(day, deadline).await {
            Ok(filled) => {
                info!(day = day.to_string(), records = filled.records, whole = filled.is_whole, "sketches made");
                sketched.extend(filled.is_whole.then(|| day.to_string()));
            }
            Err(source) => {
                let is_of_day = source.kind() == StoreErrorKind::Other;
                failed.get_or_insert(RunError::Sketch { day, source });
                if !is_of_day {
                    break;
                }
            }
        }
    }
    failed.map_or(Ok(sketched), Err)
}

/// Exports a day if there is an archive, and drops it.
async fn end(
    context: &Context,
    day: Day,
    has_time: &(dyn Fn() -> bool + Sync),
    report: &mut Report,
) -> Result<Outcome, RunError> {
    let (store, dropped) = (&context.store, report.dropped.len());
    let mut exported = None;
    if let Some(bucket) = &context.archive {
        let outcome = export(context, bucket, day, has_time).await;
        match outcome.map_err(|source| RunError::Archive { day, dropped, source })? {
            Exported::Done { manifest, key, is_old } => {
                let manifest_key = bucket.address(&key);
                info!(day = day.to_string(), records = manifest.records, manifest_key, is_old, "day exported");
                exported =
                    Some(ArchivedDay { day: day.to_string(), records: manifest.records, manifest: manifest_key });
            }
            Exported::OutOfTime { records } => {
                info!(day = day.to_string(), records, "the export goes on in the next run");
                report.exporting = Some(Exporting { day: day.to_string(), records });
                return Ok(Outcome::OutOfTime);
            }
            Exported::Changing => {
                report.changing.push(day.to_string());
                return Ok(Outcome::Kept);
            }
        }
    }
    // What was filed since the pin was made is kept, too.
    store.copy_pinned(day).await.map_err(RunError::Pins)?;
    let holds = store.holds(SystemTime::now().into()).await.map_err(RunError::Holds)?;
    if holds.iter().any(|hold| hold.day == day) {
        return Ok(Outcome::Kept);
    }
    let failed = |source| RunError::Drop { day, dropped, source };
    if let Some(exported) = &exported {
        // Right before: the export may have taken long.
        if store.count_all(day).await.map_err(failed)? != exported.records {
            report.changing.push(day.to_string());
            return Ok(Outcome::Kept);
        }
    }
    store.drop_day(day).await.map_err(failed)?;
    info!(day = day.to_string(), "day dropped");
    report.archived.extend(exported);
    Ok(Outcome::Dropped)
}

async fn export(
    context: &Context,
    bucket: &Bucket,
    day: Day,
    has_time: &(dyn Fn() -> bool + Sync),
) -> Result<Exported, ArchiveError> {
    let layout = bucket.layout(context.store.collection_prefix());
    export_day(&context.store, bucket, layout, day, has_time).await
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
        check(r#"{"dry_run": true}"#, true);
        check(r#"{"dry_run": false}"#, false);
        for wrong in [
            r#"{"dry_run": "yes"}"#,
            r#"{"dryRun": true}"#,
            r#"{"dry-run": true}"#,
            r#"{"DryRun": true}"#,
            "1",
            "[]",
            "[true]",
        ] {
            assert!(serde_json::from_str::<Event>(wrong).is_err(), "{wrong}");
        }
    }
}
