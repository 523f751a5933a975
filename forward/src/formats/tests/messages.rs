//! Syslog, GELF, distlog.

use bytes::BytesMut;
use serde_json::{Value, json};

use super::{Encoding, Format, received, records, unreadable};
use crate::protocol::zmtp::{Connection, Step};

#[test]
fn messages_of_syslog_are_read() {
    fn check(message: &[u8], expect: &Value) {
        assert_eq!(records(Format::Syslog, message), std::slice::from_ref(expect), "{}", message.escape_ascii());
    }
    check(
        br#"<165>1 2026-11-24T21:08:12.5Z gw su 7 ID47 [ex@1 a="1" a="\"2"][b id="3"] 'su root' failed"#,
        &json!({
            "message": "'su root' failed",
            "levelname": "INFO",
            "facility": 20,
            "severity": 5,
            "timestamp": "2026-11-24T21:08:12.5Z",
            "hostname": "gw",
            "app_name": "su",
            "procid": "7",
            "msgid": "ID47",
            "structured_data": [{"id": "ex@1", "a": "1", "a#2": "\"2"}, {"id": "b", "id#2": "3"}],
        }),
    );
    check(
        b"<11>Nov 24 21:08:12 gw su: f\xe9te",
        &json!({
            "message": "f\\xe9te",
            "levelname": "ERROR",
            "facility": 1,
            "severity": 3,
            "timestamp": "Nov 24 21:08:12",
            "hostname": "gw",
            "app_name": "su",
        }),
    );
    check(
        b"<14>order 17 placed\0",
        &received(json!({"message": "order 17 placed", "levelname": "INFO", "facility": 1, "severity": 6})),
    );
    check(b"no priority", &received(json!({"message": "no priority"})));
}

#[test]
fn a_message_of_gelf_is_kept_as_it_is() {
    let message = br#"{"version": "1.1", "host": "h", "short_message": "a", "timestamp": 1795163739.25, "_x": 1.10}"#;
    let expect = json!({"version": "1.1", "host": "h", "short_message": "a", "timestamp": 1_795_163_739.25, "_x": 1.1});
    assert_eq!(records(Format::Gelf, message), [expect]);
}

/// Returns the bodies of captured messages.
fn bodies(captured: &[u8]) -> Vec<Vec<u8>> {
    let (mut connection, mut input, mut bodies) = (Connection::default(), BytesMut::from(captured), Vec::new());
    loop {
        match connection.next(&mut input).unwrap() {
            Step::More => return bodies,
            Step::Message(frames) => bodies.push(frames[1].to_vec()),
            _ => {}
        }
    }
}

#[test]
fn distlogs_tasks_are_a_tree() {
    let captured = [
        (Format::DistlogJson, include_bytes!("../../../../tests/fixtures/distlog/json.zmtp").as_slice()),
        (Format::DistlogPickle, include_bytes!("../../../../tests/fixtures/distlog/pickle.zmtp")),
    ];
    for (format, captured) in captured {
        let records: Vec<Value> = bodies(captured).iter().flat_map(|body| records(format, body)).collect();
        let facts: Vec<_> = records
            .iter()
            .map(|record| {
                let uid = record["context"]["key"].as_str().unwrap().split(['@', '/']).nth(1).unwrap();
                assert_eq!(record["log_uid"], uid);
                ["message", "task", "parent", "status"].map(|name| record[name].as_str().unwrap_or_default().to_owned())
            })
            .collect();
        let expect = [
            ["order 17 placed", "1", "", "started"],
            ["charge", "1/1", "1", "started"],
            ["card of Zoë", "1/1", "1", ""],
            ["no", "1", "", ""],
        ];
        assert_eq!(facts, expect, "{format:?}");
        assert_eq!((&records[2]["amount"], &records[2]["items"]), (&json!(12.5), &json!([1, [2, 3]])));
        assert!(records.iter().all(|record| record.get("received_at").is_none() && record.get("tag").is_none()));
    }
}

#[test]
fn a_place_in_distlogs_tree_is_read_with_care() {
    let uid = "8959f3a0-e0c7-4213-aa99-c5d5619f1bef";
    let check = |record: Value, expect: Value| {
        let mut record = record;
        record["created"] = json!(1);
        let read = records(Format::DistlogJson, record.to_string().as_bytes()).remove(0);
        let facts = json!([read["log_uid"], read["task"], read["parent"], read["status"]]);
        assert_eq!(facts, expect, "{record}");
    };
    let key = |path: &str| json!({"key": format!("3@{uid}{path}")});
    let own = |function: &str, level: &str| json!({"context": key("/2"), "pathname": "/x/distlog/logger/context.py", "funcName": function, "levelname": level});
    check(json!({"context": key("")}), json!([uid, "1", null, null]));
    check(json!({"context": key("/1/2")}), json!([uid, "1/1/2", "1/1", null]));
    check(own("__exit__", "INFO"), json!([uid, "1/2", "1", "succeeded"]));
    check(own("__exit__", "ERROR"), json!([uid, "1/2", "1", "failed"]));
    check(own("__enter__", "INFO"), json!([uid, "1/2", "1", null]));
    // The Python package's own tree is left as it is.
    check(json!({"context": key(""), "log_uid": "u", "task": "7"}), json!(["u", "7", null, null]));
    for other in [json!(null), json!("3@x"), json!({"key": 3}), key("/x"), key("/"), json!({"key": format!("x@{uid}")})]
    {
        check(json!({"context": other}), json!([null, null, null, null]));
    }
}

#[test]
fn pythons_numbers_that_are_none_become_text() {
    let body = br#"{"created": 1, "a": NaN, "b": [Infinity, -Infinity, -1], "c": "NaN \" Infinity", "N": "\\"}"#;
    let expect = json!({
        "created": 1, "a": "NaN", "b": ["Infinity", "-Infinity", -1], "c": "NaN \" Infinity", "N": "\\",
    });
    assert_eq!(records(Format::DistlogJson, body), [expect]);
}

#[test]
fn what_distlog_cannot_have_sent_is_set_aside_with_its_bytes() {
    fn check(format: Format, body: &[u8], reason: &str, kept: (&str, &str)) {
        let mut expect = unreadable(reason, "");
        expect.as_object_mut().unwrap().remove("unreadable");
        expect[kept.0] = json!(kept.1);
        assert_eq!(records(format, body), [expect], "{}", body.escape_ascii());
    }
    let system = "cos\nsystem\n(S'echo no'\ntR.";
    check(
        Format::DistlogPickle,
        system.as_bytes(),
        r#"GLOBAL at byte 0 imports "os.system": only plain data is read"#,
        ("unreadable", system),
    );
    check(Format::DistlogPickle, b"\x80\x04K\x01.", "a pickle of a dict expected", ("unreadable_base64", "gARLAS4="));
    check(
        Format::DistlogJson,
        b"[1]",
        "invalid type: sequence, expected a map at line 1 column 0",
        ("unreadable", "[1]"),
    );
    assert_eq!(Encoding::default(), Encoding::Plain);
}
