//! Tests of the layout of records.

use anstream::adapter::strip_str;
use insta::assert_snapshot;
use serde_json::value::to_raw_value;
use serde_json::{Value, json};

use super::{Ids, LineStart, RecordLines};
use crate::render::Event;

fn record(second: &str, service: &str, level: &str, message: &str) -> Value {
    json!({
        "id": "6b00065b288418fb9e9cfa0f", "time": format!("2026-11-20T08:35:{second}Z"), "log_uid": "order-7",
        "service": service, "levelname": level, "message": message,
    })
}

fn coloured(start: LineStart, width: Option<usize>, records: &[Value]) -> String {
    let mut lines = RecordLines::new(start, Ids::Hidden, width);
    let services: Vec<String> =
        records.iter().filter_map(|record| record["service"].as_str()).map(str::to_owned).collect();
    lines.add_services(&services);
    let mut text = String::new();
    for record in records {
        lines.push(&Event::read(&to_raw_value(record).unwrap()), &mut text);
    }
    text
}

fn since(width: Option<usize>, records: &[Value]) -> String {
    let start = "2026-11-20T08:35:39.1Z".parse().unwrap();
    strip_str(&coloured(LineStart::Offset(start), width, records)).to_string()
}

fn order() -> Vec<Value> {
    let mut failed = record("39.201314", "ordering", "ERROR", "vendor order failed, attempt 1");
    failed["exc_text"] = json!(
        "Traceback (most recent call last):\n  File \"/srv/shop/ordering.py\", line 42, in order\n    vendor.place(item, quantity, customer, reference)\nVendorError: rejected\n"
    );
    let long = "uid=6f1a4e0e; [48, 0.0047s] check avails for WIDGET-1 x 1000; [49, 0.0182s] stock=5000; [51, 0.0184s] reserved";
    vec![
        record("39.1", "purchasing", "INFO", "check availability for 1000 widgets"),
        record("39.18626", "inventory", "DEBUG", long),
        failed,
        record("40.263206", "purchasing", "CRITICAL", "two\nlines"),
    ]
}

