//! Outlines as the client sees them.

use bson::{DateTime, Document, doc};
use insta::assert_snapshot;
use record::{EventTime, LogRecord, LogUid};

use super::{Completeness, Cut, LaneKind, OtherIds, Outline};
use crate::test_records::{SECOND_MICROS, progress, stored};

fn other_ids() -> OtherIds {
    OtherIds::new(&LogUid::parse("x").unwrap(), None)
}

fn outlined(by: LaneKind, records: &[LogRecord]) -> Outline {
    let (first, rest) = records.split_first().unwrap();
    let mut outline = Outline::new(by, 10, other_ids(), first);
    for record in rest {
        outline.add(record);
    }
    outline
}

fn finished(outline: &Outline, cut: Option<Cut>) -> (String, u64) {
    let known = Completeness::new(&["2026-11-20".parse().unwrap()], Some(&progress()));
    let (body, tag) = outline.finish(&LogUid::parse("x").unwrap(), &known, cut).unwrap();
    (String::from_utf8(body).unwrap(), tag)
}

fn sent(micros: i64, fields: Document, arrived_ms: i64) -> LogRecord {
    let arrived = DateTime::from_millis(SECOND_MICROS / 1_000 + arrived_ms);
    let source = doc! { "stream": "logs", "arrived": arrived };
    stored(micros, fields.into_iter().chain(doc! { "source": source }).collect())
}

fn order() -> [LogRecord; 4] {
    [
        sent(0, doc! { "service": "shop", "levelno": 20, "fqdn": "a", "process": 7 }, 5),
        sent(1_000, doc! { "service": "stock", "levelno": 10, "fqdn": "a", "process": "8" }, 5),
        sent(9_000, doc! { "service": "shop", "levelno": 40, "process": 9_i64 }, 6),
        stored(9_500, doc! { "levelno": "high" }),
    ]
}

#[test]
fn an_outline_has_the_shape_of_all_records() {
    let mut outline = outlined(LaneKind::Service, &order());
    outline.set_error_message(&"ü".repeat(400));
    assert_eq!(outline.streams(), ["logs"]);
    let (body, _) = finished(&outline, None);
    assert_snapshot!(body.replace(&"ü".repeat(300), "300 letters"), @r#"{"log_uid":"x","started":"2026-11-20T08:35:39.000000Z","ended":"2026-11-20T08:35:39.009500Z","duration_ms":9.5,"record_count":4,"levels":{"DEBUG":1,"ERROR":1,"INFO":1,"NOTSET":1},"worst_level":"ERROR","services":[{"name":"shop","records":2},{"name":"stock","records":1}],"by":"service","bins":10,"bin_us":952,"lanes":[{"name":"shop","records":2,"levels":{"ERROR":1,"INFO":1},"worst_level":"ERROR","first":"2026-11-20T08:35:39.000000Z","last":"2026-11-20T08:35:39.009000Z","bins":[[0,1,"INFO"],[9,1,"ERROR"]],"delay_ms":{"min":-3.0,"median":1.0,"max":5.0}},{"name":"stock","records":1,"levels":{"DEBUG":1},"worst_level":"DEBUG","first":"2026-11-20T08:35:39.001000Z","last":"2026-11-20T08:35:39.001000Z","bins":[[1,1,"DEBUG"]],"delay_ms":{"min":4.0,"median":4.0,"max":4.0}},{"name":null,"records":1,"levels":{"NOTSET":1},"worst_level":null,"first":"2026-11-20T08:35:39.009500Z","last":"2026-11-20T08:35:39.009500Z","bins":[[9,1,null]],"delay_ms":null}],"other_lanes":null,"first_error":{"id":"6b00065b02328a2d5db0600a","time":"2026-11-20T08:35:39.009000Z","service":"shop","message":"300 letters"},"silences":[{"from":"2026-11-20T08:35:39.001000Z","to":"2026-11-20T08:35:39.009000Z","duration_ms":8.0,"after":{"id":"6b00065b003e8a2d5db0600a","service":"stock"},"before":{"id":"6b00065b02328a2d5db0600a","service":"shop"}},{"from":"2026-11-20T08:35:39.000000Z","to":"2026-11-20T08:35:39.001000Z","duration_ms":1.0,"after":{"id":"6b00065b00000a2d5db0600a","service":"shop"},"before":{"id":"6b00065b003e8a2d5db0600a","service":"stock"}},{"from":"2026-11-20T08:35:39.009000Z","to":"2026-11-20T08:35:39.009500Z","duration_ms":0.5,"after":{"id":"6b00065b02328a2d5db0600a","service":"shop"},"before":{"id":"6b00065b0251ca2d5db0600a","service":null}}],"also_known_as":[],"also_known_as_over":false,"followed":null,"completeness":{"days":{"count":1,"first":"2026-11-20","last":"2026-11-20"},"quarantined":0,"failed_batches":null,"filed_until":[],"silent_shards":0,"doubts":[]},"cut":null}"#);
}

#[test]
fn lanes_are_services_hosts_or_processes() {
    fn check(by: LaneKind, expect: &[Option<&str>]) {
        let (body, _) = finished(&outlined(by, &order()), None);
        let told: serde_json::Value = serde_json::from_str(&body).unwrap();
        let names: Vec<_> = told["lanes"].as_array().unwrap().iter().map(|lane| lane["name"].as_str()).collect();
        assert_eq!(names, expect, "{by:?}");
    }
    check(LaneKind::Service, &[Some("shop"), Some("stock"), None]);
    check(LaneKind::Host, &[Some("a"), None]);
    check(LaneKind::Process, &[Some("a:7"), Some("a:8"), Some("9"), None]);
}

#[test]
fn another_answer_has_another_tag() {
    let tag = |records: &[LogRecord], cut| finished(&outlined(LaneKind::Service, records), cut).1;
    let cut = Cut::of_time(EventTime::from_micros(SECOND_MICROS).unwrap());
    let order = order();
    assert_eq!(tag(&order, None), tag(&order, None));
    assert_ne!(tag(&order, None), tag(&order[..3], None));
    assert_ne!(tag(&order, None), tag(&order, Some(cut)));
}

/// Names of any length, as many services, hosts and errors as there are records.
#[test]
fn an_outline_never_exceeds_what_lambda_takes() {
    let long = "\u{1}".repeat(500);
    let record = |at: i64| {
        let level = if at % 2 == 0 { 40 } else { 20 };
        sent(at * 1_000, doc! { "service": format!("{} {long}", at % 700), "levelno": level, "fqdn": &long }, at)
    };
    let records: Vec<LogRecord> = (0..20_000).map(record).collect();
    for by in [LaneKind::Service, LaneKind::Process] {
        let mut outline = Outline::new(by, 400, other_ids(), &records[0]);
        for record in &records[1..] {
            outline.add(record);
        }
        outline.set_error_message(&long);
        let (body, _) = finished(&outline, None);
        let told: serde_json::Value = serde_json::from_str(&body).unwrap();
        for name in ["services", "lanes"].iter().flat_map(|list| told[list].as_array().unwrap()) {
            assert!(name["name"].as_str().unwrap().chars().count() <= 205, "{name}");
        }
        assert!(serde_json::to_vec(&body).unwrap().len() < 2_000_000, "{}", body.len());
    }
}
