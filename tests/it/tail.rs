//! `GET /logs/tail`: records in the order of filing, each once.

use serde_json::{Value, json};
use tests::app::TestApp;
use tests::fixtures::{self, Payload, Python};
use tests::http::{Answer, Get, PlainHttp, api_gateway_event};
use tests::kinesis::{Drained, EventSource, Stream, event};
use tests::wait::DEADLINE;

/// More journal entries than are looked at for the last records.
const LOOKED_AT: usize = 2_200;
/// The middle of a batch, which is stored before the whole batch is delivered.
const THERE: std::ops::Range<usize> = 10..20;

fn records(answer: &Answer) -> Vec<String> {
    assert_eq!(answer.status, 200, "{answer:#?}");
    let records = answer.body["records"].as_array().unwrap_or_else(|| panic!("no records in {answer:#?}"));
    records.iter().map(|record| record["message"].as_str().unwrap_or_default().to_owned()).collect()
}

fn next(answer: &Answer) -> String {
    answer.body["next"].as_str().unwrap_or_else(|| panic!("no next in {answer:#?}")).to_owned()
}

/// Puts one record on its own stream and delivers it.
async fn file(app: &TestApp, time: &str, service: &str, message: &str) {
    let stream = Stream::new(&format!("stream_of_{service}"), 1);
    fixtures::put(&stream, &[Payload::record(time, "x", service, message)]);
    app.deliver(&stream).await;
}

#[tokio::test]
async fn what_is_filed_is_told_in_that_order_late_ones_too() {
    let app = TestApp::start().await;
    let empty = app.get("/logs/tail").await;
    assert_eq!(records(&empty), [] as [&str; 0]);
    file(&app, "2026-11-20T12:00:00Z", "a", "on time").await;
    file(&app, "2026-11-19T12:00:00Z", "b", "from yesterday").await;
    file(&app, "2026-11-20T11:00:00Z", "c", "an hour late").await;
    let first = app.get(&next(&empty)).await;
    assert_eq!(records(&first), ["on time", "from yesterday", "an hour late"]);
    let nothing = app.get(&next(&first)).await;
    assert_eq!(records(&nothing), [] as [&str; 0]);
    file(&app, "2026-11-18T12:00:00Z", "d", "very late").await;
    let plain = PlainHttp::start(app.db.env()).await;
    for api in [&next(&nothing), &next(&first)] {
        assert_eq!(records(&plain.get(api).await), ["very late"]);
    }
    assert_eq!(records(&app.get("/logs/tail?limit=2").await), ["an hour late", "very late"]);
    assert_eq!(records(&app.get("/logs/tail?limit=2&service=a,b,d&q=late").await), ["very late"]);
    assert_eq!(records(&app.get("/logs/tail?limit=2&service=a,b").await), ["on time", "from yesterday"]);
    assert_eq!(records(&app.get("/logs/tail?limit=2&service=nobody").await), [] as [&str; 0]);
}

/// A day is a clustered collection without an index on `_id`. Finding ids must not read all of it.
#[tokio::test]
async fn looking_for_what_was_filed_reads_no_more_than_that() {
    let app = TestApp::start().await;
    let address = next(&app.get("/logs/tail").await);
    let stream = Stream::new("app_logging", 1);
    let payload = |time, message| Payload::record(time, "x", "a", message);
    let (late, noon) = (payload("2026-11-20T11:00:00.5Z", "an hour late"), payload("2026-11-20T12:00:00.5Z", "noon"));
    fixtures::put(&stream, &[noon, late]);
    app.deliver(&stream).await;
    app.db.surround("2026-11-20").await;
    let asking = async {
        for api in [&address, "/logs/tail"] {
            assert_eq!(records(&app.get(api).await), ["an hour late", "noon"]);
        }
    };
    let told = app.db.finds("2026-11-20", asking).await;
    let examined: i32 = told.iter().filter_map(|told| told.get_i32("docsExamined").ok()).sum();
    // A scan also reads the record after the last one.
    assert!(usize::try_from(examined).is_ok_and(|examined| examined <= 2 * told.len()), "{told:#?}");
}

