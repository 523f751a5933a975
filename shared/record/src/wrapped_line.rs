//! The line of a program in the fields of a collector.

use super::Draft;
use super::attribute::Attribute;
use super::dialect::Reading;
use super::envelope::Wrapped;
use super::field::Field;
use super::level::{self, Scale};
use super::meaning::{FIRST_LOCAL_RANK, Meaning, Role};
use super::scales::Scales;
use super::sender::{BODY, Part};
use super::value::Value;

/// The fields with a severity of syslog's, as they are spelled, and journald's.
const SEVERITY: &str = "severity";
const SEVERITIES: [&str; 4] = [SEVERITY, "priority", "PRIORITY", "syslogseverity"];

impl Draft<'_> {
    /// Returns the line of a program that a collector wrapped, if the program says nothing about its level, with the name of
    /// its field.
    #[must_use]
    pub fn wrapped_line(&self) -> Option<Wrapped<'_>> {
        let text = self.bare_line()?;
        let is_line = |field: Field<'_>| field.text().is_some_and(|field| field.trim_end() == text.trim_end());
        // The message may have been filled in from another field.
        let from = self
            .aliases()
            .iter()
            .find(|(meaning, location)| self.may_hold_line(meaning) && self.field(*location).is_some_and(is_line));
        let own = if self.text(Attribute::Message).is_some() { Attribute::Message } else { Attribute::Msg };
        let name = from.map_or(own.name(), |(meaning, _)| meaning.name.as_str());
        Some(Wrapped::Text { name, text })
    }

    /// Returns the line of a program that a collector wrapped, if the program says nothing about its level.
    #[must_use]
    pub fn bare_line(&self) -> Option<&str> {
        if self.says_level() || self.is_pythons() { None } else { self.line() }
    }

    /// Returns the line in whose header the record's id may be: that of a record without an id of its own.
    #[must_use]
    pub fn line_without_id(&self) -> Option<&str> {
        if self.uid.has_better_than(FIRST_LOCAL_RANK) { None } else { self.line() }
    }

    /// Keeps the id in the header of the record's line. It counts if the record has no other.
    pub fn keep_id_of_header(&mut self, id: &str) {
        self.id_of_header = Some(id.to_owned());
    }

    /// Offers the service that the line names. It goes before the name under which a collector knows the program.
    pub fn offer_service_of_line(&mut self, service: &str) {
        if self.service.text().is_none() {
            self.offer_service(0, "", Value::Text(service));
        }
    }

    /// Returns the text of `msg` if it is no template.
    pub(super) fn whole_msg(&self) -> Option<&str> {
        let has_args = self.args.is_some() || self.offset(Attribute::Args).is_some();
        self.text(Attribute::Msg).filter(|_| !has_args)
    }

    /// Returns the text of the message.
    fn line(&self) -> Option<&str> {
        self.text(Attribute::Message).or_else(|| {
            let mut aliases = self.aliases().iter().filter(|(meaning, _)| self.may_hold_line(meaning));
            let text = aliases.find_map(|(_, location)| self.field(*location).and_then(Field::text));
            text.or_else(|| self.whole_msg())
        })
    }

    fn may_hold_line(&self, meaning: &Meaning) -> bool {
        meaning.part == Some(Part::Text) || (meaning.name == BODY && self.is_of_exporter())
    }

    /// Returns whether a field of the record is one that says a level. The severity of a syslog is none: its daemon chose it, or
    /// whoever started the program. Neither is that of a stream.
    pub(super) fn says_level(&self) -> bool {
        let is_level = |attribute| matches!(attribute, Attribute::LevelName | Attribute::LevelNo);
        let says = |location| match self.field(location) {
            Some(Field::Scalar(Value::Text(name))) => !level::is_none(name),
            field => !matches!(field, Some(Field::Scalar(Value::Null))),
        };
        let is_of_level = |(meaning, location): &(&Meaning, _)| {
            // Nearly all fields named `type` say something else.
            let is_said = |role: &Role| is_level(role.attribute) && role.reading != Reading::EventType;
            meaning.roles.iter().any(|role| role.path.is_empty() && is_said(role))
                && !(is_severity(meaning) && self.is_syslogs())
                && says(*location)
                && !self.is_level_of_stream(meaning, *location)
        };
        self.offset(Attribute::LevelNo).is_some()
            || (self.offset(Attribute::LevelName).is_some() && !self.has_level_of_severity())
            || self.aliases().iter().any(is_of_level)
    }

    /// Returns whether the record is a message of a syslog with its severity, in the fields of a daemon or of the forwarder.
    #[must_use]
    pub fn has_severity(&self) -> bool {
        self.aliases().iter().any(|(meaning, _)| is_severity(meaning)) && self.is_syslogs()
    }

    fn is_syslogs(&self) -> bool {
        Scales(self).is_syslogs()
    }

    /// Returns whether the level's name is that of the severity beside it, as the forwarder writes a message of a syslog.
    pub(super) fn has_level_of_severity(&self) -> bool {
        let integer = |value: Value<'_>| if let Value::Integer(number) = value { Some(number) } else { None };
        let severity = || Scale::Syslog.level(self.alias_value(SEVERITY, integer)?).and_then(level::name);
        self.is_syslogs() && severity().is_some_and(|level| self.text(Attribute::LevelName) == Some(level))
    }
}

fn is_severity(meaning: &Meaning) -> bool {
    SEVERITIES.contains(&meaning.name.as_str())
}
