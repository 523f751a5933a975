use bytes::BytesMut;
use proptest::prelude::*;

use super::{Frames, Framing, MAX_FRAME_BYTES};

/// Returns the frames of a stream that comes in chunks of this size.
fn frames(framing: Framing, stream: &[u8], at_once: usize) -> Vec<Vec<u8>> {
    let (mut frames, mut input, mut found) = (Frames::new(framing), BytesMut::new(), Vec::new());
    for chunk in stream.chunks(at_once) {
        input.extend_from_slice(chunk);
        while let Some(frame) = frames.next(&mut input) {
            found.push(frame.to_vec());
        }
    }
    while let Some(frame) = frames.rest(&mut input) {
        found.push(frame.to_vec());
    }
    found
}

#[test]
fn a_stream_is_cut_into_frames() {
    fn check(framing: Framing, stream: &[u8], expect: &[&[u8]]) {
        for at_once in [1, 2, 5, 100_000] {
            assert_eq!(frames(framing, stream, at_once), expect, "{} by {at_once}", stream.escape_ascii());
        }
    }
    check(Framing::Lines, b"", &[]);
    check(Framing::Lines, b"a\nb\r\n\n\r\nc", &[b"a", b"b", b"c"]);
    check(Framing::Lines, b"a\0b\n", &[b"a\0b"]);
    check(Framing::Nul, b"{\n}\0{}\0\0", &[b"{\n}", b"{}"]);
    check(Framing::Nul, b"{}\n", &[b"{}\n"]);
    check(Framing::Syslog, b"<34>a\n<34>b\0<34>c\r\n", &[b"<34>a", b"<34>b", b"<34>c"]);
    check(Framing::Syslog, b"9 <34>a\nb\nc7 <34>d e8 <34>f\0g\n", &[b"<34>a\nb\nc", b"<34>d e", b"<34>f\0g\n"]);
    // The length comes with some messages only, or before a line feed that is not counted.
    check(Framing::Syslog, b"5 <34>a\n<34>b\n5 <34>c", &[b"<34>a", b"<34>b", b"<34>c"]);
    // Not a length: no message of syslog follows, or it is no number.
    check(Framing::Syslog, b"12 monkeys\n2026-11-24 x\n0 <1>\n", &[b"12 monkeys", b"2026-11-24 x", b"0 <1>"]);
    check(Framing::Syslog, b"1234567890 <34>a\n", &[b"1234567890 <34>a"]);
    // Python's handler ends with NUL, and has the lines of an exception before it.
    for at_once in [9, 100_000] {
        let stream = b"<34>a\0<34>boom\n  File\n\nError\0<34>c\n\0<34>d\0";
        assert_eq!(
            frames(Framing::Syslog, stream, at_once),
            [&b"<34>a"[..], b"<34>boom\n  File\n\nError", b"<34>c", b"<34>d"],
            "{at_once}"
        );
    }
    // The exception may be the first that it sends. Such a message comes at once.
    let first = b"<34>boom\n  File\nError\0<34>b\0";
    assert_eq!(frames(Framing::Syslog, first, usize::MAX), [&b"<34>boom\n  File\nError"[..], b"<34>b"]);
    // With line feeds, each line is a message.
    check(Framing::Syslog, b"<34>boom\n  File\n<34>b\n", &[b"<34>boom", b"  File", b"<34>b"]);
    // It ends early.
    check(Framing::Syslog, b"20 <34>a", &[b"<34>a"]);
    check(Framing::Syslog, b"20 ", &[b"20 "]);
    check(Framing::Syslog, b"20", &[b"20"]);
}

#[test]
fn a_frame_that_is_too_long_comes_in_parts() {
    let long = b"x".repeat(MAX_FRAME_BYTES + 3);
    let check = |framing, stream: &[u8]| {
        for at_once in [60_000, usize::MAX] {
            let found = frames(framing, stream, at_once);
            let lengths: Vec<usize> = found.iter().map(Vec::len).collect();
            assert_eq!(lengths, [MAX_FRAME_BYTES, 3, 6], "{framing:?} by {at_once}");
            assert_eq!(found[2], *b"<1>abc");
        }
    };
    check(Framing::Lines, &[&long[..], b"\n<1>abc\n"].concat());
    check(Framing::Nul, &[&long[..], b"\0<1>abc\0"].concat());
    check(Framing::Syslog, &[&long[..], b"\n<1>abc\n"].concat());
    check(Framing::Syslog, &[format!("{} <1>", long.len()).as_bytes(), &long[3..], b"\n6 <1>abc"].concat());
    // What follows a part is not looked at for a length.
    let inside = [&long[..MAX_FRAME_BYTES], b"5 <1>a\n"].concat();
    assert_eq!(frames(Framing::Syslog, &inside, usize::MAX)[1], *b"5 <1>a");
    assert_eq!(frames(Framing::Lines, &[&long[3..], b"\n"].concat(), usize::MAX).len(), 1);
}

proptest! {
    #[test]
    fn how_a_stream_comes_makes_no_difference(
        parts in prop::collection::vec(prop::sample::select(vec!["<3>a", "12 <34>", "5 ", "7", "\n", "\0", "\r", "x", "<"]), 0..30),
        at_once in 1_usize..9,
    ) {
        let stream = parts.concat().into_bytes();
        for framing in [Framing::Lines, Framing::Nul] {
            prop_assert_eq!(frames(framing, &stream, at_once), frames(framing, &stream, usize::MAX));
        }
        // A sender of syslog ends its messages in one way.
        for end in [b'\n', 0] {
            let stream: Vec<u8> = stream.iter().copied().filter(|byte| *byte == end || !b"\n\0".contains(byte)).collect();
            prop_assert_eq!(frames(Framing::Syslog, &stream, at_once), frames(Framing::Syslog, &stream, usize::MAX));
        }
    }

    #[test]
    fn messages_of_syslog_with_nul_keep_their_lines(
        messages in prop::collection::vec("<[0-9]{1,2}>[a-z\n]{0,8}[a-z]", 1..9),
        at_once in 1_usize..40,
    ) {
        // The first one says how the others end.
        let stream: Vec<u8> = ["<1>a"].into_iter().chain(messages.iter().map(String::as_str)).flat_map(|message| [message.as_bytes(), b"\0"].concat()).collect();
        let found = frames(Framing::Syslog, &stream, at_once);
        let expect: Vec<&[u8]> = messages.iter().map(String::as_bytes).collect();
        prop_assert_eq!(&found[1..], expect);
    }

    #[test]
    fn nothing_but_ends_is_left_out(stream in "[ab \n\r]{0,60}") {
        let kept: Vec<u8> = frames(Framing::Lines, stream.as_bytes(), 7).concat();
        let text = |bytes: &[u8]| bytes.iter().copied().filter(|byte| !b"\r\n".contains(byte)).collect::<Vec<u8>>();
        prop_assert_eq!(text(&kept), text(stream.as_bytes()));
    }
}
