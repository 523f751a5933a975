//! Says field by field what becomes of a record, for people who connect a new sender.
//!
//! Nothing is noted while a record is decoded, which would cost time in each. The fields are read again by the same rules,
//! and compared with what was stored.

use bson::RawDocument;

use super::attribute::Attribute;
use super::best_of;
use super::bounded::beginning;
use super::contained_ids::{ContainedId, Search};
use super::document::{DocumentWriter, Value};
use super::draft::Draft;
use super::field::Field;
use super::ids::Holds;
use super::meaning::Meaning;
use super::names::Name;
use super::reading::{AliasedValue, Scales};
use super::redact::masks_in;
use super::template;
use super::{EventTime, LogRecord};

/// How many fields are explained.
const MAX_FIELDS: usize = 200;
/// How much of a value is shown, in bytes.
const MAX_VALUE_BYTES: usize = 200;
/// The format of a payload that is plain text.
const TEXT: &str = "text";
/// The fact that any time of an event may become.
const TIME: &str = "time";
/// What begins the use of a field that is used as nothing.
const NOT: &str = "not";
/// The use of a field whose value was masked.
const MASKED: &str = "masked";
/// The use of an id that is not the `log_uid`.
const FURTHER_ID: &str = "source.ids";
/// The facts of a record, in the order in which they are shown.
const FACTS: [&str; 10] = [
    TIME,
    Attribute::LevelName.name(),
    Attribute::LevelNo.name(),
    Attribute::LogUid.name(),
    Attribute::Service.name(),
    Attribute::Name.name(),
    Attribute::Fqdn.name(),
    Attribute::Message.name(),
    Attribute::ExcText.name(),
    Attribute::StackInfo.name(),
];

/// What a sender's fields say, before the record is complete.
#[derive(Debug)]
pub struct Readings {
    fields: Vec<(String, String)>,
    readings: Vec<Reading>,
}

/// What a field may say.
#[derive(Debug)]
struct Reading {
    /// The path of the field.
    path: String,
    fact: &'static str,
    /// `None` if the value cannot be used.
    value: Option<String>,
}

/// What became of a sender's fields.
#[derive(Debug)]
pub struct Explanation {
    /// What logbraid knows about the record, and where that comes from.
    pub facts: Vec<Fact>,
    /// The sender's fields, and those in objects that say something.
    pub fields: Vec<ExplainedField>,
}

/// Something that logbraid knows about a record.
#[derive(Debug, Eq, PartialEq)]
pub struct Fact {
    /// The field of the stored record.
    pub name: &'static str,
    /// Its value, cut to a line's length.
    pub value: String,
    /// The path of the sender's field that says it, or what else it was made from.
    pub origin: String,
}

/// A sender's field.
#[derive(Debug, Eq, PartialEq)]
pub struct ExplainedField {
    /// Its path.
    pub path: String,
    /// Its value, cut to a line's length.
    pub value: String,
    /// What it was used for; empty if it is only stored.
    pub uses: Vec<String>,
}

impl Draft<'_> {
    /// Reads what the fields say. Call it when all fields are pushed.
    #[must_use]
    pub fn readings(&self) -> Readings {
        let mut readings = Readings { fields: Vec::new(), readings: Vec::new() };
        if let Some(sent) = &self.sent {
            readings.add_all(self, sent);
        }
        readings.add_all(self, &self.document);
        for (attribute, text) in &self.blanks {
            readings.fields.push((attribute.name().to_owned(), text.clone()));
        }
        if let Some(args) = &self.args {
            readings.fields.push((Attribute::Args.name().to_owned(), beginning(args, MAX_VALUE_BYTES).to_owned()));
        }
        for (choice, fact) in [(&self.uid, Attribute::LogUid.name()), (&self.service, Attribute::Service.name())] {
            if let Some(text) = choice.own_text() {
                readings.fields.push((fact.to_owned(), text.to_owned()));
                readings.add(fact.to_owned(), fact, Some(text.to_owned()));
            }
        }
        readings
    }
}

impl Reading {
    /// Returns what the field was used as.
    fn used_as(&self, record: &LogRecord, ids: &[&str]) -> String {
        match &self.value {
            None => format!("{NOT} usable as {}", self.fact),
            Some(value) if stored(record, self.fact).as_ref() == Some(value) => self.fact.to_owned(),
            Some(value) if self.fact == Attribute::LogUid.name() && ids.contains(&value.as_str()) => {
                FURTHER_ID.to_owned()
            }
            Some(_) => format!("{NOT} used as {}", self.fact),
        }
    }
}

