//! Documents that are not known to be stored yet.

use std::borrow::Cow;

use mongodb::bson::raw::cstr;
use mongodb::bson::{RawDocument, RawDocumentBuf, oid::ObjectId};
use mongodb::error::Error;

use super::identity::{Comparable, Relation, StreamPosition};

/// A document to be stored under an id.
pub(super) type WithId<'a> = (ObjectId, &'a RawDocumentBuf);

/// A document that is not known to be stored yet.
#[derive(Clone)]
pub(super) struct Pending<'a> {
    /// Its position in the batch.
    pub(super) position: usize,
    /// The id that it is tried under.
    pub(super) id: ObjectId,
    /// The document, with this id.
    pub(super) document: Cow<'a, RawDocumentBuf>,
    /// Its place in the stream.
    pub(super) stream_position: StreamPosition,
    /// Whether a different record has its `record_id`.
    pub(super) is_conflicting: bool,
    /// The id that was free when the server refused the document as a duplicate.
    pub(super) refused_under: Option<ObjectId>,
}

impl<'a> Pending<'a> {
    pub(super) fn new((position, &(id, document)): (usize, &WithId<'a>)) -> Self {
        let stream_position = StreamPosition::of(document);
        let document = Cow::Borrowed(document);
        Self { position, id, document, stream_position, is_conflicting: false, refused_under: None }
    }

    /// Gives the document another id.
    pub(super) fn under(self, id: ObjectId) -> Result<Self, Error> {
        Ok(Self { id, document: Cow::Owned(with_id(&self.document, id)?), ..self })
    }

    pub(super) fn comparable(&self) -> Comparable<'_> {
        Comparable { document: &self.document, position: &self.stream_position }
    }

    /// Compares the document with another one. Returns whether they are the same record.
    pub(super) fn is_same(&mut self, other: Comparable<'_>) -> bool {
        let relation = self.comparable().relation(other);
        self.is_conflicting |= relation == Relation::Conflicting;
        relation == Relation::Same
    }
}

/// Returns the next id of the same microsecond: the last five bytes hold nothing but hash. `None` behind the last.
pub(super) fn next_id(id: ObjectId) -> Option<ObjectId> {
    let mut bytes = id.bytes();
    for byte in bytes[7..].iter_mut().rev() {
        *byte = byte.wrapping_add(1);
        if *byte != 0 {
            return Some(ObjectId::from_bytes(bytes));
        }
    }
    None
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

#[cfg(test)]
mod tests {
    use mongodb::bson::{oid::ObjectId, rawdoc};

    use super::{next_id, with_id};

    #[test]
    fn the_next_id_is_of_the_same_microsecond() {
        fn check(id: &str, expect: Option<&str>) {
            assert_eq!(next_id(id.parse().unwrap()).map(ObjectId::to_hex).as_deref(), expect);
        }
        check("6b00065b28841133e527503d", Some("6b00065b28841133e527503e"));
        check("6b00065b28841133e52750ff", Some("6b00065b28841133e5275100"));
        check("6b00065b288411fffffffffe", Some("6b00065b288411ffffffffff"));
        check("6b00065b288411ffffffffff", None);
    }

    #[test]
    fn a_moved_document_is_the_same_but_for_its_id() {
        let (old, new) = (ObjectId::from_bytes([1; 12]), ObjectId::from_bytes([2; 12]));
        let of = |id: ObjectId| rawdoc! { "_id": id, "a": 1, "o": { "_id": 3 }, "": "x" };
        assert_eq!(with_id(&of(old), new).unwrap(), of(new));
    }
}
