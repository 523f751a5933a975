//! What a record says as an envelope: the record that it holds, or many, and whose envelope it is.

use super::attribute::{Attribute, RESERVED};
use super::colours::before_codes;
use super::document::DocumentWriter;
use super::draft::Draft;
use super::elements::Elements;
use super::field::Field;
use super::level::{self, Scale};
use super::meaning::Meaning;
use super::scales::is_stream;
use super::sender::{LOG, LOG_MESSAGE, PARTS, Part, Sender};
use super::value::Value;

/// The members of an event for Splunk. All but `event` may be missing.
const SPLUNKS: [&[u8]; 7] = [b"event", b"time", b"host", b"source", b"sourcetype", b"index", b"fields"];
/// The field with GELF's message, as it is spelled.
const SHORT_MESSAGE: &str = "shortmessage";
const MESSAGES: [&str; 2] = ["message", "msg"];
/// The fields with a level's name.
const LEVELS: [&str; 5] = ["level", "severity", "lvl", "levelname", "log_level"];
/// The fields that tell a record of Serilog's compact format, which leaves the level of most records out, of GELF
/// and of structlog, beside whose event a business event has no time.
const LIBRARIES: [&[&str]; 4] =
    [&["@t", "@mt"], &["@t", "@m"], &["version", "short_message"], &["event", "level", "timestamp"]];
/// The fields with the message of tracing, loguru, Serilog's JSON and zap, and those with their level.
const OF_LIBRARIES: [&str; 5] = ["fields.message", "record.message", "MessageTemplate", "RenderedMessage", "M"];
const LEVELS_OF_LIBRARIES: [&str; 4] = ["level", "record.level.name", "Level", "L"];
/// The fields with a time that libraries write beside a level's number.
const TIMES: [&str; 3] = ["time", "timestamp", "ts"];
/// The fields of an object that make it a record, and no business data.
const OF_RECORDS: [&str; 7] = ["message", "msg", "log", "level", "severity", "lvl", "levelname"];
/// The members of what Kafka Connect's converter writes.
const KAFKA_CONNECTS: [&[u8]; 2] = [b"schema", b"payload"];
/// The fields beside a body that only the `OpenTelemetry` Collector writes, as they are spelled.
const COLLECTORS: [&str; 3] = ["resource", "severitytext", "observedtimestamp"];
/// The objects that an exporter of the Collector's writes beside a body, as they are spelled, and all its fields:
/// `awscloudwatchlogs`, and what Loki's wrote.
const EXPORTERS: [&str; 3] = ["attributes", "resource", "resources"];
const OF_EXPORTERS: [&[u8]; 15] = [
    b"body",
    b"severity_number",
    b"severity_text",
    b"severity",
    b"dropped_attributes_count",
    b"flags",
    b"trace_id",
    b"span_id",
    b"traceid",
    b"spanid",
    b"attributes",
    b"scope",
    b"instrumentation_scope",
    b"resource",
    b"resources",
];
/// What begins the type of an event of Lambda's platform.
const PLATFORM: &str = "platform.";

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

