//! Compares what a sender's fields say with the record that they became.

use std::time::Duration;

use super::readings::{ReadField, Reading, StoredPlace};
use super::{
    ExplainedField, Explanation, FACTS, Fact, MAX_FIELDS, MAX_VALUE_BYTES, Readings, TIME, Use, shown, shown_whole,
};
use crate::attribute::{Attribute, SENT};
use crate::bounded::beginning;
use crate::field::Field;
use crate::redact::masks_in;
use crate::{EventTime, LogRecord};

/// The format of a payload that is plain text.
const TEXT: &str = "text";
/// How deep objects are shown.
const MAX_DEPTH: usize = 4;
const DAY: Duration = Duration::from_hours(24);

impl Readings {
    /// Compares what the fields say with the record that they became.
    #[must_use]
    pub fn compare(self, record: &LogRecord) -> Explanation {
        let mut facts: Vec<Fact> = Vec::new();
        for name in FACTS {
            let Some(value) = stored(record, name) else { continue };
            let origin = self.origin(name, &value, record);
            facts.push(Fact { name, value: beginning(&value, MAX_VALUE_BYTES).to_owned(), origin });
        }
        let mut fields: Vec<ExplainedField> = Vec::new();
        for field in &self.fields {
            add_field(&mut fields, field, record);
        }
        let ids: Vec<&str> = record.ids().collect();
        let time_from = facts.iter().find(|fact| fact.name == TIME).map_or("", |fact| &fact.origin);
        for reading in &self.said {
            let field = field_of(&mut fields, reading);
            // Its arrival made the time complete.
            let is_completed = reading.fact == TIME && reading.path == time_from;
            let used = if is_completed { Use::Fact(TIME) } else { reading.used(record, &ids) };
            if !field.uses.contains(&used) {
                field.uses.push(used);
            }
        }
        // What a field is used for says enough.
        for field in &mut fields {
            if field.uses.iter().any(|used| used.is_used()) {
                field.uses.retain(|used| used.is_used());
            }
        }
        Explanation { facts, fields }
    }

    /// Returns the path of the first field that says a fact, or what else it was made from. What logbraid fills in stands
    /// behind the sender's fields.
    fn origin(&self, fact: &str, value: &str, record: &LogRecord) -> String {
        // Fields of a text were read from it.
        let is_text = format(record) == Some(TEXT);
        let says = |reading: &&Reading| reading.fact == fact && reading.says(value);
        // An error and its stack make an exception.
        let whole = value;
        let is_part = |reading: &&Reading| {
            let value = reading.value.as_deref().unwrap_or_default();
            fact == Attribute::ExcText.name() && reading.fact == fact && !value.is_empty() && whole.contains(value)
        };
        let origin = self.said.iter().find(says).or_else(|| self.said.iter().find(is_part));
        let origin = origin.map(|reading| reading.path.clone());
        origin.filter(|path| !(is_text && Attribute::named(path).is_some())).unwrap_or_else(|| {
            if fact == TIME && is_arrival(record) {
                self.why_arrival(record)
            } else if is_text {
                "its text".to_owned()
            } else {
                self.made_from(fact, record)
            }
        })
    }

    /// Says why a record has the time of its arrival.
    fn why_arrival(&self, record: &LogRecord) -> String {
        let times = self.said.iter().filter(|reading| reading.fact == TIME);
        let own =
            times.filter_map(|reading| Some((&reading.path, EventTime::from_rfc3339(reading.value.as_deref()?)?)));
        let Some((path, own)) = own.min_by_key(|(_, own)| own.distance(record.time())) else {
            return "its arrival".to_owned();
        };
        let (away, max) = (own.distance(record.time()), self.max_skew);
        if away > max {
            let [away, max] = [away, max].map(|time| time.as_secs() / DAY.as_secs());
            return format!("its arrival, since {path} is {away} days away from it: at most {max} are allowed");
        }
        format!("its arrival, since {path} is after it and may be another time")
    }

