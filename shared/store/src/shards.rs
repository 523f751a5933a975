//! Shard progress: one document for each shard says up to which arrival its records are filed.

use std::sync::PoisonError;
use std::time::Duration;

use futures_util::TryStreamExt;
use mongodb::Collection;
use mongodb::bson::{DateTime, Document, doc};
use mongodb::error::Error;
use mongodb::options::{Acknowledgment, ReadPreference, SelectionCriteria, UpdateModifications, WriteConcern};
use record::{EventTime, LogRecord};

use crate::collections::is_unsupported;
use crate::names::Names;
use crate::sketches::WORDS_VERSION;
use crate::statistics::integer;
use crate::{Store, StoreError};

/// The most shards that are read.
const MAX_SHARDS: i64 = 10_000;
/// How much later records must have arrived before a shard's document is written again. It is behind by less than this.
const MOVED_AFTER_US: i64 = 1_000_000;
/// Until when a function without sketches filed.
pub(crate) const UNSKETCHED: &str = "unsketched";

/// How far a shard is filed. Every record that arrived at the shard before `arrived` was given to ingest, as far as the
/// order of a shard's batches tells.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ShardProgress {
    /// The stream's name.
    pub stream: String,
    /// The shard's id.
    pub shard: String,
    /// When the newest record arrived that is stored or quarantined, to the millisecond.
    pub arrived: EventTime,
    /// When this was written, by the server's clock; `None` in documents of earlier versions.
    pub filed_at: Option<EventTime>,
    /// Whether several functions file this shard at the same time. Then an earlier batch may still be in progress.
    pub is_parallel: bool,
}

impl ShardProgress {
    /// Reads `{_id: {stream, shard}, arrived, filed_at, functions}`.
    fn read(document: &Document) -> Option<Self> {
        let id = document.get_document("_id").ok()?;
        let text = |name| id.get_str(name).ok().map(str::to_owned);
        let time = |name| EventTime::from_millis(document.get_datetime(name).ok()?.timestamp_millis());
        Some(Self {
            stream: text("stream")?,
            shard: text("shard")?,
            arrived: time("arrived")?,
            filed_at: time("filed_at"),
            is_parallel: integer(document, "functions").is_some_and(|functions| functions > 1),
        })
    }
}

/// A place in a shard: that of one of its records.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ShardPosition {
    /// The stream's name.
    pub stream: String,
    /// The shard's id.
    pub shard: String,
    /// When the record arrived. MongoDB keeps milliseconds.
    pub arrived: EventTime,
}

impl ShardPosition {
    /// Returns the position of a record; `None` for a record without a source.
    pub(crate) fn of(record: &LogRecord) -> Option<Self> {
        let source = record.document().get_document("source").ok()?;
        let text = |name| source.get_str(name).ok().map(str::to_owned);
        let arrived = EventTime::from_millis(source.get_datetime("arrived").ok()?.timestamp_millis())?;
        Some(Self { stream: text("stream")?, shard: text("shard")?, arrived })
    }

    /// Whether this is far enough from the position written last. It compares times of arrival, not of writing: a backlog
    /// of hours is filed within minutes.
    fn is_news(&self, written: Option<&Self>) -> bool {
        written.is_none_or(|written| {
            let is_same = (&written.stream, &written.shard) == (&self.stream, &self.shard);
            !is_same || self.arrived.micros() - written.arrived.micros() >= MOVED_AFTER_US
        })
    }
}

impl Store {
    /// Makes this store write the progress of shards, for a process that files what Kinesis delivers. `functions` is how
    /// many functions work on a shard at the same time (`ParallelizationFactor`).
    #[must_use]
    pub fn tracking_shards(mut self, functions: u32) -> Self {
        self.functions_per_shard = Some(functions);
        self
    }

    /// Returns the progress of the shards, in order of stream and shard.
    pub async fn shard_progress(&self, max_time: Duration) -> Result<Vec<ShardProgress>, StoreError> {
        let shards = self.shards(self.names().await?);
        let found = shards.find(doc! {}).sort(doc! { "_id": 1 }).limit(MAX_SHARDS).max_time(max_time).await;
        let found = found.map_err(StoreError::ShardProgress)?;
        let shards = found.try_filter_map(async |document| Ok(ShardProgress::read(&document)));
        shards.try_collect().await.map_err(StoreError::ShardProgress)
    }

    /// Whether every read goes to the primary. Other servers may not have yet what the primary says is filed.
    #[must_use]
    pub fn reads_from_primary(&self) -> bool {
        let criteria = self.database.selection_criteria();
        matches!(criteria, None | Some(SelectionCriteria::ReadPreference(ReadPreference::Primary)))
    }

