//! Completes a draft into a record.

use std::mem;

use super::attribute::{Attribute, SENT};
use super::best_of::Candidate;
use super::colours::without_colours;
use super::document::{FieldSink, ReservedName};
use super::draft::Draft;
use super::further_ids::{FurtherIds, is_in, is_key};
use super::log_record::Parts;
use super::meaning::{FIRST_LOCAL_RANK, LAST_RANK};
use super::redact::MessageOrigin;
use super::sender::Sender;
use super::source::Outcome;
use super::value::Value;
use super::{
    EventTime, Identity, LogRecord, MAX_RAW_BYTES, Source, aliases, args, level, record_id, summary, template,
};
use crate::python::Literal;

/// The largest record. A record that MongoDB refuses still fits a quarantine entry, whole.
pub const MAX_RECORD_BYTES: usize = MAX_RAW_BYTES;
/// The work that completing any record takes, beside its bytes.
const RECORD_WORK: usize = 2_000;

/// Why a draft does not become a record.
#[derive(Debug, thiserror::Error)]
pub enum NotCompleted {
    /// The record is larger than a document of MongoDB, or than a quarantine entry that would have to hold it.
    #[error("the record takes at least {bytes} bytes as BSON; at most {MAX_RECORD_BYTES} are stored")]
    TooLarge {
        /// Its size as BSON in bytes, as far as it was written.
        bytes: usize,
    },
    /// The budget of work is exhausted.
    #[error("the record takes too much work")]
    TooCostly,
}

