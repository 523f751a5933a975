//! Stores documents once, however often they are delivered.

use std::collections::BTreeMap;
use std::collections::hash_map::Entry;

use mongodb::Collection;
use mongodb::bson::{RawDocumentBuf, doc};
use mongodb::error::{Error, ErrorKind, IndexedWriteError, InsertManyError};
use record::{MAX_DETAIL_BYTES, bounded};

use super::identity::stream_positions;
use super::pending::{Pending, WithId};
use super::refusal::{DUPLICATE, is_of_document, name};
use super::taken::{Placed, Taken, place};
use super::{InsertError, InsertOutcome, StoreError};

/// The server's code for a document that is larger than it takes (`BSONObjectTooLarge`).
const TOO_LARGE: i32 = 10_334;
/// How many times the documents are looked up. More than twice only if other writers keep taking their ids.
const MAX_ROUNDS: usize = 8;

/// Stores those documents that are not stored yet.
///
/// A batch is nearly always new. So it is inserted in order, which stops at the first document that is stored already or is
/// refused. Only then are the rest looked up, since trying a duplicate costs as much as several inserts.
pub(super) async fn insert_once(
    collection: &Collection<RawDocumentBuf>,
    documents: &[WithId<'_>],
) -> Result<InsertOutcome, InsertError> {
    let inserted = collection.insert_many(documents.iter().map(|(_, document)| *document)).ordered(true).await;
    let Err(error) = inserted else {
        return Ok(InsertOutcome::all(documents.len()));
    };
    let known_stored = write_errors(&error).and_then(|errors| Some(errors.first()?.index)).unwrap_or_default();
    if !is_about_documents(&error) {
        return Err(InsertError { known_stored, source: insert_failed(collection)(error) });
    }
    let rest = insert_rest(collection, &documents[known_stored..]).await;
    Ok(rest.map_err(|source| InsertError { known_stored, source })?.behind(known_stored))
}

/// Stores those documents that are not stored yet, where some are, or are refused.
async fn insert_rest(
    collection: &Collection<RawDocumentBuf>,
    documents: &[WithId<'_>],
) -> Result<InsertOutcome, StoreError> {
    let mut rest = Rest { collection, outcome: InsertOutcome::default() };
    let mut pending: Vec<Pending<'_>> = documents.iter().enumerate().map(Pending::new).collect();
    for _ in 0..MAX_ROUNDS {
        pending = rest.round(pending).await?;
        if pending.is_empty() {
            let InsertOutcome { inserted, refused, .. } = &mut rest.outcome;
            inserted.duplicates = documents.len() - inserted.stored - refused.len();
            return Ok(rest.outcome);
        }
    }
    Err(StoreError::Contended { collection: collection.name().to_owned(), documents: pending.len() })
}

/// Documents of which some are stored already, or are refused.
struct Rest<'c> {
    collection: &'c Collection<RawDocumentBuf>,
    outcome: InsertOutcome,
}

impl Rest<'_> {
    /// Looks the documents up and inserts what is missing. Returns those whose id another writer took meanwhile.
    async fn round<'a>(&mut self, pending: Vec<Pending<'a>>) -> Result<Vec<Pending<'a>>, StoreError> {
        let ids = pending.iter().map(|pending| pending.id).collect();
        let mut positions = stream_positions(self.collection, ids).await?;
        let (mut free, mut taken) = (Vec::new(), Taken::new());
        for pending in pending {
            match positions.entry(pending.id) {
                Entry::Vacant(entry) => {
                    entry.insert(pending.stream_position.clone());
                    free.push(pending);
                }
                Entry::Occupied(entry) if *entry.get() == pending.stream_position => {}
                Entry::Occupied(_) => taken.entry(pending.id).or_default().push(pending),
            }
        }
        // First, since a document may be a duplicate of one of these.
        let mut again = self.insert(free).await?;
        let Placed { moved, free, again: elsewhere } = place(self.collection, taken).await?;
        self.outcome.moved.extend(moved);
        self.outcome.moved.extend(free.iter().chain(&elsewhere).map(|pending| (pending.position, pending.id)));
        again.extend(self.insert(free).await?);
        again.extend(elsewhere);
        Ok(again)
    }

    /// Inserts documents under ids that were free. Notes those that the server refuses for good. Returns those whose id
    /// another writer took meanwhile.
    async fn insert<'a>(&mut self, mut pending: Vec<Pending<'a>>) -> Result<Vec<Pending<'a>>, StoreError> {
        let mut limit = None;
        while !pending.is_empty() {
            let documents = pending.iter().map(|pending| pending.document.as_ref());
            match self.collection.insert_many(documents).ordered(false).await {
                Ok(_) => {
                    self.note_stored(&pending);
                    break;
                }
                Err(error) if is_too_large_to_send(&error) && limit.is_none() => {
                    let max_bytes =
                        max_document_bytes(self.collection).await.map_err(insert_failed(self.collection))?;
                    limit = Some(max_bytes);
                    pending = self.refuse_larger(pending, max_bytes);
                }
                Err(error) if is_about_documents(&error) => {
                    return Ok(self.read_errors(pending, write_errors(&error).unwrap_or_default()));
                }
                Err(error) => return Err(insert_failed(self.collection)(error)),
            }
        }
        Ok(Vec::new())
    }

    fn note_stored(&mut self, stored: &[Pending<'_>]) {
        self.outcome.inserted.stored += stored.len();
        self.outcome.conflicting += stored.iter().filter(|pending| pending.is_conflicting).count();
    }

    /// Tells the documents apart that were stored, refused, or came too late for their id.
    fn read_errors<'a>(&mut self, pending: Vec<Pending<'a>>, errors: &[IndexedWriteError]) -> Vec<Pending<'a>> {
        let errors: BTreeMap<usize, &IndexedWriteError> = errors.iter().map(|error| (error.index, error)).collect();
        let (mut stored, mut again) = (Vec::new(), Vec::new());
        for (index, pending) in pending.into_iter().enumerate() {
            match errors.get(&index) {
                None => stored.push(pending),
                // Another writer may have been quicker. If the id is free when it is looked up once more, it is no `_id`
                // that is taken but a key of somebody's unique index.
                Some(error) if error.code == DUPLICATE && pending.refused_under != Some(pending.id) => {
                    again.push(Pending { refused_under: Some(pending.id), ..pending });
                }
                Some(error) => self.refuse(&pending, detail(error)),
            }
        }
        self.note_stored(&stored);
        again
    }

    fn refuse_larger<'a>(&mut self, pending: Vec<Pending<'a>>, max_bytes: usize) -> Vec<Pending<'a>> {
        let bytes = |pending: &Pending<'_>| pending.document.as_bytes().len();
        let (fitting, too_large): (Vec<_>, Vec<_>) =
            pending.into_iter().partition(|pending| bytes(pending) <= max_bytes);
        for pending in too_large {
            let why = format!("the document has {} bytes, the server takes {max_bytes}", bytes(&pending));
            self.refuse(&pending, format!("{TOO_LARGE} {}: {why}", name(TOO_LARGE)));
        }
        fitting
    }

    fn refuse(&mut self, pending: &Pending<'_>, detail: String) {
        self.outcome.moved.remove(&pending.position);
        self.outcome.refused.insert(pending.position, detail);
    }
}

