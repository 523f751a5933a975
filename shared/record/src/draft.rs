//! A log record under construction: takes a sender's fields in one pass and in any order.

mod ids;
mod sink;
mod times;

use bson::{DateTime, oid::ObjectId};

use super::EventTime;
use super::attribute::Attribute;
use super::best_of::BestOf;
use super::container::Container;
use super::document::{DocumentWriter, FieldSink, KnownName, ReservedName, ValueOffset};
use super::elements::Elements;
use super::field::Field;
use super::further_ids::Offered;
use super::meaning::Meaning;
use super::names::Name;
use super::value::Value;
use super::{Rules, WorkBudget};

/// The name under `sent` for the payload of a record that is not valid UTF-8.
const PAYLOAD: &str = "payload";
/// Room for what logbraid adds to a record: id, time, source, a rendered message.
const ADDED_BYTES: usize = 384;
/// How many fields with a meaning are looked at.
const MAX_ALIASES: usize = 128;
/// The attributes that only Python's `LogRecord` has, beside the level's name.
const PYTHON_MARKS: [Attribute; 8] = [
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
    /// The event's time as the record says it, once what surrounds the record is added.
    settled_time: Option<EventTime>,
    /// Whether the logger's name came from another dialect's field.
    has_aliased_name: bool,
    /// Whether the logger's name is that of a class, which tells no service.
    has_class_name: bool,
    /// The event's time as a field says that may mean another time.
    loose_time: Option<EventTime>,
    /// Whether `levelno` was sent as 0, which says nothing.
    pub(super) has_zero_level: bool,
    /// The attributes that were sent as a text that says nothing, so that another field may say more.
    pub(super) blanks: Vec<(Attribute, String)>,
    pub(super) uid: BestOf,
    /// The id in the header of the message. It counts if the record has no other.
    pub(super) id_of_header: Option<String>,
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
            settled_time: None,
            has_aliased_name: false,
            has_class_name: false,
            loose_time: None,
            has_zero_level: false,
            blanks: Vec::new(),
            uid: BestOf::new(Attribute::LogUid.name()),
            id_of_header: None,
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

    /// Returns the value of an attribute if it is an object or a list. Texts, as nearly all are, are not read for it.
    pub(super) fn container(&self, attribute: Attribute) -> Option<Field<'_>> {
        let offset = self.offset(attribute).filter(|offset| offset.is_container())?;
        self.field(Location::InPlace(offset))
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

    /// Returns the field of that name, spelled as its meaning is.
    pub(super) fn alias_field(&self, name: &str) -> Option<Field<'_>> {
        let (_, location) = self.aliases.iter().find(|(meaning, _)| meaning.name == name)?;
        self.field(*location)
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

    /// Returns whether the sender wrote fields that only Python's `LogRecord` has.
    pub(super) fn is_pythons(&self) -> bool {
        let has = |mark: &Attribute| self.offset(*mark).is_some();
        // The forwarder gives a message of syslog's a level's name.
        let has_name = || has(&Attribute::LevelName) && !self.has_level_of_severity();
        self.is_pythons.unwrap_or_else(|| PYTHON_MARKS.iter().any(has) || has_name())
    }

    /// Decides whether the record is Python's, before other attributes are filled in.
    pub(super) fn decide_is_pythons(&mut self) {
        self.is_pythons = Some(self.is_pythons());
    }

    /// Returns the logger's name if `name` is one. In a record of another library it may be anything's name.
    pub(super) fn logger(&self) -> Option<&str> {
        let is_bunyans = |name: &str| name == "pid" || name == "hostname";
        let is_logger = self.has_aliased_name
            || (self.aliases.is_empty() && self.has_dotted_name())
            || self.is_pythons()
            || self.aliases.iter().any(|(meaning, _)| is_bunyans(&meaning.name));
        self.text(Attribute::Name).filter(|_| is_logger && !self.has_class_name)
    }

    /// Returns whether `name` is dotted as a logger's. A person has a name, too.
    pub(super) fn has_dotted_name(&self) -> bool {
        self.text(Attribute::Name).is_some_and(|name| name.contains('.') && !name.contains([' ', '@', '/']))
    }

    /// Adds the logger's name from another dialect's field.
    pub(super) fn put_logger(&mut self, name: &str) {
        self.put(Attribute::Name, Value::Text(name));
        self.has_aliased_name = true;
    }

    /// Adds the logger's name that is only that of a class.
    pub(super) fn put_class_name(&mut self, name: &str) {
        self.put(Attribute::Name, Value::Text(name));
        self.has_class_name = true;
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

    /// Returns the fields that are written so far.
    pub(super) fn elements(&self) -> Elements<'_> {
        Elements { rest: self.document.elements() }
    }

    /// Writes an attribute.
    pub(super) fn put(&mut self, attribute: Attribute, value: Value<'_>) {
        self.put_named(attribute, Name::of(attribute.name()), value);
    }

    fn put_named(&mut self, attribute: Attribute, name: Name<'_>, value: Value<'_>) {
        let offset = self.document.push_named(KnownName(name), value);
        self.offsets[attribute as usize].get_or_insert(offset);
    }
}