impl Draft<'_> {
    /// Completes the record: adds `_id`, `time`, `message`, the missing half of the level, `log_uid`, `service` and
    /// `source`.
    pub fn complete(mut self, source: &Source<'_>) -> Result<LogRecord, NotCompleted> {
        let work = self.document.work();
        self.work.spend(RECORD_WORK + work + self.sent.as_ref().map_or(0, |sent| sent.work()));
        if self.is_full() {
            let sent = self.sent.as_ref().map_or(0, |sent| sent.len());
            return Err(NotCompleted::TooLarge { bytes: self.document.len() + sent });
        }
        if self.work.is_exhausted() {
            return Err(NotCompleted::TooCostly);
        }
        aliases::fill_in(&mut self);
        aliases::fill_in_exception(&mut self);
        let time = self.event_time(source.arrived);
        let id = record_id(time, self.identity(source));
        let is_empty_in_python = self.is_pythons() && self.has_blank_message();
        self.put_back_message();
        self.document.set(self.id, &id.bytes());
        self.document.set(self.time, &time.to_bson().timestamp_millis().to_le_bytes());
        self.add_level();
        let has_message = self.offset(Attribute::Message).is_some();
        let origin = if has_message { MessageOrigin::FromSender } else { MessageOrigin::Rendered };
        let says_something = self.add_message();
        self.work.spend(self.document.work() - work);
        let rendered = self.rendered_braces();
        let (mut uid, mut further) = self.add_uid_and_service(rendered.as_deref());
        self.put_back_blanks();
        if let Some(rendered) = rendered {
            self.replace_template(&rendered);
        }
        self.replace_error();
        if let Some(sent) = self.sent.take() {
            self.document.push_document(ReservedName(SENT), *sent);
        }
        let redactor = self.rules.redactor.as_ref();
        let redacted = redactor.map_or(0, |redactor| redactor.redact(&mut self.document, origin, self.work));
        // Redaction may have ended early.
        if self.work.is_exhausted() {
            return Err(NotCompleted::TooCostly);
        }
        if redacted > 0 {
            further.retain_shown(&self.document);
            uid = uid.filter(|uid| self.retain_shown(uid));
        }
        further.add_spellings(uid.as_ref().map(|uid| uid.text.as_str()), self.has_mark(Sender::Datadog));
        if !says_something {
            let elements = self.document.elements();
            // Who calls `log.info("", extra=…)` in Python says nothing on purpose.
            let summary = if is_empty_in_python {
                summary::of_exception(elements)
            } else {
                summary::of(elements, &self.rules.vocabulary, self.is_pythons())
            };
            self.document.push_named(ReservedName(Attribute::Message.name()), Value::Text(&summary));
        }
        let has_further_ids = !further.ids.is_empty();
        source.write(&mut self.document, &Outcome { redacted, repaired: self.repaired, further });
        finish(self.document.finish(), Parts { id, time, redacted, has_further_ids })
    }

    /// Returns the event's own time. If that is missing or too far from the arrival, returns when a collector took the record,
    /// or else the arrival.
    fn event_time(&mut self, arrived: EventTime) -> EventTime {
        let max_skew = self.rules.max_skew;
        let is_near = |own: &EventTime| own.distance(arrived) <= max_skew;
        let own = self.own_time().or_else(|| aliases::time_by_arrival(self, arrived));
        if let Some(own) = own.filter(is_near) {
            return own;
        }
        let loose = if own.is_none() { self.take_loose_time(arrived).filter(is_near) } else { None };
        let Some(time) = loose.or_else(|| aliases::observed_time(self).filter(is_near)) else { return arrived };
        if own.is_none() {
            self.put(Attribute::Created, Value::Float(time.seconds()));
        }
        time
    }

    /// Returns whether the sender wrote a message that says nothing.
    fn has_blank_message(&self) -> bool {
        self.blanks.iter().any(|(attribute, _)| matches!(attribute, Attribute::Msg | Attribute::Message))
    }

    /// Puts back a message and its template that say nothing. Blanks alone are no message.
    fn put_back_message(&mut self) {
        for attribute in [Attribute::Msg, Attribute::Message] {
            let has_other = self.offset(Attribute::Message).is_some() || self.offset(Attribute::Msg).is_some();
            let is_kept = |text: &str| attribute == Attribute::Msg || (!has_other && !text.trim().is_empty());
            if let Some(at) = self.blanks.iter().position(|(blank, text)| *blank == attribute && is_kept(text)) {
                let (_, text) = self.blanks.swap_remove(at);
                self.put(attribute, Value::Text(&text));
            }
        }
    }

    /// Puts back the texts that say nothing where no other field said more, and keeps the others under `sent`.
    fn put_back_blanks(&mut self) {
        for (attribute, text) in mem::take(&mut self.blanks) {
            if attribute != Attribute::Message && self.offset(attribute).is_none() {
                self.put(attribute, Value::Text(&text));
            } else if !text.is_empty() {
                self.keep(attribute.name(), Value::Text(&text));
            }
        }
    }

    fn identity<'a>(&'a self, source: &Source<'a>) -> Identity<'a> {
        match self.text(Attribute::RecordId) {
            Some(given) if !given.is_empty() => Identity::Given(given),
            _ => source.identity(),
        }
    }

    /// Adds the level's name or number where one of them is missing, so that errors are found by number and read by
    /// name.
    fn add_level(&mut self) {
        match (self.get(Attribute::LevelName), self.get(Attribute::LevelNo)) {
            (Some(Value::Text(name)), None) => {
                if let Some(number) = level::number(name).or_else(|| self.has_zero_level.then_some(0)) {
                    self.put(Attribute::LevelNo, Value::Integer(number));
                }
            }
            (None, Some(Value::Integer(number))) => {
                if let Some(name) = level::name(number) {
                    self.put(Attribute::LevelName, Value::Text(name));
                }
            }
            (None, None) if self.has_zero_level => {
                self.put(Attribute::LevelNo, Value::Integer(0));
            }
            _ => {}
        }
    }

    /// Adds `message` if the sender gave none, and `args` with their types if they were sent as text. Returns whether there
    /// is a message now.
    fn add_message(&mut self) -> bool {
        let message = if let Some(text) = self.args.take() {
            let args = args::from_text(&text);
            match &args {
                Some(args) => args::write(&mut self.document, Attribute::Args.name(), args),
                None => self.document.push(Attribute::Args.name(), Value::Text(&text)),
            }
            self.message(args.as_ref())
        } else {
            let args = self.offset(Attribute::Args).and_then(|offset| args::from_bson(&self.document, offset));
            self.message(args.as_ref())
        };
        match message.as_deref() {
            None => true,
            Some("") => false,
            Some(message) => {
                self.put(Attribute::Message, Value::Text(message));
                true
            }
        }
    }

    /// Renders `msg % args`; returns `msg` itself if that fails, and `None` if the sender gave a message.
    fn message(&self, args: Option<&Literal<'_>>) -> Option<String> {
        if self.offset(Attribute::Message).is_some() {
            return None;
        }
        let message = match self.text(Attribute::Msg) {
            Some(msg) => args.and_then(|args| args::render(msg, args)).or_else(|| Some(msg.to_owned())),
            None => self.offset(Attribute::Msg).and_then(|msg| args::text_of(&self.document, msg)),
        };
        Some(message.unwrap_or_default())
    }

    /// Returns the rendered message of logback's encoder, which writes a template with `{}` and its arguments.
    fn rendered_braces(&self) -> Option<String> {
        if !self.has_alias(&[template::LOGBACK_LOGGER]) || self.offset(Attribute::Msg).is_some() {
            return None;
        }
        let template = self.text(Attribute::Message).filter(|template| template.contains(template::BRACES))?;
        self.work.spend(self.document.len());
        template::with_arguments(self.document.elements(), template)
    }

    /// Replaces a template by its message. The template is then `msg`. Earlier offsets are no longer valid.
    fn replace_template(&mut self, message: &str) {
        let Some(template) = self.text(Attribute::Message).map(str::to_owned) else { return };
        self.document.remove(Attribute::Message.name());
        self.document.push_named(ReservedName(Attribute::Msg.name()), Value::Text(&template));
        self.document.push_named(ReservedName(Attribute::Message.name()), Value::Text(message));
    }

    /// Adds `log_uid` and `service` if known. The message is the fallback for the id, the first part of the logger's name
    /// for the service. Returns the id and the other ids.
    fn add_uid_and_service(&mut self, rendered: Option<&str>) -> (Option<Candidate>, FurtherIds) {
        self.offer_ids_of_message(rendered);
        let mut further_ids = mem::take(&mut self.further_ids);
        let uid = match self.uid.take() {
            Some(Candidate { rank, text, .. }) if is_key(rank) => {
                further_ids.add(rank, text);
                None
            }
            best => best,
        };
        let text = uid.as_ref().map(|uid| uid.text.as_str());
        if let Some(text) = text {
            self.document.push_named(ReservedName(self.uid.field), Value::Text(text));
        }
        let service = self.service.take().map(|best| best.text);
        let service = service.or_else(|| service_of_logger(self.logger()?).map(str::to_owned));
        if let Some(service) = service {
            self.document.push_named(ReservedName(self.service.field), Value::Text(&service));
        }
        let further = further_ids.further_than(text);
        (uid, further)
    }

    /// Removes the `log_uid` if redaction masked the field that it was taken from. Returns whether it stays. A `log_uid`
    /// that a sender wrote is never masked.
    fn retain_shown(&mut self, uid: &Candidate) -> bool {
        let field = Attribute::LogUid.name();
        let is_secret = match &self.rules.redactor {
            Some(redactor) if redactor.keeps_only_listed() => redactor.mask_bytes(uid.text.as_bytes()).is_some(),
            _ => {
                let (before, after) = self.document.elements_beside(field);
                !is_in(before, &uid.text) && !is_in(after, &uid.text)
            }
        };
        let is_kept = uid.own_name || uid.rank >= LAST_RANK || !is_secret;
        if !is_kept {
            self.document.remove(field);
        }
        is_kept
    }

    /// Offers the ids in the message, if no field is one but for a span.
    fn offer_ids_of_message(&mut self, rendered: Option<&str>) {
        if self.uid.has_better_than(FIRST_LOCAL_RANK) {
            return;
        }
        let message = rendered.or_else(|| self.text(Attribute::Message));
        let message = without_colours(message.unwrap_or_default());
        let ids: Vec<_> = self.ids_in_text(&message).into_iter().map(|id| (id.rank, id.id.to_owned())).collect();
        for (rank, id) in ids {
            self.offer_uid(rank, "", Value::Text(&id));
        }
        if let Some(id) = self.id_of_header.take() {
            self.offer_uid(LAST_RANK, "", Value::Text(&id));
        }
    }
}

/// The first parts of loggers' names that are no services: top-level domains, and names that every program has.
const NO_SERVICES: [&str; 14] =
    ["com", "org", "net", "io", "de", "dev", "github", "root", "main", "__main__", "default", "http", "https", "www"];

/// Returns the service that a logger's name tells: its first part, if it is a word.
#[must_use]
pub fn service_of_logger(logger: &str) -> Option<&str> {
    let first = logger.split(['.', ':']).next()?;
    let is_word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-' || !byte.is_ascii();
    let is_word = !first.is_empty() && first.bytes().all(is_word);
    // Java's loggers are abbreviated: `c.e.Shop`.
    (is_word && first.len() > 1 && !NO_SERVICES.contains(&first)).then_some(first)
}

fn finish(mut bytes: Vec<u8>, parts: Parts) -> Result<LogRecord, NotCompleted> {
    let size = bytes.len();
    // The capacity was a guess, and a batch holds many records.
    if bytes.capacity() > 2 * size {
        bytes.shrink_to_fit();
    }
    match LogRecord::from_parts(bytes, parts) {
        Some(record) if size <= MAX_RECORD_BYTES => Ok(record),
        _ => Err(NotCompleted::TooLarge { bytes: size }),
    }
}
