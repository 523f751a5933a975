//! Filters that exclude and compare, on the real server.

use std::fmt::Write as _;

use mongodb::bson::{DateTime, doc};
use serde_json::{Value, json};
use tests::app::TestApp;
use tests::http::{Answer, Get, PlainHttp};
use tests::kinesis::Stream;

/// Records of a second each, with a field of different types.
const RECORDS: [&str; 11] = [
    r#""message": "int", "status": 500, "service": "shop", "logger": "shop.cart", "host": "a""#,
    r#""message": "small", "status": 99, "service": "shop", "logger": "shop.tax", "host": "b""#,
    r#""message": "float", "status": 503.5, "service": "stock", "logger": "stock", "host": "a""#,
    r#""message": "text", "status": "503", "service": "stock", "logger": "stock", "host": "a""#,
    r#""message": "word", "status": "gone", "service": "stock", "logger": "stock", "host": "a""#,
    r#""message": "list", "status": [100, 600], "service": "stock", "logger": "stock", "host": "a""#,
    r#""message": "none", "service": "stock", "logger": "stock", "host": "a""#,
    r#""message": "dotted", "a.b": 7, "service": "stock", "logger": "stock", "host": "a""#,
    r#""message": "inner", "resource": {"host.name": [3, 8]}, "service": "stock", "logger": "stock", "host": "a""#,
    r#""message": "time", "due": "2026-11-20T12:00:00Z", "service": "stock", "logger": "stock", "host": "a""#,
    r#""message": "bare""#,
];

