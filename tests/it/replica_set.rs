//! A replica set loses its primary: the next primary has everything that was acknowledged.

use std::time::Duration;

use tests::app::TestApp;
use tests::fixtures::{self, Python};
use tests::kinesis::{Drained, EventSource, Stream, event};
use tests::mongo::{FailCommand, ReplicaSet, TestDb};

use crate::kept::{check_each_once, kept, sent};

/// Longer than any test, so that the command is still delayed when its server dies.
const FOR_EVER: Duration = Duration::from_mins(10);
/// So short that the function waits a second for MongoDB and then replies.
const SHORT: Duration = Duration::from_millis(2_500);

fn put_order(stream: &Stream) {
    fixtures::put(stream, &fixtures::order(Python::V311));
}

#[tokio::test]
async fn the_primary_killed_during_writes() {
    let mut set = ReplicaSet::start().await;
    let app = TestApp::with(TestDb::on_set(&set).await);
    let stream = Stream::new("app_logging", 1);
    let mut mapping = EventSource { batch_size: 5, ..EventSource::reporting() }.connect(&stream);
    put_order(&stream);
    assert_eq!(mapping.drain(&app.ingest).await, Drained::End);
    for _ in 0..2 {
        put_order(&stream);
        let held_up = FailCommand::block(&app.db, "insert", 1, FOR_EVER).await;
        let kill = async {
            held_up.wait_until_hit().await;
            let primary = set.primary().await;
            set.kill(primary);
            set.primary().await;
            set.restart(primary);
        };
        let ((), drained) = tokio::join!(kill, mapping.drain(&app.ingest));
        assert_eq!(drained, Drained::End);
        check_each_once(&app.db, &stream).await;
    }
}

#[tokio::test]
async fn the_primary_steps_down_during_writes() {
    let set = ReplicaSet::start().await;
    let app = TestApp::with(TestDb::on_set(&set).await);
    let stream = Stream::new("app_logging", 1);
    let mut mapping = EventSource { batch_size: 5, ..EventSource::reporting() }.connect(&stream);
    put_order(&stream);
    let held_up = FailCommand::block(&app.db, "insert", 1, Duration::from_secs(1)).await;
    let step_down = async {
        held_up.wait_until_hit().await;
        set.step_down().await;
    };
    let ((), drained) = tokio::join!(step_down, mapping.drain(&app.ingest));
    assert_eq!(drained, Drained::End);
    check_each_once(&app.db, &stream).await;
}

/// The records are on a primary that no member follows. Delivered again, they are duplicates there, and still must not
/// count as stored, since the next primary does not have them. A weaker write concern in the connection string does not
/// change that.
#[tokio::test]
async fn what_only_a_lost_primary_had_is_delivered_again() {
    let mut set = ReplicaSet::start().await;
    let app = TestApp::with(TestDb::on_set(&set).await.with_option("w=1"));
    let stream = Stream::new("app_logging", 1);
    put_order(&stream);
    // Creates the day.
    let first = event(&stream, 0, &stream.records(0)[..1]);
    let done = serde_json::json!([]);
    assert_eq!(app.ingest.invoke(&first, tests::wait::DEADLINE).await.expect("a reply")["batchItemFailures"], done);

    let primary = set.primary().await;
    set.hold_back(primary).await;
    let rest = event(&stream, 0, &stream.records(0)[1..]);
    for delivery in 1..=3 {
        let reply = app.ingest.invoke(&rest, SHORT).await.expect("a reply in time");
        let first_failed = reply["batchItemFailures"][0]["itemIdentifier"].as_str();
        assert_eq!(first_failed, Some(stream.records(0)[1].sequence_number.as_str()), "delivery {delivery}");
    }
    set.kill(primary);
    set.let_follow(primary).await;
    set.primary().await;
    assert_eq!(kept(&app.db).await, sent(&stream)[..1], "the next primary has never heard of the rest");
    set.restart(primary);

    app.deliver(&stream).await;
    check_each_once(&app.db, &stream).await;
}
