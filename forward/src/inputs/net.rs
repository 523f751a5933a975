//! What inputs share that listen: taking connections, reading them to their end, storing without an answer.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::os::unix::fs::FileTypeExt as _;
use std::path::Path;
use std::time::Duration;

use bytes::BytesMut;
use futures_util::future::join_all;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpSocket, TcpStream, UnixListener};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, timeout, timeout_at};

use super::{Context, DRAIN};
use crate::entry::Entry;
use crate::spool::StoreError;

/// Connections that the kernel keeps until they are taken.
const BACKLOG: u32 = 1_024;
/// The pause after a failure to take a connection, such as too many open files.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);
/// How many connections an input has at once, at most. Others wait until they are taken.
const MAX_CONNECTIONS: usize = 10_000;
/// How many entries are on their way to the disk at once.
const MAX_TOGETHER: usize = 1_024;
/// What is read at once.
const READ_BYTES: usize = 64 * 1024;

/// Opens a listener.
pub fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

/// Opens a listener at a Unix socket.
pub fn listen_unix(path: &Path) -> io::Result<UnixListener> {
    // What a forwarder that was killed has left; never a file that is no socket.
    if std::fs::symlink_metadata(path).is_ok_and(|metadata| metadata.file_type().is_socket()) {
        std::fs::remove_file(path)?;
    }
    UnixListener::bind(path)
}

/// Takes connections until the forwarder ends, then waits until they are read. `serve` gets a connection and its sender's
/// address.
pub(super) async fn accept<F>(context: &Context, listener: TcpListener, serve: impl Fn(TcpStream, String) -> F)
where
    F: Future<Output = ()> + Send + 'static,
{
    let mut connections = JoinSet::new();
    let take = |connections: &mut JoinSet<()>, stream: TcpStream, peer: SocketAddr| {
        // Answers are small. They shall not wait for others.
        let _ = stream.set_nodelay(true);
        connections.spawn(serve(stream, peer.ip().to_canonical().to_string()));
    };
    loop {
        tokio::select! {
            accepted = listener.accept(), if connections.len() < MAX_CONNECTIONS => match accepted {
                Ok((stream, peer)) => take(&mut connections, stream, peer),
                Err(error) => {
                    tracing::warn!(input = %context.name, %error, "a connection cannot be taken");
                    sleep(ACCEPT_PAUSE).await;
                }
            },
            () = context.ended() => break,
            Some(_) = connections.join_next() => {}
        }
    }
    for (stream, peer) in waiting(listener) {
        take(&mut connections, stream, peer);
    }
    let all = async { while connections.join_next().await.is_some() {} };
    // What has not ended by then is cut.
    let _ = timeout(DRAIN + ACCEPT_PAUSE, all).await;
}

/// Returns the connections that the kernel has already, and takes no more. Their senders may have sent and gone.
pub(super) fn waiting(listener: TcpListener) -> Vec<(TcpStream, SocketAddr)> {
    let Ok(listener) = listener.into_std() else { return Vec::new() };
    let accepted = std::iter::from_fn(|| listener.accept().ok()).take(BACKLOG as usize);
    accepted
        .filter_map(|(stream, peer)| {
            stream.set_nonblocking(true).ok()?;
            Some((TcpStream::from_std(stream).ok()?, peer))
        })
        .collect()
}

/// A connection that is read to its end.
#[derive(Debug)]
pub(super) struct Incoming {
    context: Context,
    read: OwnedReadHalf,
    write: OwnedWriteHalf,
    /// When reading stops, if the forwarder ends.
    until: Option<Instant>,
}

impl Incoming {
    pub(super) fn new(context: Context, stream: TcpStream) -> Self {
        let (read, write) = stream.into_split();
        Self { context, read, write, until: None }
    }

    /// Reads more. Returns whether there may be more after it. When the forwarder ends, the sender is told that nobody
    /// listens any more, and what it has sent is still read.
    pub(super) async fn fill(&mut self, buffer: &mut BytesMut) -> bool {
        buffer.reserve(READ_BYTES);
        if self.until.is_none() {
            tokio::select! {
                biased;
                count = self.read.read_buf(buffer) => return count.is_ok_and(|count| count > 0),
                () = self.context.ended() => {}
            }
            let _ = self.write.shutdown().await;
            self.until = Some(Instant::now() + DRAIN);
        }
        let Some(until) = self.until else { return false };
        timeout_at(until, self.read.read_buf(buffer)).await.is_ok_and(|count| count.is_ok_and(|count| count > 0))
    }

    /// Sends an answer. Returns whether the sender can hear it.
    pub(super) async fn answer(&mut self, bytes: &[u8]) -> bool {
        self.until.is_some() || self.write.write_all(bytes).await.is_ok()
    }
}

/// Stores entries of a sender that gets no answer. It waits while the spool is full, so that nobody reads on. Returns how
/// many are not stored: those that are larger than the spool, and what comes when the forwarder ends with a full spool.
pub(super) async fn store_all(context: &Context, entries: Vec<Entry>) -> usize {
    let (mut entries, mut lost) = (entries.into_iter(), Vec::new());
    loop {
        let together: Vec<_> = entries.by_ref().take(MAX_TOGETHER).map(|entry| store(context, entry)).collect();
        if together.is_empty() {
            break;
        }
        lost.extend(join_all(together).await.into_iter().filter_map(Result::err));
    }
    if let Some(error) = lost.first()
        && let Some(unsaid) = context.counts.complaints.due("lost")
    {
        let entries = lost.len();
        tracing::warn!(input = %context.name, entries, %error, unsaid, "not stored, and its sender is not told");
    }
    lost.len()
}

async fn store(context: &Context, entry: Entry) -> Result<(), StoreError> {
    loop {
        match context.store(entry.clone()).await {
            Err(StoreError::Full) if !context.is_ending() => context.spooler.room().await,
            result => return result,
        }
    }
}