/// The server's reason, as `121 DocumentValidationFailure: Document failed validation {…}`.
fn detail(error: &IndexedWriteError) -> String {
    let IndexedWriteError { code, message, details, .. } = error;
    let name = name(*code);
    match details {
        Some(details) => bounded(format_args!("{code} {name}: {message} {details}"), MAX_DETAIL_BYTES),
        None => bounded(format_args!("{code} {name}: {message}"), MAX_DETAIL_BYTES),
    }
}

/// Whether the server, or the driver, refuses single documents and would take the others.
fn is_about_documents(error: &Error) -> bool {
    match write_errors(error) {
        Some(errors) => errors.iter().all(|error| is_of_document(error.code)),
        None => is_too_large_to_send(error),
    }
}

/// What the server says of single documents; `None` where the whole batch is in doubt, as after a write concern error or
/// a broken connection.
pub(super) fn write_errors(error: &Error) -> Option<&[IndexedWriteError]> {
    match &*error.kind {
        ErrorKind::InsertMany(InsertManyError { write_errors: Some(errors), write_concern_error: None, .. }) => {
            Some(errors)
        }
        _ => None,
    }
}

/// Whether the driver did not send anything, since a document is larger than the server says that it takes.
fn is_too_large_to_send(error: &Error) -> bool {
    matches!(&*error.kind, ErrorKind::InvalidArgument { .. })
}

/// Asks the server how large a document may be. MongoDB takes 16 MiB, which no record exceeds; others may take less.
async fn max_document_bytes(collection: &Collection<RawDocumentBuf>) -> Result<usize, Error> {
    let database = collection.client().database(&collection.namespace().db);
    let hello = database.run_command(doc! { "hello": 1 }).await?;
    Ok(hello.get_i32("maxBsonObjectSize").ok().and_then(|bytes| bytes.try_into().ok()).unwrap_or(usize::MAX))
}

fn insert_failed(collection: &Collection<RawDocumentBuf>) -> impl Fn(Error) -> StoreError {
    let collection = collection.name().to_owned();
    move |source| StoreError::Insert { collection: collection.clone(), source }
}