/// Returns the field of a reading. One in an object is added behind the object.
fn field_of<'f>(fields: &'f mut Vec<ExplainedField>, reading: &Reading) -> &'f mut ExplainedField {
    let known = fields.iter().position(|field| field.path == reading.path);
    let position = known.unwrap_or_else(|| {
        let outer = reading.path.split('.').next().unwrap_or_default();
        let is_inside = |field: &ExplainedField| field.path.split('.').next() == Some(outer);
        let position = fields.iter().rposition(is_inside).map_or(fields.len(), |last| last + 1);
        let value = beginning(reading.value.as_deref().unwrap_or_default(), MAX_VALUE_BYTES).to_owned();
        fields.insert(position, ExplainedField { path: reading.path.clone(), value, uses: Vec::new() });
        position
    });
    &mut fields[position]
}

impl Readings {
    /// Compares what the fields say with the record that they became.
    #[must_use]
    pub fn compare(self, record: &LogRecord) -> Explanation {
        let ids: Vec<&str> = record.ids().collect();
        // Fields of a text were read from it.
        let source = record.document().get_document("source");
        let is_text = source.is_ok_and(|source| source.get_str("format").is_ok_and(|format| format == TEXT));
        let mut facts: Vec<Fact> = Vec::new();
        for name in FACTS {
            let Some(value) = stored(record, name) else { continue };
            let origin = self.origin(name, &value).filter(|origin| !(is_text && Attribute::named(origin).is_some()));
            let origin =
                origin.unwrap_or_else(|| if is_text { "its text".to_owned() } else { self.made_from(name, record) });
            facts.push(Fact { name, value: beginning(&value, MAX_VALUE_BYTES).to_owned(), origin });
        }
        let mut fields: Vec<ExplainedField> = Vec::new();
        for (path, value) in &self.fields {
            let masked = stored(record, path).filter(|stored| masks_in(stored.as_bytes()).next().is_some());
            let uses = if masked.is_some() { vec![MASKED.to_owned()] } else { Vec::new() };
            fields.push(ExplainedField { path: path.clone(), value: masked.unwrap_or_else(|| value.clone()), uses });
        }
        for reading in &self.readings {
            let field = field_of(&mut fields, reading);
            let used_as = reading.used_as(record, &ids);
            if !field.uses.contains(&used_as) {
                field.uses.push(used_as);
            }
        }
        // What a field is used for says enough.
        for field in &mut fields {
            if field.uses.iter().any(|used_as| !used_as.contains(NOT)) {
                field.uses.retain(|used_as| !used_as.contains(NOT));
            }
        }
        Explanation { facts, fields }
    }

    fn add_all(&mut self, draft: &Draft<'_>, document: &DocumentWriter) {
        let bytes = document.clone().finish();
        let Ok(document) = RawDocument::from_bytes(&bytes) else { return };
        for (name, value) in document.iter().flatten() {
            let name = name.as_str();
            if self.fields.len() < MAX_FIELDS
                && let Some(field) = Field::of(value)
            {
                self.fields.push((name.to_owned(), shown(field)));
                self.add_field(draft, name, field);
            }
        }
    }

    fn add_field(&mut self, draft: &Draft<'_>, name: &str, field: Field<'_>) {
        let vocabulary = &draft.rules.vocabulary;
        let meanings = [vocabulary.meaning(Name::of(name)), vocabulary.spelled(Name::of(name))];
        if let Some(attribute) = Attribute::named(name) {
            let time =
                (attribute == Attribute::Created).then(|| EventTime::of_field(field).map(|time| time.to_string()));
            match time {
                Some(time) => self.add(name.to_owned(), TIME, time),
                None if field.scalar().is_some() => {
                    self.add(name.to_owned(), attribute.name(), Some(shown_whole(field)));
                }
                None => {}
            }
        }
        for meaning in meanings.into_iter().flatten() {
            self.add_meaning(draft, name, field, meaning);
        }
    }

