//! A record is found by each id that it carries, and ids that records carry together can be followed.

use jiff::Timestamp;
use mongodb::bson::{Document, doc};
use mongodb::options::{ClusteredIndex, IndexOptions};
use serde_json::{Value, json};
use tests::app::TestApp;
use tests::fixtures::{self, Payload};
use tests::http::Answer;
use tests::kinesis::Stream;
use tests::runtime_api::Function;

const TRACE: &str = "5b8efff798038103d269b633813fc60c";
const DAY: &str = "2026-11-20";
const NEXT_DAY: &str = "2026-11-21";

/// A record with these fields beside a time and a message.
fn payload(time: &str, message: &str, fields: &Value) -> Payload {
    let mut record = json!({ "timestamp": time, "message": message, "level": "INFO" });
    for (name, value) in fields.as_object().expect("an object") {
        record[name] = value.clone();
    }
    Payload::bytes(time.parse::<Timestamp>().expect("RFC 3339"), record.to_string())
}

/// Three services log a request id each and one trace id. The gateway and the stock know the trace in all records, the shop
/// only in its first one. In the shop lies the error, after midnight.
fn order() -> Vec<Payload> {
    let uuid = "5B8EFFF7-9803-8103-D269-B633813FC60C";
    let gateway = |more: &str| json!({ "service": "gateway", "requestId": "req-g", "trace_id": TRACE, "spanId": more });
    let stock = json!({ "service": "stock", "context": { "request_id": "req-k", "traceId": uuid } });
    vec![
        payload("2026-11-20T23:59:58.100Z", "order received", &gateway("00f067aa0ba902b7")),
        payload(
            "2026-11-20T23:59:58.200Z",
            "cart read",
            &json!({ "service": "shop", "reqId": "req-s", "trace_id": TRACE }),
        ),
        payload("2026-11-20T23:59:58.300Z", "another order", &json!({ "service": "shop", "reqId": "req-x" })),
        payload("2026-11-20T23:59:59.000Z", "stock reserved", &stock),
        payload(
            "2026-11-21T00:00:00.100Z",
            "payment failed",
            &json!({ "service": "shop", "reqId": "req-s", "level": "ERROR" }),
        ),
        payload("2026-11-21T00:00:00.200Z", "order refused", &gateway("00f067aa0ba902b8")),
    ]
}

const WHOLE: [&str; 5] = ["order received", "cart read", "stock reserved", "payment failed", "order refused"];

async fn delivered(payloads: &[Payload]) -> TestApp {
    let app = TestApp::start().await;
    deliver(&app, "app_logging", payloads).await;
    app
}

async fn deliver(app: &TestApp, stream: &str, payloads: &[Payload]) {
    let stream = Stream::new(stream, 1);
    fixtures::put(&stream, payloads);
    app.deliver(&stream).await;
}

fn messages(answer: &Answer) -> Vec<&str> {
    let records = answer.body["records"].as_array().unwrap_or_else(|| panic!("no records: {}", answer.body));
    records.iter().map(|record| record["message"].as_str().expect("text")).collect()
}

#[tokio::test]
async fn a_record_is_found_by_each_id_that_it_carries() {
    let app = delivered(&order()).await;
    let check = async |target: &str, expect: &[&str], also: &[&str]| {
        let answer = app.get(target).await;
        assert_eq!(messages(&answer), expect, "{target}");
        assert_eq!(answer.body["also_known_as"], json!(also), "{target}");
        assert_eq!((&answer.body["also_known_as_over"], &answer.body["followed"]), (&json!(false), &Value::Null));
    };
    let of_trace = ["order received", "cart read", "stock reserved", "order refused"];
    check(&format!("/transactions/{TRACE}"), &of_trace, &["req-g", "req-s", "req-k"]).await;
    check("/transactions/5b8efff7-9803-8103-d269-b633813fc60c", &of_trace, &["req-g", "req-s", "req-k"]).await;
    check("/transactions/req-g", &["order received", "order refused"], &[TRACE]).await;
    check("/transactions/REQ-S", &["cart read", "payment failed"], &[TRACE]).await;
    check("/transactions/req-s?level=ERROR", &["payment failed"], &[]).await;
    check("/transactions/req-x", &["another order"], &[]).await;
    // A span finds its records, but leads nowhere.
    check("/transactions/00f067aa0ba902b7", &["order received"], &[TRACE, "req-g"]).await;
    check("/transactions/req-s?fields=message", &["cart read", "payment failed"], &[TRACE]).await;
    for (path, expect) in [("/logs?order=oldest&", 2), ("/histogram?from=2026-11-20&to=2026-11-21&", 2)] {
        let answer = app.get(&format!("{path}log_uid=req-g")).await;
        let counts =
            answer.body["buckets"].as_array().map(|all| all.iter().filter_map(|one| one["count"].as_u64()).sum());
        assert_eq!(counts.unwrap_or_else(|| messages(&answer).len() as u64), expect, "{path}");
    }
    let values = app.get("/values?name=service&from=2026-11-20&to=2026-11-21&log_uid=req-k").await;
    assert_eq!(values.body["records"], 1);
    assert_eq!(app.get("/transactions/req").await.status, 404);
}

