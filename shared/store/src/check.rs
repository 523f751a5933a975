//! What a check of a deployment asks of MongoDB.

use std::collections::HashMap;
use std::time::Duration;

use futures_util::TryStreamExt as _;
use mongodb::IndexModel;
use mongodb::bson::{Bson, Document, doc};
use mongodb::options::CreateCollectionOptions;
use mongodb::results::{CollectionSpecification, CollectionType};
use record::{Day, EventTime};

use crate::collections::{CLUSTERED_WITH_FURTHER_IDS, FURTHER_IDS_INDEX, day_indexes, transactions_pipeline};
use crate::journal::JOURNAL_BYTES;
use crate::{Store, StoreError};

/// How long a look at the progress of shards may take the server.
const LOOK_MAX_TIME: Duration = Duration::from_secs(10);
/// How many entries a capped collection may have after its limit was taken away.
const NO_MAX: u64 = 2_147_483_647;

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

/// What is missing of a day, and what is something else than the store creates.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct MissingOfDay {
    /// The names of indexes.
    pub indexes: Vec<String>,
    /// The names of indexes that are hidden, or have other keys or another filter.
    pub other_indexes: Vec<String>,
    /// The names of missing indexes, each with that of an index that has its keys and filter. The server makes no second one of these.
    pub renamed_indexes: Vec<(String, String)>,
    /// Whether the view of transactions is missing.
    pub view: bool,
    /// The name of the view, if it shows something else.
    pub other_view: Option<String>,
    /// Whether the sketches are missing, or do not cover all records.
    pub sketches: bool,
}

/// An index of the records that pins keep, which is missing or something else than the store creates.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct PinnedIndex {
    /// The name of the collection.
    pub collection: String,
    /// The name of the index.
    pub name: String,
    /// The name of the index that is there and has to go before: this one itself if it is hidden or another one, or one with its keys under
    /// another name.
    pub in_place: Option<String>,
    /// Its keys, and its filter, as mongosh takes them.
    pub keys: String,
    /// See `keys`.
    pub filter: String,
}

/// The journal, as it is and as it should be.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct JournalFacts {
    /// Its name.
    pub name: String,
    /// What kind of collection it is.
    pub kind: JournalKind,
    /// The size that it should have.
    pub bytes: u64,
}

/// What kind of collection the journal is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum JournalKind {
    /// There is none, and nothing was filed from a stream. The first record creates it.
    Missing,
    /// There is none, although records were filed. A function that runs assumes that it exists.
    Lost,
    /// As it should be: the oldest entries make room for new ones.
    Capped,
    /// The same, but it holds less than what the store creates.
    Small,
    /// It keeps all entries, and so grows without end. A tail skips all of them.
    Ordinary,
    /// It is a view or a time series. The server refuses entries, or does not keep them in the order of writing.
    Other,
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
        let failed = |source| StoreError::Find { day, source };
        let there = self.collection(day).list_indexes().await.map_err(failed)?;
        let there: Vec<IndexModel> = there.try_collect().await.map_err(failed)?;
        let (mut indexes, mut other_indexes, mut renamed_indexes) = (Vec::new(), Vec::new(), Vec::new());
        for needed in day_indexes() {
            let name = name_of(&needed).unwrap_or_default();
            match there.iter().find(|index| name_of(index) == Some(name)) {
                Some(own) if !finds_the_same(own, &needed) => other_indexes.push(name.to_owned()),
                None if name != FURTHER_IDS_INDEX || clustered == Some(CLUSTERED_WITH_FURTHER_IDS) => {
                    match there.iter().find(|own| holds_the_same(own, &needed)).and_then(name_of) {
                        Some(own) => renamed_indexes.push((name.to_owned(), own.to_owned())),
                        None => indexes.push(name.to_owned()),
                    }
                }
                _ => {}
            }
        }
        let own_view = found.iter().find(|own| own.name == view);
        let shows_the_day = |options: &CreateCollectionOptions| {
            options.view_on.as_ref() == Some(&all[0]) && options.pipeline.as_ref() == Some(&transactions_pipeline())
        };
        Ok(MissingOfDay {
            indexes,
            other_indexes,
            renamed_indexes,
            view: own_view.is_none(),
            other_view: own_view.filter(|own| !shows_the_day(&own.options)).map(|own| own.name.clone()),
            sketches: !is_there(&sketches) || !self.is_sketched(day).await?,
        })
    }

    /// Returns what is missing of the indexes of the records that pins keep. Without these records, nothing is.
    pub async fn missing_of_pinned(&self) -> Result<Vec<PinnedIndex>, StoreError> {
        let collection = self.names().await?.pinned();
        let found = self.database.list_collections().filter(doc! { "name": &collection, "type": "collection" }).await;
        let found: Vec<_> = found.map_err(StoreError::Days)?.try_collect().await.map_err(StoreError::Days)?;
        if found.is_empty() {
            return Ok(Vec::new());
        }
        let failed = |source| StoreError::ListIndexes { collection: collection.clone(), source };
        let there = self.pinned().await?.list_indexes().await.map_err(failed)?;
        let there: Vec<IndexModel> = there.try_collect().await.map_err(failed)?;
        let missing = day_indexes().into_iter().filter_map(|needed| {
            let name = name_of(&needed).unwrap_or_default().to_owned();
            let own = there.iter().find(|index| name_of(index) == Some(&name));
            if own.is_some_and(|own| finds_the_same(own, &needed)) {
                return None;
            }
            let in_place = own.or_else(|| there.iter().find(|own| holds_the_same(own, &needed)));
            let in_place = in_place.and_then(name_of).map(str::to_owned);
            let filter = needed.options.and_then(|own| own.partial_filter_expression).unwrap_or_default();
            let collection = collection.clone();
            Some(PinnedIndex {
                collection,
                name,
                in_place,
                keys: in_mongosh(&needed.keys),
                filter: in_mongosh(&filter),
            })
        });
        Ok(missing.collect())
    }

    /// Creates the indexes and the view of a day that are missing. Records may be filed at the same time.
    pub async fn complete_day(&self, day: Day) -> Result<(), StoreError> {
        self.create_indexes(day, day_indexes()).await?;
        self.create_view(day, self.names().await?).await
    }

    /// Whether a day has a record of a transaction, whoever may see it.
    pub async fn has_transaction(&self, day: Day, log_uid: &str) -> Result<bool, StoreError> {
        let found = self.collection(day).find_one(doc! { "log_uid": log_uid }).projection(doc! { "_id": 1 }).await;
        Ok(found.map_err(|source| StoreError::Find { day, source })?.is_some())
    }

    /// Returns what the journal is.
    pub async fn journal_facts(&self) -> Result<JournalFacts, StoreError> {
        let name = self.names().await?.journal();
        let found = self.database.list_collections().filter(doc! { "name": &name }).await;
        let found: Vec<_> = found.map_err(StoreError::Days)?.try_collect().await.map_err(StoreError::Days)?;
        let kind = match found.first() {
            Some(found) => JournalKind::of(found),
            // A server that refuses the journal has no progress either.
            None if self.shard_progress(LOOK_MAX_TIME).await?.is_empty() => JournalKind::Missing,
            None => JournalKind::Lost,
        };
        Ok(JournalFacts { name, kind, bytes: JOURNAL_BYTES })
    }

    /// Returns up to which arrival the journal has the records of each shard of a stream. Unlike the progress of shards, it also has what
    /// was filed again, and forgets a shard whose entries are too old.
    pub async fn journaled_arrivals(
        &self,
        stream: &str,
        max_time: Duration,
    ) -> Result<HashMap<String, EventTime>, StoreError> {
        let journal = self.database.collection::<Document>(&self.names().await?.journal());
        let newest = doc! { "$group": { "_id": "$shard", "arrived": { "$max": "$arrived" } } };
        let found = journal.aggregate([doc! { "$match": { "stream": stream } }, newest]).max_time(max_time).await;
        let found: Vec<Document> =
            found.map_err(StoreError::ReadJournal)?.try_collect().await.map_err(StoreError::ReadJournal)?;
        let arrival = |shard: &Document| {
            let arrived = EventTime::from_millis(shard.get_datetime("arrived").ok()?.timestamp_millis())?;
            Some((shard.get_str("_id").ok()?.to_owned(), arrived))
        };
        Ok(found.iter().filter_map(arrival).collect())
    }
}

