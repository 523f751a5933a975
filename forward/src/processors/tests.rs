//! Processors of a configuration, with real programs.

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::{Processors, Stopped};
use crate::config::Config;
use crate::event::Event;
use crate::outputs::Stop;

/// A program that marks every record, and fails over some messages.
const PROGRAM: &str = r#"
import json, os, sys, time
folder = sys.argv[1]
with open(f"{folder}/starts", "a") as starts: starts.write("start\n")
for line in sys.stdin:
    data = json.loads(line)
    message = data.get("message")
    if message == "die" or (message == "die once" and not os.path.exists(f"{folder}/died")):
        open(f"{folder}/died", "w").close()
        os._exit(1)
    if message == "hang": time.sleep(600)
    if message == "garbage": print("Traceback (most recent call last):", flush=True); continue
    if message == "refuse": print("false", flush=True); continue
    if message == "a list": print("[1]", flush=True); continue
    if message == "long": print("x" * (17 << 20), flush=True); continue
    if message == "half": sys.stdout.write('{"a":'); sys.stdout.flush(); os._exit(0)
    if message == "noise": print('{"record_id": "debug"}', flush=True)
    if message == "drop": print("null", flush=True); continue
    if message == "no id": data.pop("record_id")
    data["seen"] = True
    print(json.dumps(data), flush=True)
"#;

fn processors(yaml: &str) -> Processors {
    let config = Config::parse(yaml, "forward.yaml", &|_| None).unwrap_or_else(|error| panic!("{error}"));
    Processors::new(config.processors)
}

fn exec(folder: &Path, more: &str) -> Processors {
    let program = folder.join("program.py");
    fs::write(&program, PROGRAM).unwrap();
    let command = json!(["python3", program, folder]);
    processors(&format!("processors: {{p: {{type: exec, command: {command}, {more}}}}}"))
}

fn records(messages: &[&str]) -> Vec<(Event, usize)> {
    let record = |(number, message): (usize, &&str)| {
        let Value::Object(fields) = json!({"message": message}) else { panic!() };
        let arrived = "2026-01-02T03:04:05Z".parse().unwrap();
        let record_id = format!("r{number}");
        (Event { input: Arc::from("test"), tag: None, record_id, arrived, fields }, number)
    };
    messages.iter().enumerate().map(record).collect()
}

/// Shows what became of records: `message+` if the program saw it.
fn shown(records: &[(Event, usize)]) -> Vec<String> {
    let show = |(event, number): &(Event, usize)| {
        assert_eq!(event.record_id, format!("r{number}"));
        assert!(!event.fields.contains_key("record_id"));
        let seen = if event.fields.contains_key("seen") { "+" } else { "" };
        format!("{}{seen}", event.fields["message"].as_str().unwrap())
    };
    records.iter().map(show).collect()
}

#[test]
fn a_program_changes_and_drops_records() {
    #[track_caller]
    fn check(more: &str, messages: &[&str], expect: &[&str]) {
        let folder = tempfile::tempdir().unwrap();
        let mut records = records(messages);
        exec(folder.path(), more).apply(&mut records, &Stop::default()).unwrap();
        assert_eq!(shown(&records), expect, "{more}");
    }
    check("on_failure: pass", &["a", "b"], &["a+", "b+"]);
    check("on_failure: pass", &["a", "drop", "b"], &["a+", "b+"]);
    check("on_failure: pass", &["no id"], &["no id+"]);
    check("on_failure: pass", &["a", "refuse", "b"], &["a+", "refuse", "b+"]);
    check("on_failure: drop", &["a", "refuse", "b"], &["a+", "b+"]);
    check("on_failure: pass", &[], &[]);
    check("if: {message: b}", &["a", "b", "c"], &["a", "b+", "c"]);
    // Over one record it may end twice; then it is asked about the others.
    check("on_failure: pass", &["a", "die", "b"], &["a+", "die", "b+"]);
    check("on_failure: drop", &["a", "die", "b"], &["a+", "b+"]);
    check("on_failure: drop", &["a", "die once", "b"], &["a+", "die once+", "b+"]);
    check("on_failure: drop", &["a", "half", "b"], &["a+", "b+"]);
    // Answers that are none.
    check("on_failure: pass", &["a", "garbage", "b"], &["a+", "garbage", "b+"]);
    check("on_failure: drop", &["a", "a list", "b"], &["a+", "b+"]);
    check("on_failure: pass", &["a", "long", "b"], &["a+", "long", "b+"]);
    // A line too many would make every later answer that of another record.
    check("on_failure: pass", &["a", "noise", "b", "c"], &["a+", "noise", "b+", "c+"]);
    check("on_failure: pass, timeout: 500ms", &["a", "hang", "b"], &["a+", "hang", "b+"]);
    check("on_failure: retry", &["a", "die once", "b"], &["a+", "die once+", "b+"]);
}

