//! Checks the newest days: their indexes, views and sketches. And the journal.

use record::{Day, EventTime};
use store::{Alteration, AlterationKind, JournalFacts, JournalKind, MissingOfDay, Part, Store};

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

/// Checks that the journal is what ingest makes of it. What is altered is named already.
pub(super) async fn check_journal(store: &Store, altered: &[Alteration], report: &mut Report) -> Result<(), Error> {
    let JournalFacts { name, kind, bytes } = match store.journal_facts().await {
        Ok(facts) => facts,
        Err(error) => return report.store_failed(JOURNAL, &error),
    };
    match kind {
        JournalKind::Capped if altered.iter().any(|one| one.part == Part::Journal) => Ok(()),
        JournalKind::Capped => report.fine(JOURNAL, "it keeps the newest entries"),
        JournalKind::Missing => report.fine(JOURNAL, "there is none yet: the first record that is filed creates it"),
        JournalKind::Lost => {
            let what = format!(
                "there is no {name}, although records were filed: somebody dropped or renamed the journal. If ingest runs, its next \
                 entry makes an ordinary collection of it, which grows without end"
            );
            // This command's canary may lead to that entry.
            let todo = format!("in mongosh, before or after that entry: {}", created(&name, bytes));
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
        JournalKind::Other => {
            let what = format!("{name} is a view or a time series, not the journal, and live tails miss records");
            let drop = format!("db.getCollection(\"{name}\").drop()");
            let todo = format!("if nobody needs it, in mongosh: {drop}; {}", created(&name, bytes));
            report.problem(JOURNAL, what, todo)
        }
    }
}

/// Returns what makes the journal, also if an entry was faster.
fn created(name: &str, bytes: u64) -> String {
    let create = format!("db.getCollectionNames().includes(\"{name}\") || db.createCollection(\"{name}\")");
    format!("{create}; {}", to_capped(name, bytes))
}

fn to_capped(name: &str, bytes: u64) -> String {
    format!("db.runCommand({{convertToCapped: \"{name}\", size: {bytes}}})")
}

/// Checks the newest days. What is altered is named already.
pub(super) async fn check(store: &Store, altered: &[Alteration], report: &mut Report) -> Result<(), Error> {
    let days = match store.own_days().await {
        Ok(days) => days,
        Err(error) => return report.store_failed(CHECK, &error),
    };
    let newest = &days[days.len().saturating_sub(MAX_DAYS)..];
    let (mut whole, mut is_one_broken) = (0, altered.iter().any(|one| one.part.day().is_some()));
    let has_no_indexes = |one: &Alteration| {
        matches!(one.kind, AlterationKind::View | AlterationKind::TimeSeries | AlterationKind::Collation)
    };
    let is_other = |day| altered.iter().any(|one| one.part == Part::Day(day) && has_no_indexes(one));
    for day in newest.iter().filter(|day| !is_other(**day)) {
        match store.missing_of(*day).await {
            Ok(missing) if missing.is_nothing() => whole += 1,
            Ok(missing) => {
                is_one_broken = true;
                report_missing(store, *day, &missing, altered, report)?;
            }
            Err(error) => return report.store_failed(CHECK, &error),
        }
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

/// Reports what a day lacks. An index that is altered is named already, with the same advice.
fn report_missing(
    store: &Store,
    day: Day,
    missing: &MissingOfDay,
    altered: &[Alteration],
    report: &mut Report,
) -> Result<(), Error> {
    let is_named =
        |index: &str| altered.iter().any(|one| one.part == Part::Day(day) && one.kind.index() == Some(index));
    if !missing.indexes.is_empty() {
        let names = missing.indexes.join(", ");
        let what = format!("{day} lacks the index {names}: what needs it reads the whole day");
        report.problem(CHECK, what, format!("logbraid reindex {day}"))?;
    }
    let has_indexes =
        missing.indexes.is_empty() && missing.other_indexes.is_empty() && missing.renamed_indexes.is_empty();
    if missing.sketches && has_indexes {
        let what = format!("{day} has no complete sketches: a search for a value reads the whole day");
        // Erasing takes these away, and says the same.
        let erased = "; if records of it were erased, when it has been over for a day";
        let erased = if day < Day::yesterday() { "" } else { erased };
        report.warning(CHECK, what, format!("logbraid reindex {day}{erased}"))?;
    }
    for name in missing.other_indexes.iter().filter(|name| !is_named(name)) {
        let what = format!(
            "{day} has an index {name} that is hidden, or has other keys or another filter than logbraid's: what needs it reads the \
             whole day"
        );
        let drop = format!("db.getCollection(\"{}{day}\").dropIndex(\"{name}\")", store.collection_prefix());
        report.problem(CHECK, what, format!("in mongosh: {drop}; then logbraid reindex {day}"))?;
    }
    for (name, own) in missing.renamed_indexes.iter().filter(|(_, own)| !is_named(own)) {
        let what = format!(
            "{day} has the index {name} under the name {own}: what asks for it by its name does not find it, and logbraid cannot create \
             its own beside it"
        );
        let drop = format!("db.getCollection(\"{}{day}\").dropIndex(\"{own}\")", store.collection_prefix());
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
