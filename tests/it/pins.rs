//! Pinned transactions stay when their days are dropped.

use std::time::Duration;

use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use mongodb::bson::{DateTime, Document, doc};
use serde_json::{Value, json};
use tests::app::TestApp;
use tests::fixtures::{self, Payload};
use tests::http::{Get as _, api_gateway_event};
use tests::kinesis::Stream;
use tests::mongo::TestDb;
use tests::runtime_api::Function;

const RUN: Duration = Duration::from_mins(2);
const UID: &str = "6f1a4e0e-6f0c-4c58-9d0c-0a1b2c3d4e5f";

fn ago(days: i64) -> String {
    (Timestamp::now().to_zoned(TimeZone::UTC).date() - days.days()).to_string()
}

/// An application whose API takes pins.
async fn app() -> TestApp {
    let mut app = TestApp::start().await;
    let pins = ("LOGBRAID_PINS".to_owned(), "on".to_owned());
    app.query = Function::new("query", app.db.env().into_iter().chain([pins]));
    app
}

async fn file(app: &TestApp, records: &[(i64, &str, &str)]) {
    static NUMBER: std::sync::atomic::AtomicUsize = std::sync::atomic::AtomicUsize::new(0);
    let number = NUMBER.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
    let stream = Stream::new(&format!("stream-{number}"), 1);
    // What is filed later is later: the ids of records of the same time tell nothing of their order.
    let time = format!("T10:{:02}:{:02}Z", number / 60, number % 60);
    let of = |(days, uid, message): &(i64, &str, &str)| {
        Payload::record(&format!("{}{time}", ago(*days)), uid, "ordering", message)
    };
    fixtures::put(&stream, &records.iter().map(of).collect::<Vec<_>>());
    app.deliver(&stream).await;
}

/// Sends a request that may change something. Returns the status and the body.
async fn send(query: &Function, method: &str, target: &str, body: Option<&Value>) -> (u64, Value) {
    let mut event = api_gateway_event(target);
    event["requestContext"]["http"]["method"] = method.into();
    if let Some(body) = body {
        event["body"] = body.to_string().into();
        event["headers"]["content-type"] = "application/json".into();
    }
    let reply = query.invoke(&event, RUN).await.expect("a reply");
    let body = serde_json::from_str(reply["body"].as_str().unwrap_or_default()).unwrap_or_default();
    (reply["statusCode"].as_u64().expect("a status"), body)
}

async fn pin(app: &TestApp, uid: &str, reason: &str) -> Value {
    let (status, pin) =
        send(&app.query, "PUT", &format!("/transactions/{uid}/pin"), Some(&json!({ "reason": reason }))).await;
    assert_eq!(status, 200, "{pin}");
    pin
}

async fn drop_old_days(db: &TestDb) -> Value {
    let days = ("LOGBRAID_RETENTION_DAYS".to_owned(), "40".to_owned());
    let function = Function::new("retention", db.env().into_iter().chain([days]));
    function.invoke(&json!({}), RUN).await.unwrap_or_else(|error| panic!("{error}: {:?}", function.logs().lines()))
}

async fn messages(app: &TestApp, target: &str) -> Vec<String> {
    let answer = app.get(target).await;
    let records = answer.body["records"].as_array().cloned().unwrap_or_default();
    records.iter().map(|record| record["message"].as_str().expect("text").to_owned()).collect()
}

