use std::collections::HashSet;

use bson::spec::BinarySubtype;
use bson::{Binary, Document, RawDocumentBuf, doc};
use proptest::prelude::*;

use super::{Container, DocumentWriter, FieldSink, MAX_DOCUMENT_BYTES, Name, Value};
use crate::names::numbers;

fn read(writer: DocumentWriter) -> Document {
    let raw = RawDocumentBuf::from_bytes(writer.finish()).unwrap();
    Document::try_from(raw.as_ref()).unwrap()
}

#[test]
fn the_driver_reads_what_was_written() {
    let mut writer = DocumentWriter::with_capacity(0);
    writer.push("null", Value::Null);
    writer.push("yes", Value::Boolean(true));
    writer.push("small", Value::Integer(-1));
    writer.push("large", Value::Integer(1 << 40));
    writer.push("float", Value::Float(0.1));
    writer.push("text", Value::Text("Größe"));
    writer.push("", Value::Text(""));
    let list = writer.begin("list", Container::Array);
    writer.push("0", Value::Integer(1));
    let inner = writer.begin("1", Container::Document);
    writer.push("a.b", Value::Unsigned(7));
    writer.end(inner);
    writer.end(list);
    let expect = doc! {
        "null": null, "yes": true, "small": -1_i32, "large": 1_i64 << 40, "float": 0.1, "text": "Größe", "": "",
        "list": [1_i32, { "a.b": 7_i32 }],
    };
    assert_eq!(read(writer), expect);
}

#[test]
fn integers_past_int64_stay_exact() {
    let mut writer = DocumentWriter::with_capacity(0);
    writer.push("n", Value::Unsigned(u64::MAX));
    assert_eq!(read(writer).get("n").unwrap().to_string(), u64::MAX.to_string());
}

#[test]
fn a_nul_in_a_name_does_not_end_it() {
    let mut writer = DocumentWriter::with_capacity(0);
    writer.push("a\0b", Value::Integer(1));
    assert_eq!(read(writer), doc! { "a\\u0000b": 1_i32 });
}

#[test]
fn a_name_that_comes_twice_gets_a_number() {
    let mut writer = DocumentWriter::with_capacity(0);
    for value in 1..=3 {
        writer.push("a", Value::Integer(value));
    }
    let inner = writer.begin("o", Container::Document);
    writer.push("a", Value::Integer(4));
    writer.push("a", Value::Integer(5));
    writer.end(inner);
    writer.push("a", Value::Integer(6));
    let expect = doc! { "a": 1, "a#2": 2, "a#3": 3, "o": { "a": 4, "a#2": 5 }, "a#4": 6 };
    assert_eq!(read(writer), expect);
}

/// The sender uses the names that numbering would try next.
#[test]
fn no_names_make_numbering_slow() {
    const MANY: usize = 4_000;
    let mut writer = DocumentWriter::with_capacity(0);
    writer.push("a", Value::Null);
    for number in (2..10).chain(MANY..3 * MANY) {
        writer.push(&format!("a#{number}"), Value::Null);
    }
    // Each of these would have been tried against thousands of names. Three are enough to see the numbers.
    for _ in 0..3 {
        writer.push("a", Value::Integer(1));
    }
    let document = read(writer);
    let numbered = document.iter().filter(|(_, value)| value.as_i32() == Some(1));
    let numbers: Vec<usize> = numbered.map(|(name, _)| name[2..].parse().unwrap()).collect();
    // There are 8,009 names. The first free number is a power of two further on.
    assert_eq!(numbers, [12_105, 12_106, 12_107]);
}

/// All numbers of the first two steps are taken. A build without overflow checks once tried them for ever.
#[test]
fn names_that_take_every_number_do_not_stop_the_writer() {
    let mut writer = DocumentWriter::with_capacity(0);
    let few = (2..=8).map(|number: u64| format!("a#{number}"));
    let doubled = (0..u64::BITS).map(|power| format!("a#{}", 72 + (1_u64 << power)));
    let taken: Vec<String> = few.chain(doubled).collect();
    writer.push("a", Value::Null);
    for name in &taken {
        writer.push(name, Value::Null);
    }
    writer.push("a", Value::Integer(1));
    let document = read(writer);
    assert_eq!(document.len(), taken.len() + 2, "no name comes twice");
    assert_eq!(document.iter().last().unwrap().1.as_i32(), Some(1));
}

