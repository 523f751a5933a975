//! Checks what somebody made of logbraid's collections: validators, limits, views, indexes that delete or refuse.

use store::{Alteration, AlterationKind, Part, Store};

use super::finding::Report;
use crate::error::Error;

const COLLECTIONS: &str = "collections";
const INDEXES: &str = "indexes";
const JOURNAL: &str = "journal";

/// Names what somebody made of the collections. Returns it: the checks of these do not call them whole.
pub(super) async fn check(store: &Store, report: &mut Report) -> Result<Vec<Alteration>, Error> {
    let found = match store.alterations().await {
        Ok(found) => found,
        Err(error) => return report.store_failed(COLLECTIONS, &error).map(|()| Vec::new()),
    };
    for altered in &found {
        // The check of the journal says what else it is.
        if altered.part == Part::Journal && matches!(altered.kind, AlterationKind::View | AlterationKind::TimeSeries) {
            continue;
        }
        let (what, todo) = said(altered);
        report.problem(check_of(altered), what, todo)?;
    }
    Ok(found)
}

fn check_of(Alteration { part, kind, .. }: &Alteration) -> &'static str {
    match (part, kind) {
        (Part::Journal, _) => JOURNAL,
        (_, kind) if kind.index().is_some() => INDEXES,
        _ => COLLECTIONS,
    }
}

/// Returns what is so, and what to do.
fn said(Alteration { collection: name, part, kind }: &Alteration) -> (String, String) {
    let collection = format!("db.getCollection(\"{name}\")");
    match kind {
        AlterationKind::View => (
            format!("{name} is a view, not a collection: MongoDB writes nothing to it"),
            format!(
                "if nobody needs it, in mongosh: {collection}.drop(); what logbraid writes next makes the collection{}",
                reindex(*part)
            ),
        ),
        AlterationKind::TimeSeries => (
            format!("{name} is a time series: MongoDB updates nothing in it, and finds nothing by its id"),
            format!(
                "if nobody needs what it has, in mongosh: {collection}.drop(); what logbraid writes next makes the collection{}{}",
                reindex(*part),
                redrive(*part)
            ),
        ),
        AlterationKind::Collation => (
            format!(
                "{name} has a collation: MongoDB takes texts that differ, as by case, for the same, and uses no index of logbraid's"
            ),
            made_again(name, *part, &collection),
        ),
        AlterationKind::Capped => (
            format!("{name} is a capped collection: MongoDB deletes the oldest in it to make room"),
            format!("{}{}", made_again(name, *part, &collection), lost(*part)),
        ),
        AlterationKind::Validator => (
            format!("{name} has a validator: MongoDB refuses what does not match it, and {}", refused(*part)),
            format!(
                "in mongosh: db.runCommand({{collMod: \"{name}\", validator: {{}}}}){}{}",
                of_sketches(*part),
                redrive(*part)
            ),
        ),
        AlterationKind::Unique(index) => (
            format!(
                "{name} has the unique index {index}: MongoDB refuses what has the same values as something else, and {}",
                refused(*part)
            ),
            drop_refusing(*part, &collection, index),
        ),
        AlterationKind::Typed { index, of } => (
            format!(
                "{name} has the {of} index {index}: MongoDB refuses what such an index cannot hold, and {}",
                refused(*part)
            ),
            drop_refusing(*part, &collection, index),
        ),
        AlterationKind::Expiring(index) => {
            let of = if let Part::Day(day) = part { day.to_string() } else { name.clone() };
            let gone = if let Part::Day(_) = part { "records" } else { "what it holds" };
            (
                format!("{of} has an index {index} with expireAfterSeconds: MongoDB deletes {gone} by it"),
                format!("in mongosh: {collection}.dropIndex(\"{index}\"){}", reindex(*part)),
            )
        }
    }
}

/// Returns what ends that an index refuses documents. It may be one of logbraid's own.
fn drop_refusing(part: Part, collection: &str, index: &str) -> String {
    format!("in mongosh: {collection}.dropIndex(\"{index}\"){}{}", reindex(part), redrive(part))
}

/// Returns what comes of documents that the server refuses.
fn refused(part: Part) -> &'static str {
    match part {
        Part::Day(_) => "such records go to the quarantine",
        Part::Sketches(_) => "searches for a value read the whole day",
        Part::Journal => "live tails miss records",
        Part::Shards => "answers do not know how far the shards are filed",
        Part::Quarantine => "batches with what would go there are delivered again and again",
        Part::Pins => "transactions are not pinned",
        Part::Erasures => "nothing is erased",
        Part::Holds => "no day is held",
    }
}

/// Returns what makes the indexes and the sketches of a day again.
fn reindex(part: Part) -> String {
    part.day().map(|day| format!("; then logbraid reindex {day}")).unwrap_or_default()
}

/// Returns what makes the sketches again that the server refused.
fn of_sketches(part: Part) -> String {
    if matches!(part, Part::Sketches(_)) { reindex(part) } else { String::new() }
}

/// Returns what files the records that the server refused.
fn redrive(part: Part) -> &'static str {
    if matches!(part, Part::Day(_)) { "; then logbraid redrive --reason refused_by_mongodb" } else { "" }
}

