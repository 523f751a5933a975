use std::net::SocketAddr;
use std::time::{Duration, Instant};

use super::{Chunks, MAX_INCOMPLETE, MAX_INCOMPLETE_BYTES, MAX_WAIT, encoding};
use crate::entry::Encoding;

fn peer(port: u16) -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], port))
}

fn chunk(id: u64, number: u8, count: u8, bytes: &[u8]) -> Vec<u8> {
    [b"\x1e\x0f", &id.to_be_bytes()[..], &[number, count], bytes].concat()
}

#[test]
fn chunks_become_their_message_in_any_order() {
    let now = Instant::now();
    let check = |datagrams: &[(u16, Vec<u8>)], expect: &[&[u8]]| {
        let mut chunks = Chunks::default();
        let messages = datagrams.iter().filter_map(|(port, datagram)| chunks.take(datagram, peer(*port), now));
        assert_eq!(messages.collect::<Vec<_>>(), expect);
        assert_eq!(chunks.losses(), (0, 0));
    };
    check(&[(1, b"{}".to_vec())], &[b"{}"]);
    check(&[(1, chunk(7, 1, 2, b"}")), (1, chunk(7, 0, 2, b"{"))], &[b"{}"]);
    check(&[(1, chunk(7, 0, 1, b"{}"))], &[b"{}"]);
    // A chunk that comes twice.
    check(&[(1, chunk(7, 0, 2, b"{")), (1, chunk(7, 0, 2, b"x")), (1, chunk(7, 1, 2, b"}"))], &[b"{}"]);
    // The same number of two senders.
    check(&[(1, chunk(7, 0, 2, b"a")), (2, chunk(7, 1, 2, b"b"))], &[]);
    let two = [chunk(7, 0, 2, b"a"), chunk(8, 1, 2, b"d"), chunk(8, 0, 2, b"c"), chunk(7, 1, 2, b"b")];
    check(&two.map(|chunk| (1, chunk)), &[b"cd", b"ab"]);
}

#[test]
fn what_is_no_chunk_is_counted() {
    let check = |datagram: &[u8]| {
        let mut chunks = Chunks::default();
        assert_eq!(chunks.take(datagram, peer(1), Instant::now()), None);
        assert_eq!(chunks.losses(), (0, 1), "{}", datagram.escape_ascii());
        assert_eq!(chunks.losses(), (0, 0));
    };
    check(b"\x1e\x0f");
    check(&chunk(7, 0, 1, b"")[..11]);
    check(&chunk(7, 2, 2, b"a"));
    check(&chunk(7, 0, 0, b"a"));
    check(&chunk(7, 0, 129, b"a"));
}

#[test]
fn incomplete_messages_are_given_up_in_the_end() {
    let start = Instant::now();
    let mut chunks = Chunks::default();
    assert_eq!(chunks.take(&chunk(7, 0, 2, b"a"), peer(1), start), None);
    chunks.give_up(start + Duration::from_millis(4_999));
    assert_eq!(chunks.losses(), (0, 0));
    chunks.give_up(start + MAX_WAIT);
    assert_eq!(chunks.losses(), (1, 0));
    assert_eq!(chunks.take(&chunk(7, 1, 2, b"b"), peer(1), start + MAX_WAIT), None);
}

#[test]
fn incomplete_messages_are_bounded() {
    let start = Instant::now();
    let mut chunks = Chunks::default();
    for id in 0..MAX_INCOMPLETE as u64 + 2 {
        let now = start + Duration::from_micros(id);
        assert_eq!(chunks.take(&chunk(id, 0, 2, b"a"), peer(1), now), None);
    }
    assert_eq!((chunks.losses(), chunks.incomplete.len()), ((2, 0), MAX_INCOMPLETE));
    // The oldest were given up.
    assert_eq!(chunks.take(&chunk(2, 1, 2, b"b"), peer(1), start), Some(b"ab".to_vec()));
    let mut chunks = Chunks::default();
    let large = vec![0; 65_000];
    for id in 0..1_000_u64 {
        chunks.take(&chunk(id / 100, u8::try_from(id % 100).unwrap(), 128, &large), peer(1), start);
    }
    chunks.take(&chunk(10, 0, 128, &vec![0; 60_000]), peer(1), start);
    chunks.take(&chunk(10, 1, 128, &vec![0; 60_000]), peer(1), start);
    let lost = (0..50_u8).map(|number| chunks.take(&chunk(11, number, 128, &large), peer(1), start)).count();
    assert_eq!((lost, chunks.losses().0 > 0), (50, true));
    assert!(chunks.bytes <= MAX_INCOMPLETE_BYTES);
}

#[test]
fn the_first_bytes_say_how_a_message_is_compressed() {
    assert_eq!(encoding(b"{\"version\":\"1.1\"}"), Encoding::Plain);
    assert_eq!(encoding(b""), Encoding::Plain);
    assert_eq!(encoding(b"\x1f\x8b\x08"), Encoding::Gzip);
    for level in [0x01, 0x5E, 0x9C, 0xDA] {
        assert_eq!(encoding(&[0x78, level, 1]), Encoding::Deflate);
    }
}
