//! The query function gives the same answers through an HTTP API's events and over plain HTTP.

use base64::prelude::{BASE64_STANDARD, Engine as _};
use serde_json::{Value, json};
use tests::app::TestApp;
use tests::fixtures::{self, ORDER_UID, Python};
use tests::http::{Answer, Get, PlainHttp, api_gateway_event};
use tests::kinesis::Stream;
use tests::mongo::OwnServer;
use tests::wait::DEADLINE;

async fn delivered() -> (TestApp, PlainHttp) {
    let app = TestApp::start().await;
    let stream = Stream::new("app_logging", 1);
    fixtures::put(&stream, &fixtures::order(Python::V311));
    app.deliver(&stream).await;
    let plain = PlainHttp::start(app.db.env()).await;
    (app, plain)
}

/// Requests a path both ways. Returns the answer, which must be the same.
async fn get(app: &TestApp, plain: &PlainHttp, target: &str) -> Answer {
    let answer = app.get(target).await;
    assert_eq!(plain.get(target).await, answer, "GET {target} differs between the two");
    answer
}

#[tokio::test]
async fn a_transaction_is_found_by_every_spelling_of_its_uid() {
    let (app, plain) = delivered().await;
    for spelling in [
        "6F1A4E0E-6F0C-4C58-9D0C-0A1B2C3D4E5F",
        "6f1a4e0e6f0c4c589d0c0a1b2c3d4e5f",
        "1-6f1a4e0e-6f0c4c589d0c0a1b2c3d4e5f",
        "Root=1-6f1a4e0e-6f0c4c589d0c0a1b2c3d4e5f;Sampled=1",
    ] {
        let answer = get(&app, &plain, &format!("/transactions/{spelling}")).await;
        assert_eq!(answer.body["record_count"], 9, "{spelling}");
        // Records keep the spelling of their sender.
        assert_eq!(answer.body["records"][0]["log_uid"], ORDER_UID);
        let found = get(&app, &plain, &format!("/logs?log_uid={spelling}")).await;
        assert_eq!(found.body["records"].as_array().map(Vec::len), Some(9), "{spelling}");
    }
    assert_eq!(get(&app, &plain, "/transactions/6f1a4e0e").await.status, 404);
}

