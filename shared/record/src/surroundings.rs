//! What surrounds a record in its payload, such as an envelope, says something of it too.

use super::attribute::Attribute;
use super::document::{FieldSink, Value};
use super::{Draft, aliases};

/// The name and rank of a correlation id or service that is only taken when there is no other.
const LAST: (usize, &str) = (usize::MAX, "");

/// What surrounds a record says of it: taken where its own fields do not say, in whatever dialect.
#[derive(Clone, Copy, Debug, Default)]
pub struct Surroundings<'a> {
    /// When it was written, in seconds since the epoch.
    pub created: Option<f64>,
    /// Its message.
    pub message: Option<&'a str>,
    /// Its service. Goes before what a logger's name says.
    pub service: Option<&'a str>,
    /// Its correlation id.
    pub uid: Option<&'a str>,
}

impl Draft<'_> {
    /// Takes what the record's own fields, which are all there, do not say. Tells whether that is so for the time.
    pub fn surround(&mut self, surroundings: &Surroundings<'_>) -> bool {
        aliases::fill_in(self);
        let (rank, name) = LAST;
        if let Some(service) = surroundings.service {
            self.service.offer(rank, name, Value::Text(service));
        }
        if let Some(uid) = surroundings.uid {
            self.uid.offer(rank, name, Value::Text(uid));
        }
        if let (Some(message), None) = (surroundings.message, self.place(Attribute::Msg)) {
            self.or(Attribute::Message, Value::Text(message));
        }
        surroundings.created.is_some_and(|seconds| self.or(Attribute::Created, Value::Float(seconds)))
    }

    fn or(&mut self, attribute: Attribute, value: Value<'_>) -> bool {
        let is_free = self.place(attribute).is_none();
        if is_free {
            self.push(attribute.name(), value);
        }
        is_free
    }
}
