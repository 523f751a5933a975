//! The thread that writes, and what inputs hold of it.

use std::fs::File;
use std::io::{self, Write as _};
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use tokio::sync::{Semaphore, mpsc, oneshot};

use super::frame::{self, MAX_BODY_BYTES};
use super::segment::{self, Segment};
use super::{Shared, SpoolError, count};
use crate::entry::{Entry, StoredAt};

/// What is synced at once, unless one entry alone is larger.
const MAX_GROUP_BYTES: usize = 8 * 1024 * 1024;
/// What is written at once, unless one entry alone is larger: it stays in the processor's cache until the kernel copies it.
const WRITE_BYTES: usize = 128 * 1024;
/// What waits to be written: more than the thread takes at once.
const MAX_WAITING: usize = 4096;
/// What may wait to be written, in units of `PERMIT_BYTES`.
const MAX_WAITING_PERMITS: u32 = 64 * 1024;
const PERMIT_BYTES: usize = 1024;
/// Whoever waits for room looks again after this time: a full disk may be emptied by others.
const LOOK_AGAIN: Duration = Duration::from_secs(1);

/// Why an entry is not stored.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum StoreError {
    /// There is no room. There will be later.
    #[error("the spool is full")]
    Full,
    /// It is larger than any entry may be, or than the whole spool.
    #[error("more at once than the spool takes")]
    TooLarge,
    /// The forwarder ends.
    #[error("the forwarder is being stopped")]
    Closed,
}

#[derive(Debug)]
struct Request {
    entry: Entry,
    answer: oneshot::Sender<Result<(), StoreError>>,
}

/// Stores entries. Every input has one. It does not keep the spool open: a connection that never ends holds up nobody.
#[derive(Clone, Debug)]
pub struct Spooler {
    shared: Arc<Shared>,
    requests: mpsc::WeakSender<Request>,
    waiting: Arc<Semaphore>,
}

impl Spooler {
    /// Stores an entry. It is on disk when this returns `Ok`.
    pub async fn store(&self, entry: Entry) -> Result<(), StoreError> {
        let bytes = frame::overhead(&entry) + entry.payload.len();
        if bytes > MAX_BODY_BYTES || bytes as u64 > self.shared.settings.max_bytes {
            return Err(StoreError::TooLarge);
        }
        let permits = u32::try_from(bytes.div_ceil(PERMIT_BYTES)).unwrap_or(MAX_WAITING_PERMITS);
        let permit = self.waiting.acquire_many(permits.min(MAX_WAITING_PERMITS)).await;
        let _permit = permit.map_err(|_| StoreError::Closed)?;
        let (answer, answered) = oneshot::channel();
        let requests = self.requests.upgrade().ok_or(StoreError::Closed)?;
        requests.send(Request { entry, answer }).await.map_err(|_| StoreError::Closed)?;
        drop(requests);
        answered.await.map_err(|_| StoreError::Closed)?
    }

    /// Returns whether the last entry found no room, and none was made since.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.shared.lock().is_full
    }

    /// Waits until an entry finds no room.
    pub async fn full(&self) {
        loop {
            let full = self.shared.full.notified();
            if self.is_full() {
                return;
            }
            full.await;
        }
    }

    /// Waits until there may be room.
    pub async fn room(&self) {
        let room = self.shared.room.notified();
        if self.is_full() {
            let is_over = tokio::time::timeout(LOOK_AGAIN, room).await.is_err();
            let mut state = self.shared.lock();
            if is_over && state.is_refused {
                state.is_full = false;
            }
        }
    }
}

/// The thread that writes. It ends when this is dropped and what was asked of it is written.
#[derive(Debug)]
pub(super) struct Writing {
    pub(super) spooler: Spooler,
    requests: mpsc::Sender<Request>,
    thread: JoinHandle<()>,
}

impl Writing {
    /// Ends the thread: blocks until it has ended.
    pub(super) fn end(self) -> thread::Result<()> {
        let Self { spooler, requests, thread } = self;
        // Who waits to ask is told at once.
        spooler.waiting.close();
        drop(requests);
        thread.join()
    }
}

/// Starts the thread.
pub(super) fn start(shared: Arc<Shared>, boot: u64, next: u64) -> Result<Writing, SpoolError> {
    let (sender, requests) = mpsc::channel(MAX_WAITING);
    let waiting = Arc::new(Semaphore::new(MAX_WAITING_PERMITS as usize));
    let spooler = Spooler { shared: Arc::clone(&shared), requests: sender.downgrade(), waiting };
    let writer = Writer { shared, requests, boot, next, open: None, buffer: Vec::new(), is_told: false };
    let thread = thread::Builder::new().name("spool".to_owned()).spawn(move || writer.run());
    let thread = thread.map_err(|source| SpoolError::Thread { source })?;
    Ok(Writing { spooler, requests: sender, thread })
}

struct Writer {
    shared: Arc<Shared>,
    requests: mpsc::Receiver<Request>,
    boot: u64,
    /// The number of the next segment.
    next: u64,
    open: Option<Open>,
    buffer: Vec<u8>,
    /// Whether the log says that entries are refused.
    is_told: bool,
}

/// The segment that is written.
struct Open {
    number: u64,
    file: File,
    bytes: u64,
}