#[tokio::test]
async fn pages_go_on_within_what_was_filed_together() {
    let app = TestApp::start().await;
    let mut address = next(&app.get("/logs/tail?limit=4").await);
    let stream = Stream::new("app_logging", 1);
    fixtures::put(&stream, &fixtures::order(Python::V311));
    app.deliver(&stream).await;
    let mut counts = Vec::new();
    let mut ids = Vec::new();
    loop {
        let page = app.get(&address).await;
        counts.push(records(&page).len());
        if counts.last() == Some(&0) {
            break;
        }
        let own = page.body["records"].as_array().into_iter().flatten();
        ids.extend(own.map(|record| record["id"].as_str().unwrap_or_default().to_owned()));
        address = next(&page);
    }
    assert_eq!(counts, [4, 4, 4, 4, 4, 4, 3, 0]);
    assert!(ids.is_sorted(), "what was filed together is in order of time");
    let stored: Vec<_> =
        app.db.all_records().await.iter().map(|record| record.get_object_id("_id").expect("an id").to_hex()).collect();
    assert_eq!(ids, stored);
    let last: Vec<_> = app.get("/logs/tail").await.body["records"].as_array().cloned().unwrap_or_default();
    let last: Vec<_> = last.iter().map(|record| record["id"].as_str().unwrap_or_default()).collect();
    assert_eq!(last, stored[17..]);
}

/// A client knows whether it is behind, and how far it came.
#[tokio::test]
async fn a_tail_says_whether_it_is_behind() {
    let app = TestApp::start().await;
    let now = || format!("{:.6}", jiff::Timestamp::now());
    let asked_at = now();
    let empty = app.get("/logs/tail?limit=20").await;
    let reached = |answer: &Answer| answer.body["reached"].as_str().expect("a time").to_owned();
    assert_eq!(empty.body["caught_up"], json!(true));
    assert!((asked_at..now()).contains(&reached(&empty)), "{empty:#?}");
    let stream = Stream::new("app_logging", 1);
    fixtures::put(&stream, &fixtures::order(Python::V311));
    app.deliver(&stream).await;
    let first = app.get(&next(&empty)).await;
    let entries = app.db.database().collection::<mongodb::bson::Document>("filed");
    let entry = entries.find_one(mongodb::bson::doc! {}).await.expect("readable").expect("an entry");
    let filed_at = entry.get_datetime("at").expect("a time").timestamp_millis();
    let filed_at = jiff::Timestamp::from_millisecond(filed_at).expect("a time");
    assert_eq!((records(&first).len(), &first.body["caught_up"]), (20, &json!(false)));
    assert_eq!(reached(&first), format!("{filed_at:.6}"));
    let rest = app.get(&next(&first)).await;
    assert_eq!((records(&rest).len(), &rest.body["caught_up"]), (7, &json!(true)));
    assert!(reached(&rest) > reached(&first));
    // Where nothing matches, everything is read all the same.
    let none = app.get(&format!("{}&service=nobody", next(&empty))).await;
    assert_eq!((records(&none).len(), &none.body["caught_up"]), (0, &json!(true)));
}

/// Looking for the last matching records ends at a limit. The answer says how far it came.
#[tokio::test]
async fn a_tail_says_how_far_it_looked_back() {
    let app = TestApp::start().await;
    file(&app, "2026-11-20T12:00:00Z", "a", "long ago").await;
    assert_eq!(
        app.get("/logs/tail?service=nobody").await.body["cut"],
        json!(null),
        "the journal was looked at as a whole"
    );
    let filed_at = jiff::Timestamp::from_second(1_795_176_000).expect("a time");
    let at = mongodb::bson::DateTime::from_millis(filed_at.as_millisecond());
    let entry = |_| mongodb::bson::doc! { "_id": mongodb::bson::oid::ObjectId::new(), "at": at, "days": [] };
    let entries = app.db.database().collection("filed");
    entries.insert_many((0..LOOKED_AT).map(entry).collect::<Vec<_>>()).await.expect("inserted");
    let cut = json!({ "reason": "count_limit", "reached": format!("{filed_at:.6}") });
    for filters in ["service=a", "service=nobody"] {
        let answer = app.get(&format!("/logs/tail?{filters}")).await;
        assert_eq!((records(&answer).len(), &answer.body["cut"]), (0, &cut));
        assert_eq!(app.get(&next(&answer)).await.body["cut"], json!(null), "what is filed later is read as a whole");
    }
    let mut plain = PlainHttp::start(app.db.env()).await;
    let mut events = plain.events("/logs/tail?service=a", None).await;
    assert_eq!(events.next_progress().await.expect("an event").data["cut"], cut);
    file(&app, "2026-11-20T12:00:01Z", "a", "now").await;
    assert_eq!(app.get("/logs/tail?service=a&limit=1").await.body["cut"], json!(null), "what was wanted was found");
    assert_eq!(events.next().await.map(|event| event.data["message"].clone()), Some(json!("now")));
    assert_eq!(events.next_progress().await.expect("an event").data["cut"], json!(null), "it is said once");
    assert!(plain.stop().await.success());
}

