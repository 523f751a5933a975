//! `GET /logs/{id}` and `GET /histogram`.

use mongodb::bson::{Document, doc};
use serde_json::{Value, json};
use tests::app::TestApp;
use tests::fixtures::{self, Payload, Python};
use tests::http::Answer;
use tests::kinesis::Stream;
use tests::mongo::{FailCommand, OwnServer};

const MAX_TIME_EXPIRED: i32 = 50;

/// Returns a record of a service's process.
fn payload(time: &str, process: u32, service: &str, level: (u8, &str), message: &str) -> Payload {
    let mut payload = Payload::record(time, "x", service, message);
    let mut record: Value = serde_json::from_slice(&payload.data).expect("JSON");
    record["fqdn"] = json!("host");
    record["process"] = json!(process);
    record["levelno"] = json!(level.0);
    record["levelname"] = json!(level.1);
    payload.data = record.to_string().into_bytes();
    payload
}

async fn deliver(app: &TestApp) {
    let stream = Stream::new("app_logging", 1);
    let (info, error) = ((20, "INFO"), (40, "ERROR"));
    let payloads = [
        payload("2026-11-19T23:00:00Z", 1, "shop", info, "begins"),
        payload("2026-11-19T23:59:58Z", 1, "shop", info, "before"),
        payload("2026-11-19T23:59:59Z", 2, "shop", info, "another process"),
        payload("2026-11-20T00:00:00Z", 1, "shop", error, "here"),
        payload("2026-11-20T00:00:01Z", 1, "stock", info, "another service"),
        payload("2026-11-20T12:00:00Z", 1, "shop", info, "much later"),
    ];
    fixtures::put(&stream, &payloads);
    app.deliver(&stream).await;
}

async fn id_of(app: &TestApp, message: &str) -> String {
    let records = app.db.all_records().await;
    let has = |record: &&Document| record.get_str("message").ok() == Some(message);
    records.iter().find(has).expect("it is there").get_object_id("_id").expect("an id").to_hex()
}

fn messages(answer: &Answer, of: &str) -> [Vec<String>; 2] {
    assert_eq!(answer.status, 200, "{answer:#?}");
    ["before", "after"].map(|side| {
        let records = answer.body[of][side].as_array().unwrap_or_else(|| panic!("no {side} in {answer:#?}"));
        records.iter().map(|record| record["message"].as_str().unwrap_or_default().to_owned()).collect()
    })
}

#[tokio::test]
async fn a_record_has_neighbours_over_midnight() {
    let app = TestApp::start().await;
    deliver(&app).await;
    let id = id_of(&app, "here").await;
    let all = app.get(&format!("/logs/{id}")).await;
    assert_eq!(all.body["record"]["message"], "here");
    assert_eq!(messages(&all, "process"), [vec!["begins", "before"], vec!["another service", "much later"]]);
    assert_eq!(messages(&all, "service"), [vec!["begins", "before", "another process"], vec!["much later"]]);
    let one = app.get(&format!("/logs/{id}?around=1")).await;
    assert_eq!(messages(&one, "process"), [vec!["before"], vec!["another service"]]);
    assert_eq!(messages(&one, "service"), [vec!["another process"], vec!["much later"]]);
    assert_eq!((&one.body["process"]["cut"], &one.body["service"]["cut"]), (&Value::Null, &Value::Null));
    let none = app.get(&format!("/logs/{id}?around=0")).await;
    assert_eq!(messages(&none, "process"), [[]; 2] as [[&str; 0]; 2]);
}

