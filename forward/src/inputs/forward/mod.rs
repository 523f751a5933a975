//! Fluentd's forward protocol over TCP and a Unix socket.
//!
//! <https://github.com/fluent/fluentd/wiki/Forward-Protocol-Specification-v1>.

mod connection;
mod framing;
mod handshake;
mod message;
#[cfg(test)]
mod tests;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream, UdpSocket, UnixListener};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

pub use self::handshake::Secrets;
use super::net::waiting;
use super::sockets::Slot;
use super::{Context, DRAIN, listen};

/// The pause after a failure to take a connection, such as too many open files.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);
/// The answer to a heartbeat over UDP.
const HEARTBEAT: [u8; 1] = [0];

/// Takes connections over TCP until the forwarder ends. While the spool is full, nobody listens: a sender that gets no
/// answers must not believe that it was heard.
pub async fn run_tcp(context: Context, listener: TcpListener, slot: Arc<Slot>, secrets: Option<Arc<Secrets>>) {
    let mut connections = JoinSet::new();
    let take = |connections: &mut JoinSet<()>, stream: TcpStream, peer: SocketAddr| {
        let _ = stream.set_nodelay(true);
        let (read, write) = stream.into_split();
        let peer = peer.ip().to_canonical().to_string();
        connections.spawn(connection::run(context.clone(), read, write, peer, secrets.clone()));
    };
    let Ok(address) = listener.local_addr() else { return };
    let mut listener = Some(listener);
    while !context.is_ending() {
        if context.spooler.is_full() {
            slot.clear();
            listener = None;
            tokio::select! {
                () = context.spooler.room() => {}
                () = context.ended() => {}
            }
            continue;
        }
        let Some(open) = &listener else {
            listener = listen(address).ok();
            match &listener {
                Some(listener) => slot.fill(listener),
                None => sleep(ACCEPT_PAUSE).await,
            }
            continue;
        };
        tokio::select! {
            accepted = open.accept() => match accepted {
                Ok((stream, peer)) => take(&mut connections, stream, peer),
                Err(error) => {
                    tracing::warn!(input = %context.name, %error, "a connection cannot be taken");
                    sleep(ACCEPT_PAUSE).await;
                }
            },
            () = context.spooler.full() => {}
            () = context.ended() => {}
            // Connections that have ended.
            Some(_) = connections.join_next() => {}
        }
    }
    // Senders that have connected may have sent and gone.
    for (stream, peer) in listener.map(waiting).unwrap_or_default() {
        take(&mut connections, stream, peer);
    }
    drain(connections).await;
}

/// Takes connections over a Unix socket until the forwarder ends.
pub async fn run_unix(context: Context, listener: UnixListener, secrets: Option<Arc<Secrets>>) {
    let mut connections = JoinSet::new();
    while !context.is_ending() {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => {
                    let (read, write) = stream.into_split();
                    connections.spawn(connection::run(context.clone(), read, write, String::new(), secrets.clone()));
                }
                Err(error) => {
                    tracing::warn!(input = %context.name, %error, "a connection cannot be taken");
                    sleep(ACCEPT_PAUSE).await;
                }
            },
            () = context.ended() => {}
            Some(_) = connections.join_next() => {}
        }
    }
    drop(listener);
    drain(connections).await;
}

/// Answers heartbeats over UDP until the forwarder ends.
pub async fn run_heartbeats(context: Context, socket: UdpSocket) {
    let mut buffer = [0; 64];
    loop {
        tokio::select! {
            received = socket.recv_from(&mut buffer) => if let Ok((_, peer)) = received {
                // Whoever does not get it asks again.
                let _ = socket.send_to(&HEARTBEAT, peer).await;
            },
            () = context.ended() => return,
        }
    }
}

/// Lets connections read to their end.
async fn drain(mut connections: JoinSet<()>) {
    let all = async { while connections.join_next().await.is_some() {} };
    // What has not ended by then is cut.
    let _ = timeout(DRAIN + ACCEPT_PAUSE, all).await;
}
