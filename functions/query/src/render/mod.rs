//! Renders answers. Pure: records in, bytes out.

mod completeness;
mod histogram;
mod listed;
mod listing;
mod other_ids;
mod outline;
mod pin;
mod problem;
mod quarantine;
mod record;
mod searched;
mod selection;
mod summary;
mod surroundings;
mod text;
mod transaction;
mod value;

use std::borrow::Cow;
use std::fmt::Display;

use ::record::LogRecord;
use bson::RawBsonRef;
use serde::Serializer;

use crate::request::Fields;

pub(crate) use completeness::{Completeness, Progress};
pub(crate) use histogram::Histogram;
pub(crate) use listed::{ListedTransaction, fitting, transaction_list};
pub(crate) use listing::{Cut, Listing, TailProgress};
pub(crate) use other_ids::{FollowedFields, OtherIds};
pub(crate) use outline::Outline;
pub(crate) use pin::{ListedPin, ListedPins, PinMark};
pub(crate) use problem::{Kind, Problem};
pub(crate) use quarantine::{DayCount, Entry, Quarantine};
pub(crate) use searched::Searched;
pub(crate) use surroundings::{Neighbourhood, Neighbours, Surroundings, fitted};
pub(crate) use transaction::{Limits, Page, Pushed, tag};

use other_ids::OtherIdsFields;

/// How many characters of a name of a service, host or process are shown.
const NAME_CHARS: usize = 200;

/// The largest whole number below which a floating-point number has all whole numbers: 2^53.
const MAX_WHOLE: f64 = 9_007_199_254_740_992.0;

/// The level of records without a level.
pub(crate) const NO_LEVEL: &str = "NOTSET";

/// Renders a record, or some of its fields, as JSON.
pub(crate) fn record_json(record: &LogRecord, fields: Option<&Fields>) -> Result<String, serde_json::Error> {
    serde_json::to_string(&record::Record(&*shown(record, fields)?))
}

/// Renders the value of a field as JSON. Whole numbers of all types are the same.
pub(crate) fn field_value(value: RawBsonRef<'_>) -> Result<String, serde_json::Error> {
    match value {
        // Zero less than nothing is zero.
        RawBsonRef::Double(number) if number.fract() == 0.0 && number.abs() <= MAX_WHOLE => {
            Ok(format!("{:.0}", number + 0.0))
        }
        value => serde_json::to_string(&value::Value(value)),
    }
}

/// Returns what an answer shows of a record.
fn shown<'r>(record: &'r LogRecord, fields: Option<&Fields>) -> Result<Cow<'r, LogRecord>, serde_json::Error> {
    let Some(fields) = fields else { return Ok(Cow::Borrowed(record)) };
    selection::selected(record, fields).map(Cow::Owned).map_err(serde::ser::Error::custom)
}

/// Returns the beginning of a name.
fn shortened_name(name: &str) -> &str {
    name.char_indices().nth(NAME_CHARS).map_or(name, |(end, _)| &name[..end])
}

/// Serialises a value as its display text.
fn as_text<S: Serializer>(value: &impl Display, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(value)
}