    /// Moves a shard's progress forward, never back, if this process tracks shards and the position is news. One server
    /// acknowledges it: if that server is lost, the next batch writes a later position.
    pub(crate) async fn move_shard(&self, position: Option<&ShardPosition>, names: &Names) -> Result<(), Error> {
        let written = || self.journal.written_position.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(functions) = self.functions_per_shard else { return Ok(()) };
        let Some(position) = position.filter(|position| position.is_news(written().as_ref())) else { return Ok(()) };
        let ShardPosition { stream, shard, arrived } = position;
        let own = doc! { "_id": { "stream": stream, "shard": shard } };
        let by_one = || WriteConcern::builder().w(Acknowledgment::Nodes(1)).build();
        let shards = self.shards(names);
        let update =
            |moved: UpdateModifications| shards.update_one(own.clone(), moved).upsert(true).write_concern(by_one());
        let with_sketches = vec![moved_with_sketches(*arrived, functions)];
        let alone = || update(moved_alone(*arrived, functions).into());
        if self.has_sketches {
            match update(with_sketches.into()).await {
                // Such a server's days are scanned.
                Err(error) if is_unsupported(&error) => alone().await?,
                other => other?,
            };
        } else {
            alone().await?;
        }
        *written() = Some(position.clone());
        Ok(())
    }

    /// Returns when a function without sketches filed last.
    pub(crate) async fn last_without_sketches(&self) -> Result<Option<DateTime>, StoreError> {
        let found = self.shards(self.names().await?).aggregate(last_without_sketches()).await;
        let found = found.map_err(StoreError::ShardProgress)?.try_next().await.map_err(StoreError::ShardProgress)?;
        Ok(found.and_then(|found| found.get_datetime(UNSKETCHED).ok().copied()))
    }

    fn shards(&self, names: &Names) -> Collection<Document> {
        self.database.collection(&names.shards())
    }
}

/// Returns the field with the time when a function filed records with sketches of these words last: the same as `filed_at`, unless one
/// without filed since. A function of other words has another field, so it counts as one without.
fn sketched_at() -> String {
    format!("sketched_at_{WORDS_VERSION}")
}

/// Returns the update of a function without sketches. Those from before sketches do the same.
fn moved_alone(arrived: EventTime, functions: u32) -> Document {
    doc! {
        "$max": { "arrived": arrived.to_bson() },
        "$set": { "functions": i64::from(functions) },
        "$currentDate": { "filed_at": true },
    }
}

/// Returns the update of a function with sketches. It notes when one without filed last: that one moved `filed_at` alone.
fn moved_with_sketches(arrived: EventTime, functions: u32) -> Document {
    let set = doc! {
        "arrived": { "$max": ["$arrived", arrived.to_bson()] },
        "functions": i64::from(functions),
        UNSKETCHED: unsketched(),
        "filed_at": "$$NOW",
        sketched_at(): "$$NOW",
    };
    doc! { "$set": set }
}

/// Returns the expression for when a function without sketches filed last; missing if none did.
fn unsketched() -> Document {
    let is_sketched = doc! { "$eq": ["$filed_at", format!("${}", sketched_at())] };
    doc! { "$cond": [is_sketched, format!("${UNSKETCHED}"), "$filed_at"] }
}

/// Returns the pipeline that says when a function without sketches filed last: `{unsketched}`.
pub(crate) fn last_without_sketches() -> [Document; 1] {
    [doc! { "$group": { "_id": null, UNSKETCHED: { "$max": unsketched() } } }]
}

#[cfg(test)]
mod tests {
    use mongodb::bson::{DateTime, Document, doc};
    use record::EventTime;

    use super::{ShardPosition, ShardProgress};

    #[test]
    fn a_shard_is_moved_on_by_a_second_or_more() {
        let position = |shard: &str, arrived_ms: i64| ShardPosition {
            stream: "logs".to_owned(),
            shard: shard.to_owned(),
            arrived: EventTime::from_millis(arrived_ms).unwrap(),
        };
        let check = |written: Option<(&str, i64)>, shard: &str, arrived_ms: i64, expect: bool| {
            let written = written.map(|(shard, arrived_ms)| position(shard, arrived_ms));
            let is_news = position(shard, arrived_ms).is_news(written.as_ref());
            assert_eq!(is_news, expect, "{written:?} {shard} {arrived_ms}");
        };
        check(None, "0", 0, true);
        check(Some(("0", 5_000)), "0", 5_000, false);
        check(Some(("0", 5_000)), "0", 5_999, false);
        check(Some(("0", 5_000)), "0", 6_000, true);
        check(Some(("0", 5_000)), "0", 1_000, false);
        check(Some(("0", 5_000)), "1", 5_000, true);
        check(Some(("0", 5_000)), "1", 1_000, true);
    }

    #[test]
    fn documents_of_every_version_are_read() {
        let id = || doc! { "stream": "logs", "shard": "0" };
        let read = |document: Document| {
            let progress = ShardProgress::read(&document)?;
            Some((progress.arrived.micros(), progress.filed_at.map(EventTime::micros), progress.is_parallel))
        };
        let at = DateTime::from_millis;
        assert_eq!(read(doc! { "_id": id(), "arrived": at(5) }), Some((5_000, None, false)));
        let now = doc! { "_id": id(), "arrived": at(5), "filed_at": at(7), "functions": 1_i64 };
        assert_eq!(read(now.clone()), Some((5_000, Some(7_000), false)));
        let parallel = now.into_iter().chain(doc! { "functions": 2_i32 }).collect();
        assert_eq!(read(parallel), Some((5_000, Some(7_000), true)));
        assert_eq!(read(doc! { "_id": "x", "arrived": at(5) }), None);
    }
}
