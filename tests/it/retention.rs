//! Retention drops the days that are past it, and nothing else.

use std::collections::BTreeSet;
use std::time::Duration;

use futures_util::future::join;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use mongodb::bson::{Document, doc};
use serde_json::{Value, json};
use tests::app::TestApp;
use tests::fixtures::{self, Payload};
use tests::kinesis::Stream;
use tests::mongo::{FailCommand, OwnServer, TestDb};
use tests::runtime_api::Function;
use tests::wait::DEADLINE;

/// Long enough for a run.
const RUN: Duration = Duration::from_mins(2);
/// The most days of a run.
const MAX_DAYS: usize = 30;

fn today() -> Date {
    Timestamp::now().to_zoned(TimeZone::UTC).date()
}

fn ago(days: i64) -> String {
    (today() - days.days()).to_string()
}

fn retention(db: &TestDb, days: &str, more: &[(&str, &str)]) -> Function {
    let own = [("LOGBRAID_RETENTION_DAYS", days)].into_iter().chain(more.iter().copied());
    let own = own.map(|(name, value)| (name.to_owned(), value.to_owned()));
    Function::new("retention", db.env().into_iter().chain(own))
}

async fn run(function: &Function, event: &Value) -> Value {
    function
        .invoke(event, RUN)
        .await
        .unwrap_or_else(|error| panic!("{error:?}\n{}", function.logs().lines().join("\n")))
}

async fn names(db: &TestDb) -> BTreeSet<String> {
    db.database().list_collection_names().await.expect("collections can be listed").into_iter().collect()
}

/// Creates what ingest creates of a day.
async fn create_day(db: &TestDb, prefix: &str, plain: &str, day: &str) -> [String; 3] {
    let names = [format!("{prefix}{day}"), format!("{plain}transactions_{day}"), format!("{plain}sketches_{day}")];
    let database = db.database();
    database.collection::<Document>(&names[0]).insert_one(doc! { "message": day }).await.expect("stored");
    let view = doc! { "create": &names[1], "viewOn": &names[0], "pipeline": [] };
    database.run_command(view).await.expect("created");
    database.collection::<Document>(&names[2]).insert_one(doc! { "_id": "complete" }).await.expect("stored");
    names
}

/// A hundred days, and beside them everything that has nearly their names.
#[tokio::test]
async fn of_a_hundred_days_the_old_ones_are_dropped_and_nothing_else() {
    let db = TestDb::new().await;
    let database = db.database();
    let mut old = Vec::new();
    for days in 0..100 {
        let created = create_day(&db, "kinesis_logs_", "", &ago(days)).await;
        if days > 40 {
            old.insert(0, created);
        }
    }
    create_day(&db, "kinesis_logs_", "", &ago(-1)).await;
    // Other stacks, whose prefixes begin like the default one or end like it.
    for prefix in ["kinesis_logs_eu_", "my_kinesis_logs_", "kinesis_", "a_", "kinesis_logs_2020-", "KINESIS_LOGS_"] {
        create_day(&db, prefix, prefix, &ago(90)).await;
        database.create_collection(format!("{prefix}shards")).await.expect("created");
    }
    let day = ago(90);
    // Names that are not exactly those of days.
    for name in [
        format!("kinesis_logs_{day}_backup"),
        format!("kinesis_logs_{day} "),
        format!("kinesis_logs_{}", day.replace('-', "")),
        format!("kinesis_logs_{day}T00:00:00"),
        format!("kinesis_logs_{}", &day[..7]),
        format!("kinesis_logs-{day}"),
        format!(" kinesis_logs_{day}"),
        format!("kinesis_logs_+{day}"),
        format!("kinesis_logs_{day}.archive"),
        "kinesis_logs_2020-13-01".to_owned(),
        "kinesis_logs_2020-1-1".to_owned(),
        "kinesis_logs_".to_owned(),
        format!("transaction_{day}"),
        format!("transactions_{day}_old"),
        format!("sketches_{day}_old"),
        day.clone(),
        "users".to_owned(),
        "quarantine".to_owned(),
        "shards".to_owned(),
        // In place of views and sketches of days that have none.
        "transactions_2020-01-02".to_owned(),
        "sketches_2020-01-03".to_owned(),
    ] {
        database.collection::<Document>(&name).insert_one(doc! { "a": 1 }).await.expect("stored");
    }
    // A user's views: one with the name of a day, the others with the names of what belongs to a day.
    for (name, on) in
        [("kinesis_logs_2020-01-01", "users"), ("transactions_2020-01-04", "users"), ("sketches_2020-01-04", "users")]
    {
        let view = doc! { "create": name, "viewOn": on, "pipeline": [] };
        database.run_command(view).await.expect("created");
    }
    // A day whose view has been replaced by a collection of the user's.
    database.collection::<Document>("kinesis_logs_2020-01-02").insert_one(doc! { "a": 1 }).await.expect("stored");
    database.collection::<Document>("kinesis_logs_2020-01-04").insert_one(doc! { "a": 1 }).await.expect("stored");
    // A time series is no day.
    let series = doc! { "create": "kinesis_logs_2020-01-05", "timeseries": { "timeField": "t" } };
    database.run_command(series).await.expect("created");

    let mut expect = names(&db).await;
    let function = retention(&db, "40", &[("LOGBRAID_RETENTION_DRY_RUN", "on")]);
    let report = run(&function, &json!({})).await;
    let mut days: Vec<String> = ["2020-01-02", "2020-01-04"].map(str::to_owned).into();
    days.extend((41..100).rev().map(ago));
    assert_eq!(
        report,
        json!({ "dry_run": true, "first_kept": ago(40), "dropped": days[..MAX_DAYS], "left": days.len() - MAX_DAYS })
    );
    assert_eq!(names(&db).await, expect, "a dry run drops nothing");

    let function = retention(&db, "40", &[]);
    let report = run(&function, &json!({ "dry_run": true })).await;
    assert_eq!((&report["dry_run"], names(&db).await == expect), (&json!(true), true), "{report}");
    for dropped in days.chunks(MAX_DAYS) {
        let report = run(&function, &json!({})).await;
        assert_eq!((&report["dry_run"], &report["dropped"]), (&json!(false), &json!(dropped)), "{report}");
    }
    assert_eq!(run(&function, &json!({})).await["dropped"], json!([]));
    for name in old.concat() {
        assert!(expect.remove(&name), "{name}");
    }
    for name in ["kinesis_logs_2020-01-02", "kinesis_logs_2020-01-04"] {
        expect.remove(name);
    }
    assert_eq!(names(&db).await, expect);
}

