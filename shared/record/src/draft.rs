//! A log record under construction: takes a sender's fields in one pass and in any order.

use bson::{DateTime, oid::ObjectId};

use super::EventTime;
use super::attribute::{Attribute, Kind};
use super::best_of::{BestOf, Candidate, Offer};
use super::blank::says_nothing;
use super::container::Container;
use super::document::{DocumentWriter, FieldSink, KnownName, ReservedName, Value, ValueOffset};
use super::field::Field;
use super::further_ids::{Offered, is_key};
use super::ids::Holds;
use super::meaning::Meaning;
use super::names::Name;
use super::text_ids::{self, TextId};
use super::uid::{self, NotAUid};
use super::{Rules, WorkBudget, uid_forms};

/// The name under `sent` for the payload of a record that is not valid UTF-8.
const PAYLOAD: &str = "payload";
/// Room for what logbraid adds to a record: id, time, source, a rendered message.
const ADDED_BYTES: usize = 384;
/// How many fields with a meaning are looked at.
const MAX_ALIASES: usize = 128;
/// The attributes that only Python's `LogRecord` has.
const PYTHON_MARKS: [Attribute; 9] = [
    Attribute::LevelName,
    Attribute::LevelNo,
    Attribute::PathName,
    Attribute::LineNo,
    Attribute::FuncName,
    Attribute::Msecs,
    Attribute::RelativeCreated,
    Attribute::ThreadName,
    Attribute::ProcessName,
];

/// A log record under construction. Push every field, then [`complete`](Self::complete) it.
///
/// A value of one of Python's attributes that was sent as text gets its type back. A field that cannot stay where its
/// sender put it is kept under `sent`.
#[derive(Debug)]
pub struct Draft<'r> {
    pub(super) rules: &'r Rules,
    pub(super) work: &'r WorkBudget,
    pub(super) document: DocumentWriter,
    /// The document's field `sent`: fields that could not stay in place. Most records have none.
    pub(super) sent: Option<Box<DocumentWriter>>,
    pub(super) id: ValueOffset,
    pub(super) time: ValueOffset,
    offsets: [Option<ValueOffset>; Attribute::ALL.len()],
    /// Fields to which another dialect or the configuration gives a meaning.
    aliases: Vec<(&'r Meaning, Location)>,
    /// Whether the sender wrote fields that only Python's `LogRecord` has, once that is decided.
    is_pythons: Option<bool>,
    /// The event's time if another field says better than `created`.
    better_time: Option<EventTime>,
    /// Whether the logger's name came from another dialect's field.
    has_aliased_name: bool,
    /// The event's time as a field says that may mean another time.
    loose_time: Option<EventTime>,
    /// Whether `levelno` was sent as 0, which says nothing.
    pub(super) has_zero_level: bool,
    /// The attributes that were sent as a text that says nothing, so that another field may say more.
    pub(super) blanks: Vec<(Attribute, String)>,
    pub(super) uid: BestOf,
    /// The ids that did not become the `log_uid`.
    pub(super) further_ids: Offered,
    pub(super) service: BestOf,
    /// The message's arguments if they were sent as text.
    pub(super) args: Option<String>,
    /// How the payload was repaired.
    pub(super) repaired: Option<&'static str>,
}

/// Where a field was written.
#[derive(Clone, Copy, Debug)]
pub(super) enum Location {
    InPlace(ValueOffset),
    /// In the field `sent`.
    Sent(ValueOffset),
}

impl<'r> Draft<'r> {
    /// Creates an empty draft for a payload of `payload_bytes`. Completing it takes work off the budget.
    #[must_use]
    pub fn new(rules: &'r Rules, work: &'r WorkBudget, payload_bytes: usize) -> Self {
        let mut document = DocumentWriter::with_capacity(payload_bytes + ADDED_BYTES);
        // Both are placeholders until all fields are known. They come first because the server would move the id there
        // anyway.
        let id = document.push_id(ReservedName("_id"), ObjectId::from_bytes([0; 12]));
        let time = document.push_date(ReservedName("time"), DateTime::from_millis(0));
        Self {
            rules,
            work,
            document,
            sent: None,
            id,
            time,
            offsets: [None; Attribute::ALL.len()],
            aliases: Vec::new(),
            is_pythons: None,
            better_time: None,
            has_aliased_name: false,
            loose_time: None,
            has_zero_level: false,
            blanks: Vec::new(),
            uid: BestOf::new(Attribute::LogUid.name()),
            further_ids: Offered::default(),
            service: BestOf::new(Attribute::Service.name()),
            args: None,
            repaired: None,
        }
    }

