//! Checks by which ids a record is found.

use bson::Document;
use record::{RedactConfig, Redactor, Rules, Vocabulary};
use serde_json::{Value as Json, json};

use crate::senders_tests::records;

const TRACE: &str = "5b8efff798038103d269b633813fc60c";
const SPAN: &str = "eee19b7ec3c1b174";

/// Returns `log_uid`, `source.ids` and `source.local_ids` of the only record.
#[track_caller]
fn ids(rules: &Rules, payload: &Json) -> Json {
    let [record] = <[_; 1]>::try_from(records(rules, payload.to_string().as_bytes())).unwrap();
    let document = Document::try_from(record.document()).unwrap();
    let source = document.get_document("source").unwrap();
    let json = |document: &Document, name| document.get(name).cloned().map(bson::Bson::into_relaxed_extjson);
    assert_eq!(record.has_further_ids(), source.contains_key("ids"));
    json!([json(&document, "log_uid"), json(source, "ids"), json(source, "local_ids")])
}

fn with_keys(names: &[&str]) -> Rules {
    let default = ["log_uid", "trace_id", "request_id"].map(str::to_owned).to_vec();
    Rules {
        vocabulary: Vocabulary::new(default, names.iter().map(|name| (*name).to_owned()).collect()),
        ..Rules::default()
    }
}

#[test]
fn ids_that_do_not_become_the_log_uid_are_kept() {
    #[track_caller]
    fn check(payload: &Json, expect: &Json) {
        assert_eq!(ids(&Rules::default(), payload), *expect, "{payload}");
    }
    check(&json!({"message": "m"}), &json!([null, null, null]));
    check(&json!({"request_id": "r"}), &json!(["r", null, null]));
    check(&json!({"request_id": "r", "trace_id": "t", "log_uid": "u"}), &json!(["u", ["t", "r"], null]));
    check(&json!({"log_uid": "u", "correlation_id": "U", "mdc": {"requestId": "u"}}), &json!(["u", null, null]));
    check(&json!({"log_uid": "u", "correlation_id": "-", "trace_id": "0"}), &json!(["u", null, null]));
    check(&json!({"traceId": TRACE, "spanId": SPAN, "requestId": "r"}), &json!([TRACE, ["r", SPAN], 1]));
    check(&json!({"spanId": SPAN, "uid": "u-9"}), &json!([SPAN, ["u-9"], 1]));
    // A user of the system.
    check(&json!({"spanId": SPAN, "uid": 1000}), &json!([SPAN, null, null]));
    check(&json!({"traceparent": format!("00-{TRACE}-{SPAN}-01"), "request_id": "r"}), &json!([TRACE, ["r"], null]));
    check(&json!({"log_uid": "u", "ctx": {"request_id": "r", "jobId": 7}}), &json!(["u", ["r", "7"], null]));
    // What a sender calls so is its own.
    check(&json!({"log_uid": "u", "source": {"ids": ["x"]}}), &json!(["u", null, null]));
}

/// The header of a message is looked at only where the record has no id.
#[test]
fn an_id_in_the_header_of_a_message_counts_if_there_is_no_other() {
    #[track_caller]
    fn check(payload: &Json, expect: &Json) {
        assert_eq!(ids(&Rules::default(), payload), *expect, "{payload}");
    }
    let message = format!("2026-11-24 21:08:12,123 ERROR [{TRACE}] boom");
    check(&json!({"level": "info", "message": message}), &json!([TRACE, null, null]));
    check(&json!({"level": "info", "message": message, "request_id": "r"}), &json!(["r", null, null]));
    check(&json!({"level": "info", "message": message, "mdc": {"requestId": "r"}}), &json!(["r", null, null]));
    check(&json!({"level": "info", "message": format!("{message} request_id=r-1")}), &json!(["r-1", [TRACE], null]));
    check(&json!({"level": "info", "message": message, "spanId": SPAN}), &json!([SPAN, [TRACE], null]));
}

/// No search asks for all mixtures of small and capital letters, or for what Datadog makes of a trace id.
#[test]
fn a_record_is_filed_under_the_spelling_that_a_search_asks_for() {
    #[track_caller]
    fn check(payload: &Json, expect: &Json) {
        assert_eq!(ids(&Rules::default(), payload), *expect, "{payload}");
    }
    check(&json!({"log_uid": "ORD-Ab"}), &json!(["ORD-Ab", ["ord-ab"], 1]));
    check(&json!({"log_uid": "ORD-AB"}), &json!(["ORD-AB", null, null]));
    check(
        &json!({"log_uid": "Ab", "request_id": "Rq", "span_id": "Sp"}),
        &json!(["Ab", ["Rq", "Sp", "ab", "rq", "sp"], 4]),
    );
    check(&json!({"log_uid": "Ab", "request_id": "aB"}), &json!(["Ab", ["ab"], 1]));
    check(&json!({"dd.trace_id": TRACE}), &json!([TRACE, ["15161849952847513100"], 1]));
    check(
        &json!({"dd": {"trace_id": "15161849952847513100"}, "trace_id": TRACE}),
        &json!([TRACE, ["15161849952847513100"], null]),
    );
    check(&json!({"otelTraceID": TRACE}), &json!([TRACE, null, null]));
}

