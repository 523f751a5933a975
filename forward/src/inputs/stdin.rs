//! Standard input: lines of JSON or text.

use bytes::{Bytes, BytesMut};
use tokio::io::{AsyncRead, AsyncReadExt as _};

use super::Context;
use super::net::store_all;
use crate::entry::{Entry, Format};
use crate::protocol::framing::{Frames, Framing};
use crate::protocol::text;

/// What is read at once.
const READ_BYTES: usize = 256 * 1024;

/// Reads lines to the end, or until the forwarder ends.
pub async fn run(context: Context, mut input: impl AsyncRead + Unpin) {
    let (mut frames, mut buffer) = (Frames::new(Framing::Lines), BytesMut::new());
    let mut is_open = true;
    while is_open {
        buffer.reserve(READ_BYTES);
        is_open = tokio::select! {
            biased;
            count = input.read_buf(&mut buffer) => match count {
                Ok(count) => count > 0,
                Err(error) => {
                    tracing::warn!(input = %context.name, %error, "standard input cannot be read");
                    false
                }
            },
            () = context.ended() => false,
        };
        let take = || if is_open { frames.next(&mut buffer) } else { frames.rest(&mut buffer) };
        let lines: Vec<Bytes> = std::iter::from_fn(take).collect();
        if !lines.is_empty() {
            let text = lines.iter().map(|line| text::from_bytes(line)).collect::<Vec<_>>().join("\n");
            store_all(&context, vec![Entry::new(&context.name, Format::JsonLines, text.into())]).await;
        }
    }
}