    /// Says what a fact was made from that no field says.
    fn made_from(&self, fact: &str, record: &LogRecord) -> String {
        let has = |name: &str| self.fields.iter().any(|field| field.name == name);
        let is = |attribute: Attribute| fact == attribute.name();
        // A date may need its arrival to be complete.
        let incomplete = self.said.iter().find(|reading| reading.fact == TIME && reading.value.is_none());
        let origin = if fact == TIME {
            let other = if is_arrival(record) { "its arrival" } else { "its line" };
            incomplete.map_or(other, |reading| &reading.path)
        } else if is(Attribute::LevelNo) && record.level_name().is_some() {
            "levelname"
        } else if is(Attribute::LevelName) && has(Attribute::LevelNo.name()) {
            "levelno"
        } else if is(Attribute::Message) && has(Attribute::Msg.name()) {
            if has(Attribute::Args.name()) { "msg % args" } else { "msg" }
        } else if is(Attribute::Service) && record.document().get("name").is_ok_and(|name| name.is_some()) {
            "the first part of the logger's name"
        } else if is(Attribute::ExcText) {
            if has(Attribute::ExcInfo.name()) { "exc_info" } else { "message" }
        } else if is(Attribute::Message) && has(Attribute::Message.name()) {
            "the error in message"
        } else if is(Attribute::Message) && stored(record, Attribute::ExcText.name()).is_some() {
            "its exception, since it has no message"
        } else if is(Attribute::Message) && !self.fields.is_empty() {
            "its fields, since it has no message"
        } else {
            "its text"
        };
        origin.to_owned()
    }
}

impl Reading {
    /// Returns what the field was used for.
    fn used(&self, record: &LogRecord, ids: &[&str]) -> Use {
        match &self.value {
            None => Use::NotUsable(self.fact),
            Some(_) if stored(record, self.fact).is_some_and(|stored| self.says(&stored)) => Use::Fact(self.fact),
            Some(value) if self.fact == Attribute::LogUid.name() && ids.contains(&value.as_str()) => Use::FurtherId,
            Some(_) => Use::NotUsed(self.fact),
        }
    }

    /// Returns whether the field says this stored value, of which a part may be masked.
    fn says(&self, stored: &str) -> bool {
        let Some(value) = self.value.as_deref() else { return false };
        let mask = masks_in(stored.as_bytes()).next();
        value == stored || mask.is_some_and(|mask| value.as_bytes().starts_with(&stored.as_bytes()[..mask.start]))
    }
}

/// Adds a field as it is stored, and the fields in it.
fn add_field(fields: &mut Vec<ExplainedField>, field: &ReadField, record: &LogRecord) {
    let document = match field.place {
        StoredPlace::Own => Some(record.document()),
        StoredPlace::Sent => record.document().get_document(SENT).ok(),
    };
    let stored = document.and_then(|document| Field::of(document.get(&field.name).ok()??));
    match stored {
        Some(object @ Field::Object(_)) => add_object(fields, &field.name, object, MAX_DEPTH),
        stored => {
            let masked = stored.map(shown).filter(|shown| has_mask(shown));
            let uses = if masked.is_some() { vec![Use::Masked] } else { Vec::new() };
            let value = masked.unwrap_or_else(|| field.value.clone());
            fields.push(ExplainedField { path: field.name.clone(), value, uses });
        }
    }
}

fn add_object(fields: &mut Vec<ExplainedField>, path: &str, field: Field<'_>, depth: usize) {
    if fields.len() >= MAX_FIELDS {
        return;
    }
    let value = shown(field);
    let uses = if has_mask(&value) { vec![Use::Masked] } else { Vec::new() };
    fields.push(ExplainedField { path: path.to_owned(), value, uses });
    if matches!(field, Field::Object(_)) && depth > 0 {
        field.fields().for_each(|(name, inner)| add_object(fields, &format!("{path}.{name}"), inner, depth - 1));
    }
}

/// Returns the field of a reading. One in a list is added behind the list.
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

fn has_mask(text: &str) -> bool {
    masks_in(text.as_bytes()).next().is_some()
}

/// Returns a fact of a stored record as text.
fn stored(record: &LogRecord, fact: &str) -> Option<String> {
    if fact == TIME {
        return Some(record.time().to_string());
    }
    Field::of(record.document().get(fact).ok()??).map(shown_whole)
}

fn format(record: &LogRecord) -> Option<&str> {
    record.document().get_document("source").ok()?.get_str("format").ok()
}

/// Returns whether a record has the time of its arrival.
fn is_arrival(record: &LogRecord) -> bool {
    let source = record.document().get_document("source").ok();
    let arrived = source.and_then(|source| source.get_datetime("arrived").ok());
    arrived.is_some_and(|arrived| arrived == record.time().to_bson())
}