/// An event of Lambda's platform.
#[derive(Clone, Debug)]
pub struct PlatformEvent {
    /// Its type, such as `platform.report`.
    pub kind: String,
    /// The request that it is about.
    pub request_id: Option<String>,
    /// How the request ended.
    pub status: Option<String>,
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
        let in_alias = self.aliases().iter().find_map(|(meaning, location)| {
            let name = meaning.name.as_str();
            match (meaning.part?, self.field(*location)?) {
                // Fluent Bit or Azure Monitor may have read the line.
                (Part::Text, log @ Field::Object(_))
                    if matches!(name, LOG | LOG_MESSAGE) && log.first_text_of(&MESSAGES).is_some() =>
                {
                    Some(Wrapped::Object { name })
                }
                (Part::Text, field) => {
                    field.text().filter(|text| ends_object(text)).map(|text| Wrapped::Text { name, text })
                }
                (Part::Record(senders), field) => {
                    let sender = *senders.iter().find(|sender| self.is_of(**sender, field))?;
                    match field {
                        Field::Object(_) => Some(Wrapped::Object { name }),
                        field if sender.sends_lines() => field.text().map(|text| Wrapped::Line { name, text }),
                        field => field.text().filter(|text| ends_object(text)).map(|text| Wrapped::Text { name, text }),
                    }
                }
                _ => None,
            }
        });
        let in_msg = || self.whole_msg().filter(|text| ends_object(text) && !self.is_pythons());
        in_alias.or_else(|| Some(Wrapped::Text { name: Attribute::Msg.name(), text: in_msg()? }))
    }

    /// Returns whether an exporter of the Collector's wrote it: a body beside the attributes or the resource, and no other
    /// fields than OpenTelemetry's. The event of an API beside whose `body` is a `resource` has more.
    pub(super) fn is_of_exporter(&self) -> bool {
        let is_object = |(meaning, location): &(&Meaning, _)| {
            EXPORTERS.contains(&meaning.name.as_str()) && matches!(self.field(*location), Some(Field::Object(_)))
        };
        self.aliases().iter().any(is_object) && self.has_only(&OF_EXPORTERS)
    }

    /// Returns the name of the field that may hold many records; `None` if there is none.
    #[must_use]
    pub fn items(&self) -> Option<&'static str> {
        // Kafka's are in an object.
        let is_list = |location| matches!(self.field(location), Some(Field::Array(_) | Field::Object(_)));
        let holds = |(meaning, location): &&(&Meaning, _)| match meaning.part {
            Some(Part::Items) => is_list(*location),
            Some(Part::Mark(Sender::PubSub)) => matches!(self.attribute(Attribute::Message), Some(Field::Object(_))),
            _ => false,
        };
        let (meaning, _) = self.aliases().iter().find(holds)?;
        PARTS.iter().map(|(name, _)| *name).find(|name| meaning.name == *name)
    }

    /// Returns whether it is an envelope of this sender, whose field `record` may hold a record.
    fn is_of(&self, sender: Sender, record: Field<'_>) -> bool {
        match sender {
            Sender::Splunk => self.has_mark(sender) || self.is_event_of_splunk(record),
            Sender::Lambda => {
                self.kind().is_some_and(|kind| matches!(kind, "function" | "extension" | "platform.fault"))
            }
            Sender::Docker => self.is_of_stream(),
            Sender::KafkaConnect => self.has_mark(sender) && self.has_only(&KAFKA_CONNECTS),
            // A body may be business data.
            Sender::OpenTelemetry => {
                self.has_mark(sender)
                    || (self.has_alias(&COLLECTORS) && record.has_any(&OF_RECORDS))
                    || (record.text().is_some() && self.is_of_exporter())
            }
            // An object with a message may be anything's.
            Sender::Parser => {
                ((record.first_text_of(&MESSAGES).is_some() && has_level(record)) || is_of_library(record))
                    && !self.says_level()
                    && self.offset(Attribute::Msg).is_none()
            }
            Sender::Azure => self.has_mark(sender) && record.has_any(&[LOG]),
            sender => self.has_mark(sender),
        }
    }

    /// Returns the id of a request that Echo wrote.
    pub(super) fn echos_id(&self) -> Option<&str> {
        if !self.has_mark(Sender::Echo) {
            return None;
        }
        let id = self.elements().find(|element| element.name == b"id")?;
        str::from_utf8(id.text()?).ok()
    }

    /// Returns the level of a message in GELF, whose numbers are syslog's.
    #[must_use]
    pub fn gelf_level(&self) -> Option<&'static str> {
        if !self.has_alias(&[SHORT_MESSAGE]) {
            return None;
        }
        let integer = |value: Value<'_>| if let Value::Integer(number) = value { Some(number) } else { None };
        Scale::Syslog.level(self.alias_value("level", integer)?).and_then(level::name)
    }

    /// Returns whether the sender wrote only fields of these names.
    fn has_only(&self, names: &[&[u8]]) -> bool {
        let sent = self.sent.as_deref().map_or(&[][..], DocumentWriter::elements);
        let mut fields = [self.document.elements(), sent].into_iter().flat_map(|rest| Elements { rest });
        fields.all(|field| names.contains(&field.name) || RESERVED.iter().any(|own| own.as_bytes() == field.name))
    }

    pub(super) fn has_mark(&self, sender: Sender) -> bool {
        self.aliases().iter().any(|(meaning, _)| meaning.part == Some(Part::Mark(sender)))
    }

    /// Returns whether all fields are those of an event for Splunk. A text alone may be another library's event.
    fn is_event_of_splunk(&self, event: Field<'_>) -> bool {
        let sent = self.sent.as_deref().map_or(&[][..], DocumentWriter::elements);
        let fields = || [self.document.elements(), sent].into_iter().flat_map(|rest| Elements { rest });
        let is_known = |name: &[u8]| SPLUNKS.contains(&name) || RESERVED.iter().any(|own| own.as_bytes() == name);
        let has_more = || fields().any(|field| matches!(field.name, b"host" | b"index" | b"fields"));
        fields().all(|field| is_known(field.name)) && (matches!(event, Field::Object(_)) || has_more())
    }

    /// Returns whether the source is a stream of a program, as Docker's drivers write it.
    pub(super) fn is_of_stream(&self) -> bool {
        self.source().is_some_and(is_stream)
    }

    /// Returns the field `type`, if it is text.
    fn kind(&self) -> Option<&str> {
        let is_type = |meaning: &Meaning| meaning.part == Some(Part::Mark(Sender::Lambda));
        let (_, location) = self.aliases().iter().find(|(meaning, _)| is_type(meaning))?;
        self.field(*location)?.text()
    }

    /// Returns the field `source`, if it is text.
    fn source(&self) -> Option<&str> {
        let source = Elements { rest: self.sent.as_deref()?.elements() }.find(|element| element.name == b"source")?;
        str::from_utf8(source.text()?).ok()
    }

    /// Returns the service that an envelope of `EventBridge` names in its field `source`.
    #[must_use]
    pub fn source_as_service(&self) -> Option<&str> {
        if self.has_mark(Sender::EventBridge) { self.source() } else { None }
    }

    /// Returns what an event of Lambda's platform says; `None` for any other record.
    #[must_use]
    pub fn platform_event(&self) -> Option<PlatformEvent> {
        let kind = self.kind().filter(|kind| kind.starts_with(PLATFORM))?;
        let is_record = |meaning: &Meaning| meaning.part == Some(Part::Record(&[Sender::Lambda]));
        let (_, record) = self.aliases().iter().find(|(meaning, _)| is_record(meaning))?;
        let record = self.field(*record).filter(|record| matches!(record, Field::Object(_)))?;
        let text = |name: &str| record.at(name).and_then(Field::text).map(str::to_owned);
        Some(PlatformEvent { kind: kind.to_owned(), request_id: text("requestId"), status: text("status") })
    }
}

