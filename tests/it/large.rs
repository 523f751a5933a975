//! A transaction over three days that is larger than a page, while more of its records arrive.

use std::collections::HashSet;
use std::fmt::Write as _;

use mongodb::bson::oid::ObjectId;
use serde_json::Value;
use tests::app::TestApp;
use tests::fixtures::{self, ORDER_UID, Python};
use tests::http::{Answer, Get, PlainHttp};
use tests::kinesis::Stream;

pub(crate) const UID: &str = "large";
pub(crate) const RECORDS: usize = 25_000;
const LINES: usize = 1_000;
/// The first record: 2026-11-18T20:00:00Z.
const FIRST_SECOND: usize = 1_795_032_000;
/// 32 hours, with two midnights.
const SECONDS: usize = 32 * 60 * 60;

/// The records of the transaction, evenly spread, in payloads of many lines. Neighbours are never in one payload.
pub(crate) fn put(stream: &Stream, service: &str, count: usize) {
    let payloads = count / LINES;
    for payload in 0..payloads {
        let mut lines = String::new();
        for line in 0..LINES {
            let number = line * payloads + payload;
            let created = FIRST_SECOND + number * SECONDS / count;
            let level = if number.is_multiple_of(100) { "ERROR" } else { "INFO" };
            writeln!(
                lines,
                r#"{{"created": {created}.5, "log_uid": "{UID}", "service": "{service}", "levelname": "{level}", "message": "step {number}", "number": {number}}}"#
            )
            .expect("a text can be written to");
        }
        stream.put("host", lines);
    }
}

fn ids(answer: &Answer) -> Vec<ObjectId> {
    assert_eq!(answer.status, 200, "{:.1000}", answer.body.to_string());
    let records = answer.body["records"].as_array().expect("records");
    records.iter().map(|record| record["id"].as_str().expect("text").parse().expect("an id")).collect()
}

/// Reads all records page by page. Returns them with the number of pages.
async fn pages(api: &impl Get, target: &str) -> (Vec<ObjectId>, usize) {
    let (mut all, mut pages, mut next) = (Vec::new(), 0, Some(target.to_owned()));
    while let Some(target) = next {
        let answer = api.get(&target).await;
        all.extend(ids(&answer));
        pages += 1;
        next = answer.body["next"].as_str().map(str::to_owned);
    }
    (all, pages)
}

#[tokio::test]
async fn all_of_it_is_received_in_order_and_none_twice_while_more_arrives() {
    let app = TestApp::start().await;
    let plain = PlainHttp::start(app.db.env()).await;
    let stream = Stream::new("app_logging", 1);
    put(&stream, "first", RECORDS);
    app.deliver(&stream).await;
    let mut there = Vec::new();
    for day in app.db.days().await {
        there.extend(app.db.records(&day).await.iter().map(|record| record.get_object_id("_id").expect("an id")));
    }
    assert_eq!((app.db.days().await.len(), there.len()), (3, RECORDS));

    let late = async {
        for number in 0..5 {
            let late = Stream::new(&format!("late-{number}"), 1);
            put(&late, "late", LINES);
            app.deliver(&late).await;
        }
    };
    let target = format!("/transactions/{UID}?limit=4000");
    let ((received, pages), ()) = tokio::join!(pages(&plain, &target), late);
    assert!(pages >= RECORDS / 4_000, "{pages} pages");
    assert!(received.is_sorted_by(|a, b| a < b), "in order, none twice");
    let received: HashSet<ObjectId> = received.into_iter().collect();
    assert_eq!(there.iter().filter(|id| !received.contains(id)).count(), 0, "none is missing");

    // Read everything again through the function.
    let (all, _) = self::pages(&app.query, &format!("/transactions/{UID}")).await;
    assert_eq!(all.len(), RECORDS + 5 * LINES);
}

#[tokio::test]
async fn a_filter_leaves_the_rest_out_on_every_page() {
    let app = TestApp::start().await;
    let stream = Stream::new("app_logging", 1);
    put(&stream, "first", 2 * LINES);
    app.deliver(&stream).await;
    for (query, expect) in [
        ("level=ERROR&limit=7", 20),
        ("service=first,second&q=STEP%2019*&limit=100", 111),
        ("service=second,third", 0),
        ("field.number=1999", 1),
        ("field.number:exists=false", 0),
        ("from=2026-11-19&to=2026-11-19", 1_500),
        ("level=INFO&host=nowhere", 0),
        ("service=first&level=INFO", 2_000),
    ] {
        let target = format!("/transactions/{UID}?{query}");
        if expect == 0 {
            assert_eq!(app.get(&target).await.status, 404, "{query}");
        } else {
            let (found, _) = pages(&app.query, &target).await;
            assert_eq!((found.len(), found.is_sorted_by(|a, b| a < b)), (expect, true), "{query}");
        }
    }
}

#[tokio::test]
async fn records_come_as_lines_too() {
    let app = TestApp::start().await;
    let plain = PlainHttp::start(app.db.env()).await;
    let stream = Stream::new("app_logging", 1);
    fixtures::put(&stream, &fixtures::order(Python::V311));
    app.deliver(&stream).await;
    let target = format!("/transactions/{ORDER_UID}");
    let records = app.get(&target).await.body["records"].clone();

    let answer = plain.get(&format!("{target}?format=ndjson")).await;
    assert_eq!((answer.content_type.as_str(), &answer.link), ("application/x-ndjson", &None));
    let lines = answer.body.as_str().expect("lines").lines();
    let lines: Vec<Value> = lines.map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert_eq!(Value::from(lines), records);

    let answer = app.get(&format!("{target}?format=text&limit=8")).await;
    assert_eq!(answer.content_type, "text/plain");
    let next = answer.link.expect("there is more");
    let next = next.strip_prefix('<').and_then(|next| next.strip_suffix(r#">; rel="next""#)).expect("an address");
    let rest = app.get(next).await;
    let text = format!("{}{}", answer.body.as_str().expect("text"), rest.body.as_str().expect("text"));
    let lines: Vec<&str> = text.lines().filter(|line| !line.starts_with(' ')).collect();
    assert_eq!((lines.len(), rest.link), (9, None), "{text}");
    assert_eq!(
        lines[0],
        "2026-11-20T08:35:39.165953Z INFO purchasing purchasing.apps.orders: check availability for 1000 widgets"
    );
    let json = app.get(&format!("{target}?limit=8")).await;
    assert_eq!(json.link, Some(format!("<{}>; rel=\"next\"", json.body["next"].as_str().expect("text"))));
}
