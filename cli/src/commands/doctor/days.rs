//! Checks the newest days: their indexes, views and sketches. And the journal, and that no index deletes.

use record::{Day, EventTime};
use store::{ExpiringIndex, JournalFacts, JournalKind, MissingOfDay, Store};

use super::finding::Report;
use crate::error::Error;
use crate::render::count;

const CHECK: &str = "indexes";
const HOLDS: &str = "holds";
const JOURNAL: &str = "journal";
/// How many held days are named.
const MAX_HOLDS: usize = 5;
/// How many days are checked, the newest.
const MAX_DAYS: usize = 14;

/// Names the days that are held.
pub(super) async fn check_holds(store: &Store, report: &mut Report) -> Result<(), Error> {
    let holds = match store.holds(EventTime::now()).await {
        Ok(holds) => holds,
        Err(error) => return report.store_failed(HOLDS, &error),
    };
    let days: Vec<String> = holds.iter().map(|hold| format!("{} until {}", hold.day, hold.until)).collect();
    match days.as_slice() {
        [] => Ok(()),
        [first, .., last] if days.len() > MAX_HOLDS => {
            report.fine(HOLDS, format!("retention leaves {}, from {first} to {last}", count(days.len() as u64, "day")))
        }
        days => report.fine(HOLDS, format!("retention leaves {}", days.join(", "))),
    }
}

/// Checks that the journal is what ingest makes of it.
pub(super) async fn check_journal(store: &Store, report: &mut Report) -> Result<(), Error> {
    let JournalFacts { name, kind, bytes } = match store.journal_facts().await {
        Ok(facts) => facts,
        Err(error) => return report.store_failed(JOURNAL, &error),
    };
    match kind {
        JournalKind::Capped => report.fine(JOURNAL, "it keeps the newest entries"),
        JournalKind::Missing => report.fine(JOURNAL, "there is none yet: the first record that is filed creates it"),
        JournalKind::Lost => {
            let what = format!(
                "there is no {name}, although records were filed: somebody dropped or renamed the journal. If ingest runs, its next \
                 entry makes an ordinary collection of it, which grows without end"
            );
            // This command's canary may lead to that entry.
            let create = format!("db.getCollectionNames().includes(\"{name}\") || db.createCollection(\"{name}\")");
            let todo = format!("in mongosh, before or after that entry: {create}; {}", to_capped(&name, bytes));
            report.problem(JOURNAL, what, todo)
        }
        JournalKind::Small => {
            let what = format!(
                "{name} holds less than the {bytes} bytes that logbraid gives it, or a fixed number of entries: a live tail that falls \
                 behind misses records"
            );
            let todo = format!(
                "in mongosh: db.runCommand({{collMod: \"{name}\", cappedSize: {bytes}, cappedMax: 0}}); before MongoDB 6.0: \
                 docs/storage.md#the-journal"
            );
            report.warning(JOURNAL, what, todo)
        }
        JournalKind::Ordinary => {
            let what = format!(
                "{name} is an ordinary collection, not a capped one: it grows without end, and live tails get slower. \
                 Somebody dropped or renamed the journal while ingest ran"
            );
            report.problem(JOURNAL, what, format!("in mongosh: {}", to_capped(&name, bytes)))
        }
    }
}

fn to_capped(name: &str, bytes: u64) -> String {
    format!("db.runCommand({{convertToCapped: \"{name}\", size: {bytes}}})")
}

