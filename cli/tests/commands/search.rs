//! Tests of `logbraid search` with the real query function and a real MongoDB.

use serde_json::{Value, json};
use tests::fixtures::{self, ORDER_UID, Payload, Python};
use tests::http::Get as _;

use crate::support::{Run, Stub, delivered, logbraid};

#[tokio::test]
async fn every_filter_is_a_parameter_of_the_api() {
    let (_app, plain) = delivered(&fixtures::order(Python::V311)).await;
    for (args, query) in [
        (&["vendor"][..], "?q=vendor"),
        (&["/vendor (order|accepted)/i", "--order", "oldest"], "?q=%2Fvendor%20(order%7Caccepted)%2Fi&order=oldest"),
        (&["-l", "ERROR", "-s", "ordering,purchasing"], "?level=ERROR&service=ordering,purchasing"),
        (
            &["--uid", ORDER_UID, "--from", "2026-11-20T08:35:39.2Z"],
            &format!("?log_uid={ORDER_UID}&from=2026-11-20T08:35:39.2Z"),
        ),
        (&["--host", "localhost", "--logger", "purchasing", "-n", "3"], "?host=localhost&logger=purchasing&limit=3"),
        (
            &["--field", "sku=WIDGET-1", "--field", "lineno:number=69", "--field", "nosuch:exists=false"],
            "?field.sku=WIDGET-1&field.lineno:number=69&field.nosuch:exists=false",
        ),
    ] {
        let answer = plain.get(&format!("/logs{query}")).await.body;
        assert_ne!(answer["records"], json!([]), "{query}: {answer}");
        let run = Run::of(logbraid(plain.base(), &[&["search"], args].concat())).await;
        assert_eq!(
            (run.code, json!(run.json_lines())),
            (Some(0), answer["records"].clone()),
            "{args:?}: {}",
            run.stderr
        );
    }
    let run = Run::of(logbraid(plain.base(), &["search", "nothing says this"])).await;
    let said = "logbraid: no record matches: looked at 1 day, by its sketches\n";
    assert_eq!((run.code, run.stdout.as_str(), run.stderr.as_str()), (Some(4), "", said));
    let run = Run::of(logbraid(plain.base(), &["search", "-l", "CRITICAL"])).await;
    assert_eq!((run.code, run.stderr.as_str()), (Some(4), "logbraid: no record matches: looked at all days\n"));
    let run = Run::of(logbraid(plain.base(), &["transactions", "nothing says this", "--from", "2026-11-20"])).await;
    let said = "logbraid: no transaction matches: looked at 1 day, by its sketches\n";
    assert_eq!((run.code, run.stdout.as_str(), run.stderr.as_str()), (Some(4), "", said));
    let run = Run::of(logbraid(plain.base(), &["search", "-l", "LOUD"])).await;
    assert_eq!(run.code, Some(2), "{}", run.stderr);
    let run = Run::of(logbraid(plain.base(), &["search", "vendor", "--text", "--ids", "--order", "oldest"])).await;
    let text: Vec<&str> = run.stdout.lines().filter_map(|line| line.split_once("  ")).map(|(_, text)| text).collect();
    insta::assert_snapshot!(text.join("\n"), @r#"
    2026-11-20 08:35:39.201  ordering  ERROR     vendor order failed, attempt 1  6f1a4e0e-6f0c-4c58-9d0c-0a1b2c3d4e5f
      (<class '__main__.VendorError'>, VendorError('order for WIDGET-1 rejected by vendor “Größe & Söhne”'), <traceback object at 0x7f9ebcefef40>)
    2026-11-20 08:35:39.201  ordering  INFO      vendor accepted, reference VND-000140  0d9c8b7a-2222-4ccc-9ddd-fedcba987654
    2026-11-20 08:35:39.202  purchasing  INFO      order placed, vendor reference VND-000140  0d9c8b7a-2222-4ccc-9ddd-fedcba987654
    2026-11-20 08:35:39.212  ordering    INFO      vendor accepted, reference VND-007000  6f1a4e0e-6f0c-4c58-9d0c-0a1b2c3d4e5f
    2026-11-20 08:35:39.212  purchasing  INFO      order placed, vendor reference VND-007000  6f1a4e0e-6f0c-4c58-9d0c-0a1b2c3d4e5f
    "#);
}

/// The limits need one page, several, and a part of one.
#[tokio::test]
async fn pages_are_requested_up_to_the_limit() {
    let line = |number| Payload::record("2026-11-20T12:00:00Z", "x", "loader", &format!("line {number}")).data;
    let payload = |first| {
        Payload::bytes(
            "2026-11-20T12:00:00Z".parse().unwrap(),
            (first..first + 100).map(line).collect::<Vec<_>>().join(&b'\n'),
        )
    };
    let (_app, plain) = delivered(&(0..2_500).step_by(100).map(payload).collect::<Vec<_>>()).await;
    for (limit, expect) in [("1", 1), ("1000", 1_000), ("2100", 2_100), ("100000", 2_500)] {
        let run = Run::of(logbraid(plain.base(), &["search", "-n", limit])).await;
        let records = run.json_lines();
        let ids: std::collections::HashSet<&str> = records.iter().filter_map(|record| record["id"].as_str()).collect();
        assert_eq!((records.len(), ids.len(), run.code), (expect, expect, Some(0)), "-n {limit}: {}", run.stderr);
    }
}

#[tokio::test]
async fn a_search_that_the_time_limit_cut_goes_on() {
    let page =
        |records: Value, cut: Value, next: Value| json!({"records": records, "cut": cut, "next": next}).to_string();
    let cut = json!({"reason": "time_limit", "reached": "2026-11-19T00:00:00.000000Z"});
    let stub = Stub::new(move |number, _| {
        let body = match number {
            0 => page(json!([]), cut.clone(), json!("/logs?after=1")),
            1 => page(json!([{"id": "1"}]), cut.clone(), json!("/logs?after=2")),
            _ => page(json!([{"id": "2"}, {"id": "3"}]), Value::Null, json!("/logs?after=3")),
        };
        ("200 OK", "application/json", body)
    });
    let run = Run::of(logbraid(&stub.url(), &["search", "x", "-n", "2"])).await;
    assert_eq!((run.code, run.stdout.as_str()), (Some(0), "{\"id\":\"1\"}\n{\"id\":\"2\"}\n"));
    let note = "logbraid: searched up to 2026-11-19T00:00:00.000000Z so far; going on\n";
    assert_eq!(run.stderr, note.repeat(2));
    let asked: Vec<String> = stub.requests().iter().map(|head| head.lines().next().unwrap().to_owned()).collect();
    assert_eq!(
        asked,
        ["GET /logs?q=x&order=newest&limit=2 HTTP/1.1", "GET /logs?after=1 HTTP/1.1", "GET /logs?after=2 HTTP/1.1"]
    );
}

#[tokio::test]
async fn control_characters_of_senders_are_escaped() {
    let evil = "\u{1b}[2J\u{1b}]0;owned\u{7} \u{9b}31m \u{202e}gnp.exe \u{7f}";
    // A text with a control character of ASCII is no service.
    let service = "\u{9b}31m \u{202e}gnp.exe \u{7f}";
    let (_app, plain) = delivered(&[Payload::record("2026-11-20T12:00:00Z", "x", service, evil)]).await;
    for args in [
        &["search"][..],
        &["get", "x"],
        &["tail"],
        &["transactions", "--from", "2026-11-20"],
        &["services", "--from", "2026-11-20"],
    ] {
        for form in ["--json", "--text"] {
            let run = Run::of(logbraid(plain.base(), &[args, &[form]].concat())).await;
            let is_control = |character: char| character != '\n' && (character.is_control() || character == '\u{202e}');
            assert_eq!((run.stdout.find(is_control), run.code), (None, Some(0)), "{args:?} {form}: {:?}", run.stdout);
            let shown =
                if form == "--json" { r"\u009b31m \u202egnp.exe \u007f" } else { r"\x9b31m \u202egnp.exe \x7f" };
            assert!(run.stdout.contains(shown), "{args:?} {form}: {}", run.stdout);
        }
    }
}