#[tokio::test]
async fn neighbours_are_never_more_than_a_record_says() {
    let app = TestApp::start().await;
    deliver(&app).await;
    let id = id_of(&app, "here").await;
    let odd = doc! { "$set": { "process": { "$gt": 0 } }, "$unset": { "service": "" } };
    let changed = app.db.day("2026-11-20").update_one(doc! { "message": "here" }, odd).await;
    changed.expect("a record can be changed");
    let answer = app.get(&format!("/logs/{id}")).await;
    for of in ["process", "service"] {
        assert_eq!(messages(&answer, of), [[]; 2] as [[&str; 0]; 2]);
    }
    for (target, status, kind) in [
        ("/logs/6b00065b28841133e527503d", 404, "/problems/unknown-record"),
        ("/logs/000000000000000000000000", 404, "/problems/unknown-record"),
        ("/logs/x", 400, "/problems/bad-parameter"),
        ("/logs/..%2Fquarantine", 404, "/problems/unknown-path"),
        ("/logs/%7B%22$ne%22:1%7D", 400, "/problems/bad-parameter"),
        ("/logs/%00", 400, "/problems/bad-parameter"),
    ] {
        let answer = app.get(target).await;
        assert_eq!((answer.status, &answer.body["type"]), (status, &json!(kind)), "{target}");
    }
}

#[tokio::test]
async fn records_are_counted_by_time_and_level() {
    let app = TestApp::start().await;
    let stream = Stream::new("orders", 1);
    fixtures::put(&stream, &fixtures::order(Python::V311));
    app.deliver(&stream).await;
    deliver(&app).await;
    let range = "from=2026-11-19&to=2026-11-20";
    let all = app.get(&format!("/histogram?{range}&bucket=12h")).await;
    let buckets = json!([
        { "start": "2026-11-19T12:00:00.000000Z", "levels": { "INFO": 3 }, "count": 3 },
        { "start": "2026-11-20T00:00:00.000000Z", "levels": { "DEBUG": 3, "ERROR": 2, "INFO": 23, "WARNING": 1 }, "count": 29 },
        { "start": "2026-11-20T12:00:00.000000Z", "levels": { "INFO": 1 }, "count": 1 },
    ]);
    let expect = json!({
        "from": "2026-11-19T00:00:00.000000Z", "to": "2026-11-21T00:00:00.000000Z", "bucket_ms": 43_200_000,
        "buckets": buckets, "cut": null, "next": null,
    });
    assert_eq!((all.status, all.body), (200, expect));
    for (query, expect) in [("level=ERROR", 2), ("service=shop&level=ERROR", 1), ("q=HERE", 1), ("q=nothing", 0)] {
        let answer = app.get(&format!("/histogram?{range}&{query}")).await;
        let count = |bucket: &Value| bucket["count"].as_i64().expect("a number");
        let counts = answer.body["buckets"].as_array().into_iter().flatten().map(count);
        assert_eq!(counts.sum::<i64>(), expect, "{query}: {answer:#?}");
    }
    let odd = doc! { "_id": "text", "levelno": f64::NAN, "time": 7 };
    app.db.day("2026-11-20").insert_one(odd).await.expect("a document can be put there");
    assert_eq!(app.get(&format!("/histogram?{range}&level=ERROR")).await.status, 200);
}

#[tokio::test]
async fn what_could_not_be_counted_is_counted_next() {
    let server = OwnServer::start();
    let app = TestApp::on(&server).await;
    deliver(&app).await;
    FailCommand::refuse_on(&app.db, "aggregate", "kinesis_logs_2026-11-19", 1_000, MAX_TIME_EXPIRED).await;
    let cut = app.get("/histogram?from=2026-11-19&to=2026-11-20&bucket=1d").await;
    assert_eq!(cut.body["cut"], json!({ "reason": "time_limit", "reached": "2026-11-20T00:00:00.000000Z" }));
    assert_eq!(cut.body["buckets"][0]["count"], 3);
    FailCommand::disarm(&app.db).await;
    let rest = app.get(cut.body["next"].as_str().expect("an address")).await;
    assert_eq!((&rest.body["buckets"][0]["count"], &rest.body["next"]), (&json!(3), &Value::Null), "{rest:#?}");
}
