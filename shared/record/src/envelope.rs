//! The fields in which an object holds another record, or many.
//!
//! All names are spelled as [`spelling`](super::spelling) does.

use super::attribute::Attribute;
use super::draft::Draft;
use super::field::Field;
use super::ids;
use super::meaning::Meaning;
use super::names::Name;
use super::redact::Elements;
use super::spelling::spelling;
use super::uid;

/// A field's part in an envelope.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Part {
    /// It may hold a record as text.
    Text,
    /// It holds a record, as an object or as text, if the envelope has a field of the same sender beside it.
    Record(Sender),
    /// Only an envelope of this sender has such a field.
    Mark(Sender),
    /// It may hold many records.
    Items,
}

/// Whose envelope it is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Sender {
    /// <https://docs.splunk.com/Documentation/Splunk/latest/Data/FormateventsforHTTPEventCollector>
    Splunk,
    /// <https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-events-structure.html>
    EventBridge,
    /// <https://cloud.google.com/logging/docs/reference/v2/rest/v2/LogEntry>
    GoogleCloud,
    /// The OpenTelemetry Collector.
    OpenTelemetry,
    /// <https://docs.aws.amazon.com/lambda/latest/dg/telemetry-schema-reference.html>
    Lambda,
}

/// An id of so many hexadecimal digits is one by its looks.
const MIN_LONG_ID_BYTES: usize = 32;

/// The fields of envelopes: those of Docker, `FireLens`, Kubernetes, SNS first.
pub(super) const PARTS: [(&str, Part); 17] = [
    ("log", Part::Text),
    ("message", Part::Text),
    ("textpayload", Part::Text),
    ("event", Part::Record(Sender::Splunk)),
    ("sourcetype", Part::Mark(Sender::Splunk)),
    ("detail", Part::Record(Sender::EventBridge)),
    ("detailtype", Part::Mark(Sender::EventBridge)),
    ("jsonpayload", Part::Record(Sender::GoogleCloud)),
    ("insertid", Part::Mark(Sender::GoogleCloud)),
    ("body", Part::Record(Sender::OpenTelemetry)),
    ("severitynumber", Part::Mark(Sender::OpenTelemetry)),
    ("record", Part::Record(Sender::Lambda)),
    ("type", Part::Mark(Sender::Lambda)),
    ("logevents", Part::Items),
    ("records", Part::Items),
    ("logs", Part::Items),
    ("streams", Part::Items),
];

/// A record in an envelope.
#[derive(Clone, Copy, Debug)]
pub enum Wrapped<'a> {
    /// As text, in the field of that name.
    Text {
        /// The field's name in small letters, without separators.
        name: &'a str,
        /// Its text.
        text: &'a str,
    },
    /// As a line of text, in the field of that name.
    Line {
        /// The field's name in small letters, without separators.
        name: &'a str,
        /// The line.
        text: &'a str,
    },
    /// As an object, in the field of that name.
    Object {
        /// The field's name in small letters, without separators.
        name: &'a str,
    },
}

