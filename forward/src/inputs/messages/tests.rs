use std::net::{Ipv4Addr, SocketAddr};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpStream, UdpSocket, UnixDatagram};
use tokio::spawn;

use super::{Kind, bind, bind_unix, run_tcp, run_udp, run_unix};
use crate::entry::{Encoding, Format};
use crate::inputs::listen;
use crate::inputs::testing::{TestInput, soon};

fn loopback() -> SocketAddr {
    (Ipv4Addr::LOCALHOST, 0).into()
}

/// Sends these parts over TCP, closes the connection, and returns what was stored.
async fn over_tcp(kind: Kind, parts: &[&[u8]], count: usize) -> Vec<(Format, Encoding, String)> {
    let mut place = TestInput::new();
    let listener = listen(loopback()).unwrap();
    let address = listener.local_addr().unwrap();
    let input = spawn(run_tcp(place.context.clone(), listener, kind));
    let mut stream = TcpStream::connect(address).await.unwrap();
    for part in parts {
        stream.write_all(part).await.unwrap();
        stream.flush().await.unwrap();
    }
    drop(stream);
    let entries = place.entries(count).await;
    place.end();
    soon(input).await.unwrap();
    place.assert_no_more();
    assert!(entries.iter().all(|entry| entry.peer == "127.0.0.1"));
    entries.iter().map(|entry| (entry.format, entry.encoding, entry.text())).collect()
}

#[tokio::test]
async fn messages_over_tcp_are_stored() {
    let plain = |format, texts: &[&str]| -> Vec<_> {
        texts.iter().map(|text| (format, Encoding::Plain, (*text).to_owned())).collect()
    };
    assert_eq!(
        over_tcp(Kind::Syslog, &[b"9 <34>a\nb\nc", b"<34>d\n<34>e\0\n<34", b">f"], 4).await,
        plain(Format::Syslog, &["<34>a\nb\nc", "<34>d", "<34>e", "<34>f"])
    );
    assert_eq!(
        over_tcp(Kind::Gelf, &[b"{\"a\":\n1}\0{\"b\":", b"2}\0{\"c\":3}"], 3).await,
        plain(Format::Gelf, &["{\"a\":\n1}", "{\"b\":2}", "{\"c\":3}"])
    );
    // Lines that come together are one entry.
    assert_eq!(
        over_tcp(Kind::Json, &[b"{\"a\":1}\n\r\n{\"b\":2}\r\n"], 1).await,
        plain(Format::JsonLines, &["{\"a\":1}\n{\"b\":2}"])
    );
    assert_eq!(over_tcp(Kind::Json, &[b"{\"a\":1}"], 1).await, plain(Format::JsonLines, &["{\"a\":1}"]));
}

#[tokio::test]
async fn datagrams_are_stored() {
    async fn check(kind: Kind, datagrams: &[&[u8]], expect: &[(Format, Encoding, &[u8])]) {
        let mut place = TestInput::new();
        let socket = bind(loopback()).unwrap();
        let address = socket.local_addr().unwrap();
        let input = spawn(run_udp(place.context.clone(), socket, kind));
        let sender = UdpSocket::bind(loopback()).await.unwrap();
        for datagram in datagrams {
            sender.send_to(datagram, address).await.unwrap();
        }
        let entries = place.entries(expect.len()).await;
        place.end();
        soon(input).await.unwrap();
        place.assert_no_more();
        let entries: Vec<_> = entries.iter().map(|entry| (entry.format, entry.encoding, &entry.payload[..])).collect();
        assert_eq!(entries, expect);
    }
    check(
        Kind::Syslog,
        &[b"<34>a\nb", b"", b"<34>c\n"],
        &[(Format::Syslog, Encoding::Plain, b"<34>a\nb"), (Format::Syslog, Encoding::Plain, b"<34>c\n")],
    )
    .await;
    let gzip = b"\x1f\x8b\x08abc";
    check(
        Kind::Gelf,
        &[b"{}", b"\x1e\x0f12345678\x01\x02c", gzip, b"\x1e\x0f12345678\x00\x02\x1f\x8b\x08ab", b"\x1e\x0f"],
        &[
            (Format::Gelf, Encoding::Plain, b"{}"),
            (Format::Gelf, Encoding::Gzip, gzip),
            (Format::Gelf, Encoding::Gzip, gzip),
        ],
    )
    .await;
    check(Kind::Json, &[b"{}\n{}"], &[(Format::JsonLines, Encoding::Plain, b"{}\n{}")]).await;
}

