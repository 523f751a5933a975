//! Messages as `CPython` renders them, messages that only `CPython` can render, and messages that must be refused.

use std::time::{Duration, Instant};

use proptest::prelude::*;
use proptest::sample::select;
use serde_json::Value;

use super::format;
use crate::python::{Literal, parse};

/// Output of `CPython` 3.11.7, one case a line: a template, the `repr` of a record's `args`, and the result of the
/// record's `getMessage`, or null if it raises.
const PYTHON_311: &str = include_str!("../fixtures/printf_py311.jsonl");

fn message(template: &str, args: &str) -> Option<String> {
    format(template, &parse(args)?).map(String::from)
}

#[test]
fn messages_are_those_of_cpython() {
    for line in PYTHON_311.lines() {
        let case: Value = serde_json::from_str(line).unwrap();
        let [template, args] = ["template", "args"].map(|name| case[name].as_str().unwrap());
        let literal = parse(args).unwrap_or_else(|| panic!("not read: {args}"));
        let message = format(template, &literal);
        assert_eq!(message.as_deref(), case["message"].as_str(), "{template:?} % {args}");
    }
}

#[test]
fn a_repr_reads_back() {
    for line in PYTHON_311.lines() {
        let case: Value = serde_json::from_str(line).unwrap();
        let args = case["args"].as_str().unwrap();
        let nested = format!("({args}, 0)");
        assert_eq!(message("%r%.0d", &nested).as_deref(), Some(format!("{args}0").as_str()));
    }
}

#[test]
fn an_opaque_object_prints_only_as_its_repr() {
    #[rustfmt::skip]
    let cases = [
        ("%s", "(Decimal('1.5'),)", None),
        ("%d", "(Decimal('1.5'),)", None),
        ("%r", "(Decimal('1.5'),)", Some("Decimal('1.5')")),
        ("%-18r|", "(Decimal('1.5'),)", Some("Decimal('1.5')    |")),
        ("%a", "(<Stück>,)", Some("<St\\xfcck>")),
        ("%s", "([Decimal('1.5')],)", Some("[Decimal('1.5')]")),
        ("%d %r", "(1, <Foo object at 0x7f1c>)", Some("1 <Foo object at 0x7f1c>")),
        ("%(n)d", "{'n': 1, 'at': datetime.datetime(2026, 11, 20, 9, 0)}", Some("1")),
        ("%(at)s", "{'n': 1, 'at': datetime.datetime(2026, 11, 20, 9, 0)}", None),
        // A lone surrogate is not a Rust character.
        ("%s", r"('\udc80',)", None),
        ("%r", r"('\udc80',)", Some(r"'\udc80'")),
        ("%c", "(55296,)", None),
        // Not split as Python would: the number of arguments shows it.
        ("%r", "(Foo 1, 2,)", None),
    ];
    for (template, args, expected) in cases {
        assert_eq!(message(template, args).as_deref(), expected, "{template:?} % {args}");
    }
}

#[test]
fn args_may_be_built_by_hand() {
    let args = Literal::Tuple(vec![Literal::BigInt("18446744073709551615".into()), Literal::Text("WIDGET-1".into())]);
    assert_eq!(format("%d x %s", &args).as_deref(), Some("18446744073709551615 x WIDGET-1"));
    // A caller may build these, but the parser does not.
    for unsound in ["", "-", "1.5", "१"] {
        assert_eq!(format("%d", &Literal::Tuple(vec![Literal::BigInt(unsound.into())])), None);
    }
    assert_eq!(format("%s", &Literal::Opaque("Foo()")), None);
    let deep = (0..1_000).fold(Literal::None, |inner, _| Literal::List(vec![inner]));
    assert_eq!(format("%s", &deep), None);
}

#[test]
fn large_messages_are_refused() {
    let nines = "9".repeat(4_300);
    let cases = [
        ("%10000d".to_owned(), "(1,)".to_owned(), Some(10_000)),
        ("%.10000d".to_owned(), "(1,)".to_owned(), Some(10_000)),
        ("%10001d".to_owned(), "(1,)".to_owned(), None),
        ("%1000000000d".to_owned(), "(1,)".to_owned(), None),
        ("%99999999999999999999d".to_owned(), "(1,)".to_owned(), None),
        ("%.1000000000f".to_owned(), "(1,)".to_owned(), None),
        ("%*d".to_owned(), "(1000000000, 1)".to_owned(), None),
        ("%.*d".to_owned(), "(-9223372036854775808, 1)".to_owned(), None),
        ("%d".to_owned(), format!("({nines},)"), Some(4_300)),
        ("%d".to_owned(), format!("({nines}9,)"), None),
        ("%s".to_owned(), format!("('{}',)", "x".repeat(1_000_000)), Some(1_000_000)),
        ("%(a)s%(a)s".to_owned(), format!("{{'a': '{}'}}", "x".repeat(600_000)), None),
    ];
    for (template, args, expected) in cases {
        let len = message(&template, &args).map(|message| message.len());
        assert_eq!(len, expected, "{template}");
    }
}

#[test]
fn hostile_templates_take_bounded_time() {
    let entries: Vec<_> = (0..50_000).map(|n| format!("'{n}': {n}")).collect();
    let wide = format!("{{{}}}", entries.join(", "));
    let long = format!("{{'text': '{}', 'int': {}, 'float': 1e300}}", "é".repeat(400_000), "9".repeat(4_300));
    let started = Instant::now();
    for (conversion, args) in [
        ("%(0)s", &wide),
        ("%(none)s", &wide),
        ("%(text).0s", &long),
        ("%(text).0r", &long),
        ("%(text)9999s", &long),
        ("%(int)x", &long),
        ("%(float).9999f", &long),
        ("%(float).9999g", &long),
        ("%(", &long),
        ("%%", &long),
    ] {
        let template = conversion.repeat((1 << 20) / conversion.len());
        let length = message(&template, args).map_or(0, |message| message.len());
        assert!(length <= 1 << 20, "{conversion}");
    }
    assert!(started.elapsed() < Duration::from_secs(20), "{:?}", started.elapsed());
}

/// Texts that are almost valid.
fn near_miss(words: &'static [&'static str]) -> impl Strategy<Value = String> {
    prop::collection::vec(select(words), 0..24).prop_map(|words| words.concat())
}

const CONVERSIONS: &[&str] = &[
    "%", "%s", "%d", "%(", "a", ")", "(a)", "-", "+", " ", "#", "0", "*", ".", "12", "99999", "l", "s", "r", "a", "d",
    "x", "X", "o", "e", "f", "g", "G", "c", "é",
];
const VALUES: &[&str] = &[
    "(",
    ")",
    ",)",
    "[",
    "]",
    "{",
    "}",
    ",",
    ", ",
    ": ",
    "'a'",
    "'a': ",
    "\"",
    "'",
    "\\",
    "\\x",
    "\\u00e9",
    "b'",
    "1",
    "-",
    "0",
    "1.5",
    "e+16",
    "None",
    "True",
    "nan",
    "inf",
    "set()",
    "<",
    ">",
    "Foo",
    "é",
    "\n",
    "99999999999999999999",
];

proptest! {
    #[test]
    fn no_text_makes_it_panic(template: String, args: String) {
        let _ = message(&template, &args);
    }

    #[test]
    fn no_near_miss_makes_it_panic(template in near_miss(CONVERSIONS), args in near_miss(VALUES)) {
        for args in [args.clone(), format!("({args},)"), format!("{{'a': {args}}}")] {
            let _ = message(&template, &args);
        }
    }
}
