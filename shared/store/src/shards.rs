//! Until when each shard is filed: one document a shard in `shards`.

use std::sync::PoisonError;
use std::time::Duration;

use futures_util::TryStreamExt as _;
use mongodb::Collection;
use mongodb::bson::{Document, doc};
use mongodb::error::Error;
use mongodb::options::{Acknowledgment, WriteConcern};
use record::{EventTime, LogRecord};

use crate::names::Names;
use crate::{Store, StoreError};

/// How many shards are told of at most.
const MAX_SHARDS: i64 = 10_000;
/// How much later records must have arrived for a shard's document to be written anew: it is behind by less than that.
const MOVED_AFTER_US: i64 = 1_000_000;

/// Until when a shard is filed: of what arrived by then, all is stored or set aside.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct FiledUntil {
    /// The stream's name.
    pub stream: String,
    /// The shard's id.
    pub shard: String,
    /// When the newest of its records that is stored had arrived, to the millisecond.
    pub arrived: EventTime,
}

impl FiledUntil {
    pub(crate) fn of(record: &LogRecord) -> Option<Self> {
        let source = record.document().get_document("source").ok()?;
        let text = |name| source.get_str(name).ok().map(str::to_owned);
        let arrived = EventTime::from_millis(source.get_datetime("arrived").ok()?.timestamp_millis())?;
        Some(Self { stream: text("stream")?, shard: text("shard")?, arrived })
    }

    /// Whether it says more than what was said last. Moments of arrival are compared, not those of writing: what was left
    /// behind is caught up with quickly, and may have arrived over hours.
    fn is_news(&self, said: Option<&Self>) -> bool {
        said.is_none_or(|said| {
            let is_same = (&said.stream, &said.shard) == (&self.stream, &self.shard);
            !is_same || self.arrived.micros() - said.arrived.micros() >= MOVED_AFTER_US
        })
    }

    /// Reads `{_id: {stream, shard}, arrived}`.
    fn read(document: &Document) -> Option<Self> {
        let id = document.get_document("_id").ok()?;
        let text = |name| id.get_str(name).ok().map(str::to_owned);
        let arrived = EventTime::from_millis(document.get_datetime("arrived").ok()?.timestamp_millis())?;
        Some(Self { stream: text("stream")?, shard: text("shard")?, arrived })
    }
}

impl Store {
    /// Until when the shards are filed, in order of stream and shard.
    pub async fn filed_until(&self, max_time: Duration) -> Result<Vec<FiledUntil>, StoreError> {
        let shards = self.shards(self.names().await?);
        let found = shards.find(doc! {}).sort(doc! { "_id": 1 }).limit(MAX_SHARDS).max_time(max_time).await;
        let found = found.map_err(StoreError::FiledUntil)?;
        let shards = found.try_filter_map(async |document| Ok(FiledUntil::read(&document)));
        shards.try_collect().await.map_err(StoreError::FiledUntil)
    }

    /// Moves a shard on to where it is filed now, never back, unless it is there nearly. Should the server that knows it
    /// be lost, the next batch says more: there is no need to wait for others, or for its disk.
    pub(crate) async fn move_shard(&self, until: Option<&FiledUntil>, names: &Names) -> Result<(), Error> {
        let moved = || self.journal.moved.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(until) = until.filter(|until| until.is_news(moved().as_ref())) else { return Ok(()) };
        let FiledUntil { stream, shard, arrived } = until;
        let own = doc! { "_id": { "stream": stream, "shard": shard } };
        let arrived = doc! { "$max": { "arrived": arrived.to_bson() } };
        let by_one = WriteConcern::builder().w(Acknowledgment::Nodes(1)).build();
        self.shards(names).update_one(own, arrived).upsert(true).write_concern(by_one).await?;
        *moved() = Some(until.clone());
        Ok(())
    }

    fn shards(&self, names: &Names) -> Collection<Document> {
        self.database.collection(&names.shards())
    }
}

#[cfg(test)]
mod tests {
    use record::EventTime;

    use super::FiledUntil;

    #[test]
    fn a_shard_is_moved_on_by_a_second_or_more() {
        let until = |shard: &str, arrived_ms: i64| FiledUntil {
            stream: "logs".to_owned(),
            shard: shard.to_owned(),
            arrived: EventTime::from_millis(arrived_ms).unwrap(),
        };
        let check = |said: Option<(&str, i64)>, shard: &str, arrived_ms: i64, expect: bool| {
            let said = said.map(|(shard, arrived_ms)| until(shard, arrived_ms));
            assert_eq!(until(shard, arrived_ms).is_news(said.as_ref()), expect, "{said:?} {shard} {arrived_ms}");
        };
        check(None, "0", 0, true);
        check(Some(("0", 5_000)), "0", 5_000, false);
        check(Some(("0", 5_000)), "0", 5_999, false);
        check(Some(("0", 5_000)), "0", 6_000, true);
        check(Some(("0", 5_000)), "0", 1_000, false);
        check(Some(("0", 5_000)), "1", 5_000, true);
        check(Some(("0", 5_000)), "1", 1_000, true);
    }
}
