//! `GET /values`: the commonest values of a field, on the real server.

use std::fmt::Write as _;

use serde_json::{Value, json};
use tests::app::TestApp;
use tests::fixtures::Payload;
use tests::http::{Answer, Get, PlainHttp};
use tests::kinesis::Stream;
use tests::mongo::{FailCommand, OwnServer};

const MAX_TIME_EXPIRED: i32 = 50;
const DAYS: &str = "from=2026-11-19&to=2026-11-20";

/// Records of two days, with a field of many types.
async fn deliver(app: &TestApp) {
    let long = "y".repeat(300);
    let records = [
        r#""sku": "a""#.to_owned(),
        r#""sku": "a""#.to_owned(),
        r#""sku": ["a", "b", "a", "b"]"#.to_owned(),
        r#""sku": 5"#.to_owned(),
        r#""sku": 5.0"#.to_owned(),
        r#""sku": "5""#.to_owned(),
        r#""sku": null"#.to_owned(),
        r#""sku": true"#.to_owned(),
        r#""sku": {"deep": 1}"#.to_owned(),
        format!(r#""sku": "{long}1""#),
        format!(r#""sku": ["{long}2", "{long}3"]"#),
        r#""sku": []"#.to_owned(),
        r#""none": 1"#.to_owned(),
        r#""a.b": 1, "a": {"b": 2}, "level": "ERROR""#.to_owned(),
        r#""a": [{"b": 1}, {"b": 3}], "resource": {"host.name": "h"}"#.to_owned(),
    ];
    let stream = Stream::new("app_logging", 1);
    for created in [1_795_163_739 - 86_400, 1_795_163_739] {
        let mut lines = String::new();
        for (number, fields) in records.iter().enumerate() {
            let created = created + number;
            writeln!(lines, r#"{{"created": {created}, "message": "{number}", "log_uid": "x", {fields}}}"#)
                .expect("written");
        }
        stream.put("host", lines);
    }
    app.deliver(&stream).await;
}

/// Returns `value: records` of an answer.
fn listed(answer: &Answer) -> Vec<String> {
    assert_eq!(answer.status, 200, "{answer:#?}");
    let values = answer.body["values"].as_array().map(Vec::as_slice).unwrap_or_default();
    values.iter().map(|value| format!("{}: {}", value["value"], value["records"])).collect()
}

#[tokio::test]
async fn the_commonest_values_come_first_each_once_for_a_record() {
    let app = TestApp::start().await;
    deliver(&app).await;
    let plain = PlainHttp::start(app.db.env()).await;
    let answer = plain.get(&format!("/values?name=sku&{DAYS}")).await;
    let long = format!("\"{}\": 4", "y".repeat(200));
    assert_eq!(listed(&answer), ["\"a\": 6", &long, "5: 4", "\"5\": 2", "\"b\": 2", "null: 2", "true: 2"]);
    let rest = ["records", "missing", "other", "distinct_over", "next", "cut"].map(|name| &answer.body[name]);
    // An empty list has no value, and an object is none.
    assert_eq!(json!(rest), json!([30, 8, 2, false, null, null]), "{answer:#?}");
    assert_eq!(app.get(&format!("/values?name=sku&{DAYS}")).await, answer);
    let two = plain.get(&format!("/values?name=sku&{DAYS}&limit=2")).await;
    assert_eq!((listed(&two).len(), &two.body["other"]), (2, &json!(14)));
}

#[tokio::test]
async fn a_name_and_the_filters_mean_what_they_mean_elsewhere() {
    let app = TestApp::start().await;
    deliver(&app).await;
    let plain = PlainHttp::start(app.db.env()).await;
    for (query, expect) in [
        ("name=a.b", vec!["1: 4", "2: 2", "3: 2"]),
        ("name=resource.host.name", vec!["\"h\": 2"]),
        ("name=levelname&level=ERROR", vec!["\"ERROR\": 2"]),
        ("name=a.b&not.field.resource:exists=true", vec!["1: 2", "2: 2"]),
        ("name=sku&field.sku%3E4", vec!["5: 4"]),
        ("name=log_uid&log_uid=x", vec!["\"x\": 30"]),
        ("name=$where", vec![]),
        ("name=source.shard&q=nothing", vec![]),
    ] {
        assert_eq!(listed(&plain.get(&format!("/values?{query}&{DAYS}")).await), expect, "{query}");
    }
    assert_eq!(plain.get("/values").await.status, 400);
}

#[tokio::test]
async fn values_that_there_is_no_time_for_are_at_next() {
    let server = OwnServer::start();
    let app = TestApp::on(&server).await;
    deliver(&app).await;
    let slow_day = "kinesis_logs_2026-11-19";
    FailCommand::refuse_on(&app.db, "aggregate", slow_day, 1_000, MAX_TIME_EXPIRED).await;
    let cut = app.get(&format!("/values?name=log_uid&{DAYS}")).await;
    assert_eq!(listed(&cut), ["\"x\": 15"]);
    assert_eq!(cut.body["cut"], json!({ "reason": "time_limit", "reached": "2026-11-20T00:00:00.000000Z" }));
    let next = cut.body["next"].as_str().expect("the rest has an address").to_owned();
    assert_eq!(app.get(&next).await.status, 504);
    FailCommand::disarm(&app.db).await;
    let rest = app.get(&next).await;
    assert_eq!((listed(&rest), &rest.body["next"]), (vec!["\"x\": 15".to_owned()], &Value::Null));
}

/// A field with another value in every record costs no more memory than one with a few.
#[tokio::test]
async fn of_very_many_values_the_rest_is_counted() {
    let app = TestApp::start().await;
    let stream = Stream::new("app_logging", 1);
    for payload in 0..12 {
        let mut lines = String::new();
        for line in 0..1_000 {
            let number = payload * 1_000 + line;
            writeln!(lines, r#"{{"created": 1795163739.{number:05}, "message": "{number}", "twice": {}}}"#, number / 2)
                .expect("written");
        }
        stream.put("host", lines);
    }
    stream.put("host", Payload::record("2026-11-20T09:00:00Z", "x", "jobs", "7").data);
    app.deliver(&stream).await;
    let plain = PlainHttp::start(app.db.env()).await;
    let many = plain.get(&format!("/values?name=message&{DAYS}&limit=1")).await;
    assert_eq!((listed(&many), &many.body["distinct_over"]), (vec!["\"7\": 2".to_owned()], &json!(true)));
    assert_eq!((&many.body["records"], &many.body["other"]), (&json!(12_001), &json!(11_999)));
    let fewer = plain.get(&format!("/values?name=twice&{DAYS}&limit=1")).await;
    assert_eq!((&fewer.body["distinct_over"], &fewer.body["missing"]), (&json!(false), &json!(1)));
}
