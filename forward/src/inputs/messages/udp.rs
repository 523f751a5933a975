//! Datagrams over UDP and Unix sockets. Their senders cannot be slowed down, so the kernel's buffer is made large.

use std::future::Future;
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::{Duration, Instant};

use bytes::Bytes;
use futures_util::stream::{FuturesUnordered, StreamExt as _};
use tokio::net::{UdpSocket, UnixDatagram};
use tokio::time::{interval, timeout};

use super::{Context, Kind, store_all};
use crate::inputs::DRAIN;
use crate::protocol::gelf::{Chunks, MAX_WAIT};

/// The largest datagram.
const MAX_DATAGRAM_BYTES: usize = 256 * 1024;
/// What the kernel keeps until it is read. It may allow less.
const KERNEL_BYTES: usize = 8 << 20;
/// How long datagrams are taken when the forwarder ends: [`DRAIN`] is also for storing them.
const TAKE: Duration = Duration::from_secs(1);
/// How many datagrams are taken before they are stored.
const MAX_TOGETHER: usize = 256;
/// How many times so many datagrams may be on their way to the disk.
const MAX_STORING: usize = 64;

/// Opens a socket with a large buffer.
pub fn bind(address: SocketAddr) -> io::Result<UdpSocket> {
    let socket = std::net::UdpSocket::bind(address)?;
    socket.set_nonblocking(true)?;
    // With less, more is lost while the disk is slow.
    let _ = socket2::SockRef::from(&socket).set_recv_buffer_size(KERNEL_BYTES);
    UdpSocket::from_std(socket)
}

/// Takes datagrams over UDP until the forwarder ends.
pub async fn run_udp(context: Context, socket: UdpSocket, kind: Kind) {
    run(context, kind, Udp(socket)).await;
}

/// Takes datagrams of a Unix socket until the forwarder ends.
pub async fn run_unix(context: Context, socket: UnixDatagram, kind: Kind) {
    run(context, kind, Unix(socket)).await;
}

/// A socket for datagrams.
trait Socket {
    /// Waits for a datagram.
    fn receive(&self, buffer: &mut [u8]) -> impl Future<Output = io::Result<(usize, SocketAddr)>> + Send;
    /// Takes a datagram that is there.
    fn try_receive(&self, buffer: &mut [u8]) -> io::Result<(usize, SocketAddr)>;
}

struct Udp(UdpSocket);

impl Socket for Udp {
    async fn receive(&self, buffer: &mut [u8]) -> io::Result<(usize, SocketAddr)> {
        self.0.recv_from(buffer).await
    }

    fn try_receive(&self, buffer: &mut [u8]) -> io::Result<(usize, SocketAddr)> {
        self.0.try_recv_from(buffer)
    }
}

struct Unix(UnixDatagram);

/// A Unix socket's senders have no address.
const NO_PEER: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::UNSPECIFIED), 0);

impl Socket for Unix {
    async fn receive(&self, buffer: &mut [u8]) -> io::Result<(usize, SocketAddr)> {
        Ok((self.0.recv(buffer).await?, NO_PEER))
    }

    fn try_receive(&self, buffer: &mut [u8]) -> io::Result<(usize, SocketAddr)> {
        Ok((self.0.try_recv(buffer)?, NO_PEER))
    }
}

async fn run(context: Context, kind: Kind, socket: impl Socket) {
    let mut buffer = vec![0; MAX_DATAGRAM_BYTES];
    let mut chunks = Chunks::default();
    let mut storing = FuturesUnordered::new();
    let mut clock = interval(MAX_WAIT / 5);
    let (mut until, mut is_failing) = (None, false);
    while until.is_none() {
        let first = tokio::select! {
            received = socket.receive(&mut buffer), if storing.len() < MAX_STORING => received,
            Some(()) = storing.next() => continue,
            _ = clock.tick() => {
                report(&context, &mut chunks);
                continue;
            }
            () = context.ended() => {
                until = Some(Instant::now() + TAKE);
                Err(io::ErrorKind::WouldBlock.into())
            }
        };
        // An error of UDP is about an answer to somebody else. It must not keep the processor busy.
        if let Err(error) = &first
            && error.kind() != io::ErrorKind::WouldBlock
        {
            if !is_failing {
                tracing::warn!(input = %context.name, %error, "a datagram cannot be read");
            }
            is_failing = true;
            tokio::time::sleep(Duration::from_millis(10)).await;
            continue;
        }
        is_failing = false;
        let mut next = first.ok();
        loop {
            let mut datagrams = Vec::new();
            while datagrams.len() < MAX_TOGETHER
                && let Some((bytes, peer)) = next.take().or_else(|| socket.try_receive(&mut buffer).ok())
            {
                let datagram = buffer.get(..bytes).unwrap_or_default();
                let message = match kind {
                    Kind::Gelf => chunks.take(datagram, peer, Instant::now()),
                    _ => Some(datagram.to_vec()),
                };
                datagrams.push((peer, message));
            }
            if datagrams.is_empty() {
                break;
            }
            storing.push(store(&context, kind, datagrams));
            // When the forwarder ends, all that the kernel has is taken. Senders who go on do not keep it for ever.
            if until.is_none_or(|until| Instant::now() >= until) {
                break;
            }
        }
    }
    let all = async { while storing.next().await.is_some() {} };
    let _ = timeout(DRAIN.saturating_sub(TAKE), all).await;
}

async fn store(context: &Context, kind: Kind, datagrams: Vec<(SocketAddr, Option<Vec<u8>>)>) {
    let messages = datagrams.into_iter().filter_map(|(peer, message)| Some((peer, message?)));
    let entries = messages.filter(|(_, message)| !message.is_empty()).flat_map(|(peer, message)| {
        let peer = if peer == NO_PEER { String::new() } else { peer.ip().to_canonical().to_string() };
        kind.entries(context, &peer, vec![Bytes::from(message)])
    });
    store_all(context, entries.collect()).await;
}

/// Says what of GELF's messages never came.
fn report(context: &Context, chunks: &mut Chunks) {
    chunks.give_up(Instant::now());
    let (incomplete, malformed) = chunks.losses();
    if incomplete + malformed > 0 {
        tracing::warn!(
            input = %context.name,
            incomplete,
            malformed,
            "messages in chunks are lost: UDP did not bring all chunks in five seconds, or they were no chunks"
        );
    }
}
