//! Tests of `logbraid get` with the real query function and a real MongoDB.

use std::io::{BufRead as _, BufReader};
use std::process::Stdio;

use serde_json::{Value, json};
use tests::fixtures::{self, ORDER_UID, Payload, Python, TASKS_UID};
use tests::http::Get as _;
use tests::kinesis::Stream;

use crate::support::{Run, Stub, delivered, logbraid};

/// More records than two answers hold.
const MANY: usize = 21_000;

#[tokio::test]
async fn a_pipe_gets_the_records_as_the_api_gives_them() {
    let (_app, plain) = delivered(&fixtures::order(Python::V311)).await;
    let run = Run::of(logbraid(plain.base(), &["get", ORDER_UID])).await;
    let answer = plain.get(&format!("/transactions/{ORDER_UID}")).await;
    assert_eq!(json!(run.json_lines()), answer.body["records"]);
    assert_eq!((run.code, run.stderr.as_str()), (Some(0), ""));

    let run = Run::of(logbraid(plain.base(), &["get", ORDER_UID, "--from", "2026-11-20T08:35:39.2Z"])).await;
    assert_eq!(run.json_lines().len(), 4);
    let run = Run::of(logbraid(plain.base(), &["get", ORDER_UID, "vendor", "-s", "ordering", "-l", "ERROR"])).await;
    assert_eq!(run.json_lines()[0]["message"], "vendor order failed, attempt 1");
    assert_eq!(run.json_lines().len(), 1);
}

#[tokio::test]
async fn quarantined_payloads_are_reported() {
    let mut payloads = fixtures::order(Python::V311);
    payloads.push(Payload::bytes("2026-11-20T08:35:40Z".parse().unwrap(), "{\"not json"));
    let (_app, plain) = delivered(&payloads).await;
    let run = Run::of(logbraid(plain.base(), &["get", ORDER_UID])).await;
    assert_eq!((run.code, run.json_lines().len()), (Some(0), 9));
    assert!(
        run.stderr.starts_with("logbraid: 1 payload of the same streams and time could not be read"),
        "{}",
        run.stderr
    );
}

