//! The `source` field: which delivery a record came with.

use super::bounded::beginning;
use super::container::Container;
use super::document::{DocumentWriter, ReservedName};
use super::further_ids::{FurtherIds, MAX_LISTED};
use super::value::Value;
use super::{EventTime, Identity};

/// How long a text of a source is stored. Kinesis allows 128 characters for a stream or shard and 129 for a sequence
/// number, so only an event that Kinesis did not send is cut.
const MAX_TEXT_BYTES: usize = 256;

/// The name of the field that says how the payload was repaired.
const REPAIRED: &str = "repaired";
/// The name of the field that counts the masked values.
pub(super) const REDACTED: &str = "redacted";
/// The name of the field that lists the further ids.
pub(super) const IDS: &str = "ids";
/// The name of the field that counts the local ones among them.
pub(super) const LOCAL_IDS: &str = "local_ids";

/// What decoding did with a record, which is stored beside its delivery.
#[derive(Debug, Default)]
pub(crate) struct Outcome {
    /// How many values were masked.
    pub(super) redacted: u32,
    /// How the payload was repaired.
    pub(super) repaired: Option<&'static str>,
    /// The ids beside the `log_uid`.
    pub(super) further: FurtherIds,
}

/// The delivery that a record came with. It becomes the document's field `source`.
#[derive(Clone, Copy, Debug)]
pub struct Source<'a> {
    /// The Kinesis stream's name.
    pub stream: &'a str,
    /// The shard's id, `shardId-000000000000`.
    pub shard: &'a str,
    /// The Kinesis record's sequence number.
    pub sequence_number: &'a str,
    /// The index of the user record within a KPL aggregate; 0 for an ordinary Kinesis record.
    pub sub_sequence: u32,
    /// The index of the log record within the payload, from 0.
    pub index: u32,
    /// When Kinesis received the record (`approximateArrivalTimestamp`).
    pub arrived: EventTime,
    /// The payload format it was decoded from.
    pub format: &'a str,
}

impl<'a> Source<'a> {
    /// The source of a record that does not say where it came from.
    pub(crate) fn unknown(arrived: EventTime) -> Self {
        Self { stream: "", shard: "", sequence_number: "", sub_sequence: 0, index: 0, arrived, format: "" }
    }

    /// Returns the identity of a record whose sender gives it none.
    #[must_use]
    pub fn identity(&self) -> Identity<'a> {
        let Self { stream, shard, sequence_number, sub_sequence, index, .. } = *self;
        Identity::Delivered { stream, shard, sequence_number, sub_sequence, index }
    }

    /// Appends the field `source`: `{stream, shard, seq, arrived, format}`. Adds `sub`, `index` and `redacted` (the
    /// number of masked values) unless they are 0, `repaired` if the payload was, and the further ids if there are any.
    pub(crate) fn write(&self, document: &mut DocumentWriter, outcome: &Outcome) {
        let source = document.begin_named(ReservedName("source"), Container::Document);
        let text = |text| Value::Text(beginning(text, MAX_TEXT_BYTES));
        document.push_named(ReservedName("stream"), text(self.stream));
        document.push_named(ReservedName("shard"), text(self.shard));
        document.push_named(ReservedName("seq"), text(self.sequence_number));
        for (name, number) in [("sub", self.sub_sequence), ("index", self.index)] {
            if number > 0 {
                document.push_named(ReservedName(name), Value::Integer(number.into()));
            }
        }
        document.push_date(ReservedName("arrived"), self.arrived.to_bson());
        document.push_named(ReservedName("format"), text(self.format));
        if outcome.redacted > 0 {
            document.push_named(ReservedName(REDACTED), Value::Integer(outcome.redacted.into()));
        }
        if let Some(how) = outcome.repaired {
            document.push_named(ReservedName(REPAIRED), Value::Text(how));
        }
        if !outcome.further.ids.is_empty() {
            write_ids(document, &outcome.further);
        }
        document.end(source);
    }
}

/// The names of a list's elements.
const POSITIONS: [&str; MAX_LISTED] =
    ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11", "12", "13", "14", "15"];

fn write_ids(document: &mut DocumentWriter, further: &FurtherIds) {
    let list = document.begin_named(ReservedName(IDS), Container::Array);
    for (position, id) in POSITIONS.into_iter().zip(&further.ids) {
        document.push_named(ReservedName(position), Value::Text(id));
    }
    document.end(list);
    if let (1.., Ok(local)) = (further.local, further.local.try_into()) {
        document.push_named(ReservedName(LOCAL_IDS), Value::Integer(local));
    }
}
