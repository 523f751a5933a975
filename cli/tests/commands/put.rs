//! Tests of `logbraid put` with a stub of Kinesis that refuses what a test tells it to.

use std::collections::HashMap;
use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use tests::wait;

use crate::support::{Run, Stub, logbraid};

/// Partition keys and data.
type Records = Vec<(String, String)>;

const JSON: &str = "application/x-amz-json-1.1";

/// Returns the command with the stub in the place of AWS.
fn put(stub: &Stub, args: &[&str]) -> Command {
    let mut command = logbraid("", &["put"]);
    command.args(args).envs([
        ("AWS_ENDPOINT_URL", stub.url().as_str()),
        ("AWS_ACCESS_KEY_ID", "test"),
        ("AWS_SECRET_ACCESS_KEY", "test"),
        ("AWS_REGION", "us-east-1"),
        ("LOGBRAID_STREAM", "app_logging"),
    ]);
    command
}

/// Runs a command with this standard input.
async fn run_with_input(mut command: Command, input: String) -> Run {
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it runs");
    let mut stdin = child.stdin.take().expect("piped");
    let output = tokio::task::spawn_blocking(move || {
        // The command may end before it has read everything.
        let _ = stdin.write_all(input.as_bytes());
        drop(stdin);
        child.wait_with_output().expect("it ends")
    });
    Run::from(output.await.expect("it ends"))
}

/// Returns the records of a request.
fn records(request: &str) -> Records {
    let body: Value = serde_json::from_str(request.split_once("\n\n").unwrap().1).unwrap();
    assert_eq!(body["StreamName"], "app_logging");
    let text = |data: &Value| String::from_utf8(STANDARD.decode(data.as_str().unwrap()).unwrap()).unwrap();
    let records = body["Records"].as_array().unwrap().iter();
    records.map(|record| (record["PartitionKey"].as_str().unwrap().to_owned(), text(&record["Data"]))).collect()
}

/// Starts a Kinesis that takes only some records. Also returns the records that it took.
fn kinesis(takes: impl Fn(usize, usize) -> bool + Send + 'static) -> (Stub, Arc<Mutex<Records>>) {
    let stored = Arc::new(Mutex::new(Vec::new()));
    let shard = Arc::clone(&stored);
    let stub = Stub::new(move |number, request| {
        let mut results = Vec::new();
        for (at, record) in records(request).into_iter().enumerate() {
            if takes(number, at) {
                shard.lock().unwrap().push(record);
                results.push(json!({"SequenceNumber": "1", "ShardId": "shardId-000000000000"}));
            } else {
                results.push(
                    json!({"ErrorCode": "ProvisionedThroughputExceededException", "ErrorMessage": "Rate exceeded"}),
                );
            }
        }
        let failed = results.iter().filter(|result| result["ErrorCode"].is_string()).count();
        ("200 OK", JSON, json!({"FailedRecordCount": failed, "Records": results}).to_string())
    });
    (stub, stored)
}