#[test]
fn services_are_lanes() {
    assert_snapshot!(since(None, &order()), @r#"
    08:35:39.100000       +0.0 ms  ●     purchasing  INFO      check availability for 1000 widgets
    08:35:39.186260      +86.3 ms  │ ●   inventory   DEBUG     uid=6f1a4e0e; [48, 0.0047s] check avails for WIDGET-1 x 1000; [49, 0.0182s] stock=5000; [51, 0.0184s] reserved
    08:35:39.201314     +101.3 ms  │ │ ● ordering    ERROR     vendor order failed, attempt 1
                                   │ │ │     Traceback (most recent call last):
                                   │ │ │       File "/srv/shop/ordering.py", line 42, in order
                                   │ │ │         vendor.place(item, quantity, customer, reference)
                                   │ │ │     VendorError: rejected
    08:35:40.263206    +1163.2 ms  ● │ │ purchasing  CRITICAL  two
                                   │ │ │                       lines
    "#);
}

#[test]
fn long_messages_are_broken_where_the_terminal_ends() {
    assert_snapshot!(since(Some(100), &order()), @r#"
       +0.0 ms  ●     purchasing  INFO      check availability for 1000 widgets
      +86.3 ms  │ ●   inventory   DEBUG     uid=6f1a4e0e; [48, 0.0047s] check avails for WIDGET-1 x
                │ │                         1000; [49, 0.0182s] stock=5000; [51, 0.0184s] reserved
     +101.3 ms  │ │ ● ordering    ERROR     vendor order failed, attempt 1
                │ │ │     Traceback (most recent call last):
                │ │ │       File "/srv/shop/ordering.py", line 42, in order
                │ │ │         vendor.place(item, quantity, customer, reference)
                │ │ │     VendorError: rejected
    +1163.2 ms  ● │ │ purchasing  CRITICAL  two
                │ │ │                       lines
    "#);
}

#[test]
fn on_a_narrow_terminal_messages_go_below() {
    assert_snapshot!(since(Some(60), &order()), @r#"
       +0.0 ms  ●     purchasing  INFO
                │         check availability for 1000 widgets
      +86.3 ms  │ ●   inventory   DEBUG
                │ │       uid=6f1a4e0e; [48, 0.0047s] check
                │ │       avails for WIDGET-1 x 1000; [49,
                │ │       0.0182s] stock=5000; [51, 0.0184s]
                │ │       reserved
     +101.3 ms  │ │ ● ordering    ERROR
                │ │ │     vendor order failed, attempt 1
                │ │ │     Traceback (most recent call last):
                │ │ │       File "/srv/shop/ordering.py", line
                │ │ │       42, in order
                │ │ │         vendor.place(item, quantity,
                │ │ │         customer, reference)
                │ │ │     VendorError: rejected
    +1163.2 ms  ● │ │ purchasing  CRITICAL  two
                │ │ │                       lines
    "#);
}

#[test]
fn records_of_many_transactions_have_date_and_uid() {
    let text = coloured(LineStart::DateTime, Some(100), &order());
    assert_snapshot!(strip_str(&text).to_string(), @r#"
    2026-11-20 08:35:39.100  purchasing  INFO      check availability for 1000 widgets  order-7
    2026-11-20 08:35:39.186  inventory   DEBUG     uid=6f1a4e0e; [48, 0.0047s] check avails for WIDGET-1
                                                   x 1000; [49, 0.0182s] stock=5000; [51, 0.0184s]
                                                   reserved  order-7
    2026-11-20 08:35:39.201  ordering    ERROR     vendor order failed, attempt 1  order-7
        Traceback (most recent call last):
          File "/srv/shop/ordering.py", line 42, in order
            vendor.place(item, quantity, customer, reference)
        VendorError: rejected
    2026-11-20 08:35:40.263  purchasing  CRITICAL  two
                                                   lines  order-7
    "#);
}

#[test]
fn levels_services_and_exceptions_have_colours() {
    let text = coloured(LineStart::DateTime, None, &order());
    assert_snapshot!(text.escape_debug().to_string().replace("\\n", "\n"), @r#"
    \u{1b}[2m2026-11-20 08:35:39.100\u{1b}[0m  \u{1b}[36mpurchasing\u{1b}[0m  \u{1b}[32mINFO\u{1b}[0m      check availability for 1000 widgets  \u{1b}[2morder-7\u{1b}[0m
    \u{1b}[2m2026-11-20 08:35:39.186\u{1b}[0m  \u{1b}[35minventory \u{1b}[0m  \u{1b}[2mDEBUG\u{1b}[0m     uid=6f1a4e0e; [48, 0.0047s] check avails for WIDGET-1 x 1000; [49, 0.0182s] stock=5000; [51, 0.0184s] reserved  \u{1b}[2morder-7\u{1b}[0m
    \u{1b}[2m2026-11-20 08:35:39.201\u{1b}[0m  \u{1b}[34mordering  \u{1b}[0m  \u{1b}[1m\u{1b}[31mERROR\u{1b}[0m     \u{1b}[31mvendor order failed, attempt 1\u{1b}[0m  \u{1b}[2morder-7\u{1b}[0m
        \u{1b}[2mTraceback (most recent call last):\u{1b}[0m
        \u{1b}[2m  File \"/srv/shop/ordering.py\", line 42, in order\u{1b}[0m
        \u{1b}[2m    vendor.place(item, quantity, customer, reference)\u{1b}[0m
        \u{1b}[2mVendorError: rejected\u{1b}[0m
    \u{1b}[2m2026-11-20 08:35:40.263\u{1b}[0m  \u{1b}[36mpurchasing\u{1b}[0m  \u{1b}[1m\u{1b}[7m\u{1b}[31mCRITICAL\u{1b}[0m  \u{1b}[31mtwo\u{1b}[0m
                                                   \u{1b}[31mlines\u{1b}[0m  \u{1b}[2morder-7\u{1b}[0m
    "#);
}

#[test]
fn control_characters_of_senders_are_escaped() {
    let evil = "\u{1b}[2J\u{1b}]0;owned\u{7}\u{9b}31m \u{202e}gnp.exe\r\nnext\tline";
    let mut record = record("39.1", evil, evil, evil);
    for field in ["exc_text", "stack_info", "log_uid"] {
        record[field] = json!(evil.to_owned() + field);
    }
    for start in [LineStart::DateTime, LineStart::Offset("2026-11-20T08:35:39Z".parse().unwrap())] {
        for width in [None, Some(60), Some(200)] {
            let text = strip_str(&coloured(start, width, std::slice::from_ref(&record))).to_string();
            let is_control = |character: &char| {
                *character != '\n' && super::visible(&character.to_string()) != character.to_string()
            };
            assert_eq!(text.chars().find(is_control), None, "{text:?}");
            assert!(text.contains(r"\x1b[2J\x1b]0;owned\x07\x9b31m"), "{text}");
        }
    }
    assert_snapshot!(since(None, &[record]), @r#"
    08:35:39.100000       +0.0 ms  \x1b[2J\x1b]0;owned\x07\x9b31m \u202egnp.exe\r\nnext    line  \x1b[2J\x1b]0;owned\x07\x9b31m \u202egnp.exe\r\nnext    line  \x1b[2J\x1b]0;owned\x07\x9b31m \u202egnp.exe
                                                                                                                                                               next    line
                                       \x1b[2J\x1b]0;owned\x07\x9b31m \u202egnp.exe
                                       next    lineexc_text
                                       \x1b[2J\x1b]0;owned\x07\x9b31m \u202egnp.exe
                                       next    linestack_info
    "#);
}

#[test]
fn a_record_may_be_anything() {
    let odd =
        [json!({}), json!(7), json!({"time": 5, "service": ["a"], "levelname": {}, "levelno": 45, "message": 1.5})];
    assert_snapshot!(since(None, &odd), @r#"
    -  -  -         
    -  -  -         
    -  │ ● ["a"]  {}        1.5
    "#);
}

#[test]
fn a_new_day_is_shown() {
    let mut records = order();
    records[3]["time"] = json!("2026-11-21T00:00:00Z");
    assert_snapshot!(since(None, &records), @r#"
    08:35:39.100000       +0.0 ms  ●     purchasing  INFO      check availability for 1000 widgets
    08:35:39.186260      +86.3 ms  │ ●   inventory   DEBUG     uid=6f1a4e0e; [48, 0.0047s] check avails for WIDGET-1 x 1000; [49, 0.0182s] stock=5000; [51, 0.0184s] reserved
    08:35:39.201314     +101.3 ms  │ │ ● ordering    ERROR     vendor order failed, attempt 1
                                   │ │ │     Traceback (most recent call last):
                                   │ │ │       File "/srv/shop/ordering.py", line 42, in order
                                   │ │ │         vendor.place(item, quantity, customer, reference)
                                   │ │ │     VendorError: rejected
    2026-11-21
    00:00:00.000000  +15 h 24 min  ● │ │ purchasing  CRITICAL  two
                                   │ │ │                       lines
    "#);
}

#[test]
fn many_services_have_colours_alone() {
    let records: Vec<Value> = (0..10).map(|number| record("39.5", &format!("s{number}"), "INFO", "x")).collect();
    assert_snapshot!(since(None, &records), @r#"
    08:35:39.500000     +400.0 ms  s0  INFO      x
    08:35:39.500000     +400.0 ms  s1  INFO      x
    08:35:39.500000     +400.0 ms  s2  INFO      x
    08:35:39.500000     +400.0 ms  s3  INFO      x
    08:35:39.500000     +400.0 ms  s4  INFO      x
    08:35:39.500000     +400.0 ms  s5  INFO      x
    08:35:39.500000     +400.0 ms  s6  INFO      x
    08:35:39.500000     +400.0 ms  s7  INFO      x
    08:35:39.500000     +400.0 ms  s8  INFO      x
    08:35:39.500000     +400.0 ms  s9  INFO      x
    "#);
}
