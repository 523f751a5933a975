//! One connection.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::time::{Instant, timeout, timeout_at};

use super::framing::Framing;
use super::handshake::{self, Greeting, Secrets};
use super::message::{Wish, wish};
use crate::entry::{Entry, Format, Identity};
use crate::identity::hash;
use crate::inputs::{Context, DRAIN};
use crate::spool::StoreError;

/// What is read at once.
const READ_BYTES: usize = 256 * 1024;
/// The largest message.
const MAX_MESSAGE_BYTES: usize = 63 * 1024 * 1024;
/// What is kept of a stream that is no msgpack.
const MAX_KEPT_BYTES: usize = 64 * 1024;
/// How long a sender may take to greet.
const GREETING_LIMIT: Duration = Duration::from_secs(10);
/// The ids of chunks that are remembered for one connection.
const MAX_REMEMBERED: usize = 4096;

/// Why a connection is closed.
enum Closed {
    /// The sender closed it, or it broke.
    BySender,
    /// An entry was not stored: without an answer, its sender sends it again.
    NotStored,
}

struct Connection<W> {
    context: Context,
    write: W,
    peer: String,
    buffer: Vec<u8>,
    framing: Framing,
    /// How often a chunk of Fluent Bit's was acknowledged here. Its ids are hashes of the content: an id that comes again
    /// after its acknowledgement is another chunk.
    acknowledged: HashMap<u128, u32>,
    /// When reading stops, if the forwarder ends.
    until: Option<Instant>,
}

/// Serves a connection until it is closed.
pub(super) async fn run<R, W>(context: Context, mut read: R, write: W, peer: String, secrets: Option<Arc<Secrets>>)
where
    R: AsyncRead + Unpin + Send,
    W: AsyncWrite + Unpin + Send,
{
    let mut connection = Connection {
        context,
        write,
        peer,
        buffer: Vec::new(),
        framing: Framing::default(),
        acknowledged: HashMap::new(),
        until: None,
    };
    if let Some(secrets) = secrets {
        let greeted = timeout(GREETING_LIMIT, connection.greet(&mut read, &secrets)).await;
        if !greeted.unwrap_or(false) {
            return;
        }
    }
    loop {
        if connection.store().await.is_err() || !connection.fill(&mut read).await {
            return;
        }
    }
}

impl<W: AsyncWrite + Unpin + Send> Connection<W> {
    /// Reads more. Returns whether there may be more after it.
    async fn fill(&mut self, read: &mut (impl AsyncRead + Unpin)) -> bool {
        if self.buffer.capacity() > 4 * READ_BYTES && self.buffer.len() < READ_BYTES {
            self.buffer.shrink_to(READ_BYTES);
        }
        self.buffer.reserve(READ_BYTES);
        if self.until.is_none() {
            tokio::select! {
                biased;
                count = read.read_buf(&mut self.buffer) => return count.is_ok_and(|count| count > 0),
                () = self.context.ended() => {}
            }
            // The sender learns that nobody listens any more. What it has sent is still read.
            let _ = self.write.shutdown().await;
            self.until = Some(Instant::now() + DRAIN);
        }
        let Some(until) = self.until else { return false };
        timeout_at(until, read.read_buf(&mut self.buffer)).await.is_ok_and(|count| count.is_ok_and(|count| count > 0))
    }

    /// Stores the whole messages of the buffer. Those without answers are stored together.
    async fn store(&mut self) -> Result<(), Closed> {
        // What is read of the buffer, and where the messages without answers begin in it.
        let (mut done, mut plain) = (0, 0);
        let result = loop {
            let rest = self.buffer.get(done..).unwrap_or_default();
            let size = match self.framing.end(rest) {
                Ok(Some(size)) => size,
                Ok(None) if self.framing.at_least() > MAX_MESSAGE_BYTES => break self.refuse(plain, done).await,
                Ok(None) => break self.store_plain(plain, done).await,
                Err(_) => break self.refuse(plain, done).await,
            };
            let message = rest.get(..size).unwrap_or_default();
            if let Wish { chunk: Some(chunk), is_fluent_bit } = wish(message) {
                let ack = [b"\x81\xa3ack", chunk].concat();
                let key = if is_fluent_bit { Some(hash(&[self.peer.as_bytes(), chunk])) } else { None };
                let identity = key.map_or_else(|| hash(&[chunk]), |key| self.generation(key));
                let message = message.to_vec();
                if let Err(closed) = self.store_plain(plain, done).await {
                    break Err(closed);
                }
                if let Err(closed) = self.store_chunk(message, identity, key).await {
                    break Err(closed);
                }
                if self.write.write_all(&ack).await.is_err() && self.until.is_none() {
                    break Err(Closed::BySender);
                }
                plain = done + size;
            }
            done += size;
        };
        self.buffer.drain(..done.min(self.buffer.len()));
        result
    }

