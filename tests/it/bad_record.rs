//! A payload that is not a log record is quarantined with its bytes, and the rest of the batch is filed.

use std::io::Read as _;

use flate2::Compression;
use flate2::bufread::GzEncoder;
use mongodb::bson::spec::BinarySubtype;
use mongodb::bson::{Binary, Bson};
use tests::app::TestApp;
use tests::fixtures::{self, Python};
use tests::kinesis::{Stream, Verdict};
use tests::mongo::text;

/// Bytes that no present or future format can be.
const NOT_RECORDS: [&[u8]; 7] =
    [b"{\"not json", b"{\"msg\": \"cut off", b"[]", b"{\"a\"", b"\x01\x02", b"", b"\xff\xfe\x00binary"];

#[tokio::test]
async fn a_bad_record_in_the_middle_is_set_aside_and_the_rest_is_stored() {
    for bad in NOT_RECORDS {
        let case = String::from_utf8_lossy(bad);
        let app = TestApp::start().await;
        let stream = Stream::new("app_logging", 1);
        let order = fixtures::order(Python::V311);
        fixtures::put(&stream, &order[..13]);
        let number = stream.put("host", bad);
        fixtures::put(&stream, &order[13..]);

        let journal = app.deliver(&stream).await;

        assert_eq!(
            journal.iter().map(|invocation| invocation.verdict).collect::<Vec<_>>(),
            [Verdict::Complete],
            "{case}"
        );
        assert_eq!(app.db.count().await, 27, "{case}");
        let quarantined = app.db.quarantined().await;
        let [aside] = &quarantined[..] else { panic!("{case}: {quarantined:#?}") };
        let raw = Binary { subtype: BinarySubtype::Generic, bytes: bad.to_vec() };
        assert_eq!(aside.get("raw"), Some(&Bson::from(raw)), "{case}");
        assert!(text(aside, "reason").is_some_and(|reason| !reason.is_empty()), "{case}: {aside}");
        assert!(aside.get_datetime("arrived").is_ok(), "{case}: {aside}");
        let source = ["source.stream", "source.shard", "source.seq"].map(|path| text(aside, path).unwrap_or_default());
        assert_eq!(source, ["app_logging", "shardId-000000000000", number.as_str()], "{case}");
    }
}

#[tokio::test]
async fn a_bad_record_delivered_again_is_set_aside_once() {
    let app = TestApp::start().await;
    let stream = Stream::new("app_logging", 1);
    for bad in NOT_RECORDS {
        stream.put("host", bad);
    }
    for delivery in 1..=3 {
        let journal = app.deliver(&stream).await;
        assert!(journal.iter().all(|invocation| invocation.verdict == Verdict::Complete), "delivery {delivery}");
        assert_eq!(app.db.quarantined().await.len(), NOT_RECORDS.len(), "delivery {delivery}");
    }
    assert_eq!(app.db.count().await, 0);
}

/// 9 KB of gzip with a text of 5 MB where OTLP has an object. An error message that quotes it has 18.9 MB, since it
/// writes each character as `\u{301}`. That is more than a document may have.
#[tokio::test]
async fn a_small_payload_with_a_large_wrong_value_is_set_aside_and_the_rest_is_stored() {
    let app = TestApp::start().await;
    let stream = Stream::new("app_logging", 1);
    let order = fixtures::order(Python::V311);
    fixtures::put(&stream, &order[..13]);
    let plain = format!(r#"{{"resourceLogs":["{}"]}}"#, "\u{301}".repeat(2_700_000));
    let mut payload = Vec::new();
    GzEncoder::new(plain.as_bytes(), Compression::fast()).read_to_end(&mut payload).expect("packed");
    assert!(payload.len() < 64 * 1024, "{} bytes", payload.len());
    stream.put("host", payload);
    fixtures::put(&stream, &order[13..]);

    let journal = app.deliver(&stream).await;

    let verdicts: Vec<Verdict> = journal.iter().map(|invocation| invocation.verdict).collect();
    assert_eq!(verdicts, [Verdict::Complete]);
    assert_eq!(app.db.count().await, 27);
    let quarantined = app.db.quarantined().await;
    let [aside] = &quarantined[..] else { panic!("{} documents", quarantined.len()) };
    assert_eq!(text(aside, "reason"), Some("bad_otlp"));
    assert!(text(aside, "detail").is_some_and(|detail| detail.len() <= 1024));
    let raw = aside.get_binary_generic("raw").expect("bytes");
    assert!(raw.len() > 5_000_000, "{} bytes of the text", raw.len());
}
