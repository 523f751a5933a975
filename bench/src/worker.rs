//! A writer in a process of its own, as on Lambda: it stores on command and reports when it is done.
//!
//! It prints `ready` once, then `stored N` for each line `store` that it reads, until its input ends. The writers in
//! Python do the same. The function's log lines go to the same output; they begin with a brace.

use std::fs::{self, File};
use std::io::{self, BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::time::{Duration, SystemTime};

use ingest::{Context, handle};
use runtime::telemetry;
use runtime::{Environment, ProcessEnvironment};
use tokio::runtime::{Builder, Runtime};

use crate::error::{Error, attempt};
use crate::load::batch;
use crate::wire::{Connection, split};

/// The command to store.
pub const STORE: &str = "store";
/// The line of a writer that is ready.
pub const READY: &str = "ready";
/// The line of a writer that has stored, followed by the number of records.
pub const STORED: &str = "stored";

const USAGE: &str = "worker ours|wire PORT DATABASE COLLECTION FILE BATCH FIRST STEP BATCHES [WARM-UP FILE]";
/// The variable by which the driver recognises Lambda, where a process is frozen between two batches.
const ON_LAMBDA: &str = "serverMonitoringMode=poll";
/// The settings that the environment of the benchmark decides.
const CHOSEN: [&str; 2] = ["LOGBRAID_BLOCK_COMPRESSOR", "LOGBRAID_SKETCHES"];
/// The function's time for a batch, as Lambda would set it.
const TIMEOUT: Duration = Duration::from_mins(1);

/// The batches of a file that a writer stores: every `step`-th from `first` on, below `batches`.
#[derive(Clone, Copy, Debug)]
pub struct ServiceSlice {
    /// Records in a batch.
    pub batch: usize,
    /// The position of the first batch.
    pub first: usize,
    /// The distance between two batches.
    pub step: usize,
    /// The number of batches of all writers.
    pub batches: usize,
}

impl ServiceSlice {
    fn take<T>(self, batches: impl Iterator<Item = T>) -> impl Iterator<Item = T> {
        batches.take(self.batches).skip(self.first).step_by(self.step)
    }
}

/// The settings of the function.
#[derive(Debug)]
pub struct Settings {
    /// MongoDB's address.
    pub uri: String,
    /// The database.
    pub database: String,
}

impl Environment for Settings {
    fn get(&self, name: &str) -> Option<String> {
        match name {
            "MONGODB_URI" => Some(self.uri.clone()),
            "LOGBRAID_DB" => Some(self.database.clone()),
            name if CHOSEN.contains(&name) => ProcessEnvironment.get(name),
            _ => None,
        }
    }
}

/// Runs a writer.
pub fn main(arguments: &[&str]) -> Result<(), Error> {
    // The function logs errors to standard output.
    telemetry::init(&ProcessEnvironment).map_err(|error| Error::Function(Box::new(error)))?;
    let [contender, port, database, collection, file, numbers @ .., warm_up] = arguments else {
        return Err(Error::Usage(USAGE));
    };
    let numbers: Vec<usize> = numbers.iter().filter_map(|number| number.parse().ok()).collect();
    let (&[batch, first, step, batches], Ok(port)) = (numbers.as_slice(), port.parse()) else {
        return Err(Error::Usage(USAGE));
    };
    let share = ServiceSlice { batch, first, step, batches };
    let file = Path::new(file);
    match *contender {
        "ours" => {
            let mut ours = Ours::open(port, database, file, share, Path::new(warm_up))?;
            serve(|| ours.store())
        }
        "wire" => {
            let mut wire = Wire::open(port, database, collection, file, share)?;
            serve(|| wire.store())
        }
        _ => Err(Error::Usage(USAGE)),
    }
}

fn serve(mut store: impl FnMut() -> Result<usize, Error>) -> Result<(), Error> {
    say(READY)?;
    for line in io::stdin().lines() {
        if attempt("read", Path::new("standard input"), |_| line)? == STORE {
            let stored = store()?;
            say(&format!("{STORED} {stored}"))?;
        }
    }
    Ok(())
}

fn say(text: &str) -> Result<(), Error> {
    let mut out = io::stdout().lock();
    attempt("write", Path::new("standard output"), |_| writeln!(out, "{text}").and_then(|()| out.flush()))
}

/// Stores with the function's handler, from the JSON of an event on.
struct Ours {
    runtime: Runtime,
    context: Context,
    events: Vec<Vec<u8>>,
}

impl Ours {
    fn open(port: u16, database: &str, file: &Path, share: ServiceSlice, warm_up: &Path) -> Result<Self, Error> {
        let lines = attempt("open", file, File::open).map(BufReader::new)?.split(b'\n');
        let events = attempt("read", file, |_| share.take(lines).collect::<io::Result<Vec<_>>>())?;
        let runtime = attempt("start", Path::new("a runtime"), |_| Builder::new_current_thread().enable_all().build())?;
        let uri = format!("mongodb://127.0.0.1:{port}/?{ON_LAMBDA}");
        let settings = Settings { uri, database: database.to_owned() };
        let context = runtime.block_on(Context::from_environment(&settings));
        let context = context.map_err(|error| Error::Function(Box::new(error)))?;
        let ours = Self { runtime, context, events };
        ours.deliver(&attempt("read", warm_up, fs::read)?)?;
        Ok(ours)
    }

    fn store(&mut self) -> Result<usize, Error> {
        self.events.iter().map(|event| self.deliver(event)).sum()
    }

    fn deliver(&self, event: &[u8]) -> Result<usize, Error> {
        let batch = batch(event)?;
        let reply = self.runtime.block_on(handle(&self.context, &batch, SystemTime::now() + TIMEOUT));
        if reply.batch_item_failures.is_empty() {
            return Ok(batch.deliveries.len());
        }
        Err(Error::Refused { reply: format!("{reply:?}") })
    }
}

/// Stores with the least work: documents that are BSON already, over the bare protocol.
struct Wire {
    connection: Connection,
    database: String,
    collection: String,
    batches: Vec<Vec<u8>>,
    batch: usize,
}

impl Wire {
    fn open(port: u16, database: &str, collection: &str, file: &Path, share: ServiceSlice) -> Result<Self, Error> {
        let documents = attempt("read", file, fs::read)?;
        let mut rest = documents.as_slice();
        let batches = std::iter::from_fn(|| {
            let (batch, after) = split(rest, share.batch)?;
            rest = after;
            Some(batch)
        });
        let batches = share.take(batches).map(<[u8]>::to_vec).collect();
        let connection = Connection::open(port)?;
        let (database, collection) = (database.to_owned(), collection.to_owned());
        Ok(Self { connection, database, collection, batches, batch: share.batch })
    }

    fn store(&mut self) -> Result<usize, Error> {
        for documents in &self.batches {
            self.connection.insert(&self.database, &self.collection, documents, self.batch)?;
        }
        Ok(self.batches.len() * self.batch)
    }
}
