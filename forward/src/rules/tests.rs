//! Rules as their users write them, and what they do to records.

use std::sync::Arc;

use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::{Names, Route, Rules};
use crate::event::Event;
use crate::yaml::Node;

const INPUTS: [&str; 2] = ["fluent", "vlogs"];
const OUTPUTS: [&str; 2] = ["stream", "errors"];

fn rules(yaml: &str) -> Result<Rules, String> {
    let node = Node::parse(yaml).map_err(|mistake| mistake.to_string())?;
    Rules::read(&node, Names { inputs: &INPUTS, outputs: &OUTPUTS })
        .map_err(|mistake| format!("{}:{}: {mistake}", mistake.place.line, mistake.place.column))
}

fn event(tag: Option<&str>, fields: Value) -> Event {
    let Value::Object(fields) = fields else { panic!("{fields} is no object") };
    Event {
        input: Arc::from("fluent"),
        tag: tag.map(Arc::from),
        record_id: "r1".to_owned(),
        arrived: "2026-01-02T03:04:05Z".parse().unwrap(),
        fields,
    }
}

/// Applies one rule that drops what its condition holds for.
fn holds(condition: &str, event: &mut Event) -> bool {
    let rules = rules(&format!("[{{if: {{{condition}}}, drop: true}}]"));
    rules.unwrap_or_else(|error| panic!("{condition}: {error}")).apply(event) == Route::Drop
}

#[test]
fn a_condition_holds() {
    #[track_caller]
    fn check(fields: Value, yes: &[&str], no: &[&str]) {
        let mut event = event(Some("shop.cart"), fields);
        for (conditions, expect) in [(yes, true), (no, false)] {
            for condition in conditions {
                assert_eq!(holds(condition, &mut event), expect, "{condition} {event:?}");
            }
        }
    }
    // What the forwarder knows.
    check(
        json!({}),
        &[
            "input: fluent",
            "input: [vlogs, fluent]",
            "tag: 'shop.*'",
            "tag: shop.cart",
            "tag: 'shop.**'",
            "tag: /cart$/",
        ],
        &["input: vlogs", "tag: shop", "tag: 'cart.*'", "message: x"],
    );
    // Python's own record, a level by name and number.
    check(
        json!({"name": "urllib3.connectionpool", "levelname": "WARNING", "msg": "Retry %s", "args": [7]}),
        &[
            "logger: 'urllib3.**'",
            "level: WARNING",
            "level: warn",
            "level: 30",
            "level: '>=WARNING'",
            "level: '<ERROR'",
            "level: '!=ERROR'",
            "level: [DEBUG, WARNING]",
            "level: '!=40'",
            "message: Retry 7",
            "message: /^retry \\d/i",
            "levelname: WARNING",
        ],
        &[
            "logger: urllib3",
            "logger: 'urllib3.*.*'",
            "level: '>WARNING'",
            "level: '<30'",
            "level: ERROR",
            "message: /retry/",
        ],
    );
    // Other dialects: the same names.
    check(
        json!({"log.level": "error", "service.name": "checkout", "trace.id": "4bf92f3577b34da6a3ce929d0e0e4736"}),
        &["level: '>=ERROR'", "service: checkout", "log_uid: '4bf9*'", "service: '{checkout,cart}'"],
        &["level: '>ERROR'", "service: check"],
    );
    check(
        json!({"level": 50, "time": 1_700_000_000_000_u64, "msg": "x", "pid": 1, "hostname": "h1"}),
        &["level: ERROR", "host: h1"],
        &["level: CRITICAL"],
    );
    // Nested fields, numbers, texts that are numbers, booleans, lists.
    check(
        json!({"order": {"amount": 1200.5, "lines": [{"sku": "W-1"}], "paid": true}, "n": "1001", "a.b": 1, "tags": ["x", "y"], "none": null}),
        &[
            "order.amount: '>1000'",
            "order.amount: 1200.5",
            "order.lines.0.sku: W-1",
            "order.paid: true",
            "n: '>1000'",
            "n: 1001",
            "n: '=1001'",
            "n: '1001'",
            "a.b: 1",
            "tags: y",
            "tags: [z, x]",
            "none: null",
            "missing: ",
            "order: '*'",
            "n: '!=5'",
            "missing: '!=5'",
            "order.amount: '<=1200.5'",
        ],
        &[
            "order.amount: '>2000'",
            "order.amount: '<1000'",
            "order.paid: false",
            "order.lines.1.sku: W-1",
            "tags: z",
            "missing: '*'",
            "missing: '>0'",
            "none: '*'",
            "n: null",
            "n: '!=1001'",
            "order.amount.x: 1",
        ],
    );
}

