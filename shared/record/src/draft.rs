//! A log record in the making: takes the fields a sender wrote, in one pass, in whatever order they come.

use bson::{DateTime, oid::ObjectId};

use super::Rules;
use super::attribute::{Attribute, Kind};
use super::best_of::{BestOf, Offer};
use super::document::{Container, DocumentWriter, FieldSink, ReservedName, Value, ValueOffset};
use super::names::Name;
use super::uid::{self, NotAUid};
use super::vocabulary::Meaning;

/// Where the bytes of a record that is not text all through are kept, under `sent`.
const PAYLOAD: &str = "payload";
/// Room for what logbraid adds to a record: id, time, source, a rendered message.
const ADDED_BYTES: usize = 384;

/// A log record in the making. Feed it every field, then [`complete`](Self::complete) it.
///
/// Values that Python defines get their types back where they were sent as text. A field that cannot stay where its
/// sender put it is kept under `sent`.
#[derive(Debug)]
pub struct Draft<'r> {
    pub(super) rules: &'r Rules,
    pub(super) document: DocumentWriter,
    /// What could not stay in place: the document's field `sent`. Most records have none.
    pub(super) sent: Option<Box<DocumentWriter>>,
    pub(super) id: ValueOffset,
    pub(super) time: ValueOffset,
    places: [Option<ValueOffset>; Attribute::ALL.len()],
    /// FieldSink that other dialects, or the rules, give a meaning.
    others: Vec<(&'r str, Held)>,
    pub(super) uid: BestOf,
    pub(super) service: BestOf,
    /// The message's arguments where they were sent as text.
    pub(super) args: Option<String>,
}

/// Where a field is held.
#[derive(Clone, Copy, Debug)]
enum Held {
    InPlace(ValueOffset),
    /// Under `sent`.
    Sent(ValueOffset),
}

impl<'r> Draft<'r> {
    /// An empty draft for a payload of `payload_bytes`.
    #[must_use]
    pub fn new(rules: &'r Rules, payload_bytes: usize) -> Self {
        let mut document = DocumentWriter::with_capacity(payload_bytes + ADDED_BYTES);
        // Known only when all fields are, and overwritten then. First, since the server would move the id there.
        let id = document.push_id(ReservedName("_id"), ObjectId::from_bytes([0; 12]));
        let time = document.push_date(ReservedName("time"), DateTime::from_millis(0));
        Self {
            rules,
            document,
            sent: None,
            id,
            time,
            places: [None; Attribute::ALL.len()],
            others: Vec::new(),
            uid: BestOf::new(Attribute::LogUid.name()),
            service: BestOf::new(Attribute::Service.name()),
            args: None,
        }
    }

    /// Keeps the source of a field, text or bytes, whose value could not be taken exactly.
    pub fn keep(&mut self, name: &str, source: Value<'_>) {
        self.sent.get_or_insert_default().push(name, source);
    }

    /// Keeps the bytes of a record that is not text all through.
    pub fn keep_payload(&mut self, bytes: &[u8]) {
        self.sent.get_or_insert_default().push(PAYLOAD, Value::Bytes(bytes));
    }

