//! The contenders' input, prepared in files before the measurement.

use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::iter;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ::tests::fixtures::{self, Payload};
use ::tests::kinesis::{Record, Stream, event};
use decode::{KinesisBatch, whole};
use record::Rules;

use crate::error::{Error, attempt};
use crate::records::Records;

/// The default prefix of a day's collection.
pub const COLLECTION_PREFIX: &str = "kinesis_logs_";
/// The stream's name.
const STREAM: &str = "app_logging";

/// The same records in each form that a contender reads.
#[derive(Debug)]
pub struct Load {
    folder: PathBuf,
    /// An event with one more record.
    pub warm_up: Vec<u8>,
    /// The collection of all records.
    pub collection: String,
}

impl Load {
    /// Writes this number of records to a folder, in events of each of these batch sizes.
    pub fn prepare(folder: &Path, records: usize, batches: &[usize]) -> Result<Self, Error> {
        let stream = Stream::new(STREAM, 1);
        let payloads: Vec<Payload> = Records::of_today().take(records + 1).collect();
        fixtures::put(&stream, &payloads);
        let mut delivered = stream.records(0);
        let warm_up = event_json(&stream, &delivered.split_off(records))?;
        let filed = whole(&batch(&warm_up)?, &Rules::default());
        let day = filed.days.keys().next().map(ToString::to_string).unwrap_or_default();
        let collection = format!("{COLLECTION_PREFIX}{day}");
        let load = Self { folder: folder.to_owned(), warm_up, collection };
        write(&load.warm_up_file(), iter::once(Ok(load.warm_up.clone())))?;
        for batch in batches {
            let events = delivered.chunks(*batch).map(|batch| event_json(&stream, batch));
            write(&load.events(*batch), events)?;
        }
        let documents = delivered.chunks(1_000).map(|batch| documents(&event_json(&stream, batch)?));
        write(&load.documents(), documents)?;
        write(&load.lines(), payloads.iter().take(records).map(|payload| Ok(line(&payload.data))))?;
        Ok(load)
    }

    /// Returns the file with an event with one more record.
    #[must_use]
    pub fn warm_up_file(&self) -> PathBuf {
        self.folder.join("warm-up.json")
    }

    /// Returns the file with the Lambda events of this batch size, one a line.
    #[must_use]
    pub fn events(&self, batch: usize) -> PathBuf {
        self.folder.join(format!("events-{batch}.jsonl"))
    }

    /// Returns the file with the function's documents for the records, concatenated.
    #[must_use]
    pub fn documents(&self) -> PathBuf {
        self.folder.join("documents.bson")
    }

    /// Returns the file with the records as their senders wrote them, one a line.
    #[must_use]
    pub fn lines(&self) -> PathBuf {
        self.folder.join("records.jsonl")
    }
}

/// Returns payloads in batches, as the function gets them.
pub fn batches(payloads: &[Payload], size: usize) -> Result<Vec<KinesisBatch>, Error> {
    let stream = Stream::new(STREAM, 1);
    fixtures::put(&stream, payloads);
    stream.records(0).chunks(size).map(|records| batch(&event_json(&stream, records)?)).collect()
}

/// Returns an event with a Kinesis record for each payload.
pub fn event_of(payloads: impl IntoIterator<Item = Vec<u8>>) -> Result<Vec<u8>, Error> {
    let stream = Stream::new(STREAM, 1);
    for payload in payloads {
        stream.put(STREAM, payload);
    }
    event_json(&stream, &stream.records(0))
}

fn event_json(stream: &Stream, records: &[Arc<Record>]) -> Result<Vec<u8>, Error> {
    let json = serde_json::to_vec(&event(stream, 0, records));
    json.map(|json| line(&json)).map_err(|source| Error::Json { what: "an event", source })
}

fn line(json: &[u8]) -> Vec<u8> {
    [json, b"\n"].concat()
}

fn documents(event: &[u8]) -> Result<Vec<u8>, Error> {
    let batch = batch(event)?;
    let filing = whole(&batch, &Rules::default());
    let records = filing.days.values().flat_map(|pile| &pile.items);
    Ok(records.flat_map(|record| record.document().as_bytes()).copied().collect())
}

/// Parses a batch from an event, as the function does.
pub fn batch(event: &[u8]) -> Result<KinesisBatch, Error> {
    KinesisBatch::from_json(event).map_err(Error::Event)
}

fn write(path: &Path, parts: impl Iterator<Item = Result<Vec<u8>, Error>>) -> Result<(), Error> {
    let mut file = attempt("create", path, File::create).map(BufWriter::new)?;
    for part in parts {
        let part = part?;
        attempt("write", path, |_| file.write_all(&part))?;
    }
    attempt("write", path, |_| file.flush())
}