#[tokio::test]
async fn a_pinned_transaction_is_found_after_its_days_are_gone() {
    let app = app().await;
    file(&app, &[(50, UID, "first"), (50, "other", "another"), (49, UID, "second"), (5, UID, "third")]).await;
    let plain = app.get(&format!("/transactions/{UID}")).await;
    assert_eq!(plain.body.get("pinned"), None);
    // In another spelling than the records have.
    let pinned = pin(&app, &UID.replace('-', "").to_uppercase(), "incident 4711").await;
    assert_eq!((&pinned["records"], &pinned["reason"]), (&json!(3), &json!("incident 4711")), "{pinned}");
    // It is filed after the pin, before its day is dropped.
    file(&app, &[(49, UID, "late")]).await;
    let before = app.get(&format!("/transactions/{UID}")).await.body;
    assert_eq!(before["pinned"]["reason"], json!("incident 4711"), "{before}");

    assert_eq!(drop_old_days(&app.db).await["dropped"], json!([ago(50), ago(49)]));
    assert_eq!(app.db.days().await, [ago(5)]);
    app.query.recycle();
    let after = app.get(&format!("/transactions/{UID}")).await.body;
    for field in ["records", "pinned", "started", "record_count"] {
        assert_eq!(after[field], before[field], "{field}");
    }
    assert_eq!(after["record_count"], json!(4));
    assert_eq!(after["completeness"]["days"]["count"], json!(3));
    assert_eq!(app.get("/transactions/other").await.status, 404);
    assert_eq!(messages(&app, "/logs?q=second&from=2020-01-01").await, ["second"]);
    assert_eq!(messages(&app, "/logs?from=2020-01-01").await, ["third", "late", "second", "first"]);
    assert_eq!(messages(&app, &format!("/logs?from=2020-01-01&to={}", ago(50))).await, ["first"]);
    let outline = app.get(&format!("/transactions/{UID}/outline")).await.body;
    assert_eq!(outline["record_count"], json!(4), "{outline}");
    let listed = app.get("/transactions?from=2020-01-01").await.body;
    assert_eq!(listed["transactions"][0]["record_count"], json!(4), "{listed}");
    let services = app.get("/services?from=2020-01-01").await.body;
    assert_eq!(services["services"][0]["records"], json!(4), "{services}");
    let days = app.get("/days").await.body;
    let counts: Vec<_> = days["days"].as_array().expect("days").iter().map(|day| day["records"].clone()).collect();
    assert_eq!(counts, [json!(1), json!(2), json!(1)], "{days}");
    let histogram = app.get(&format!("/histogram?from={}&bucket=1d", ago(60))).await.body;
    let buckets = histogram["buckets"].as_array().unwrap_or_else(|| panic!("{histogram}")).iter();
    let counts = buckets.flat_map(|bucket| bucket["levels"].as_object().into_iter().flatten());
    assert_eq!(counts.filter_map(|(_, count)| count.as_u64()).sum::<u64>(), 4, "{histogram}");
    app.query.recycle();
    let id = before["records"][0]["id"].as_str().expect("an id").to_owned();
    assert_eq!(app.get(&format!("/logs/{id}")).await.body["record"]["message"], json!("first"));

    // A day that comes back has the pinned records, too.
    file(&app, &[(50, UID, "redriven")]).await;
    super::schema::check_day(&app.db, &ago(50)).await;
    assert_eq!(messages(&app, &format!("/transactions/{UID}")).await.len(), 5);
    let found = app.get("/logs?q=first&from=2020-01-01").await.body;
    assert_eq!(
        (found["records"].as_array().map(Vec::len), &found["searched"]["sketches"]),
        (Some(1), &json!(2)),
        "{found}"
    );
    drop_old_days(&app.db).await;

    let (status, _) = send(&app.query, "DELETE", &format!("/transactions/{UID}/pin"), None).await;
    assert_eq!(status, 204);
    assert_eq!(messages(&app, &format!("/transactions/{UID}")).await, ["third"]);
    let (status, problem) = send(&app.query, "DELETE", &format!("/transactions/{UID}/pin"), None).await;
    assert_eq!((status, &problem["type"]), (404, &json!("/problems/unknown-pin")));
    let left = app.db.database().collection::<Document>("pinned").count_documents(doc! {}).await.expect("counted");
    assert_eq!(left, 0);
}

/// The days that a pin knows are those of its records. More may come until they are dropped.
#[tokio::test]
async fn a_pin_keeps_the_records_of_days_that_it_did_not_know() {
    let app = app().await;
    file(&app, &[(50, "a", "first")]).await;
    pin(&app, "a", "one").await;
    file(&app, &[(48, "a", "later"), (48, "b", "of b")]).await;
    drop_old_days(&app.db).await;
    assert_eq!(app.db.days().await, [""; 0]);
    app.query.recycle();
    assert_eq!(messages(&app, "/transactions/a").await, ["first", "later"]);
    assert_eq!(messages(&app, "/logs?from=2020-01-01").await, ["later", "first"]);
}

