//! Tells a duplicate from a different record with the same `_id`.

use std::collections::HashMap;

use futures_util::{StreamExt, TryStreamExt, stream};
use mongodb::Collection;
use mongodb::bson::raw::RawElement;
use mongodb::bson::{RawBsonRef, RawDocument, RawDocumentBuf, doc, oid::ObjectId};
use mongodb::options::{ReadConcern, ReadPreference, SelectionCriteria};
use record::same_content;

use super::StoreError;
use super::clusters::clusters;

/// How many scans run at once.
const MAX_SCANS: usize = 4;

/// A record's place in the stream. No two records have the same one.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct StreamPosition {
    stream: Option<String>,
    shard: Option<String>,
    sequence_number: Option<String>,
    sub_sequence: i64,
    index: i64,
}

impl StreamPosition {
    /// Reads the `source` of a document. Reads the document once and nothing else of it, since this is done for each
    /// record of a batch that is delivered again.
    pub(super) fn of(document: &RawDocument) -> Self {
        let mut position = Self { stream: None, shard: None, sequence_number: None, sub_sequence: 0, index: 0 };
        let source = document.iter_elements().flatten().find(|field| field.key() == "source");
        let source = source.as_ref().and_then(|source| source.value().ok()).and_then(RawBsonRef::as_document);
        for field in source.into_iter().flat_map(RawDocument::iter_elements).flatten() {
            match field.key().as_str() {
                "stream" => position.stream = text(&field),
                "shard" => position.shard = text(&field),
                "seq" => position.sequence_number = text(&field),
                // A number that is 0 is not stored.
                "sub" => position.sub_sequence = number(&field),
                "index" => position.index = number(&field),
                _ => {}
            }
        }
        position
    }
}

fn text(field: &RawElement<'_>) -> Option<String> {
    field.value().ok()?.as_str().map(str::to_owned)
}

fn number(field: &RawElement<'_>) -> i64 {
    let value = field.value().ok();
    value.and_then(|value| value.as_i64().or(value.as_i32().map(i64::from))).unwrap_or_default()
}

/// How two documents with the same `_id` relate.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Relation {
    /// They are the same record, delivered again or put on the stream again.
    Same,
    /// Their sender gave them the same `record_id`, and they say different things.
    Conflicting,
    /// They are different records whose ids collide by chance.
    Different,
}

/// A document with its stream position, which is read once for all comparisons.
#[derive(Clone, Copy)]
pub(super) struct Comparable<'a> {
    pub(super) document: &'a RawDocument,
    pub(super) position: &'a StreamPosition,
}

impl Comparable<'_> {
    /// Compares the document with another one.
    pub(super) fn relation(self, other: Comparable<'_>) -> Relation {
        let has_same_record_id = record_id(self.document).is_some_and(|id| record_id(other.document) == Some(id));
        if self.position == other.position || has_same_record_id && same_content(self.document, other.document) {
            Relation::Same
        } else if has_same_record_id {
            Relation::Conflicting
        } else {
            Relation::Different
        }
    }
}

fn record_id(document: &RawDocument) -> Option<&str> {
    document.get_str("record_id").ok().filter(|id| !id.is_empty())
}

/// Returns the stream positions of the documents that have one of these ids.
///
/// Reads what a majority has. A record that a server alone has might be lost with it: counting another delivery of it as a
/// duplicate would lose both. The insert that is tried instead waits for the majority.
pub(super) async fn stream_positions(
    collection: &Collection<RawDocumentBuf>,
    mut ids: Vec<ObjectId>,
) -> Result<HashMap<ObjectId, StreamPosition>, StoreError> {
    ids.sort_unstable();
    // Collected, since a closure over borrowed slices is not general enough for the future to be `Send`.
    let scans: Vec<_> = clusters(&ids).map(|ids| scan(collection, ids)).collect();
    stream::iter(scans).buffer_unordered(MAX_SCANS).try_concat().await
}

/// Looks up ids that are near each other, in order.
async fn scan(
    collection: &Collection<RawDocumentBuf>,
    ids: &[ObjectId],
) -> Result<HashMap<ObjectId, StreamPosition>, StoreError> {
    let failed = |source| StoreError::Probe { collection: collection.name().to_owned(), source };
    let found = collection
        .find(doc! { "_id": { "$gte": ids.first(), "$lte": ids.last(), "$in": ids } })
        .projection(doc! { "source": 1 })
        .read_concern(ReadConcern::majority())
        .selection_criteria(primary());
    let found = found.await.map_err(failed)?;
    let positions = found.try_filter_map(async |document| {
        Ok(document.get_object_id("_id").ok().map(|id| (id, StreamPosition::of(&document))))
    });
    positions.try_collect().await.map_err(failed)
}

/// A secondary may not know yet which ids the primary said are taken.
pub(super) fn primary() -> SelectionCriteria {
    SelectionCriteria::ReadPreference(ReadPreference::Primary)
}

#[cfg(test)]
mod tests {
    use mongodb::bson::{RawDocumentBuf, rawdoc};

    use super::{Comparable, Relation, StreamPosition};

    #[test]
    fn documents_relate_by_position_and_record_id() {
        fn check(a: &RawDocumentBuf, b: &RawDocumentBuf, expect: Relation) {
            let (a_position, b_position) = (StreamPosition::of(a), StreamPosition::of(b));
            let a = Comparable { document: a, position: &a_position };
            let b = Comparable { document: b, position: &b_position };
            assert_eq!((a.relation(b), b.relation(a)), (expect, expect), "{:?} {:?}", a.document, b.document);
        }
        let at = |seq: &str, index: i64| {
            rawdoc! { "source": { "stream": "s", "shard": "0", "seq": seq, "index": index } }
        };
        let given = |id: &str, seq: &str, message: &str| {
            rawdoc! { "record_id": id, "message": message, "source": { "seq": seq } }
        };
        let other_format = rawdoc! { "a": 1, "source": { "stream": "s", "shard": "0", "seq": "1", "format": "json" } };
        check(&at("1", 0), &other_format, Relation::Same);
        check(&at("1", 0), &at("2", 0), Relation::Different);
        check(&at("1", 0), &at("1", 1), Relation::Different);
        check(&at("1", 0), &rawdoc! { "foreign": true }, Relation::Different);
        check(&given("x", "1", "m"), &given("x", "2", "m"), Relation::Same);
        check(&given("x", "1", "m"), &given("x", "1", "n"), Relation::Same);
        check(&given("x", "1", "m"), &given("x", "2", "n"), Relation::Conflicting);
        check(&given("x", "1", "m"), &given("y", "2", "m"), Relation::Different);
        check(&given("", "1", "m"), &given("", "2", "m"), Relation::Different);
        check(&given("x", "1", "m"), &rawdoc! { "message": "m", "source": { "seq": "2" } }, Relation::Different);
    }

    #[test]
    fn a_position_is_read_from_any_numbers() {
        let short = StreamPosition::of(&rawdoc! { "source": { "seq": "1", "sub": 2, "index": 3 } });
        let long = StreamPosition::of(&rawdoc! { "source": { "seq": "1", "sub": 2_i64, "index": 3_i64 } });
        assert_eq!((short.clone(), short.sub_sequence, short.index), (long, 2, 3));
    }
}
