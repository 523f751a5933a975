//! The store: a MongoDB database with one collection a day. No other crate of the product names the driver.

mod alterations;
mod archive;
mod blocks;
mod check;
mod clusters;
mod collections;
mod day_list;
mod day_sizes;
mod days_with;
mod erase;
mod error;
mod field_name;
mod filter;
mod holds;
mod id_range;
mod identity;
mod identity_token;
mod insert;
mod insert_once;
mod journal;
mod linked_ids;
mod lookup;
mod names;
mod outcome;
mod pending;
mod pins;
mod projection;
mod quarantine;
mod quarantine_list;
mod reader;
mod refusal;
mod retention;
mod rights;
mod scope;
mod search;
mod shards;
mod sketches;
#[cfg(test)]
mod spoken;
mod statistics;
mod taken;
mod transactions;
mod transport;
mod values;

use std::collections::HashSet;
use std::sync::RwLock;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use mongodb::bson::{DateTime, doc};
use mongodb::options::{Acknowledgment, ClientOptions, ConnectionString, WriteConcern};
use mongodb::{Client, Database};
use tokio::sync::{Mutex, OnceCell};

use journal::Journal;
use names::{DEFAULT_PREFIX, Layout, Names, layout};
use pins::PinnedDays;
use record::{Day, Secret};

pub use alterations::{Alteration, AlterationKind, Part};
pub use archive::{DayPart, Restored, id_bytes};
pub use blocks::BlockCompressor;
pub use check::{JournalFacts, JournalKind, MissingOfDay, PinnedIndex, ServerFacts};
pub use clusters::clusters;
pub use day_list::DayList;
pub use day_sizes::DayStatistics;
pub use erase::{Erasable, EraseAudit, ErasedRecords, Erasure, InBytes};
pub use error::{StoreError, StoreErrorKind, driver_words};
pub use field_name::FieldName;
pub use filter::{Comparison, Condition, FieldTest, Literal, Phrase, TextPattern};
pub use holds::Hold;
pub use id_range::IdRange;
pub use identity_token::{Identity, IdentityToken, NoToken};
pub use insert::{InsertCounts, InsertError, InsertOutcome};
pub use journal::{FiledRecords, JournalEntry};
pub use lookup::{Lookup, NO_LIMIT, Order};
pub use names::{DEFAULT_PREFIX as DEFAULT_COLLECTION_PREFIX, RESERVED_ENDINGS};
pub use outcome::{Failure, StoreOutcome};
pub use pins::{MAX_PINNED_RECORDS, MAX_PINS, MAX_TENANT_PINS, Pin, Pinned, RESTORED};
pub use projection::Projection;
pub use quarantine::QuarantineFilter;
pub use quarantine_list::{QuarantineCount, QuarantineLookup};
pub use reader::Reader;
pub use rights::{MissingRights, Task};
pub use scope::{Scope, Tenant, TenantField};
pub use search::Count;
pub use shards::{ShardPosition, ShardProgress};
pub use sketches::{Candidates, Filled, Wanted};
pub use statistics::ServiceRecords;
pub use transactions::{ServiceSlice, TransactionHit};
pub use values::FieldValues;

/// The name of the connections in the server's log.
const APP_NAME: &str = "logbraid";

/// A connection that was idle for longer is not used again. A function sleeps between its calls, and what is between it and the
/// server forgets idle connections without a word: AWS's gateways after 350 seconds. What the first request after that would
/// wait for, nobody would answer.
const MAX_IDLE: Duration = Duration::from_mins(1);

/// Where the store is, and how it is used.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct StoreConfig {
    /// The database.
    pub database: String,
    /// The prefix of the collection names.
    pub prefix: String,
    /// How long an operation waits for a server.
    pub timeout: Duration,
    /// The most connections to each server, beside the one that watches it.
    pub max_connections: u32,
    /// How MongoDB compresses the records of days that are created.
    pub compressor: BlockCompressor,
    /// Whether sketches are written. Searches scan the days where some are missing.
    pub has_sketches: bool,
    /// Whether records and passwords may go unencrypted over a network.
    pub allows_plaintext: bool,
}

