//! What somebody made of the store's collections, and the store does not.

use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use mongodb::bson::{Document, doc};
use mongodb::options::{CreateCollectionOptions, ValidationAction, ValidationLevel};
use mongodb::results::{CollectionSpecification, CollectionType};
use record::Day;

use crate::names::{Names, day_of};
use crate::{Store, StoreError};

/// The most collections whose indexes are listed at the same time.
const LOOKS_AT_ONCE: usize = 8;
/// The options that make an index refuse documents with the same values.
const UNIQUE: [&str; 2] = ["unique", "prepareUnique"];
/// The types of indexes that do not hold every document: geometry that is none, a language that the server does not know, an array.
const REFUSING_TYPES: [&str; 4] = ["2d", "2dsphere", "hashed", "text"];

/// A collection of the store's that somebody altered.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Alteration {
    /// Its name.
    pub collection: String,
    /// What the store has it for.
    pub part: Part,
    /// What it is, or has.
    pub kind: AlterationKind,
}

/// What the store has a collection for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Part {
    /// The records of a day.
    Day(Day),
    /// The sketches of a day.
    Sketches(Day),
    /// The journal.
    Journal,
    /// The progress of shards.
    Shards,
    /// The quarantined payloads.
    Quarantine,
    /// The pins, or the records of pinned transactions.
    Pins,
    /// The audit entries of what was erased.
    Erasures,
    /// The days that are held.
    Holds,
}

/// What the store gives none of its collections.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum AlterationKind {
    /// It is a view of something else. The server refuses to write to it.
    View,
    /// It is a time series. The server updates nothing in it, and has no documents by their ids.
    TimeSeries,
    /// It compares texts in the way of a language: to the server some different texts are the same, and logbraid's indexes are none.
    Collation,
    /// The server deletes the oldest documents to make room. Only the journal should be so.
    Capped,
    /// The server refuses documents that do not match a validator.
    Validator,
    /// The index of this name is unique, or is being made so (`prepareUnique`): the server refuses documents with the same values.
    Unique(String),
    /// The index of this name has a type that cannot hold every document: the server refuses the others.
    Typed {
        /// Its name.
        index: String,
        /// `2d`, `2dsphere`, `hashed` or `text`.
        of: String,
    },
    /// By the index of this name the server deletes after a time (`expireAfterSeconds`).
    Expiring(String),
}

impl AlterationKind {
    /// Returns the name of the index that it is; `None` for what is no index.
    #[must_use]
    pub fn index(&self) -> Option<&str> {
        match self {
            Self::Unique(index) | Self::Typed { index, .. } | Self::Expiring(index) => Some(index),
            Self::View | Self::TimeSeries | Self::Collation | Self::Capped | Self::Validator => None,
        }
    }
}

impl Part {
    /// Returns what a collection is for; `None` for one that is not the store's. Views of transactions are none of these.
    fn of(name: &str, prefix: &str, names: &Names) -> Option<Self> {
        if let Some(day) = day_of(prefix, name) {
            return Some(Self::Day(day));
        }
        if let Some(day) = names.day_of_sketches(name) {
            return Some(Self::Sketches(day));
        }
        let others = [
            (names.journal(), Self::Journal),
            (names.shards(), Self::Shards),
            (names.quarantine(), Self::Quarantine),
            (names.pins(), Self::Pins),
            (names.pinned(), Self::Pins),
            (names.erasures(), Self::Erasures),
            (names.holds(), Self::Holds),
        ];
        others.into_iter().find_map(|(own, part)| (own == name).then_some(part))
    }

    /// Returns the day of a part; `None` for one that is no day's.
    #[must_use]
    pub fn day(self) -> Option<Day> {
        match self {
            Self::Day(day) | Self::Sketches(day) => Some(day),
            _ => None,
        }
    }
}

impl Store {
    /// Returns what somebody made of the store's collections, in the order of their names.
    pub async fn alterations(&self) -> Result<Vec<Alteration>, StoreError> {
        let names = self.names().await?;
        let found = self.database.list_collections().await.map_err(StoreError::Days)?;
        let found: Vec<_> = found.try_collect().await.map_err(StoreError::Days)?;
        let own = found.into_iter().filter_map(|one| Part::of(&one.name, &self.prefix, names).map(|part| (part, one)));
        let mut own: Vec<(Part, CollectionSpecification)> = own.collect();
        own.sort_unstable_by(|(_, one), (_, other)| one.name.cmp(&other.name));
        let looks = own.into_iter().map(|(part, one)| self.alterations_of(part, one));
        stream::iter(looks).buffered(LOOKS_AT_ONCE).try_concat().await
    }

    async fn alterations_of(&self, part: Part, one: CollectionSpecification) -> Result<Vec<Alteration>, StoreError> {
        let collection = one.name;
        let altered = |kind| Alteration { collection: collection.clone(), part, kind };
        match one.collection_type {
            CollectionType::View => return Ok(vec![altered(AlterationKind::View)]),
            CollectionType::Timeseries => return Ok(vec![altered(AlterationKind::TimeSeries)]),
            _ => {}
        }
        let failed = |source| StoreError::ListIndexes { collection: collection.clone(), source };
        // As documents: the driver's model of an index leaves out some of its options.
        let indexes = self.database.run_cursor_command(doc! { "listIndexes": &collection }).await.map_err(failed)?;
        let indexes: Vec<Document> = indexes.try_collect().await.map_err(failed)?;
        let kinds = of_options(&one.options, part).into_iter().chain(indexes.iter().filter_map(of_index));
        Ok(kinds.map(altered).collect())
    }
}

fn of_options(options: &CreateCollectionOptions, part: Part) -> Vec<AlterationKind> {
    let is_capped = part != Part::Journal && options.capped == Some(true);
    let has_validator = options.validator.as_ref().is_some_and(|validator| !validator.is_empty())
        && !matches!(options.validation_action, Some(ValidationAction::Warn))
        && !matches!(options.validation_level, Some(ValidationLevel::Off));
    // The journal has no texts by which something is found.
    let has_collation = part != Part::Journal && options.collation.is_some();
    let kinds = [
        (has_collation, AlterationKind::Collation),
        (is_capped, AlterationKind::Capped),
        (has_validator, AlterationKind::Validator),
    ];
    kinds.into_iter().filter_map(|(is_so, kind)| is_so.then_some(kind)).collect()
}

/// Reads an index as the server lists it: `{name, key, unique, prepareUnique, expireAfterSeconds}`.
fn of_index(index: &Document) -> Option<AlterationKind> {
    let name = index.get_str("name").ok()?.to_owned();
    let key = index.get_document("key").ok()?;
    if index.contains_key("expireAfterSeconds") {
        return Some(AlterationKind::Expiring(name));
    }
    // A clustered index is one of ids, and calls itself unique.
    if *key != doc! { "_id": 1 } && UNIQUE.iter().any(|option| index.get_bool(option).unwrap_or_default()) {
        return Some(AlterationKind::Unique(name));
    }
    if *key == shard_key() {
        return None;
    }
    let of = key.values().find_map(|of| of.as_str().filter(|of| REFUSING_TYPES.contains(of)))?.to_owned();
    Some(AlterationKind::Typed { index: name, of })
}

/// The index that a sharded collection has (docs/scale.md). Every uid can be hashed.
fn shard_key() -> Document {
    doc! { "log_uid": "hashed" }
}
