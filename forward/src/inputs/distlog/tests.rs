use std::net::{Ipv4Addr, SocketAddr};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::spawn;

use super::run;
use crate::entry::Format;
use crate::inputs::listen;
use crate::inputs::testing::{TestInput, soon};

macro_rules! fixture {
    ($name:literal) => {
        include_bytes!(concat!("../../../../tests/fixtures/distlog/", $name)).as_slice()
    };
}

/// Sends bytes to the input. Returns what it stored and what it answered until it closed the connection.
async fn outcome(bytes: &[u8], entries: usize) -> (Vec<(Format, String, usize)>, Vec<u8>) {
    let mut place = TestInput::new();
    let listener = listen(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).unwrap();
    let address = listener.local_addr().unwrap();
    let input = spawn(run(place.context.clone(), listener));
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(bytes).await.unwrap();
    let entries = place.entries(entries).await;
    // The peer stays. When the forwarder ends, it is told.
    if !bytes.starts_with(b"GET") {
        place.end();
    }
    let mut answer = Vec::new();
    soon(stream.read_to_end(&mut answer)).await.unwrap();
    place.end();
    drop(stream);
    soon(input).await.unwrap();
    place.assert_no_more();
    (entries.into_iter().map(|entry| (entry.format, entry.tag.clone(), entry.payload.len())).collect(), answer)
}

#[tokio::test]
async fn distlogs_messages_are_stored() {
    let (entries, answer) = outcome(fixture!("json.zmtp"), 4).await;
    assert!(entries.iter().all(|(format, topic, _)| *format == Format::DistlogJson && topic == "PLJ"), "{entries:?}");
    assert!(answer.ends_with(b"\x04\x1a\x05READY\x0bSocket-Type\0\0\0\x04PULL"));
    let (entries, _) = outcome(fixture!("pickle.zmtp"), 4).await;
    assert!(entries.iter().all(|(format, topic, _)| *format == Format::DistlogPickle && topic == "PLP"), "{entries:?}");
    let (entries, answer) = outcome(fixture!("heartbeat.zmtp"), 1).await;
    assert_eq!(entries, [(Format::DistlogJson, "PLJ".to_owned(), 314)]);
    assert!(answer.ends_with(&b"\x04\x05\x04PONG".repeat(5)));
}

#[tokio::test]
async fn who_speaks_something_else_is_told_and_closed() {
    let (entries, answer) = outcome(b"GET / HTTP/1.1\r\n\r\n", 0).await;
    assert_eq!(entries, []);
    assert!(String::from_utf8_lossy(&answer).contains("it is not ZeroMQ"));
}