impl JournalKind {
    fn of(found: &CollectionSpecification) -> Self {
        let options = &found.options;
        let is_small = options.size.is_some_and(|size| size < JOURNAL_BYTES)
            || options.max.is_some_and(|max| (1..NO_MAX).contains(&max));
        match options.capped {
            _ if found.collection_type != CollectionType::Collection => Self::Other,
            Some(true) if is_small => Self::Small,
            Some(true) => Self::Capped,
            _ => Self::Ordinary,
        }
    }
}

impl MissingOfDay {
    /// Whether nothing is missing, and everything is what the store creates.
    #[must_use]
    pub fn is_nothing(&self) -> bool {
        *self == Self::default()
    }
}

/// Returns a document as people write it in mongosh. Its fields stay in their order.
fn in_mongosh(document: &Document) -> String {
    let value = |value: &Bson| match value {
        Bson::Document(document) => in_mongosh(document),
        other => other.to_string(),
    };
    let fields: Vec<String> = document.iter().map(|(name, own)| format!("\"{name}\": {}", value(own))).collect();
    format!("{{{}}}", fields.join(", "))
}

fn name_of(index: &IndexModel) -> Option<&str> {
    index.options.as_ref()?.name.as_deref()
}

/// Whether the server finds with an index what it finds with another one.
fn finds_the_same(own: &IndexModel, needed: &IndexModel) -> bool {
    own.options.as_ref().is_none_or(|own| own.hidden != Some(true)) && holds_the_same(own, needed)
}

/// Whether an index has the entries of another one. The server refuses to create that one beside it.
fn holds_the_same(own: &IndexModel, needed: &IndexModel) -> bool {
    let filter = |index: &IndexModel| index.options.as_ref().and_then(|own| own.partial_filter_expression.clone());
    let is_plain = own.options.as_ref().is_none_or(|own| own.collation.is_none());
    let (own_filter, needed_filter) = (filter(own).unwrap_or_default(), filter(needed).unwrap_or_default());
    is_plain && is_same(&own.keys, &needed.keys) && is_same(&own_filter, &needed_filter)
}

/// Whether two documents are the same to the server: fields count in their order, and a number is the same in every type.
fn is_same(own: &Document, other: &Document) -> bool {
    let is_same_value = |own: &Bson, other: &Bson| match (own, other) {
        (Bson::Document(own), Bson::Document(other)) => is_same(own, other),
        _ => own == other || number(own).is_some_and(|number_of_own| Some(number_of_own) == number(other)),
    };
    own.len() == other.len()
        && own
            .iter()
            .zip(other)
            .all(|((name, own), (other_name, other))| name == other_name && is_same_value(own, other))
}

fn number(value: &Bson) -> Option<f64> {
    value
        .as_f64()
        .or_else(|| value.as_i32().map(f64::from))
        .or_else(|| i32::try_from(value.as_i64()?).ok().map(f64::from))
}