#[tokio::test]
async fn a_record_is_found_in_every_mixture_of_letters_and_by_the_number_of_datadog() {
    let number = "15161849952847513100";
    let app = delivered(&[
        payload("2026-11-20T08:00:00Z", "as sent", &json!({ "log_uid": "ORD-Ab", "request_id": "Req-1" })),
        payload("2026-11-20T08:00:01Z", "otherwise", &json!({ "mdc": { "correlationId": "oRD-aB" } })),
        payload("2026-11-20T08:00:02Z", "old library", &json!({ "dd.trace_id": number })),
        payload("2026-11-20T08:00:03Z", "new library", &json!({ "dd": { "trace_id": TRACE } })),
        payload("2026-11-20T08:00:04Z", "another's", &json!({ "trace_id": TRACE })),
    ])
    .await;
    let check = async |uid: &str, expect: &[&str], also: &[&str]| {
        let answer = app.get(&format!("/transactions/{uid}")).await;
        assert_eq!(messages(&answer), expect, "{uid}");
        assert_eq!(answer.body["also_known_as"], json!(also), "{uid}");
    };
    for uid in ["ORD-Ab", "ord-ab", "ORD-AB", "Ord-ab"] {
        check(uid, &["as sent", "otherwise"], &["Req-1"]).await;
    }
    check("rEQ-1", &["as sent"], &["ORD-Ab"]).await;
    check(TRACE, &["old library", "new library", "another's"], &[]).await;
    check(number, &["old library", "new library"], &[TRACE]).await;
}

#[tokio::test]
async fn three_services_with_their_own_request_ids_are_one_transaction() {
    let app = delivered(&order()).await;
    for uid in [TRACE, "req-g", "req-s", "req-k", "00f067aa0ba902b8"] {
        let answer = app.get(&format!("/transactions/{uid}?follow=1")).await;
        assert_eq!(messages(&answer), WHOLE, "{uid}");
        assert_eq!(answer.body["worst_level"], "ERROR");
        assert_eq!(answer.body["services"], json!(["gateway", "shop", "stock"]));
        assert_eq!(answer.body["followed"]["cut"], Value::Null);
        let outline = app.get(&format!("/transactions/{uid}/outline?follow=1")).await.body;
        assert_eq!(
            (&outline["record_count"], &outline["first_error"]["message"]),
            (&json!(5), &json!("payment failed"))
        );
        assert_eq!(outline["also_known_as"], answer.body["also_known_as"]);
        assert_eq!(outline["followed"], answer.body["followed"]);
    }
    let followed = app.get("/transactions/req-g?follow=1").await;
    assert_eq!(followed.body["also_known_as"], json!([TRACE, "req-s", "req-k"]));
    assert_eq!(followed.body["followed"], json!({ "ids": 4, "cut": null }));
    assert_eq!(app.get("/transactions/req-x?follow=1").await.body["followed"], json!({ "ids": 1, "cut": null }));
    let mut next = Some("/transactions/req-k?follow=true&limit=2".to_owned());
    let mut paged = Vec::new();
    while let Some(target) = next {
        let page = app.get(&target).await;
        paged.extend(messages(&page).into_iter().map(str::to_owned));
        next = page.body["next"].as_str().map(str::to_owned);
    }
    assert_eq!(paged, WHOLE);
    let lines = app.get("/transactions/req-s?follow=1&format=text&from=2026-11-21").await;
    assert_eq!(lines.body.as_str().map(|text| text.lines().count()), Some(2));
    assert_eq!(app.get("/transactions/req-s?follow=yes").await.status, 400);
    // The search goes through the same records, also backwards.
    let search = async |query: &str| {
        let mut next = Some(format!("/logs?log_uid=req-k&follow=1&limit=2{query}"));
        let mut found = Vec::new();
        while let Some(target) = next {
            let page = app.get(&target).await;
            found.extend(messages(&page).into_iter().map(str::to_owned));
            next = page.body["next"].as_str().map(str::to_owned);
        }
        found
    };
    assert_eq!(search("&order=oldest").await, WHOLE);
    assert_eq!(search("").await, WHOLE.into_iter().rev().collect::<Vec<_>>());
    assert_eq!(search("&level=ERROR").await, ["payment failed"]);
    assert_eq!(app.get("/logs?follow=1").await.status, 400);
}

