//! The object into which python-logstash-async puts what it adds to a record. Its setting `extra_prefix` names the object.

use bson::RawDocument;

use super::draft::Draft;
use super::elements::Element;
use super::field::Field;

/// The field that only such an object has, and that with the logger's name.
const VERSION: &str = "logstash_async_version";
const LOGGER: &str = "logger_name";

impl Draft<'_> {
    /// Returns the object, and its name.
    pub(super) fn logstashs_extra(&self) -> Option<(&str, Field<'_>)> {
        let is_version = |field: Element<'_>| field.name == VERSION.as_bytes();
        let is_extra = |element: &Element<'_>| element.inner().is_some_and(|mut inner| inner.any(is_version));
        let object = self.elements().find(is_extra)?;
        Some((str::from_utf8(object.name).ok()?, Field::Object(RawDocument::from_bytes(object.value).ok()?)))
    }
}

/// Returns the logger's name in such an object.
pub(super) fn logger(extra: Field<'_>) -> Option<String> {
    extra.at(LOGGER)?.text().map(str::to_owned)
}