#[test]
fn many_records_keep_their_order() {
    let folder = tempfile::tempdir().unwrap();
    let long = "x".repeat(2_000);
    let messages = vec![long.as_str(); 3_000];
    let mut records = records(&messages);
    exec(folder.path(), "on_failure: drop").apply(&mut records, &Stop::default()).unwrap();
    assert_eq!(records.len(), 3_000);
    for (number, (event, position)) in records.iter().enumerate() {
        assert_eq!((event.record_id.as_str(), *position), (format!("r{number}").as_str(), number));
        assert_eq!(event.fields["seen"], true);
    }
    assert_eq!(fs::read_to_string(folder.path().join("starts")).unwrap(), "start\n");
}

#[test]
fn a_program_that_always_fails_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let mut all = records(&vec!["garbage"; 500]);
    exec(folder.path(), "on_failure: pass").apply(&mut all, &Stop::default()).unwrap();
    assert_eq!(shown(&all), vec!["garbage"; 500]);
    assert_eq!(fs::read_to_string(folder.path().join("starts")).unwrap().lines().count(), 3);
}

#[test]
fn a_program_may_be_missing() {
    for (on_failure, expect) in [("pass", 3), ("drop", 0)] {
        let yaml = format!("processors: {{p: {{type: exec, command: /no/such/program, on_failure: {on_failure}}}}}");
        let mut all = records(&["a", "b", "c"]);
        processors(&yaml).apply(&mut all, &Stop::default()).unwrap();
        assert_eq!(all.len(), expect, "{on_failure}");
    }
}

#[test]
fn a_program_that_hangs_holds_up_no_end() {
    let folder = tempfile::tempdir().unwrap();
    let starts = folder.path().join("starts");
    let stop = Stop::default();
    let mut processors = exec(folder.path(), "timeout: 10m");
    thread::scope(|scope| {
        let waiting = scope.spawn(|| processors.apply(&mut records(&["hang", "a"]), &stop));
        while fs::read_to_string(&starts).unwrap_or_default().is_empty() {
            thread::park_timeout(Duration::from_millis(10));
        }
        stop.stop();
        assert_eq!(waiting.join().unwrap(), Err(Stopped));
    });
}

#[test]
fn a_record_that_has_to_be_answered_waits_until_the_forwarder_ends() {
    let folder = tempfile::tempdir().unwrap();
    let starts = folder.path().join("starts");
    let stop = Stop::default();
    let mut processors = exec(folder.path(), "on_failure: retry");
    thread::scope(|scope| {
        let waiting = scope.spawn(|| processors.apply(&mut records(&["a", "die", "b"]), &stop));
        let deadline = Instant::now() + Duration::from_secs(30);
        while fs::read_to_string(&starts).unwrap_or_default().lines().count() < 3 && Instant::now() < deadline {
            thread::park_timeout(Duration::from_millis(10));
        }
        assert!(!waiting.is_finished());
        stop.stop();
        assert_eq!(waiting.join().unwrap(), Err(Stopped));
    });
}

#[test]
fn secrets_are_masked() {
    #[track_caller]
    fn check(settings: &str, fields: Value, expect: &[(&str, Value)], kept: &[&str]) {
        let mut processors = processors(&format!("processors: {{r: {{type: redact{settings}}}}}"));
        let mut records = records(&["x"]);
        let Value::Object(fields) = fields else { panic!() };
        records[0].0.fields = fields.clone();
        processors.apply(&mut records, &Stop::default()).unwrap();
        let after = Value::Object(records[0].0.fields.clone());
        for (pointer, value) in expect {
            assert_eq!(after.pointer(pointer), Some(value), "{pointer} {after}");
        }
        for pointer in kept {
            assert_eq!(after.pointer(pointer), Value::Object(fields.clone()).pointer(pointer), "{pointer}");
        }
    }
    let mask = || json!("[redacted]");
    check(
        "",
        json!({
            "message": "login with password=hunter2 ok", "password": "hunter2", "n": 18_446_744_073_709_551_615_u64, "f": 0.1,
            "http": {"headers": [{"name": "Authorization", "value": "Bearer abcdefghijklmnop"}], "ok": true}, "none": null,
        }),
        &[
            ("/password", mask()),
            ("/message", json!("login with password=[redacted] ok")),
            ("/http/headers/0/value", mask()),
        ],
        &["/n", "/f", "/http/ok", "/none", "/http/headers/0/name"],
    );
    check("", json!({"message": "fine", "order": {"id": 7}}), &[], &["/message", "/order"]);
    check(
        ", names: [iban, '!password']",
        json!({"iban": "DE02", "password": "x y"}),
        &[("/iban", mask())],
        &["/password"],
    );
    check(", patterns: ['KD-\\d+']", json!({"message": "for KD-123"}), &[("/message", json!("for [redacted]"))], &[]);
    check(", allow: [order]", json!({"order": 1, "user": "alice"}), &[("/user", mask())], &["/order"]);
    check(", if: {level: ERROR}", json!({"password": "hunter2", "level": "info"}), &[], &["/password"]);
}