    /// Marks the record as one whose payload was repaired.
    pub fn set_repaired(&mut self, how: &'static str) {
        self.repaired = Some(how);
    }

    /// Returns how many bytes have been written.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.document.len()
    }

    /// Keeps under `sent` the source (text or bytes) of a field whose value could not be converted exactly.
    pub fn keep(&mut self, name: &str, source: Value<'_>) {
        self.sent.get_or_insert_default().push(name, source);
    }

    /// Keeps under `sent` the bytes of a record that is not valid UTF-8.
    pub fn keep_payload(&mut self, bytes: &[u8]) {
        self.sent.get_or_insert_default().push(PAYLOAD, Value::Bytes(bytes));
    }

    /// Keeps under `sent` the text of a record that was repaired and says less than its text.
    pub fn keep_text(&mut self, text: &str) {
        self.keep(PAYLOAD, Value::Text(text));
    }

    /// Returns the value of an attribute, with its type restored.
    pub(super) fn get(&self, attribute: Attribute) -> Option<Value<'_>> {
        self.offset(attribute).and_then(|offset| self.document.get(offset))
    }

    /// Returns the value of an attribute if it is text.
    pub(super) fn text(&self, attribute: Attribute) -> Option<&str> {
        match self.get(attribute)? {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    /// Returns the value of an attribute, also an object's or a list's.
    pub(super) fn attribute(&self, attribute: Attribute) -> Option<Field<'_>> {
        self.offset(attribute).and_then(|offset| self.field(Location::InPlace(offset)))
    }

    /// Reads the field of that name with `read`. A dotted name is a field's own name, or the path to it through
    /// objects.
    pub(super) fn alias_value<T>(&self, name: &str, read: impl FnOnce(Value<'_>) -> Option<T>) -> Option<T> {
        let location =
            |name: &str| self.aliases.iter().find(|(alias, _)| alias.name == name).map(|(_, location)| *location);
        if let Some(location) = location(name) {
            let (writer, offset) = self.location(location)?;
            return writer.get(offset).and_then(read);
        }
        let (outermost, path) = name.split_once('.')?;
        let (writer, offset) = self.location(location(outermost)?)?;
        let (_, mut document) = writer.get_container(offset)?;
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

    /// Returns the fields to which another dialect or the configuration gives a meaning.
    pub(super) fn aliases(&self) -> &[(&'r Meaning, Location)] {
        &self.aliases
    }

    /// Returns whether the record has a field with one of these names, spelled as its meaning is.
    pub(super) fn has_alias(&self, names: &[&str]) -> bool {
        self.aliases.iter().any(|(meaning, _)| names.contains(&meaning.name.as_str()))
    }

    /// Returns a field's value.
    pub(super) fn field(&self, location: Location) -> Option<Field<'_>> {
        let (writer, offset) = self.location(location)?;
        if let Some(value) = writer.get(offset) {
            return Some(Field::Scalar(value));
        }
        writer.get_container(offset).map(|(container, document)| match container {
            Container::Document => Field::Object(document),
            Container::Array => Field::Array(document),
        })
    }

    /// Returns the event's time: what `created` says, unless another field says better.
    pub(super) fn own_time(&self) -> Option<EventTime> {
        self.better_time.or_else(|| EventTime::of_field(self.attribute(Attribute::Created)?))
    }

    /// Takes the time of a field that may mean another time. An event is not written before it happens, but for what
    /// clocks differ.
    pub(super) fn take_loose_time(&mut self, arrived: EventTime) -> Option<EventTime> {
        self.loose_time.take().filter(|time| !time.is_ahead_of(arrived))
    }

    /// Keeps the event's time from a field that may mean another time. It counts if nothing else says one.
    pub(super) fn put_loose_time(&mut self, time: EventTime) {
        self.loose_time = Some(time);
    }

    /// Adds the event's time from another dialect's field. A `created` that is not the event's time stays.
    pub(super) fn put_time(&mut self, time: EventTime) {
        if self.offset(Attribute::Created).is_none() {
            self.put(Attribute::Created, Value::Float(time.seconds()));
        } else {
            self.better_time = Some(time);
        }
    }

    /// Returns whether the sender wrote fields that only Python's `LogRecord` has.
    pub(super) fn is_pythons(&self) -> bool {
        self.is_pythons.unwrap_or_else(|| PYTHON_MARKS.iter().any(|mark| self.offset(*mark).is_some()))
    }

    /// Decides whether the record is Python's, before other attributes are filled in.
    pub(super) fn decide_is_pythons(&mut self) {
        self.is_pythons = Some(self.is_pythons());
    }

    /// Returns the logger's name if `name` is one. In a record of another library it may be anything's name.
    pub(super) fn logger(&self) -> Option<&str> {
        let is_bunyans = |name: &str| name == "pid" || name == "hostname";
        let is_logger = self.has_aliased_name
            || self.aliases.is_empty()
            || self.is_pythons()
            || self.aliases.iter().any(|(meaning, _)| is_bunyans(&meaning.name));
        self.text(Attribute::Name).filter(|_| is_logger)
    }

    /// Adds the logger's name from another dialect's field.
    pub(super) fn put_logger(&mut self, name: &str) {
        self.put(Attribute::Name, Value::Text(name));
        self.has_aliased_name = true;
    }

    /// Writes a field that has no meaning under its own name, but maybe in another spelling.
    fn push_spelled(&mut self, name: Name<'_>, value: Value<'_>) {
        let offset = self.document.push_named(name, value);
        if let Some(meaning) = self.rules.vocabulary.spelled(name) {
            // `task` is an object with an id of some senders, and a text of others.
            if meaning.holds_ids != Holds::InObjects || meaning.has_other_parts() {
                self.add_alias(meaning, Location::InPlace(offset));
            }
            if meaning.uid_rank.is_some() {
                self.offer_as(meaning, value);
            }
        }
    }

    fn add_alias(&mut self, meaning: &'r Meaning, location: Location) {
        if (meaning.holds_ids != Holds::No || meaning.has_other_parts()) && self.aliases.len() < MAX_ALIASES {
            self.aliases.push((meaning, location));
        }
    }

    /// Offers the only text of a list as an id, as headers have it. A list of business keys is none.
    fn offer_only(&mut self, meaning: &Meaning, list: Location) {
        let is_id = meaning.uid_rank.is_some_and(|rank| !is_key(rank));
        let only = self.field(list).filter(|_| is_id).and_then(|list| {
            let mut values = list.fields();
            let (_, only) = values.next()?;
            only.text().filter(|_| values.next().is_none()).map(str::to_owned)
        });
        if let Some(only) = only {
            self.offer_as(meaning, Value::Text(&only));
        }
    }

    /// Offers the first text of an array as correlation id.
    fn offer_first(&mut self, meaning: &Meaning, array: ValueOffset) {
        let Some(sent) = self.sent.as_deref() else { return };
        let Some((Container::Array, values)) = sent.get_container(array) else { return };
        let first = values.iter().next().and_then(|element| element.ok()?.1.as_str().map(str::to_owned));
        if let Some(first) = first {
            self.offer_as(meaning, Value::Text(&first));
        }
    }

    /// Returns whether the record is too large to be stored.
    pub(super) fn is_full(&self) -> bool {
        self.document.is_full() || self.sent.as_ref().is_some_and(|sent| sent.is_full())
    }

    /// Returns whether some field may stand for a missing attribute.
    pub(super) fn has_aliases(&self) -> bool {
        !self.aliases.is_empty()
    }

    fn location(&self, location: Location) -> Option<(&DocumentWriter, ValueOffset)> {
        match location {
            Location::InPlace(offset) => Some((&self.document, offset)),
            Location::Sent(offset) => self.sent.as_deref().map(|sent| (sent, offset)),
        }
    }

    /// Returns where an attribute was written.
    pub(super) fn offset(&self, attribute: Attribute) -> Option<ValueOffset> {
        self.offsets[attribute as usize]
    }

    /// Offers the value as correlation id and as service if its name allows. Returns whether it was refused.
    pub(super) fn offer(&mut self, name: &str, value: Value<'_>) -> bool {
        self.rules.vocabulary.meaning(Name::of(name)).is_none_or(|meaning| self.offer_as(meaning, value))
    }

    /// Returns the ids in a text, best first.
    #[must_use]
    pub fn ids_in_text<'t>(&self, text: &'t str) -> Vec<TextId<'t>> {
        text_ids::all(text, &self.rules.vocabulary)
    }

    /// Adds an id that is not a field of its own, and that does not become the `log_uid`.
    pub fn add_further_id(&mut self, TextId { id, rank, .. }: &TextId<'_>) {
        if let Some(id) = uid::of_text(id) {
            self.further_ids.add(*rank, id.to_owned());
        }
    }

    /// Offers a value as correlation id by a name in whatever spelling.
    pub(super) fn offer_spelled(&mut self, name: &str, value: Value<'_>) {
        if let Some(meaning) = self.rules.vocabulary.spelled(Name::of(name)) {
            self.offer_as(meaning, value);
        }
    }

    fn offer_as(&mut self, Meaning { name, uid_rank, form, service_rank, .. }: &Meaning, value: Value<'_>) -> bool {
        let is_uid = uid_rank.is_some_and(|rank| form.admits(value) && self.offer_uid(rank, name, value));
        let is_service = service_rank.is_some_and(|rank| self.offer_service(rank, name, value));
        !is_uid && !is_service
    }

    /// Offers a value as correlation id. One that loses is a further id. Returns whether it can be one.
    pub(super) fn offer_uid(&mut self, rank: usize, name: &str, value: Value<'_>) -> bool {
        let offer = self.uid.offer(rank, name, value);
        if let Offer::Lost(Candidate { rank, text, own_name }) = offer {
            if own_name {
                self.keep(self.uid.field, Value::Text(&text));
            }
            self.further_ids.add(rank, text);
            return true;
        }
        matches!(offer, Offer::Taken)
    }

    /// Offers a value as service. Returns whether it can be one.
    pub(super) fn offer_service(&mut self, rank: usize, name: &str, value: Value<'_>) -> bool {
        let offer = self.service.offer(rank, name, value);
        if let Offer::Lost(Candidate { text, own_name: true, .. }) = &offer {
            self.keep(self.service.field, Value::Text(text));
        }
        !matches!(offer, Offer::Refused)
    }

    /// Writes an attribute.
    pub(super) fn put(&mut self, attribute: Attribute, value: Value<'_>) {
        self.put_named(attribute, Name::of(attribute.name()), value);
    }

    fn put_named(&mut self, attribute: Attribute, name: Name<'_>, value: Value<'_>) {
        let offset = self.document.push_named(KnownName(name), value);
        self.offsets[attribute as usize].get_or_insert(offset);
    }

    /// Writes an attribute that a sender wrote. A value sent as text gets its type back; one that says `None` is
    /// dropped. A value that does not parse as its type stays as it was sent.
    fn push_attribute(&mut self, attribute: Attribute, name: Name<'_>, value: Value<'_>) {
        let restored = match (attribute.kind(), value) {
            (_, Value::Null) => return,
            (kind, Value::Text("None")) if kind != Kind::Text => return,
            // Another field may say more. Without one they come back on completion.
            (kind, Value::Text(text)) if kind != Kind::Arguments && says_nothing(text) => {
                self.blanks.push((attribute, text.to_owned()));
                return;
            }
            (_, Value::Integer(0)) if attribute == Attribute::LevelNo => {
                self.has_zero_level = true;
                return;
            }
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
            self.push_spelled(name, value);
            return;
        };
        let refused = !meaning.is_candidate() || self.offer_as(meaning, value);
        match meaning.attribute {
            // Written on completion, since another name may bring a better value.
            Some(Attribute::LogUid | Attribute::Service) => {
                if (refused && !means_none(value)) || (!refused && is_header(value)) {
                    self.sent.get_or_insert_default().push_named(name, value);
                }
            }
            Some(attribute) => self.push_attribute(attribute, name, value),
            None => {
                let location = if meaning.is_reserved {
                    Location::Sent(self.sent.get_or_insert_default().push_named(name, value))
                } else {
                    Location::InPlace(self.document.push_named(name, value))
                };
                if meaning.is_alias {
                    self.add_alias(meaning, location);
                    if let Some(spelled) = self.rules.vocabulary.spelled(name) {
                        self.add_alias(spelled, location);
                        if refused && spelled.uid_rank.is_some() {
                            self.offer_as(spelled, value);
                        }
                    }
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
        let offset = begun.offset(container);
        fill(writer)?;
        writer.end(begun);
        if let (true, Some(attribute)) = (in_place, attribute) {
            self.offsets[attribute as usize].get_or_insert(offset);
        }
        let location = if in_place { Location::InPlace(offset) } else { Location::Sent(offset) };
        if let Some(meaning) = meaning {
            self.add_alias(meaning, location);
        }
        if let Some(spelled) = self.rules.vocabulary.spelled(name) {
            self.add_alias(spelled, location);
            if container == Container::Array && attribute.is_none() {
                self.offer_only(spelled, location);
            }
        }
        if let (Some(Attribute::LogUid), Some(meaning)) = (attribute, meaning) {
            self.offer_first(meaning, offset);
        }
        Ok(())
    }

    fn spend(&mut self, units: usize) -> bool {
        self.work.spend(units);
        !self.work.is_exhausted()
    }
}

/// Returns whether the value is a header that holds an id and more.
fn is_header(value: Value<'_>) -> bool {
    matches!(value, Value::Text(text) if uid_forms::of_form(text).is_some())
}

/// Returns whether the value is one that senders write when they have none.
fn means_none(value: Value<'_>) -> bool {
    match value {
        Value::Null => true,
        Value::Text(text) => uid::check(text) == Err(NotAUid::Nothing),
        _ => false,
    }
}
