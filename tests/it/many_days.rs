//! A transaction among more days than a query reads one by one.

use mongodb::bson::doc;
use serde_json::Value;
use tests::app::TestApp;
use tests::fixtures::{self, Payload};
use tests::http::Answer;
use tests::kinesis::Stream;
use tests::mongo::{FailCommand, OwnServer};

const UID: &str = "rare";
/// More days than one query asks for.
const DAYS: u32 = 40;
/// The days with records of the transaction.
const WITH: [u32; 4] = [0, 5, 33, 39];
/// The server's error code for an unknown stage.
const UNKNOWN_STAGE: i32 = 40_324;

/// Returns a day by its distance from the first.
fn day(number: u32) -> String {
    let (month, day) = if number < 31 { (10, number + 1) } else { (11, number - 30) };
    format!("2026-{month}-{day:02}")
}

/// Files an hour of each day. The days with records of the transaction have two of them, one an error.
async fn app() -> (OwnServer, TestApp) {
    let server = OwnServer::start();
    let app = TestApp::on(&server).await;
    let stream = Stream::new("app_logging", 1);
    for number in 0..DAYS {
        let day = day(number);
        fixtures::put(&stream, &[Payload::record(&format!("{day}T10:00:00Z"), "other", "ordering", "another")]);
        if WITH.contains(&number) {
            for hour in [9, 11] {
                let time = format!("{day}T{hour:02}:00:00Z");
                fixtures::put(&stream, &[Payload::record(&time, UID, "ordering", &format!("{day} at {hour}"))]);
            }
        }
    }
    app.deliver(&stream).await;
    // A document with the same uid that is not a record.
    app.db.day(&day(20)).insert_one(doc! { "_id": "foreign", "log_uid": UID }).await.expect("inserted");
    (server, app)
}

fn messages(answer: &Answer) -> Vec<&str> {
    let records = answer.body["records"].as_array().unwrap_or_else(|| panic!("records: {answer:#?}"));
    records.iter().map(|record| record["message"].as_str().expect("text")).collect()
}

/// Returns the messages at these hours of the days with records.
fn expected(numbers: &[u32], hours: &[u32]) -> Vec<String> {
    numbers.iter().flat_map(|number| hours.iter().map(move |hour| format!("{} at {hour}", day(*number)))).collect()
}

async fn check(app: &TestApp) {
    let whole = app.get(&format!("/transactions/{UID}")).await;
    assert_eq!(messages(&whole), expected(&WITH, &[9, 11]));
    assert_eq!(whole.body["completeness"]["days"]["count"], DAYS, "all days were looked at");
    let late = app.get(&format!("/transactions/{UID}?from={}T10:00:00Z", day(5))).await;
    assert_eq!(messages(&late), expected(&WITH[1..], &[9, 11])[1..]);
    let filtered = app.get(&format!("/transactions/{UID}?q=at%2011")).await;
    assert_eq!(messages(&filtered), expected(&WITH, &[11]));
    let mut next = Some(format!("/transactions/{UID}?limit=3"));
    let mut paged = Vec::new();
    while let Some(target) = next {
        let page = app.get(&target).await;
        paged.extend(messages(&page).into_iter().map(str::to_owned));
        next = page.body["next"].as_str().map(str::to_owned);
    }
    assert_eq!(paged, expected(&WITH, &[9, 11]));
    let nobody = app.get("/transactions/nobody").await;
    assert_eq!((nobody.status, &nobody.body["records"]), (404, &Value::Null));
}

#[tokio::test]
async fn it_is_found_on_all_its_days_and_in_order() {
    let (_server, app) = app().await;
    check(&app).await;
}

#[tokio::test]
async fn only_days_with_records_of_it_are_read() {
    let (_server, app) = app().await;
    for (number, expect) in [(33, 1), (34, 0)] {
        let finds = app.db.finds(&day(number), app.get(&format!("/transactions/{UID}"))).await;
        assert_eq!(finds.len(), expect, "{finds:#?}");
    }
}