#[tokio::test]
async fn a_transaction_is_one_json_document() {
    let (app, plain) = delivered().await;
    let answer = get(&app, &plain, &format!("/transactions/{ORDER_UID}")).await;
    assert_eq!((answer.status, answer.content_type.as_str()), (200, "application/json"));
    let records = answer.body["records"].as_array().expect("records").clone();
    assert_eq!(records.len(), 9);
    let mut summary = answer.body.clone();
    summary["records"] = json!(format!("{} records", records.len()));
    summary["completeness"] = json!("see completeness.rs");
    insta::assert_json_snapshot!(summary, @r#"
    {
      "also_known_as": [],
      "also_known_as_over": false,
      "completeness": "see completeness.rs",
      "duration_ms": 97.253,
      "ended": "2026-11-20T08:35:39.263206Z",
      "followed": null,
      "log_uid": "6f1a4e0e-6f0c-4c58-9d0c-0a1b2c3d4e5f",
      "next": null,
      "record_count": 9,
      "records": "9 records",
      "services": [
        "purchasing",
        "inventory",
        "ordering"
      ],
      "started": "2026-11-20T08:35:39.165953Z",
      "worst_level": "ERROR"
    }
    "#);
    insta::assert_json_snapshot!(records[0], { ".id" => "[id]", ".source.seq" => "[seq]" }, @r#"
    {
      "args": [
        1000
      ],
      "buyer": "alice",
      "created": 1795163739.165953,
      "filename": "svc.py",
      "fqdn": "localhost",
      "funcName": "purchase",
      "id": "[id]",
      "levelname": "INFO",
      "levelno": 20,
      "lineno": 69,
      "log_uid": "6f1a4e0e-6f0c-4c58-9d0c-0a1b2c3d4e5f",
      "message": "check availability for 1000 widgets",
      "module": "svc",
      "msecs": 165.0,
      "msg": "check availability for %d widgets",
      "name": "purchasing.apps.orders",
      "pathname": "/srv/shop/orders/corp/svc.py",
      "pk": "localhost",
      "process": 15033,
      "processName": "MainProcess",
      "relativeCreated": 200.32906532287598,
      "service": "purchasing",
      "sku": "WIDGET-1",
      "source": {
        "arrived": "2026-11-20T08:35:39.285Z",
        "format": "json",
        "seq": "[seq]",
        "shard": "shardId-000000000000",
        "stream": "app_logging"
      },
      "thread": 140011810929536,
      "threadName": "MainThread",
      "time": "2026-11-20T08:35:39.165953Z"
    }
    "#);
    for record in &records {
        let id = record["id"].as_str().unwrap_or_default();
        assert!(id.len() == 24 && id.bytes().all(|byte| byte.is_ascii_hexdigit()), "{record}");
    }
    let times: Vec<&str> = records.iter().filter_map(|record| record["time"].as_str()).collect();
    assert!(times.len() == 9 && times.is_sorted(), "{times:?}");
    let extended = answer.body.to_string();
    assert!(!["$oid", "$date", "$number"].iter().any(|marker| extended.contains(marker)), "{extended}");
}

#[tokio::test]
async fn questions_without_an_answer_get_a_problem_document() {
    let (app, plain) = delivered().await;
    for (target, status) in [
        ("/transactions/no-such-uid", 404),
        ("/no-such-path", 404),
        ("/transactions/x?from=yesterday", 400),
        ("/transactions/x?to=2026-13-01T00:00:00Z", 400),
        ("/transactions/x?from=2026-11-21T00:00:00Z&to=2026-11-20T00:00:00Z", 400),
        ("/transactions/-", 400),
        ("/transactions/x?form=2026-11-20T00:00:00Z", 400),
    ] {
        let answer = get(&app, &plain, target).await;
        assert_eq!(
            (answer.status, answer.content_type.as_str()),
            (status, "application/problem+json"),
            "GET {target}: {answer:#?}"
        );
        assert_eq!(answer.body["status"], json!(status), "GET {target}: {answer:#?}");
        for member in ["type", "title"] {
            assert!(answer.body[member].is_string(), "GET {target}: no {member} in {answer:#?}");
        }
    }
}

/// Whether to wait or to look elsewhere depends on where was looked.
#[tokio::test]
async fn an_unknown_uid_says_where_was_looked_and_until_when() {
    let (app, plain) = delivered().await;
    let known = plain.get(&format!("/transactions/{ORDER_UID}")).await.body["completeness"].clone();
    for target in ["/transactions/nobody", "/transactions/nobody?format=text", "/transactions/nobody/outline"] {
        let unknown = get(&app, &plain, target).await;
        assert_eq!((unknown.status, &unknown.body["days"]), (404, &known["days"]), "{target}");
        assert_eq!(unknown.body["filed_until"], known["filed_until"], "{target}");
    }
    assert_eq!(known["filed_until"].as_array().map(Vec::len), Some(1));
    let elsewhere = plain.get("/transactions/nobody?to=2026-11-19").await;
    assert_eq!(elsewhere.body["days"], json!({ "count": 0, "first": null, "last": null }));
    assert_eq!(plain.get("/nowhere").await.body.get("filed_until"), None);
}

#[tokio::test]
async fn a_uid_is_found_however_it_is_written_in_the_path() {
    let app = TestApp::start().await;
    let stream = Stream::new("app_logging", 1);
    let uid = "job/42 über+all";
    fixtures::put(&stream, &[fixtures::Payload::record("2026-11-20T12:00:00Z", uid, "jobs", "odd but allowed")]);
    app.deliver(&stream).await;
    let plain = PlainHttp::start(app.db.env()).await;
    let answer = get(&app, &plain, "/transactions/job%2F42%20%C3%BCber%2Ball").await;
    assert_eq!((answer.status, &answer.body["log_uid"]), (200, &json!(uid)), "{answer:#?}");
}

#[tokio::test]
async fn an_interval_without_records_is_not_found() {
    let (app, plain) = delivered().await;
    let target = format!("/transactions/{ORDER_UID}?to=2026-11-20T00:00:00Z");
    assert_eq!(get(&app, &plain, &target).await.status, 404);
}

#[tokio::test]
async fn it_says_whether_it_is_healthy() {
    let app = TestApp::start().await;
    let plain = PlainHttp::start(app.db.env()).await;
    let answer = get(&app, &plain, "/healthz").await;
    assert_eq!(answer.status, 200, "{answer:#?}");
}

#[tokio::test]
async fn it_says_when_its_database_is_away() {
    let mut server = OwnServer::start();
    let app = TestApp::on(&server).await;
    let plain = PlainHttp::start(app.db.env()).await;
    server.stop();
    for target in ["/healthz", "/transactions/x"] {
        let answer = get(&app, &plain, target).await;
        assert_eq!((answer.status, answer.content_type.as_str()), (503, "application/problem+json"), "GET {target}");
    }
    server.restart();
    assert_eq!(get(&app, &plain, "/healthz").await.status, 200);
}

/// An HTTP API would refuse these requests, but nothing depends on that.
#[tokio::test]
async fn a_megabyte_of_parameters_is_refused() {
    let app = TestApp::start().await;
    let long = "x".repeat(1_000_000);
    for target in
        ["/transactions?q=", "/transactions/x?field.a=", "/logs?service=", "/services?from=", "/transactions/"]
    {
        assert_eq!(app.get(&format!("{target}{long}")).await.status, 400, "{target}");
    }
}

#[tokio::test]
async fn nothing_but_json_leaves_the_function() {
    let (app, _plain) = delivered().await;
    let answer = app.get(&format!("/transactions/{ORDER_UID}")).await;
    let error = answer.body["records"]
        .as_array()
        .and_then(|records| records.iter().find(|record| record["levelname"] == "ERROR"))
        .cloned()
        .unwrap_or(Value::Null);
    assert_eq!(error["message"], "vendor order failed, attempt 1");
    // As the client sent it: quotation marks and an umlaut.
    assert!(error["exc_info"].as_str().is_some_and(|text| text.contains("“Größe & Söhne”")), "{error:#}");
}

#[tokio::test]
async fn an_answer_is_compressed_and_not_sent_again_while_it_is_the_same() {
    let (app, _plain) = delivered().await;
    let mut event = api_gateway_event(&format!("/transactions/{ORDER_UID}"));
    let ask = async |event: &Value| app.query.invoke(event, DEADLINE).await.expect("an answer");
    let plain = ask(&event).await;
    event["headers"]["accept-encoding"] = json!("br, gzip");
    let reply = ask(&event).await;
    assert_eq!((&reply["isBase64Encoded"], &reply["headers"]["content-encoding"]), (&json!(true), &json!("gzip")));
    let body = BASE64_STANDARD.decode(reply["body"].as_str().expect("text")).expect("base64");
    assert!(body.starts_with(&[0x1f, 0x8b]) && body.len() < plain["body"].as_str().expect("text").len() / 2);

    event["headers"]["if-none-match"] = reply["headers"]["etag"].clone();
    assert_eq!(
        (ask(&event).await["statusCode"].as_u64(), &reply["headers"]["cache-control"]),
        (Some(304), &json!("private, no-cache"))
    );
    // Other records do not change the ETag; a record of the transaction does.
    for (uid, expect) in [("another", 304), (ORDER_UID, 200)] {
        let stream = Stream::new(uid, 1);
        fixtures::put(&stream, &[fixtures::Payload::record("2026-11-20T12:00:00Z", uid, "jobs", "later")]);
        app.deliver(&stream).await;
        assert_eq!(ask(&event).await["statusCode"].as_u64(), Some(expect), "{uid}");
    }
}
