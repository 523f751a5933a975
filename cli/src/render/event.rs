//! The fields of a record that are shown to people.

use std::borrow::Cow;

use jiff::Timestamp;
use record::level;
use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

/// The fields of a record. Senders decide what is in a field, so each can be any JSON value.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Event {
    id: Value,
    time: Value,
    service: Value,
    levelname: Value,
    levelno: Value,
    message: Value,
    log_uid: Value,
    exc_text: Value,
    exc_info: Value,
    stack_info: Value,
}

impl Event {
    /// Reads a record of the query API. All fields are empty if it is not a JSON object.
    pub(crate) fn read(record: &RawValue) -> Self {
        serde_json::from_str(record.get()).unwrap_or_default()
    }

    /// Returns its id.
    pub(crate) fn id(&self) -> &str {
        self.id.as_str().unwrap_or_default()
    }

    /// Returns its time.
    pub(crate) fn time(&self) -> Option<Timestamp> {
        self.time.as_str()?.parse().ok()
    }

    /// Returns its service.
    pub(crate) fn service(&self) -> Cow<'_, str> {
        text(&self.service).unwrap_or(Cow::Borrowed("-"))
    }

    /// Returns its level: the name, or else the number.
    pub(crate) fn level(&self) -> Cow<'_, str> {
        text(&self.levelname).or_else(|| text(&self.levelno)).unwrap_or(Cow::Borrowed("-"))
    }

    /// Returns its level as Python's number.
    pub(crate) fn severity(&self) -> Option<i64> {
        self.levelno.as_i64().or_else(|| level::number(self.levelname.as_str()?))
    }

    /// Returns its message.
    pub(crate) fn message(&self) -> Cow<'_, str> {
        text(&self.message).unwrap_or_default()
    }

    /// Returns the uid of its transaction.
    pub(crate) fn log_uid(&self) -> Option<&str> {
        self.log_uid.as_str()
    }

    /// Returns the exception and the stack, unless the message contains them.
    pub(crate) fn exceptions(&self) -> impl Iterator<Item = &str> {
        let exception = self.exc_text.as_str().or_else(|| self.exc_info.as_str());
        let message = self.message.as_str().unwrap_or_default();
        [exception, self.stack_info.as_str()]
            .into_iter()
            .flatten()
            .map(str::trim_end)
            .filter(move |text| !text.is_empty() && !message.contains(text))
    }
}

fn text(value: &Value) -> Option<Cow<'_, str>> {
    match value {
        Value::Null => None,
        Value::String(text) => Some(Cow::Borrowed(text)),
        other => Some(Cow::Owned(other.to_string())),
    }
}