/// Returns names that take the first `tries` numbers of the name `a`. They count as names of the document themselves.
fn names_in_the_way(own: &HashSet<String>, tries: usize) -> Vec<String> {
    let taking = |more: usize| {
        let names = numbers(own.len() + more).take(tries).map(|number| format!("a#{number}"));
        names.filter(|name| !own.contains(name)).collect::<Vec<_>>()
    };
    (0..=tries).rev().map(|more| (more, taking(more))).find(|(more, names)| names.len() == *more).unwrap_or_default().1
}

#[test]
fn numbers_end_and_those_of_another_count_differ() {
    let all = |names| numbers(names).collect::<Vec<_>>();
    assert_eq!(all(0), [vec![2, 3, 4, 5, 6, 7, 8], (0..64).map(|power| 1 << power).collect(), vec![0]].concat());
    // The third step.
    let own = |names| numbers(names).skip(71).collect::<HashSet<_>>();
    assert_eq!(own(72).len(), 73);
    assert!(own(72).is_disjoint(&own(73)));
}

proptest! {
    /// A sender that knows the numbers takes as many of them as it likes.
    #[test]
    fn no_names_stop_the_writer(rounds in prop::collection::vec(0..120_usize, 1..5)) {
        let mut writer = DocumentWriter::with_capacity(0);
        writer.push("a", Value::Null);
        let mut own = HashSet::from(["a".to_owned()]);
        for (round, tries) in rounds.into_iter().enumerate() {
            for name in names_in_the_way(&own, tries) {
                writer.push(&name, Value::Null);
                own.insert(name);
            }
            writer.push("a", Value::Integer(1));
            let document = read(writer.clone());
            prop_assert_eq!(document.len(), own.len() + 1, "no name comes twice in round {}", round);
            own.extend(document.keys().cloned());
        }
    }
}

#[test]
fn a_full_document_takes_nothing_more() {
    let text = "x".repeat(1 << 20);
    let mut writer = DocumentWriter::with_capacity(0);
    let list = |writer: &mut DocumentWriter| {
        for _ in 0..40 {
            writer.push("a", Value::Text(&text));
            let Ok(()) = writer.push_container("b", Container::Document, |writer| {
                writer.push("c", Value::Null);
                Ok::<_, std::convert::Infallible>(())
            });
        }
        Ok::<_, std::convert::Infallible>(())
    };
    let Ok(()) = writer.push_container("list", Container::Array, list);
    assert!(writer.is_full() && writer.len() < MAX_DOCUMENT_BYTES + text.len(), "{}", writer.len());
    assert_eq!(read(writer).get_array("list").unwrap().len(), 31);
}

#[test]
fn written_values_can_be_read() {
    fn check(value: Value<'_>) {
        let mut writer = DocumentWriter::with_capacity(0);
        writer.push("before", Value::Text("x"));
        let offset = writer.push_named(Name::of("field"), value);
        writer.push("after", Value::Text("y"));
        assert_eq!(writer.get(offset), Some(value));
    }
    check(Value::Null);
    check(Value::Boolean(true));
    check(Value::Integer(-7));
    check(Value::Integer(i64::MIN));
    check(Value::Unsigned(u64::MAX));
    check(Value::Float(1.5));
    check(Value::Text(""));
    check(Value::Text("Größe"));
    check(Value::Bytes(b"\x00\xff"));
    check(Value::Bytes(b""));
}

#[test]
fn the_fields_of_another_document_are_appended() {
    let mut other = DocumentWriter::with_capacity(0);
    other.push("b", Value::Bytes(b"\xff"));
    let mut writer = DocumentWriter::with_capacity(0);
    writer.push("a", Value::Integer(1));
    writer.append(&other);
    writer.append(&DocumentWriter::with_capacity(0));
    assert_eq!(read(writer), doc! { "a": 1_i32, "b": Binary { subtype: BinarySubtype::Generic, bytes: vec![0xff] } });
}
