//! Standard input: lines of JSON or text.

use std::io::Read;
use std::thread;

use bytes::{Bytes, BytesMut};
use tokio::sync::mpsc;

use super::Context;
use super::net::store_all;
use crate::entry::{Entry, Format};
use crate::protocol::framing::{Frames, Framing};
use crate::protocol::text;

/// What is read at once.
const READ_BYTES: usize = 256 * 1024;
/// How many times so much may wait to be stored.
const MAX_WAITING: usize = 2;

/// Reads a source on a thread of its own, which nobody waits for: reading standard input cannot be interrupted.
pub fn chunks(mut source: impl Read + Send + 'static) -> std::io::Result<mpsc::Receiver<Vec<u8>>> {
    let (sender, receiver) = mpsc::channel(MAX_WAITING);
    thread::Builder::new().name("stdin".to_owned()).spawn(move || {
        let mut buffer = vec![0; READ_BYTES];
        loop {
            match source.read(&mut buffer) {
                Ok(0) => return,
                Ok(count) => {
                    if sender.blocking_send(buffer.get(..count).unwrap_or_default().to_vec()).is_err() {
                        return;
                    }
                }
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                Err(error) => return tracing::warn!(%error, "standard input cannot be read"),
            }
        }
    })?;
    Ok(receiver)
}

/// Stores lines to the end, or until the forwarder ends.
pub async fn run(context: Context, mut chunks: mpsc::Receiver<Vec<u8>>) {
    let (mut frames, mut buffer) = (Frames::new(Framing::Lines), BytesMut::new());
    let mut is_open = true;
    while is_open {
        let chunk = tokio::select! {
            biased;
            chunk = chunks.recv() => chunk,
            () = context.ended() => None,
        };
        is_open = chunk.is_some();
        buffer.extend_from_slice(&chunk.unwrap_or_default());
        let take = || if is_open { frames.next(&mut buffer) } else { frames.rest(&mut buffer) };
        let lines: Vec<Bytes> = std::iter::from_fn(take).collect();
        if !lines.is_empty() {
            let text = lines.iter().map(|line| text::from_bytes(line)).collect::<Vec<_>>().join("\n");
            store_all(&context, vec![Entry::new(&context.name, Format::JsonLines, text.into())]).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::{chunks, run};
    use crate::inputs::testing::{TestInput, soon};

    #[tokio::test]
    async fn lines_are_stored_to_the_end() {
        let mut place = TestInput::new();
        let source = Cursor::new(b"{\"a\":1}\r\nt\xe9xt\n\nno line feed");
        soon(run(place.context.clone(), chunks(source).unwrap())).await;
        assert_eq!(place.texts(2).await, ["{\"a\":1}\nt\\xe9xt", "no line feed"]);
        place.assert_no_more();
    }

    #[tokio::test]
    async fn it_ends_with_the_forwarder() {
        let (sender, receiver) = tokio::sync::mpsc::channel(1);
        let mut place = TestInput::new();
        sender.send(b"a\nb".to_vec()).await.unwrap();
        place.end();
        soon(run(place.context.clone(), receiver)).await;
        assert_eq!(place.texts(2).await, ["a", "b"]);
    }
}
