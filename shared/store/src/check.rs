//! What a check of a deployment asks of MongoDB.

use futures_util::TryStreamExt as _;
use mongodb::bson::{Document, doc};
use record::{Day, EventTime};

use crate::collections::{CLUSTERED_WITH_FURTHER_IDS, ERRORS_INDEX, FURTHER_IDS_INDEX, UID_INDEX, day_indexes};
use crate::journal::JOURNAL_BYTES;
use crate::{IdRange, Store, StoreError};

/// The server, as it describes itself.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ServerFacts {
    /// Its version, such as `7.0.14`.
    pub version: String,
    /// The name of its replica set; `None` for a server alone and for a router.
    pub replica_set: Option<String>,
    /// Whether it is the router of a sharded cluster (`mongos`).
    pub is_router: bool,
    /// Its clock; `None` if it does not tell.
    pub now: Option<EventTime>,
}

/// What is missing of a day.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct MissingOfDay {
    /// The names of indexes.
    pub indexes: Vec<&'static str>,
    /// Whether the view of transactions is missing.
    pub view: bool,
    /// Whether the sketches are missing, or do not cover all records.
    pub sketches: bool,
}

/// What kind of collection the journal is.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum JournalKind {
    /// There is none.
    Missing,
    /// As it should be: the oldest entries make room for new ones.
    Capped,
    /// It keeps all entries, and so grows without end. A tail skips all of them.
    Ordinary {
        /// Its name.
        name: String,
        /// The size that it should have.
        bytes: u64,
    },
}

impl Store {
    /// Asks the server what it is.
    pub async fn server(&self) -> Result<ServerFacts, StoreError> {
        let hello = self.database.run_command(doc! { "hello": 1 }).await.map_err(StoreError::Ping)?;
        let build = self.database.run_command(doc! { "buildInfo": 1 }).await.map_err(StoreError::Ping)?;
        let text = |document: &Document, name| document.get_str(name).ok().map(str::to_owned);
        let now = hello.get_datetime("localTime").ok().map(|time| time.timestamp_millis());
        Ok(ServerFacts {
            version: text(&build, "version").unwrap_or_default(),
            replica_set: text(&hello, "setName"),
            is_router: hello.get_str("msg").is_ok_and(|msg| msg == "isdbgrid"),
            now: now.and_then(EventTime::from_millis),
        })
    }

    /// Returns what is missing of a day that has a collection.
    pub async fn missing_of(&self, day: Day) -> Result<MissingOfDay, StoreError> {
        let names = self.names().await?;
        let (view, sketches) = (names.view(day), names.sketches(day));
        let all = [self.collection_name(day), view.clone(), sketches.clone()];
        let found = self.database.list_collections().filter(doc! { "name": { "$in": &all[..] } }).await;
        let found: Vec<_> = found.map_err(StoreError::Days)?.try_collect().await.map_err(StoreError::Days)?;
        let is_there = |name: &str| found.iter().any(|own| own.name == name);
        let of_day = found.iter().find(|own| own.name == all[0]);
        let clustered = of_day.and_then(|own| own.options.clustered_index.as_ref()?.name.as_deref());
        let indexes =
            self.collection(day).list_index_names().await.map_err(|source| StoreError::Find { day, source })?;
        let mut needed = vec![UID_INDEX, ERRORS_INDEX];
        if clustered == Some(CLUSTERED_WITH_FURTHER_IDS) {
            needed.push(FURTHER_IDS_INDEX);
        }
        needed.retain(|name| !indexes.iter().any(|index| index == name));
        let has_sketches = is_there(&sketches) && self.is_sketched(day).await?;
        Ok(MissingOfDay { indexes: needed, view: !is_there(&view), sketches: !has_sketches })
    }

    /// Creates the indexes and the view of a day that are missing. Records may be filed at the same time.
    pub async fn complete_day(&self, day: Day) -> Result<(), StoreError> {
        self.create_indexes(day, day_indexes()).await?;
        self.create_view(day, self.names().await?).await
    }

    /// Returns what kind of collection the journal is.
    pub async fn journal_kind(&self) -> Result<JournalKind, StoreError> {
        let name = self.names().await?.journal();
        let found = self.database.list_collections().filter(doc! { "name": &name }).await;
        let found: Vec<_> = found.map_err(StoreError::Days)?.try_collect().await.map_err(StoreError::Days)?;
        Ok(match found.first() {
            None => JournalKind::Missing,
            Some(found) if found.options.capped == Some(true) => JournalKind::Capped,
            Some(_) => JournalKind::Ordinary { name, bytes: JOURNAL_BYTES },
        })
    }

    /// Whether a delivery is in the quarantine: the whole of it, or a part.
    pub async fn is_quarantined(
        &self,
        stream: &str,
        shard: &str,
        seq: &str,
        arrived: EventTime,
    ) -> Result<bool, StoreError> {
        // Ids begin with the time of arrival in milliseconds, and have an index.
        let after = EventTime::from_micros(arrived.micros() + 1_000);
        let mut filter = IdRange::of_time(Some(arrived.before(std::time::Duration::from_millis(1))), after).condition();
        filter.extend(doc! { "source.stream": stream, "source.shard": shard, "source.seq": seq });
        let found = self.quarantine_collection().await?.find_one(filter).projection(doc! { "_id": 1 }).await;
        Ok(found.map_err(StoreError::ReadQuarantined)?.is_some())
    }
}

impl MissingOfDay {
    /// Whether nothing is missing.
    #[must_use]
    pub fn is_nothing(&self) -> bool {
        *self == Self::default()
    }
}
