//! `GET /transactions/{log_uid}/outline`: the shape of a transaction, of the same records that its pages have.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use tests::app::TestApp;
use tests::fixtures::{self, ORDER_UID, Payload, Python};
use tests::http::{Answer, Get, PlainHttp, api_gateway_event};
use tests::kinesis::Stream;
use tests::mongo::{FailCommand, OwnServer};
use tests::wait::DEADLINE;

use crate::large;

const MAX_TIME_EXPIRED: i32 = 50;
/// How many records MongoDB sends before the driver asks for more.
const FIRST_BATCH: u64 = 101;

async fn delivered() -> (TestApp, PlainHttp) {
    let app = TestApp::start().await;
    let stream = Stream::new("app_logging", 1);
    fixtures::put(&stream, &fixtures::order(Python::V311));
    app.deliver(&stream).await;
    let plain = PlainHttp::start(app.db.env()).await;
    (app, plain)
}

fn outline(answer: Answer) -> Value {
    assert_eq!((answer.status, answer.content_type.as_str()), (200, "application/json"), "{answer:#?}");
    answer.body
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

/// Returns an outline without what differs from run to run.
fn without_ids(mut outline: Value) -> Value {
    outline["completeness"] = json!("see completeness.rs");
    outline["first_error"]["id"].take();
    for silence in outline["silences"].as_array_mut().into_iter().flatten() {
        silence["after"]["id"].take();
        silence["before"]["id"].take();
    }
    outline
}

/// Returns the sum of the counts in the bins of all lanes.
fn binned(outline: &Value) -> u64 {
    let lanes = list(&outline["lanes"]).iter().chain([&outline["other_lanes"]]);
    let bins = lanes.flat_map(|lane| list(&lane["bins"]));
    bins.filter_map(|bin| bin[1].as_u64()).sum()
}

#[tokio::test]
async fn an_order_has_its_outline() {
    let (app, plain) = delivered().await;
    let target = format!("/transactions/{ORDER_UID}/outline?bins=10");
    let told = outline(plain.get(&target).await);
    assert_eq!(outline(app.get(&target).await), told, "the same from a function");
    insta::assert_snapshot!(without_ids(told.clone()), @r#"{"also_known_as":[],"also_known_as_over":false,"bin_us":9728,"bins":10,"by":"service","completeness":"see completeness.rs","cut":null,"duration_ms":97.253,"ended":"2026-11-20T08:35:39.263206Z","first_error":{"id":null,"message":"vendor order failed, attempt 1","service":"ordering","time":"2026-11-20T08:35:39.201314Z"},"followed":null,"lanes":[{"bins":[[0,1,"INFO"],[2,1,"INFO"],[4,1,"INFO"]],"delay_ms":{"max":119.941,"median":119.262,"min":119.047},"first":"2026-11-20T08:35:39.165953Z","last":"2026-11-20T08:35:39.212738Z","levels":{"INFO":3},"name":"purchasing","records":3,"worst_level":"INFO"},{"bins":[[2,2,"INFO"]],"delay_ms":{"max":119.74,"median":119.379,"min":119.018},"first":"2026-11-20T08:35:39.185982Z","last":"2026-11-20T08:35:39.186260Z","levels":{"DEBUG":1,"INFO":1},"name":"inventory","records":2,"worst_level":"INFO"},{"bins":[[2,1,"INFO"],[3,1,"ERROR"],[4,1,"INFO"],[9,1,"INFO"]],"delay_ms":{"max":119.907,"median":119.74,"min":119.655},"first":"2026-11-20T08:35:39.190093Z","last":"2026-11-20T08:35:39.263206Z","levels":{"ERROR":1,"INFO":3},"name":"ordering","records":4,"worst_level":"ERROR"}],"levels":{"DEBUG":1,"ERROR":1,"INFO":7},"log_uid":"6f1a4e0e-6f0c-4c58-9d0c-0a1b2c3d4e5f","other_lanes":null,"record_count":9,"services":[{"name":"purchasing","records":3},{"name":"inventory","records":2},{"name":"ordering","records":4}],"silences":[{"after":{"id":null,"service":"purchasing"},"before":{"id":null,"service":"ordering"},"duration_ms":50.468,"from":"2026-11-20T08:35:39.212738Z","to":"2026-11-20T08:35:39.263206Z"},{"after":{"id":null,"service":"purchasing"},"before":{"id":null,"service":"inventory"},"duration_ms":20.029,"from":"2026-11-20T08:35:39.165953Z","to":"2026-11-20T08:35:39.185982Z"},{"after":{"id":null,"service":"ordering"},"before":{"id":null,"service":"ordering"},"duration_ms":11.221,"from":"2026-11-20T08:35:39.190093Z","to":"2026-11-20T08:35:39.201314Z"}],"started":"2026-11-20T08:35:39.165953Z","worst_level":"ERROR"}"#);
    let records = plain.get(&format!("/transactions/{ORDER_UID}")).await.body;
    assert_eq!(told["completeness"], records["completeness"]);
    let error = list(&records["records"]).iter().find(|record| record["levelname"] == "ERROR").expect("an error");
    assert_eq!(told["first_error"]["id"], error["id"]);
}

#[tokio::test]
async fn lanes_are_of_services_hosts_or_processes() {
    let (_app, plain) = delivered().await;
    let names = async |query: &str| {
        let told = outline(plain.get(&format!("/transactions/{ORDER_UID}/outline?{query}")).await);
        list(&told["lanes"]).iter().map(|lane| lane["name"].as_str().unwrap_or("-").to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(names("").await, ["purchasing", "inventory", "ordering"]);
    assert_eq!(names("by=host").await, ["localhost"]);
    assert_eq!(names("by=process").await, ["localhost:15033", "localhost:15026", "localhost:15029"]);
    assert_eq!(names("level=ERROR").await, ["ordering"]);
    assert_eq!(names("q=widgets&service=purchasing,ordering").await, ["purchasing"]);
}

#[tokio::test]
async fn the_outline_of_a_large_transaction_is_of_all_its_pages() {
    let (app, plain) = delivered().await;
    let stream = Stream::new("large", 1);
    large::put(&stream, "first", large::RECORDS);
    large::put(&stream, "second", 1_000);
    app.deliver(&stream).await;
    let told = outline(plain.get(&format!("/transactions/{}/outline", large::UID)).await);
    let (mut levels, mut services) = (BTreeMap::<String, u64>::new(), BTreeMap::<String, u64>::new());
    let (mut first, mut last) = (Value::Null, Value::Null);
    let mut next = Some(format!("/transactions/{}", large::UID));
    while let Some(target) = next {
        let page = plain.get(&target).await.body;
        for record in list(&page["records"]) {
            let text = |name: &str| record[name].as_str().unwrap_or_default().to_owned();
            *levels.entry(text("levelname")).or_default() += 1;
            *services.entry(text("service")).or_default() += 1;
        }
        first = if first.is_null() { page["started"].clone() } else { first };
        last = page["ended"].clone();
        next = page["next"].as_str().map(str::to_owned);
    }
    assert_eq!((&told["record_count"], &told["levels"]), (&json!(26_000), &json!(levels)));
    assert_eq!((&told["started"], &told["ended"], &told["cut"]), (&first, &last, &Value::Null));
    let counted: BTreeMap<&str, u64> = list(&told["services"])
        .iter()
        .map(|service| (service["name"].as_str().unwrap_or_default(), service["records"].as_u64().unwrap_or_default()))
        .collect();
    assert_eq!(json!(counted), json!(services));
    assert_eq!(binned(&told), 26_000);
    assert!(told.to_string().len() < 30_000, "{} bytes", told.to_string().len());
}

#[tokio::test]
async fn mongodb_sends_only_what_an_outline_needs() {
    let (app, plain) = delivered().await;
    let asking = async {
        outline(plain.get(&format!("/transactions/{ORDER_UID}/outline?by=process")).await);
    };
    let finds = app.db.finds("2026-11-20", asking).await;
    let projections: Vec<_> =
        finds.iter().filter_map(|find| find.get_document("command").ok()?.get_document("projection").ok()).collect();
    let names: Vec<Vec<&String>> = projections.iter().map(|projection| projection.keys().collect()).collect();
    let ids = ["source.ids", "source.local_ids", "source.stream"];
    let expect = ["_id", "fqdn", "levelno", "log_uid", "process", "service", "source.arrived"];
    assert_eq!(names, [[&expect[..], &ids].concat()]);
}

/// What an outline has no time for is left out, and it says so.
#[tokio::test]
async fn an_outline_that_takes_too_long_says_how_far_it_got() {
    let server = OwnServer::start();
    let app = TestApp::on(&server).await;
    let stream = Stream::new("large", 1);
    large::put(&stream, "first", 1_000);
    app.deliver(&stream).await;
    let target = format!("/transactions/{}/outline", large::UID);
    let late = FailCommand::refuse(&app.db, "getMore", 1, MAX_TIME_EXPIRED).await;
    let cut = outline(app.get(&target).await);
    late.wait_until_hit().await;
    assert_eq!(cut["cut"], json!({ "reason": "time_limit", "reached": cut["ended"] }));
    assert!(cut["record_count"].as_u64() >= Some(FIRST_BATCH) && binned(&cut) < 1_000, "{cut}");
    // Without any record there is no outline.
    FailCommand::refuse(&app.db, "find", 1_000, MAX_TIME_EXPIRED).await;
    assert_eq!(app.get(&target).await.status, 504);
    FailCommand::disarm(&app.db).await;
    assert_eq!(outline(app.get(&target).await)["record_count"], json!(1_000));
}

#[tokio::test]
async fn a_uid_that_ends_like_the_path_has_an_escaped_slash() {
    let (app, plain) = delivered().await;
    let uid = "job/outline";
    let stream = Stream::new("jobs", 1);
    fixtures::put(&stream, &[Payload::record("2026-11-20T12:00:00Z", uid, "jobs", "odd but allowed")]);
    app.deliver(&stream).await;
    let records = plain.get("/transactions/job%2Foutline").await;
    assert_eq!((records.status, &records.body["log_uid"]), (200, &json!(uid)));
    for target in ["/transactions/job%2Foutline/outline", "/transactions/job/outline/outline"] {
        assert_eq!(outline(plain.get(target).await)["log_uid"], json!(uid), "{target}");
        assert_eq!(outline(app.get(target).await)["log_uid"], json!(uid), "{target}");
    }
    // An HTTP API decodes the path, so this asks for the outline of `job`.
    assert_eq!(app.get("/transactions/job%2Foutline").await.status, 404);
}

#[tokio::test]
async fn an_unknown_transaction_has_no_outline_and_a_known_one_a_tag() {
    let (app, plain) = delivered().await;
    for (target, status) in [("nobody/outline", 404), ("-/outline", 400), ("x/outline?bins=0", 400)] {
        assert_eq!(plain.get(&format!("/transactions/{target}")).await.status, status, "{target}");
    }
    let mut event = api_gateway_event(&format!("/transactions/{ORDER_UID}/outline"));
    let reply = app.query.invoke(&event, DEADLINE).await.expect("an answer");
    event["headers"]["if-none-match"] = reply["headers"]["etag"].clone();
    let again = app.query.invoke(&event, DEADLINE).await.expect("an answer");
    assert_eq!((&again["statusCode"], &again["headers"]["cache-control"]), (&json!(304), &json!("private, no-cache")));
}
