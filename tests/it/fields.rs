//! `fields`: only some fields of the records leave MongoDB and the function.

use serde_json::{Value, json};
use tests::app::TestApp;
use tests::fixtures::{self, ORDER_UID, Python};
use tests::http::{Answer, Get, PlainHttp};
use tests::kinesis::Stream;

async fn delivered() -> (TestApp, PlainHttp) {
    let app = TestApp::start().await;
    let stream = Stream::new("app_logging", 1);
    fixtures::put(&stream, &fixtures::order(Python::V311));
    stream.put(
        "host",
        r#"{"created": 1795163740, "log_uid": "odd", "message": "odd", "levelname": "INFO", "id": 17, "a.b": 1, "a": {"b": 2, "c": 3},
            "resource": {"host.name": "h", "other": 1}, "items": [{"sku": "x", "n": 1}, {"sku": "y"}], "$where": 4}"#,
    );
    app.deliver(&stream).await;
    let plain = PlainHttp::start(app.db.env()).await;
    (app, plain)
}

fn records(answer: &Answer) -> Vec<Value> {
    assert_eq!(answer.status, 200, "{answer:#?}");
    answer.body["records"].as_array().cloned().unwrap_or_default()
}

fn names(record: &Value) -> Vec<&str> {
    record.as_object().map(|fields| fields.keys().map(String::as_str).collect()).unwrap_or_default()
}

#[tokio::test]
async fn an_answer_has_only_the_fields_that_are_asked_for() {
    let (_app, plain) = delivered().await;
    let whole = plain.get(&format!("/transactions/{ORDER_UID}")).await;
    let some = plain.get(&format!("/transactions/{ORDER_UID}?fields=message,levelname")).await;
    let shown: Vec<Value> = records(&whole)
        .iter()
        .map(|record| json!({ "id": record["id"], "time": record["time"], "message": record["message"], "levelname": record["levelname"] }))
        .collect();
    assert_eq!(records(&some), shown);
    // What is said of the records stays.
    let but_records = |answer: &Answer| {
        let mut body = answer.body.clone();
        body["records"].take();
        body
    };
    assert_eq!(but_records(&some), but_records(&whole));
    let (some, whole) = (some.body.to_string().len(), whole.body.to_string().len());
    assert!(some * 3 < whole, "{some} of {whole} bytes");
    for target in ["/logs?limit=3&fields=service", "/logs/tail?limit=3&fields=service"] {
        for record in records(&plain.get(target).await) {
            assert!(names(&record).iter().all(|name| ["id", "time", "service"].contains(name)), "{target} {record}");
        }
    }
    let lines = plain.get("/logs?limit=2&fields=lineno&format=ndjson&service=ordering").await.body;
    let lines: Vec<Value> =
        lines.as_str().expect("lines").lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert!(lines.len() == 2 && lines.iter().all(|line| names(line) == ["id", "lineno", "time"]), "{lines:?}");
    let mut events = plain.events("/logs/tail?limit=1&fields=service&service=ordering", None).await;
    let event = events.next().await.expect("an event");
    assert_eq!(names(&event.data), ["id", "service", "time"]);
}

#[tokio::test]
async fn a_dot_means_what_it_means_in_a_filter() {
    let (_app, plain) = delivered().await;
    for (fields, expect) in [
        ("a.b", json!({ "a": { "b": 2 }, "a.b": 1 })),
        ("a", json!({ "a": { "b": 2, "c": 3 } })),
        ("resource.host.name", json!({ "resource": { "host.name": "h" } })),
        ("items.sku", json!({ "items": [{ "sku": "x" }, { "sku": "y" }] })),
        ("$where", json!({ "$where": 4 })),
        ("source.format,source.shard", json!({ "source": { "format": "json", "shard": "shardId-000000000000" } })),
        ("id", json!({ "sent": { "id": 17 } })),
        ("none,time,a.b.c", json!({})),
    ] {
        for path in ["/logs?log_uid=odd&", "/transactions/odd?"] {
            let mut record = records(&plain.get(&format!("{path}fields={fields}")).await).remove(0);
            let own = record.as_object_mut().expect("an object");
            assert!(own.remove("id").is_some() && own.remove("time").is_some(), "{fields}");
            assert_eq!(record, expect, "{path} {fields}");
        }
    }
}

#[tokio::test]
async fn mongodb_sends_only_what_is_needed() {
    let (app, plain) = delivered().await;
    let asking = async {
        plain.get(&format!("/transactions/{ORDER_UID}?fields=message,source.seq,resource.host.name")).await;
        plain.get("/logs?from=2026-11-20&to=2026-11-20&fields=message").await;
    };
    let finds = app.db.finds("2026-11-20", asking).await;
    let projections: Vec<String> = finds
        .iter()
        .filter_map(|find| find.get_document("command").ok()?.get_document("projection").ok())
        .map(|projection| projection.keys().map(String::as_str).collect::<Vec<_>>().join(" "))
        .collect();
    assert_eq!(projections, ["_id levelno log_uid message resource service source name 0 name 1", "_id message"]);
}

#[tokio::test]
async fn pages_go_on_with_the_same_fields() {
    let (_app, plain) = delivered().await;
    let (mut seen, mut next) = (0, Some(format!("/transactions/{ORDER_UID}?fields=message&limit=4")));
    while let Some(target) = next {
        let page = plain.get(&target).await;
        seen += records(&page).len();
        assert!(records(&page).iter().all(|record| names(record) == ["id", "message", "time"]), "{page:?}");
        next = page.body["next"].as_str().map(str::to_owned);
    }
    assert_eq!(seen, 9);
    let text = plain.get("/logs?fields=message&format=text").await;
    assert_eq!((text.status, &text.body["allowed"]), (400, &json!("format=json, format=ndjson")));
}
