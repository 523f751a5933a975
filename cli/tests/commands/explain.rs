//! Tests of `logbraid explain`, which needs neither an API nor MongoDB.

use std::io::Write as _;
use std::process::Command;

use serde_json::json;
use tempfile::NamedTempFile;

use crate::support::{Run, logbraid};

const PAYLOAD: &str = r#"{"@timestamp": "2026-11-24T10:15:02Z", "level": "error", "order_id": "A-1", "password": "hunter22"}
{"password": "hunter22", "cut off": "#;

/// The address that nobody answers.
const NO_API: &str = "http://127.0.0.1:1";

async fn explain(payload: &[u8], args: &[&str], settings: &[(&str, &str)]) -> Run {
    let mut file = NamedTempFile::new().unwrap();
    file.write_all(payload).unwrap();
    let path = file.path().to_str().unwrap();
    let mut command: Command = logbraid(NO_API, &[&["explain", path], args].concat());
    command.envs(settings.iter().copied());
    Run::of(command).await
}

#[tokio::test]
async fn people_see_the_facts_and_the_fields() {
    let run = explain(PAYLOAD.as_bytes(), &["--text"], &[("LOGBRAID_MAX_SKEW_DAYS", "3650")]).await;
    assert_eq!((run.code, run.stderr.as_str()), (Some(3), ""), "a part is rejected");
    insta::assert_snapshot!(run.stdout);
}

#[tokio::test]
async fn programs_get_a_line_for_each_part() {
    let settings = [("LOGBRAID_ALIAS_FIELDS", "order_id"), ("LOGBRAID_MAX_SKEW_DAYS", "3650")];
    let lines = explain(PAYLOAD.as_bytes(), &[], &settings).await.json_lines();
    assert_eq!(lines.len(), 2);
    assert_eq!(lines[0]["ids"], json!(["A-1"]), "the settings of the function count");
    assert_eq!(lines[0]["facts"]["time"], json!({"value": "2026-11-24T10:15:02.000000Z", "from": "@timestamp"}));
    assert_eq!(lines[1]["quarantined"]["reason"], "bad_json");
}

#[tokio::test]
async fn what_cannot_be_explained_is_an_error() {
    let run = explain(&vec![b'x'; (10 << 20) + 1], &[], &[]).await;
    assert_eq!((run.code, run.stdout.as_str()), (Some(1), ""));
    assert!(run.stderr.contains("more than 10485760 bytes"), "{}", run.stderr);
    let run = explain(b"{}", &[], &[("LOGBRAID_MAX_SKEW_DAYS", "x")]).await;
    assert_eq!(run.code, Some(2), "{}", run.stderr);
    assert!(run.stderr.contains("LOGBRAID_MAX_SKEW_DAYS"), "{}", run.stderr);
}
