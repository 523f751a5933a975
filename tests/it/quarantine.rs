//! `GET /quarantine`: the payloads that are not log records.

use serde_json::{Value, json};
use tests::app::TestApp;
use tests::fixtures::{self, Python};
use tests::http::{Answer, Get, PlainHttp};
use tests::kinesis::Stream;
use tests::mongo::{FailCommand, OwnServer};

const MAX_TIME_EXPIRED: i32 = 50;
/// Payloads that are not log records.
const BAD: [&[u8]; 5] =
    [b"\x01no json", b"{\"password\": \"hunter2\", \"msg\": \"cut off", b"", b"\xff\xfe\x00binary", b"neither\x01"];

/// Files an order and the bad payloads.
async fn deliver(app: &TestApp) {
    let stream = Stream::new("app_logging", 1);
    fixtures::put(&stream, &fixtures::order(Python::V311));
    for payload in BAD {
        stream.put("host", payload);
    }
    app.deliver(&stream).await;
}

fn list<'a>(answer: &'a Answer, name: &str) -> &'a [Value] {
    assert_eq!(answer.status, 200, "{answer:#?}");
    answer.body[name].as_array().unwrap_or_else(|| panic!("no {name} in {answer:#?}"))
}

fn texts<'a>(answer: &'a Answer, name: &str) -> Vec<&'a str> {
    list(answer, "entries").iter().map(|entry| entry[name].as_str().unwrap_or_default()).collect()
}

/// Returns the counts by reason, over all days.
fn counts(answer: &Answer) -> Vec<(String, u64)> {
    let mut counts = std::collections::BTreeMap::new();
    for count in list(answer, "counts") {
        let reason = count["reason"].as_str().expect("text").to_owned();
        *counts.entry(reason).or_default() += count["count"].as_u64().expect("a number");
    }
    counts.into_iter().collect()
}

#[tokio::test]
async fn the_quarantine_shows_what_was_quarantined_and_why() {
    let app = TestApp::start().await;
    let plain = PlainHttp::start(app.db.env()).await;
    let empty = json!({ "counts": [], "entries": [], "next": null, "cut": null });
    assert_eq!(plain.get("/quarantine").await.body, empty);
    deliver(&app).await;

    let answer = app.get("/quarantine").await;
    assert_eq!(plain.get("/quarantine").await, answer);
    let expect =
        [("bad_json", 1), ("empty", 1), ("unknown_format", 3)].map(|(reason, count)| (reason.to_owned(), count));
    assert_eq!(counts(&answer), expect);
    assert_eq!((&answer.body["next"], &answer.body["cut"]), (&Value::Null, &Value::Null));

    let entries = list(&answer, "entries");
    assert_eq!(entries.len(), BAD.len());
    let arrived = texts(&answer, "arrived");
    assert!(arrived.iter().rev().is_sorted(), "newest first: {arrived:?}");
    let entry = |reason: &str| entries.iter().find(|entry| entry["reason"] == reason).expect("an entry");
    let cut = entry("bad_json");
    assert_eq!(cut["head"], "{\"password\": \"[redacted]\", \"msg\": \"cut off");
    assert_eq!((&cut["bytes"], &cut["head_encoding"]), (&json!(BAD[1].len()), &json!("utf8")));
    assert_eq!(
        (&cut["stream"], &cut["shard"], &cut["format"]),
        (&json!("app_logging"), &json!("shardId-000000000000"), &json!("json"))
    );
    assert!(cut["detail"].as_str().is_some_and(|detail| !detail.is_empty()), "{cut}");
    let stored = app.db.quarantined().await;
    let ids: Vec<String> =
        stored.iter().map(|document| document.get_object_id("_id").expect("an id").to_hex()).collect();
    assert!(texts(&answer, "id").iter().all(|id| ids.iter().any(|stored| stored == id)), "{ids:?}");
    let binary = entries.iter().find(|entry| entry["head_encoding"] == "base64").expect("one");
    assert_eq!(binary["head"], "//4AYmluYXJ5");
    assert_eq!(texts(&answer, "seq").iter().collect::<std::collections::BTreeSet<_>>().len(), BAD.len());
}

#[tokio::test]
async fn the_pages_hold_every_entry_once() {
    let app = TestApp::start().await;
    deliver(&app).await;
    let whole = app.get("/quarantine").await;
    let mut pages = vec![app.get("/quarantine?limit=2&to=9999-01-01").await];
    while let Some(next) = pages.last().and_then(|page| page.body["next"].as_str()) {
        pages.push(app.get(next).await);
    }
    let ids: Vec<&str> = pages.iter().flat_map(|page| texts(page, "id")).collect();
    assert_eq!(ids, texts(&whole, "id"));
    assert_eq!(pages.iter().map(|page| list(page, "entries").len()).collect::<Vec<_>>(), [2, 2, 1]);
    assert_eq!(pages[0].body["counts"], whole.body["counts"]);
    assert!(pages[1..].iter().all(|page| page.body["counts"].is_null()), "{pages:#?}");
}

#[tokio::test]
async fn reasons_and_times_of_arrival_narrow_the_answer() {
    let app = TestApp::start().await;
    deliver(&app).await;
    let all = app.get("/quarantine").await;
    let arrived = texts(&all, "arrived");
    let (newest, oldest) = (arrived[0], arrived[BAD.len() - 1]);
    for (query, expect) in [
        ("reason=empty".to_owned(), 1),
        ("reason=empty,bad_json".to_owned(), 2),
        ("reason=$ne".to_owned(), 0),
        ("to=1999-01-01".to_owned(), 0),
        ("from=9998-01-01".to_owned(), 0),
        (format!("from={oldest}"), BAD.len()),
        (format!("to={oldest}"), 0),
        (format!("from={newest}"), arrived.iter().filter(|time| **time == newest).count()),
    ] {
        let answer = app.get(&format!("/quarantine?{query}")).await;
        assert_eq!(list(&answer, "entries").len(), expect, "{query}");
        assert_eq!(counts(&answer).iter().map(|(_, count)| *count).sum::<u64>(), expect as u64, "{query}");
    }
}

#[tokio::test]
async fn a_quarantine_that_takes_too_long_is_a_problem() {
    let server = OwnServer::start();
    let app = TestApp::on(&server).await;
    deliver(&app).await;
    FailCommand::refuse_on(&app.db, "aggregate", "quarantine", 1_000, MAX_TIME_EXPIRED).await;
    let answer = app.get("/quarantine").await;
    assert_eq!((answer.status, &answer.body["type"]), (504, &json!("/problems/out-of-time")));
    FailCommand::disarm(&app.db).await;
    // A window that ran out of time is read again in narrower ones. Nothing appears twice.
    FailCommand::refuse_on(&app.db, "aggregate", "quarantine", 1, MAX_TIME_EXPIRED).await;
    let answer = app.get("/quarantine").await;
    assert_eq!(list(&answer, "entries").len(), BAD.len());
    assert_eq!(counts(&answer).iter().map(|(_, count)| *count).sum::<u64>(), BAD.len() as u64);
}
