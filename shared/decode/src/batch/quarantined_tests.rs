//! Tests that every rejected payload becomes a quarantine entry that MongoDB can store, however large its parts are.

use std::io::Read as _;

use flate2::Compression;
use flate2::bufread::GzEncoder;
use proptest::prelude::*;
use record::{DecodedBatch, MAX_DOCUMENT_BYTES, Rules};

use super::tests::batch;
use super::whole;

/// The largest payload that Kinesis accepts.
const MAX_PAYLOAD_BYTES: usize = 10 * 1024 * 1024;
/// A debug build decodes about twenty times slower.
const MAX_TRIED_BYTES: usize = if cfg!(debug_assertions) { MAX_PAYLOAD_BYTES / 20 } else { MAX_PAYLOAD_BYTES };
/// The longest `detail`.
const MAX_DETAIL_BYTES: usize = 1024;

/// Payloads in which a text stands where the format expects something else: the bytes before and after the text.
const WRONG_TEXTS: [(&str, &str); 21] = [
    (r#"{"resourceLogs":[""#, r#""]}"#),
    (r#"{"resourceLogs":[{"scopeLogs":""#, r#""}]}"#),
    (r#"{"resourceLogs":[{"scopeLogs":[""#, r#""]}]}"#),
    (r#"{"resourceLogs":[{"scopeLogs":[{"logRecords":""#, r#""}]}]}"#),
    (r#"{"resourceLogs":[{"resource":"","scopeLogs":[{"logRecords":[{}]}],"resource":""#, r#""}]}"#),
    (r#"{"resourceLogs":[{"resource":{"attributes":[""#, r#""]},"scopeLogs":[{"logRecords":[{}]}]}]}"#),
    (r#"{"resourceLogs":[{"scopeLogs":[{"scope":""#, r#"","logRecords":[{}]}]}]}"#),
    (r#"{"resourceLogs":[{"scopeLogs":[{"logRecords":[""#, r#""]}]}]}"#),
    (r#"{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"timeUnixNano":""#, r#""}]}]}]}"#),
    (r#"{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"severityNumber":""#, r#""}]}]}]}"#),
    (r#"{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"body":""#, r#""}]}]}]}"#),
    (r#"{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"body":{"boolValue":""#, r#""}}]}]}]}"#),
    (r#"{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"body":{"arrayValue":""#, r#""}}]}]}]}"#),
    (r#"{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"body":{"arrayValue":{"values":""#, r#""}}}]}]}]}"#),
    (r#"{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"attributes":[{"value":""#, r#""}]}]}]}]}"#),
    (r#"{"messageType":"DATA_MESSAGE","logEvents":""#, r#""}"#),
    (r#"{"messageType":"DATA_MESSAGE","logEvents":[""#, r#""]}"#),
    (r#"{"messageType":"DATA_MESSAGE","logEvents":[{"message":"","timestamp":""#, r#""}]}"#),
    (r#"{"messageType":"DATA_MESSAGE","logEvents":[{"message":"","timestamp":1,"extractedFields":""#, r#""}]}"#),
    (r#"{"messageType":"DATA_MESSAGE","logEvents":[],"subscriptionFilters":""#, r#""}"#),
    (r#"["tag",""#, r#"",{}]"#),
];

fn gzip(plain: &[u8]) -> Vec<u8> {
    let mut packed = Vec::new();
    GzEncoder::new(plain, Compression::fast()).read_to_end(&mut packed).unwrap();
    packed
}

fn around((before, after): (&str, &str), text: &str) -> Vec<u8> {
    [before, text, after].concat().into_bytes()
}

fn decoded(payload: &[u8]) -> DecodedBatch {
    whole(&batch(&[payload]), &Rules::default())
}

/// Returns the size of each entry and of its `detail`.
fn entry_bytes(decoded: &DecodedBatch) -> Vec<(usize, usize)> {
    let bytes = |entry: &record::QuarantineEntry| {
        (entry.document().as_bytes().len(), entry.read().map_or(0, |entry| entry.detail.len()))
    };
    decoded.quarantined.items.iter().map(bytes).collect()
}

fn check_storable(payload: &[u8]) -> Result<(), TestCaseError> {
    for (bytes, detail_bytes) in entry_bytes(&decoded(payload)) {
        prop_assert!(bytes <= MAX_DOCUMENT_BYTES && detail_bytes <= MAX_DETAIL_BYTES, "{bytes} {detail_bytes}");
    }
    Ok(())
}

/// The longest message that quotes the beginning of a value.
const MAX_QUOTING_BYTES: usize = 512;

/// An error message quotes only the beginning of a value, even before it is cut.
#[test]
fn a_detail_quotes_no_whole_value() {
    for wrong in WRONG_TEXTS {
        let short = decoded(&around(wrong, "not what is expected"));
        let long = decoded(&around(wrong, &"\u{301}".repeat(2 * MAX_DETAIL_BYTES)));
        assert_eq!(entry_bytes(&short).len(), 1, "{wrong:?} is no record");
        assert_eq!(long.reasons, short.reasons, "{wrong:?}");
        assert!(entry_bytes(&long).iter().all(|(_, detail_bytes)| *detail_bytes <= MAX_QUOTING_BYTES), "{wrong:?}");
    }
}

/// A payload of 9 KB whose entry was 18 MiB: an error message prints each of these characters as `\u{301}`.
#[test]
fn a_small_payload_with_a_large_value_can_be_stored() {
    let plain = around(WRONG_TEXTS[0], &"\u{301}".repeat(2_700_000));
    let payload = gzip(&plain);
    assert!(payload.len() < 64 * 1024, "{} bytes", payload.len());
    let [(bytes, _)] = entry_bytes(&decoded(&payload))[..] else { panic!("one entry") };
    assert!(bytes <= MAX_DOCUMENT_BYTES, "{bytes} bytes");
}

/// A payload that prints as one line when a test fails.
struct Payload(Vec<u8>);

impl std::fmt::Debug for Payload {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let beginning = self.0.get(..200).unwrap_or(&self.0);
        write!(f, "{} bytes: {}", self.0.len(), beginning.escape_ascii())
    }
}

/// Lengths of all magnitudes.
fn length() -> impl Strategy<Value = usize> {
    (0..=MAX_TRIED_BYTES.ilog2(), any::<u32>()).prop_map(|(magnitude, within)| {
        let length = (1_usize << magnitude) + within as usize % (1 << magnitude);
        length.min(MAX_TRIED_BYTES)
    })
}

/// The beginning of any format, followed by a few bytes that repeat up to any length.
fn large() -> impl Strategy<Value = Payload> {
    let start = prop_oneof![
        prop::sample::select(WRONG_TEXTS.to_vec()).prop_map(|(before, _)| before.as_bytes().to_vec()),
        prop::collection::vec(any::<u8>(), 0..16),
    ];
    (start, prop::collection::vec(any::<u8>(), 1..16), length()).prop_map(|(start, part, length)| {
        Payload(start.into_iter().chain(part.into_iter().cycle()).take(length).collect())
    })
}

/// A text of any length where a format expects something else.
fn large_value() -> impl Strategy<Value = Payload> {
    let character = prop_oneof![any::<char>(), prop::sample::select(vec!['x', '\u{301}', '\u{1f600}', '\u{7f}'])];
    (prop::sample::select(WRONG_TEXTS.to_vec()), character, length(), any::<bool>()).prop_map(
        |(wrong, character, length, is_compressed)| {
            let quoted = serde_json::to_string(&character).unwrap();
            let text = quoted.trim_matches('"').repeat(length / quoted.len());
            let payload = around(wrong, &text);
            Payload(if is_compressed { gzip(&payload) } else { payload })
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: ProptestConfig::default().cases.min(64), ..ProptestConfig::default() })]

    #[test]
    fn any_rejected_payload_can_be_stored(payload in large()) {
        check_storable(&payload.0)?;
    }

    #[test]
    fn any_payload_with_a_wrong_value_can_be_stored(payload in large_value()) {
        check_storable(&payload.0)?;
    }
}
