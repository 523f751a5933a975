//! The completeness of an answer: the days, the quarantined payloads, and until when each shard is filed.

use serde_json::{Value, json};
use tests::app::TestApp;
use tests::fixtures::{self, ORDER_UID, Payload, Python};
use tests::http::{Get as _, PlainHttp};
use tests::kinesis::Stream;

#[tokio::test]
async fn an_answer_says_what_it_knows_of_completeness() {
    let app = TestApp::start().await;
    let stream = Stream::new("app_logging", 1);
    fixtures::put(&stream, &fixtures::order(Python::V311));
    // One that may belong to the transaction, and one of another stream.
    stream.put("host", "not json");
    app.deliver(&stream).await;
    let other = Stream::new("other", 1);
    other.put("host", "not json either");
    fixtures::put(&other, &[Payload::record("2026-11-18T12:00:00Z", "another", "jobs", "two days before")]);
    app.deliver(&other).await;

    let answer = app.get(&format!("/transactions/{ORDER_UID}")).await;
    let known = &answer.body["completeness"];
    assert_eq!(known["days"], json!({ "count": 2, "first": "2026-11-18", "last": "2026-11-20" }), "{answer:#?}");
    assert_eq!(known["quarantined"], json!(1));
    let filed: Vec<(&str, &str)> = known["filed_until"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|filed| (filed["stream"].as_str().expect("text"), filed["shard"].as_str().expect("text")))
        .collect();
    assert_eq!(filed, [("app_logging", "shardId-000000000000"), ("other", "shardId-000000000000")]);
    let arrived = |record: &Value| record["source"]["arrived"].as_str().map(str::to_owned);
    let last = answer.body["records"].as_array().expect("records").iter().filter_map(arrived).max().expect("one");
    let until = known["filed_until"][0]["arrived"].as_str().expect("text");
    assert!(until.get(..23) >= last.get(..23), "{until} {last}");
}

#[tokio::test]
async fn the_days_are_told_newest_first_with_what_they_hold() {
    let app = TestApp::start().await;
    let plain = PlainHttp::start(app.db.env()).await;
    assert_eq!(plain.get("/days").await.body, json!({ "days": [] }));
    let stream = Stream::new("app_logging", 1);
    let record = |time: &str| Payload::record(time, "x", "jobs", "one");
    fixtures::put(&stream, &["2026-11-19T23:59:59Z", "2026-11-20T00:00:00Z", "2026-11-20T12:00:00Z"].map(record));
    app.deliver(&stream).await;
    let answer = app.get("/days").await;
    assert_eq!(plain.get("/days").await, answer);
    let days = answer.body["days"].as_array().expect("a list");
    let told: Vec<(&str, u64)> = days
        .iter()
        .map(|day| (day["day"].as_str().expect("text"), day["records"].as_u64().expect("a number")))
        .collect();
    assert_eq!(told, [("2026-11-20", 2), ("2026-11-19", 1)]);
    assert!(days.iter().all(|day| day["bytes"].as_u64() > Some(0)), "{days:?}");
}