#[tokio::test]
async fn an_answer_says_which_limit_ended_the_following() {
    let at = |number: usize| format!("2026-11-20T08:00:00.{number:03}Z");
    let chain = (0..10_usize).map(|number| {
        let (trace, request) = (number.div_ceil(2), number / 2);
        payload(&at(number), "m", &json!({ "trace_id": format!("t-{trace}"), "request_id": format!("r-{request}") }))
    });
    let many = (0..150)
        .map(|number| payload(&at(number), "m", &json!({ "trace_id": "many", "request_id": format!("q-{number}") })));
    let app = delivered(&chain.chain(many).collect::<Vec<_>>()).await;
    let check = async |target: &str, cut: Option<&str>, ids: usize, records: usize| {
        let answer = app.get(target).await;
        let found = (&answer.body["followed"], messages(&answer).len());
        assert_eq!(found, (&json!({ "ids": ids, "cut": cut }), records), "{target}");
        let lines = app.get(&format!("{target}&format=text")).await;
        assert_eq!(lines.follow_cut.as_deref(), cut, "{target}");
        let search = target.replace("/transactions/", "/logs?log_uid=").replace("?follow", "&follow");
        assert_eq!(app.get(&search).await.follow_cut.as_deref(), cut, "{search}");
    };
    check("/transactions/t-0?follow=1", Some("rounds"), 6, 6).await;
    check("/transactions/t-3?follow=1", Some("rounds"), 10, 10).await;
    check("/transactions/t-0?follow=1&to=2026-11-20T08:00:00.002Z", Some("rounds"), 6, 2).await;
    check("/transactions/q-0?follow=1", Some("ids"), 100, 150).await;
    let answer = app.get("/transactions/many").await.body;
    assert_eq!(answer["also_known_as"].as_array().map(Vec::len), Some(20));
    assert_eq!(answer["also_known_as_over"], true);
}

#[tokio::test]
async fn business_keys_link_what_has_no_other_id() {
    let mut app = TestApp::start().await;
    let keys = ("LOGBRAID_ALIAS_FIELDS".to_owned(), "order_id".to_owned());
    app.ingest = Function::new("ingest", app.db.env().into_iter().chain([keys]));
    let payloads = [
        payload("2026-11-20T08:00:00Z", "paid", &json!({ "trace_id": TRACE, "order_id": 4711 })),
        payload("2026-11-20T09:00:00Z", "packed", &json!({ "orderId": "4711" })),
        payload("2026-11-20T10:00:00Z", "packed, too", &json!({ "orderId": "4712" })),
    ];
    deliver(&app, "app_logging", &payloads).await;
    let found = app.get("/transactions/4711").await;
    assert_eq!(messages(&found), ["paid", "packed"]);
    assert_eq!(found.body["also_known_as"], json!([TRACE]));
    assert_eq!(messages(&app.get(&format!("/transactions/{TRACE}")).await), ["paid"]);
    assert_eq!(messages(&app.get(&format!("/transactions/{TRACE}?follow=1")).await), ["paid", "packed"]);
    let listed = app.get("/transactions?from=2026-11-20&to=2026-11-20").await;
    assert_eq!(listed.body["transactions"].as_array().map(Vec::len), Some(1), "a business key is no transaction");
}

