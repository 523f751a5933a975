use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

use record::Secret;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::{Secrets, run_tcp};
use crate::entry::Identity;
use crate::inputs::{Context, listen};
use crate::spool::{Read, Settings, Spool};

/// `[tag, [[1, {}]], {chunk: "x"}]`
const ASKS: &[u8] = b"\x93\xa1t\x91\x92\x01\x80\x81\xa5chunk\xd9\x01x";
const ACK: &[u8] = b"\x81\xa3ack\xd9\x01x";
/// `[tag, 1, {}]`
const PLAIN: &[u8] = b"\x93\xa1t\x01\x80";

struct Server {
    spool: Spool,
    end: watch::Sender<bool>,
    address: std::net::SocketAddr,
    task: JoinHandle<()>,
    _folder: tempfile::TempDir,
}

fn server(max_bytes: u64, secrets: Option<Secrets>) -> Server {
    let folder = tempfile::tempdir().unwrap();
    let spool = Spool::open(Settings { folder: folder.path().to_owned(), max_bytes }).unwrap();
    let (end, ending) = watch::channel(false);
    let context =
        Context { name: Arc::from("fluent"), spooler: spool.spooler().unwrap(), counts: Arc::default(), ending };
    let listener: TcpListener = listen("127.0.0.1:0".parse().unwrap()).unwrap();
    let address = listener.local_addr().unwrap();
    let task = tokio::spawn(run_tcp(context, listener, Arc::default(), secrets.map(Arc::new)));
    Server { spool, end, address, task, _folder: folder }
}

impl Server {
    async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.unwrap()
    }

    /// Ends the server, and returns what it stored.
    async fn stored(self) -> Vec<(Identity, Vec<u8>)> {
        self.end.send(true).unwrap();
        self.task.await.unwrap();
        read(&self.spool)
    }
}

fn read(spool: &Spool) -> Vec<(Identity, Vec<u8>)> {
    let (mut stored, mut reader) = (Vec::new(), spool.reader(None));
    let mut keep = |entry: crate::entry::Stored<'_>| stored.push((entry.identity, entry.payload.to_vec()));
    while reader.next(Instant::now(), &mut keep).unwrap() == Read::Entry {}
    stored
}

async fn expect(stream: &mut TcpStream, bytes: &[u8]) {
    let mut read = vec![0; bytes.len()];
    stream.read_exact(&mut read).await.unwrap();
    assert_eq!(read, bytes);
}

#[tokio::test]
async fn a_chunk_is_answered_byte_for_byte_when_it_is_on_disk() {
    // fluent-bit#9288: others answer before.
    let server = server(1 << 30, None);
    let mut stream = server.connect().await;
    // In pieces, with messages around that wish no answer.
    let message = [PLAIN, PLAIN, ASKS, PLAIN].concat();
    for piece in message.chunks(5) {
        stream.write_all(piece).await.unwrap();
    }
    expect(&mut stream, ACK).await;
    let before = read(&server.spool);
    assert!(before.iter().any(|(_, payload)| payload == ASKS), "answered before it was stored");
    drop(stream);
    let stored: Vec<u8> = server.stored().await.into_iter().flat_map(|(_, payload)| payload).collect();
    assert_eq!(stored, message);
}

#[tokio::test]
async fn a_chunk_that_comes_again_has_the_same_identity() {
    let server = server(1 << 30, None);
    for _ in 0..2 {
        let mut stream = server.connect().await;
        stream.write_all(ASKS).await.unwrap();
        expect(&mut stream, ACK).await;
    }
    let stored = server.stored().await;
    assert_eq!(stored[0], stored[1]);
    assert!(matches!(stored[0].0, Identity::Seed(_)));
}