#[tokio::test]
async fn pins_are_listed_changed_and_end() {
    let app = app().await;
    file(&app, &[(60, "a", "of a"), (60, "b", "of b")]).await;
    assert_eq!(app.get("/pins").await.body, json!({ "pins": [] }));
    pin(&app, "a", "one").await;
    pin(&app, "b", "two").await;
    pin(&app, "a", "three").await;
    let pins = app.get("/pins").await.body;
    let shown = |pins: &Value| -> Vec<(Value, Value)> {
        let pins = pins["pins"].as_array().expect("pins").iter();
        pins.map(|pin| (pin["log_uid"].clone(), pin["reason"].clone())).collect()
    };
    assert_eq!(shown(&pins), [(json!("a"), json!("three")), (json!("b"), json!("two"))]);
    assert_eq!(app.get("/transactions/a/pin").await.body, pins["pins"][0]);
    let (status, problem) = send(&app.query, "PUT", "/transactions/c/pin", Some(&json!({ "reason": "x" }))).await;
    assert_eq!((status, &problem["type"]), (404, &json!("/problems/unknown-transaction")));
    let (status, _) = send(&app.query, "PUT", "/transactions/a/pin", Some(&json!({ "why": "x" }))).await;
    assert_eq!(status, 400);
    drop_old_days(&app.db).await;
    // The pin of `a` ends.
    let stored = app.db.database().collection::<Document>("pins");
    let end = doc! { "$set": { "until": DateTime::from_millis(1_795_000_000_000 - 1_000_000_000_000) } };
    stored.update_one(doc! { "_id": "a" }, end).await.expect("changed");
    assert_eq!(shown(&app.get("/pins").await.body), [(json!("b"), json!("two"))]);
    assert_eq!(app.get("/transactions/a/pin").await.status, 404);
    for (target, is_pinned) in [("/transactions/a", false), ("/transactions/b", true)] {
        let shown = app.get(target).await;
        assert_eq!((shown.status, shown.body.get("pinned").is_some()), (200, is_pinned), "{shown:#?}");
    }
    drop_old_days(&app.db).await;
    assert_eq!(app.get("/transactions/a").await.status, 404);
    assert_eq!(messages(&app, "/transactions/b").await, ["of b"]);
}

/// One record may be of two pinned transactions.
#[tokio::test]
async fn a_record_of_two_pins_stays_until_both_end() {
    let app = app().await;
    let stream = Stream::new("both", 1);
    let created = format!("{}T10:00:00Z", ago(60)).parse::<Timestamp>().expect("a time");
    let record =
        json!({ "created": created.as_second(), "log_uid": "request-17", "trace_id": "trace-17", "message": "shared" });
    fixtures::put(&stream, &[Payload::bytes(created, record.to_string())]);
    app.deliver(&stream).await;
    pin(&app, "request-17", "one").await;
    pin(&app, "trace-17", "two").await;
    drop_old_days(&app.db).await;
    for (ended, left) in [("request-17", 1), ("trace-17", 0)] {
        assert_eq!(send(&app.query, "DELETE", &format!("/transactions/{ended}/pin"), None).await.0, 204);
        assert_eq!(messages(&app, "/transactions/request-17").await.len(), left, "{ended}");
    }
}

#[tokio::test]
async fn without_authorization_pins_are_off() {
    let app = TestApp::start().await;
    file(&app, &[(5, "a", "of a")]).await;
    let body = json!({ "reason": "x" });
    let (status, problem) = send(&app.query, "PUT", "/transactions/a/pin", Some(&body)).await;
    assert_eq!((status, &problem["type"]), (403, &json!("/problems/pins-off")));
    assert_eq!(send(&app.query, "DELETE", "/transactions/a/pin", None).await.0, 403);
    assert_eq!(app.query.get("/pins").await.status, 200);
}