    /// The value of an attribute that was taken, with its type restored.
    pub(super) fn get(&self, attribute: Attribute) -> Option<Value<'_>> {
        self.place(attribute).and_then(|place| self.document.get(place))
    }

    /// The text of an attribute that was taken as text.
    pub(super) fn text(&self, attribute: Attribute) -> Option<&str> {
        match self.get(attribute)? {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    /// What `read` makes of the field of that name. A name with dots is a field's own, or the path to it through objects.
    pub(super) fn other<T>(&self, name: &str, read: impl FnOnce(Value<'_>) -> Option<T>) -> Option<T> {
        let held = |name: &str| self.others.iter().find(|(other, _)| *other == name).map(|(_, held)| *held);
        if let Some(held) = held(name) {
            let (writer, place) = self.held(held)?;
            return writer.get(place).and_then(read);
        }
        let (outermost, path) = name.split_once('.')?;
        let (writer, place) = self.held(held(outermost)?)?;
        let (_, mut document) = writer.get_container(place)?;
        let mut path = path.split('.').peekable();
        while let Some(name) = path.next() {
            let value = document.get(name).ok()??;
            match (path.peek(), value.as_document()) {
                (None, _) => return Value::of(value).and_then(read),
                (Some(_), inner) => document = inner?,
            }
        }
        None
    }

    /// Whether it is too large to be stored.
    pub(super) fn is_full(&self) -> bool {
        self.document.is_full() || self.sent.as_ref().is_some_and(|sent| sent.is_full())
    }

    /// Whether there are fields that may stand for a missing attribute.
    pub(super) fn has_others(&self) -> bool {
        !self.others.is_empty()
    }

    fn held(&self, held: Held) -> Option<(&DocumentWriter, ValueOffset)> {
        match held {
            Held::InPlace(place) => Some((&self.document, place)),
            Held::Sent(place) => self.sent.as_deref().map(|sent| (sent, place)),
        }
    }

    /// Where an attribute was written.
    pub(super) fn place(&self, attribute: Attribute) -> Option<ValueOffset> {
        self.places[attribute as usize]
    }

    /// Offers the value as uid and as service, if they may come under this name; tells whether it was refused.
    pub(super) fn offer(&mut self, name: &str, value: Value<'_>) -> bool {
        self.rules.vocabulary.meaning(Name::of(name)).is_none_or(|meaning| self.offer_as(meaning, value))
    }

    fn offer_as(&mut self, Meaning { name, uid_rank, service_rank, .. }: &Meaning, value: Value<'_>) -> bool {
        let mut refused = true;
        for (choice, rank) in [(&mut self.uid, *uid_rank), (&mut self.service, *service_rank)] {
            match rank.map_or(Offer::Refused, |rank| choice.offer(rank, name, value)) {
                Offer::Refused => {}
                Offer::Noted => refused = false,
                Offer::Displaced(text) => {
                    self.sent.get_or_insert_default().push(choice.field, Value::Text(&text));
                    refused = false;
                }
            }
        }
        refused
    }

    /// Writes an attribute.
    pub(super) fn put(&mut self, attribute: Attribute, value: Value<'_>) {
        self.put_named(attribute, Name::of(attribute.name()), value);
    }

    fn put_named(&mut self, attribute: Attribute, name: Name<'_>, value: Value<'_>) {
        let place = self.document.push_named(name, value);
        self.places[attribute as usize].get_or_insert(place);
    }

    /// Writes an attribute as a sender wrote it. A value sent as text gets its type back, and is dropped where it says
    /// that there is none; what does not read as its type stays as it was sent.
    fn push_attribute(&mut self, attribute: Attribute, name: Name<'_>, value: Value<'_>) {
        let restored = match (attribute.kind(), value) {
            (_, Value::Null) => return,
            (Kind::Text, _) => None,
            (_, Value::Text("None")) => return,
            (Kind::Integer, Value::Text(text)) => text.parse().ok().map(Value::Integer),
            (Kind::Float, Value::Text(text)) => text.parse().ok().map(Value::Float),
            (Kind::Arguments, Value::Text(text)) if self.args.is_none() => {
                self.args = Some(text.to_owned());
                return;
            }
            _ => None,
        };
        match restored {
            Some(restored) => self.put_named(attribute, name, restored),
            None => self.put_named(attribute, name, value),
        }
    }
}

impl FieldSink for Draft<'_> {
    fn push(&mut self, name: &str, value: Value<'_>) {
        if self.is_full() {
            return;
        }
        let name = Name::of(name);
        let Some(meaning) = self.rules.vocabulary.meaning(name) else {
            self.document.push_named(name, value);
            return;
        };
        let refused = !meaning.is_candidate() || self.offer_as(meaning, value);
        match meaning.attribute {
            // Written when complete, since another name may bring a better value.
            Some(Attribute::LogUid | Attribute::Service) => {
                if refused && !is_nothing(value) {
                    self.sent.get_or_insert_default().push_named(name, value);
                }
            }
            Some(attribute) => self.push_attribute(attribute, name, value),
            None => {
                let held = if meaning.is_reserved {
                    Held::Sent(self.sent.get_or_insert_default().push_named(name, value))
                } else {
                    Held::InPlace(self.document.push_named(name, value))
                };
                if meaning.stands_in {
                    self.others.push((&meaning.name, held));
                }
            }
        }
    }

    fn push_container<E>(
        &mut self,
        name: &str,
        container: Container,
        fill: impl FnOnce(&mut DocumentWriter) -> Result<(), E>,
    ) -> Result<(), E> {
        if self.is_full() {
            return fill(&mut self.document);
        }
        let name = Name::of(name);
        let meaning = self.rules.vocabulary.meaning(name);
        let attribute = meaning.and_then(|meaning| meaning.attribute);
        let in_place = match attribute {
            Some(attribute) => !matches!(attribute, Attribute::LogUid | Attribute::Service),
            None => !meaning.is_some_and(|meaning| meaning.is_reserved),
        };
        let writer = if in_place { &mut self.document } else { self.sent.get_or_insert_default() };
        let begun = writer.begin_named(name, container);
        let place = begun.place(container);
        fill(writer)?;
        writer.end(begun);
        if let (true, Some(attribute)) = (in_place, attribute) {
            self.places[attribute as usize].get_or_insert(place);
        }
        if let Some(meaning) = meaning.filter(|meaning| meaning.stands_in) {
            self.others.push((&meaning.name, if in_place { Held::InPlace(place) } else { Held::Sent(place) }));
        }
        Ok(())
    }
}

/// Whether the value is what senders write where they have none.
fn is_nothing(value: Value<'_>) -> bool {
    match value {
        Value::Null => true,
        Value::Text(text) => uid::check(text) == Err(NotAUid::Nothing),
        _ => false,
    }
}
