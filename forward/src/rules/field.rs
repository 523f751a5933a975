//! What a name in a rule means: what the forwarder knows of the record, what logbraid makes of it, or a sender's field.

use std::borrow::Cow;

use serde_json::Value;

use super::filed::Filed;
use crate::event::Event;

/// A name in a rule.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum FieldName {
    /// The name of the input.
    Input,
    /// Fluentd's tag.
    Tag,
    /// The logger, whatever its sender calls it.
    Logger,
    /// The number of the level.
    Level,
    /// The service.
    Service,
    /// The message, rendered.
    Message,
    /// The correlation id.
    LogUid,
    /// The host.
    Host,
    /// A sender's own field: its name, or the path to it through objects.
    Own(String),
}

impl FieldName {
    pub(super) fn parse(name: &str) -> Self {
        match name {
            "input" => Self::Input,
            "tag" => Self::Tag,
            "logger" => Self::Logger,
            "level" => Self::Level,
            "service" => Self::Service,
            "message" => Self::Message,
            "log_uid" => Self::LogUid,
            "host" => Self::Host,
            own => Self::Own(own.to_owned()),
        }
    }

    /// Returns whether the values are names of parts with dots between them.
    pub(super) fn is_dotted(&self) -> bool {
        matches!(self, Self::Tag | Self::Logger)
    }
}

/// A record that the rules look at.
pub(super) struct Seen<'e> {
    event: &'e mut Event,
    filing: &'e record::Rules,
    /// What logbraid makes of it, once that was asked for.
    filed: Option<Filed>,
}

impl<'e> Seen<'e> {
    pub(super) fn new(event: &'e mut Event, filing: &'e record::Rules) -> Self {
        Self { event, filing, filed: None }
    }

    /// Returns the value of a field; `None` if it is missing or null.
    pub(super) fn value(&mut self, name: &FieldName) -> Option<Cow<'_, Value>> {
        let text = |text: &str| Some(Cow::Owned(Value::from(text)));
        match name {
            FieldName::Input => text(&self.event.input),
            FieldName::Tag => self.event.tag.as_deref().and_then(text),
            FieldName::Own(name) => at(&self.event.fields, name).filter(|value| !value.is_null()).map(Cow::Borrowed),
            FieldName::Level => self.filed().level().map(|level| Cow::Owned(Value::from(level))),
            FieldName::Logger => self.filed().text("name").and_then(text),
            FieldName::Service => self.filed().text("service").and_then(text),
            FieldName::Message => self.filed().text("message").and_then(text),
            FieldName::LogUid => self.filed().text("log_uid").and_then(text),
            FieldName::Host => self.filed().text("fqdn").and_then(text),
        }
    }

    /// Returns the identity of the record.
    pub(super) fn record_id(&self) -> &str {
        &self.event.record_id
    }

    /// Sets a field.
    pub(super) fn set(&mut self, name: &str, value: Value) {
        self.filed = None;
        self.event.fields.insert(name.to_owned(), value);
    }

    /// Removes a field: that of the name, or the one at the path.
    pub(super) fn remove(&mut self, name: &str) {
        self.filed = None;
        let mut fields = &mut self.event.fields;
        let mut name = name;
        while fields.remove(name).is_none() {
            let Some((first, rest)) = name.split_once('.') else { return };
            let Some(Value::Object(inner)) = fields.get_mut(first) else { return };
            (fields, name) = (inner, rest);
        }
    }

    fn filed(&mut self) -> &Filed {
        self.filed.get_or_insert_with(|| Filed::of(self.event, self.filing))
    }
}

/// Returns the field of that name, or the one at that path through objects and arrays.
fn at<'v>(fields: &'v serde_json::Map<String, Value>, name: &str) -> Option<&'v Value> {
    if let Some(value) = fields.get(name) {
        return Some(value);
    }
    let (first, rest) = name.split_once('.')?;
    match fields.get(first)? {
        Value::Object(inner) => at(inner, rest),
        Value::Array(items) => {
            let (position, rest) = rest.split_once('.').map_or((rest, None), |(position, rest)| (position, Some(rest)));
            match (items.get(position.parse::<usize>().ok()?)?, rest) {
                (item, None) => Some(item),
                (Value::Object(inner), Some(rest)) => at(inner, rest),
                _ => None,
            }
        }
        _ => None,
    }
}