#[tokio::test]
async fn datagrams_of_a_unix_socket_are_stored() {
    let mut place = TestInput::new();
    let path = place.folder.path().join("log");
    drop(bind_unix(&path).unwrap());
    let input = spawn(run_unix(place.context.clone(), bind_unix(&path).unwrap(), Kind::Syslog));
    let sender = UnixDatagram::unbound().unwrap();
    sender.send_to(b"<14>order 17 placed\0", &path).await.unwrap();
    let entries = place.entries(1).await;
    assert_eq!((entries[0].text().as_str(), entries[0].peer.as_str()), ("<14>order 17 placed\0", ""));
    // What the kernel has when the forwarder ends is read.
    place.end();
    soon(input).await.unwrap();
}

#[tokio::test]
async fn when_the_forwarder_ends_those_who_have_connected_are_read() {
    let mut place = TestInput::new();
    let listener = listen(loopback()).unwrap();
    for number in 0..3 {
        let mut stream = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        stream.write_all(format!("<34>{number}\n").as_bytes()).await.unwrap();
    }
    place.end();
    soon(run_tcp(place.context.clone(), listener, Kind::Syslog)).await;
    assert_eq!(place.texts(3).await.len(), 3);
}

#[tokio::test]
async fn when_the_forwarder_ends_the_datagrams_that_came_are_stored() {
    // More than are taken together.
    const DATAGRAMS: usize = 300;
    let mut place = TestInput::new();
    let socket = bind(loopback()).unwrap();
    let sender = UdpSocket::bind(loopback()).await.unwrap();
    for _ in 0..DATAGRAMS {
        sender.send_to(b"<34>a", socket.local_addr().unwrap()).await.unwrap();
    }
    place.end();
    soon(run_udp(place.context.clone(), socket, Kind::Syslog)).await;
    assert_eq!(place.texts(DATAGRAMS).await.len(), DATAGRAMS);
}

#[tokio::test]
async fn when_the_forwarder_ends_a_sender_is_told_and_read_to_its_end() {
    let mut place = TestInput::new();
    let listener = listen(loopback()).unwrap();
    let address = listener.local_addr().unwrap();
    let input = spawn(run_tcp(place.context.clone(), listener, Kind::Syslog));
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(b"<34>a\n").await.unwrap();
    assert_eq!(place.texts(1).await, ["<34>a"]);
    place.end();
    assert_eq!(soon(stream.read(&mut [0; 8])).await.unwrap(), 0);
    stream.write_all(b"<34>b\n<34>c").await.unwrap();
    drop(stream);
    assert_eq!(place.texts(2).await, ["<34>b", "<34>c"]);
    soon(input).await.unwrap();
    assert!(TcpStream::connect(address).await.is_err());
}

#[tokio::test]
async fn while_the_spool_is_full_nobody_reads() {
    const MAX_BYTES: u64 = 400_000;
    let mut place = TestInput::of_size(MAX_BYTES);
    let listener = listen(loopback()).unwrap();
    let address = listener.local_addr().unwrap();
    let input = spawn(run_tcp(place.context.clone(), listener, Kind::Syslog));
    let mut stream = TcpStream::connect(address).await.unwrap();
    let count = 1_000;
    let message = format!("<34>{}\n", "x".repeat(10_000));
    let writing = spawn(async move {
        for _ in 0..count {
            stream.write_all(message.as_bytes()).await.unwrap();
        }
    });
    while !place.context.spooler.is_full() {
        tokio::task::yield_now().await;
    }
    // All arrive, though only a few fit at once.
    for _ in 0..count / 10 {
        assert_eq!(place.texts(10).await.len(), 10);
        place.release();
    }
    soon(writing).await.unwrap();
    place.end();
    soon(input).await.unwrap();
    place.assert_no_more();
}
