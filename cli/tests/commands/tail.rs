//! Tests of `logbraid tail` with the real query function and a real MongoDB, through outages of both.

use std::process::Command;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use tests::app::TestApp;
use tests::fixtures::{self, Payload};
use tests::http::PlainHttp;
use tests::kinesis::Stream;
use tests::mongo::OwnServer;
use tests::wait;

use crate::support::{Run, Running, Stub, logbraid};

const NOW: &str = "2026-11-20T12:00:00Z";
const LATER: &str = "2026-11-20T12:10:00Z";
/// A time of the week before.
const LATE: &str = "2026-11-13T12:00:00Z";

/// Puts records on a stream, a second apart, and delivers the whole stream: earlier records are delivered again.
async fn deliver(app: &TestApp, stream: &Stream, start: &str, messages: &[&str]) {
    let start: Timestamp = start.parse().unwrap();
    for (second, message) in (0..).zip(messages) {
        let time = start + SignedDuration::from_secs(second);
        fixtures::put(stream, &[Payload::record(&time.to_string(), "x", "shop", message)]);
    }
    app.deliver(stream).await;
}

fn stream() -> Stream {
    Stream::new("app_logging", 1)
}

/// A running tail.
struct Following(Running);

impl Following {
    fn start(command: Command) -> Self {
        Self(Running::start(command))
    }

    /// Returns the messages shown so far.
    fn messages(&self) -> Vec<String> {
        let message =
            |line: &String| serde_json::from_str::<Value>(line).unwrap()["message"].as_str().unwrap().to_owned();
        self.0.stdout().iter().map(message).collect()
    }

    async fn until_messages(&self, expect: &[&str]) {
        wait::until(&format!("{expect:?} are shown"), async || self.messages().len() >= expect.len()).await;
        assert_eq!(self.messages(), expect);
    }

    async fn until_shown(&self, message: &str) {
        wait::until(&format!("{message} is shown"), async || self.messages().iter().any(|shown| shown == message))
            .await;
    }

    async fn until_notes(&self, count: usize) -> Vec<String> {
        wait::until("the notes are printed", async || self.0.stderr().len() >= count).await;
        self.0.stderr()
    }
}

#[tokio::test]
async fn the_last_records_are_shown_and_then_new_ones_of_any_time() {
    let (app, stream) = (TestApp::start().await, stream());
    deliver(&app, &stream, NOW, &["a", "b", "c"]).await;
    let plain = PlainHttp::start(app.db.env()).await;

    let run = Run::of(logbraid(plain.base(), &["tail", "-n", "2"])).await;
    let messages: Vec<Value> = run.json_lines().iter().map(|record| record["message"].clone()).collect();
    assert_eq!((messages, run.code), (vec!["b".into(), "c".into()], Some(0)), "{}", run.stderr);

    let run = Run::of(logbraid(plain.base(), &["tail", "nowhere"])).await;
    assert_eq!(
        (run.stderr.as_str(), run.code),
        ("logbraid: no record matches: looked at what was filed last\n", Some(4))
    );

    let mut following = Following::start(logbraid(plain.base(), &["tail", "-f", "-n", "1"]));
    let filtered = Following::start(logbraid(plain.base(), &["tail", "-f", "LATE"]));
    following.until_messages(&["c"]).await;
    deliver(&app, &stream, LATER, &["d", "e"]).await;
    following.until_messages(&["c", "d", "e"]).await;
    deliver(&app, &stream, LATE, &["late"]).await;
    following.until_messages(&["c", "d", "e", "late"]).await;
    filtered.until_messages(&["late"]).await;

    // This fails if the tests run with SIGINT ignored, as under `nohup … &` in a script.
    let ended = following.0.end_with("INT").await;
    #[cfg(unix)]
    assert_eq!(std::os::unix::process::ExitStatusExt::signal(&ended), Some(2), "shells call it 130");
}

