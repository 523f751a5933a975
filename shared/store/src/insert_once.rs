//! Stores documents once, however often they come.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::collections::hash_map::Entry;

use mongodb::Collection;
use mongodb::bson::raw::cstr;
use mongodb::bson::{RawDocument, RawDocumentBuf, oid::ObjectId};
use mongodb::error::{Error, ErrorKind, IndexedWriteError, InsertManyError};

use super::owner::{Owner, owners};
use super::{InsertCounts, InsertError, InsertOutcome, StoreError};

/// The server's code for an `_id` that is taken (`DuplicateKey`).
const DUPLICATE: i32 = 11_000;
/// How many times is looked. More than once only where another writer came in between or an `_id` is another record's;
/// so often only where something else than an `_id` is taken, such as a key in somebody's unique index.
const MAX_ROUNDS: usize = 8;

/// A document to be stored under an id.
pub(super) type WithId<'a> = (ObjectId, &'a RawDocumentBuf);

/// Stores those documents that are not there.
///
/// A batch is nearly always new: it is inserted in order, which stops at the first id that is taken. Only then is asked
/// which of the rest are there, since a duplicate that is tried costs as much as several inserts.
pub(super) async fn insert_once(
    collection: &Collection<RawDocumentBuf>,
    documents: &[WithId<'_>],
) -> Result<InsertOutcome, InsertError> {
    let inserted = collection.insert_many(documents.iter().map(|(_, document)| *document)).ordered(true).await;
    let Err(error) = inserted else {
        return Ok(InsertOutcome::all(documents.len()));
    };
    let (known_stored, is_duplicate) = progress(&error);
    if !is_duplicate {
        return Err(InsertError { known_stored, source: insert_failed(collection)(error) });
    }
    let rest = settle(collection, &documents[known_stored..]).await;
    let InsertOutcome { inserted, moved } = rest.map_err(|source| InsertError { known_stored, source })?;
    Ok(InsertOutcome {
        inserted: InsertCounts { stored: known_stored + inserted.stored, ..inserted },
        moved: moved.into_iter().map(|(position, id)| (known_stored + position, id)).collect(),
    })
}

/// Stores what is not there of documents of which some are.
///
/// An `_id` that is taken is not yet a duplicate: the hash in it is short enough for two records of one microsecond to
/// have the same. A record whose id is another's takes the next: delivered again it goes the same way and finds itself,
/// since nothing is ever taken out of a collection.
async fn settle(
    collection: &Collection<RawDocumentBuf>,
    documents: &[WithId<'_>],
) -> Result<InsertOutcome, StoreError> {
    let mut inserted = InsertCounts::default();
    let mut moved = BTreeMap::new();
    let mut open: Vec<Open<'_>> = documents.iter().enumerate().map(Open::new).collect();
    for _ in 0..MAX_ROUNDS {
        let mut owners = owners(collection, open.iter().map(|open| open.id).collect()).await?;
        let (mut missing, mut again) = (Vec::new(), Vec::new());
        for open in open {
            let owner = Owner::of(&open.document);
            match owners.entry(open.id) {
                Entry::Vacant(free) => {
                    free.insert(owner);
                    missing.push(open);
                }
                Entry::Occupied(there) if *there.get() == owner => {}
                Entry::Occupied(_) => {
                    let open = open.behind().map_err(insert_failed(collection))?;
                    moved.insert(open.position, open.id);
                    again.push(open);
                }
            }
        }
        let raced = insert_missing(collection, &missing).await.map_err(insert_failed(collection))?;
        inserted.stored += missing.len() - raced.len();
        again.extend(raced.into_iter().filter_map(|position| missing.get(position).cloned()));
        if again.is_empty() {
            inserted.duplicates = documents.len() - inserted.stored;
            return Ok(InsertOutcome { inserted, moved });
        }
        open = again;
    }
    Err(StoreError::Unsettled { collection: collection.name().to_owned(), documents: open.len() })
}

/// A document that is not yet known to be stored, and the id that it is tried under.
#[derive(Clone)]
struct Open<'a> {
    /// Which of the documents.
    position: usize,
    id: ObjectId,
    document: Cow<'a, RawDocumentBuf>,
}

impl<'a> Open<'a> {
    fn new((position, &(id, document)): (usize, &WithId<'a>)) -> Self {
        Self { position, id, document: Cow::Borrowed(document) }
    }

    /// The same document under the next id.
    fn behind(self) -> Result<Self, Error> {
        let id = next(self.id);
        Ok(Self { id, document: Cow::Owned(with_id(&self.document, id)?), ..self })
    }
}

/// Inserts documents, and says at which positions another writer was quicker to take the id.
async fn insert_missing(collection: &Collection<RawDocumentBuf>, missing: &[Open<'_>]) -> Result<Vec<usize>, Error> {
    if missing.is_empty() {
        return Ok(Vec::new());
    }
    let documents = missing.iter().map(|open| open.document.as_ref());
    match collection.insert_many(documents).ordered(false).await {
        Ok(_) => Ok(Vec::new()),
        Err(error) => match write_errors(&error) {
            Some(errors) if errors.iter().all(|error| error.code == DUPLICATE) => {
                Ok(errors.iter().map(|error| error.index).collect())
            }
            _ => Err(error),
        },
    }
}

/// The id after `id` in its microsecond: the last five bytes hold nothing but hash.
fn next(id: ObjectId) -> ObjectId {
    let mut bytes = id.bytes();
    for byte in bytes[7..].iter_mut().rev() {
        *byte = byte.wrapping_add(1);
        if *byte != 0 {
            break;
        }
    }
    ObjectId::from_bytes(bytes)
}

fn with_id(document: &RawDocument, id: ObjectId) -> Result<RawDocumentBuf, Error> {
    let mut moved = RawDocumentBuf::new();
    moved.append(cstr!("_id"), id);
    for field in document {
        let (name, value) = field?;
        if name != cstr!("_id") {
            moved.append(name, value);
        }
    }
    Ok(moved)
}

/// How far an insert in order got, and whether an id that is taken stopped it.
fn progress(error: &Error) -> (usize, bool) {
    match write_errors(error) {
        Some([first, ..]) => (first.index, first.code == DUPLICATE),
        _ => (0, false),
    }
}

/// What the server said of single documents; `None` where the batch as a whole is in doubt, as after a write concern
/// error or a broken connection.
fn write_errors(error: &Error) -> Option<&[IndexedWriteError]> {
    match &*error.kind {
        ErrorKind::InsertMany(InsertManyError { write_errors: Some(errors), write_concern_error: None, .. }) => {
            Some(errors)
        }
        _ => None,
    }
}

fn insert_failed(collection: &Collection<RawDocumentBuf>) -> impl Fn(Error) -> StoreError {
    let collection = collection.name().to_owned();
    move |source| StoreError::Insert { collection: collection.clone(), source }
}

#[cfg(test)]
mod tests {
    use mongodb::bson::{oid::ObjectId, rawdoc};

    use super::{next, with_id};

    #[test]
    fn the_next_id_is_of_the_same_microsecond() {
        fn check(id: &str, expect: &str) {
            assert_eq!(next(id.parse().unwrap()).to_hex(), expect);
        }
        check("6b00065b28841133e527503d", "6b00065b28841133e527503e");
        check("6b00065b28841133e52750ff", "6b00065b28841133e5275100");
        check("6b00065b288411ffffffffff", "6b00065b2884110000000000");
    }

    #[test]
    fn a_moved_document_is_the_same_but_for_its_id() {
        let (old, new) = (ObjectId::from_bytes([1; 12]), ObjectId::from_bytes([2; 12]));
        let of = |id: ObjectId| rawdoc! { "_id": id, "a": 1, "o": { "_id": 3 }, "": "x" };
        assert_eq!(with_id(&of(old), new).unwrap(), of(new));
    }
}
