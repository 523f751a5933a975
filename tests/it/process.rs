//! The function's process ends at a bad moment. These tests also check the Runtime API of the test support.

use std::time::Duration;

use serde_json::json;
use tests::app::TestApp;
use tests::fixtures;
use tests::mongo::{FailCommand, OwnServer};
use tests::runtime_api::Function;
use tests::wait::DEADLINE;

#[tokio::test]
async fn a_process_past_its_deadline_is_killed_and_the_next_event_gets_a_new_one() {
    let app = TestApp::start().await;
    let event = fixtures::order_event();
    let error = app.ingest.invoke(&event, Duration::ZERO).await.expect_err("no time at all");
    assert_eq!(error.error_type, "Sandbox.Timedout");
    let reply = app.ingest.invoke(&event, DEADLINE).await.expect("all the time it needs");
    assert_eq!(reply["batchItemFailures"], json!([]));
    app.ingest.invoke(&event, DEADLINE).await.expect("the process is there");
    assert_eq!(app.ingest.cold_starts(), 2);
    assert_eq!(app.db.count().await, 27);
}

#[tokio::test]
async fn a_batch_out_of_time_is_not_decoded() {
    let app = TestApp::start().await;
    let event = fixtures::order_event();
    app.ingest.invoke(&event, DEADLINE).await.expect("the process is there");
    // Less than the function keeps for its reply.
    let reply = app.ingest.invoke(&event, Duration::from_millis(1_400)).await.expect("a reply in time");
    let first = &event["Records"][0]["kinesis"]["sequenceNumber"];
    assert_eq!(reply["batchItemFailures"], json!([{ "itemIdentifier": first }]));
    let line = app.ingest.logs().wait_for("decoding ran out of time").await;
    assert!(line.contains(r#""left":27"#), "{line}");
}

#[tokio::test]
async fn a_process_killed_during_a_batch_loses_nothing() {
    let server = OwnServer::start();
    let app = TestApp::on(&server).await;
    let event = fixtures::order_event();
    let held_up = FailCommand::block(&app.db, "insert", 1, Duration::from_secs(2)).await;
    let crash = async {
        held_up.wait_until_hit().await;
        app.ingest.crash();
    };
    let ((), reply) = tokio::join!(crash, app.ingest.invoke(&event, DEADLINE));
    assert_eq!(reply.expect_err("killed").error_type, "Runtime.ExitError");
    let reply = app.ingest.invoke(&event, DEADLINE).await.expect("a new process");
    assert_eq!(reply["batchItemFailures"], json!([]));
    assert_eq!(app.db.count().await, 27);
    assert_eq!(app.ingest.cold_starts(), 2);
}

#[tokio::test]
async fn a_bad_setting_stops_the_start_and_says_which() {
    for function in ["ingest", "query"] {
        let setting = ("LOGBRAID_MONGODB_TIMEOUT_MS".to_owned(), "soon".to_owned());
        let uri = ("MONGODB_URI".to_owned(), "mongodb://127.0.0.1:1".to_owned());
        let function = Function::new(function, [setting, uri]);
        let error = function.invoke(&fixtures::order_event(), DEADLINE).await.expect_err("it cannot start");
        let line = function.logs().wait_for("LOGBRAID_MONGODB_TIMEOUT_MS").await;
        assert!(line.contains("soon"), "{error}\n{line}");
    }
}

#[tokio::test]
async fn ingest_refuses_a_limit_of_decompression_that_its_memory_does_not_hold() {
    let settings = [
        ("MONGODB_URI", "mongodb://127.0.0.1:1"),
        ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "512"),
        ("LOGBRAID_MAX_DECOMPRESSED_MIB", "1024"),
    ];
    let settings = settings.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let function = Function::new("ingest", settings);
    function.invoke(&fixtures::order_event(), DEADLINE).await.expect_err("it cannot start");
    let line = function.logs().wait_for("LOGBRAID_MAX_DECOMPRESSED_MIB is `1024`").await;
    assert!(line.contains("is `512`: expected at least 3200 MB"), "{line}");
}

#[tokio::test]
async fn an_event_that_is_none_is_an_error_and_the_next_is_filed() {
    let app = TestApp::start().await;
    let error = app.ingest.invoke(&json!({ "Records": 1 }), DEADLINE).await.expect_err("it is no event");
    let message = "the event is not a list of Kinesis records: `[` expected at line 1 column 12";
    assert_eq!(error.to_string(), format!("NotAnEvent: {message}"));
    app.ingest.logs().wait_for(message).await;
    let reply = app.ingest.invoke(&fixtures::order_event(), DEADLINE).await.expect("the process is there");
    assert_eq!(reply["batchItemFailures"], json!([]));
    assert_eq!((app.ingest.cold_starts(), app.db.count().await), (1, 27));
}
