//! `GET /transactions` and `GET /services`: finding transactions without knowing a uid.

use std::fmt::Write as _;

use serde_json::{Value, json};
use tests::app::TestApp;
use tests::fixtures::{self, ORDER_UID, Payload, Python};
use tests::http::{Answer, Get};
use tests::kinesis::Stream;
use tests::mongo::{FailCommand, OwnServer};

const MAX_TIME_EXPIRED: i32 = 50;

/// Returns the uids of an answer, in order.
fn uids(answer: &Answer) -> Vec<String> {
    assert_eq!(answer.status, 200, "{answer:#?}");
    let told = answer.body["transactions"].as_array().expect("a list");
    told.iter().map(|told| told["log_uid"].as_str().expect("text").to_owned()).collect()
}

async fn pages(api: &impl Get, target: &str) -> Vec<String> {
    let (mut all, mut next) = (Vec::new(), Some(target.to_owned()));
    while let Some(target) = next {
        let answer = api.get(&target).await;
        all.extend(uids(&answer));
        next = answer.body["next"].as_str().map(str::to_owned);
    }
    all
}

/// Files the order's transactions, one over midnight, and an unrelated slow one.
async fn delivered() -> TestApp {
    let app = TestApp::start().await;
    let stream = Stream::new("app_logging", 1);
    fixtures::put(&stream, &fixtures::order(Python::V311));
    let record = |time: &str, uid: &str, message: &str| Payload::record(time, uid, "night", message);
    let others = [
        record("2026-11-19T23:59:59.5Z", "over-midnight", "backup begins"),
        record("2026-11-20T00:00:01Z", "over-midnight", "backup ends"),
        record("2026-11-18T12:00:00Z", "slow", "migration begins"),
        record("2026-11-20T12:00:00Z", "slow", "migration ends"),
    ];
    fixtures::put(&stream, &others);
    app.deliver(&stream).await;
    app
}

