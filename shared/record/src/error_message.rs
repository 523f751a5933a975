//! The message of a record whose sender logged an error and nothing else, so that the error is the message.

use super::attribute::Attribute;
use super::document::ReservedName;
use super::draft::Draft;
use super::exception;
use super::field::Field;
use super::names::Name;
use super::value::Value;

impl Draft<'_> {
    /// Replaces an error that is the message by what it says. The error is kept under `sent`. Earlier offsets are no longer
    /// valid.
    pub(super) fn replace_error(&mut self) {
        let Some(error @ Field::Object(object)) = self.container(Attribute::Message) else { return };
        let Some(message) = exception::message_of(error).map(str::to_owned) else { return };
        let object = object.to_owned();
        self.sent.get_or_insert_default().push_object(Name::of(Attribute::Message.name()), &object);
        self.document.remove(Attribute::Message.name());
        self.document.push_named(ReservedName(Attribute::Message.name()), Value::Text(&message));
    }
}