impl Writer {
    fn run(mut self) {
        while let Some(first) = self.requests.blocking_recv() {
            let mut bytes = first.entry.payload.len();
            let mut group = vec![first];
            while bytes < MAX_GROUP_BYTES
                && let Ok(next) = self.requests.try_recv()
            {
                bytes += next.entry.payload.len();
                group.push(next);
            }
            self.store(group);
        }
        if let Err(error) = self.end() {
            tracing::warn!(%error, "the last file of the spool cannot be closed");
        }
    }

    /// Writes a group, waits for the disk, and answers.
    fn store(&mut self, group: Vec<Request>) {
        let mut room = self.shared.settings.max_bytes.saturating_sub(self.shared.lock().bytes());
        let mut kept = Vec::with_capacity(group.len());
        let (mut refused, mut bytes) = (Vec::new(), 0);
        for request in group {
            let size = (frame::overhead(&request.entry) + request.entry.payload.len()) as u64;
            if size > room {
                refused.push(request);
            } else {
                room -= size;
                bytes += size;
                kept.push(request);
            }
        }
        let mut is_stored = true;
        if !kept.is_empty()
            && let Err(error) = self.write(&kept)
        {
            count(&self.shared.counts.failed_writes, 1);
            self.tell(&format!("the disk refuses: {error}"));
            is_stored = false;
        }
        if !refused.is_empty() {
            self.tell("it holds as much as it may (spool: max_bytes)");
        }
        if is_stored && refused.is_empty() {
            self.is_told = false;
        }
        let counts = &self.shared.counts;
        if is_stored {
            count(&counts.stored_entries, kept.len());
            count(&counts.stored_bytes, usize::try_from(bytes).unwrap_or(usize::MAX));
            count(&counts.groups, 1);
        } else {
            refused.append(&mut kept);
        }
        count(&counts.refused_entries, refused.len());
        let mut state = self.shared.lock();
        (state.is_full, state.is_refused) = (!refused.is_empty(), !is_stored);
        drop(state);
        if !refused.is_empty() {
            self.shared.full.notify_waiters();
        }
        // Whoever asked may be gone.
        for request in kept {
            let _ = request.answer.send(Ok(()));
        }
        for request in refused {
            let _ = request.answer.send(Err(StoreError::Full));
        }
    }

    /// Says once that entries are refused.
    fn tell(&mut self, reason: &str) {
        if !std::mem::replace(&mut self.is_told, true) {
            tracing::error!("the spool takes nothing: {reason}; senders are told to try again");
        }
    }

    fn write(&mut self, group: &[Request]) -> io::Result<()> {
        if self.open.as_ref().is_some_and(|open| open.bytes >= self.shared.segment_bytes()) {
            self.end()?;
        }
        let mut open = match self.open.take() {
            Some(open) => open,
            None => self.create()?,
        };
        let arrived = jiff::Timestamp::now().as_microsecond();
        let mut end = open.bytes;
        let written = self.append(group, arrived, &open, &mut end).and_then(|()| open.file.sync_data());
        if written.is_ok() {
            open.bytes = end;
            self.publish(&open, false);
            self.open = Some(open);
        } else {
            // What the disk has of it is not known. Nobody was told that it is stored.
            let _ = open.file.set_len(open.bytes);
            self.publish(&open, true);
        }
        self.buffer.clear();
        self.buffer.shrink_to(2 * WRITE_BYTES);
        written
    }

    /// Writes the frames of a group from `end` on, in pieces.
    fn append(&mut self, group: &[Request], arrived: i64, open: &Open, end: &mut u64) -> io::Result<()> {
        let mut file = &open.file;
        self.buffer.clear();
        for request in group {
            let place = StoredAt { boot: self.boot, segment: open.number, offset: *end + self.buffer.len() as u64 };
            frame::write(&mut self.buffer, &request.entry, arrived, place);
            if self.buffer.len() >= WRITE_BYTES {
                file.write_all(&self.buffer)?;
                *end += self.buffer.len() as u64;
                self.buffer.clear();
            }
        }
        file.write_all(&self.buffer)?;
        *end += self.buffer.len() as u64;
        Ok(())
    }

    fn create(&mut self) -> io::Result<Open> {
        let number = self.next;
        let file = segment::create(&self.shared.settings.folder, number, self.boot)?;
        self.next += 1;
        Ok(Open { number, file, bytes: 0 })
    }

    /// Closes the segment that is written.
    fn end(&mut self) -> io::Result<()> {
        let Some(mut open) = self.open.take() else { return Ok(()) };
        self.buffer.clear();
        frame::write_end(&mut self.buffer, StoredAt { boot: self.boot, segment: open.number, offset: open.bytes });
        let written = open.file.write_all(&self.buffer).and_then(|()| open.file.sync_data());
        if written.is_ok() {
            open.bytes += self.buffer.len() as u64;
        }
        self.publish(&open, true);
        written
    }

    fn publish(&self, open: &Open, is_closed: bool) {
        let segment = Segment { boot: self.boot, bytes: open.bytes, is_closed };
        self.shared.lock().segments.insert(open.number, segment);
        self.shared.changed.notify_all();
    }
}
