//! Conditions on records: field, operator, literal.

mod document;
mod phrase;
#[cfg(test)]
mod tests;

pub(crate) use document::{named, values_of};
use mongodb::bson::{Decimal128, oid::ObjectId};
use record::{EventTime, LogUid, level};

use crate::field_name::FieldName;
use crate::scope::{Scope, Tenant};

/// A condition on a record.
///
/// It is typed, so that nothing a client sends can become one of MongoDB's operators. Each value is a literal, each name
/// a checked [`FieldName`].
#[derive(Clone, Debug, PartialEq)]
pub enum Condition {
    /// Every condition holds. All records match an empty list.
    All(Vec<Condition>),
    /// The condition does not hold.
    Not(Box<Condition>),
    /// The record has one of these ids.
    Id(Vec<ObjectId>),
    /// The record carries one of these ids, in whatever [spelling](LogUid::spellings) its sender wrote it.
    AnyUid(Vec<LogUid>),
    /// The number of the record's level is at least this.
    MinLevel(i64),
    /// The record's service is one of these.
    Service(Vec<String>),
    /// The record's host (`fqdn`) is one of these.
    Host(Vec<String>),
    /// The record's logger is one of these, or below one of these.
    Logger(Vec<String>),
    /// The record's message or exception matches this pattern.
    Text(TextPattern),
    /// A value of the record has these words, or is this number.
    Phrase(Phrase),
    /// The record is the tenant's.
    Tenant(Tenant),
    /// A field passes a test.
    Field {
        /// The field.
        name: FieldName,
        /// The test.
        test: FieldTest,
    },
}

/// A test of a field.
#[derive(Clone, Debug, PartialEq)]
pub enum FieldTest {
    /// The record has the field.
    Exists,
    /// The field is one of these values, or a list with one of them.
    OneOf(Vec<Literal>),
    /// The field is of the same type as one of these values and compares with it in this way, or is a list with such an
    /// element. Numbers of all types are one type. Texts compare by code points.
    Compare {
        /// The comparison.
        comparison: Comparison,
        /// The values.
        with: Vec<Literal>,
    },
}

/// How a field compares with a value by size.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Comparison {
    /// Greater than the value.
    Greater,
    /// Greater than the value, or equal.
    GreaterOrEqual,
    /// Less than the value.
    Less,
    /// Less than the value, or equal.
    LessOrEqual,
}

/// A value to compare with. None of its types can be an operator.
#[derive(Clone, Debug, PartialEq)]
pub enum Literal {
    /// A text.
    Text(String),
    /// A whole number.
    Integer(i64),
    /// A floating-point number.
    Float(f64),
    /// A decimal number.
    Decimal(Decimal128),
    /// A truth value.
    Boolean(bool),
    /// A time.
    Time(EventTime),
}

impl Literal {
    /// Returns the values that a text can mean in a record: the text itself, a number, a truth value.
    #[must_use]
    pub fn meant_by(text: &str) -> Vec<Self> {
        let boolean = text.parse().ok().map(Self::Boolean);
        [Self::Text(text.to_owned())].into_iter().chain(Self::numbers(text)).chain(boolean).collect()
    }

    /// Returns the number that a text writes, in each type that a record may store: 0.1 as a float is not 0.1 as a decimal. Nothing
    /// if it writes none.
    #[must_use]
    pub fn numbers(text: &str) -> Vec<Self> {
        if let Ok(number) = text.parse() {
            return vec![Self::Integer(number)];
        }
        // Rust also parses words such as `inf` and `nan`.
        let is_number = !text.bytes().any(|byte| byte.is_ascii_alphabetic() && !byte.eq_ignore_ascii_case(&b'e'));
        let Some(float) = text.parse::<f64>().ok().filter(|_| is_number) else { return Vec::new() };
        let float = float.is_finite().then_some(Self::Float(float));
        float.into_iter().chain(text.parse().ok().map(Self::Decimal)).collect()
    }
}

