//! Payloads that once took minutes, or for ever, and stopped their shard. The work of each is bounded now.

use flate2::Compression;
use flate2::bufread::GzEncoder;
use md5::{Digest, Md5};
use proptest::prelude::*;
use record::{EventTime, Rules, Source, WorkBudget};

use super::tests::batch;
use super::{CompletedItem, decode_payload, whole};
use crate::protobuf::write_field;

/// A debug build is some twenty times slower.
const MEBIBYTE: usize = if cfg!(debug_assertions) { 1 << 16 } else { 1 << 20 };

/// Decodes a payload: how many records it has, and the reasons for which items are set aside.
fn outcome(payload: &[u8]) -> (usize, Vec<(&'static str, usize)>) {
    let decoded = whole(&batch(&[payload]), &Rules::default());
    (decoded.days.values().map(|day| day.items.len()).sum(), decoded.reasons.into_iter().collect())
}

fn gzip(plain: &[u8]) -> Vec<u8> {
    let mut packed = Vec::new();
    std::io::Read::read_to_end(&mut GzEncoder::new(plain, Compression::fast()), &mut packed).unwrap();
    packed
}

fn aggregate(user_records: &[Vec<u8>]) -> Vec<u8> {
    let mut message = Vec::new();
    for data in user_records {
        let mut record = Vec::new();
        write_field(&mut record, 3, data);
        write_field(&mut message, 3, &record);
    }
    [&[0xF3, 0x89, 0x9A, 0xC2], &message[..], Md5::digest(&message).as_slice()].concat()
}

/// Returns a zstd frame of two kilobytes that becomes 60 MiB of one letter, and then breaks off.
fn bomb() -> Vec<u8> {
    let block = ((128_u32 << 10) << 3 | 1 << 1).to_le_bytes();
    let blocks = [block[0], block[1], block[2], b'x'].repeat(480);
    [&[0x28, 0xB5, 0x2F, 0xFD, 0x00, 13 << 3], &blocks[..]].concat()
}

#[test]
fn names_in_the_way_of_numbers_are_one_record() {
    let few = (2..=8).map(|number: u64| format!("a#{number}"));
    let doubled = (0..u64::BITS).map(|power| format!("a#{}", 72 + (1_u64 << power)));
    let names: Vec<_> = ["a".to_owned()].into_iter().chain(few).chain(doubled).chain(["a".to_owned()]).collect();
    let fields: Vec<_> = names.iter().map(|name| format!("\"{name}\":0")).collect();
    assert_eq!(outcome(format!("{{{}}}", fields.join(",")).as_bytes()), (1, vec![]));
}

/// A stream that failed took nothing off what may be decompressed.
#[test]
fn streams_that_fail_are_counted() {
    assert_eq!(outcome(&aggregate(&[bomb()])), (0, vec![("bad_compression", 1)]));
    assert_eq!(outcome(&aggregate(&vec![bomb(); 500])), (0, vec![("too_costly", 1)]));
}

/// Each log event was written with all filters, found to be too large, and counted with its own few bytes.
#[test]
fn what_is_written_for_each_record_is_counted() {
    let filters = vec![format!("\"{}\"", "x".repeat(17 << 20)); 1].join(",");
    let events = vec![r#"{"id": "1", "timestamp": 1, "message": ""}"#; 100].join(",");
    let message = format!(
        r#"{{"messageType": "DATA_MESSAGE", "logGroup": "g", "subscriptionFilters": [{filters}], "logEvents": [{events}]}}"#
    );
    assert_eq!(outcome(&gzip(message.as_bytes())), (0, vec![("too_costly", 1)]));
}

/// The resource was read again for each scope.
#[test]
fn a_resource_is_read_once() {
    let resource =
        format!(r#"{{"attributes": [{{"key": "a", "value": {{"stringValue": "{}"}}}}]}}"#, "x".repeat(MEBIBYTE));
    let scopes = r#", {"logRecords": []}"#.repeat(MEBIBYTE / 20);
    let export =
        format!(r#"{{"resourceLogs": [{{"resource": {resource}, "scopeLogs": [{{"logRecords": [{{}}]}}{scopes}]}}]}}"#);
    assert_eq!(outcome(export.as_bytes()), (1, vec![]));
}

/// For each record, what follows it was looked through for the first byte that is not UTF-8.
#[test]
fn a_byte_that_is_not_utf8_costs_no_record_before_it() {
    let records = MEBIBYTE / 16;
    let payload = [&b"{}\n".repeat(records)[..], b"\"\xff"].concat();
    assert_eq!(outcome(&payload), (records, vec![("bad_json", 1)]));
}

/// For each of these, what follows it was looked through for a closing bracket.
#[test]
fn an_open_bracket_is_looked_for_nearby() {
    for opening in ["token=$A ", "token=[redacted ", "token={A "] {
        let payload = format!(r#"{{"message": "{}"}}"#, opening.repeat(MEBIBYTE / opening.len()));
        assert_eq!(outcome(payload.as_bytes()), (1, vec![]), "{opening}");
    }
}

/// The second part of a token is common to all that may be its first.
#[test]
#[cfg_attr(debug_assertions, ignore = "takes too long")]
fn what_may_be_a_token_is_counted() {
    let payload = format!(r#"{{"message": "{}.{}"}}"#, "eyJ".repeat(340), "a".repeat(10 << 20));
    assert_eq!(outcome(payload.as_bytes()), (0, vec![("too_costly", 1)]));
}

fn completed(payload: &[u8], work: &WorkBudget) -> Result<Vec<String>, &'static str> {
    let source = Source {
        stream: "logs",
        shard: "shardId-000000000000",
        sequence_number: "4954",
        sub_sequence: 0,
        index: 0,
        arrived: EventTime::from_millis(1_795_163_740_000).unwrap(),
        format: "unknown",
    };
    let said = |item: &CompletedItem| match item {
        Ok(record) => format!("{:?}", record.document()),
        Err(rejected) => format!("{:?}", rejected.entry.document()),
    };
    let mut items = Vec::new();
    let counts = decode_payload(&source, payload, &Rules::default(), work, &mut items);
    counts.map(|_| items.iter().map(said).collect()).map_err(|rejection| rejection.reason.code())
}

proptest! {
    /// However much work is left, a payload is decoded as it always is, or not at all.
    #[test]
    fn a_budget_changes_no_record(
        texts in prop::collection::vec("(password=|token: |eyJ|[a-z]|[0-9]{16}| |%s|#2){0,12}", 1..6),
        names in prop::collection::vec("a|a#[2-8]|password|args|msg|message", 6),
        is_compressed: bool,
        left in 1..40_000_u64,
    ) {
        let fields: Vec<_> = names.iter().zip(&texts).map(|(name, text)| format!("{name:?}: {text:?}")).collect();
        let lines = format!("{{{}}}\n{{}}\nno record", fields.join(", "));
        let payload = if is_compressed { gzip(lines.as_bytes()) } else { lines.into_bytes() };
        let whole = completed(&payload, &WorkBudget::unlimited());
        prop_assert!(whole.is_ok());
        let limited = completed(&payload, &WorkBudget::new(left));
        prop_assert!(limited == whole || limited == Err("too_costly"), "{:?}", limited);
    }
}
