//! `logbraid serve`: all of logbraid in one process, with a real MongoDB.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::Command;

use serde_json::Value;
use tests::mongo::TestDb;
use tests::wait;

use crate::support::{Run, Running, logbraid};

const UID: &str = "serve-4bf92f3577b34da6";
/// What a handler sends.
const LINES: &str = "{\"_msg\":\"order received\",\"log_uid\":\"serve-4bf92f3577b34da6\",\"level\":\"ERROR\",\"service\":\"shop\",\"_time\":\"TIME\"}\n\
                     {\"_msg\":\"order shipped\",\"log_uid\":\"serve-4bf92f3577b34da6\",\"service\":\"shop\",\"_time\":\"LATER\"}\n";

fn serve(db: &TestDb, folder: &Path, yaml: &str) -> Command {
    let file = folder.join("forward.yaml");
    std::fs::write(&file, format!("data_dir: {}\nlisten: 127.0.0.1:0\n{yaml}", folder.display())).unwrap();
    let mut command = logbraid("", &["serve", "--listen", "127.0.0.1:0", "-c", file.to_str().unwrap()]);
    command.envs(db.env());
    command
}

/// Waits until a line on standard error has `before`, and returns the word after it.
async fn said(running: &Running, before: &str) -> String {
    let word = |line: &String| {
        let (_, after) = line.split_once(before)?;
        after.split_whitespace().next().map(str::to_owned)
    };
    wait::until_some(before, async || running.stderr().iter().find_map(word)).await
}

/// Posts a body, and returns the status.
fn post(address: &str, path: &str, body: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    let length = body.len();
    write!(stream, "POST {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n{body}")
        .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer.split(' ').nth(1).unwrap_or_default().to_owned()
}

/// Returns the transaction as `logbraid get` shows it, once it has so many records.
async fn transaction(api: &str, records: usize) -> Vec<Value> {
    let url = format!("http://{api}");
    wait::until_some("the transaction is there", async || {
        let run = Run::of(logbraid(&url, &["get", UID, "--json"])).await;
        (run.code == Some(0)).then(|| run.json_lines()).filter(|lines| lines.len() >= records)
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_handler_sends_is_a_transaction_once() {
    let (db, folder) = (TestDb::new().await, tempfile::tempdir().unwrap());
    let yaml = "inputs: {vlogs: {type: victorialogs, listen: '127.0.0.1:0'}}\nrules: [{set: {env: test}}]\n";
    let path = "/insert/jsonline?_stream_fields=service&_time_field=_time&_msg_field=_msg";
    // Records of one time have no order.
    let now = jiff::Timestamp::now();
    let later = now + jiff::SignedDuration::from_millis(1);
    let lines = LINES.replace("TIME", &now.to_string()).replace("LATER", &later.to_string());
    for attempt in ["first", "after a kill"] {
        let running = Running::start(serve(&db, folder.path(), yaml));
        let (input, api) = (said(&running, "vlogs listens at ").await, said(&running, "listening address=").await);
        let status = post(&input, path, &lines);
        assert!(status.starts_with('2'), "{attempt}: {status}");
        let records = transaction(&api, 2).await;
        let messages: Vec<&str> = records.iter().filter_map(|record| record["message"].as_str()).collect();
        assert_eq!(messages, ["order received", "order shipped"], "{attempt}");
        for record in &records {
            assert_eq!((record["env"].as_str(), record["service"].as_str()), (Some("test"), Some("shop")), "{record}");
        }
    }
    let mut running = Running::start(serve(&db, folder.path(), yaml));
    said(&running, "listening address=").await;
    assert_eq!(running.end_with("TERM").await.code(), Some(0), "{:?}", running.stderr());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_missing_is_told() {
    let (db, folder) = (TestDb::new().await, tempfile::tempdir().unwrap());
    let mut away = serve(&db, folder.path(), "");
    away.env("MONGODB_URI", "mongodb://127.0.0.1:1").env("LOGBRAID_MONGODB_TIMEOUT_MS", "100");
    let run = Run::of(away).await;
    assert_eq!(run.code, Some(1), "{run:?}");
    assert!(run.stderr.contains("start one, or set MONGODB_URI"), "{run:?}");
    let elsewhere = "outputs: {out: {type: stdout}}";
    let run = Run::of(serve(&db, folder.path(), elsewhere)).await;
    assert_eq!(run.code, Some(2), "{run:?}");
    assert!(run.stderr.contains("needs an output of the type `mongodb`"), "{run:?}");
}
