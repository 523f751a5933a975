//! Whose the ids are that are taken: what tells a duplicate from another record.

use std::collections::HashMap;

use futures_util::{StreamExt, TryStreamExt, stream};
use mongodb::Collection;
use mongodb::bson::raw::RawElement;
use mongodb::bson::spec::ElementType;
use mongodb::bson::{RawBsonRef, RawDocument, RawDocumentBuf, doc, oid::ObjectId};
use mongodb::options::{ReadConcern, ReadPreference, SelectionCriteria};

use super::StoreError;
use super::clusters::clusters;

/// How many scans run at once.
const SCANS_AT_ONCE: usize = 4;

/// Whose the ids are of those that are taken. What a majority has not got yet does not count: it might go with its
/// server, and to call a record a duplicate of it would be to lose both. The insert that is then tried waits for the
/// majority.
pub(super) async fn owners(
    collection: &Collection<RawDocumentBuf>,
    mut ids: Vec<ObjectId>,
) -> Result<HashMap<ObjectId, Owner>, StoreError> {
    ids.sort_unstable();
    // Collected, since a closure over borrowed slices is not general enough for the future to be `Send`.
    let scans: Vec<_> = clusters(&ids).map(|ids| scan(collection, ids)).collect();
    stream::iter(scans).buffer_unordered(SCANS_AT_ONCE).try_concat().await
}

/// The owners of ids that are near each other, in order.
async fn scan(
    collection: &Collection<RawDocumentBuf>,
    ids: &[ObjectId],
) -> Result<HashMap<ObjectId, Owner>, StoreError> {
    let failed = |source| StoreError::Probe { collection: collection.name().to_owned(), source };
    let found = collection
        .find(doc! { "_id": { "$gte": ids.first(), "$lte": ids.last(), "$in": ids } })
        .projection(doc! { "record_id": 1, "source": 1 })
        .read_concern(ReadConcern::majority())
        // A secondary may not know yet what the primary said is taken.
        .selection_criteria(SelectionCriteria::ReadPreference(ReadPreference::Primary));
    let found = found.await.map_err(failed)?;
    let owners = found
        .try_filter_map(async |document| Ok(document.get_object_id("_id").ok().map(|id| (id, Owner::of(&document)))));
    owners.try_collect().await.map_err(failed)
}

/// Which record a document is: what its id is a hash of.
#[derive(Debug, Eq, PartialEq)]
pub(super) enum Owner {
    /// By its sender's word.
    Given(String),
    /// By its place in the stream: stream, shard, sequence number; sub-sequence and index.
    Delivered([Option<String>; 3], [i64; 2]),
}

impl Owner {
    /// Reads a document once from its beginning, and only what it looks for: of a batch that is delivered again this is
    /// done for every record.
    pub(super) fn of(document: &RawDocument) -> Self {
        let mut owner = Self::Delivered([None, None, None], [0, 0]);
        for field in document.iter_elements().flatten() {
            match (field.key().as_str(), field.element_type()) {
                ("record_id", ElementType::String) => match text(&field) {
                    Some(given) if !given.is_empty() => return Self::Given(given),
                    _ => {}
                },
                ("source", ElementType::EmbeddedDocument) => {
                    let source = field.value().ok().and_then(RawBsonRef::as_document);
                    owner = source.map_or(owner, Self::delivered);
                }
                _ => {}
            }
        }
        owner
    }

    fn delivered(source: &RawDocument) -> Self {
        let (mut texts, mut numbers) = ([None, None, None], [0, 0]);
        for field in source.iter_elements().flatten() {
            match field.key().as_str() {
                "stream" => texts[0] = text(&field),
                "shard" => texts[1] = text(&field),
                "seq" => texts[2] = text(&field),
                // These are absent where they are 0.
                "sub" => numbers[0] = number(&field),
                "index" => numbers[1] = number(&field),
                _ => {}
            }
        }
        Self::Delivered(texts, numbers)
    }
}

fn text(field: &RawElement<'_>) -> Option<String> {
    field.value().ok()?.as_str().map(str::to_owned)
}

fn number(field: &RawElement<'_>) -> i64 {
    let value = field.value().ok();
    value.and_then(|value| value.as_i64().or(value.as_i32().map(i64::from))).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use mongodb::bson::{RawDocumentBuf, rawdoc};

    use super::Owner;

    #[test]
    fn a_record_is_told_by_what_its_id_is_a_hash_of() {
        let at =
            |seq: &str, index: i64| rawdoc! { "source": { "stream": "s", "shard": "0", "seq": seq, "index": index } };
        let given = |id: &str, seq: &str| rawdoc! { "record_id": id, "source": { "seq": seq } };
        let same = |a: RawDocumentBuf, b: RawDocumentBuf| Owner::of(&a) == Owner::of(&b);
        assert!(same(at("1", 0), rawdoc! { "source": { "stream": "s", "shard": "0", "seq": "1", "format": "json" } }));
        assert!(!same(at("1", 0), at("2", 0)));
        assert!(!same(at("1", 0), at("1", 1)));
        assert!(same(given("x", "1"), given("x", "2")));
        assert!(!same(given("x", "1"), given("y", "1")));
        assert!(!same(given("x", "1"), rawdoc! { "source": { "seq": "1" } }));
        assert!(!same(at("1", 0), rawdoc! { "foreign": true }));
    }
}
