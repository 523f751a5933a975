//! An input under test: a spool in a folder of its own, and what was stored in it.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tempfile::TempDir;
use tokio::sync::watch;
use tokio::task::spawn_blocking;
use tokio::time::timeout;

use super::Context;
use crate::entry::{Encoding, Format, Identity};
use crate::spool::{Read, Reader, Settings, Spool};

/// How long something may take that takes no time.
pub(super) const LIMIT: Duration = Duration::from_secs(20);

/// A stored entry.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Kept {
    pub(super) format: Format,
    pub(super) encoding: Encoding,
    pub(super) identity: Identity,
    pub(super) peer: String,
    pub(super) tag: String,
    pub(super) payload: Vec<u8>,
}

impl Kept {
    pub(super) fn text(&self) -> String {
        String::from_utf8_lossy(&self.payload).into_owned()
    }
}

/// A spool, and the context of an input that stores in it.
pub(super) struct TestInput {
    pub(super) context: Context,
    pub(super) folder: TempDir,
    end: watch::Sender<bool>,
    spool: Spool,
    reader: Option<Reader>,
}

impl TestInput {
    pub(super) fn new() -> Self {
        Self::of_size(1 << 30)
    }

    pub(super) fn of_size(max_bytes: u64) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let spool = Spool::open(Settings { folder: folder.path().join("spool"), max_bytes }).unwrap();
        let (end, ending) = watch::channel(false);
        let context = Context {
            name: Arc::from("under-test"),
            spooler: spool.spooler().unwrap(),
            counts: Arc::default(),
            ending,
        };
        let reader = Some(spool.reader(None));
        Self { context, folder, end, spool, reader }
    }

    /// Says that the forwarder ends.
    pub(super) fn end(&self) {
        self.end.send_replace(true);
    }

    /// Begins anew, as after a restart.
    pub(super) fn restart(&mut self) {
        let (end, ending) = watch::channel(false);
        self.end = end;
        self.context.ending = ending;
    }

    /// Waits for the next entries.
    pub(super) async fn entries(&mut self, count: usize) -> Vec<Kept> {
        let mut reader = self.reader.take().unwrap();
        let until = Instant::now() + LIMIT;
        let (reader, kept) = spawn_blocking(move || {
            let mut kept = Vec::new();
            while kept.len() < count {
                let read = reader.next(until, &mut |stored| {
                    kept.push(Kept {
                        format: stored.format,
                        encoding: stored.encoding,
                        identity: stored.identity,
                        peer: stored.peer.to_owned(),
                        tag: stored.tag.to_owned(),
                        payload: stored.payload.to_vec(),
                    });
                });
                assert_eq!(read.unwrap(), Read::Entry, "{count} entries expected: {kept:?}");
            }
            (reader, kept)
        })
        .await
        .unwrap();
        self.reader = Some(reader);
        kept
    }

    /// Returns the texts of the next entries.
    pub(super) async fn texts(&mut self, count: usize) -> Vec<String> {
        self.entries(count).await.iter().map(Kept::text).collect()
    }

    /// Checks that nothing more was stored.
    pub(super) fn assert_no_more(&mut self) {
        let reader = self.reader.as_mut().unwrap();
        let read = reader.next(Instant::now(), &mut |stored| panic!("not expected: {stored:?}"));
        assert_eq!(read.unwrap(), Read::Nothing);
    }

    /// Gives up what was read, so that there is room.
    pub(super) fn release(&self) {
        self.spool.release(self.reader.as_ref().unwrap().position());
    }
}

/// Waits for what takes no time.
pub(super) async fn soon<T>(future: impl Future<Output = T>) -> T {
    timeout(LIMIT, future).await.expect("it takes no time")
}