#[tokio::test]
async fn text_has_lanes() {
    let (_app, plain) = delivered(&fixtures::order(Python::V311)).await;
    let run = Run::of(logbraid(plain.base(), &["get", "--text", ORDER_UID])).await;
    insta::assert_snapshot!(run.stdout, @r#"
    transaction 6f1a4e0e-6f0c-4c58-9d0c-0a1b2c3d4e5f: 9 records, 3 services, 97.3 ms, worst level ERROR
    began 2026-11-20 08:35:39.165 UTC
    08:35:39.165953       +0.0 ms  ●     purchasing  INFO      check availability for 1000 widgets
    08:35:39.185982      +20.0 ms  │ ●   inventory   DEBUG     reading stock table for WIDGET-1
    08:35:39.186260      +20.3 ms  │ ●   inventory   INFO      uid=6f1a4e0e-6f0c-4c58-9d0c-0a1b2c3d4e5f; [48, 0.0047s] check avails for WIDGET-1 x 1000; [49, 0.0182s] stock=5000; [51, 0.0184s] reserved 1000; [196, 0.0185s] available
    08:35:39.189059      +23.1 ms  ● │   purchasing  INFO      Got inventory information for product id: WIDGET-1
    08:35:39.190093      +24.1 ms  │ │ ● ordering    INFO      order item WIDGET-1 x 1000 for alice
    08:35:39.201314      +35.4 ms  │ │ ● ordering    ERROR     vendor order failed, attempt 1
                                   │ │ │     (<class '__main__.VendorError'>, VendorError('order for WIDGET-1 rejected by vendor “Größe & Söhne”'), <traceback object at 0x7f9ebcefef40>)
    08:35:39.212345      +46.4 ms  │ │ ● ordering    INFO      vendor accepted, reference VND-007000
    08:35:39.212738      +46.8 ms  ● │ │ purchasing  INFO      order placed, vendor reference VND-007000
    08:35:39.263206      +97.3 ms  │ │ ● ordering    INFO      confirm order VND-007000
    "#);
    let run = Run::of(logbraid(plain.base(), &["get", "--text", "--color", "always", ORDER_UID])).await;
    assert!(run.stdout.contains("\u{1b}[1m\u{1b}[31mERROR"), "{}", run.stdout.escape_debug());
}

#[tokio::test]
async fn the_tree_shows_tasks_of_all_services() {
    let (_app, plain) = delivered(&fixtures::tasks()).await;
    let run = Run::of(logbraid(plain.base(), &["get", "--tree", TASKS_UID])).await;
    insta::assert_snapshot!(run.stdout, @r#"
    transaction 01a217479b2370a9aca7d400d3338d4b: 14 records, 3 services, 282.9 ms, worst level ERROR
    began 2026-11-26 09:54:58.563 UTC
         +0.0 ms     233.2 ms  purchasing  ✓ purchase 1000 of WIDGET-1
         +0.7 ms     134.6 ms  purchasing  ├─ ✓ check availability for 1000 widgets
       +135.6 ms      97.3 ms  purchasing  └─ ✓ order placed, vendor reference VND-007000
       +195.1 ms      11.5 ms  ordering       ├─ ✗ ask the vendor, attempt 1: VendorError: order for WIDGET-1 rejected by vendor “Größe & Söhne”
       +207.5 ms      12.6 ms  ordering       └─ ✓ ask the vendor, attempt 2: vendor accepted, reference VND-007000
    "#);
    assert_eq!((run.code, run.stderr.as_str()), (Some(0), ""));
}

#[tokio::test]
async fn a_transaction_without_tasks_has_no_tree() {
    let (_app, plain) = delivered(&fixtures::order(Python::V311)).await;
    let run = Run::of(logbraid(plain.base(), &["get", "--tree", ORDER_UID])).await;
    assert_eq!((run.code, run.stdout.as_str()), (Some(4), ""));
    assert_eq!(run.stderr, "logbraid: no record of this transaction has a task and a status\n");
}

#[tokio::test]
async fn an_unknown_uid_has_a_status_of_its_own() {
    let (_app, plain) = delivered(&[]).await;
    for uid in ["nobody", "a/b?c", "$ne"] {
        let run = Run::of(logbraid(plain.base(), &["get", uid])).await;
        assert_eq!((run.code, run.stdout.as_str()), (Some(4), ""));
        assert!(run.stderr.starts_with(&format!("logbraid: No record has the log_uid `{uid}`")), "{}", run.stderr);
    }
    let run = Run::of(logbraid(plain.base(), &["get", "x", "--from", "tomorrow-ish"])).await;
    assert_eq!(run.code, Some(2), "{}", run.stderr);
    assert!(run.stderr.contains("from is `tomorrow-ish`") && run.stderr.contains("Allowed: "), "{}", run.stderr);
}

/// Returns the records of one transaction: 20 seconds apart, over five days, a hundred in each payload.
fn many() -> Vec<Payload> {
    let start: jiff::Timestamp = "2026-11-18T00:00:00Z".parse().unwrap();
    let time = |number: usize| start + jiff::SignedDuration::from_secs(20 * i64::try_from(number).unwrap());
    let line = |number| Payload::record(&time(number).to_string(), "long", "loader", &number.to_string()).data;
    let payload = |first| Payload::bytes(time(first), (first..first + 100).map(line).collect::<Vec<_>>().join(&b'\n'));
    (0..MANY).step_by(100).map(payload).collect()
}

#[tokio::test]
async fn a_long_transaction_comes_whole_and_in_order_while_more_of_it_arrives() {
    let (app, plain) = delivered(&many()).await;
    let run = tokio::spawn(Run::of(logbraid(plain.base(), &["get", "long"])));
    let stream = Stream::new("app_logging", 1);
    let late = |number: usize| Payload::record("2026-11-18T00:00:01Z", "long", "late", &format!("late {number}"));
    fixtures::put(&stream, &(0..500).map(late).collect::<Vec<_>>());
    app.deliver(&stream).await;
    let run = run.await.unwrap();
    let records = run.json_lines();
    let messages: Vec<usize> = records.iter().filter(|record| record["service"] == "loader").map(number).collect();
    assert_eq!(messages, (0..MANY).collect::<Vec<_>>());
    let ids: std::collections::HashSet<String> = records.iter().map(|record| record["id"].to_string()).collect();
    assert_eq!(ids.len(), records.len(), "none twice");
    assert_eq!(run.code, Some(0));

    // A reader that closes the pipe ends the command without an error.
    let mut child = logbraid(plain.base(), &["get", "long", "--text"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it runs");
    let mut first = String::new();
    BufReader::new(child.stdout.take().expect("piped")).read_line(&mut first).expect("a line");
    assert_eq!(first, "transaction long: more than 10,000 records\n");
    let ended = tokio::task::spawn_blocking(move || child.wait_with_output().expect("it ends")).await.unwrap();
    assert_eq!((ended.status.code(), ended.stderr), (Some(0), vec![]));
}

fn number(record: &Value) -> usize {
    record["message"].as_str().unwrap().parse().unwrap()
}

#[tokio::test]
async fn errors_name_the_cause() {
    async fn check(url: &str, args: &[&str], code: i32, expect: &str) {
        let run = Run::of(logbraid(url, &[&["get", "x"], args].concat())).await;
        assert_eq!((run.code, run.stdout.as_str()), (Some(code), ""), "{}", run.stderr);
        assert!(
            run.stderr.starts_with(&format!("logbraid: {expect}")) && run.stderr.lines().count() == 1,
            "{}",
            run.stderr
        );
    }
    check("", &[], 2, "no address of the query API: give --url, or set LOGBRAID_URL. `make run`").await;
    check("localhost:80", &[], 2, "the address `localhost:80` cannot be used: expected http://").await;
    check("http://127.0.0.1:1", &[], 1, "cannot connect to 127.0.0.1:1; is the address right").await;
    check("http://no.such.host.invalid", &[], 1, "cannot connect to no.such.host.invalid:80; ").await;

    let foreign = Stub::answering("200 OK", "text/html", "<html>");
    check(&foreign.url(), &[], 1, &format!("{} answers (200 OK), but not as logbraid's", foreign.server())).await;
    let refusing = Stub::answering("403 Forbidden", "application/json", r#"{"message":"Forbidden"}"#);
    let refusal = format!("{} refuses the request (403 Forbidden): ", refusing.server());
    check(
        &refusing.url(),
        &[],
        1,
        &format!("{refusal}if it needs AWS credentials under a domain of its own, try --sign"),
    )
    .await;
    // The stub writes its content type as it is: this one is followed by another header.
    let asking = Stub::answering(
        "401 Unauthorized",
        "application/json\r\nwww-authenticate: Bearer",
        r#"{"message":"Unauthorized"}"#,
    );
    check(&asking.url(), &[], 1, &format!("{} takes tokens of people who sign in", asking.server())).await;
    check(&refusing.url(), &["--sign", "never"], 1, &format!("{refusal}it may need AWS credentials, but --sign never"))
        .await;
}

#[tokio::test]
async fn a_request_is_signed_when_asked_for() {
    let stub = Stub::answering("403 Forbidden", "application/json", r#"{"message":"Forbidden"}"#);
    let mut command = logbraid(&stub.url(), &["get", "x", "--sign", "always"]);
    command.envs([("AWS_ACCESS_KEY_ID", "AKID"), ("AWS_SECRET_ACCESS_KEY", "secret"), ("AWS_REGION", "eu-west-1")]);
    let run = Run::of(command).await;
    assert!(run.stderr.contains("the AWS credentials need execute-api:Invoke"), "{}", run.stderr);
    let head = stub.last_request();
    let authorization = head.lines().find_map(|line| line.strip_prefix("authorization: ")).expect("signed");
    assert!(authorization.starts_with("AWS4-HMAC-SHA256 Credential=AKID/"), "{authorization}");
    assert!(
        authorization.contains("/eu-west-1/execute-api/aws4_request, SignedHeaders=host;x-amz-date"),
        "{authorization}"
    );
}

#[tokio::test]
async fn a_token_is_sent_but_never_unencrypted_over_a_network() {
    let with = |url: &str, token: &str| {
        let mut command = logbraid(url, &["get", "x"]);
        command.env("LOGBRAID_TOKEN", token);
        Run::of(command)
    };
    let stub = Stub::answering("401 Unauthorized", "application/json", r#"{"message":"Unauthorized"}"#);
    let run = with(&stub.url(), " of-mine\n").await;
    assert!(stub.last_request().lines().any(|line| line == "authorization: Bearer of-mine"), "{}", stub.last_request());
    let refused = format!("logbraid: {} refuses the token in LOGBRAID_TOKEN (401 Unauthorized); ", stub.server());
    assert!(run.code == Some(1) && run.stderr.starts_with(&refused), "{}", run.stderr);

    let run = with("http://logs.example", "of-mine").await;
    assert!(
        run.stderr.starts_with("logbraid: the token in LOGBRAID_TOKEN is not sent to logs.example:80: "),
        "{}",
        run.stderr
    );
    let run = with(&stub.url(), "a\u{1}b").await;
    assert_eq!(run.stderr, "logbraid: LOGBRAID_TOKEN holds something that is no token\n");
    assert_eq!(stub.requests().len(), 1);
}

/// The database is unreachable for a moment. The command still shows the transaction.
#[tokio::test]
async fn temporary_errors_are_retried() {
    let page = json!({"records": [{"id": "1", "time": "2026-11-20T08:00:00Z"}], "started": "2026-11-20T08:00:00Z",
        "ended": "2026-11-20T08:00:00Z", "services": [], "next": null});
    let stub = Stub::new(move |number, _| match number {
        0 => ("503 Service Unavailable", "application/json", r#"{"message":"Service Unavailable"}"#.to_owned()),
        _ => ("200 OK", "application/json", page.to_string()),
    });
    let run = Run::of(logbraid(&stub.url(), &["get", "x"])).await;
    assert_eq!((run.code, run.json_lines().len()), (Some(0), 1), "{}", run.stderr);
    let foreign = format!("logbraid: {} answers (503 Service Unavailable)", stub.server());
    assert!(run.stderr.starts_with(&foreign) && run.stderr.ends_with("; asking again\n"), "{}", run.stderr);
}

#[tokio::test]
async fn other_ids_are_shown_and_followed() {
    let record = |second: u32, service: &str, ids: &str, message: &str| {
        let time = format!("2026-11-20T08:35:{second}Z");
        let data =
            format!(r#"{{"timestamp":"{time}","level":"INFO","service":"{service}",{ids},"message":"{message}"}}"#);
        Payload::bytes(time.parse().unwrap(), data)
    };
    let payloads = [
        record(39, "gateway", r#""trace_id":"t-1","request_id":"r-1""#, "order received"),
        record(40, "shop", r#""trace_id":"t-1","request_id":"r-2""#, "cart read"),
        record(41, "shop", r#""request_id":"r-2","levelname":"ERROR""#, "payment failed"),
    ];
    let (_app, plain) = delivered(&payloads).await;
    let run = Run::of(logbraid(plain.base(), &["get", "--text", "r-1"])).await;
    insta::assert_snapshot!(run.stdout, @r#"
    transaction r-1: 1 record, 1 service, 0.0 ms, worst level INFO
    began 2026-11-20 08:35:39.000 UTC
    also known as t-1 (--follow takes their records, too)
    08:35:39.000000       +0.0 ms  gateway  INFO      order received
    "#);
    let run = Run::of(logbraid(plain.base(), &["get", "--text", "--follow", "r-1"])).await;
    assert_eq!((run.code, run.stderr.as_str()), (Some(0), ""));
    insta::assert_snapshot!(run.stdout, @r#"
    transaction r-1: 3 records, 2 services, 2000.0 ms, worst level ERROR
    began 2026-11-20 08:35:39.000 UTC
    also known as t-1, r-2
    08:35:39.000000       +0.0 ms  ●   gateway  INFO      order received
    08:35:40.000000    +1000.0 ms  │ ● shop     INFO      cart read
    08:35:41.000000    +2000.0 ms  │ ● shop     ERROR     payment failed
    "#);
    let run = Run::of(logbraid(plain.base(), &["get", "--follow", "r-1"])).await;
    assert_eq!(run.json_lines().len(), 3);
}

#[tokio::test]
async fn transactions_that_mention_what_is_no_uid_are_named() {
    let (_app, plain) = delivered(&fixtures::order(Python::V311)).await;
    let run = Run::of(logbraid(plain.base(), &["get", "VND-007000"])).await;
    assert_eq!((run.code, run.stdout.as_str()), (Some(4), ""));
    let named = format!("logbraid: these transactions mention it, the newest first: {ORDER_UID}\n");
    assert!(run.stderr.ends_with(&named), "{}", run.stderr);
    let run = Run::of(logbraid(plain.base(), &["get", "VND-999999"])).await;
    assert!(run.stderr.ends_with("\nlogbraid: no transaction mentions it\n"), "{}", run.stderr);
}