async fn delivered() -> (TestApp, PlainHttp) {
    let app = TestApp::start().await;
    let stream = Stream::new("app_logging", 1);
    let mut lines = String::new();
    for (number, fields) in RECORDS.iter().enumerate() {
        let created = 1_795_163_739 + number;
        writeln!(lines, r#"{{"created": {created}, "log_uid": "x", "levelname": "INFO", {fields}}}"#).expect("written");
    }
    stream.put("host", lines);
    app.deliver(&stream).await;
    // JSON has no dates.
    let mut id = app.db.records("2026-11-20").await[0].get_object_id("_id").expect("an id").bytes();
    id[11] ^= 1;
    let due = DateTime::parse_rfc3339_str("2026-11-20T12:00:00.500Z").expect("a time");
    let date = doc! { "_id": mongodb::bson::oid::ObjectId::from_bytes(id), "log_uid": "x", "message": "date", "due": due, "service": "shop" };
    app.db.day("2026-11-20").insert_one(date).await.expect("stored");
    let plain = PlainHttp::start(app.db.env()).await;
    (app, plain)
}

/// Escapes what a URL cannot have.
fn escaped(query: &str) -> String {
    query.replace('<', "%3C").replace('>', "%3E")
}

fn messages(answer: &Answer) -> Vec<&str> {
    assert_eq!(answer.status, 200, "{answer:#?}");
    let mut messages: Vec<&str> = answer.body["records"]
        .as_array()
        .map(|records| records.iter().filter_map(|record| record["message"].as_str()).collect())
        .unwrap_or_default();
    messages.sort_unstable();
    messages
}

#[tokio::test]
async fn fields_compare_with_values_of_their_type() {
    let (app, plain) = delivered().await;
    for (query, expect) in [
        ("field.status>=500", "float int list"),
        ("field.status>500", "float list"),
        ("field.status%3E500", "float list"),
        ("field.status<=500", "int list small"),
        ("field.status<99", ""),
        ("field.status>=500&field.status<600", "float int list"),
        ("field.status>f", "word"),
        ("field.status:string>=5", "text word"),
        ("field.status!=500", "bare date dotted float inner list none small text time word"),
        ("field.status!=500&field.status!=503", "bare date dotted float inner list none small time word"),
        ("not.field.status=500", "bare date dotted float inner list none small text time word"),
        ("not.field.status>=500", "bare date dotted inner none small text time word"),
        ("field.a.b>=7", "dotted"),
        ("field.a.b>7", ""),
        ("field.resource.host.name>7", "inner"),
        ("field.resource.host.name<3", ""),
        ("field.due>=2026-11-20T12:00:00Z", "date time"),
        ("field.due>2026-11-20T12:00:00Z", "date"),
        // As text, `…00Z` is after `…00.5Z`.
        ("field.due<2026-11-20T12:00:00.500001Z", "date"),
        ("field.due<2026-11-20T12:00:01Z", "date time"),
        ("field.due<=2026-11-20T12:00:00Z", "time"),
        ("field.due>=2026-11-21", ""),
        ("field.levelno>10&field.status<100", "small"),
    ] {
        let answer = plain.get(&format!("/logs?{}", escaped(query))).await;
        assert_eq!(messages(&answer).join(" "), expect, "{query}");
    }
    // An HTTP API may pass what is not escaped.
    assert_eq!(messages(&app.get("/logs?field.status>=500").await), ["float", "int", "list"]);
}

#[tokio::test]
async fn what_is_excluded_is_left_out_everywhere() {
    let (_app, plain) = delivered().await;
    for (query, expect) in [
        ("not.service=stock", "bare date int small"),
        ("not.service=stock,shop", "bare"),
        ("not.logger=stock,shop.tax", "bare date int"),
        ("not.logger=shop", "bare date dotted float inner list none text time word"),
        ("not.host=a", "bare date small"),
        ("not.service=stock&not.q=int", "bare date small"),
        ("not.service=stock&not.q=/^INT/&not.q=/^bar/", "date int small"),
    ] {
        for path in ["/logs", "/transactions/x"] {
            let answer = plain.get(&format!("{path}?{query}")).await;
            assert_eq!(messages(&answer).join(" "), expect, "{path} {query}");
        }
    }
    let tail = plain.get("/logs/tail?not.service=stock").await;
    assert_eq!(messages(&tail), ["bare", "int", "small"]);
    let counted = plain.get("/histogram?from=2026-11-20&to=2026-11-20&not.service=stock&bucket=1d").await;
    // The record that was stored by hand has no time.
    assert_eq!(counted.body["buckets"][0]["count"], json!(3));
    let outline = plain.get("/transactions/x/outline?not.service=stock").await;
    assert_eq!(outline.body["record_count"], json!(4));
    let none = plain.get("/transactions?from=2026-11-20&to=2026-11-20&not.field.log_uid=x").await;
    assert_eq!(none.body["transactions"], json!([]));
}

#[tokio::test]
async fn the_next_page_has_the_same_conditions() {
    let (_app, plain) = delivered().await;
    let (mut found, mut next) = (Vec::new(), Some("/logs?limit=1&field.status%3E500&not.q=float".to_owned()));
    while let Some(target) = next {
        let answer = plain.get(&target).await;
        found.extend(messages(&answer).iter().map(|&message| message.to_owned()));
        next = answer.body["next"].as_str().map(str::to_owned);
    }
    assert_eq!(found, ["list"]);
}

#[tokio::test]
async fn what_is_no_operator_is_refused() {
    let (_app, plain) = delivered().await;
    for query in ["field.a=>5", "field.a==5", "field.a<>5", "field.a=~x", "field.a~=x", "field.a>5<7", "not.field.a=>5"]
    {
        let answer = plain.get(&format!("/logs?{}", escaped(query))).await;
        assert_eq!((answer.status, &answer.body["type"]), (400, &json!("/problems/bad-parameter")), "{query}");
        assert!(answer.body["allowed"].as_str().is_some_and(|allowed| allowed.starts_with("=, !=, >")), "{answer:?}");
    }
    // A type says that it is meant.
    assert_eq!(plain.get("/logs?field.a:string==%3E5").await.status, 200);
}

#[tokio::test]
async fn times_are_written_without_a_zone_and_in_seconds() {
    let (_app, plain) = delivered().await;
    for (query, expect) in [
        ("from=2026-11-20T08:35:49", "bare"),
        ("from=2026-11-20+08:35:49", "bare"),
        ("from=1795163749", "bare"),
        ("from=1795163748.5", "bare"),
        ("from=1795163748000&to=1795163749000", "time"),
        ("to=1795163740&not.service=nobody", "date int"),
    ] {
        assert_eq!(messages(&plain.get(&format!("/logs?{query}")).await).join(" "), expect, "{query}");
    }
    let unknown = plain.get("/logs?from=17951637").await;
    assert_eq!((unknown.status, &unknown.body["parameter"]), (400, &Value::from("from")));
}
