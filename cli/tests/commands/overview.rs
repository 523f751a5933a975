//! Tests of `logbraid transactions`, `services`, `histogram`, `days` and `around`.

use serde_json::{Value, json};
use tests::fixtures::{self, ORDER_UID, Python};
use tests::http::Get as _;

use crate::support::{Run, Stub, delivered, logbraid};

/// Gives these answers in turn, and then the last one again and again.
fn answers(pages: Vec<Value>) -> Stub {
    Stub::new(move |number, _| ("200 OK", "application/json", pages[number.min(pages.len() - 1)].to_string()))
}

fn targets(stub: &Stub) -> Vec<String> {
    let line = |head: &String| head.lines().next().unwrap().trim_end_matches(" HTTP/1.1").to_owned();
    stub.requests().iter().map(line).collect()
}

fn cut() -> Value {
    json!({"reason": "time_limit", "reached": "2026-11-19T00:00:00.000000Z"})
}

const GOING_ON: &str = "logbraid: searched up to 2026-11-19T00:00:00.000000Z so far; going on\n";

#[tokio::test]
async fn transactions_and_services_are_listed() {
    let (_app, plain) = delivered(&fixtures::order(Python::V311)).await;
    for (args, query) in [
        (&["transactions"][..], "transactions?from=2026-11-20"),
        (&["transactions", "-l", "ERROR"], "transactions?from=2026-11-20&level=ERROR"),
        (
            &["transactions", "vendor", "-s", "ordering", "-n", "1"],
            "transactions?from=2026-11-20&q=vendor&service=ordering&limit=1",
        ),
        (
            &["transactions", "--sort", "slowest", "--min-duration-ms", "90"],
            "transactions?from=2026-11-20&sort=slowest&min_duration_ms=90",
        ),
        (&["services"], "services?from=2026-11-20"),
    ] {
        let answer = plain.get(&format!("/{query}")).await.body;
        let expect = answer[args[0]].clone();
        assert_ne!(expect, json!([]), "{query}: {answer}");
        let run = Run::of(logbraid(plain.base(), &[args, &["--from", "2026-11-20"]].concat())).await;
        assert_eq!((json!(run.json_lines()), run.code), (expect, Some(0)), "{args:?}: {}", run.stderr);
    }
}

#[tokio::test]
async fn records_are_counted() {
    let (_app, plain) = delivered(&fixtures::order(Python::V311)).await;
    let day = ["--from", "2026-11-20", "--to", "2026-11-20"];
    for (args, query) in [
        (&["--bucket", "5m"][..], "bucket=5m"),
        (&["vendor", "-s", "ordering", "--bucket", "1h"], "q=vendor&service=ordering&bucket=1h"),
        (&["--uid", ORDER_UID, "-l", "ERROR"], &format!("log_uid={ORDER_UID}&level=ERROR")),
    ] {
        let answer = plain.get(&format!("/histogram?from=2026-11-20&to=2026-11-20&{query}")).await.body;
        assert_ne!(answer["buckets"], json!([]), "{query}: {answer}");
        let run = Run::of(logbraid(plain.base(), &[&["histogram"], args, &day].concat())).await;
        assert_eq!(
            (json!(run.json_lines()), run.code),
            (answer["buckets"].clone(), Some(0)),
            "{args:?}: {}",
            run.stderr
        );
    }
    let run = Run::of(logbraid(plain.base(), &[&["histogram", "--text", "--bucket", "1d"], &day[..]].concat())).await;
    let bar = "█".repeat(40);
    assert_eq!(run.stdout, format!("2026-11-20 00:00  {bar}  27 records  ERROR 1 WARNING 1 INFO 22 DEBUG 3\n"));
}

#[tokio::test]
async fn a_record_is_shown_with_its_real_neighbours() {
    let (_app, plain) = delivered(&fixtures::order(Python::V311)).await;
    let error = &plain.get(&format!("/transactions/{ORDER_UID}?level=ERROR")).await.body["records"][0];
    let id = error["id"].as_str().unwrap();
    let run = Run::of(logbraid(plain.base(), &["around", id, "-n", "3"])).await;
    assert_eq!(json!(run.json_lines()), json!([plain.get(&format!("/logs/{id}?around=3")).await.body]));
    let run = Run::of(logbraid(plain.base(), &["around", id, "-n", "3", "--text", "--ids"])).await;
    let marked: Vec<&str> = run.stdout.lines().filter_map(|line| line.strip_prefix("▶ ")).collect();
    assert!(marked.len() == 2 && marked.iter().all(|line| line.starts_with(id)), "{}", run.stdout);
    let run = Run::of(logbraid(plain.base(), &["around", "6b00065b28841133e527503d"])).await;
    assert_eq!(run.code, Some(4), "{}", run.stderr);
    let run = Run::of(logbraid(plain.base(), &["around", "../days"])).await;
    assert_eq!(run.code, Some(2), "{}", run.stderr);
}

