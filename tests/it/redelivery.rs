//! Redelivery: Lambda delivers at least once, and may cut the batches differently.

use tests::app::TestApp;
use tests::fixtures::{self, Python};
use tests::kinesis::{Drained, EventSource, Stream, Verdict};
use tests::mongo::OwnServer;

const DAY: &str = "2026-11-20";

#[tokio::test]
async fn the_same_batch_three_times_stores_27() {
    let app = TestApp::start().await;
    let stream = Stream::new("app_logging", 1);
    fixtures::put(&stream, &fixtures::order(Python::V311));
    let mut first = Vec::new();
    for delivery in 1..=3 {
        let journal = app.deliver(&stream).await;
        assert!(journal.iter().all(|invocation| invocation.verdict == Verdict::Complete), "delivery {delivery}");
        let records = app.db.all_records().await;
        assert_eq!(records.len(), 27, "delivery {delivery}");
        if delivery == 1 {
            first = records;
        } else {
            assert_eq!(records, first, "delivery {delivery} changed what is stored");
        }
    }
}

#[tokio::test]
async fn batches_cut_anew_store_nothing_twice() {
    let app = TestApp::start().await;
    let stream = Stream::new("app_logging", 1);
    fixtures::put(&stream, &fixtures::order(Python::V311));
    // Each delivery overlaps with the stored records differently. Each new process knows nothing of those before.
    for batch_size in [4, 27, 1, 10] {
        app.ingest.recycle();
        let mut mapping = EventSource { batch_size, ..EventSource::reporting() }.connect(&stream);
        assert_eq!(mapping.drain(&app.ingest).await, Drained::End);
        assert!(mapping.journal().iter().all(|invocation| invocation.verdict == Verdict::Complete));
        assert_eq!(app.db.count().await, 27, "in batches of {batch_size}");
    }
    assert_eq!(app.ingest.cold_starts(), 4);
}

#[tokio::test]
async fn a_batch_that_overlaps_with_what_is_stored_stores_the_rest() {
    let app = TestApp::start().await;
    let stream = Stream::new("app_logging", 1);
    let order = fixtures::order(Python::V311);
    fixtures::put(&stream, &order[..10]);
    app.deliver(&stream).await;
    assert_eq!(app.db.count().await, 10);
    fixtures::put(&stream, &order[10..]);
    app.deliver(&stream).await;
    assert_eq!(app.db.count().await, 27);
}

/// A day is a clustered collection without an index on `_id`. Finding ids must not read all of it.
#[tokio::test]
async fn looking_for_what_is_stored_reads_no_more_than_the_batch() {
    let app = TestApp::start().await;
    let stream = Stream::new("app_logging", 1);
    fixtures::put(&stream, &fixtures::order(Python::V311));
    app.deliver(&stream).await;
    app.db.surround(DAY).await;
    let told = app.db.finds(DAY, app.deliver(&stream)).await;
    let count = |name: &str| told.iter().filter_map(|told| told.get_i32(name).ok()).sum::<i32>();
    assert_eq!(count("nreturned"), 27, "{told:#?}");
    // A scan also reads the record after the last one.
    let behind = i32::try_from(told.len()).expect("few");
    assert_eq!(count("docsExamined"), 27 + behind, "{told:#?}");
}

/// A standalone server has no other members to wait for: it is a majority by itself.
#[tokio::test]
async fn on_a_standalone_server() {
    let server = OwnServer::start_standalone();
    let app = TestApp::on(&server).await;
    let stream = Stream::new("app_logging", 1);
    let order = fixtures::order(Python::V311);
    for part in [&order[..10], &order[10..]] {
        fixtures::put(&stream, part);
        app.deliver(&stream).await;
    }
    assert_eq!(app.db.count().await, 27);
}

/// Two senders may log the same text at the same time: both records are kept.
#[tokio::test]
async fn equal_payloads_are_not_one_record() {
    let app = TestApp::start().await;
    let stream = Stream::new("app_logging", 2);
    let order = fixtures::order(Python::V311);
    for shard in [0, 0, 1] {
        stream.clock().set(order[0].created_ms);
        stream.put_on(shard, "k", order[0].data.as_slice());
    }
    app.deliver(&stream).await;
    assert_eq!(app.db.count().await, 3);
}
