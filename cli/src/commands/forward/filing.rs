//! An output that files records in MongoDB, as the ingest function does.

use std::time::Duration;

use decode::UNKNOWN_FORMAT;
use forward::config::{MongoDbOutput, OutputSettings};
use forward::outputs::{Batch, Output, OutputError, Shape, Stop};
use record::{EventTime, Rules, Source};
use runtime::telemetry::chain;
use runtime::{MongoAddress, ProcessEnvironment, StoreSettings, connect, rules};
use store::{Failure, Store};
use tokio::runtime::{Builder, Runtime};
use xxhash_rust::xxh3::xxh3_64;

use super::environment::LocalEnvironment;

/// How many bytes are filed together. Half of this is as fast.
const BATCH_BYTES: usize = 1024 * 1024;
/// How long a record waits for others, so that it is soon on the page.
const LINGER: Duration = Duration::from_millis(50);
/// The longest time that MongoDB can take for a batch. Then the batch comes again.
const BATCH_TIMEOUT: Duration = Duration::from_mins(1);
/// What stands for the shard in the source of a record that no shard delivered.
const SHARD: &str = "forward";

/// An output that files records.
pub(super) struct Filing {
    /// The name of the output, which stands for the stream in the source of a record.
    name: String,
    env: LocalEnvironment<ProcessEnvironment>,
    settings: StoreSettings,
    rules: Rules,
    opened: Option<Opened>,
}

/// A connection, and the runtime that it lives in: outputs run on threads of their own.
struct Opened {
    runtime: Runtime,
    store: Store,
}

/// Makes the outputs that file in MongoDB.
pub(crate) fn make(name: &str, settings: &OutputSettings) -> Result<Option<Box<dyn Output>>, OutputError> {
    match settings {
        OutputSettings::MongoDb(settings) => Ok(Some(Box::new(Filing::new(name, settings)?))),
        _ => Ok(None),
    }
}

impl Filing {
    /// Checks the settings. MongoDB is not asked before the first batch.
    fn new(name: &str, output: &MongoDbOutput) -> Result<Self, OutputError> {
        let env = LocalEnvironment { settings: output.clone(), env: ProcessEnvironment };
        let wrong = |error| OutputError::because("a setting of MongoDB cannot be used", error);
        let settings = StoreSettings::from_environment(&env).map_err(wrong)?;
        let rules = rules(&env).map_err(wrong)?;
        if let MongoAddress::Uri(uri) = &settings.address {
            let wrong = |error| OutputError::because("the address of MongoDB cannot be used", error);
            store::check_uri(uri).map_err(wrong)?;
        }
        Ok(Self { name: name.to_owned(), env, settings, rules, opened: None })
    }

    fn open(&mut self) -> Result<&Opened, OutputError> {
        let opened = if let Some(opened) = self.opened.take() {
            opened
        } else {
            let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build();
            let runtime = runtime.map_err(|error| OutputError::because("no thread for MongoDB", error))?;
            let store = runtime.block_on(connect(&self.settings, &self.env));
            let store = store.map_err(|error| OutputError::because("MongoDB cannot be reached", error))?;
            Opened { runtime, store }
        };
        Ok(self.opened.insert(opened))
    }
}

impl Output for Filing {
    fn shape(&self) -> Shape {
        Shape { bytes: BATCH_BYTES, linger: LINGER }
    }

    /// Files a batch. A record has its own `record_id`, so that a batch which comes again stores nothing twice.
    fn write(&mut self, batch: &Batch, _: &Stop) -> Result<(), OutputError> {
        let arrived = EventTime::from_micros(batch.arrived.as_microsecond()).unwrap_or_else(EventTime::now);
        // Only what cannot become a record is known by its place: the same bytes have the same one.
        let place = format!("{:016x}", xxh3_64(&batch.text));
        let source = Source {
            stream: &self.name,
            shard: SHARD,
            sequence_number: &place,
            sub_sequence: 0,
            index: 0,
            arrived,
            format: UNKNOWN_FORMAT,
        };
        let decoded = decode::payload(&source, &batch.text, &self.rules);
        let Opened { runtime, store } = self.open()?;
        let outcome = runtime.block_on(store.file(&decoded, BATCH_TIMEOUT));
        let failure = outcome.failures.into_iter().next();
        match (outcome.first_failed, failure) {
            (None, None) => Ok(()),
            // The records are stored; only the journal, which live tails read, refuses its entry for good.
            (None, Some(failure)) => {
                tracing::warn!(output = self.name, error = chain(&failure), "records are filed, but not noted");
                Ok(())
            }
            (Some(_), Some(failure)) => Err(not_filed(failure)),
            (Some(_), None) => Err(OutputError::new("MongoDB did not store all of a batch")),
        }
    }
}

fn not_filed(failure: Failure) -> OutputError {
    OutputError::because("MongoDB did not store a batch", failure)
}