fn line(number: usize) -> String {
    format!(r#"{{"log_uid":"order-{}","message":"{number}"}}"#, number % 7)
}

#[tokio::test]
async fn only_failed_records_are_put_again() {
    let (stub, taken) = kinesis(|request, at| request > 2 || at % 3 != 0);
    let lines: Vec<String> = (0..1_200).map(line).collect();
    let run = run_with_input(put(&stub, &[]), lines.join("\n")).await;
    assert_eq!((run.code, run.stdout.as_str()), (Some(0), "1,200 records put\n"), "{}", run.stderr);

    let requests: Vec<usize> = stub.requests().iter().map(|request| records(request).len()).collect();
    // These are 500, 167, 56 and 19, unless the machine is so slow that reading 500 lines takes over 200 ms.
    for again in requests[..4].windows(2) {
        assert_eq!(again[1], again[0].div_ceil(3), "{requests:?}");
    }
    assert!(requests.iter().all(|records| *records <= 500), "{requests:?}");
    let taken = taken.lock().unwrap();
    let by_message: HashMap<&str, &str> = taken.iter().map(|(key, data)| (data.as_str(), key.as_str())).collect();
    assert_eq!((taken.len(), by_message.len()), (1_200, 1_200), "each once");
    for (number, line) in lines.iter().enumerate() {
        assert_eq!(by_message.get(line.as_str()), Some(&format!("order-{}", number % 7).as_str()), "{line}");
    }
}

#[tokio::test]
async fn lines_that_cannot_be_put_are_named_and_left_out() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("lines.json");
    // The third line is larger than a stream allows by default.
    let large = format!(r#"{{"message":"{}"}}"#, "x".repeat(1024 * 1024));
    std::fs::write(&path, format!("{}\nnot json\n{large}\n\n{}\n", line(0), line(1))).unwrap();
    let stub = Stub::new(|_, request| match records(request).as_slice() {
        [(_, data)] if data.len() > 1024 * 1024 => {
            let refusal = json!({"__type": "ValidationException", "message": "member must have length less than"});
            ("400 Bad Request", JSON, refusal.to_string())
        }
        records => {
            let results: Vec<Value> = records.iter().map(|_| json!({"SequenceNumber": "1", "ShardId": "0"})).collect();
            ("200 OK", JSON, json!({"FailedRecordCount": 0, "Records": results}).to_string())
        }
    });
    let path = path.to_str().unwrap();
    let run = Run::of(put(&stub, &["--json", path])).await;
    let summary: Value = serde_json::from_str(&run.stdout).unwrap();
    let bytes = line(0).len() + line(1).len();
    let expect =
        json!({"put": 2, "bytes": bytes, "put_again": 0, "left_out": 2, "ended": "done", "first_missing": null});
    assert_eq!((summary, run.code), (expect, Some(3)), "{}", run.stderr);
    let stderr: Vec<&str> = run.stderr.lines().collect();
    assert_eq!(stderr[0], format!("logbraid: {path}:2 is not put: it is not a JSON object"));
    assert!(
        stderr[1].starts_with(&format!("logbraid: {path}:3 is not put: it is larger than the stream allows")),
        "{stderr:?}"
    );
}

#[tokio::test]
async fn errors_name_the_cause_and_the_first_missing_line() {
    let missing = json!({"__type": "ResourceNotFoundException", "message": "Stream app_logging not found"}).to_string();
    let stub = Stub::new(move |_, _| ("400 Bad Request", JSON, missing.clone()));
    let run = run_with_input(put(&stub, &[]), format!("\n{}\n{}", line(0), line(1))).await;
    assert_eq!((run.code, run.stdout.as_str()), (Some(1), "0 records put\nthe first that is missing is line 2\n"));
    assert!(
        run.stderr.starts_with("logbraid: cannot put records on the stream app_logging; this needs kinesis:"),
        "{}",
        run.stderr
    );
    assert!(run.stderr.contains("Stream app_logging not found"), "{}", run.stderr);

    // The request is refused, but not for the size of its one record.
    let invalid = json!({"__type": "ValidationException", "message": "streamName failed to satisfy"}).to_string();
    let refusing = Stub::new(move |_, _| ("400 Bad Request", JSON, invalid.clone()));
    let run = run_with_input(put(&refusing, &["--stream", "a b"]), line(0)).await;
    assert_eq!(run.code, Some(1), "{}", run.stderr);

    let mut command = put(&stub, &[]);
    let run = Run::of({
        command.env_remove("LOGBRAID_STREAM");
        command
    })
    .await;
    assert_eq!(run.code, Some(2));
    assert!(run.stderr.starts_with("logbraid: no stream: give --stream, or set LOGBRAID_STREAM"), "{}", run.stderr);

    // Lines before an unreadable file are put.
    let (stub, taken) = kinesis(|_, _| true);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("lines.json");
    std::fs::write(&path, line(0)).unwrap();
    let run = Run::of(put(&stub, &[path.to_str().unwrap(), "no/such/file"])).await;
    assert_eq!((run.code, run.stdout.as_str()), (Some(1), "1 record put\n"));
    assert!(run.stderr.starts_with("logbraid: cannot read no/such/file: "), "{}", run.stderr);
    assert_eq!(taken.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn credentials_that_are_refused_are_tried_once_more() {
    async fn check(refusals: usize, expect: &str) {
        let stub = Stub::new(move |number, request| {
            if number < refusals {
                let refusal = json!({"__type": "ExpiredTokenException", "message": "expired"});
                return ("400 Bad Request", JSON, refusal.to_string());
            }
            let results = vec![json!({"SequenceNumber": "1", "ShardId": "0"}); records(request).len()];
            ("200 OK", JSON, json!({"FailedRecordCount": 0, "Records": results}).to_string())
        });
        let run = run_with_input(put(&stub, &[]), line(0)).await;
        assert_eq!(run.stdout.lines().next(), Some(expect), "{}", run.stderr);
    }
    check(1, "1 record put").await;
    check(2, "0 records put").await;
}

#[cfg(unix)]
#[tokio::test]
async fn slow_lines_are_put_at_once_until_a_signal() {
    let (stub, taken) = kinesis(|_, _| true);
    let mut command = put(&stub, &[]);
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it runs");
    let mut stdin = child.stdin.take().expect("piped");
    for number in 0..3 {
        writeln!(stdin, "{}", line(number)).unwrap();
        wait::until("the line is put", async || taken.lock().unwrap().len() == number + 1).await;
    }
    // A batch is sent even if lines keep coming.
    let mut number = 3;
    wait::until("lines are put while others come", async || {
        writeln!(stdin, "{}", line(number)).unwrap();
        number += 1;
        taken.lock().unwrap().len() > 3
    })
    .await;
    assert!(number < 500, "put before the request was full");
    wait::until("the last is put", async || taken.lock().unwrap().len() == number).await;
    let signal = Command::new("kill").args(["-INT", &child.id().to_string()]).status().expect("kill is there");
    assert!(signal.success());
    let mut stdout = BufReader::new(child.stdout.take().expect("piped"));
    let ended = tokio::task::spawn_blocking(move || {
        let mut summary = String::new();
        stdout.read_line(&mut summary).unwrap();
        (summary, child.wait().unwrap().code())
    });
    assert_eq!(ended.await.unwrap(), (format!("{number} records put\n"), Some(130)));
    drop(stdin);
}