#[tokio::test]
async fn what_is_delivered_again_is_told_once() {
    let app = TestApp::start().await;
    let begin = next(&app.get("/logs/tail").await);
    let stream = Stream::new("app_logging", 1);
    fixtures::put(&stream, &fixtures::order(Python::V311));
    let middle = event(&stream, 0, &stream.records(0)[THERE]);
    let reply = app.ingest.invoke(&middle, DEADLINE).await.expect("a reply");
    assert_eq!(reply["batchItemFailures"], json!([]));
    let first = app.get(&begin).await;
    assert_eq!(records(&first).len(), THERE.len());
    app.deliver(&stream).await;
    app.ingest.recycle();
    let mut again = EventSource::reporting().connect(&stream);
    assert_eq!(again.drain(&app.ingest).await, Drained::End);
    let rest = app.get(&next(&first)).await;
    assert_eq!(records(&rest).len(), 27 - THERE.len());
    assert_eq!(records(&app.get(&next(&rest)).await), [] as [&str; 0]);
    assert_eq!(records(&app.get(&begin).await).len(), 27);
    // The last records are the last filed ones, not those with the latest time.
    let last = app.get("/logs/tail?limit=3").await;
    assert_eq!(records(&last), records(&app.get(&begin).await)[24..]);
}

#[tokio::test]
async fn events_are_sent_as_records_are_filed() {
    let app = TestApp::start().await;
    file(&app, "2026-11-20T12:00:00Z", "a", "before").await;
    let mut plain = PlainHttp::start(app.db.env()).await;
    let mut events = plain.events("/logs/tail?service=a,b,c", None).await;
    let before = events.next().await.expect("an event");
    assert_eq!((before.event.as_str(), &before.data["message"]), ("record", &json!("before")));
    let progress = events.next_progress().await.expect("an event");
    assert_eq!(progress.data["caught_up"], json!(true));
    file(&app, "2026-11-20T12:00:01Z", "b", "now").await;
    file(&app, "2026-11-20T12:00:02Z", "other", "not wanted").await;
    file(&app, "2026-11-19T12:00:00Z", "c", "late").await;
    let mut seen = Vec::new();
    for _ in 0..2 {
        seen.push(events.next().await.expect("an event").data["message"].clone());
    }
    assert_eq!(seen, ["now", "late"]);
    let later = events.next_progress().await.expect("an event");
    assert!(later.data["reached"].as_str() > progress.data["reached"].as_str(), "{later:?}");
    assert_ne!(later.id, progress.id);
    // A client that lost the connection resumes where it was.
    let mut resumed = plain.events("/logs/tail?service=a,b,c&after=0", Some(&before.id)).await;
    assert_eq!(resumed.next().await.map(|event| event.data["message"].clone()), Some(json!("now")));
    // An open stream does not keep the program from stopping.
    assert!(plain.stop().await.success());
    assert_eq!(events.next().await, None);
}

#[tokio::test]
async fn what_cannot_be_told_says_what_to_do() {
    let app = TestApp::start().await;
    file(&app, "2026-11-20T12:00:00Z", "a", "there").await;
    let lost = app.get("/logs/tail?after=6b00065b28841133e527503d").await;
    assert_eq!((lost.status, &lost.body["type"]), (410, &json!("/problems/place-lost")));
    let allowed = "/logs/tail without `after`; /logs?from=2026-11-20T08:35:39.000000Z for what was logged since";
    assert_eq!(lost.body["allowed"], json!(allowed));
    let mut wants_events = api_gateway_event("/logs/tail");
    wants_events["headers"]["accept"] = json!("text/event-stream");
    let reply = app.query.invoke(&wants_events, DEADLINE).await.expect("a reply");
    let body: Value = serde_json::from_str(reply["body"].as_str().expect("text")).expect("JSON");
    assert_eq!((&reply["statusCode"], &body["type"]), (&json!(406), &json!("/problems/no-events")));
    wants_events["headers"]["accept"] = json!("application/json, text/event-stream");
    let reply = app.query.invoke(&wants_events, DEADLINE).await.expect("a reply");
    assert_eq!(reply["statusCode"], json!(200), "who takes JSON too gets it");
}