/// Creates a day as it was before records had further ids, with a thousand records that make a scan expensive.
async fn old_day(app: &TestApp, day: &str) {
    let name = format!("kinesis_logs_{day}");
    let database = app.db.database();
    database.create_collection(&name).clustered_index(ClusteredIndex::default()).await.expect("created");
    for (name, keys, partial) in [
        ("log_uid", doc! { "log_uid": 1, "_id": 1 }, doc! { "log_uid": { "$exists": true } }),
        ("errors", doc! { "time": 1, "_id": 1 }, doc! { "levelno": { "$gte": 40 } }),
    ] {
        let options = IndexOptions::builder().name(name.to_owned()).partial_filter_expression(partial).build();
        let index = mongodb::IndexModel::builder().keys(keys).options(options).build();
        app.db.day(day).create_index(index).await.expect("created");
    }
    let view = database.create_collection(format!("transactions_{day}")).view_on(name).pipeline(Vec::<Document>::new());
    view.await.expect("created");
    app.db.surround(day).await;
}

/// Checks that the server reads the day's records by an index only.
async fn check_reads(app: &TestApp, day: &str, target: &str) {
    let finds = app.db.finds(day, app.get(target)).await;
    for find in &finds {
        let plan = find.get_str("planSummary").unwrap_or_default();
        let is_read = find.get_i32("docsExamined").unwrap_or_default();
        assert!(!plan.contains("COLLSCAN") && !plan.contains("CLUSTERED") && is_read < 10, "{target}: {find:#?}");
    }
}

#[tokio::test]
async fn a_day_without_the_index_is_not_scanned_and_gets_it_with_the_first_record_that_needs_it() {
    let app = TestApp::start().await;
    old_day(&app, DAY).await;
    deliver(&app, "old", &[payload("2026-11-20T08:00:00Z", "one id", &json!({ "trace_id": TRACE }))]).await;
    deliver(&app, "new", &[payload("2026-11-21T08:00:00Z", "two ids", &json!({ "trace_id": TRACE, "reqId": "r" }))])
        .await;
    app.db.surround(NEXT_DAY).await;
    let indexes = async |day: &str| app.db.day(day).list_index_names().await.expect("indexes");
    let has_index = async |day: &str| indexes(day).await.contains(&"further_ids".to_owned());
    assert_eq!((has_index(DAY).await, has_index(NEXT_DAY).await), (false, true));
    for uid in [TRACE, "r", "nobody"] {
        check_reads(&app, DAY, &format!("/transactions/{uid}?follow=1")).await;
        check_reads(&app, NEXT_DAY, &format!("/transactions/{uid}")).await;
    }
    assert_eq!(messages(&app.get("/transactions/r?follow=1").await), ["one id", "two ids"]);
    deliver(&app, "late", &[payload("2026-11-20T09:00:00Z", "late", &json!({ "trace_id": TRACE, "reqId": "r" }))])
        .await;
    assert!(has_index(DAY).await);
    assert_eq!(messages(&app.get("/transactions/r").await), ["late", "two ids"]);
    check_reads(&app, DAY, "/transactions/r?follow=1").await;
}

/// What is derived from a record says nothing about whether it is the same record.
#[tokio::test]
async fn a_record_that_was_filed_without_its_further_ids_is_a_duplicate() {
    let app = TestApp::start().await;
    let named = json!({ "trace_id": TRACE, "reqId": "r-1", "record_id": "a" });
    let payloads = [
        payload("2026-11-20T08:00:00Z", "m", &named),
        payload("2026-11-20T08:00:01Z", "m", &json!({ "trace_id": TRACE, "reqId": "r-2" })),
    ];
    let stream = Stream::new("app_logging", 1);
    fixtures::put(&stream, &payloads);
    app.deliver(&stream).await;
    let without = doc! { "$unset": { "source.ids": 1, "source.local_ids": 1 } };
    app.db.day(DAY).update_many(doc! {}, without).await.expect("updated");
    let before = app.db.all_records().await;
    app.deliver(&stream).await;
    // Its producer puts one on the stream again.
    deliver(&app, "again", &payloads[..1]).await;
    assert_eq!(app.db.all_records().await, before);
    assert_eq!(before.len(), 2);
}
