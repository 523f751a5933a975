//! `logbraid restore`: brings days or a transaction back from the archive.

use std::collections::BTreeMap;

use archive::{
    Archived, ArchivedDay, FoundTransaction, RestoredDay, days, exports_of, find_transaction, may_have, restore_day,
    transaction_exports,
};
use record::{Day, EventTime, LogUid};
use runtime::telemetry::chain;
use serde_json::json;
use store::{ErasedRecords, MAX_PINNED_RECORDS, RESTORED, Store};

use super::archive::{report, report_unfinished};
use super::hold::{Held, hold_day};
use crate::archive_bucket::ArchiveBucket;
use crate::args::RestoreArgs;
use crate::error::Error;
use crate::exit::Exit;
use crate::progress::Progress;
use crate::render::{count, visible};
use crate::stderr;
use crate::stdout::print_line;
use crate::store_connection::{collection_prefix, connect};

/// The number of conflicting ids that are named. Further ones are only counted.
const MAX_NAMED: usize = 10;

/// Restores days or a transaction.
pub(crate) async fn run(args: &RestoreArgs) -> Result<Exit, Error> {
    if let (Some(from), Some(to)) = (args.from, args.to)
        && from > to
    {
        return Err(Error::EmptyRange { from, to });
    }
    let bucket = ArchiveBucket::open(&args.place).await?;
    // A dry run needs no MongoDB.
    let store = if args.dry_run { None } else { Some(connect().await?.0) };
    if let Some(uid) = &args.uid {
        return transaction(args, &bucket, store.as_ref(), uid).await;
    }
    let prefix = collection_prefix()?;
    let wanted = match (args.from, args.to) {
        (Some(from), Some(to)) => {
            let all = days(&bucket, bucket.layout(&prefix)).await.map_err(Error::Archive)?;
            all.into_iter().filter(|day| (from..=to).contains(day)).collect()
        }
        _ => args.days.clone(),
    };
    let mut exit = if wanted.is_empty() { Exit::Nothing } else { Exit::Done };
    for day in wanted {
        exit = exit.worse(one_day(args, &bucket, store.as_ref(), day, &prefix).await?);
    }
    Ok(exit)
}

async fn one_day(
    args: &RestoreArgs,
    bucket: &ArchiveBucket,
    store: Option<&Store>,
    day: Day,
    prefix: &str,
) -> Result<Exit, Error> {
    let found = exports_of(bucket, bucket.layout(prefix), day).await.map_err(Error::Archive)?;
    let ArchivedDay { exports, damaged, unfinished, .. } = found;
    let is_damaged = report(&damaged);
    report_unfinished(&day.to_string(), unfinished);
    if exports.is_empty() {
        let is_known = is_damaged || unfinished > 0;
        let what = if is_known { "no export of it that can be restored" } else { "no export of it" };
        stderr::print(format_args!("{day}: the archive has {what}"));
        return Ok(if is_known { Exit::Remaining } else { Exit::Nothing });
    }
    let mut held = None;
    if let Some(store) = store {
        if !args.with_erased && has_erased(store, day, &exports, &day.to_string()).await? {
            return Ok(Exit::Remaining);
        }
        // First: retention must not drop the day while it comes back.
        held = Some(hold_day(store, day, args.keep, args.reason.as_deref(), RESTORED).await?);
    }
    let total = exports.iter().map(|export| export.manifest.records).sum();
    let mut progress = Progress::new("records", Some(total));
    let outcome = restore_day(store, bucket, day, &exports, |records| progress.advance(records)).await;
    let RestoredDay { restored, read, damaged } = outcome.map_err(Error::Archive)?;
    drop(progress);
    for part in &damaged {
        stderr::print(format_args!("{}; nothing of it is restored", chain(part)));
    }
    let is_there = restored.stored + restored.duplicates > 0 || !restored.conflicts.is_empty();
    if let Some((store, Held { is_new: true, .. })) = store.zip(held.as_ref())
        && !is_there
    {
        store.release(day).await.map_err(Error::Holds)?;
        held = None;
    }
    for id in restored.conflicts.iter().take(MAX_NAMED) {
        stderr::print(format_args!("{id} is not restored: another record has this id"));
    }
    let conflicts = restored.conflicts.len();
    if args.json {
        let until = held.map(|held| held.until.to_string());
        let line = json!({
            "day": day.to_string(), "exports": exports.len(), "read": read, "restored": restored.stored,
            "duplicates": restored.duplicates, "conflicts": conflicts, "damaged_parts": damaged.len(),
            "held_until": until, "dry_run": args.dry_run,
        });
        print_line(&line.to_string())?;
    } else {
        let text =
            if store.is_some() { line(&restored, held) } else { dry_line(read, exports.len(), args.with_erased) };
        print_line(&format!("{day}: {text}"))?;
    }
    Ok(if is_damaged || conflicts > 0 || !damaged.is_empty() { Exit::Remaining } else { Exit::Done })
}

/// Whether records of a day were erased after the first of its exports began: they may be in it. They would come back with what is to
/// be restored, so this says how many.
async fn has_erased(store: &Store, day: Day, exports: &[Archived], what: &str) -> Result<bool, Error> {
    // An export of a transaction may have records of any day.
    let of_day = exports.iter().map(|export| &export.manifest).filter(|of| of.day().is_none_or(|of| of == day));
    let began = of_day.map(|manifest| manifest.started).min();
    let Some(began) = began.and_then(|time| EventTime::from_micros(time.as_microsecond())) else {
        return Ok(false);
    };
    let erased = store.erased_from(day, began).await.map_err(Error::Erase)?;
    if let Some(ErasedRecords { count: number, last }) = erased {
        let (records, were) = (count(number, "record"), if number == 1 { "was" } else { "were" });
        stderr::print(format_args!(
            "{what} is not restored: {records} of {day} {were} erased after it was exported, the last at {last}, and would come \
             back. Give --with-erased to restore it all the same, and erase them again"
        ));
    }
    Ok(erased.is_some())
}

