//! A log record in the making: takes the fields a sender wrote, in one pass, in whatever order they come.

use mongodb::bson::{DateTime, oid::ObjectId};

use super::Rules;
use super::attribute::{Attribute, Kind, RESERVED};
use super::bson::{Container, DocumentWriter, Fields, Place, Value};
use super::choice::{Choice, Offer};
use super::uid::{self, NotAUid};

/// Where the name of the service is looked for, best first.
const SERVICE_FIELDS: [&str; 4] = ["service", "service.name", "app", "application"];
/// Room for what logbraid adds to a record: id, time, source, a rendered message.
const ADDED_BYTES: usize = 384;
/// Room for fields that cannot stay in place, which most records have none of.
const NO_BYTES: usize = 0;

/// A log record in the making. Feed it every field, then [`complete`](Self::complete) it.
///
/// Values that Python defines get their types back where they were sent as text. A field that cannot stay where its
/// sender put it is kept under `sent`.
#[derive(Debug)]
pub struct Draft<'r> {
    pub(super) rules: &'r Rules,
    pub(super) document: DocumentWriter,
    /// What could not stay in place: the document's field `sent`.
    pub(super) sent: DocumentWriter,
    pub(super) id: Place,
    pub(super) time: Place,
    places: [Option<Place>; Attribute::COUNT],
    pub(super) uid: Choice,
    pub(super) service: Choice,
    /// The message's arguments where they were sent as text.
    pub(super) args: Option<String>,
}

impl<'r> Draft<'r> {
    /// An empty draft for a payload of `payload_bytes`.
    #[must_use]
    pub fn new(rules: &'r Rules, payload_bytes: usize) -> Self {
        let mut document = DocumentWriter::with_capacity(payload_bytes + ADDED_BYTES);
        // Known only when all fields are, and overwritten then. First, since the server would move the id there.
        let id = document.push_id("_id", ObjectId::from_bytes([0; 12]));
        let time = document.push_date("time", DateTime::from_millis(0));
        Self {
            rules,
            document,
            sent: DocumentWriter::with_capacity(NO_BYTES),
            id,
            time,
            places: [None; Attribute::COUNT],
            uid: Choice::new(Attribute::LogUid.name()),
            service: Choice::new(Attribute::Service.name()),
            args: None,
        }
    }

    /// Keeps the source text of a field whose value could not be taken exactly.
    pub fn keep(&mut self, name: &str, source: &str) {
        self.sent.push(name, Value::Text(source));
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

    /// Where an attribute was written.
    pub(super) fn place(&self, attribute: Attribute) -> Option<Place> {
        self.places[attribute as usize]
    }

    /// Offers the value as uid and as service, if they may come under this name; tells whether it was refused.
    fn offer(&mut self, name: &str, value: Value<'_>) -> bool {
        let uid_fields = &self.rules.uid_fields;
        // Under its own name it counts even where the configured names leave it out.
        let last = (name == self.uid.field).then_some(uid_fields.len());
        let uid_rank = uid_fields.iter().position(|field| field == name).or(last);
        let service_rank = SERVICE_FIELDS.iter().position(|field| *field == name);
        let mut refused = true;
        for (choice, rank) in [(&mut self.uid, uid_rank), (&mut self.service, service_rank)] {
            match rank.map_or(Offer::Refused, |rank| choice.offer(rank, name, value)) {
                Offer::Refused => {}
                Offer::Noted => refused = false,
                Offer::Displaced(text) => {
                    self.sent.push(choice.field, Value::Text(&text));
                    refused = false;
                }
            }
        }
        refused
    }

    fn push_attribute(&mut self, attribute: Attribute, value: Value<'_>) {
        match (attribute, restore(attribute.kind(), value)) {
            (_, None) => {}
            (Attribute::Args, Some(Value::Text(text))) if self.args.is_none() => self.args = Some(text.to_owned()),
            (_, Some(value)) if self.place(attribute).is_none() => {
                self.places[attribute as usize] = Some(self.document.push_placed(attribute.name(), value));
            }
            (_, Some(value)) => self.sent.push(attribute.name(), value),
        }
    }
}

impl Fields for Draft<'_> {
    fn push(&mut self, name: &str, value: Value<'_>) {
        let refused = self.offer(name, value);
        match Attribute::named(name) {
            // Written when complete, since another name may bring a better value.
            Some(Attribute::LogUid | Attribute::Service) if refused && !is_nothing(value) => {
                self.sent.push(name, value);
            }
            Some(Attribute::LogUid | Attribute::Service) => {}
            Some(attribute) => self.push_attribute(attribute, value),
            None if RESERVED.contains(&name) => self.sent.push(name, value),
            None => self.document.push(name, value),
        }
    }

    fn push_container<E>(
        &mut self,
        name: &str,
        container: Container,
        fill: impl FnOnce(&mut DocumentWriter) -> Result<(), E>,
    ) -> Result<(), E> {
        let attribute = Attribute::named(name);
        let in_place = match attribute {
            Some(Attribute::LogUid | Attribute::Service) => false,
            Some(attribute) => self.place(attribute).is_none(),
            None => !RESERVED.contains(&name),
        };
        let writer = if in_place { &mut self.document } else { &mut self.sent };
        let begun = writer.begin(name, container);
        if let (true, Some(attribute)) = (in_place, attribute) {
            self.places[attribute as usize] = Some(begun.place(container));
        }
        fill(writer)?;
        writer.end(begun);
        Ok(())
    }
}

/// Gives a value sent as text its type back; `None` where it says that there is none. What does not read as its type
/// stays as it was sent.
fn restore(kind: Kind, value: Value<'_>) -> Option<Value<'_>> {
    match (kind, value) {
        (_, Value::Null) => None,
        (Kind::Text, value) => Some(value),
        (_, Value::Text("None")) => None,
        (Kind::Integer, Value::Text(text)) => Some(text.parse().map_or(value, Value::Integer)),
        (Kind::Float, Value::Text(text)) => Some(text.parse().map_or(value, Value::Float)),
        (_, value) => Some(value),
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