#[tokio::test]
async fn tail_goes_on_after_an_outage_of_mongodb() {
    let mut server = OwnServer::start();
    let (app, stream) = (TestApp::on(&server).await, stream());
    deliver(&app, &stream, NOW, &["a"]).await;
    let plain = PlainHttp::start(app.db.env()).await;
    let following = Following::start(logbraid(plain.base(), &["tail", "-f"]));
    following.until_messages(&["a"]).await;
    server.stop();
    let notes = following.until_notes(1).await;
    assert!(notes[0].starts_with("logbraid: The database does not answer."), "{notes:?}");
    assert!(notes[0].ends_with("Ask again in a few seconds; going on when that is over"), "{notes:?}");
    server.restart();
    let notes = following.until_notes(2).await;
    assert_eq!(notes[1..], ["logbraid: going on"]);
    deliver(&app, &stream, LATER, &["b"]).await;
    following.until_messages(&["a", "b"]).await;
}

/// The query function itself stops.
#[tokio::test]
async fn an_outage_of_the_function_is_waited_for_but_not_at_the_start() {
    let (app, stream) = (TestApp::start().await, stream());
    deliver(&app, &stream, NOW, &["a"]).await;
    let plain = PlainHttp::start(app.db.env()).await;
    let server = plain.base().trim_start_matches("http://").to_owned();
    let following = Following::start(logbraid(plain.base(), &["tail", "-f"]));
    following.until_messages(&["a"]).await;
    drop(plain);
    let notes = following.until_notes(1).await;
    let expect =
        [format!("logbraid: cannot connect to {server}"), format!("logbraid: no complete answer from {server}")];
    assert!(expect.iter().any(|expect| notes[0].starts_with(expect)), "{notes:?}");
    assert!(notes[0].ends_with("going on when that is over"), "{notes:?}");

    let run = Run::of(logbraid("http://127.0.0.1:1", &["tail", "-f"])).await;
    assert_eq!(run.code, Some(1), "{}", run.stderr);
}

#[tokio::test]
async fn without_last_records_only_new_ones_are_shown() {
    let (app, stream) = (TestApp::start().await, stream());
    deliver(&app, &stream, NOW, &["a", "b", "c"]).await;
    let plain = PlainHttp::start(app.db.env()).await;

    let run = Run::of(logbraid(plain.base(), &["tail", "-n", "0"])).await;
    assert_eq!((run.stdout.as_str(), run.stderr.as_str(), run.code), ("", "", Some(0)));

    let following = Following::start(logbraid(plain.base(), &["tail", "-n", "0", "-f"]));
    // Nothing shows when the command has begun to follow. So records are filed one by one until it shows one.
    let mut filed: Vec<String> = Vec::new();
    wait::until("a new record is shown", async || {
        filed.push(format!("new {}", filed.len()));
        deliver(&app, &stream, LATER, &[filed[filed.len() - 1].as_str()]).await;
        !following.messages().is_empty()
    })
    .await;
    wait::until("the last record is shown", async || following.messages().last() == filed.last()).await;
    let shown = following.messages();
    assert!(filed.ends_with(&shown), "{shown:?} of {filed:?}");
}

/// The cursor is asked for without filters: the answer comes at once, and its record is an old one for certain.
#[tokio::test]
async fn without_last_records_the_tail_follows_the_cursor_of_the_newest_record() {
    let page = |message: &str, next: &str| json!({"records": [{"id": "1", "message": message}], "next": next});
    let stub = Stub::new(move |number, _| {
        let body = match number {
            0 => page("old", "/logs/tail?limit=1&after=6b0-3"),
            _ => page("new", "/logs/tail?after=6b1"),
        };
        ("200 OK", "application/json", body.to_string())
    });
    let following = Following::start(logbraid(&stub.url(), &["tail", "-n", "0", "-f", "-l", "ERROR", "order 7"]));
    wait::until("three requests are sent", async || stub.requests().len() >= 3).await;
    let targets: Vec<String> = stub.requests().iter().map(|head| head.lines().next().unwrap().to_owned()).collect();
    assert_eq!(
        targets[..3],
        [
            "GET /logs/tail?limit=1 HTTP/1.1",
            "GET /logs/tail?q=order%207&level=ERROR&after=6b0-3 HTTP/1.1",
            "GET /logs/tail?after=6b1 HTTP/1.1"
        ]
    );
    following.until_shown("new").await;
    assert!(!following.messages().contains(&"old".to_owned()));
}
