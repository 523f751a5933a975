use bytes::{BufMut, Bytes, BytesMut};
use proptest::prelude::*;

use super::{Connection, MAX_FRAMES, MAX_MESSAGE_BYTES, Step, ZmtpError, error_command};

macro_rules! fixture {
    ($name:literal) => {
        include_bytes!(concat!("../../../../tests/fixtures/distlog/", $name)).as_slice()
    };
}

/// The READY of a PULL socket of libzmq.
const READY: &[u8] = b"\x04\x1a\x05READY\x0bSocket-Type\x00\x00\x00\x04PULL";

/// What came of a connection.
#[derive(Debug, Default, PartialEq)]
struct Outcome {
    sent: Vec<u8>,
    messages: Vec<Vec<Bytes>>,
    too_large: Vec<u64>,
    error: Option<ZmtpError>,
}

/// Gives a connection bytes, so many at once.
fn run(bytes: &[u8], at_once: usize) -> Outcome {
    let (mut connection, mut input, mut outcome) = (Connection::default(), BytesMut::new(), Outcome::default());
    for chunk in [&[][..]].into_iter().chain(bytes.chunks(at_once)) {
        input.extend_from_slice(chunk);
        loop {
            match connection.next(&mut input) {
                Ok(Step::More) => break,
                Ok(Step::Send(bytes)) => outcome.sent.extend_from_slice(&bytes),
                Ok(Step::Message(frames)) => outcome.messages.push(frames),
                Ok(Step::TooLarge { bytes }) => outcome.too_large.push(bytes),
                Err(error) => {
                    outcome.error = Some(error);
                    return outcome;
                }
            }
        }
    }
    outcome
}

/// Returns a greeting of version 3 and this minor version, and the READY of a PUSH socket.
fn opening(minor: u8) -> Vec<u8> {
    let mut greeting = [&b"\xff\0\0\0\0\0\0\0\x01\x7f\x03"[..], &[minor], b"NULL"].concat();
    greeting.resize(64, 0);
    greeting.extend_from_slice(b"\x04\x1a\x05READY\x0bSocket-Type\x00\x00\x00\x04PUSH");
    greeting
}

fn frame(flags: u8, body: &[u8]) -> Vec<u8> {
    let mut frame = BytesMut::new();
    if let Ok(length) = u8::try_from(body.len()) {
        frame.put_slice(&[flags, length]);
    } else {
        frame.put_u8(flags | 2);
        frame.put_u64(body.len() as u64);
    }
    frame.put_slice(body);
    frame.to_vec()
}

#[test]
fn distlogs_messages_arrive_however_they_are_cut() {
    fn check(captured: &[u8], topic: &str, messages: usize) {
        for at_once in [1, 7, 64, 100_000] {
            let outcome = run(captured, at_once);
            assert_eq!(outcome.error, None);
            // The same that libzmq's PULL answers, but for a signature whose filling is free.
            assert_eq!(outcome.sent[..10], *b"\xff\0\0\0\0\0\0\0\0\x7f");
            assert_eq!(&outcome.sent[10..16], b"\x03\x01NULL");
            assert_eq!(outcome.sent[64..64 + READY.len()], *READY);
            assert_eq!(outcome.messages.len(), messages);
            for message in &outcome.messages {
                assert_eq!((message.len(), &message[0][..]), (2, topic.as_bytes()));
            }
        }
    }
    check(fixture!("json.zmtp"), "PLJ", 4);
    check(fixture!("pickle.zmtp"), "PLP", 4);
    check(fixture!("heartbeat.zmtp"), "PLJ", 1);
}

#[test]
fn distlogs_formats_give_the_same_records() {
    let records = |captured: &[u8], read: fn(&[u8]) -> serde_json::Value| {
        let records = run(captured, usize::MAX).messages.into_iter().map(|message| read(&message[1]));
        records
            .map(|mut record| {
                for differs in
                    ["created", "msecs", "relativeCreated", "thread", "process", "asctime", "context", "lineno", "big"]
                {
                    record[differs].take();
                }
                record
            })
            .collect::<Vec<_>>()
    };
    let json = records(fixture!("json.zmtp"), |body| serde_json::from_slice(body).unwrap());
    let pickle = records(fixture!("pickle.zmtp"), |body| crate::protocol::pickle::read(body).unwrap());
    assert_eq!(json, pickle);
    assert_eq!(pickle[2]["message"], "card of Zoë");
    assert_eq!(pickle[2]["items"], serde_json::json!([1, [2, 3]]));
}

#[test]
fn a_ping_is_answered() {
    let outcome = run(fixture!("heartbeat.zmtp"), 1);
    assert_eq!(outcome.sent[64 + READY.len()..], b"\x04\x05\x04PONG".repeat(5));
    let with_context = [opening(1), frame(4, b"\x04PING\x00\x1eabc")].concat();
    assert!(run(&with_context, 1).sent.ends_with(b"\x04\x08\x04PONGabc"));
}

#[test]
fn frames_may_be_short_long_empty_and_many() {
    fn check(minor: u8, frames: &[(u8, &[u8])], expect: &[&[&[u8]]]) {
        let bytes: Vec<u8> = frames.iter().flat_map(|(flags, body)| frame(*flags, body)).collect();
        let bytes = [opening(minor), bytes].concat();
        for at_once in [1, 3, usize::MAX] {
            let outcome = run(&bytes, at_once);
            assert_eq!((outcome.error, outcome.too_large), (None, vec![]));
            assert_eq!(outcome.messages, expect);
        }
    }
    let long = b"x".repeat(300);
    check(0, &[(1, b"PLJ"), (0, b"{}")], &[&[b"PLJ", b"{}"]]);
    check(1, &[(1, b"PLJ"), (0, &long), (0, b"")], &[&[b"PLJ", &long], &[b""]]);
    check(2, &[(1, b"a"), (1, b"b"), (0, b"c")], &[&[b"a", b"b", b"c"]]);
    // Commands may come between messages. What is unknown means nothing.
    check(1, &[(0, b"a"), (4, b"\x09SUBSCRIBE"), (0, b"b")], &[&[b"a"], &[b"b"]]);
}

