//! The captured order: three services, four kinds of transactions, both Python versions.

use mongodb::bson::Document;
use tests::app::TestApp;
use tests::fixtures::{self, ORDER_UID, Python};
use tests::kinesis::{Stream, Verdict};
use tests::mongo::{json, text};

const DAY: &str = "2026-11-20";
const UIDS: [&str; 3] = [ORDER_UID, "0d9c8b7a-2222-4ccc-9ddd-fedcba987654", "b2c7f9d4-1111-4aaa-8bbb-0123456789ab"];

async fn delivered(python: Python) -> TestApp {
    let app = TestApp::start().await;
    let stream = Stream::new("app_logging", 1);
    fixtures::put(&stream, &fixtures::order(python));
    let journal = app.deliver(&stream).await;
    assert_eq!(journal.iter().map(|invocation| invocation.verdict).collect::<Vec<_>>(), [Verdict::Complete]);
    app
}

fn field<'a>(record: &'a Document, name: &str) -> &'a str {
    text(record, name).unwrap_or_else(|| panic!("no {name} in {record}"))
}

#[tokio::test]
async fn all_27_records_are_accounted_for() {
    for python in Python::ALL {
        let app = delivered(python).await;
        let records = app.db.records(DAY).await;
        let of = |uid: Option<&str>| records.iter().filter(|record| text(record, "log_uid") == uid).count();
        assert_eq!(records.len(), 27, "{python:?}");
        assert_eq!(UIDS.map(|uid| of(Some(uid))), [9, 8, 4], "{python:?}");
        assert_eq!(records.iter().filter(|record| !record.contains_key("log_uid")).count(), 6, "{python:?}");
        assert_eq!(app.db.days().await, [DAY], "{python:?}");
        assert_eq!(app.db.quarantined().await, [], "{python:?}");
    }
}

#[tokio::test]
async fn the_order_reads_as_its_services_wrote_it() {
    for python in Python::ALL {
        let app = delivered(python).await;
        let records = app.db.records(DAY).await;
        let lines: Vec<String> = records
            .iter()
            .filter(|record| text(record, "log_uid") == Some(ORDER_UID))
            .map(|record| {
                // One message ends with measured times, which differ.
                let message = field(record, "message").split(';').next().unwrap_or_default();
                format!("{:5} {:10} {message}", field(record, "levelname"), field(record, "service"))
            })
            .collect();
        insta::allow_duplicates! {
            insta::assert_snapshot!(lines.join("\n"), @"
            INFO  purchasing check availability for 1000 widgets
            DEBUG inventory  reading stock table for WIDGET-1
            INFO  inventory  uid=6f1a4e0e-6f0c-4c58-9d0c-0a1b2c3d4e5f
            INFO  purchasing Got inventory information for product id: WIDGET-1
            INFO  ordering   order item WIDGET-1 x 1000 for alice
            ERROR ordering   vendor order failed, attempt 1
            INFO  ordering   vendor accepted, reference VND-007000
            INFO  purchasing order placed, vendor reference VND-007000
            INFO  ordering   confirm order VND-007000
            ");
        }
    }
}

/// Numbers of Python are numbers again, and its missing values are absent. The services' own fields stay text, as the
/// handler sent them.
#[tokio::test]
async fn types_are_restored() {
    let app = delivered(Python::V311).await;
    let records = app.db.records(DAY).await;
    let first = records.iter().find(|record| text(record, "log_uid") == Some(ORDER_UID)).expect("stored");
    let stored = json(first);
    insta::assert_json_snapshot!(stored, { "._id" => "[id]", ".source.seq" => "[seq]" }, @r#"
    {
      "_id": "[id]",
      "args": [
        1000
      ],
      "buyer": "alice",
      "created": 1795163739.165953,
      "filename": "svc.py",
      "fqdn": "localhost",
      "funcName": "purchase",
      "levelname": "INFO",
      "levelno": 20,
      "lineno": 69,
      "log_uid": "6f1a4e0e-6f0c-4c58-9d0c-0a1b2c3d4e5f",
      "message": "check availability for 1000 widgets",
      "module": "svc",
      "msecs": 165.0,
      "msg": "check availability for %d widgets",
      "name": "purchasing.apps.orders",
      "pathname": "/srv/shop/orders/corp/svc.py",
      "pk": "localhost",
      "process": 15033,
      "processName": "MainProcess",
      "relativeCreated": 200.32906532287598,
      "service": "purchasing",
      "sku": "WIDGET-1",
      "source": {
        "arrived": {
          "$date": {
            "$numberLong": "1795163739285"
          }
        },
        "format": "json",
        "seq": "[seq]",
        "shard": "shardId-000000000000",
        "stream": "app_logging"
      },
      "thread": 140011810929536,
      "threadName": "MainThread",
      "time": {
        "$date": {
          "$numberLong": "1795163739165"
        }
      }
    }
    "#);
}

#[tokio::test]
async fn the_task_name_of_newer_pythons_is_kept() {
    let app = delivered(Python::V312).await;
    let records = app.db.records(DAY).await;
    let order: Vec<_> = records
        .iter()
        .filter(|record| text(record, "log_uid") == Some(ORDER_UID))
        .map(|record| field(record, "taskName"))
        .collect();
    assert_eq!(order, ["Task-2", "Task-4", "Task-4", "Task-2", "Task-4", "Task-4", "Task-4", "Task-2", "Task-8"]);
}

#[tokio::test]
async fn the_event_captured_as_a_file_is_taken_too() {
    let app = TestApp::start().await;
    let reply = app.ingest.invoke(&fixtures::order_event(), tests::wait::DEADLINE).await;
    assert_eq!(reply.expect("no function error")["batchItemFailures"], serde_json::json!([]));
    assert_eq!(app.db.count().await, 27);
}