#[tokio::test]
async fn a_stack_with_a_prefix_drops_its_own_days() {
    let db = TestDb::new().await;
    for prefix in ["shop_", "shop_eu_", "sho"] {
        db.database().create_collection(format!("{prefix}shards")).await.expect("created");
        create_day(&db, prefix, prefix, &ago(90)).await;
        create_day(&db, prefix, prefix, &ago(1)).await;
    }
    create_day(&db, "kinesis_logs_", "", &ago(90)).await;
    let mut expect = names(&db).await;
    let function = retention(&db, "32", &[("LOGBRAID_COLLECTION_PREFIX", "shop_")]);
    assert_eq!(run(&function, &json!({})).await["dropped"], json!([ago(90)]));
    for name in ["", "transactions_", "sketches_"] {
        expect.remove(&format!("shop_{name}{}", ago(90)));
    }
    assert_eq!(names(&db).await, expect);
}

/// The ingest function has filed the day before, so it may believe that the day is there.
#[tokio::test]
async fn a_warm_ingest_function_brings_a_dropped_day_back_as_it_was() {
    let app = TestApp::start().await;
    let day = ago(20);
    let file = async |message: &str| {
        let stream = Stream::new(&format!("stream-of-{message}"), 1);
        fixtures::put(&stream, &[Payload::record(&format!("{day}T10:00:00Z"), "uid", "ordering", message)]);
        app.deliver(&stream).await;
    };
    file("one").await;
    super::schema::check_day(&app.db, &day).await;
    let settings = [("LOGBRAID_MAX_SKEW_DAYS", "7")];
    assert_eq!(run(&retention(&app.db, "10", &settings), &json!({})).await["dropped"], json!([&day]));
    let gone = app.get("/transactions/uid").await;
    assert_eq!(gone.status, 404, "{gone:#?}");
    file("two").await;
    assert_eq!(app.ingest.cold_starts(), 1, "the function is still warm");
    super::schema::check_day(&app.db, &day).await;
    let found = app.get("/logs?q=two&from=2020-01-01").await;
    assert_eq!(found.body["searched"], json!({ "sketches": 1, "scanned": 0 }), "{found:#?}");
    assert_eq!(found.body["records"].as_array().map(Vec::len), Some(1));
    assert_eq!(run(&retention(&app.db, "10", &settings), &json!({})).await["dropped"], json!([&day]));
}

