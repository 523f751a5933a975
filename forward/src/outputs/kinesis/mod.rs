//! A Kinesis stream. Lines are compressed together into Kinesis records, and put until the stream has all of them.

mod aside;
#[cfg(test)]
mod tests;

use std::path::PathBuf;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use send::buffer::{Buffer, BufferSettings, Chunk, Data, Fate, Next, Push};
use send::limits::{MAX_LINE_BYTES, MAX_RECORD_BYTES};
use send::{Compression, Entry, Packer, Transport, cut};

use self::aside::Aside;
use super::{Batch, Output, OutputError, Shape, Stop};

/// What a batch has at least, if so much comes within [`LINGER`]: some Kinesis records for one request.
const BATCH_BYTES: usize = 2 * 1024 * 1024;
/// How long a record waits for others. A Kinesis record costs as much as 25 KB.
const LINGER: Duration = Duration::from_millis(500);
/// The bytes of a partition key, which count as the record's.
const KEY_BYTES: usize = 16;

/// The settings of the output.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The output's name, for messages.
    pub name: String,
    /// How lines are compressed.
    pub compression: Compression,
    /// The largest Kinesis record: more than usual where the stream allows it.
    pub max_record_bytes: usize,
    /// The folder for what no Kinesis record can hold.
    pub aside: PathBuf,
}

impl Settings {
    /// Returns the settings that every stream allows.
    #[must_use]
    pub fn new(name: &str, compression: Compression, aside: PathBuf) -> Self {
        Self { name: name.to_owned(), compression, max_record_bytes: MAX_RECORD_BYTES, aside }
    }
}

/// Writes to a stream.
pub struct KinesisOutput {
    settings: Settings,
    transport: Box<dyn Transport>,
    packer: Packer,
    buffer: Buffer,
    aside: Aside,
    complained: Option<Instant>,
}

impl KinesisOutput {
    /// Returns an output to what a transport reaches.
    #[must_use]
    pub fn new(settings: Settings, transport: Box<dyn Transport>) -> Self {
        // A batch is bounded, so the buffer need not be.
        let buffer = Buffer::new(BufferSettings { max_bytes: usize::MAX / 2, ..BufferSettings::default() });
        let aside = Aside::new(settings.aside.clone());
        Self { packer: Packer::new(settings.compression), settings, transport, buffer, aside, complained: None }
    }

    fn pack(&mut self, batch: &Batch) -> Result<(), OutputError> {
        let now = Instant::now();
        for line in batch.lines() {
            if let Push::Full = self.buffer.push(line, now) {
                return Err(OutputError::new("the buffer takes no line"));
            }
        }
        self.buffer.seal();
        while let Some(lines) = self.buffer.take_lines() {
            let mut data = self.compress(&lines.text)?;
            if data.len() + KEY_BYTES > self.settings.max_record_bytes {
                data = self.shorten(&lines.text)?;
            }
            self.buffer.packed(lines, data, new_key());
        }
        Ok(())
    }

    fn compress(&mut self, lines: &[u8]) -> Result<Vec<u8>, OutputError> {
        self.packer.pack(lines).map_err(|error| OutputError::because("records cannot be compressed", error))
    }

    /// Sets aside what is too large even when it is compressed: a single record. What is sent instead has all of its
    /// fields, the largest cut.
    fn shorten(&mut self, line: &[u8]) -> Result<Vec<u8>, OutputError> {
        self.aside.keep(line)?;
        let limit =
            MAX_LINE_BYTES.min(self.settings.max_record_bytes.saturating_sub(MAX_RECORD_BYTES - MAX_LINE_BYTES));
        let mut short = cut(line, limit).ok_or_else(|| OutputError::new("a record is no JSON object"))?;
        short.push(b'\n');
        self.compress(&short)
    }

    /// Puts what is due. Returns whether all is there.
    fn put(&mut self, stop: &Stop) -> Result<bool, OutputError> {
        let now = Instant::now();
        match self.buffer.next(now) {
            Next::Send(chunks) => self.put_chunks(&chunks)?,
            Next::Wait(until) => {
                stop.wait(until.saturating_duration_since(now));
            }
            Next::Idle => return Ok(self.buffer.is_empty()),
        }
        Ok(false)
    }

    fn put_chunks(&mut self, chunks: &[Chunk]) -> Result<(), OutputError> {
        let mut entries = Vec::with_capacity(chunks.len());
        for chunk in chunks {
            let Data::Memory(data) = &chunk.data else { return Err(OutputError::new("a chunk is not in memory")) };
            entries.push(Entry { data, key: &chunk.key });
        }
        let judgement = self.transport.put(&entries).judge(entries.len());
        let fates: Vec<(u64, Fate)> = chunks.iter().map(|chunk| chunk.id).zip(judgement.fates).collect();
        let gone = self.buffer.settle(&fates, Instant::now(), Timestamp::now(), &mut fastrand::f64, &mut new_key);
        for chunk in gone {
            let is_stored = fates.iter().any(|(id, fate)| *id == chunk.id && *fate == Fate::Stored);
            if let (false, Data::Memory(data)) = (is_stored, &chunk.data) {
                // Kinesis says again and again that it will never take it.
                self.aside.keep(data)?;
            }
        }
        if let Some(failure) = judgement.failure {
            self.complain(&failure);
        }
        Ok(())
    }

    /// Says once a minute that something fails.
    fn complain(&mut self, failure: &str) {
        let now = Instant::now();
        if self.complained.is_none_or(|last| now.duration_since(last) >= super::COMPLAINT_INTERVAL) {
            self.complained = Some(now);
            tracing::warn!(output = %self.settings.name, failure, "Kinesis does not take everything; what it refused is put again");
        }
    }
}

impl Output for KinesisOutput {
    fn shape(&self) -> Shape {
        Shape { bytes: BATCH_BYTES, linger: LINGER }
    }

    fn write(&mut self, batch: &Batch, stop: &Stop) -> Result<(), OutputError> {
        // What an error has left is in this batch again.
        drop(self.buffer.drain());
        self.pack(batch)?;
        while !self.put(stop)? {
            if stop.is_stopped() {
                return Err(OutputError::new("the forwarder is being stopped"));
            }
        }
        Ok(())
    }
}

/// Returns a partition key: any shard.
fn new_key() -> String {
    format!("{:016x}", fastrand::u64(..))
}
