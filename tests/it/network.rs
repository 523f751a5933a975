//! The network between the function and MongoDB fails.

use std::time::Duration;

use serde_json::json;
use tests::app::TestApp;
use tests::fixtures;
use tests::kinesis::{Drained, EventSource, Invocation, Stream, Verdict};
use tests::mongo::{OwnServer, TestDb};
use tests::proxy::{OnInsert, Proxy};
use tests::wait::DEADLINE;

use crate::kept::check_each_once;

const ORDER_RECORDS: usize = 27;
/// So short that the function waits a second for MongoDB and then replies.
const SHORT: Duration = Duration::from_millis(2_500);

async fn behind(proxy: &Proxy, server: &OwnServer) -> TestApp {
    TestApp::with(TestDb::on(server).await.through(proxy))
}

fn stream() -> Stream {
    let stream = Stream::new("app_logging", 1);
    fixtures::put(&stream, &fixtures::order(fixtures::Python::V311));
    stream
}

/// The driver retries an insert once, so the function has to report it from the second cut on.
#[tokio::test]
async fn a_connection_cut_within_a_request_or_a_reply() {
    let server = OwnServer::start();
    let proxy = Proxy::before(server.port()).await;
    for fault in [OnInsert::CutRequest, OnInsert::CutReply] {
        for (times, expect) in [
            (1, &[Verdict::Complete][..]),
            (2, &[Verdict::From(0), Verdict::Complete]),
            (4, &[Verdict::From(0), Verdict::From(0), Verdict::Complete]),
        ] {
            let app = behind(&proxy, &server).await;
            let (stream, met) = (stream(), proxy.met());
            proxy.on_inserts(vec![fault; times]);
            let mut mapping = EventSource::reporting().connect(&stream);
            assert_eq!(mapping.drain(&app.ingest).await, Drained::End);
            let verdicts: Vec<Verdict> = mapping.journal().iter().map(|invocation| invocation.verdict).collect();
            assert_eq!(verdicts, expect, "{fault:?}, {times} times");
            assert_eq!(proxy.met() - met, times, "{fault:?}");
            check_each_once(&app.db, &stream).await;
        }
    }
}

#[tokio::test]
async fn connections_refused_at_a_cold_start_and_under_a_warm_function() {
    let server = OwnServer::start();
    let proxy = Proxy::before(server.port()).await;
    let app = behind(&proxy, &server).await;
    for name in ["cold", "warm"] {
        let stream = Stream::new(name, 1);
        fixtures::put(&stream, &fixtures::order(fixtures::Python::V311));
        proxy.refuse();
        let mut mapping = EventSource::reporting().connect(&stream);
        let drained = mapping
            .drain_with(&app.ingest, async |failed: &Invocation| {
                assert_eq!(failed.verdict, Verdict::From(0), "{name}");
                proxy.admit();
            })
            .await;
        assert_eq!(drained, Drained::End);
    }
    assert_eq!(app.ingest.cold_starts(), 1, "the process outlives the outage");
    assert_eq!(app.db.count().await, 2 * ORDER_RECORDS);
}

/// The server stores everything, but its reply never comes: the function replies in time that nothing is confirmed.
#[tokio::test]
async fn a_server_too_slow_for_the_deadline() {
    let server = OwnServer::start();
    let proxy = Proxy::before(server.port()).await;
    let app = behind(&proxy, &server).await;
    let event = fixtures::order_event();
    proxy.on_inserts([OnInsert::HoldReply]);
    let reply = app.ingest.invoke(&event, SHORT).await.expect("a reply in time");
    let first = &event["Records"][0]["kinesis"]["sequenceNumber"];
    assert_eq!(reply["batchItemFailures"], json!([{ "itemIdentifier": first }]));
    let reply = app.ingest.invoke(&event, DEADLINE).await.expect("a reply");
    assert_eq!(reply["batchItemFailures"], json!([]));
    assert_eq!(app.ingest.cold_starts(), 1);
    assert_eq!(app.db.count().await, ORDER_RECORDS);
}