/// The records of all days, in one database.
#[derive(Debug)]
pub struct Store {
    database: Database,
    prefix: String,
    /// The names of the collections. Decided at the first use.
    names: OnceCell<Names>,
    /// Set when no other stack has the names of the default prefix.
    claimed: OnceCell<()>,
    /// The days whose collections exist, so no batch needs to ask.
    prepared: Mutex<HashSet<Day>>,
    /// The days that are known to have the index of further ids.
    with_further_ids: Mutex<HashSet<Day>>,
    /// The days of whose collections the options were read. They tell which days have the index of further ids.
    looked_at_days: Mutex<HashSet<Day>>,
    /// The last list of days.
    last_days: RwLock<DayList>,
    /// Whether a list of days showed a quarantine. Once there is one, this stays.
    has_quarantine: AtomicBool,
    /// The days of which only pinned records are left, as of the last list of days.
    pinned_days: RwLock<PinnedDays>,
    sizes: day_sizes::KnownSizes,
    journal: Journal,
    compressor: BlockCompressor,
    has_sketches: bool,
    small_sketches: std::sync::Mutex<sketches::Small>,
    /// How many functions work on a shard at the same time. `None` in a process that does not write the progress of shards.
    functions_per_shard: Option<u32>,
}

/// Returns why a connection string cannot be used. Nobody is asked: neither a server nor DNS.
pub fn check_uri(uri: &Secret) -> Result<(), StoreError> {
    ConnectionString::parse(uri.reveal()).map(drop).map_err(StoreError::Connect)
}

impl Store {
    /// Opens the store at `uri`. Does not connect: MongoDB may be unavailable until the first operation. Only looks up a
    /// `mongodb+srv://` address.
    pub async fn open(config: &StoreConfig, uri: &Secret) -> Result<Self, StoreError> {
        Self::open_as(config, uri, None).await
    }

    /// The same, and signs in by an identity if there is one.
    pub async fn open_as(config: &StoreConfig, uri: &Secret, identity: Option<&Identity>) -> Result<Self, StoreError> {
        let mut options = ClientOptions::parse(uri.reveal()).await.map_err(StoreError::Connect)?;
        if let Some(identity) = identity {
            identity.sign_in(&mut options)?;
        }
        if let Some(server) = transport::in_clear(&options).filter(|_| !config.allows_plaintext) {
            return Err(StoreError::Plaintext { server });
        }
        suit(&mut options, config);
        let client = Client::with_options(options).map_err(StoreError::Connect)?;
        Ok(Self {
            database: client.database(&config.database),
            prefix: config.prefix.clone(),
            names: OnceCell::new(),
            claimed: OnceCell::new(),
            prepared: Mutex::new(HashSet::new()),
            with_further_ids: Mutex::new(HashSet::new()),
            looked_at_days: Mutex::new(HashSet::new()),
            last_days: RwLock::default(),
            has_quarantine: AtomicBool::new(false),
            pinned_days: RwLock::default(),
            sizes: day_sizes::KnownSizes::default(),
            journal: Journal::default(),
            compressor: config.compressor,
            has_sketches: config.has_sketches,
            small_sketches: std::sync::Mutex::default(),
            functions_per_shard: None,
        })
    }

    /// Returns the names of the stack's collections. For any prefix but the default, the first call asks MongoDB.
    pub(crate) async fn names(&self) -> Result<&Names, StoreError> {
        let decide = async || {
            let layout = if self.prefix == DEFAULT_PREFIX { Layout::Plain } else { self.layout().await? };
            Ok(Names::new(&self.prefix, layout))
        };
        self.names.get_or_try_init(decide).await
    }

    /// Returns the names, for a caller that creates a collection. Fails if another stack has the names of the default prefix.
    pub(crate) async fn claim_names(&self) -> Result<&Names, StoreError> {
        if self.prefix == DEFAULT_PREFIX {
            self.claimed.get_or_try_init(async || self.layout().await.map(|_| ())).await?;
        }
        self.names().await
    }

