//! Batches of many shards, filed by many processes and cut in many ways.

use std::time::Duration;

use futures_util::future::join;
use tests::app::TestApp;
use tests::fixtures::{Payload, put};
use tests::kinesis::{Drained, EventSource, OnFunctionError, Stream, Verdict, event};
use tests::mongo::{FailCommand, OwnServer, text};
use tests::wait::DEADLINE;

use crate::kept::check_each_once;

const SHARDS: usize = 3;
const RECORDS: usize = 60;

/// Returns records a second apart over midnight, distributed to the shards in turn.
fn stream() -> Stream {
    let stream = Stream::new("app_logging", SHARDS);
    let midnight: jiff::Timestamp = "2026-11-21T00:00:00Z".parse().expect("RFC 3339");
    for (number, second) in (0..RECORDS).zip(-30..) {
        let time = midnight + jiff::SignedDuration::from_secs(second);
        stream.clock().set(time.as_millisecond() + 100);
        let payload = Payload::record(&time.to_string(), "uid", "service", &format!("{number:02}"));
        stream.put_on(number % SHARDS, &format!("key-{}", number % 7), payload.data);
    }
    stream
}

#[tokio::test]
async fn shards_out_of_order_are_stored_in_order_of_time() {
    let app = TestApp::start().await;
    let stream = stream();
    for shard in [2, 0, 1] {
        let event = event(&stream, shard, &stream.records(shard));
        app.ingest.invoke(&event, DEADLINE).await.expect("a reply");
    }
    check_each_once(&app.db, &stream).await;
    let records = app.db.all_records().await;
    assert!(records.is_sorted_by_key(|record| text(record, "message").expect("text")));
}

#[tokio::test]
async fn several_functions_for_one_shard() {
    let app = TestApp::start().await;
    let stream = stream();
    let source = EventSource { batch_size: 3, parallelization_factor: 4, ..EventSource::reporting() };
    let mut mapping = source.connect(&stream);
    assert_eq!(mapping.drain(&app.ingest).await, Drained::End);
    assert!(mapping.journal().iter().any(|invocation| invocation.lane > 0));
    assert!(app.ingest.cold_starts() > SHARDS, "more functions than shards");
    check_each_once(&app.db, &stream).await;
}

/// Two mappings deliver the same stream at the same time, with different batches.
#[tokio::test]
async fn the_same_records_in_two_functions_at_once() {
    let app = TestApp::start().await;
    let stream = stream();
    let [mut one, mut other] =
        [7, 10].map(|batch_size| EventSource { batch_size, ..EventSource::reporting() }.connect(&stream));
    let ends = join(one.drain(&app.ingest), other.drain(&app.ingest)).await;
    assert_eq!(ends, (Drained::End, Drained::End));
    let journal = [one.journal(), other.journal()].concat();
    assert!(journal.iter().all(|invocation| invocation.verdict == Verdict::Complete), "{journal:#?}");
    check_each_once(&app.db, &stream).await;
}

#[tokio::test]
async fn a_batch_in_halves_after_a_crash() {
    let server = OwnServer::start();
    let app = TestApp::on(&server).await;
    let stream = stream();
    let source = EventSource { batch_size: 8, on_function_error: OnFunctionError::Bisect, ..EventSource::reporting() };
    let mut mapping = source.connect(&stream);
    let held_up = FailCommand::block(&app.db, "insert", 1, Duration::from_secs(1)).await;
    let crash = async {
        held_up.wait_until_hit().await;
        app.ingest.crash();
    };
    let ((), drained) = join(crash, mapping.drain(&app.ingest)).await;
    assert_eq!(drained, Drained::End);
    let journal = mapping.journal();
    assert!(journal.iter().any(|invocation| invocation.verdict == Verdict::Failed), "{journal:#?}");
    assert!(journal.iter().any(|invocation| invocation.records == 4), "cut in half: {journal:#?}");
    check_each_once(&app.db, &stream).await;
}

/// A record without a time is filed by its arrival, which a redelivery does not change.
#[tokio::test]
async fn delivered_again_after_midnight() {
    let app = TestApp::start().await;
    let stream = Stream::new("app_logging", 1);
    let before = "2026-11-20T23:59:59.999Z".parse::<jiff::Timestamp>().expect("RFC 3339");
    let payload = Payload::bytes(before, r#"{"message":"no time of its own"}"#);
    stream.clock().set(payload.created_ms);
    stream.put("host", payload.data);
    put(&stream, &[Payload::record("2026-11-20T23:59:59.5Z", "uid", "service", "late")]);
    for _ in 0..2 {
        app.deliver(&stream).await;
        stream.clock().advance(Duration::from_hours(1));
        app.ingest.recycle();
    }
    check_each_once(&app.db, &stream).await;
    assert_eq!(app.db.days().await, ["2026-11-20"]);
}