#[tokio::test]
async fn days_are_listed() {
    let (_app, plain) = delivered(&fixtures::order(Python::V311)).await;
    let run = Run::of(logbraid(plain.base(), &["days"])).await;
    let days = plain.get("/days").await.body["days"].clone();
    assert_eq!((json!(run.json_lines()), run.code), (days, Some(0)), "{}", run.stderr);
    let run = Run::of(logbraid(plain.base(), &["days", "--text"])).await;
    assert!(run.stdout.starts_with("2026-11-20            27 records"), "{}", run.stdout);
}

/// A tenant's records are counted, and the time may be up within a day.
#[tokio::test]
async fn days_of_a_tenant_are_those_of_all_answers() {
    let day = |day: &str, records: u64| json!({"day": day, "records": records, "bytes": null});
    let stub = answers(vec![
        json!({"days": [day("2026-11-20", 4), day("2026-11-19", 2)], "cut": cut(), "next": "/days?after=6b00"}),
        json!({"days": [], "cut": cut(), "next": "/days?after=6a00"}),
        json!({"days": [day("2026-11-19", 3), day("2026-11-18", 1)]}),
    ]);
    let run = Run::of(logbraid(&stub.url(), &["days"])).await;
    let expect = [day("2026-11-20", 4), day("2026-11-19", 5), day("2026-11-18", 1)];
    assert_eq!((run.json_lines(), run.code), (expect.to_vec(), Some(0)), "{}", run.stderr);
    assert_eq!(run.stderr, GOING_ON.repeat(2));
    assert_eq!(targets(&stub), ["GET /days", "GET /days?after=6b00", "GET /days?after=6a00"]);
    let none = answers(vec![json!({"days": []})]);
    assert_eq!(Run::of(logbraid(&none.url(), &["days"])).await.code, Some(4));
}

#[tokio::test]
async fn transactions_are_asked_for_with_every_filter() {
    let stub = answers(vec![json!({"transactions": [{"log_uid": "a"}], "next": null, "cut": null})]);
    let args = ["transactions", "vendor", "-l", "ERROR", "-s", "ordering", "--field", "sku=W", "--from", "-2h"];
    let more = ["--min-duration-ms", "500", "--sort", "slowest", "-n", "600"];
    let run = Run::of(logbraid(&stub.url(), &[&args[..], &more].concat())).await;
    assert_eq!((run.code, run.stdout.as_str()), (Some(0), "{\"log_uid\":\"a\"}\n"), "{}", run.stderr);
    let expect = "GET /transactions?q=vendor&level=ERROR&service=ordering&field.sku=W&from=-2h&min_duration_ms=500&sort=slowest&limit=500";
    assert_eq!(targets(&stub), [expect]);
    let none = answers(vec![json!({"transactions": [], "next": null, "cut": null})]);
    assert_eq!(Run::of(logbraid(&none.url(), &["transactions"])).await.code, Some(4));
}

/// An answer has at most 500 transactions, and no next page.
#[tokio::test]
async fn a_limit_above_that_of_the_api_is_reported() {
    let slow: Vec<Value> = (0..500).map(|n| json!({"log_uid": n.to_string(), "duration_ms": 1.0})).collect();
    let stub = answers(vec![json!({"transactions": slow, "next": null, "cut": null})]);
    let run = Run::of(logbraid(&stub.url(), &["transactions", "--sort", "slowest", "-n", "501"])).await;
    let note = "logbraid: the query API returns the 500 slowest only; narrow the time with --from and --to\n";
    assert_eq!((run.json_lines().len(), run.stderr.as_str(), run.code), (500, note, Some(0)));
}