    async fn layout(&self) -> Result<Layout, StoreError> {
        let collections = self.database.list_collection_names().authorized_collections(true).await;
        let collections = collections.map_err(StoreError::Days)?;
        layout(&self.prefix, &collections).map_err(|taken| StoreError::NamesTaken {
            database: self.database.name().to_owned(),
            prefix: self.prefix.clone(),
            by: taken.by,
        })
    }

    /// Returns the time by the server's clock.
    pub(crate) async fn server_time(&self) -> Result<DateTime, StoreError> {
        let hello = self.database.run_command(doc! { "hello": 1 }).await.map_err(StoreError::Ping)?;
        // A server that does not tell the time: its days are scanned once a function without sketches files.
        Ok(hello.get_datetime("localTime").copied().unwrap_or(DateTime::from_millis(0)))
    }

    /// Checks that MongoDB answers.
    pub async fn ping(&self) -> Result<(), StoreError> {
        self.database.run_command(doc! { "ping": 1 }).await.map(|_| ()).map_err(StoreError::Ping)
    }
}

/// Sets how a function, which sleeps between its calls, uses connections. What the connection string says of the pool goes first.
fn suit(options: &mut ClientOptions, config: &StoreConfig) {
    options.app_name.get_or_insert_with(|| APP_NAME.to_owned());
    options.server_selection_timeout = Some(config.timeout);
    options.connect_timeout = Some(config.timeout);
    options.max_pool_size.get_or_insert(config.max_connections);
    options.max_idle_time.get_or_insert(MAX_IDLE);
    ask_for_majority(options.write_concern.get_or_insert_default());
}

/// Makes writes wait for a majority. Kinesis never sends an acknowledged record again, so it must survive the loss of any
/// one server. Replaces a number of servers, which may be less than a majority. Keeps a named set of tags.
fn ask_for_majority(concern: &mut WriteConcern) {
    if let None | Some(Acknowledgment::Nodes(_)) = concern.w {
        concern.w = Some(Acknowledgment::Majority);
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use mongodb::options::ClientOptions;

    use super::{BlockCompressor, StoreConfig, ask_for_majority, suit};

    #[tokio::test]
    async fn connections_suit_a_function_that_sleeps() {
        let seconds = Duration::from_secs;
        let config = StoreConfig {
            database: "logbraid".to_owned(),
            prefix: "kinesis_logs_".to_owned(),
            timeout: seconds(5),
            max_connections: 4,
            compressor: BlockCompressor::Zstd,
            has_sketches: true,
            allows_plaintext: false,
        };
        for (uri, pool, idle) in [
            ("mongodb://h/", 4, 60),
            ("mongodb://h/?maxPoolSize=7&maxIdleTimeMS=9000", 7, 9),
            // It would wait longer than a function may.
            ("mongodb://h/?serverSelectionTimeoutMS=30000&connectTimeoutMS=30000", 4, 60),
        ] {
            let mut options = ClientOptions::parse(uri).await.unwrap();
            suit(&mut options, &config);
            assert_eq!((options.max_pool_size, options.max_idle_time), (Some(pool), Some(seconds(idle))), "{uri}");
            let waits = (options.server_selection_timeout, options.connect_timeout);
            assert_eq!(waits, (Some(seconds(5)), Some(seconds(5))), "{uri}");
        }
    }

    #[tokio::test]
    async fn a_majority_acknowledges_every_write() {
        for (uri, expect) in [
            ("mongodb://h/", "Some(Majority)"),
            ("mongodb://h/?w=0", "Some(Majority)"),
            ("mongodb://h/?w=1&wtimeoutMS=500", "Some(Majority)"),
            ("mongodb://h/?w=2", "Some(Majority)"),
            ("mongodb://h/?w=two_regions", r#"Some(Custom("two_regions"))"#),
        ] {
            let mut concern = ClientOptions::parse(uri).await.unwrap().write_concern.unwrap_or_default();
            ask_for_majority(&mut concern);
            assert_eq!(format!("{:?}", concern.w), expect, "{uri}");
        }
    }
}