    /// Returns the identity of a chunk of Fluent Bit's.
    fn generation(&self, key: u128) -> u128 {
        self.acknowledged.get(&key).map_or(key, |times| hash(&[&key.to_le_bytes(), &times.to_le_bytes()]))
    }

    /// Stores a message whose sender waits for an answer. `key` is what a chunk of Fluent Bit's is remembered by.
    async fn store_chunk(&mut self, message: Vec<u8>, identity: u128, key: Option<u128>) -> Result<(), Closed> {
        let entry = Entry { identity: Identity::Seed(identity), ..self.entry(message) };
        self.context.store(entry).await.map_err(|_| Closed::NotStored)?;
        if let Some(key) = key {
            if self.acknowledged.len() >= MAX_REMEMBERED {
                self.acknowledged.clear();
            }
            *self.acknowledged.entry(key).or_default() += 1;
        }
        Ok(())
    }

    /// Stores messages whose sender expects no answer. Waits for room as long as there is none: the sender is not read
    /// from meanwhile.
    async fn store_plain(&self, from: usize, to: usize) -> Result<(), Closed> {
        let Some(messages) = self.buffer.get(from..to).filter(|messages| !messages.is_empty()) else { return Ok(()) };
        let entry = self.entry(messages.to_vec());
        loop {
            match self.context.store(entry.clone()).await {
                Ok(()) => return Ok(()),
                Err(StoreError::Full) if self.until.is_none() => {
                    tokio::select! {
                        () = self.context.spooler.room() => {}
                        () = self.context.ended() => return Err(Closed::NotStored),
                    }
                }
                Err(_) => return Err(Closed::NotStored),
            }
        }
    }

    /// Closes a connection whose stream makes no sense. Keeps its beginning.
    async fn refuse(&self, plain: usize, done: usize) -> Result<(), Closed> {
        self.store_plain(plain, done).await?;
        let rest = self.buffer.get(done..).unwrap_or_default();
        let kept = rest.get(..rest.len().min(MAX_KEPT_BYTES)).unwrap_or_default();
        let Context { name, counts, .. } = &self.context;
        if let Some(unsaid) = counts.complaints.due("protocol") {
            tracing::warn!(input = %name, peer = %self.peer, unsaid, "a sender does not speak Fluentd's protocol");
        }
        let _ = self.context.store(self.entry(kept.to_vec())).await;
        Err(Closed::BySender)
    }

    fn entry(&self, payload: Vec<u8>) -> Entry {
        Entry { peer: self.peer.clone(), ..Entry::new(&self.context.name, Format::Forward, payload) }
    }

    /// Greets a sender, which has to know the key. Returns whether it does.
    async fn greet(&mut self, read: &mut (impl AsyncRead + Unpin), secrets: &Secrets) -> bool {
        let mut greeting = Greeting { nonce: [0; 16], auth_salt: [0; 16], hostname: "logbraid".to_owned() };
        let random = getrandom::fill(&mut greeting.nonce).and_then(|()| getrandom::fill(&mut greeting.auth_salt));
        if random.is_err() || self.write.write_all(&handshake::helo(&greeting, secrets)).await.is_err() {
            return false;
        }
        let size = loop {
            if !self.fill(read).await || self.buffer.len() > MAX_KEPT_BYTES {
                return false;
            }
            match self.framing.end(&self.buffer) {
                Ok(Some(size)) => break size,
                Ok(None) => {}
                Err(_) => return false,
            }
        };
        let message: Vec<u8> = self.buffer.drain(..size).collect();
        let (answer, refusal) = handshake::pong(&message, &greeting, secrets);
        let Context { name, counts, .. } = &self.context;
        if let Some(reason) = refusal
            && let Some(unsaid) = counts.complaints.due("refused")
        {
            tracing::warn!(input = %name, peer = %self.peer, reason, unsaid, "a sender is refused");
        }
        self.write.write_all(&answer).await.is_ok() && refusal.is_none()
    }
}
