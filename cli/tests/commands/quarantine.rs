//! Tests of `logbraid quarantine` with the real query function and a real MongoDB.

use serde_json::{Value, json};
use tests::fixtures::{self, Payload, Python};
use tests::http::{Get as _, PlainHttp};

use crate::support::{Run, Stub, delivered, logbraid};

const HINT: &str = "logbraid: `logbraid redrive` files these payloads again; its --dry-run shows what would happen\n";

/// An order, and on two days payloads that are not log records.
fn payloads() -> Vec<Payload> {
    let mut payloads = fixtures::order(Python::V311);
    for (time, data) in [
        ("2026-11-20T09:00:00Z", "{\"password\": \"hunter2\", \"msg\": \"cut off"),
        ("2026-11-20T09:00:01Z", "{\"no json"),
        ("2026-11-20T09:00:02Z", ""),
        ("2026-11-21T09:00:00Z", "\u{1b}[2J\u{1b}]0;owned\u{7} \u{9b}31m \u{202e}gnp.exe \u{7f}"),
    ] {
        payloads.push(Payload::bytes(time.parse().unwrap(), data));
    }
    payloads
}

/// The lines that the answer of the API stands for: counts, then entries.
async fn expected(plain: &PlainHttp, query: &str) -> Vec<Value> {
    let body = plain.get(&format!("/quarantine{query}")).await.body;
    let list = |name: &str| body[name].as_array().unwrap_or_else(|| panic!("{body}")).clone();
    [list("counts"), list("entries")].concat()
}

#[tokio::test]
async fn counts_and_payloads_are_json_lines() {
    let (_app, plain) = delivered(&payloads()).await;
    for (args, query, lines) in [
        (&[][..], "", 7),
        (&["--reason", "bad_json", "--reason", "empty"], "?reason=bad_json,empty", 5),
        (&["--day", "2026-11-20"], "?from=2026-11-20&to=2026-11-20", 5),
        (&["--from", "2026-11-20T09:00:01Z", "--to", "2026-11-20"], "?from=2026-11-20T09:00:01Z&to=2026-11-20", 4),
        (&["-n", "1"], "?limit=1", 4),
        (&["-n", "1000"], "?limit=200", 7),
    ] {
        let run = Run::of(logbraid(plain.base(), &[&["quarantine"], args].concat())).await;
        let expect = expected(&plain, query).await;
        assert_eq!((run.json_lines(), run.code), (expect, Some(0)), "{args:?}: {}", run.stderr);
        assert_eq!((run.json_lines().len(), run.stderr.as_str()), (lines, ""), "{args:?}");
    }
    let run = Run::of(logbraid(plain.base(), &["quarantine", "-n", "0"])).await;
    assert_eq!(run.json_lines(), expected(&plain, "").await[..3], "counts only");
}

