//! What the envelope of a record, such as a CloudWatch message, tells about it.

use super::attribute::Attribute;
use super::document::FieldSink;
use super::meaning::LAST_RANK;
use super::value::Value;
use super::{Draft, EventTime, WorkBudget, aliases};

/// The name of a correlation id or service that is no field.
const NO_NAME: &str = "";

/// What the envelope of a record tells about it. It is used only where the record's own fields, in any dialect, say
/// nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct Surroundings<'a> {
    /// When the record was written, in seconds since the epoch.
    pub created: Option<f64>,
    /// The level's name.
    pub level: Option<&'a str>,
    /// The exception, as text.
    pub exception: Option<&'a str>,
    /// The message.
    pub message: Option<&'a str>,
    /// The service. It takes precedence over the logger's name.
    pub service: Option<&'a str>,
    /// The correlation id.
    pub uid: Option<&'a str>,
}

/// What the fields of an object say about the record whose message it follows.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Said {
    /// When the record was written, in seconds since the epoch.
    pub created: Option<f64>,
    /// The service.
    pub service: Option<String>,
    /// The exception, as text.
    pub exception: Option<String>,
}

impl<'r> Draft<'r> {
    /// Creates an empty draft for an object of `bytes` in this record, with the same rules and the same work.
    #[must_use]
    pub fn beside(&self, bytes: usize) -> Draft<'r> {
        Draft::new(self.rules, self.work, bytes)
    }

    /// Returns the work that may be spent.
    #[must_use]
    pub fn work(&self) -> &'r WorkBudget {
        self.work
    }

    /// Returns what the fields say. All of them must have been pushed.
    #[must_use]
    pub fn said(mut self) -> Said {
        aliases::fill_in(&mut self);
        aliases::fill_in_exception(&mut self);
        Said {
            created: self.own_time().filter(|time| time.is_of_event()).map(EventTime::seconds),
            service: self.service.text().map(str::to_owned),
            exception: self.text(Attribute::ExcText).map(str::to_owned),
        }
    }
}

impl Draft<'_> {
    /// Adds what the record's own fields do not say. All of them must have been pushed. Returns whether the envelope's
    /// time was used.
    pub fn surround(&mut self, surroundings: &Surroundings<'_>) -> bool {
        aliases::fill_in(self);
        self.settle_time();
        if let Some(service) = surroundings.service {
            self.offer_service(LAST_RANK, NO_NAME, Value::Text(service));
        }
        if let Some(uid) = surroundings.uid {
            self.offer_uid(LAST_RANK, NO_NAME, Value::Text(uid));
        }
        if let (Some(message), None) = (surroundings.message, self.offset(Attribute::Msg)) {
            self.set_if_missing(Attribute::Message, Value::Text(message));
        }
        if let (Some(level), None) = (surroundings.level, self.offset(Attribute::LevelNo)) {
            self.set_if_missing(Attribute::LevelName, Value::Text(level));
        }
        if let (Some(exception), None) = (surroundings.exception, self.offset(Attribute::ExcInfo)) {
            self.set_if_missing(Attribute::ExcText, Value::Text(exception));
        }
        surroundings.created.is_some_and(|seconds| self.set_if_missing(Attribute::Created, Value::Float(seconds)))
    }

    fn set_if_missing(&mut self, attribute: Attribute, value: Value<'_>) -> bool {
        let is_missing = self.offset(attribute).is_none();
        if is_missing {
            self.push(attribute.name(), value);
        }
        is_missing
    }
}
