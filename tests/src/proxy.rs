//! A failing network: a TCP proxy that cuts, delays and refuses connections.
//!
//! It knows just enough of MongoDB's protocol to recognise an insert.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{AbortHandle, JoinSet};

/// The beginning of an insert's body: a string field with this name, near the head of the message.
const INSERT: &[u8] = b"\x02insert\0";
const HEAD_BYTES: usize = 64;
const BUFFER_BYTES: usize = 64 * 1024;
/// What a server's greeting says of the largest document: a 32-bit integer field of this name.
const MAX_DOCUMENT: &[u8] = b"\x10maxBsonObjectSize\0";

/// A fault of an insert.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnInsert {
    /// The connection ends before the server has received all of the insert.
    CutRequest,
    /// The server performs the insert, and the connection ends within its reply.
    CutReply,
    /// The server performs the insert, and its reply never comes.
    HoldReply,
}

/// The proxy. It ends when dropped, with all connections.
#[derive(Debug)]
pub struct Proxy {
    address: SocketAddr,
    state: Arc<Mutex<State>>,
    accepting: AbortHandle,
}

#[derive(Debug, Default)]
struct State {
    is_refusing: bool,
    on_insert: VecDeque<OnInsert>,
    /// The number of faults that happened.
    met: usize,
    /// What the server is made to say of the largest document that it takes.
    max_document_bytes: Option<i32>,
}

impl Proxy {
    /// Starts a proxy to the server on this port of 127.0.0.1.
    pub async fn before(port: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("bound");
        let state = Arc::<Mutex<State>>::default();
        let accepting = tokio::spawn(accept(listener, port, Arc::clone(&state))).abort_handle();
        Self { address, state, accepting }
    }

    /// Returns the connection string through the proxy. The connection is direct, since the members of a set tell their
    /// own addresses.
    #[must_use]
    pub fn uri(&self) -> String {
        format!("mongodb://{}/?directConnection=true", self.address)
    }

    /// Sets the faults of the next inserts, in order.
    pub fn on_inserts(&self, faults: impl IntoIterator<Item = OnInsert>) {
        self.state.lock().expect("nobody panics with it").on_insert.extend(faults);
    }

    /// Returns the number of inserts that met their fault.
    #[must_use]
    pub fn met(&self) -> usize {
        self.state.lock().expect("nobody panics with it").met
    }

    /// Makes the server report that it takes documents of at most so many bytes.
    pub fn limit_documents(&self, max_bytes: i32) {
        self.state.lock().expect("nobody panics with it").max_document_bytes = Some(max_bytes);
    }

    /// Blocks all connections: they end at the next byte.
    pub fn refuse(&self) {
        self.state.lock().expect("nobody panics with it").is_refusing = true;
    }

    /// Lets all connections through again.
    pub fn admit(&self) {
        self.state.lock().expect("nobody panics with it").is_refusing = false;
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

async fn accept(listener: TcpListener, port: u16, state: Arc<Mutex<State>>) {
    // The connections end with this task.
    let mut connections = JoinSet::new();
    loop {
        let (client, _) = listener.accept().await.expect("accepting does not end by itself");
        let state = Arc::clone(&state);
        connections.spawn(async move {
            // A connection may end with any error.
            if let Ok(server) = TcpStream::connect(("127.0.0.1", port)).await {
                let _ = carry(client, server, &state).await;
            }
        });
    }
}

/// Copies bytes in both directions until one side ends or a fault ends both. In MongoDB's protocol, the sides take
/// turns.
async fn carry(mut client: TcpStream, mut server: TcpStream, state: &Mutex<State>) -> std::io::Result<()> {
    let (mut request, mut reply) = (vec![0; BUFFER_BYTES], vec![0; BUFFER_BYTES]);
    let mut on_reply = None;
    loop {
        tokio::select! {
            length = client.read(&mut request) => {
                let request = &request[..length?];
                if request.is_empty() || is_refusing(state) {
                    return Ok(());
                }
                if is_insert(request) {
                    on_reply = next(state);
                }
                if on_reply == Some(OnInsert::CutRequest) {
                    return server.write_all(&request[..request.len() / 2]).await;
                }
                server.write_all(request).await?;
            }
            length = server.read(&mut reply) => {
                let reply = &mut reply[..length?];
                limit_documents(reply, state);
                if reply.is_empty() || is_refusing(state) {
                    return Ok(());
                }
                match on_reply {
                    Some(OnInsert::CutReply) => return client.write_all(&reply[..reply.len() / 2]).await,
                    Some(_) => {}
                    None => client.write_all(reply).await?,
                }
            }
        }
    }
}

fn is_insert(request: &[u8]) -> bool {
    request[..request.len().min(HEAD_BYTES)].windows(INSERT.len()).any(|window| window == INSERT)
}

/// A greeting is one piece, since it is short.
fn limit_documents(reply: &mut [u8], state: &Mutex<State>) {
    let Some(max_bytes) = state.lock().expect("nobody panics with it").max_document_bytes else { return };
    let name = reply.windows(MAX_DOCUMENT.len()).position(|window| window == MAX_DOCUMENT);
    if let Some(value) = name.and_then(|at| reply.get_mut(at + MAX_DOCUMENT.len()..)?.get_mut(..4)) {
        value.copy_from_slice(&max_bytes.to_le_bytes());
    }
}

fn is_refusing(state: &Mutex<State>) -> bool {
    state.lock().expect("nobody panics with it").is_refusing
}

fn next(state: &Mutex<State>) -> Option<OnInsert> {
    let mut state = state.lock().expect("nobody panics with it");
    let fault = state.on_insert.pop_front()?;
    state.met += 1;
    Some(fault)
}