/// A regular expression of MongoDB (PCRE). MongoDB refuses a pattern with a NUL.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct TextPattern {
    /// The pattern.
    pub pattern: String,
    /// Whether upper and lower case match each other.
    pub ignore_case: bool,
}

/// Words that follow one another in a text, with nothing but [separators](record::words::separators) between them. Upper and
/// lower case match each other, and so do the ways in which Unicode writes a letter with its marks. Texts at any depth are searched, in lists, too, but not those of fields
/// [without words](record::words::WITHOUT_WORDS).
#[derive(Clone, Debug, PartialEq)]
pub struct Phrase {
    /// The words. A word has no character with a meaning in regular expressions.
    pub(crate) words: Vec<String>,
    /// The text that is looked for instead if it has no words, such as `→`; otherwise empty.
    pub(crate) signs: String,
    /// Whether a word may go on after the last one of these.
    pub(crate) continues: bool,
    /// Numbers that a value may be instead.
    pub(crate) numbers: Vec<Literal>,
}

/// The index that a lookup reads.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum IndexChoice {
    /// The ids, or an index that ends in them.
    Ids,
    /// The index of errors.
    Errors,
}

impl Condition {
    /// Returns the condition that all records match.
    #[must_use]
    pub fn everything() -> Self {
        Self::All(Vec::new())
    }

    /// Whether all records match.
    #[must_use]
    pub fn is_everything(&self) -> bool {
        self.parts().is_empty()
    }

    /// Returns the condition that both hold.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        let mut parts = self.into_parts();
        parts.extend(other.into_parts());
        Self::All(parts)
    }

    /// Narrows the condition to what a reader may see.
    pub(crate) fn within(self, scope: &Scope) -> Self {
        match scope {
            Scope::Everything => self,
            Scope::Tenant(tenant) => self.and(Self::Tenant(tenant.clone())),
        }
    }

    /// Whether MongoDB reads hardly any record that does not match: all records match, or an index finds those that do.
    #[must_use]
    pub fn is_direct(&self) -> bool {
        self.is_everything() || self.has_uid() || self.index() == IndexChoice::Errors
    }

    /// Whether the records have to have a text in any field. MongoDB takes milliseconds to read such a filter, for each query.
    pub(crate) fn has_phrase(&self) -> bool {
        self.parts().iter().any(|part| matches!(part, Self::Phrase(_)))
    }

    /// Returns the condition that the record carries this id.
    #[must_use]
    pub fn uid(uid: LogUid) -> Self {
        Self::AnyUid(vec![uid])
    }

    /// Whether the records have to carry an id of a transaction.
    pub(crate) fn has_uid(&self) -> bool {
        self.of_transactions().is_some()
    }

    /// Returns the condition that the records carry an id of a transaction, if there is one.
    pub(crate) fn of_transactions(&self) -> Option<&Self> {
        self.parts().iter().find(|part| matches!(part, Self::AnyUid(_)))
    }

    /// Whether the records are among some that are named.
    pub(crate) fn has_ids(&self) -> bool {
        self.parts().iter().any(|part| matches!(part, Self::Id(_)))
    }

    /// Returns the index that finds the records best.
    pub(crate) fn index(&self) -> IndexChoice {
        let is_of_errors = |part: &Self| matches!(part, Self::MinLevel(number) if *number >= level::ERROR);
        let has_better = |part: &Self| matches!(part, Self::AnyUid(_) | Self::Id(_));
        let parts = self.parts();
        let is_errors = parts.iter().any(is_of_errors) && !parts.iter().any(has_better);
        if is_errors { IndexChoice::Errors } else { IndexChoice::Ids }
    }

    /// The conditions that have to hold together.
    fn parts(&self) -> &[Self] {
        match self {
            Self::All(parts) => parts,
            other => std::slice::from_ref(other),
        }
    }

    fn into_parts(self) -> Vec<Self> {
        match self {
            Self::All(parts) => parts,
            other => vec![other],
        }
    }
}