/// Returns how a collection becomes an ordinary one. The server takes away neither a limit nor a collation.
fn made_again(name: &str, part: Part, collection: &str) -> String {
    if let Part::Sketches(day) = part {
        // A day whose sketches are not all there answers that it does not have what it has.
        return format!("in mongosh: {collection}.drop(); then logbraid reindex {day}");
    }
    let copy = format!("{name}_copy");
    let replace = format!(
        "in mongosh, while ingest is stopped (its reserved concurrency is 0): {collection}.aggregate([{{$out: \"{copy}\"}}]); \
         db.getCollection(\"{copy}\").renameCollection(\"{name}\", true)"
    );
    match part {
        Part::Day(day) => format!("{replace}; then logbraid reindex {day}"),
        _ => replace,
    }
}

/// Returns how records come back that the server deleted.
fn lost(part: Part) -> &'static str {
    match part {
        Part::Day(_) => ". docs/runbook.md#lost says how what is gone, and still on the stream, is filed again",
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::{Alteration, AlterationKind, Part, said};

    #[test]
    fn what_somebody_made_of_a_collection_is_named_with_what_repairs_it() {
        fn check(collection: &str, part: Part, kind: AlterationKind, expect: (&str, &str)) {
            let found = said(&Alteration { collection: collection.to_owned(), part, kind });
            assert_eq!((found.0.as_str(), found.1.as_str()), expect, "{collection}");
        }
        let day = "2026-08-25".parse().unwrap();
        let ttl = || AlterationKind::Expiring("ttl".to_owned());
        let of_day = (
            "2026-08-25 has an index ttl with expireAfterSeconds: MongoDB deletes records by it",
            "in mongosh: db.getCollection(\"a_2026-08-25\").dropIndex(\"ttl\"); then logbraid reindex 2026-08-25",
        );
        check("a_2026-08-25", Part::Day(day), ttl(), of_day);
        let of_pins = (
            "a_pins has an index ttl with expireAfterSeconds: MongoDB deletes what it holds by it",
            "in mongosh: db.getCollection(\"a_pins\").dropIndex(\"ttl\")",
        );
        check("a_pins", Part::Pins, ttl(), of_pins);
        let of_sketches = (
            "sketches_2026-08-25 has an index ttl with expireAfterSeconds: MongoDB deletes what it holds by it",
            "in mongosh: db.getCollection(\"sketches_2026-08-25\").dropIndex(\"ttl\"); then logbraid reindex 2026-08-25",
        );
        check("sketches_2026-08-25", Part::Sketches(day), ttl(), of_sketches);
        let refusing = (
            "filed has a validator: MongoDB refuses what does not match it, and live tails miss records",
            "in mongosh: db.runCommand({collMod: \"filed\", validator: {}})",
        );
        check("filed", Part::Journal, AlterationKind::Validator, refusing);
        let unique = (
            "a_2026-08-25 has the unique index one: MongoDB refuses what has the same values as something else, and such records go to the \
             quarantine",
            "in mongosh: db.getCollection(\"a_2026-08-25\").dropIndex(\"one\"); then logbraid reindex 2026-08-25; then logbraid redrive --reason refused_by_mongodb",
        );
        check("a_2026-08-25", Part::Day(day), AlterationKind::Unique("one".to_owned()), unique);
        let typed = (
            "filed has the 2dsphere index where: MongoDB refuses what such an index cannot hold, and live tails miss records",
            "in mongosh: db.getCollection(\"filed\").dropIndex(\"where\")",
        );
        let kind = AlterationKind::Typed { index: "where".to_owned(), of: "2dsphere".to_owned() };
        check("filed", Part::Journal, kind, typed);
        let view = (
            "shards is a view, not a collection: MongoDB writes nothing to it",
            "if nobody needs it, in mongosh: db.getCollection(\"shards\").drop(); what logbraid writes next makes the collection",
        );
        check("shards", Part::Shards, AlterationKind::View, view);
        let capped = (
            "pins is a capped collection: MongoDB deletes the oldest in it to make room",
            "in mongosh, while ingest is stopped (its reserved concurrency is 0): db.getCollection(\"pins\").aggregate([{$out: \
             \"pins_copy\"}]); db.getCollection(\"pins_copy\").renameCollection(\"pins\", true)",
        );
        check("pins", Part::Pins, AlterationKind::Capped, capped);
        let of_language = (
            "a_2026-08-25 has a collation: MongoDB takes texts that differ, as by case, for the same, and uses no index of logbraid's",
            "in mongosh, while ingest is stopped (its reserved concurrency is 0): db.getCollection(\"a_2026-08-25\").aggregate([{$out: \
             \"a_2026-08-25_copy\"}]); db.getCollection(\"a_2026-08-25_copy\").renameCollection(\"a_2026-08-25\", true); then logbraid \
             reindex 2026-08-25",
        );
        check("a_2026-08-25", Part::Day(day), AlterationKind::Collation, of_language);
        let series = (
            "a_2026-08-25 is a time series: MongoDB updates nothing in it, and finds nothing by its id",
            "if nobody needs what it has, in mongosh: db.getCollection(\"a_2026-08-25\").drop(); what logbraid writes next makes the \
             collection; then logbraid reindex 2026-08-25; then logbraid redrive --reason refused_by_mongodb",
        );
        check("a_2026-08-25", Part::Day(day), AlterationKind::TimeSeries, series);
        let of_sketches = (
            "sketches_2026-08-25 is a capped collection: MongoDB deletes the oldest in it to make room",
            "in mongosh: db.getCollection(\"sketches_2026-08-25\").drop(); then logbraid reindex 2026-08-25",
        );
        check("sketches_2026-08-25", Part::Sketches(day), AlterationKind::Capped, of_sketches);
    }
}