#[test]
fn a_message_that_is_too_large_is_skipped() {
    let large = b"x".repeat(MAX_MESSAGE_BYTES - 2);
    let many: Vec<u8> = frame(1, b"a").repeat(MAX_FRAMES);
    let check = |parts: &[&[u8]], expect: &[u64]| {
        let bytes = [&opening(1)[..], &parts.concat(), &frame(0, b"after")].concat();
        for at_once in [65_536, usize::MAX] {
            let outcome = run(&bytes, at_once);
            assert_eq!((&outcome.error, &outcome.too_large[..]), (&None, expect));
            assert_eq!(outcome.messages, [[b"after".as_slice()]]);
        }
    };
    check(&[&frame(1, b"PLJ"), &frame(0, &large)], &[MAX_MESSAGE_BYTES as u64 + 1]);
    check(&[&frame(1, b"PLJ"), &frame(1, &large), &frame(0, b"")], &[MAX_MESSAGE_BYTES as u64 + 1]);
    check(&[&frame(1, &large), &frame(1, b"abc"), &frame(0, b"d")], &[MAX_MESSAGE_BYTES as u64 + 2]);
    check(&[&many, &frame(0, b"")], &[MAX_FRAMES as u64]);
    check(&[&many, &frame(1, b"b"), &frame(1, b""), &frame(0, b"c")], &[MAX_FRAMES as u64 + 2]);
}

#[test]
fn nothing_is_kept_of_a_message_that_is_too_large() {
    let (mut connection, mut input) = (Connection::default(), BytesMut::new());
    input.extend_from_slice(&[opening(1), frame(1, b"a").repeat(MAX_FRAMES + 2)].concat());
    while connection.next(&mut input).unwrap() != Step::More {}
    assert!(connection.message.frames.is_empty());
}

#[test]
fn who_does_not_speak_it_is_told() {
    fn check(bytes: &[u8], expect: &str) {
        for at_once in [1, usize::MAX] {
            let outcome = run(bytes, at_once);
            assert_eq!(
                outcome.error.map(|error| error.to_string()).as_deref(),
                Some(expect),
                "{}",
                bytes.escape_ascii()
            );
        }
    }
    let ready = |data: &[u8]| [&opening(1)[..64], &frame(4, &[b"\x05READY", data].concat())].concat();
    check(b"GET / HTTP/1.1\r\n", "it is not ZeroMQ: a greeting begins with FF and has 7F as its tenth byte");
    check(b"\xff\0\0\0\0\0\0\0\x01\x00", "it is not ZeroMQ: a greeting begins with FF and has 7F as its tenth byte");
    check(b"\xff\0\0\0\0\0\0\0\x01\x7f\x01", "ZMTP 1 is not supported: 3.0 and 3.1 are");
    let mut curve = opening(1);
    curve[12..17].copy_from_slice(b"CURVE");
    check(&curve, "the mechanism \"CURVE\" is not supported: NULL is");
    check(&ready(b"\x0bsocket-type\0\0\0\x03PUB"), "a \"PUB\" socket cannot send to a PULL socket: PUSH can");
    check(&ready(b"\x08Identity\0\0\0\x00"), "bad command: READY without a Socket-Type");
    check(&ready(b"\x0bSocket-Type\0\0\0\x05PUSH"), "bad command: READY is cut off");
    check(&[opening(1), opening(1)[64..].to_vec()].concat(), "bad command: READY comes once");
    check(&[&opening(1)[..64], &frame(0, b"a")].concat(), "bad command: READY must come before messages");
    check(&[opening(1), frame(4, &b"x".repeat(5_000))].concat(), "bad command: it is larger than 4096 bytes");
    check(&[opening(1), frame(4, b"\x04PING\x00")].concat(), "bad command: PING without a time to live");
    check(&[opening(1), frame(4, b"\x09PING")].concat(), "bad command: a name is cut off");
    check(&[opening(1), frame(8, b"a")].concat(), "bad flags of a frame: 0x08");
    check(&[opening(1), frame(5, b"a")].concat(), "bad flags of a frame: 0x05");
    assert_eq!(
        error_command(&ZmtpError::Version(1))[..],
        *b"\x04\x2f\x05ERROR\x28ZMTP 1 is not supported: 3.0 and 3.1 are"
    );
}

proptest! {
    #[test]
    fn any_bytes_have_an_outcome_however_they_are_cut(
        bytes in prop::collection::vec(any::<u8>(), 0..400),
        frames in prop::collection::vec((0_u8..8, 0_u8..12), 0..40),
        at_once in 1_usize..50,
    ) {
        prop_assert_eq!(run(&bytes, at_once).error.is_some(), run(&bytes, usize::MAX).error.is_some());
        let frames: Vec<u8> = frames.iter().flat_map(|(flags, length)| frame(*flags & !2, &vec![7; usize::from(*length)])).collect();
        let opened = [opening(1), frames, bytes].concat();
        prop_assert_eq!(run(&opened, at_once), run(&opened, usize::MAX));
    }
}
