//! The line of a program in the fields of a collector.

use super::Draft;
use super::attribute::Attribute;
use super::envelope::{Part, Wrapped};
use super::field::Field;

impl Draft<'_> {
    /// Returns the line of a program that a collector wrapped, if the record says nothing about its level, with the name
    /// of its field.
    #[must_use]
    pub fn wrapped_line(&self) -> Option<Wrapped<'_>> {
        let text = self.bare_line()?;
        let is_line = |field: Field<'_>| field.text().is_some_and(|field| field.trim_end() == text.trim_end());
        // The message may have been filled in from another field.
        let from = self
            .aliases()
            .iter()
            .find(|(meaning, location)| meaning.part == Some(Part::Text) && self.field(*location).is_some_and(is_line));
        let name = from.map_or(Attribute::Message.name(), |(meaning, _)| meaning.name.as_str());
        Some(Wrapped::Text { name, text })
    }
}
