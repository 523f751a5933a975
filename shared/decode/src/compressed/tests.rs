use std::io::Read;

use flate2::Compression;
use flate2::bufread::{GzEncoder, ZlibEncoder};
use proptest::prelude::*;
use record::Rules;

use super::{Codec, MAX_MEMBERS};
use crate::testing::Decoded;

const RECORD: &[u8] = include_bytes!("../../../../tests/fixtures/order_python312.jsonl");

macro_rules! fixture {
    ($name:literal) => {
        include_bytes!(concat!("../../../../tests/fixtures/compressed/", $name)).as_slice()
    };
}

const CAPTURED: [&[u8]; 8] = [
    fixture!("record.gz"),
    fixture!("two_members.gz"),
    fixture!("record.zlib"),
    fixture!("fast.zlib"),
    fixture!("best.zlib"),
    fixture!("record.zst"),
    fixture!("checksum.zst"),
    fixture!("two_frames.zst"),
];

fn packed(mut encoder: impl Read) -> Vec<u8> {
    let mut packed = Vec::new();
    encoder.read_to_end(&mut packed).unwrap();
    packed
}

fn gzip(plain: &[u8]) -> Vec<u8> {
    packed(GzEncoder::new(plain, Compression::default()))
}

#[test]
fn compressed_content_is_decoded() {
    let plain = RECORD.split(|byte| *byte == b'\n').next().unwrap();
    for payload in CAPTURED {
        assert_eq!(Decoded::of(payload).items, Decoded::of(plain).items);
    }
}

#[test]
fn a_broken_stream_is_quarantined_whole() {
    for payload in [fixture!("record.gz"), fixture!("best.zlib"), fixture!("record.zst"), fixture!("checksum.zst")] {
        for length in 4..payload.len() {
            assert_eq!(Decoded::of(&payload[..length]).reason(&payload[..length]), "bad_compression", "{length}");
        }
    }
    // Cut between two members, the first is complete.
    for payload in [fixture!("two_members.gz"), fixture!("two_frames.zst")] {
        let broken = |length: &usize| Decoded::of(&payload[..*length]).messages() == [Err("bad_compression")];
        assert!((4..payload.len()).filter(broken).count() >= payload.len() - 16);
    }
    for payload in [fixture!("record.gz"), fixture!("record.zlib"), fixture!("checksum.zst")] {
        let mut wrong_checksum = payload.to_vec();
        let last = wrong_checksum.len() - if payload.starts_with(&[0x1F, 0x8B]) { 8 } else { 1 };
        wrong_checksum[last] ^= 1;
        assert_eq!(Decoded::of(&wrong_checksum).reason(&wrong_checksum), "bad_compression");
    }
}

#[test]
fn bytes_after_a_stream_are_quarantined_unless_they_are_padding() {
    for payload in CAPTURED {
        for padding in [&b"\0\0\0"[..], b"\n", b" \r\n\0"] {
            assert_eq!(Decoded::of(&[payload, padding].concat()).items, Decoded::of(payload).items);
        }
        let decoded = Decoded::of(&[payload, b"\0more"].concat());
        assert_eq!(decoded.messages()[1..], [Err("trailing_bytes")]);
        assert_eq!((decoded.items[1].index, decoded.items[1].raw.as_slice()), (1, &b"\0more"[..]));
    }
}

#[test]
fn a_bomb_is_stopped_and_quarantined() {
    let rules = Rules { max_decompressed_bytes: 1 << 20, ..Rules::default() };
    let nothing = vec![b' '; 1 << 20];
    let too_much = [&nothing[..], b"{}"].concat();
    let zlib = packed(ZlibEncoder::new(&too_much[..], Compression::default()));
    for bomb in [gzip(&too_much), zlib, zstd_of_repeated(9)] {
        assert_eq!(Decoded::by(&rules, &bomb).reason(&bomb), "decompression_limit");
    }
    assert_eq!(Decoded::by(&rules, &gzip(&[&nothing[2..], b"{}"].concat())).messages(), [Ok("")]);
    assert_eq!(Decoded::by(&rules, &zstd_of_repeated(8)).messages(), [Ok("x".repeat(1 << 20).as_str())]);
    // Compressed content counts too.
    let inside = gzip(&gzip(&nothing[..1_048_500]));
    assert_eq!(Decoded::by(&rules, &inside).messages(), [Err("decompression_limit")]);
    let many = gzip(b"").repeat(MAX_MEMBERS + 1);
    assert_eq!(Decoded::of(&many).reason(&many), "decompression_limit");
}