/// Returns whether an object is a record of a library that has its message, its level or both under names of its own.
fn is_of_library(object: Field<'_>) -> bool {
    let has_text = |path: &str| object.at(path).is_some_and(|field| field.text().is_some());
    let has_all = |paths: &&[&str]| paths.iter().all(|path| has_text(path));
    let has_known_level = |path: &str| {
        let name = object.at(path).and_then(Field::text);
        name.is_some_and(|name| level::number(name).is_some())
    };
    LIBRARIES.iter().any(has_all)
        || (OF_LIBRARIES.iter().any(|path| has_text(path))
            && LEVELS_OF_LIBRARIES.iter().any(|path| has_known_level(path)))
}

/// Returns whether an object says a level that is one: by a known name, or by a number beside a time.
fn has_level(object: Field<'_>) -> bool {
    object.first_text_of(&LEVELS).is_some_and(|name| level::number(name).is_some())
        || (object.has_any(&LEVELS) && object.first_text_of(&LEVELS).is_none() && object.has_any(&TIMES))
}

/// Returns whether a text may be an object, or end with one. It may be a text of JSON that holds one.
fn ends_object(text: &str) -> bool {
    let text = before_codes(text.trim_ascii_end());
    text.ends_with('}') || text.ends_with("}\"")
}