/// The function asks the days of its last list while it lists them anew.
#[tokio::test]
async fn days_that_come_and_go_between_two_requests_are_known() {
    let (_server, app) = app().await;
    check(&app).await;
    let stream = Stream::new("other", 1);
    for number in [44, 45] {
        fixtures::put(
            &stream,
            &[Payload::record(&format!("{}T09:00:00Z", day(number)), UID, "ordering", &day(number))],
        );
    }
    app.deliver(&stream).await;
    app.db.day(&day(0)).drop().await.expect("dropped");
    let answer = app.get(&format!("/transactions/{UID}")).await;
    let new = [44, 45].map(day);
    assert_eq!(messages(&answer), [&expected(&WITH[1..], &[9, 11])[..], &new].concat());
    assert_eq!(answer.body["completeness"]["days"]["count"], DAYS + 1);
    assert_eq!(answer.body["completeness"]["days"]["first"], day(1));
}

/// A server needs milliseconds to say how many bytes a day takes.
#[tokio::test]
async fn days_with_as_many_records_as_before_are_not_asked_for_their_bytes_again() {
    let (_server, app) = app().await;
    let asked = async || {
        let status = app.db.database().run_command(doc! { "serverStatus": 1 }).await.expect("status");
        let commands = status.get_document("metrics").and_then(|metrics| metrics.get_document("commands"));
        let command = commands.and_then(|commands| commands.get_document("collStats"));
        command.and_then(|command| command.get_i64("total")).expect("a number")
    };
    let before = asked().await;
    let first = app.get("/days").await.body;
    assert_eq!((first["days"][0]["day"].as_str(), first["days"][0]["records"].as_u64()), (Some(&*day(39)), Some(3)));
    assert!(first["days"].as_array().expect("days").iter().all(|day| day["bytes"].as_u64() > Some(0)), "{first}");
    assert_eq!(asked().await - before, i64::from(DAYS));
    assert_eq!(app.get("/days").await.body, first);
    assert_eq!(asked().await - before, i64::from(DAYS));
    let stream = Stream::new("other", 1);
    fixtures::put(&stream, &[Payload::record(&format!("{}T09:00:00Z", day(39)), UID, "ordering", "one more")]);
    app.deliver(&stream).await;
    assert_eq!(app.get("/days").await.body["days"][0]["records"].as_u64(), Some(4));
    assert_eq!(asked().await - before, i64::from(DAYS) + 1);
    // A server that cannot count so.
    FailCommand::refuse_on(&app.db, "aggregate", &format!("kinesis_logs_{}", day(39)), 1, UNKNOWN_STAGE).await;
    assert_eq!(app.get("/days").await.body["days"][0]["records"].as_u64(), Some(4));
    assert_eq!(asked().await - before, 2 * i64::from(DAYS) + 1);
}

/// The day in a uid's time and the next day are read without asking.
#[tokio::test]
async fn a_uid_that_carries_its_time_is_looked_for_there_first() {
    let (_server, app) = app().await;
    // 2026-11-03T09:00:00Z: day 33.
    let uid = "1-6ae9a290-a006649127e371903a2de979";
    let stream = Stream::new("other", 1);
    for number in [5, 33, 35] {
        fixtures::put(
            &stream,
            &[Payload::record(&format!("{}T09:00:01Z", day(number)), uid, "ordering", &day(number))],
        );
    }
    app.deliver(&stream).await;
    let target = format!("/transactions/{uid}");
    let answer = app.get(&target).await;
    assert_eq!(messages(&answer), [day(5), day(33), day(35)], "complete and in order all the same");
    for (number, is_read) in [(32, false), (33, true), (34, true), (35, true), (36, false)] {
        let finds = app.db.finds(&day(number), app.get(&target)).await;
        assert_eq!(!finds.is_empty(), is_read, "{number}: {finds:#?}");
    }
}

/// Amazon `DocumentDB` refuses the stage.
#[tokio::test]
async fn a_server_that_looks_at_one_collection_at_a_time_is_asked_for_each_day() {
    let (_server, app) = app().await;
    FailCommand::refuse_on(&app.db, "aggregate", &format!("kinesis_logs_{}", day(0)), 1_000, UNKNOWN_STAGE).await;
    check(&app).await;
    let finds = app.db.finds(&day(34), app.get(&format!("/transactions/{UID}"))).await;
    assert_eq!(finds.len(), 1, "{finds:#?}");
}