#[tokio::test]
async fn a_function_with_wrong_numbers_does_not_start() {
    let db = TestDb::new().await;
    create_day(&db, "kinesis_logs_", "", &ago(90)).await;
    let before = names(&db).await;
    let function = retention(&db, "31", &[]);
    assert!(function.invoke(&json!({}), DEADLINE).await.is_err());
    function.logs().wait_for("LOGBRAID_RETENTION_DAYS is `31`: expected at least 32").await;
    assert_eq!(names(&db).await, before);
}

/// A run that MongoDB ends in the middle leaves days that the next run drops.
#[tokio::test]
async fn a_run_that_fails_says_how_far_it_got() {
    let server = OwnServer::start();
    let db = TestDb::on(&server).await;
    for days in [90, 80] {
        create_day(&db, "kinesis_logs_", "", &ago(days)).await;
    }
    let function = retention(&db, "40", &[]);
    // The second day's view and sketches are dropped, its records are not.
    FailCommand::refuse_on(&db, "drop", &format!("kinesis_logs_{}", ago(80)), 1_000, 13).await;
    let error = function.invoke(&json!({}), RUN).await.expect_err("it fails");
    FailCommand::disarm(&db).await;
    assert!(error.message.contains(&format!("{} is not dropped, after 1 days that are", ago(80))), "{error}");
    assert_eq!(db.days().await, [ago(80)]);
    assert_eq!(run(&function, &json!({})).await["dropped"], json!([ago(80)]));
    assert_eq!(db.days().await, [""; 0]);
    assert!(!names(&db).await.iter().any(|name| name.contains("202")), "{:?}", names(&db).await);
}

/// The records are dropped last. So whatever ends a run in the middle of a day, the next run finds the day and drops the rest.
#[tokio::test]
async fn a_day_that_is_dropped_in_part_is_still_a_day() {
    let server = OwnServer::start();
    let db = TestDb::on(&server).await;
    let (function, day) = (retention(&db, "40", &[]), ago(80));
    for name in ["transactions_", "sketches_", "kinesis_logs_"] {
        for dies in [false, true] {
            create_day(&db, "kinesis_logs_", "", &day).await;
            let collection = format!("{name}{day}");
            let ended = if dies {
                let held_up = FailCommand::block_on(&db, "drop", &collection, 1, Duration::from_secs(1)).await;
                let die = async {
                    held_up.wait_until_hit().await;
                    function.crash();
                };
                join(die, function.invoke(&json!({}), RUN)).await.1
            } else {
                FailCommand::refuse_on(&db, "drop", &collection, 1_000, 13).await;
                function.invoke(&json!({}), RUN).await
            };
            FailCommand::disarm(&db).await;
            assert!(ended.is_err(), "{collection}: {ended:?}");
            // The server may drop what a function asked for that has died.
            if !dies || name != "kinesis_logs_" {
                assert_eq!(db.days().await, [day.as_str()], "{collection}");
            }
            run(&function, &json!({})).await;
            let left = names(&db).await;
            assert!(!left.iter().any(|name| name.contains(&day)), "{collection}: {left:?}");
        }
    }
}

/// A run begins no day that it may not have the time for, and the next run goes on.
#[tokio::test]
async fn a_run_ends_before_its_time_does() {
    let server = OwnServer::start();
    let db = TestDb::on(&server).await;
    for days in [90, 80, 70] {
        create_day(&db, "kinesis_logs_", "", &ago(days)).await;
    }
    let function = retention(&db, "40", &[]);
    // Less than the margin of 30 seconds.
    let report = function.invoke(&json!({}), Duration::from_secs(25)).await.expect("a report");
    assert_eq!((&report["dropped"], &report["left"]), (&json!([]), &json!(3)), "{report}");
    // The margin is reached while the server drops the first day.
    let first = format!("kinesis_logs_{}", ago(90));
    FailCommand::block_on(&db, "drop", &first, 1, Duration::from_secs(6)).await;
    let report = function.invoke(&json!({}), Duration::from_secs(35)).await.expect("a report");
    assert_eq!((&report["dropped"], &report["left"]), (&json!([ago(90)]), &json!(2)), "{report}");
    assert_eq!(db.days().await, [ago(80), ago(70)]);
    let report = run(&function, &json!({})).await;
    assert_eq!((&report["dropped"], &report["left"]), (&json!([ago(80), ago(70)]), &json!(0)), "{report}");
}