impl Draft<'_> {
    /// Returns the record that this one holds; `None` if it is no envelope.
    #[must_use]
    pub fn wrapped(&self) -> Option<Wrapped<'_>> {
        if let Some(text) = self.text(Attribute::Message) {
            // A Python record's own message may be any JSON.
            if !ends_object(text) || self.is_pythons() {
                return None;
            }
            // The message may have been filled in from another field.
            let from = self.aliases().iter().find(|(meaning, location)| {
                meaning.part == Some(Part::Text)
                    && self
                        .field(*location)
                        .and_then(Field::text)
                        .is_some_and(|field| field.trim_end() == text.trim_end())
            });
            let name = from.map_or(Attribute::Message.name(), |(meaning, _)| meaning.name.as_str());
            return Some(Wrapped::Text { name, text });
        }
        self.aliases().iter().find_map(|(meaning, location)| {
            let name = meaning.name.as_str();
            match (meaning.part?, self.field(*location)?) {
                (Part::Text, field) => {
                    field.text().filter(|text| ends_object(text)).map(|text| Wrapped::Text { name, text })
                }
                (Part::Record(sender), field) if self.is_of(sender) => match field {
                    Field::Object(_) => Some(Wrapped::Object { name }),
                    field if sender == Sender::Lambda => field.text().map(|text| Wrapped::Line { name, text }),
                    field => field.text().filter(|text| ends_object(text)).map(|text| Wrapped::Text { name, text }),
                },
                _ => None,
            }
        })
    }

    /// Returns the line of a program that a collector wrapped, if the record says nothing about its level.
    #[must_use]
    pub fn bare_line(&self) -> Option<&str> {
        let is_level = |attribute| matches!(attribute, Attribute::LevelName | Attribute::LevelNo);
        let says_level = |(meaning, _): &(&Meaning, _)| {
            meaning.roles.iter().any(|role| role.path.is_empty() && is_level(role.attribute))
        };
        let has_level = [Attribute::LevelName, Attribute::LevelNo].iter().any(|level| self.offset(*level).is_some())
            || self.aliases().iter().any(says_level);
        if has_level || self.is_pythons() {
            return None;
        }
        self.text(Attribute::Message).or_else(|| {
            let mut aliases = self.aliases().iter().filter(|(meaning, _)| meaning.part == Some(Part::Text));
            aliases.find_map(|(_, location)| self.field(*location).and_then(Field::text))
        })
    }

    /// Returns the name of the field that may hold many records; `None` if there is none.
    #[must_use]
    pub fn items(&self) -> Option<&'static str> {
        let is_list = |location| matches!(self.field(location), Some(Field::Array(_)));
        let mut aliases = self.aliases().iter();
        let (meaning, _) =
            aliases.find(|(meaning, location)| meaning.part == Some(Part::Items) && is_list(*location))?;
        PARTS.iter().map(|(name, _)| *name).find(|name| meaning.name == *name)
    }

    fn is_of(&self, sender: Sender) -> bool {
        let is_lambdas = |location| {
            self.field(location).and_then(Field::text).is_some_and(|kind| matches!(kind, "function" | "extension"))
        };
        self.aliases().iter().any(|(meaning, location)| {
            meaning.part == Some(Part::Mark(sender)) && (sender != Sender::Lambda || is_lambdas(*location))
        })
    }

    /// Returns the service that an envelope of `EventBridge` names in its field `source`.
    #[must_use]
    pub fn source_as_service(&self) -> Option<&str> {
        let sent = self.sent.as_deref().filter(|_| self.is_of(Sender::EventBridge))?;
        let source = Elements { rest: sent.elements() }.find(|element| element.name == b"source")?;
        str::from_utf8(source.text()?).ok()
    }

    /// Returns how good an id with this name in a text is; the lowest is best. `None` if it is no transaction's.
    #[must_use]
    pub fn rank_of_id(&self, name: &str, value: &str) -> Option<usize> {
        let spelling = spelling(name)?;
        // `trace: 7` may be anything.
        let is_long =
            value.len() >= MIN_LONG_ID_BYTES && value.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-');
        let is_id = spelling.ends_with("id") || spelling == ids::TRACEPARENT || is_long;
        if !is_id || ids::OF_ONE_SERVICE.contains(&spelling.as_str()) {
            return None;
        }
        let (name, vocabulary) = (Name::of(name), &self.rules.vocabulary);
        let rank = vocabulary.meaning(name).and_then(|meaning| meaning.uid_rank);
        let rank = rank.or_else(|| vocabulary.spelled(name)?.uid_rank)?;
        uid::of_text(value).map(|_| rank)
    }
}

/// Returns whether a text may be an object, or end with one.
fn ends_object(text: &str) -> bool {
    text.trim_ascii_end().ends_with('}')
}
