//! Syslog, GELF and lines of JSON over TCP, UDP and a Unix socket. Their senders get no answers.

#[cfg(test)]
mod tests;
mod udp;

use std::fs::{self, Permissions};
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use bytes::{Bytes, BytesMut};
use tokio::net::{TcpListener, UnixDatagram};

pub use self::udp::{bind, run_udp, run_unix};
use super::Context;
use super::net::{Incoming, accept, store_all};
use crate::entry::{Entry, Format};
use crate::protocol::framing::{Frames, Framing};
use crate::protocol::gelf;

/// How many messages are stored together.
const MAX_TOGETHER: usize = 1_024;

/// What is sent.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Kind {
    /// Syslog's messages.
    Syslog,
    /// GELF's messages.
    Gelf,
    /// Lines of JSON.
    Json,
}

impl Kind {
    fn framing(self) -> Framing {
        match self {
            Self::Syslog => Framing::Syslog,
            Self::Gelf => Framing::Nul,
            Self::Json => Framing::Lines,
        }
    }

    /// Returns the entries of messages that came together. Lines of JSON are one entry.
    fn entries(self, context: &Context, peer: &str, messages: Vec<Bytes>) -> Vec<Entry> {
        let entry =
            |format, payload: Vec<u8>| Entry { peer: peer.to_owned(), ..Entry::new(&context.name, format, payload) };
        let gelf = |message: Bytes| Entry { encoding: gelf::encoding(&message), ..entry(Format::Gelf, message.into()) };
        match self {
            Self::Syslog => messages.into_iter().map(|message| entry(Format::Syslog, message.into())).collect(),
            Self::Gelf => messages.into_iter().map(gelf).collect(),
            Self::Json if messages.is_empty() => Vec::new(),
            Self::Json => vec![entry(Format::JsonLines, messages.join(&b"\n"[..]))],
        }
    }
}

/// Takes connections over TCP until the forwarder ends.
pub async fn run_tcp(context: Context, listener: TcpListener, kind: Kind) {
    let serve = |stream, peer| serve(context.clone(), Incoming::new(context.clone(), stream), peer, kind);
    accept(&context, listener, serve).await;
}

async fn serve(context: Context, mut incoming: Incoming, peer: String, kind: Kind) {
    let (mut frames, mut buffer) = (Frames::new(kind.framing()), BytesMut::new());
    let mut is_open = true;
    while is_open {
        is_open = incoming.fill(&mut buffer).await;
        loop {
            let take = |frames: &mut Frames, buffer: &mut BytesMut| {
                if is_open { frames.next(buffer) } else { frames.rest(buffer) }
            };
            let messages: Vec<Bytes> =
                std::iter::from_fn(|| take(&mut frames, &mut buffer)).take(MAX_TOGETHER).collect();
            if messages.is_empty() {
                break;
            }
            store_all(&context, kind.entries(&context, &peer, messages)).await;
        }
    }
}

/// Opens a Unix socket for datagrams, to which everybody may write, as to `/dev/log`. What a forwarder that was killed has
/// left is replaced.
pub fn bind_unix(path: &Path) -> io::Result<UnixDatagram> {
    let _ = fs::remove_file(path);
    let socket = UnixDatagram::bind(path)?;
    fs::set_permissions(path, Permissions::from_mode(0o666))?;
    Ok(socket)
}
