//! A network that fails: a TCP proxy before a server, which cuts, holds up and refuses connections.
//!
//! It knows MongoDB's protocol just enough to tell an insert from the rest.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{AbortHandle, JoinSet};

/// How an insert's body begins: a string field of this name. It is near the head of its message.
const INSERT: &[u8] = b"\x02insert\0";
const HEAD_BYTES: usize = 64;
const BUFFER_BYTES: usize = 64 * 1024;

/// What happens to an insert on its way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnInsert {
    /// The connection ends before the server has got all of it.
    CutRequest,
    /// The server does it, and the connection ends within its reply.
    CutReply,
    /// The server does it, and its reply never comes.
    HoldReply,
}

/// The proxy; it ends when dropped, and all connections with it.
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
    /// Those that happened.
    met: usize,
}

impl Proxy {
    /// Before the server on this port of 127.0.0.1.
    pub async fn before(port: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("bound");
        let state = Arc::<Mutex<State>>::default();
        let accepting = tokio::spawn(accept(listener, port, Arc::clone(&state))).abort_handle();
        Self { address, state, accepting }
    }

    /// The connection string through the proxy. Direct: the members of a set say themselves where they are.
    #[must_use]
    pub fn uri(&self) -> String {
        format!("mongodb://{}/?directConnection=true", self.address)
    }

    /// What happens to the next inserts, one after the other.
    pub fn on_inserts(&self, faults: impl IntoIterator<Item = OnInsert>) {
        self.state.lock().expect("nobody panics with it").on_insert.extend(faults);
    }

    /// How many inserts met what was to happen to them.
    #[must_use]
    pub fn met(&self) -> usize {
        self.state.lock().expect("nobody panics with it").met
    }

    /// From now on nothing gets through: connections end at the next byte.
    pub fn refuse(&self) {
        self.state.lock().expect("nobody panics with it").is_refusing = true;
    }

    /// From now on everything gets through.
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
    // Ends with this task.
    let mut connections = JoinSet::new();
    loop {
        let (client, _) = listener.accept().await.expect("accepting does not end by itself");
        let state = Arc::clone(&state);
        connections.spawn(async move {
            // A connection may end in any way.
            if let Ok(server) = TcpStream::connect(("127.0.0.1", port)).await {
                let _ = carry(client, server, &state).await;
            }
        });
    }
}

/// Carries bytes both ways until one side ends or a fault ends both. MongoDB's sides speak in turns.
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
                let reply = &reply[..length?];
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

fn is_refusing(state: &Mutex<State>) -> bool {
    state.lock().expect("nobody panics with it").is_refusing
}

fn next(state: &Mutex<State>) -> Option<OnInsert> {
    let mut state = state.lock().expect("nobody panics with it");
    let fault = state.on_insert.pop_front()?;
    state.met += 1;
    Some(fault)
}
