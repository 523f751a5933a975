//! Conditions in MongoDB's language, and that nothing in them becomes an operator.

use mongodb::bson::{Bson, Document, doc, oid::ObjectId};
use proptest::collection::vec;
use proptest::prelude::*;

use super::{Comparison, Condition, FieldTest, IndexChoice, Literal, Phrase, TextPattern, values_of};
use crate::field_name::FieldName;
use record::{EventTime, LogUid};

fn names(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

fn uid(uid: &str) -> Condition {
    Condition::uid(LogUid::parse(uid).unwrap())
}

fn field(name: &str, test: FieldTest) -> Condition {
    Condition::Field { name: FieldName::parse(name).unwrap(), test }
}

fn is(name: &str, text: &str) -> Condition {
    field(name, FieldTest::OneOf(vec![Literal::Text(text.to_owned())]))
}

fn matching(pattern: &str, ignore_case: bool) -> Condition {
    Condition::Text(TextPattern { pattern: pattern.to_owned(), ignore_case })
}

#[test]
fn a_condition_is_a_document() {
    fn check(condition: &Condition, expect: &Document) {
        assert_eq!(condition.document("log_uid"), *expect, "{condition:?}");
    }
    check(&Condition::everything(), &doc! {});
    check(&Condition::MinLevel(40), &doc! { "levelno": { "$gte": 40_i64 } });
    check(&Condition::Service(names(&["shop"])), &doc! { "service": { "$in": ["shop"] } });
    check(&Condition::Service(names(&["shop", "$ne"])), &doc! { "service": { "$in": ["shop", "$ne"] } });
    check(&Condition::Host(names(&["a"])), &doc! { "fqdn": { "$in": ["a"] } });
    check(&uid(r#"{"$ne":1}"#), &doc! { "log_uid": { "$in": [r#"{"$ne":1}"#, r#"{"$NE":1}"#] } });
    check(&uid("17"), &doc! { "log_uid": { "$in": ["17"] } });
    check(
        &Condition::Logger(names(&["a.b"])),
        &doc! { "$or": [{ "name": "a.b" }, { "name": { "$gte": "a.b.", "$lt": "a.b/" } }] },
    );
    let text = |pattern: &str, options: &str| {
        let regex = doc! { "$regex": pattern, "$options": options };
        doc! { "$or": [{ "message": &regex }, { "exc_text": &regex }, { "exc_info": &regex }] }
    };
    check(&matching(r"50\% \(off\)", true), &text(r"50\% \(off\)", "i"));
    check(&matching("a|b", false), &text("a|b", ""));
    let id = ObjectId::from_bytes([7; 12]);
    check(&Condition::Id(vec![id]), &doc! { "_id": { "$in": [id] } });
    let values = FieldTest::OneOf(vec![Literal::Text("42".to_owned()), Literal::Integer(42)]);
    check(&field("order", values), &doc! { "order": { "$in": ["42", 42_i64] } });
    let others = FieldTest::OneOf(vec![Literal::Float(0.5), Literal::Boolean(true)]);
    check(&field("order", others), &doc! { "order": { "$in": [0.5, true] } });
    let exists = field("order", FieldTest::Exists);
    check(&exists, &doc! { "order": { "$exists": true } });
    check(&Condition::Not(Box::new(exists)), &doc! { "$nor": [{ "order": { "$exists": true } }] });
}

#[test]
fn a_comparison_is_of_one_type() {
    fn check(name: &str, comparison: Comparison, with: &[Literal], expect: &Document) {
        let test = FieldTest::Compare { comparison, with: with.to_vec() };
        assert_eq!(field(name, test).document("log_uid"), *expect, "{name} {comparison:?} {with:?}");
    }
    check("a", Comparison::Greater, &[Literal::Integer(5)], &doc! { "a": { "$gt": 5_i64 } });
    check("a", Comparison::LessOrEqual, &[Literal::Text("b".to_owned())], &doc! { "a": { "$lte": "b" } });
    let time = |micros: i64| EventTime::from_micros(micros).unwrap();
    let date = |millis: i64| mongodb::bson::DateTime::from_millis(millis);
    for (comparison, operator, millis) in [
        (Comparison::Greater, "$gt", 2),
        (Comparison::GreaterOrEqual, "$gte", 3),
        (Comparison::Less, "$lt", 3),
        (Comparison::LessOrEqual, "$lte", 2),
    ] {
        check("a", comparison, &[Literal::Time(time(2_500))], &doc! { "a": { operator: date(millis) } });
    }
    let both = [Literal::Time(time(2_000)), Literal::Text("x".to_owned())];
    let (dates, texts) = (doc! { "a": { "$gte": date(2) } }, doc! { "a": { "$gte": "x" } });
    check("a", Comparison::GreaterOrEqual, &both, &doc! { "$or": [dates, texts] });
    let value = doc! { "$getField": { "field": { "$literal": "a.b" }, "input": "$$ROOT" } };
    let test = |value: Bson| doc! { "$and": [{ "$isNumber": &value }, { "$lt": [&value, { "$literal": 5_i64 }] }] };
    let elements = doc! { "$map": { "input": &value, "as": "one", "in": test("$$one".into()) } };
    let cond = doc! { "$cond": [{ "$isArray": [&value] }, { "$anyElementTrue": [elements] }, test(value.into())] };
    let path = doc! { "a.b": { "$lt": 5_i64 } };
    check("a.b", Comparison::Less, &[Literal::Integer(5)], &doc! { "$or": [path, { "$expr": cond }] });
}

#[test]
fn conditions_hold_together() {
    let both = Condition::MinLevel(30).and(uid("x"));
    let (level, of_x) = (doc! { "levelno": { "$gte": 30_i64 } }, doc! { "log_uid": { "$in": ["x", "X"] } });
    assert_eq!(both.document("log_uid"), doc! { "$and": [&level, &of_x] });
    assert_eq!(both.and(Condition::everything()).document("log_uid"), doc! { "$and": [&level, of_x] });
    assert_eq!(Condition::everything().and(Condition::MinLevel(30)).document("log_uid"), level);
    let nested = Condition::All(vec![Condition::everything(), Condition::everything()]);
    assert_eq!(nested.document("log_uid"), doc! {});
    assert_eq!(Condition::Not(Box::new(nested)).document("log_uid"), doc! { "$nor": [{}] });
}

#[test]
fn a_name_is_a_path_or_a_name_and_never_an_operator() {
    fn is_x(value: &Document) -> Document {
        let x = || doc! { "$literal": ["$x"] };
        let has_x = doc! { "$ne": [{ "$setIntersection": [value, x()] }, []] };
        doc! { "$expr": { "$cond": [{ "$isArray": [value] }, has_x, { "$in": [value, x()] }] } }
    }
    fn named(name: &str) -> Document {
        is_x(&doc! { "$getField": { "field": { "$literal": name }, "input": "$$ROOT" } })
    }
    fn within(path: &str, name: &str) -> Document {
        let value = doc! { "$getField": { "field": { "$literal": name }, "input": path } };
        is_x(&doc! { "$cond": [{ "$eq": [{ "$type": path }, "object"] }, value, "$$REMOVE"] })
    }
    fn check(name: &str, expect: &Document) {
        assert_eq!(is(name, "$x").document("log_uid"), *expect, "{name}");
    }
    check("a.b", &doc! { "$or": [{ "a.b": { "$in": ["$x"] } }, named("a.b")] });
    check("$where", &named("$where"));
    check("a.b.c", &doc! { "$or": [{ "a.b.c": { "$in": ["$x"] } }, named("a.b.c"), within("$a", "b.c")] });
    check("a.$ne", &doc! { "$or": [named("a.$ne"), within("$a", "$ne")] });
    check("a[$ne]", &doc! { "a[$ne]": { "$in": ["$x"] } });
    check(".", &named("."));
    check("a..b", &doc! { "$or": [named("a..b"), within("$a", ".b")] });
    let value = doc! { "$getField": { "field": { "$literal": "$where" }, "input": "$$ROOT" } };
    assert_eq!(
        field("$where", FieldTest::Exists).document("log_uid"),
        doc! { "$expr": { "$ne": [{ "$type": value }, "missing"] } }
    );
    assert_eq!((FieldName::parse(""), FieldName::parse("a\0b")), (None, None));
}

#[test]
fn the_values_of_a_field_are_those_of_all_its_places() {
    fn check(name: &str, places: &[Bson]) {
        let list = |value: &Bson| {
            let is_missing = doc! { "$eq": [{ "$type": value }, "missing"] };
            doc! { "$cond": [{ "$isArray": [value] }, value, { "$cond": [is_missing, [], [value]] }] }
        };
        let lists: Vec<Document> = places.iter().map(list).collect();
        assert_eq!(values_of(&FieldName::parse(name).unwrap()), doc! { "$setUnion": lists }, "{name}");
    }
    let named = |name: &str| Bson::from(doc! { "$getField": { "field": { "$literal": name }, "input": "$$ROOT" } });
    check("a", &["$a".into()]);
    check("a.b", &["$a.b".into(), named("a.b")]);
    check("$where", &[named("$where")]);
}

#[test]
fn errors_and_transactions_have_an_index() {
    fn check(parts: &[Condition], index: IndexChoice, is_direct: bool) {
        let condition = Condition::All(parts.to_vec());
        assert_eq!((condition.index(), condition.is_direct()), (index, is_direct), "{condition:?}");
    }
    let (error, text) = (Condition::MinLevel(40), matching("x", true));
    check(&[], IndexChoice::Ids, true);
    check(std::slice::from_ref(&error), IndexChoice::Errors, true);
    check(&[Condition::MinLevel(50), text.clone()], IndexChoice::Errors, true);
    check(&[Condition::MinLevel(30)], IndexChoice::Ids, false);
    check(&[uid("x")], IndexChoice::Ids, true);
    check(&[uid("x"), error.clone()], IndexChoice::Ids, true);
    check(&[text], IndexChoice::Ids, false);
    check(&[Condition::Id(Vec::new()), error.clone()], IndexChoice::Ids, false);
    check(&[Condition::Not(Box::new(error.clone()))], IndexChoice::Ids, false);
    assert_eq!(error.index(), IndexChoice::Errors);
}

/// The operators that conditions use.
const OPERATORS: [&str; 24] = [
    "$and",
    "$anyElementTrue",
    "$cond",
    "$eq",
    "$exists",
    "$expr",
    "$getField",
    "$gt",
    "$gte",
    "$in",
    "$isArray",
    "$isNumber",
    "$jsonSchema",
    "$literal",
    "$lt",
    "$lte",
    "$map",
    "$ne",
    "$nor",
    "$options",
    "$or",
    "$regex",
    "$setIntersection",
    "$type",
];

/// Checks that a value has no other operator, and that an expression in it reads nothing but fields.
fn check_value(value: &Bson, is_expression: bool) -> Result<(), TestCaseError> {
    match value {
        Bson::Document(document) => document.iter().try_for_each(|(name, value)| {
            prop_assert!(!name.starts_with('$') || OPERATORS.contains(&name.as_str()), "{name} in {document}");
            if name == "$literal" { Ok(()) } else { check_value(value, is_expression || name == "$expr") }
        }),
        Bson::Array(values) => values.iter().try_for_each(|value| check_value(value, is_expression)),
        Bson::String(text) if is_expression && !["$$ROOT", "$$REMOVE", "$$one"].contains(&text.as_str()) => {
            let is_path = |path: &str| path.split('.').all(|name| !name.is_empty() && !name.starts_with('$'));
            prop_assert!(text.strip_prefix('$').is_none_or(is_path), "{text}");
            Ok(())
        }
        _ => Ok(()),
    }
}

fn any_text() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>(),
        "[$.a]{0,6}",
        Just("$where".to_owned()),
        Just("$function".to_owned()),
        Just("a.$ne".to_owned()),
        Just(r#"{"$gt":""}"#.to_owned()),
    ]
}

fn any_condition() -> impl Strategy<Value = Condition> {
    let literal = prop_oneof![
        any_text().prop_map(Literal::Text),
        any::<i64>().prop_map(Literal::Integer),
        any::<bool>().prop_map(Literal::Boolean),
        any::<i32>().prop_filter_map("no time", |seconds| EventTime::from_millis(seconds.into()).map(Literal::Time)),
    ]
    .boxed();
    let comparison = prop_oneof![
        Just(Comparison::Greater),
        Just(Comparison::GreaterOrEqual),
        Just(Comparison::Less),
        Just(Comparison::LessOrEqual)
    ];
    let compare =
        (comparison, vec(literal.clone(), 1..3)).prop_map(|(comparison, with)| FieldTest::Compare { comparison, with });
    let test = prop_oneof![Just(FieldTest::Exists), vec(literal, 0..3).prop_map(FieldTest::OneOf), compare];
    let field = (any_text(), test)
        .prop_filter_map("no name", |(name, test)| Some(Condition::Field { name: FieldName::parse(&name)?, test }))
        .boxed();
    let uid = any_text().prop_filter_map("no uid", |uid| LogUid::parse(&uid).ok().map(Condition::uid));
    let part = prop_oneof![
        field.clone(),
        field.prop_map(|field| Condition::Not(Box::new(field))),
        uid,
        any_text().prop_map(|text| Condition::Phrase(Phrase::parse(&text, Vec::new()))),
        vec(any_text(), 1..3).prop_map(Condition::Service),
        vec(any_text(), 1..3).prop_map(Condition::Host),
        vec(any_text(), 1..3).prop_map(Condition::Logger),
        (any_text(), any::<bool>())
            .prop_map(|(pattern, ignore_case)| Condition::Text(TextPattern { pattern, ignore_case })),
    ];
    vec(part, 0..4).prop_map(Condition::All)
}

proptest! {
    #[test]
    fn nothing_in_a_condition_becomes_an_operator(condition in any_condition()) {
        check_value(&condition.document("log_uid").into(), false)?;
    }
}