/// Returns a zstd frame of `blocks` blocks. Each is 128 KiB of one letter.
fn zstd_of_repeated(blocks: u8) -> Vec<u8> {
    // The window is 128 KiB. The blocks are of type RLE, the last one marked.
    let mut frame = vec![0x28, 0xB5, 0x2F, 0xFD, 0x00, 7 << 3];
    for block in 1..=blocks {
        let header = (128_u32 << 10) << 3 | 1 << 1 | u32::from(block == blocks);
        frame.extend_from_slice(&header.to_le_bytes()[..3]);
        frame.push(b'x');
    }
    frame
}

#[test]
fn a_frame_cannot_ask_for_much_memory() {
    fn check(header: &[u8], expect: &str) {
        let frame = [&[0x28, 0xB5, 0x2F, 0xFD], header].concat();
        assert_eq!(Decoded::of(&frame).reason(&frame), expect, "{header:x?}");
    }
    check(&[0x00, 13 << 3], "bad_compression");
    check(&[0x00, 13 << 3 | 1], "decompression_limit");
    check(&[0x00, 0xFF], "decompression_limit");
    check(&[0xE0, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F], "decompression_limit");
    // Needs a dictionary that is not available.
    check(&[0x21, 0x07, 0x00, 1, 0, 0], "bad_compression");
}

#[test]
fn text_is_not_taken_for_a_stream() {
    for text in ["hello", "{\"a\": 1}", "[1]", " {}", "\n{}", "(Exception)", "xyz", "h1", "X-Ray", "8 orders", "x"] {
        assert_eq!(Codec::recognise(text.as_bytes()), None, "{text}");
    }
}

proptest! {
    #[test]
    fn compressed_payloads_are_decompressed(message: String, level in 0..10_u32) {
        let plain = serde_json::to_vec(&serde_json::json!({ "message": message })).unwrap();
        let level = Compression::new(level);
        for payload in [packed(GzEncoder::new(&plain[..], level)), packed(ZlibEncoder::new(&plain[..], level))] {
            let decoded = Decoded::of(&payload);
            // A blank message says nothing.
            let said = if message.trim_ascii().is_empty() { "" } else { &message };
            prop_assert_eq!(decoded.messages(), [Ok(said)]);
        }
    }
}

/// One stored block each.
#[test]
fn frames_of_lz4_and_snappy_are_decompressed() {
    // As the command `lz4` writes it.
    let header = [0x04, 0x22, 0x4D, 0x18, 0x64, 0x40, 0xA7];
    let lz4 = [&header[..], &[2, 0, 0, 0x80], b"{}", &[0, 0, 0, 0, 0x89, 0x34, 0x47, 0x18]].concat();
    assert_eq!(Decoded::of(&lz4).messages(), [Ok("")]);
    let mut snappy = Vec::new();
    std::io::Read::read_to_end(&mut snap::read::FrameEncoder::new(&b"{}"[..]), &mut snappy).unwrap();
    assert_eq!(Decoded::of(&snappy).messages(), [Ok("")]);
    for broken in [&lz4[..9], &snappy[..12]] {
        assert_eq!(Decoded::of(broken).reason(broken), "bad_compression");
    }
    let rules = Rules { max_decompressed_bytes: 1 << 10, ..Rules::default() };
    let mut bomb = Vec::new();
    std::io::Read::read_to_end(&mut snap::read::FrameEncoder::new(&b" ".repeat(1 << 16)[..]), &mut bomb).unwrap();
    assert_eq!(Decoded::by(&rules, &bomb).reason(&bomb), "decompression_limit");
}
