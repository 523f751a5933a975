//! Says field by field what becomes of a record, for people who connect a new sender.
//!
//! Nothing is noted while a record is decoded, which would cost time in each. The fields are read again by the same rules
//! ([`readings`]), and compared with what was stored ([`compare`]).

mod compare;
mod readings;

use std::fmt;

use super::attribute::Attribute;
use super::bounded::beginning;
use super::field::Field;
use super::value::Value;

pub use self::readings::Readings;

/// How many fields are explained.
const MAX_FIELDS: usize = 200;
/// How much of a value is shown, in bytes.
const MAX_VALUE_BYTES: usize = 200;
/// The fact that any time of an event may become.
const TIME: &str = "time";
/// The facts of a record, in the order in which they are shown.
const FACTS: [&str; 11] = [
    TIME,
    Attribute::LevelName.name(),
    Attribute::LevelNo.name(),
    Attribute::LogUid.name(),
    Attribute::Service.name(),
    Attribute::Name.name(),
    Attribute::Fqdn.name(),
    Attribute::Message.name(),
    Attribute::ExcInfo.name(),
    Attribute::ExcText.name(),
    Attribute::StackInfo.name(),
];

/// What became of a sender's fields.
#[derive(Debug)]
pub struct Explanation {
    /// What logbraid knows about the record, and where that comes from.
    pub facts: Vec<Fact>,
    /// The sender's fields, and those in its objects.
    pub fields: Vec<ExplainedField>,
}

/// Something that logbraid knows about a record.
#[derive(Debug, Eq, PartialEq)]
pub struct Fact {
    /// The field of the stored record.
    pub name: &'static str,
    /// Its value, cut to a line's length.
    pub value: String,
    /// The path of the sender's field that says it, or what else it was made from.
    pub origin: String,
}

/// A sender's field.
#[derive(Debug, Eq, PartialEq)]
pub struct ExplainedField {
    /// Its path.
    pub path: String,
    /// Its value, cut to a line's length.
    pub value: String,
    /// What it was used for; empty if it is only stored.
    pub uses: Vec<Use>,
}

/// What a field was used for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Use {
    /// It is this field of the stored record.
    Fact(&'static str),
    /// It is an id by which the record is found, but not the `log_uid`.
    FurtherId,
    /// Its value was masked.
    Masked,
    /// It may be this, but another field says it better.
    NotUsed(&'static str),
    /// Its name says that it is this, and its value is none.
    NotUsable(&'static str),
}

impl Use {
    /// Returns whether the field was used.
    #[must_use]
    pub fn is_used(self) -> bool {
        !matches!(self, Self::NotUsed(_) | Self::NotUsable(_))
    }
}

impl fmt::Display for Use {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Fact(fact) => f.write_str(fact),
            Self::FurtherId => f.write_str("source.ids"),
            Self::Masked => f.write_str("masked"),
            Self::NotUsed(fact) => write!(f, "not used as {fact}"),
            Self::NotUsable(fact) => write!(f, "not usable as {fact}"),
        }
    }
}

fn shown(field: Field<'_>) -> String {
    beginning(&shown_whole(field), MAX_VALUE_BYTES).to_owned()
}

fn shown_whole(field: Field<'_>) -> String {
    match field {
        Field::Scalar(Value::Text(text)) => text.to_owned(),
        Field::Scalar(Value::Null) => "null".to_owned(),
        Field::Scalar(Value::Boolean(value)) => value.to_string(),
        Field::Scalar(Value::Integer(value)) => value.to_string(),
        Field::Scalar(Value::Unsigned(value)) => value.to_string(),
        Field::Scalar(Value::Float(value)) => value.to_string(),
        Field::Scalar(Value::Bytes(bytes)) => format!("{} bytes", bytes.len()),
        Field::Object(_) => "an object".to_owned(),
        Field::Array(_) => "an array".to_owned(),
    }
}
