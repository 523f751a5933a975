use md5::{Digest, Md5};

use super::{MAGIC, field};
use crate::protobuf::write_field;
use crate::testing::Decoded;

macro_rules! fixture {
    ($name:literal) => {
        include_bytes!(concat!("../../../../tests/fixtures/kpl/", $name)).as_slice()
    };
}

/// Returns an aggregate with any message.
fn sealed(message: &[u8]) -> Vec<u8> {
    [&MAGIC, message, Md5::digest(message).as_slice()].concat()
}

fn aggregate(user_records: &[&[u8]]) -> Vec<u8> {
    let mut message = Vec::new();
    for data in user_records {
        let mut record = Vec::new();
        write_field(&mut record, field::DATA, data);
        write_field(&mut message, field::RECORDS, &record);
    }
    sealed(&message)
}

#[test]
fn each_user_record_is_a_payload_with_its_own_number() {
    fn check(payload: &[u8], count: u32) {
        let decoded = Decoded::of(payload);
        let numbers: Vec<_> = decoded.items.iter().map(|item| (item.sub_sequence, item.index)).collect();
        assert_eq!(decoded.items.len(), usize::try_from(count).unwrap());
        assert_eq!(numbers, (0..count).map(|number| (number, 0)).collect::<Vec<_>>());
        for (number, record) in decoded.records().iter().enumerate() {
            assert_eq!(record["message"], format!("user record {number}"));
            assert_eq!(record["log_uid"], "u");
        }
    }
    check(fixture!("one.kpl"), 1);
    check(fixture!("thousand.kpl"), 1_000);
    check(fixture!("hash_keys.kpl"), 3);
    // Just under 1 MiB, in gzip.
    check(fixture!("full.kpl.gz"), 976);
}

#[test]
fn a_user_record_can_have_any_format() {
    let decoded = Decoded::of(fixture!("mixed.kpl"));
    assert_eq!(decoded.messages(), [Ok("user record 0"), Ok("no record"), Ok("user record 2")]);
    assert_eq!(decoded.items[1].raw, b"no record");
    let several = aggregate(&[b"\x80\x80", b"", b"{}"]);
    let decoded = Decoded::of(&several);
    let outcomes = decoded.items.iter().map(|item| (item.sub_sequence, item.index, item.document.is_ok()));
    assert_eq!(outcomes.collect::<Vec<_>>(), [(0, 0, true), (0, 1, true), (1, 0, false), (2, 0, true)]);
}

#[test]
fn aggregates_do_not_nest() {
    assert_eq!(Decoded::of(&aggregate(&[fixture!("one.kpl")])).messages(), [Err("unknown_format")]);
}

#[test]
fn without_its_checksum_an_aggregate_is_an_ordinary_payload() {
    let one = fixture!("one.kpl");
    for length in 4..one.len() {
        assert_eq!(Decoded::of(&one[..length]).reason(&one[..length]), "unknown_format");
    }
    for position in 0..one.len() {
        let mut damaged = one.to_vec();
        damaged[position] ^= 0x01;
        assert_eq!(Decoded::of(&damaged).reason(&damaged), "unknown_format");
    }
}

#[test]
fn an_empty_aggregate_is_ignored() {
    for message in [&b""[..], b"\x0a\x03key"] {
        let decoded = Decoded::of(&sealed(message));
        assert_eq!((decoded.items.len(), decoded.ignored), (0, 1));
    }
}

#[test]
fn a_broken_aggregate_is_quarantined_whole() {
    fn check(message: &[u8]) {
        let payload = sealed(message);
        assert_eq!(Decoded::of(&payload).reason(&payload), "bad_kpl", "{}", message.escape_ascii());
    }
    check(b"\x1a");
    check(b"\x1a\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01");
    check(b"\x1a\x05\x1a\x02{}");
    check(b"\x1a\x02\x08\x00");
    check(b"\x18\x00");
    check(b"\x1a\x02\x18\x00");
    // The first user record is complete. The second claims to be longer than the message.
    check(b"\x1a\x04\x1a\x02{}\x1a\x7f\x1a\x02{}");
}
