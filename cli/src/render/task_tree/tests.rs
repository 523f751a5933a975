//! What trees look like.

use anstream::adapter::strip_str;
use insta::assert_snapshot;
use serde_json::value::to_raw_value;
use serde_json::{Value, json};

use super::{MAX_TASKS, TaskTree};

/// Returns a record of a task: milliseconds after the start, service, path, status, message, and more fields.
fn record(ms: u64, service: &str, task: &str, status: &str, message: &str, more: Value) -> Value {
    let mut record = json!({
        "time": format!("2026-11-20T08:35:39.{ms:03}Z"), "service": service, "task": task, "status": status,
        "message": message,
    });
    if let (Value::Object(record), Value::Object(more)) = (&mut record, more) {
        record.extend(more);
    }
    record
}

fn tree(records: &[Value]) -> TaskTree {
    let mut tree = TaskTree::default();
    for record in records {
        tree.add(&to_raw_value(record).unwrap());
    }
    tree
}

fn render(records: &[Value], width: Option<usize>) -> String {
    let text = tree(records).render("2026-11-20T08:35:39Z".parse().unwrap(), width);
    strip_str(&text).to_string()
}

fn order() -> Vec<Value> {
    let took = |ms: f64| json!({ "duration_ms": ms });
    vec![
        record(0, "purchasing", "1", "started", "purchase 1000 of WIDGET-1", json!({})),
        record(1, "purchasing", "1/1", "started", "check availability", json!({})),
        json!({"time": "2026-11-20T08:35:39.002Z", "service": "inventory", "task": "1/1", "message": "no status"}),
        record(20, "purchasing", "1/1", "succeeded", "check availability: succeeded", took(19.2)),
        record(21, "purchasing", "1/2", "started", "order", json!({})),
        record(22, "ordering", "1/2/1/1", "started", "ask the vendor", json!({})),
        record(
            30,
            "ordering",
            "1/2/1/1",
            "failed",
            "ask the vendor: failed",
            json!({"duration_ms": 8.25, "error": "VendorError: order for WIDGET-1 rejected by vendor “Größe & Söhne”"}),
        ),
        record(31, "ordering", "1/2/1/2", "started", "ask the vendor", json!({})),
        record(40, "ordering", "1/2/1/2", "succeeded", "reference VND-007000", took(9.0)),
        record(41, "purchasing", "1/2", "succeeded", "order placed", took(20.5)),
        record(42, "purchasing", "1", "failed", "not\u{1b}[2J paid\nmore", took(42.0)),
        record(50, "billing", "3f9a1c-1", "started", "bill", json!({})),
    ]
}

#[test]
fn tasks_are_below_the_task_that_they_are_part_of() {
    assert_snapshot!(render(&order(), None), @r#"
     +0.0 ms      42.0 ms  purchasing  ✗ purchase 1000 of WIDGET-1: not\x1b[2J paid
     +1.0 ms      19.2 ms  purchasing  ├─ ✓ check availability
    +21.0 ms      20.5 ms  purchasing  └─ ✓ order placed
    +22.0 ms       8.2 ms  ordering       ├─ ✗ ask the vendor: VendorError: order for WIDGET-1 rejected by vendor “Größe & Söhne”
    +31.0 ms       9.0 ms  ordering       └─ ✓ ask the vendor: reference VND-007000
    +50.0 ms               billing     ? bill (no end)
    "#);
}

#[test]
fn long_texts_are_wrapped_beside_the_branches() {
    assert_snapshot!(render(&order(), Some(70)), @r#"
     +0.0 ms      42.0 ms  purchasing  ✗ purchase 1000 of WIDGET-1:
                                       │ not\x1b[2J paid
     +1.0 ms      19.2 ms  purchasing  ├─ ✓ check availability
    +21.0 ms      20.5 ms  purchasing  └─ ✓ order placed
    +22.0 ms       8.2 ms  ordering       ├─ ✗ ask the vendor: VendorError:
                                          │    order for WIDGET-1 rejected by
                                          │    vendor “Größe & Söhne”
    +31.0 ms       9.0 ms  ordering       └─ ✓ ask the vendor: reference
                                               VND-007000
    +50.0 ms               billing     ? bill (no end)
    "#);
}

#[test]
fn an_end_without_a_start_and_a_second_try_are_tasks() {
    let records = [
        record(5, "worker", "1/3", "failed", "ship: failed", json!({"duration_ms": 3, "error": "Timeout"})),
        record(6, "worker", "1/3", "started", "ship", json!({})),
        record(9, "worker", "1/3", "succeeded", "ship: succeeded", json!({"duration_ms": 3})),
        record(9, "worker", "/", "started", "", json!({})),
        record(9, "worker", "2", "paused", "an unknown status", json!({})),
        json!({"task": 7, "status": []}),
        json!(7),
    ];
    assert_snapshot!(render(&records, None), @r#"
    +5.0 ms       3.0 ms  worker  ✗ ship: Timeout
    +6.0 ms       3.0 ms  worker  ✓ ship
    +9.0 ms               worker  ? (no end)
    "#);
}

#[test]
fn a_tree_is_bounded_in_number_and_depth() {
    let records: Vec<Value> =
        (0..MAX_TASKS + 2).map(|number| record(0, "s", &number.to_string(), "started", "x", json!({}))).collect();
    let text = render(&records, None);
    assert!(text.ends_with("\nand 2 tasks more\n"), "{}", &text[text.len() - 100..]);
    let deep: Vec<Value> =
        (1..300).map(|depth| record(0, "s", &vec!["1"; depth].join("/"), "started", "x", json!({}))).collect();
    let widest = render(&deep, None).lines().map(|line| line.chars().count()).max();
    assert!(widest < Some(170), "{widest:?}");
    assert!(tree(&[json!({})]).is_empty());
}
