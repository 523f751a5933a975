//! What the tests of all formats need: a payload, decoded and completed.

use bson::{Bson, Document};
use record::{EventTime, Rules, Source};
use serde_json::Value as Json;

use super::sink::DecodedItem;
use super::{Sink, decode};

/// The moment of all fixtures, a second before they arrive.
const ARRIVED_MILLIS: i64 = 1_795_163_740_000;

/// What became of a payload.
#[derive(Debug, Default)]
pub(super) struct Decoded {
    pub(super) sink: Vec<Outcome>,
    pub(super) ignored: usize,
}

/// What became of a part of it.
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
        let mut found = |piece: DecodedItem<'_, '_>| {
            outcomes.push(outcome(piece));
            std::ops::ControlFlow::Continue(())
        };
        let mut sink = Sink::new(rules, &mut found);
        decode(payload, &mut sink);
        let ignored = sink.ignored();
        Self { sink: outcomes, ignored }
    }

    /// The only record.
    #[track_caller]
    pub(super) fn record(self) -> Json {
        let [record] = <[_; 1]>::try_from(self.records()).unwrap();
        record
    }

    /// All records, if nothing is set aside.
    #[track_caller]
    pub(super) fn records(self) -> Vec<Json> {
        self.sink.into_iter().map(|piece| piece.document.unwrap()).collect()
    }

    /// The reason of the only piece, if all of the payload is set aside with it.
    #[track_caller]
    pub(super) fn reason(self, payload: &[u8]) -> &'static str {
        let [piece] = <[_; 1]>::try_from(self.sink).unwrap();
        assert!(piece.raw == payload, "all of it is set aside as it came");
        piece.document.unwrap_err()
    }

    /// The messages of the records, and the reasons of what is set aside.
    pub(super) fn messages(&self) -> Vec<Result<&str, &'static str>> {
        let said = self.sink.iter().map(|piece| piece.document.as_ref());
        said.map(|said| said.map(|json| json["message"].as_str().unwrap()).map_err(|reason| *reason)).collect()
    }
}

fn outcome(piece: DecodedItem<'_, '_>) -> Outcome {
    let DecodedItem { sub_sequence, index, format, raw, draft, .. } = piece;
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