#[tokio::test]
async fn people_see_counts_by_day_and_payloads_with_detail_and_first_bytes() {
    let (_app, plain) = delivered(&payloads()).await;
    let run = Run::of(logbraid(plain.base(), &["quarantine", "--text", "--day", "2026-11-20"])).await;
    assert_eq!((run.code, run.stderr.as_str()), (Some(0), HINT));
    // The sequence numbers are those of the test's stream.
    let text: Vec<&str> = run.stdout.lines().map(|line| line.split(" 4954").next().unwrap_or_default()).collect();
    insta::assert_snapshot!(text.join("\n"), @r#"
    payloads by day and reason
    2026-11-20            3 payloads  bad_json 2, empty 1
    newest payloads
    2026-11-20 09:00:02.120  empty                  0 B  unknown  app_logging shardId-000000000000
        the payload has no bytes but white space
    2026-11-20 09:00:01.120  bad_json               9 B  json     app_logging shardId-000000000000
        the end of a string expected at byte 9
        {"no json
    2026-11-20 09:00:00.120  bad_json              39 B  json     app_logging shardId-000000000000
        the end of a string expected at byte 39
        {"password": "[redacted]", "msg": "cut off
    "#);
    let run = Run::of(logbraid(plain.base(), &["quarantine", "--text", "--color", "always"])).await;
    assert!(run.stdout.contains("\u{1b}[33mempty"), "{}", run.stdout.escape_debug());
}

#[tokio::test]
async fn control_characters_of_payloads_are_escaped() {
    let (_app, plain) = delivered(&payloads()).await;
    for (form, shown) in [
        ("--json", r"\u001b[2J\u001b]0;owned\u0007 \u009b31m \u202egnp.exe \u007f"),
        ("--text", r"\x1b[2J\x1b]0;owned\x07 \x9b31m \u202egnp.exe \x7f"),
    ] {
        let run = Run::of(logbraid(plain.base(), &["quarantine", form])).await;
        let is_control = |character: char| character != '\n' && (character.is_control() || character == '\u{202e}');
        assert_eq!((run.stdout.find(is_control), run.code), (None, Some(0)), "{form}: {:?}", run.stdout);
        assert!(run.stdout.contains(shown), "{form}: {}", run.stdout);
    }
}

#[tokio::test]
async fn an_empty_quarantine_has_a_status_of_its_own() {
    let (_app, plain) = delivered(&fixtures::order(Python::V311)).await;
    for form in ["--json", "--text"] {
        let run = Run::of(logbraid(plain.base(), &["quarantine", form])).await;
        assert_eq!((run.code, run.stdout.as_str(), run.stderr.as_str()), (Some(4), "", ""));
    }
    let run = Run::of(logbraid(plain.base(), &["quarantine", "--reason", "bad_jsn"])).await;
    assert!(run.code == Some(2) && run.stderr.contains("bad_json"), "{}", run.stderr);
    let run = Run::of(logbraid(plain.base(), &["quarantine", "--from", "tomorrow-ish"])).await;
    assert!(run.code == Some(2) && run.stderr.contains("from is `tomorrow-ish`"), "{}", run.stderr);
}

/// The time limit cut the first page. The counts of the rest come from requests of their own, the entries from `next`.
#[tokio::test]
async fn an_answer_that_was_cut_is_completed() {
    let counted = |day: &str, reason: &str, count: u64| json!({"day": day, "reason": reason, "count": count});
    let cut = |reached: &str| json!({"reason": "time_limit", "reached": reached});
    let page = |counts: Value, ids: &[&str], next: Value, cut: Value| {
        let entries: Vec<Value> = ids.iter().map(|id| json!({"id": id})).collect();
        json!({"counts": counts, "entries": entries, "next": next, "cut": cut})
    };
    let (noon, midnight) = ("2026-11-20T12:00:00.000000Z", "2026-11-20T00:00:00.000000Z");
    let pages = [
        page(json!([counted("2026-11-20", "empty", 2)]), &["4", "3"], json!("/quarantine?after=3"), cut(noon)),
        page(
            json!([counted("2026-11-20", "bad_json", 7), counted("2026-11-20", "empty", 1)]),
            &["2"],
            Value::Null,
            cut(midnight),
        ),
        page(json!([counted("2026-11-19", "empty", 9)]), &["1"], Value::Null, Value::Null),
        page(Value::Null, &["2"], json!("/quarantine?after=2"), Value::Null),
        page(Value::Null, &["1"], Value::Null, Value::Null),
    ];
    let answers = pages.clone();
    let stub = Stub::new(move |number, _| ("200 OK", "application/json", answers[number].to_string()));
    let run = Run::of(logbraid(&stub.url(), &["quarantine", "--reason", "empty,bad_json"])).await;
    assert_eq!(run.code, Some(2), "reasons are repeated, not separated by commas");
    let args = ["quarantine", "--reason", "empty", "--reason", "bad_json", "--from", "2026-11-01", "-n", "4"];
    let run = Run::of(logbraid(&stub.url(), &args)).await;
    let counts =
        [counted("2026-11-20", "bad_json", 7), counted("2026-11-20", "empty", 3), counted("2026-11-19", "empty", 9)];
    let entries = ["4", "3", "2", "1"].map(|id| json!({"id": id}));
    assert_eq!((run.json_lines(), run.code), ([&counts[..], &entries].concat(), Some(0)), "{}", run.stderr);
    let note = |line: &str| format!("logbraid: {line}; going on\n");
    assert_eq!(
        run.stderr,
        note(&format!("counted back to {noon} so far"))
            + &note(&format!("counted back to {midnight} so far"))
            + &note(&format!("searched up to {noon} so far"))
    );
    let targets: Vec<String> = stub.requests().iter().map(|head| head.lines().next().unwrap().to_owned()).collect();
    let first = |to: &str, limit: u64| {
        format!("GET /quarantine?from=2026-11-01{to}&reason=empty%2Cbad_json&limit={limit} HTTP/1.1")
    };
    assert_eq!(
        targets,
        [
            first("", 4),
            first("&to=2026-11-20T12%3A00%3A00.000000Z", 1),
            first("&to=2026-11-20T00%3A00%3A00.000000Z", 1),
            "GET /quarantine?after=3 HTTP/1.1".to_owned(),
            "GET /quarantine?after=2 HTTP/1.1".to_owned(),
        ]
    );
}