#[test]
fn a_record_has_a_route() {
    #[track_caller]
    fn check(yaml: &str, fields: Value, expect: Result<&[usize], &str>) {
        let rules = rules(yaml).unwrap_or_else(|error| panic!("{yaml}: {error}"));
        let route = match rules.apply(&mut event(Some("shop.cart"), fields)) {
            Route::Drop => Err("dropped"),
            Route::To(outputs) => Ok(outputs),
        };
        assert_eq!(route, expect, "{yaml}");
    }
    let both = [0, 1];
    check("[]", json!({}), Ok(&both));
    check("- to: errors", json!({}), Ok(&[1]));
    check("- to: [errors, stream, errors]", json!({}), Ok(&[1, 0]));
    check("- drop: true", json!({}), Err("dropped"));
    check("- {if: {level: '>=ERROR'}, to: [stream, errors]}\n- to: stream", json!({"level": "error"}), Ok(&both));
    check("- {if: {level: '>=ERROR'}, to: [stream, errors]}\n- to: stream", json!({"level": "info"}), Ok(&[0]));
    // Both conditions have to hold; one alternative has to.
    check("- {if: {a: 1, b: 2}, drop: true}", json!({"a": 1}), Ok(&both));
    check("- {if: [{a: 1}, {b: 2}], drop: true}", json!({"a": 1}), Err("dropped"));
    check("- {if: {a: 1}, unless: {b: 2}, drop: true}", json!({"a": 1, "b": 2}), Ok(&both));
    check("- {if: {a: 1}, unless: {b: 2}, drop: true}", json!({"a": 1, "b": 3}), Err("dropped"));
    // A later rule sees what an earlier one changed.
    check("- {if: {a: 1}, set: {level: error}}\n- {if: {level: ERROR}, to: errors}", json!({"a": 1}), Ok(&[1]));
    check("- {remove: a.b}\n- {if: {a.b: null}, to: errors}", json!({"a": {"b": 1, "c": 2}}), Ok(&[1]));
    check("- {if: {drop_me: true}, drop: false, to: stream}", json!({"drop_me": true}), Ok(&[0]));
}

#[test]
fn a_rule_changes_a_record() {
    #[track_caller]
    fn check(rule: &str, fields: Value, expect: &Value) {
        let rules = rules(&format!("- {rule}")).unwrap_or_else(|error| panic!("{rule}: {error}"));
        let mut event = event(Some("shop.cart.eu"), fields);
        rules.apply(&mut event);
        assert_eq!(&Value::Object(event.fields), expect, "{rule}");
    }
    check("set: {env: prod, n: 7, ok: true}", json!({"env": "dev"}), &json!({"env": "prod", "n": 7, "ok": true}));
    check(
        "set: {service: '${tag[1]}', all: 'a ${tag} b'}",
        json!({}),
        &json!({"service": "cart", "all": "a shop.cart.eu b"}),
    );
    // A field alone keeps its type; one that is missing sets nothing, and within a text it is nothing.
    check(
        "set: {copy: '${order.id}', of: '${x}', text: 'x${x}y'}",
        json!({"order": {"id": 7}}),
        &json!({"order": {"id": 7}, "copy": 7, "text": "xy"}),
    );
    check("set: {text: '$${tag}', last: '${tag[9]}'}", json!({}), &json!({"text": "${tag}"}));
    check("set: {was: '${level}'}", json!({"severity": "err"}), &json!({"severity": "err", "was": "ERROR"}));
    check("set: {list: [1, {a: b}]}", json!({}), &json!({"list": [1, {"a": "b"}]}));
    check("remove: [a, b.c, z.z]", json!({"a": 1, "b": {"c": 1, "d": 2}}), &json!({"b": {"d": 2}}));
    check("remove: b.c", json!({"b.c": 1, "b": {"c": 1}}), &json!({"b": {"c": 1}}));
}

