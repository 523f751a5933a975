//! distlog: a `ZeroMQ` socket of type PULL, to which PUSH sockets connect. There are no answers: what a sender has handed to
//! `ZeroMQ` is on its way. While the spool is full, nobody reads, and the senders' queues fill.

#[cfg(test)]
mod tests;

use bytes::{Bytes, BytesMut};
use tokio::net::TcpListener;

use super::Context;
use super::net::{Incoming, accept, store_all};
use crate::entry::{Entry, Format};
use crate::protocol::zmtp::{Connection, Step, error_command};

/// How many messages are stored together.
const MAX_TOGETHER: usize = 1_024;
/// The letter of a topic that says how the body is encoded: the third of `PLJ` and `PLP`.
const ENCODING_AT: usize = 2;

/// Takes connections until the forwarder ends.
pub async fn run(context: Context, listener: TcpListener) {
    let serve = |stream, peer| serve(context.clone(), Incoming::new(context.clone(), stream), peer);
    accept(&context, listener, serve).await;
}

async fn serve(context: Context, mut incoming: Incoming, peer: String) {
    let (mut connection, mut buffer) = (Connection::default(), BytesMut::new());
    loop {
        let mut entries = Vec::new();
        let is_done = loop {
            match connection.next(&mut buffer) {
                Ok(Step::More) => break true,
                Ok(Step::Send(bytes)) => {
                    // Whoever hears nothing may still send.
                    incoming.answer(&bytes).await;
                }
                Ok(Step::Message(frames)) => {
                    entries.extend(entry(&context, &peer, &frames));
                    if entries.len() == MAX_TOGETHER {
                        break false;
                    }
                }
                Ok(Step::TooLarge { bytes }) => {
                    if let Some(unsaid) = context.counts.complaints.due("size") {
                        let input = &context.name;
                        tracing::warn!(%input, %peer, bytes, unsaid, "a message is too large, and left out");
                    }
                }
                Err(error) => {
                    if let Some(unsaid) = context.counts.complaints.due("closed") {
                        tracing::warn!(input = %context.name, %peer, %error, unsaid, "a connection is closed");
                    }
                    incoming.answer(&error_command(&error)).await;
                    store_all(&context, entries).await;
                    return;
                }
            }
        };
        store_all(&context, entries).await;
        if is_done && !incoming.fill(&mut buffer).await {
            return;
        }
    }
}

/// Returns the entry of a message: a topic and a body.
fn entry(context: &Context, peer: &str, frames: &[Bytes]) -> Option<Entry> {
    let (topic, body) = match frames {
        [] => return None,
        [body] => (&b""[..], body.to_vec()),
        [topic, body @ ..] => (&topic[..], body.concat()),
    };
    let format = if topic.get(ENCODING_AT) == Some(&b'P') { Format::DistlogPickle } else { Format::DistlogJson };
    let tag = String::from_utf8_lossy(topic).into_owned();
    Some(Entry { peer: peer.to_owned(), tag, ..Entry::new(&context.name, format, body) })
}