fn dry_line(read: u64, exports: usize, with_erased: bool) -> String {
    let (records, unless) = (count(read, "record"), unless_erased(with_erased));
    if exports > 1 {
        return format!("{records} of {exports} exports would be restored, each once{unless}");
    }
    format!("{records} would be restored{unless}")
}

/// Returns what a dry run cannot say: MongoDB knows what was erased, and is not asked.
fn unless_erased(with_erased: bool) -> &'static str {
    if with_erased { "" } else { ", unless some were erased since their export" }
}

fn line(restored: &store::Restored, held: Option<Held>) -> String {
    let stored = count(restored.stored, "record");
    let mut rest = String::new();
    if restored.duplicates > 0 {
        rest = format!(", {} there already", count(restored.duplicates, "record"));
    }
    if !restored.conflicts.is_empty() {
        rest = format!("{rest}, {} not: others have their ids", count(restored.conflicts.len() as u64, "record"));
    }
    let held = held.map(|held| format!(", held until {}", held.until)).unwrap_or_default();
    format!("{stored} restored{rest}{held}")
}

async fn transaction(
    args: &RestoreArgs,
    bucket: &ArchiveBucket,
    store: Option<&Store>,
    uid: &str,
) -> Result<Exit, Error> {
    let uid = LogUid::parse(uid).map_err(|problem| Error::NotAUid { problem: problem.to_string() })?;
    let prefix = collection_prefix()?;
    let layout = bucket.layout(&prefix);
    let ArchivedDay { mut exports, damaged, .. } =
        transaction_exports(bucket, layout, &uid).await.map_err(Error::Archive)?;
    let mut is_damaged = report(&damaged);
    let of_days =
        if args.day.is_empty() { days(bucket, layout).await.map_err(Error::Archive)? } else { args.day.clone() };
    for day in of_days {
        let of_day = exports_of(bucket, layout, day).await.map_err(Error::Archive)?;
        is_damaged |= report(&of_day.damaged);
        for export in of_day.exports {
            if may_have(bucket, &export, &uid).await.map_err(Error::Archive)? {
                exports.push(export);
            }
        }
    }
    let found = read(bucket, &exports, &uid).await?;
    is_damaged |= !found.damaged.is_empty();
    if found.records.is_empty() {
        stderr::print("the archive has no record that carries this uid");
        return Ok(if is_damaged { Exit::Remaining } else { Exit::Nothing });
    }
    if found.records.len() as u64 > MAX_PINNED_RECORDS {
        let problem = format!("the transaction has more than {MAX_PINNED_RECORDS} records: restore its days");
        return Err(Error::NotAUid { problem });
    }
    let mut records: BTreeMap<Day, u64> = BTreeMap::new();
    for id in found.records.keys() {
        if let Some(time) = record::time_of(*id) {
            *records.entry(Day::of(time)).or_default() += 1;
        }
    }
    let mut until = None;
    if let Some(store) = store {
        for day in records.keys().filter(|_| !args.with_erased) {
            if has_erased(store, *day, &exports, &visible(uid.as_str())).await? {
                return Ok(Exit::Remaining);
            }
        }
        let (documents, now) = (found.records.into_values().collect::<Vec<_>>(), EventTime::now());
        let pin = store.restore_pin(&uid, args.reason.as_deref(), args.keep.after(now), now, &documents).await;
        until = pin.map_err(Error::Holds)?.ok_or(Error::TooManyPins)?.until.map(|until| until.to_string());
    }
    let (all, in_days) = (records.values().sum::<u64>(), count(records.len() as u64, "day"));
    if args.json {
        let days: BTreeMap<String, u64> = records.iter().map(|(day, count)| (day.to_string(), *count)).collect();
        let line = json!({
            "log_uid": uid.as_str(), "restored": all, "days": days, "pinned_until": until, "dry_run": args.dry_run,
        });
        print_line(&line.to_string())?;
    } else {
        let all = count(all, "record");
        let name = visible(uid.as_str());
        let would = match until {
            _ if store.is_none() => format!("would be restored{}", unless_erased(args.with_erased)),
            Some(until) => format!("restored, pinned until {until}"),
            None => "restored, pinned for good".to_owned(),
        };
        print_line(&format!("{name}: {all} of {in_days} {would}"))?;
    }
    Ok(if is_damaged { Exit::Remaining } else { Exit::Done })
}

async fn read(bucket: &ArchiveBucket, exports: &[Archived], uid: &LogUid) -> Result<FoundTransaction, Error> {
    let total = exports.iter().map(|export| export.manifest.records).sum();
    let mut progress = Progress::new("records", Some(total));
    let advance = |records| progress.advance(records);
    let found = find_transaction(bucket, exports, uid, MAX_PINNED_RECORDS, advance).await.map_err(Error::Archive)?;
    for part in &found.damaged {
        stderr::print(format_args!("{}; nothing of it is restored", chain(part)));
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::dry_line;

    #[test]
    fn a_dry_run_does_not_promise_what_was_erased() {
        fn check(exports: usize, with_erased: bool, expect: &str) {
            assert_eq!(dry_line(45, exports, with_erased), expect);
        }
        check(1, true, "45 records would be restored");
        check(1, false, "45 records would be restored, unless some were erased since their export");
        check(2, true, "45 records of 2 exports would be restored, each once");
        check(
            2,
            false,
            "45 records of 2 exports would be restored, each once, unless some were erased since their export",
        );
    }
}
