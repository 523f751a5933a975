//! Takes a sender's fields, and writes each by what its name means.

use super::super::attribute::{Attribute, Kind};
use super::super::blank::says_nothing;
use super::super::container::Container;
use super::super::document::{DocumentWriter, FieldSink};
use super::super::field::Field;
use super::super::ids::Holds;
use super::super::level;
use super::super::meaning::Meaning;
use super::super::names::Name;
use super::super::uid::{self, NotAUid};
use super::super::uid_forms;
use super::super::value::Value;
use super::{Draft, Location, MAX_ALIASES};

/// How many of a message's arguments are looked at for objects.
const MAX_ARGS: usize = 8;

impl<'r> Draft<'r> {
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

    fn keep_empty(&mut self, name: Name<'_>, container: Container) {
        let sent = self.sent.get_or_insert_default();
        let begun = sent.begin_named(name, container);
        sent.end(begun);
    }

    fn add_alias(&mut self, meaning: &'r Meaning, location: Location) {
        if (meaning.holds_ids != Holds::No || meaning.has_other_parts()) && self.aliases.len() < MAX_ALIASES {
            self.aliases.push((meaning, location));
        }
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
            (_, Value::Text(text)) if attribute == Attribute::LevelName && level::is_unknown(text) => {
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
        let before = writer.len();
        let begun = writer.begin_named(name, container);
        let offset = begun.offset(container);
        fill(writer)?;
        writer.end(begun);
        if let (true, Some(attribute)) = (in_place, attribute) {
            // Another field may say more. There may be no arguments.
            if attribute != Attribute::Args && writer.take_back_empty(offset, before) {
                self.keep_empty(name, container);
                return Ok(());
            }
            self.offsets[attribute as usize].get_or_insert(offset);
        }
        let location = if in_place { Location::InPlace(offset) } else { Location::Sent(offset) };
        if let Some(meaning) = meaning {
            self.add_alias(meaning, location);
        }
        // Python's arguments are mostly scalars.
        let is_searched = attribute != Some(Attribute::Args) || self.field(location).is_some_and(holds_objects);
        if let Some(spelled) = self.rules.vocabulary.spelled(name).filter(|_| is_searched) {
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

/// Returns whether a field is an object, or one of its first values is one.
fn holds_objects(field: Field<'_>) -> bool {
    let is_object = |(_, value): (&str, Field<'_>)| matches!(value, Field::Object(_));
    matches!(field, Field::Object(_)) || field.fields().take(MAX_ARGS).any(is_object)
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