/// Checks the newest days.
pub(super) async fn check(store: &Store, report: &mut Report) -> Result<(), Error> {
    let days = match store.own_days().await {
        Ok(days) => days,
        Err(error) => return report.store_failed(CHECK, &error),
    };
    let newest = &days[days.len().saturating_sub(MAX_DAYS)..];
    let (mut whole, mut is_one_broken) = (0, false);
    for day in newest {
        match store.missing_of(*day).await {
            Ok(missing) if missing.is_nothing() => whole += 1,
            Ok(missing) => {
                is_one_broken = true;
                report_missing(store, *day, &missing, report)?;
            }
            Err(error) => return report.store_failed(CHECK, &error),
        }
    }
    match store.expiring_indexes().await {
        Ok(indexes) => {
            is_one_broken |= !indexes.is_empty();
            indexes.iter().try_for_each(|index| report_expiring(index, report))?;
        }
        Err(error) => report.store_failed(CHECK, &error)?,
    }
    if is_one_broken {
        return Ok(());
    }
    match whole {
        0 => report.fine(CHECK, "no day has records yet"),
        1 => report.fine(CHECK, format!("{} is whole", newest[0])),
        days => report.fine(CHECK, format!("the newest {} are whole", count(days, "day"))),
    }
}

fn report_expiring(index: &ExpiringIndex, report: &mut Report) -> Result<(), Error> {
    let (what, todo) = expiring(index);
    report.problem(CHECK, what, todo)
}

/// Returns what is so of an index by which MongoDB deletes, and what to do.
fn expiring(ExpiringIndex { collection, day, name }: &ExpiringIndex) -> (String, String) {
    let drop = format!("in mongosh: db.getCollection(\"{collection}\").dropIndex(\"{name}\")");
    let has = format!("has an index {name} with expireAfterSeconds: MongoDB deletes");
    match day {
        Some(day) => (format!("{day} {has} records by it"), format!("{drop}; then logbraid reindex {day}")),
        None => (format!("{collection} {has} what it holds by it"), drop),
    }
}

fn report_missing(store: &Store, day: Day, missing: &MissingOfDay, report: &mut Report) -> Result<(), Error> {
    if !missing.indexes.is_empty() {
        let names = missing.indexes.join(", ");
        let what = format!("{day} lacks the index {names}: what needs it reads the whole day");
        report.problem(CHECK, what, format!("logbraid reindex {day}"))?;
    }
    if missing.sketches && missing.indexes.is_empty() && missing.other_indexes.is_empty() {
        let what = format!("{day} has no complete sketches: a search for a value reads the whole day");
        report.warning(CHECK, what, format!("logbraid reindex {day}"))?;
    }
    for name in &missing.other_indexes {
        let what = format!(
            "{day} has an index {name} that is hidden, or has other keys or another filter than logbraid's: what needs it reads the \
             whole day"
        );
        let drop = format!("db.getCollection(\"{}{day}\").dropIndex(\"{name}\")", store.collection_prefix());
        report.problem(CHECK, what, format!("in mongosh: {drop}; then logbraid reindex {day}"))?;
    }
    if let Some(view) = &missing.other_view {
        let what = format!("{view} shows something else than the transactions of {day}");
        let drop = format!("db.getCollection(\"{view}\").drop()");
        let todo = format!("if nobody needs it, in mongosh: {drop}; then logbraid reindex {day}");
        report.warning(CHECK, what, todo)?;
    }
    if missing.view {
        let what = format!("{day} lacks its view of transactions");
        report.warning(CHECK, what, format!("logbraid reindex {day}"))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{ExpiringIndex, expiring};

    #[test]
    fn an_index_that_deletes_is_named_with_its_collection() {
        fn check(collection: &str, day: Option<&str>, expect: (&str, &str)) {
            let day = day.map(|day| day.parse().unwrap());
            let found = expiring(&ExpiringIndex { collection: collection.to_owned(), day, name: "ttl".to_owned() });
            assert_eq!((found.0.as_str(), found.1.as_str()), expect, "{collection}");
        }
        let of_day = (
            "2026-08-25 has an index ttl with expireAfterSeconds: MongoDB deletes records by it",
            "in mongosh: db.getCollection(\"a_2026-08-25\").dropIndex(\"ttl\"); then logbraid reindex 2026-08-25",
        );
        check("a_2026-08-25", Some("2026-08-25"), of_day);
        let of_pins = (
            "a_pins has an index ttl with expireAfterSeconds: MongoDB deletes what it holds by it",
            "in mongosh: db.getCollection(\"a_pins\").dropIndex(\"ttl\")",
        );
        check("a_pins", None, of_pins);
    }
}