/// A page that was cut has the slowest transactions of a part of the time only.
#[tokio::test]
async fn the_slowest_transactions_are_those_of_all_answers() {
    let timed = |uid: &str, ms: f64| json!({"log_uid": uid, "duration_ms": ms});
    let pages = vec![
        json!({"transactions": [timed("a", 50.0), timed("b", 40.0)], "next": "/transactions?after=1", "cut": cut()}),
        json!({"transactions": [timed("c", 90.5), timed("d", 45.0)], "next": "/transactions?after=2", "cut": null}),
    ];
    let stub = answers(pages);
    let run = Run::of(logbraid(&stub.url(), &["transactions", "--sort", "slowest", "-n", "2"])).await;
    let uids: Vec<Value> = run.json_lines().iter().map(|transaction| transaction["log_uid"].clone()).collect();
    assert_eq!((uids, run.stderr.as_str()), (vec!["c".into(), "a".into()], GOING_ON));
    assert_eq!(targets(&stub)[1..], ["GET /transactions?after=1"]);
}

#[tokio::test]
async fn counts_of_several_answers_are_added_up() {
    let service = |records: u64, first: &str, last: &str| json!({"service": "shop", "records": records, "levels": {"INFO": records}, "first": first, "last": last});
    let (morning, noon, night) =
        ("2026-11-20T08:00:00.000000Z", "2026-11-20T12:00:00.000000Z", "2026-11-20T22:00:00.000000Z");
    let stub = answers(vec![
        json!({"services": [service(2, noon, night)], "next": "/services?after=1", "cut": cut()}),
        json!({"services": [service(3, morning, noon), {"service": null, "records": 1, "levels": {}, "first": noon, "last": noon}], "next": null, "cut": null}),
    ]);
    let run = Run::of(logbraid(&stub.url(), &["services", "--from", "2026-11-20"])).await;
    let none = json!({"service": null, "records": 1, "levels": {}, "first": noon, "last": noon});
    assert_eq!(run.json_lines(), [none, service(5, morning, night)]);
    assert_eq!(
        (run.stderr.as_str(), targets(&stub)),
        (GOING_ON, vec!["GET /services?from=2026-11-20".to_owned(), "GET /services?after=1".to_owned()])
    );

    let bucket = |start: &str, count: u64| json!({"start": start, "levels": {"INFO": count}, "count": count});
    let stub = answers(vec![
        json!({"buckets": [bucket(noon, 2), bucket(night, 1)], "next": "/histogram?after=1", "cut": cut()}),
        json!({"buckets": [bucket(morning, 7), bucket(noon, 3)], "next": null, "cut": null}),
    ]);
    let run = Run::of(logbraid(&stub.url(), &["histogram", "--bucket", "1h", "-l", "INFO"])).await;
    assert_eq!(run.json_lines(), [bucket(morning, 7), bucket(noon, 5), bucket(night, 1)]);
    assert_eq!((run.stderr.as_str(), targets(&stub)[0].as_str()), (GOING_ON, "GET /histogram?bucket=1h&level=INFO"));
}

#[tokio::test]
async fn a_record_stands_between_its_neighbours() {
    let record = |second: u64, message: &str| json!({"id": format!("{second}"), "time": format!("2026-11-20T08:35:0{second}Z"), "service": "shop", "levelname": "INFO", "message": message});
    let answer = json!({
        "record": record(5, "it"),
        "process": {"before": [record(4, "just before")], "after": [], "cut": {"before": cut(), "after": null}},
        "service": {"before": [record(1, "long before"), record(4, "just before")], "after": [record(6, "after")], "cut": null},
    });
    let stub = answers(vec![answer.clone()]);
    let run = Run::of(logbraid(&stub.url(), &["around", "5", "-n", "2"])).await;
    assert_eq!((run.json_lines(), targets(&stub)), (vec![answer], vec!["GET /logs/5?around=2".to_owned()]));
    let run = Run::of(logbraid(&stub.url(), &["around", "5", "--text"])).await;
    insta::assert_snapshot!(run.stdout, @r#"
    in its process
      2026-11-20 08:35:04.000  shop  INFO      just before
    ▶ 2026-11-20 08:35:05.000  shop  INFO      it
    in its service
      2026-11-20 08:35:01.000  shop  INFO      long before
      2026-11-20 08:35:04.000  shop  INFO      just before
    ▶ 2026-11-20 08:35:05.000  shop  INFO      it
      2026-11-20 08:35:06.000  shop  INFO      after
    "#);
    assert_eq!(
        run.stderr,
        "logbraid: in its process: searched back to 2026-11-19T00:00:00.000000Z only, then the time was up\n"
    );
}