#[test]
fn a_mistake_is_told_with_its_place() {
    #[track_caller]
    fn check(yaml: &str, expect: &str) {
        assert_eq!(rules(yaml).map(|_| ()), Err(expect.to_owned()), "{yaml}");
    }
    check("- to: [strem]", "1:8: `strem` is no output of this file; did you mean `stream`?");
    check("- to: xyz", "1:7: `xyz` is no output of this file; known are `stream`, `errors`");
    check("- {if: {input: flunt}, drop: true}", "1:16: `flunt` is no input of this file; did you mean `fluent`?");
    check("- iff: {a: 1}\n  drop: true", "1:3: `iff` is no part of a rule; did you mean `if`?");
    check("- if: {a: 1}", "1:3: this rule does nothing: it needs `to`, `drop`, `sample`, `set` or `remove`");
    check(
        "- to: stream\n- drop: true",
        "2:3: no record comes to this rule: the rule above it has no conditions and takes them all",
    );
    check("- {sample: 1.5}", "1:12: `sample` is the share that is kept, above 0 and up to 1, such as 0.01; not `1.5`");
    check("- {drop: 1}", "1:10: `drop` is true or false, not `1`");
    check("- {drop: true, to: stream}", "1:20: a rule has `drop` or `to`, not both");
    check("- {to: []}", "1:8: `to` names no output; `drop: true` drops records");
    check("- {if: {level: '>=ERORR'}, drop: true}", "1:16: `ERORR` is no level; did you mean `ERROR`?");
    check("- {if: {a: '>b'}, drop: true}", "1:12: `b` is no number to compare with; `/^>b/` is the text");
    check("- {if: {a: '/(/'}, drop: true}", "1:12: `(` is no regular expression: unclosed group");
    check("- {if: {a: '/x/g'}, drop: true}", "1:12: `g` is no flag of a regular expression; known is only `i`");
    check("- {if: {a: []}, drop: true}", "1:12: the list is empty: no record can match");
    check(
        "- {if: {a: {b: 1}}, drop: true}",
        "1:12: a test is a text, a number or a list; write nested names with dots: `order.amount`",
    );
    check("- {if: yes please, drop: true}", "1:8: a condition is a map of names and values, not `yes please`");
    check("- {set: {a: '${tag'}}", "1:13: `${tag` has `${` without `}`; `$${` stands for the text `${`");
    check("- {set: {a: '${tag[x]}'}}", "1:13: `${tag[x]}` has no number between [ and ], such as `${tag[1]}`");
    check("- {set: {a: }}", "1:11: `a` has no value; `remove: [a]` removes it");
    check("- {set: {tag: x}}", "1:10: `tag` is not a field of the record, so no rule can set it");
    check("to: stream", "1:1: rules are a list, not a map: begin each with `- `");
}

#[test]
fn rules_that_look_at_no_record_pass_all_through() {
    fn check(yaml: &str, expect: Option<&[usize]>) {
        assert_eq!(rules(yaml).unwrap().pass_through(), expect, "{yaml}");
    }
    check("[]", Some(&[0, 1]));
    check("- to: [errors]", Some(&[1]));
    check("- drop: true", Some(&[]));
    check("- {if: {a: 1}, drop: true}", None);
    check("- {set: {a: 1}, to: stream}", None);
    check("- {sample: 0.5}", None);
}

#[test]
fn a_sample_keeps_whole_transactions() {
    let rules = rules("- {if: {service: checkout}, sample: 0.1}").unwrap();
    let is_kept = |uid: &str, service: &str, record_id: String| {
        let mut event = event(None, json!({"log_uid": uid, "service": service}));
        event.record_id = record_id;
        rules.apply(&mut event) != Route::Drop
    };
    let mut kept = 0;
    for number in 0..2_000 {
        let uid = format!("uid-{number}");
        let first = is_kept(&uid, "checkout", String::new());
        assert_eq!(is_kept(&uid, "checkout", number.to_string()), first, "{uid}");
        assert!(is_kept(&uid, "cart", String::new()));
        kept += usize::from(first);
    }
    assert!((150..250).contains(&kept), "{kept}");
    // Without a uid, the record's own identity decides.
    let kept = (0..2_000).filter(|number| is_kept("", "checkout", format!("r{number}"))).count();
    assert!((150..250).contains(&kept), "{kept}");
}

fn any_value() -> impl Strategy<Value = Value> {
    let scalar = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
    ];
    scalar.prop_recursive(3, 16, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map("[a-z.]{0,6}", inner, 0..4)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn any_record_has_a_route(
        fields in prop::collection::btree_map(
            prop_oneof!["[a-z.]{0,6}", Just("level".to_owned()), Just("name".to_owned()), Just("message".to_owned())],
            any_value(),
            0..8,
        ),
    ) {
        let rules = rules(
            "- {if: {level: '>=ERROR', a: '>3'}, set: {b: '${a.b}x${c}', c: '${d}'}}\n- {if: {logger: 'x.**'}, drop: true}\n- {if: {message: /x/}, sample: 0.5}\n- {remove: [a.b, c]}\n- {to: stream}",
        ).unwrap();
        let fields: Map<String, Value> = fields.into_iter().collect();
        let mut event = event(None, json!({}));
        event.fields = fields;
        let again = event.clone();
        let route = rules.apply(&mut event);
        prop_assert!(matches!(route, Route::Drop | Route::To([0])));
        prop_assert_eq!(rules.apply(&mut again.clone()), route);
    }
}
