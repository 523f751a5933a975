//! The level of a stream: what Docker and systemd write beside each line of a program, and no program chose.
//!
//! <https://docs.docker.com/engine/logging/drivers/gelf/>, <https://docs.docker.com/engine/logging/drivers/journald/>,
//! <https://www.freedesktop.org/software/systemd/man/latest/systemd.journal-fields.html>.

use super::Draft;
use super::attribute::Attribute;
use super::draft::Location;
use super::elements::Element;
use super::field::Field;
use super::meaning::Meaning;
use super::sender::Sender;
use super::spelling::is_one_spelling;
use super::value::Value;

/// The severities of syslog that they write for standard output and standard error.
pub(super) const OF_STREAMS: [i64; 2] = [6, 3];
/// The field of journald with the way in which a message came, and what it is for a line of a service.
const TRANSPORT: &str = "_TRANSPORT";
const STANDARD_OUTPUT: &[u8] = b"stdout";
/// The fields that Docker's driver for GELF always writes beside the container's id. A library may add that id, too.
const DOCKERS: [&str; 2] = ["_command", "_image_name"];

impl Draft<'_> {
    /// Puts the level that the record's line says where the level beside it is that of a stream.
    pub fn prefer_level_of_line(&mut self, level: &str) {
        let is_of_stream = |(meaning, location): &(&Meaning, _)| self.is_level_of_stream(meaning, *location);
        if self.aliases().iter().any(is_of_stream) {
            // Only a name that the sender wrote tells Python's.
            self.decide_is_pythons();
            self.put(Attribute::LevelName, Value::Text(level));
        }
    }

    /// Returns whether a field has the level of a stream. With any other number the program chose it: systemd takes it from
    /// `<4>` before a line.
    pub(super) fn is_level_of_stream(&self, meaning: &Meaning, location: Location) -> bool {
        match meaning.name.as_str() {
            "level" => self.is_number_of_stream(location) && self.is_dockers_gelf(),
            "PRIORITY" | "priority" => {
                self.is_number_of_stream(location) && (self.has_mark(Sender::Docker) || self.is_of_journalds_stream())
            }
            _ => false,
        }
    }

    /// Returns whether Docker's driver for GELF wrote the record. Logstash's input renames `short_message`.
    pub(super) fn is_dockers_gelf(&self) -> bool {
        let has = |name: &&str| self.elements().any(|element| is_named(&element, name));
        self.has_mark(Sender::Docker) && DOCKERS.iter().all(has)
    }

    fn is_number_of_stream(&self, location: Location) -> bool {
        let number = match self.field(location) {
            Some(Field::Scalar(Value::Integer(number))) => Some(number),
            Some(Field::Scalar(Value::Text(text))) => text.parse().ok(),
            _ => None,
        };
        number.is_some_and(|number| OF_STREAMS.contains(&number))
    }

    fn is_of_journalds_stream(&self) -> bool {
        let mut elements = self.elements();
        elements.any(|element| element.text() == Some(STANDARD_OUTPUT) && is_named(&element, TRANSPORT))
    }
}

/// Returns whether a field has that name. Collectors write it without its underscore, and in small letters.
fn is_named(element: &Element<'_>, name: &str) -> bool {
    str::from_utf8(element.name).is_ok_and(|own| is_one_spelling(own, name))
}
