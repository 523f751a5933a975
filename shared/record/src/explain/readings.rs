//! Reads what a sender's fields say, by the same rules as when they were decoded.

use std::time::Duration;

use bson::RawDocument;

use super::{MAX_FIELDS, MAX_VALUE_BYTES, TIME, shown, shown_whole};
use crate::attribute::Attribute;
use crate::best_of;
use crate::bounded::beginning;
use crate::contained_ids::{Contained, Search, What};
use crate::dialect::Reading as How;
use crate::document::DocumentWriter;
use crate::draft::Draft;
use crate::field::Field;
use crate::ids::Holds;
use crate::meaning::Meaning;
use crate::names::Name;
use crate::reading::AliasedValue;
use crate::scales::Scales;
use crate::{EventTime, template};

/// What a sender's fields say, before the record is complete.
#[derive(Debug)]
pub struct Readings {
    pub(super) fields: Vec<ReadField>,
    pub(super) said: Vec<Reading>,
    /// How far an event's own time may be from its arrival.
    pub(super) max_skew: Duration,
}

/// A field of the sender's.
#[derive(Debug)]
pub(super) struct ReadField {
    pub(super) name: String,
    /// Its value, cut to a line's length.
    pub(super) value: String,
    pub(super) place: StoredPlace,
}

/// Where a field is stored.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum StoredPlace {
    /// In its own place.
    Own,
    /// Under `sent`.
    Sent,
}

/// What a field may say.
#[derive(Debug)]
pub(super) struct Reading {
    /// The path of the field.
    pub(super) path: String,
    pub(super) fact: &'static str,
    /// `None` if the value cannot be used.
    pub(super) value: Option<String>,
}

impl Draft<'_> {
    /// Reads what the fields say, for an explanation. Call it when all fields are pushed.
    #[must_use]
    pub fn readings(&self) -> Readings {
        let mut readings = Readings { fields: Vec::new(), said: Vec::new(), max_skew: self.rules.max_skew };
        if let Some(sent) = &self.sent {
            readings.add_all(self, sent, StoredPlace::Sent);
        }
        readings.add_all(self, &self.document, StoredPlace::Own);
        for (attribute, text) in &self.blanks {
            readings.add_text(attribute.name(), text);
        }
        if let Some(args) = &self.args {
            readings.add_text(Attribute::Args.name(), args);
        }
        for (choice, fact) in [(&self.uid, Attribute::LogUid.name()), (&self.service, Attribute::Service.name())] {
            if let Some(text) = choice.own_text() {
                readings.add_text(fact, text);
                readings.add(fact.to_owned(), fact, Some(text.to_owned()));
            }
        }
        readings
    }
}

impl Readings {
    fn add_all(&mut self, draft: &Draft<'_>, document: &DocumentWriter, place: StoredPlace) {
        let bytes = document.clone().finish();
        let Ok(document) = RawDocument::from_bytes(&bytes) else { return };
        for (name, value) in document.iter().flatten() {
            let name = name.as_str();
            if self.fields.len() < MAX_FIELDS
                && let Some(field) = Field::of(value)
            {
                self.fields.push(ReadField { name: name.to_owned(), value: shown(field), place });
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
                // An object may be a message, but is no id and no service.
                None if field.scalar().is_some() || !matches!(attribute, Attribute::LogUid | Attribute::Service) => {
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
            let mut on_found = |Contained { path, name, text, what }: Contained<'_>| {
                let fact = match what {
                    What::Id { .. } => Attribute::LogUid,
                    What::Service { .. } => Attribute::Service,
                    What::Exception(_) => Attribute::ExcText,
                };
                self.add(format!("{path}.{name}"), fact.name(), Some(text));
            };
            Search::new(draft, &mut on_found).search(name, field, 1);
        }
        let scales = Scales(draft);
        // The nanoseconds are a part of another field's time.
        for role in meaning.roles.iter().filter(|role| role.reading != How::Nanos) {
            let Some(field) = role.find(field) else { continue };
            let path = if role.path.is_empty() { name.to_owned() } else { format!("{name}.{}", role.path) };
            let (fact, value) = match role.read(field, scales).map(|(_, value)| value) {
                Some(AliasedValue::Time(time) | AliasedValue::LooseTime(time)) => (TIME, Some(time.to_string())),
                Some(AliasedValue::Text(text) | AliasedValue::ClassName(text)) => (role.attribute.name(), Some(text)),
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

    fn add_text(&mut self, name: &str, text: &str) {
        let value = beginning(text, MAX_VALUE_BYTES).to_owned();
        self.fields.push(ReadField { name: name.to_owned(), value, place: StoredPlace::Own });
    }

    fn add(&mut self, path: String, fact: &'static str, value: Option<String>) {
        if self.said.len() < MAX_FIELDS {
            self.said.push(Reading { path, fact, value });
        }
    }
}