#[test]
fn ids_are_searched_so_deep() {
    let mut payload = json!({"request_id": "r"});
    for depth in 1..=6 {
        payload = json!({"context": payload});
        let expect = if depth <= 4 { json!(["r", null, null]) } else { json!([null, null, null]) };
        assert_eq!(ids(&Rules::default(), &payload), expect, "{depth}");
    }
}

#[test]
fn a_service_is_found_in_the_objects_that_hold_ids() {
    #[track_caller]
    fn check(payload: &Json, expect: Option<&str>) {
        let [record] = <[_; 1]>::try_from(records(&Rules::default(), payload.to_string().as_bytes())).unwrap();
        assert_eq!(record.document().get_str("service").ok(), expect, "{payload}");
    }
    for container in [
        "mdc",
        "contextMap",
        "extra",
        "context",
        "ctx",
        "meta",
        "metadata",
        "fields",
        "labels",
        "attributes",
        "Properties",
        "tags",
        "customDimensions",
        "logging.googleapis.com/labels",
    ] {
        for name in ["service", "service.name", "app", "application", "service_name", "serviceName", "dd.service"] {
            check(&json!({"level": "info", "message": "m", container: {name: "shop"}}), Some("shop"));
        }
        check(&json!({"message": "m", container: {"service": {"name": "shop"}}}), Some("shop"));
        check(&json!({"message": "m", container: {"service": "shop"}, "service": "own"}), Some("own"));
        check(&json!({"message": "m", container: {"service": "shop"}, "app_name": "own"}), Some("own"));
        check(&json!({"message": "m", container: {"service": "shop"}, "logger": "pay.x"}), Some("shop"));
        for no_service in [json!("-"), json!(17), json!("17"), json!(["a"])] {
            check(&json!({"message": "m", container: {"app": no_service}}), None);
        }
    }
    check(&json!({"text": "m", "record": {"extra": {"service": "shop"}, "level": {"name": "INFO"}}}), Some("shop"));
    check(&json!({"message": "m", "extra": {"ctx": {"app": "inner"}, "service": "outer"}}), Some("outer"));
    for container in ["request", "response", "headers", "req_headers", "data", "payload"] {
        check(&json!({"message": "m", container: {"app": "other"}}), None);
        check(&json!({"message": "m", "context": {container: {"app": "other"}}}), None);
    }
}

#[test]
fn business_keys_find_a_record_but_do_not_become_its_log_uid() {
    #[track_caller]
    fn check(keys: &[&str], payload: &Json, expect: &Json) {
        assert_eq!(ids(&with_keys(keys), payload), *expect, "{keys:?} {payload}");
    }
    check(&["order_id"], &json!({"order_id": 17, "trace_id": "t"}), &json!(["t", ["17"], null]));
    check(&["order_id"], &json!({"orderId": "o-17"}), &json!([null, ["o-17"], null]));
    check(&["order_id"], &json!({"mdc": {"order-id": "o-17"}, "spanId": SPAN}), &json!([SPAN, ["o-17"], null]));
    check(&["order.id"], &json!({"order": {"id": "o-17"}, "log_uid": "u"}), &json!(["u", ["o-17"], null]));
    check(&["order_id", "customer"], &json!({"customer": "c", "order_id": "o"}), &json!([null, ["o", "c"], null]));
    check(&["order_id"], &json!({"order_id": "None"}), &json!([null, null, null]));
    check(&["order_id"], &json!({"order_id": ["o-17"], "log_uid": "u"}), &json!(["u", null, null]));
    check(&["trace_id"], &json!({"trace_id": "t"}), &json!(["t", null, null]));
    check(&[], &json!({"order_id": "o-17"}), &json!([null, null, null]));
}

/// An id that is masked in its own field must not stand beside it.
#[test]
fn a_masked_id_finds_nothing() {
    let token = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.SflKxwRJSMeKKF2QT4fwpMeJf36POk6yJV";
    let secret = json!({"request_id": token, "correlationId": "C-1", "log": "m"});
    assert_eq!(ids(&Rules::default(), &secret), json!(["C-1", null, null]));
    assert_eq!(ids(&Rules::default(), &json!({"request_id": token})), json!([null, null, null]));
    // What a sender calls so is never masked.
    assert_eq!(ids(&Rules::default(), &json!({"log_uid": "U", "password": "hunter2"})), json!(["U", null, null]));
    let kept = json!({"dd.trace_id": 15_161_849_952_847_513_100_u64, "password": "hunter2"});
    assert_eq!(ids(&Rules::default(), &kept), json!(["15161849952847513100", null, null]));
    let redactor = Redactor::new(RedactConfig { names: vec!["order_id".to_owned()], ..RedactConfig::default() });
    let rules = Rules { redactor: redactor.ok(), ..with_keys(&["order_id", "customer_id"]) };
    let payload = json!({"log_uid": "u", "order_id": "o-17", "customer_id": 42, "password": "hunter2", "spanId": SPAN});
    assert_eq!(ids(&rules, &payload), json!(["u", ["42", SPAN], 1]));
    let payload = json!({"log_uid": "u", "order_id": 7_654_321, "request_id": "r"});
    assert_eq!(ids(&rules, &payload), json!(["u", ["r"], null]));
}
