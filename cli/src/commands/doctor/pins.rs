//! Checks the indexes of the records that pins keep. Says nothing if all are there.

use store::{Alteration, AlterationKind, PinnedIndex, Store};

use super::finding::Report;
use crate::error::Error;

const CHECK: &str = "indexes";

/// Checks these indexes. What is altered is named already.
pub(super) async fn check(store: &Store, altered: &[Alteration], report: &mut Report) -> Result<(), Error> {
    let missing = match store.missing_of_pinned().await {
        Ok(missing) => missing,
        Err(error) => return report.store_failed(CHECK, &error),
    };
    for index in missing.iter().filter(|index| !altered.iter().any(|one| is_named(one, index))) {
        let (what, todo) = said(index);
        report.problem(CHECK, what, todo)?;
    }
    Ok(())
}

/// Whether what somebody made of the collection has to go first, and takes the index with it.
fn is_named(one: &Alteration, index: &PinnedIndex) -> bool {
    let is_of_index = one.kind.index().is_some_and(|name| index.in_place.as_deref() == Some(name));
    one.collection == index.collection && (is_of_index || one.kind == AlterationKind::Collation)
}

/// Returns what is so, and what to do.
fn said(index: &PinnedIndex) -> (String, String) {
    let PinnedIndex { collection, name, in_place, keys, filter } = index;
    let what = match in_place {
        None => format!("{collection} lacks the index {name}"),
        Some(own) if own == name => {
            format!(
                "{collection} has an index {name} that is hidden, or has other keys or another filter than logbraid's"
            )
        }
        Some(own) => format!("{collection} has the index {name} under the name {own}"),
    };
    let collection = format!("db.getCollection(\"{collection}\")");
    let drop = in_place.as_ref().map(|own| format!("{collection}.dropIndex(\"{own}\"); ")).unwrap_or_default();
    (
        format!("{what}: what needs it reads all records of pins, or fails"),
        format!(
            "in mongosh: {drop}{collection}.createIndex({keys}, {{name: \"{name}\", partialFilterExpression: {filter}}})"
        ),
    )
}

#[cfg(test)]
mod tests {
    use store::{Alteration, AlterationKind, Part, PinnedIndex};

    use super::{is_named, said};

    fn index(in_place: Option<&str>) -> PinnedIndex {
        PinnedIndex {
            collection: "a_pinned".to_owned(),
            name: "errors".to_owned(),
            in_place: in_place.map(str::to_owned),
            keys: r#"{"time": 1, "_id": 1}"#.to_owned(),
            filter: r#"{"levelno": {"$gte": 40}}"#.to_owned(),
        }
    }

    #[test]
    fn an_index_of_pins_is_named_with_what_makes_it() {
        const CREATE: &str = "db.getCollection(\"a_pinned\").createIndex({\"time\": 1, \"_id\": 1}, {name: \"errors\", \
                              partialFilterExpression: {\"levelno\": {\"$gte\": 40}}})";
        fn check(in_place: Option<&str>, expect: &str, drop: &str) {
            let (what, todo) = said(&index(in_place));
            assert_eq!(what, format!("a_pinned {expect}: what needs it reads all records of pins, or fails"));
            assert_eq!(todo, format!("in mongosh: {drop}{CREATE}"));
        }
        check(None, "lacks the index errors", "");
        let other = "has an index errors that is hidden, or has other keys or another filter than logbraid's";
        check(Some("errors"), other, "db.getCollection(\"a_pinned\").dropIndex(\"errors\"); ");
        let renamed = "has the index errors under the name mine";
        check(Some("mine"), renamed, "db.getCollection(\"a_pinned\").dropIndex(\"mine\"); ");
    }

    #[test]
    fn what_is_named_already_is_not_named_again() {
        fn check(collection: &str, kind: AlterationKind, in_place: Option<&str>, expect: bool) {
            let one = Alteration { collection: collection.to_owned(), part: Part::Pins, kind };
            assert_eq!(is_named(&one, &index(in_place)), expect, "{one:?} {in_place:?}");
        }
        let unique = |name: &str| AlterationKind::Unique(name.to_owned());
        check("a_pinned", unique("errors"), Some("errors"), true);
        check("a_pinned", unique("errors"), None, false);
        check("a_pins", unique("errors"), Some("errors"), false);
        check("a_pinned", AlterationKind::Collation, None, true);
        check("a_pinned", AlterationKind::Capped, None, false);
    }
}
