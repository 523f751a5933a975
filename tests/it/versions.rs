//! The functions of two versions share a database: during an upgrade, and after a way back.

use std::env;
use std::path::Path;
use std::time::Duration;

use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan as _};
use serde_json::{Value, json};
use tests::bucket::Bucket;
use tests::fixtures::{self, Payload};
use tests::http::{Get as _, api_gateway_event};
use tests::kinesis::{Drained, EventSource, Stream};
use tests::mongo::TestDb;
use tests::runtime_api::{Function, Program};

/// A folder with the functions of the other version, each under its name.
const OTHER: &str = "LOGBRAID_OTHER_FUNCTIONS";
const UID: &str = "6f1a4e0e-6f0c-4c58-9d0c-0a1b2c3d4e5f";
/// Retention exports until a minute before the end.
const RUN: Duration = Duration::from_mins(3);

/// Days that both versions file into. Retention drops the first one.
const LONG_AGO: i64 = 20;
const YESTERDAY: i64 = 1;

fn day(ago: i64) -> String {
    (Timestamp::now().to_zoned(TimeZone::UTC).date() - ago.days()).to_string()
}

fn other(db: &TestDb, name: &str) -> Function {
    let folder = env::var_os(OTHER).unwrap_or_else(|| panic!("{OTHER} has to name a folder"));
    let program = Program { path: Path::new(&folder).join(name), arguments: Vec::new() };
    Function::running(program, name, db.env())
}

fn own(db: &TestDb, name: &str, settings: &[(&str, &str)]) -> Function {
    let settings = settings.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    Function::new(name, db.env().into_iter().chain(settings))
}

/// A stream with records of the transaction.
fn stream(name: &str, records: &[(i64, &str)]) -> Stream {
    let stream = Stream::new(name, 1);
    let of = |(ago, message): &(i64, &str)| Payload::record(&format!("{}T10:00:00Z", day(*ago)), UID, "till", message);
    fixtures::put(&stream, &records.iter().map(of).collect::<Vec<_>>());
    stream
}

async fn deliver(ingest: &Function, stream: &Stream) {
    let mut mapping = EventSource::reporting().connect(stream);
    assert_eq!(mapping.drain(ingest).await, Drained::End, "{}", ingest.logs().lines().join("\n"));
}

/// Asks for records, and returns their messages in order of the alphabet.
async fn messages(query: &Function, target: &str) -> Vec<String> {
    query.recycle();
    let answer = query.get(target).await;
    assert_eq!(answer.status, 200, "{target}: {}", answer.body);
    let records = answer.body["records"].as_array().cloned().unwrap_or_default();
    let text = |record: Value| record["message"].as_str().unwrap_or_default().to_owned();
    let mut messages: Vec<String> = records.into_iter().map(text).collect();
    messages.sort();
    messages
}

#[tokio::test]
#[ignore = "needs the functions of another version: CONTRIBUTING.md#before-a-release"]
async fn two_versions_file_into_and_read_the_same_days() {
    let db = TestDb::new().await;
    let (before, after) = (other(&db, "ingest"), own(&db, "ingest", &[]));
    let (asked_before, asked) = (other(&db, "query"), own(&db, "query", &[("LOGBRAID_PINS", "on")]));
    let transaction = format!("/transactions/{UID}");

    // New code on days of old code, and old code on days of new code. Each gets what the other has filed once more.
    let of_before = stream("before", &[(LONG_AGO, "before one"), (YESTERDAY, "before two")]);
    let of_after = stream("after", &[(LONG_AGO, "after one"), (YESTERDAY, "after two")]);
    for (ingest, stream) in [(&before, &of_before), (&after, &of_after), (&after, &of_before), (&before, &of_after)] {
        deliver(ingest, stream).await;
    }
    let all = ["after one", "after two", "before one", "before two"];
    for query in [&asked_before, &asked] {
        assert_eq!(messages(query, &transaction).await, all);
        for (q, expect) in [("before", &all[2..]), ("one", &["after one", "before one"])] {
            assert_eq!(messages(query, &format!("/logs?from=-30d&q={q}")).await, expect, "{q}");
        }
        for target in ["/days", "/quarantine", "/services", "/transactions", "/histogram?from=-30d", "/healthz"] {
            assert_eq!(query.get(target).await.status, 200, "{target}");
        }
    }

    // Old code does not know of the pin, nor of sketches.
    let mut pin = api_gateway_event(&format!("{transaction}/pin"));
    pin["requestContext"]["http"]["method"] = "PUT".into();
    pin["body"] = json!({ "reason": "incident 17" }).to_string().into();
    assert_eq!(asked.invoke(&pin, RUN).await.expect("a reply")["statusCode"], 200);
    deliver(&before, &stream("late", &[(LONG_AGO, "late one")])).await;
    assert_eq!(messages(&asked, "/logs?from=-30d&q=late").await, ["late one"]);

    // Retention archives and drops a day of both, and copies what is pinned.
    let bucket = Bucket::empty().await;
    let archive = [("LOGBRAID_ARCHIVE_BUCKET", "b"), ("LOGBRAID_ARCHIVE_PREFIX", "archive/")];
    let keep = [("LOGBRAID_RETENTION_DAYS", "10"), ("LOGBRAID_MAX_SKEW_DAYS", "1")];
    let place = bucket.env();
    let place = place.iter().map(|(name, value)| (*name, value.as_str()));
    let retention = own(&db, "retention", &place.chain(archive).chain(keep).collect::<Vec<_>>());
    let report = retention.invoke(&json!({}), RUN).await.unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(
        (&report["dropped"], &report["archived"][0]["records"]),
        (&json!([day(LONG_AGO)]), &json!(3)),
        "{report}"
    );
    assert_eq!(messages(&asked, &transaction).await.len(), 5);
    assert_eq!(messages(&asked_before, &transaction).await, ["after two", "before two"]);

    // And back: old code goes on.
    deliver(&before, &stream("back", &[(YESTERDAY, "back")])).await;
    for query in [&asked_before, &asked] {
        assert_eq!(messages(query, "/logs?from=-30d&q=back").await, ["back"]);
    }
}
