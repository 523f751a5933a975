//! Test helper for all formats: decodes and completes a payload.

use bson::{Bson, Document};
use record::{EventTime, Rules, Source, WorkBudget};
use serde_json::Value as Json;

use super::sink::DecodedItem;
use super::{Sink, decode};

/// The arrival of all fixtures: a second after their own time.
const ARRIVED_MILLIS: i64 = 1_795_163_740_000;

/// The result of decoding a payload.
#[derive(Debug, Default)]
pub(super) struct Decoded {
    pub(super) items: Vec<Outcome>,
    pub(super) ignored: usize,
}

/// The result of decoding an item.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Outcome {
    pub(super) sub_sequence: u32,
    pub(super) index: u32,
    pub(super) format: Option<&'static str>,
    pub(super) raw: Vec<u8>,
    /// The document without `_id`, `time` and `source` as relaxed Extended JSON, or the code of the reason.
    pub(super) document: Result<Json, &'static str>,
}

impl Decoded {
    pub(super) fn of(payload: &[u8]) -> Self {
        Self::by(&Rules::default(), payload)
    }

    pub(super) fn by(rules: &Rules, payload: &[u8]) -> Self {
        let mut outcomes = Vec::new();
        let mut on_item = |item: DecodedItem<'_, '_>| {
            outcomes.push(outcome(item));
            std::ops::ControlFlow::Continue(())
        };
        let work = WorkBudget::unlimited();
        let mut sink = Sink::new(rules, &work, &mut on_item);
        decode(payload, &mut sink);
        let ignored = sink.ignored();
        Self { items: outcomes, ignored }
    }

    /// Returns the only record.
    #[track_caller]
    pub(super) fn record(self) -> Json {
        let [record] = <[_; 1]>::try_from(self.records()).unwrap();
        record
    }

    /// Returns all records. Panics if an item was rejected.
    #[track_caller]
    pub(super) fn records(self) -> Vec<Json> {
        self.items.into_iter().map(|item| item.document.unwrap()).collect()
    }

    /// Returns the reason of the only item, which must hold the whole payload.
    #[track_caller]
    pub(super) fn reason(self, payload: &[u8]) -> &'static str {
        let [item] = <[_; 1]>::try_from(self.items).unwrap();
        assert!(item.raw == payload, "the whole payload is quarantined unchanged");
        item.document.unwrap_err()
    }

    /// Returns the messages of the records and the reasons of the rejected items.
    pub(super) fn messages(&self) -> Vec<Result<&str, &'static str>> {
        let documents = self.items.iter().map(|item| item.document.as_ref());
        documents
            .map(|document| document.map(|json| json["message"].as_str().unwrap()).map_err(|reason| *reason))
            .collect()
    }
}

fn outcome(item: DecodedItem<'_, '_>) -> Outcome {
    let DecodedItem { sub_sequence, index, format, raw, draft, .. } = item;
    let source = Source {
        stream: "logs",
        shard: "shardId-000000000000",
        sequence_number: "4954",
        sub_sequence,
        index,
        arrived: EventTime::from_millis(ARRIVED_MILLIS).unwrap(),
        format: format.unwrap_or("unknown"),
    };
    let complete = |draft: record::Draft<'_>| draft.complete(&source).map_err(|_| "too_large");
    let document = draft.map_err(|rejection| rejection.reason.code()).and_then(complete).map(|record| {
        let mut document = Document::try_from(record.document()).unwrap();
        for name in ["_id", "time", "source"] {
            assert!(document.remove(name).is_some(), "{name}");
        }
        Bson::Document(document).into_relaxed_extjson()
    });
    Outcome { sub_sequence, index, format, raw: raw.to_vec(), document }
}