#[tokio::test]
async fn an_id_of_fluent_bits_that_comes_after_its_answer_is_another_chunk() {
    let chunk = b"\x93\xa1t\x91\x92\x01\x80\x82\xa5chunk\xa1x\xadfluent_signal\x00";
    let server = server(1 << 30, None);
    for _ in 0..2 {
        // The second connection sends again what the first one sent at first: it may have lost the answer.
        let mut stream = server.connect().await;
        for _ in 0..3 {
            stream.write_all(chunk).await.unwrap();
            expect(&mut stream, b"\x81\xa3ack\xa1x").await;
        }
    }
    let ids: Vec<Identity> = server.stored().await.into_iter().map(|(identity, _)| identity).collect();
    assert!(ids[0] != ids[1] && ids[1] != ids[2] && ids[0] != ids[2]);
    assert_eq!(ids[..3], ids[3..]);
}

#[tokio::test]
async fn what_was_sent_before_the_end_is_read() {
    // fluent-logger does not look before it writes: what it sent meanwhile must not be lost.
    let server = server(1 << 30, None);
    let mut stream = server.connect().await;
    stream.write_all(ASKS).await.unwrap();
    expect(&mut stream, ACK).await;
    server.end.send(true).unwrap();
    // The server closes its side. The sender learns it, and has already written more.
    assert_eq!(stream.read(&mut [0; 8]).await.unwrap(), 0);
    stream.write_all(PLAIN).await.unwrap();
    drop(stream);
    let stored = server.stored().await;
    assert_eq!(stored.last().unwrap().1, PLAIN);
}

#[tokio::test]
async fn nobody_is_heard_while_the_spool_is_full() {
    let server = server(100_000, None);
    let large =
        [b"\x94\xa1t\x01\x81\xa1a\xc6\x00\x01\x00\x00", &vec![b'x'; 65_536][..], b"\x81\xa5chunk\xa1x"].concat();
    let mut stream = server.connect().await;
    let mut plain = server.connect().await;
    stream.write_all(&large).await.unwrap();
    expect(&mut stream, b"\x81\xa3ack\xa1x").await;
    // It is full: no answer, and the connection is closed.
    stream.write_all(&large).await.unwrap();
    assert!(!matches!(stream.read(&mut [0; 8]).await, Ok(1..)));
    // New connections are refused.
    while TcpStream::connect(server.address).await.is_ok() {
        tokio::task::yield_now().await;
    }
    // A sender that wishes no answers waits. When there is room again, what it sent is stored.
    let without = &large[..large.len() - 9];
    let waits = [b"\x93", &without[1..]].concat();
    plain.write_all(&waits).await.unwrap();
    let mut reader = server.spool.reader(None);
    reader.next(Instant::now(), &mut |_| ()).unwrap();
    while TcpStream::connect(server.address).await.is_err() {
        server.spool.release(crate::spool::Position { segment: u64::MAX, offset: 0 });
        tokio::task::yield_now().await;
    }
    drop(plain);
    assert_eq!(server.stored().await.pop().unwrap().1, waits);
}

#[tokio::test]
async fn a_sender_without_the_key_is_refused() {
    let secrets = Secrets { shared_key: Secret::new("key".to_owned()), users: BTreeMap::default() };
    let server = server(1 << 30, Some(secrets));
    let mut stream = server.connect().await;
    // fluent-logger ignores the greeting, and sends at once.
    stream.write_all(PLAIN).await.unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.unwrap();
    assert!(answer.windows(4).any(|part| part == b"HELO") && answer.windows(7).any(|part| part == b"no PING"));
    assert_eq!(server.stored().await, []);
}

#[tokio::test]
async fn a_stream_that_is_something_else_is_kept_and_closed() {
    let server = server(1 << 30, None);
    let mut stream = server.connect().await;
    stream.write_all(&[PLAIN, b"\xc1garbage"].concat()).await.unwrap();
    assert!(!matches!(stream.read(&mut [0; 8]).await, Ok(1..)));
    let stored: Vec<Vec<u8>> = server.stored().await.into_iter().map(|(_, payload)| payload).collect();
    assert_eq!(stored, [PLAIN, b"\xc1garbage"]);
}
