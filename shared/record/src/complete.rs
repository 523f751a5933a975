//! Turns a draft into a record: decides what its fields leave open.

use bson::oid::ObjectId;

use super::attribute::{Attribute, SENT};
use super::document::{FieldSink, ReservedName, Value};
use super::draft::Draft;
use super::redact::Message;
use super::{EventTime, Identity, LogRecord, MAX_DOCUMENT_BYTES, Source, aliases, args, level, record_id};
use crate::python::Literal;

/// The record is larger than MongoDB takes.
#[derive(Debug, thiserror::Error)]
#[error("the record has {bytes} bytes or more as BSON; MongoDB takes {MAX_DOCUMENT_BYTES}")]
pub struct TooLarge {
    /// Its size as BSON, as far as it was written.
    pub bytes: usize,
}

impl Draft<'_> {
    /// The record, with everything that its fields left open: `_id`, `time`, `message`, the other half of the level,
    /// `log_uid`, `service`, `source`.
    pub fn complete(mut self, source: &Source<'_>) -> Result<LogRecord, TooLarge> {
        if self.is_full() {
            let sent = self.sent.as_ref().map_or(0, |sent| sent.len());
            return Err(TooLarge { bytes: self.document.len() + sent });
        }
        aliases::fill_in(&mut self);
        let time = self.event_time(source.arrived);
        let id = record_id(time, self.identity(source));
        self.document.set(self.id, &id.bytes());
        self.document.set(self.time, &time.to_bson().timestamp_millis().to_le_bytes());
        self.add_level();
        let message = if self.place(Attribute::Message).is_some() { Message::Given } else { Message::Rendered };
        self.add_message();
        self.add_names();
        if let Some(sent) = self.sent.take() {
            self.document.push_document(ReservedName(SENT), *sent);
        }
        let redactor = self.rules.redactor.as_ref();
        let redacted = redactor.map_or(0, |redactor| redactor.redact(&mut self.document, message));
        source.write(&mut self.document, redacted);
        finish(self.document.finish(), id, time, redacted)
    }

    /// The event's own time, unless it is missing or too far from its arrival: then that of its arrival.
    fn event_time(&self, arrived: EventTime) -> EventTime {
        let own = self.get(Attribute::Created).and_then(EventTime::of);
        own.filter(|own| own.distance(arrived) <= self.rules.max_skew).unwrap_or(arrived)
    }

    fn identity<'a>(&'a self, source: &Source<'a>) -> Identity<'a> {
        match self.text(Attribute::RecordId) {
            Some(given) if !given.is_empty() => Identity::Given(given),
            _ => source.identity(),
        }
    }

    /// Gives a record with half a level the other half, so that errors can be found by number and read by name.
    fn add_level(&mut self) {
        match (self.get(Attribute::LevelName), self.get(Attribute::LevelNo)) {
            (Some(Value::Text(name)), None) => {
                if let Some(number) = level::number(name) {
                    self.document.push(Attribute::LevelNo.name(), Value::Integer(number));
                }
            }
            (None, Some(Value::Integer(number))) => {
                if let Some(name) = level::name(number) {
                    self.document.push(Attribute::LevelName.name(), Value::Text(name));
                }
            }
            _ => {}
        }
    }

    /// Adds `message` where the sender gave none, and the arguments it is rendered with where they came as text.
    fn add_message(&mut self) {
        let message = if let Some(text) = self.args.take() {
            let args = args::from_text(&text);
            match &args {
                Some(args) => args::write(&mut self.document, Attribute::Args.name(), args),
                None => self.document.push(Attribute::Args.name(), Value::Text(&text)),
            }
            self.message(args.as_ref())
        } else {
            let args = self.place(Attribute::Args).and_then(|place| args::from_bson(&self.document, place));
            self.message(args.as_ref())
        };
        if let Some(message) = message {
            self.document.push(Attribute::Message.name(), Value::Text(&message));
        }
    }

    /// The message, unless the sender gave it: `msg % args`, or `msg` where that cannot be rendered.
    fn message(&self, args: Option<&Literal<'_>>) -> Option<String> {
        if self.place(Attribute::Message).is_some() {
            return None;
        }
        let message = match self.text(Attribute::Msg) {
            Some(msg) => args.and_then(|args| args::render(msg, args)).or_else(|| Some(msg.to_owned())),
            None => self.place(Attribute::Msg).and_then(|msg| args::text_of(&self.document, msg)),
        };
        Some(message.unwrap_or_default())
    }

    /// Adds `log_uid` and `service`, each where there is one. A logger's name begins with its service's.
    fn add_names(&mut self) {
        if let Some(uid) = self.uid.take() {
            self.document.push_named(ReservedName(self.uid.field), Value::Text(&uid));
        }
        let service = self.service.take().or_else(|| {
            let logger = self.text(Attribute::Name)?.split('.').next()?;
            (!logger.is_empty()).then(|| logger.to_owned())
        });
        if let Some(service) = service {
            self.document.push_named(ReservedName(self.service.field), Value::Text(&service));
        }
    }
}

fn finish(mut bytes: Vec<u8>, id: ObjectId, time: EventTime, redacted: u32) -> Result<LogRecord, TooLarge> {
    let size = bytes.len();
    // The size was guessed, and a batch keeps many.
    if bytes.capacity() > 2 * size {
        bytes.shrink_to_fit();
    }
    match LogRecord::from_parts(bytes, id, time, redacted) {
        Some(record) if size <= MAX_DOCUMENT_BYTES => Ok(record),
        _ => Err(TooLarge { bytes: size }),
    }
}