#[tokio::test]
async fn transactions_are_told_of_newest_first_as_a_whole() {
    let app = delivered().await;
    let answer = app.get("/transactions?from=2026-11-20T00:00:00Z&to=2026-11-20").await;
    let uids = uids(&answer);
    assert_eq!((uids.len(), uids[0].as_str(), uids[4].as_str()), (5, "slow", "over-midnight"), "{uids:?}");
    let slow = &answer.body["transactions"][0];
    assert_eq!(
        *slow,
        json!({
            "log_uid": "slow",
            "started": "2026-11-18T12:00:00.000000Z",
            "ended": "2026-11-20T12:00:00.000000Z",
            "duration_ms": 172_800_000.0,
            "services": ["night"],
            "record_count": 2,
            "levels": { "INFO": 2 },
            "worst_level": "INFO",
            "first_error": null,
        })
    );
    let order =
        answer.body["transactions"].as_array().expect("a list").iter().find(|told| told["log_uid"] == ORDER_UID);
    insta::assert_json_snapshot!(order, @r#"
    {
      "duration_ms": 97.253,
      "ended": "2026-11-20T08:35:39.263206Z",
      "first_error": {
        "message": "vendor order failed, attempt 1",
        "service": "ordering"
      },
      "levels": {
        "DEBUG": 1,
        "ERROR": 1,
        "INFO": 7
      },
      "log_uid": "6f1a4e0e-6f0c-4c58-9d0c-0a1b2c3d4e5f",
      "record_count": 9,
      "services": [
        "purchasing",
        "inventory",
        "ordering"
      ],
      "started": "2026-11-20T08:35:39.165953Z",
      "worst_level": "ERROR"
    }
    "#);
    assert_eq!((&answer.body["next"], &answer.body["cut"]), (&Value::Null, &Value::Null));
}

#[tokio::test]
async fn filters_say_which_transactions() {
    let app = delivered().await;
    for (query, expect) in [
        ("level=ERROR", &[ORDER_UID][..]),
        ("level=ERROR&service=night", &[]),
        ("service=night", &["slow", "over-midnight"]),
        ("service=night&to=2026-11-19T23:59:59.6Z&from=2026-11-19", &["over-midnight"]),
        ("q=MIGRATION%20ends", &["slow"]),
        ("q=/migration%20(begins|ends)/", &["slow"]),
        ("min_duration_ms=1000", &["slow", "over-midnight"]),
        ("min_duration_ms=172800000", &["slow"]),
        ("min_duration_ms=172800001", &[]),
        ("sort=slowest&limit=2", &["slow", "over-midnight"]),
        ("sort=slowest&level=ERROR", &[ORDER_UID]),
        ("field.sku=none-such&level=ERROR", &[]),
        ("field.sku=WIDGET-1&level=ERROR&limit=500&logger=ordering", &[ORDER_UID]),
    ] {
        let range = if query.contains("to=") { "" } else { "&from=2026-11-17&to=2026-11-21" };
        let answer = app.get(&format!("/transactions?{query}{range}")).await;
        assert_eq!(uids(&answer), expect, "{query}: {answer:#?}");
    }
}

#[tokio::test]
async fn a_transaction_of_many_days_is_whole_and_the_slowest() {
    let app = TestApp::start().await;
    let stream = Stream::new("app_logging", 1);
    for day in 1..=20 {
        let record =
            |time: &str, uid: &str| Payload::record(&format!("2026-11-{day:02}T{time}Z"), uid, "night", "heartbeat");
        let of_day = [
            record("10:00:00", "all-days"),
            record("11:00:00", "of-a-day"),
            record("11:00:05", &format!("short-{day}")),
        ];
        fixtures::put(&stream, &of_day[..if day == 7 { 3 } else { 1 }]);
        fixtures::put(
            &stream,
            &[record("12:00:00", &format!("other-{day}")), record("12:00:01", &format!("other-{day}"))],
        );
    }
    // Longer than what two days near each other have of the longest one.
    let almost = |time: &str| Payload::record(time, "almost-three-days", "night", "heartbeat");
    fixtures::put(&stream, &[almost("2026-11-18T00:00:00Z"), almost("2026-11-20T23:00:00Z")]);
    app.deliver(&stream).await;
    let target = "/transactions?from=2026-11-01&to=2026-11-20";
    for query in ["q=heartbeat", "service=night", "level=INFO"] {
        for limit in [1, 3, 500] {
            let target = format!("{target}&{query}&limit={limit}");
            let slowest = uids(&app.get(&format!("{target}&sort=slowest")).await);
            assert_eq!(slowest[0], "all-days", "{target}");
            assert!(slowest[1..].iter().take(1).all(|uid| uid == "almost-three-days"), "{slowest:?}");
            assert!(slowest[1..].iter().skip(1).take(20).all(|uid| uid.starts_with("other-")), "{slowest:?}");
            assert_eq!(
                pages(&app.query, &format!("{target}&min_duration_ms=432000000")).await,
                ["all-days"],
                "{target}"
            );
        }
    }
    let answer = app.get(&format!("{target}&limit=3")).await;
    let told = answer.body["transactions"].as_array().expect("a list");
    let whole = told.iter().find(|told| told["log_uid"] == "all-days").expect("the second newest");
    assert_eq!((&whole["record_count"], &whole["started"]), (&json!(20), &json!("2026-11-01T10:00:00.000000Z")));
}

/// A thousand overlapping transactions of three records each, and one that lasts the whole time.
fn many(stream: &Stream) {
    let mut lines = String::new();
    for number in 0..1_000 {
        for (step, uid) in [format!("tx-{number:04}"), format!("tx-{:04}", (number + 999) % 1_000), "all".to_owned()]
            .into_iter()
            .enumerate()
        {
            let created = 1_795_132_800 + number * 60 + step;
            writeln!(
                lines,
                r#"{{"created": {created}, "log_uid": "{uid}", "service": "s{step}", "levelname": "INFO", "message": "{number}"}}"#
            )
            .expect("a text can be written to");
        }
    }
    stream.put("host", lines);
}

#[tokio::test]
async fn each_transaction_is_on_one_page() {
    let app = TestApp::start().await;
    let stream = Stream::new("app_logging", 1);
    many(&stream);
    app.deliver(&stream).await;
    // The newest record of a transaction is one of `s1`.
    for query in [
        "limit=7",
        "limit=333",
        "limit=500&service=s0,s1",
        "limit=100&service=s0",
        "limit=100&q=s0",
        "limit=300&min_duration_ms=1",
    ] {
        let mut told = pages(&app.query, &format!("/transactions?from=2026-11-19&to=2026-11-21&{query}")).await;
        let all = usize::from(!query.contains("s0"));
        assert_eq!(told.len(), 1_000 + all, "{query}");
        assert!(all == 0 || told[..5] == ["all", "tx-0998", "tx-0999", "tx-0997", "tx-0996"], "{:?}", &told[..5]);
        told.sort();
        told.dedup();
        assert_eq!(told.len(), 1_000 + all, "{query}: none twice");
    }
}

/// When the time is up, the answer says how far it got, and the next page continues there.
#[tokio::test]
async fn a_search_that_takes_too_long_goes_on_where_it_ended() {
    let server = OwnServer::start();
    let app = TestApp::on(&server).await;
    let stream = Stream::new("app_logging", 1);
    many(&stream);
    app.deliver(&stream).await;
    let target = "/transactions?from=2026-11-19&to=2026-11-21&q=no-such-text";
    let late = FailCommand::refuse(&app.db, "aggregate", 1_000, MAX_TIME_EXPIRED).await;
    assert_eq!(app.get(target).await.status, 504);
    late.wait_until_hit().await;
    FailCommand::disarm(&app.db).await;
    let answer = app.get(target).await;
    assert_eq!((answer.status, &answer.body["next"]), (200, &Value::Null));
}

#[tokio::test]
async fn services_are_told_with_what_they_wrote() {
    let app = delivered().await;
    let answer = app.get("/services?from=2026-11-18&to=2026-11-20").await;
    let services = answer.body["services"].as_array().expect("a list");
    let told: Vec<(&str, u64)> = services
        .iter()
        .map(|told| (told["service"].as_str().expect("text"), told["records"].as_u64().expect("a number")))
        .collect();
    assert_eq!(
        told.iter().map(|(name, _)| *name).collect::<Vec<_>>(),
        ["inventory", "night", "ordering", "purchasing"]
    );
    assert_eq!(told.iter().map(|(_, records)| records).sum::<u64>(), 27 + 4);
    assert_eq!(
        services[1],
        json!({
            "service": "night",
            "records": 4,
            "levels": { "INFO": 4 },
            "first": "2026-11-18T12:00:00.000000Z",
            "last": "2026-11-20T12:00:00.000000Z",
        })
    );
    assert_eq!((&answer.body["next"], &answer.body["cut"]), (&Value::Null, &Value::Null));
    assert_eq!(app.get("/services?service=x").await.status, 400);
}
