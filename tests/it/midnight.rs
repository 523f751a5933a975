//! A transaction over midnight UTC is in two collections and in one answer.

use serde_json::{Value, json};
use tests::app::TestApp;
use tests::fixtures::{self, Payload};
use tests::kinesis::Stream;

const UID: &str = "over-midnight";

/// Returns the records out of order, since services send at different times.
fn payloads() -> Vec<Payload> {
    [
        ("2026-11-21T00:00:00.000000Z", "ordering", "third"),
        ("2026-11-20T23:59:59.999999Z", "purchasing", "second"),
        ("2026-11-21T00:00:01.500000Z", "purchasing", "fourth"),
        ("2026-11-20T23:59:58.250000Z", "purchasing", "first"),
    ]
    .map(|(time, service, message)| Payload::record(time, UID, service, message))
    .into()
}

async fn delivered() -> TestApp {
    let app = TestApp::start().await;
    let stream = Stream::new("app_logging", 1);
    fixtures::put(&stream, &payloads());
    app.deliver(&stream).await;
    // Everything is delivered again the next day: a record's day does not depend on the day of its delivery.
    app.ingest.recycle();
    app.deliver(&stream).await;
    app
}

fn messages(body: &Value) -> Vec<&str> {
    let records = body["records"].as_array().unwrap_or_else(|| panic!("records in {body}"));
    records.iter().map(|record| record["message"].as_str().expect("text")).collect()
}

#[tokio::test]
async fn each_record_is_filed_under_its_own_day() {
    let app = delivered().await;
    assert_eq!(app.db.days().await, ["2026-11-20", "2026-11-21"]);
    for day in ["2026-11-20", "2026-11-21"] {
        assert_eq!(app.db.records(day).await.len(), 2, "{day}");
    }
}

#[tokio::test]
async fn the_transaction_is_answered_whole_in_time_order() {
    let app = delivered().await;
    let answer = app.get(&format!("/transactions/{UID}")).await;
    assert_eq!(answer.status, 200, "{answer:#?}");
    assert_eq!(messages(&answer.body), ["first", "second", "third", "fourth"]);
    let summary: Value = ["started", "ended", "duration_ms", "record_count"]
        .into_iter()
        .map(|name| (name.to_owned(), answer.body[name].clone()))
        .collect::<serde_json::Map<_, _>>()
        .into();
    assert_eq!(
        summary,
        json!({
            "started": "2026-11-20T23:59:58.250000Z",
            "ended": "2026-11-21T00:00:01.500000Z",
            "duration_ms": summary["duration_ms"],
            "record_count": 4,
        })
    );
    assert_eq!(summary["duration_ms"].as_f64(), Some(3250.0));
}

#[tokio::test]
async fn from_and_to_narrow_it() {
    let app = delivered().await;
    for (range, expect) in [
        ("from=2026-11-21T00:00:00Z", &["third", "fourth"][..]),
        ("to=2026-11-21T00:00:00Z", &["first", "second"]),
        ("from=2026-11-20T23:59:59Z&to=2026-11-21T00:00:01Z", &["second", "third"]),
        // The same time in another zone.
        ("from=2026-11-21T01:00:00%2B01:00", &["third", "fourth"]),
    ] {
        let answer = app.get(&format!("/transactions/{UID}?{range}")).await;
        assert_eq!(answer.status, 200, "{range}: {answer:#?}");
        assert_eq!(messages(&answer.body), expect, "{range}");
    }
}