    fn add_meaning(&mut self, draft: &Draft<'_>, name: &str, field: Field<'_>, meaning: &Meaning) {
        for (fact, rank) in
            [(Attribute::LogUid.name(), meaning.uid_rank), (Attribute::Service.name(), meaning.service_rank)]
        {
            if let (Some(_), Some(value)) = (rank, field.scalar().filter(|value| meaning.form.admits(*value))) {
                self.add(name.to_owned(), fact, best_of::text_of(value));
            }
        }
        if meaning.holds_ids != Holds::No {
            let mut on_id = |ContainedId { path, name, text, .. }: ContainedId<'_>| {
                self.add(format!("{path}.{name}"), Attribute::LogUid.name(), Some(text));
            };
            Search::new(&draft.rules.vocabulary, &mut on_id).search(name, field, 1);
        }
        let scales = Scales::of(draft);
        for role in &meaning.roles {
            let Some(field) = role.find(field) else { continue };
            let path = if role.path.is_empty() { name.to_owned() } else { format!("{name}.{}", role.path) };
            let (fact, value) = match role.read(field, scales).map(|(_, value)| value) {
                Some(AliasedValue::Time(time) | AliasedValue::LooseTime(time)) => (TIME, Some(time.to_string())),
                Some(AliasedValue::Text(text)) => (role.attribute.name(), Some(text)),
                Some(AliasedValue::Template(text)) => (role.attribute.name(), Some(template::render(draft, &text))),
                Some(AliasedValue::Integer(number)) => (role.attribute.name(), Some(number.to_string())),
                None if role.attribute == Attribute::Created => (TIME, None),
                None => (role.attribute.name(), None),
            };
            // An object says what its fields say.
            if value.is_some() || field.scalar().is_some() {
                self.add(path, fact, value);
            }
        }
    }

    fn add(&mut self, path: String, fact: &'static str, value: Option<String>) {
        if self.readings.len() < MAX_FIELDS {
            self.readings.push(Reading { path, fact, value });
        }
    }

    /// Returns the path of the first field that says this. What logbraid fills in stands behind the sender's fields.
    fn origin(&self, fact: &str, value: &str) -> Option<String> {
        let says = |reading: &&Reading| reading.fact == fact && reading.value.as_deref() == Some(value);
        self.readings.iter().find(says).map(|reading| reading.path.clone())
    }

    /// Says what a fact was made from that no field says.
    fn made_from(&self, fact: &str, record: &LogRecord) -> String {
        let has = |path: &str| self.fields.iter().any(|(known, _)| known == path);
        let is = |attribute: Attribute| fact == attribute.name();
        let origin =
            if fact == TIME && self.readings.iter().any(|reading| reading.fact == TIME && reading.value.is_some()) {
                "its arrival, since the event's own time is too far from it"
            } else if fact == TIME {
                "its arrival"
            } else if is(Attribute::LevelNo) && record.level_name().is_some() {
                "levelname"
            } else if is(Attribute::LevelName) && has(Attribute::LevelNo.name()) {
                "levelno"
            } else if is(Attribute::Message) && has(Attribute::Msg.name()) {
                if has(Attribute::Args.name()) { "msg % args" } else { "msg" }
            } else if is(Attribute::Service) && record.document().get("name").is_ok_and(|name| name.is_some()) {
                "the first part of the logger's name"
            } else if is(Attribute::Message) && !self.fields.is_empty() {
                "its fields, since it has no message"
            } else {
                "its text"
            };
        origin.to_owned()
    }
}

/// Returns a fact of a stored record as text.
fn stored(record: &LogRecord, fact: &str) -> Option<String> {
    if fact == TIME {
        return Some(record.time().to_string());
    }
    Field::of(record.document().get(fact).ok()??).map(shown_whole)
}

fn shown(field: Field<'_>) -> String {
    beginning(&shown_whole(field), MAX_VALUE_BYTES).to_owned()
}

fn shown_whole(field: Field<'_>) -> String {
    match field {
        Field::Scalar(Value::Text(text)) => text.to_owned(),
        Field::Scalar(Value::Null) => "null".to_owned(),
        Field::Scalar(Value::Boolean(value)) => value.to_string(),
        Field::Scalar(Value::Integer(value)) => value.to_string(),
        Field::Scalar(Value::Unsigned(value)) => value.to_string(),
        Field::Scalar(Value::Float(value)) => value.to_string(),
        Field::Scalar(Value::Bytes(bytes)) => format!("{} bytes", bytes.len()),
        Field::Object(_) => "an object".to_owned(),
        Field::Array(_) => "an array".to_owned(),
    }
}
