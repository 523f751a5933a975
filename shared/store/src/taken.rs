//! Documents whose id is taken: finds the duplicates among them, and other ids for the different records.

use std::collections::{BTreeMap, BTreeSet};
use std::iter;

use futures_util::TryStreamExt as _;
use mongodb::bson::{Document, RawDocumentBuf, doc, oid::ObjectId};
use mongodb::error::Error;
use mongodb::options::ReadConcern;
use mongodb::{Collection, Cursor};
use record::id_by_delivery;

use super::StoreError;
use super::clusters::clusters;
use super::identity::{Comparable, StreamPosition, primary};
use super::pending::{Pending, next_id};

/// How many ids behind a taken one are tried. Only records with the same `record_id` need more than a few, and each of them is
/// compared with all that are stored there.
const MAX_NEXT_IDS: usize = 100;

/// Documents by the id that they have and that a stored document has too.
pub(super) type Taken<'a> = BTreeMap<ObjectId, Vec<Pending<'a>>>;

/// What became of documents with a taken id.
#[derive(Default)]
pub(super) struct Placed<'a> {
    /// The documents that are stored already under another id, or are duplicates in the batch of one that will be: position
    /// and id.
    pub(super) moved: Vec<(usize, ObjectId)>,
    /// The documents that are not stored, under an id that is free.
    pub(super) free: Vec<Pending<'a>>,
    /// The documents that are to be looked up under the id that they have now.
    pub(super) again: Vec<Pending<'a>>,
}

/// Finds out which of the documents are stored already, and another id for each of the others.
///
/// A document that is stored under none of the next ids takes the first of them that is free. A redelivery finds the
/// document there. So does a record that its producer puts on the stream again.
///
/// Where all next ids are taken, the sender gives one `record_id` to all its records. It then says as little as none, and
/// the document gets the id of its delivery.
pub(super) async fn place<'a>(
    collection: &Collection<RawDocumentBuf>,
    taken: Taken<'a>,
) -> Result<Placed<'a>, StoreError> {
    let failed = |source| StoreError::Probe { collection: collection.name().to_owned(), source };
    let mut placed = Placed::default();
    for (id, pending) in placed.different(collection, taken).await.map_err(failed)? {
        placed.behind(collection, id, pending).await.map_err(failed)?;
    }
    Ok(placed)
}

impl<'a> Placed<'a> {
    /// Returns the documents that are not the same record as the stored one with their id. Reads the stored documents whole,
    /// but one after the other.
    async fn different(
        &mut self,
        collection: &Collection<RawDocumentBuf>,
        mut taken: Taken<'a>,
    ) -> Result<Taken<'a>, Error> {
        let ids: Vec<ObjectId> = taken.keys().copied().collect();
        let mut different = Taken::new();
        for ids in clusters(&ids) {
            let among = doc! { "$gte": ids.first(), "$lte": ids.last(), "$in": ids };
            let mut stored = find(collection, among).await?;
            while let Some(document) = stored.try_next().await? {
                let Ok(id) = document.get_object_id("_id") else { continue };
                let mut pending = taken.remove(&id).unwrap_or_default();
                let position = StreamPosition::of(&document);
                let stored = Comparable { document: &document, position: &position };
                pending.retain_mut(|pending| !pending.is_same(stored));
                if !pending.is_empty() {
                    different.insert(id, pending);
                }
            }
        }
        // Their id was to be that of another document of the batch, which the server refused.
        self.again.extend(taken.into_values().flatten());
        Ok(different)
    }

    /// Looks for documents behind the taken id that they have. Gives those that are not stored there the ids that are free.
    async fn behind(
        &mut self,
        collection: &Collection<RawDocumentBuf>,
        taken: ObjectId,
        mut pending: Vec<Pending<'a>>,
    ) -> Result<(), Error> {
        let mut ids: BTreeSet<ObjectId> =
            iter::successors(next_id(taken), |id| next_id(*id)).take(MAX_NEXT_IDS).collect();
        let mut stored = find(collection, doc! { "$gt": taken, "$lte": ids.last() }).await?;
        while !pending.is_empty()
            && let Some(document) = stored.try_next().await?
        {
            let Ok(id) = document.get_object_id("_id") else { continue };
            let position = StreamPosition::of(&document);
            self.take_duplicates(&mut pending, Comparable { document: &document, position: &position }, id);
            ids.remove(&id);
        }
        while !pending.is_empty()
            && let Some(id) = ids.pop_first()
        {
            let first = pending.remove(0).under(id)?;
            self.take_duplicates(&mut pending, first.comparable(), id);
            self.free.push(first);
        }
        for pending in pending {
            let id = id_by_delivery(&pending.document).unwrap_or(pending.id);
            self.again.push(pending.under(id)?);
        }
        Ok(())
    }

    /// Takes out the documents that are the same record as the one that has this id.
    fn take_duplicates(&mut self, pending: &mut Vec<Pending<'a>>, same_as: Comparable<'_>, id: ObjectId) {
        let same = pending.extract_if(.., |pending| pending.is_same(same_as));
        self.moved.extend(same.map(|same| (same.position, id)));
    }
}

/// Reads what a majority has: see [`stream_positions`](super::identity::stream_positions).
async fn find(collection: &Collection<RawDocumentBuf>, ids: Document) -> Result<Cursor<RawDocumentBuf>, Error> {
    let found = collection.find(doc! { "_id": ids });
    found.read_concern(ReadConcern::majority()).selection_criteria(primary()).await
}
