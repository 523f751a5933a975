//! The line that stands for a record without a message: that of its exception, or its fields as logfmt has them.

use super::attribute::{Attribute, RESERVED};
use super::bounded::beginning;
use super::elements::{Element, Elements};
use super::exception;
use super::meaning::Meaning;
use super::names::Name;
use super::vocabulary::Vocabulary;

/// How long the line may become before no more fields are added, in bytes. The last value is cut.
const MAX_BYTES: usize = 256;
/// How deep objects may be in each other for their fields to be shown.
const MAX_DEPTH: usize = 4;
/// What ends a line that does not show all fields.
const CUT: &str = "…";

/// Returns the line for a record: what its exception says, else its own fields, else all its fields. Python's own fields
/// say nothing that a missing message leaves out.
pub(super) fn of(elements: &[u8], vocabulary: &Vocabulary, is_pythons: bool) -> String {
    let exception = of_exception(elements);
    if !exception.is_empty() {
        return exception;
    }
    let line = of_own_fields(elements, vocabulary);
    if line.is_empty() && !is_pythons { of_all_fields(elements) } else { line }
}

/// Returns the line of an exception that says what happened; empty without one.
pub(super) fn of_exception(elements: &[u8]) -> String {
    let mut fields = Elements { rest: elements };
    let exception = fields.find(|element| element.name == Attribute::ExcText.name().as_bytes());
    let text = exception.and_then(|exception| str::from_utf8(exception.text()?).ok());
    let mut line = Line::default();
    if let Some(headline) = text.and_then(exception::headline) {
        line.push(headline);
    }
    line.text
}

/// Returns the line of a record's own fields: `action=login user.name=alice`. Fields with another meaning, such as the time
/// or an id, are left out.
fn of_own_fields(elements: &[u8], vocabulary: &Vocabulary) -> String {
    line(elements, &|name| !is_known(name, vocabulary))
}

/// Returns the line of all fields that a sender wrote.
fn of_all_fields(elements: &[u8]) -> String {
    let is_shown = |name: &str| !RESERVED.contains(&name);
    // An attribute is mostly derived from one of the fields.
    let line_of_fields = line(elements, &|name| is_shown(name) && Attribute::named(name).is_none());
    if line_of_fields.is_empty() { line(elements, &is_shown) } else { line_of_fields }
}

fn line(elements: &[u8], is_shown: &dyn Fn(&str) -> bool) -> String {
    let mut line = Line::default();
    for element in (Elements { rest: elements }) {
        if str::from_utf8(element.name).is_ok_and(is_shown) {
            line.add("", &element, 1);
        }
    }
    line.text
}

/// Returns whether a name means something else than the record's own data.
fn is_known(name: &str, vocabulary: &Vocabulary) -> bool {
    let name = Name::of(name);
    let has_role = |meaning: &Meaning| meaning.is_candidate() || !meaning.roles.is_empty();
    Attribute::named(name.text).is_some()
        || RESERVED.contains(&name.text)
        || vocabulary.meaning(name).is_some_and(has_role)
        || vocabulary.spelled(name).is_some_and(has_role)
}

#[derive(Default)]
struct Line {
    text: String,
    is_cut: bool,
}

impl Line {
    /// Adds a field, or the fields of an object or array under their paths.
    fn add(&mut self, outer: &str, element: &Element<'_>, depth: usize) {
        let Ok(name) = str::from_utf8(element.name) else { return };
        if self.is_cut {
            return;
        }
        let path = if outer.is_empty() { name.to_owned() } else { format!("{outer}.{name}") };
        if let Some(inner) = element.inner() {
            if depth < MAX_DEPTH {
                inner.for_each(|inner| self.add(&path, &inner, depth + 1));
            }
        } else if let Some(value) = value(element) {
            self.push(&format!("{}{path}={value}", if self.text.is_empty() { "" } else { " " }));
        }
    }

    fn push(&mut self, field: &str) {
        let room = MAX_BYTES - self.text.len();
        self.text.push_str(beginning(field, room));
        if field.len() > room {
            self.text.push_str(CUT);
            self.is_cut = true;
        }
    }
}

/// Returns a value as logfmt has it: in quotes if it would not be one word; `None` for nothing, and for what is no text.
fn value(element: &Element<'_>) -> Option<String> {
    let Some(text) = element.text() else {
        let boolean = element.is_boolean().then(|| (element.value == [1]).to_string());
        return boolean.or_else(|| element.number());
    };
    let text = beginning(str::from_utf8(text).ok()?, MAX_BYTES);
    let is_plain = |c: char| !(c.is_whitespace() || c.is_control() || matches!(c, '"' | '=' | '\\'));
    if text.chars().all(is_plain) && !text.is_empty() {
        return Some(text.to_owned());
    }
    Some(serde_json::Value::from(text).to_string())
}

#[cfg(test)]
mod tests {
    use super::{MAX_BYTES, Vocabulary, of};
    use crate::{Container, DocumentWriter, FieldSink, Value};

    fn summary(fill: impl FnOnce(&mut DocumentWriter)) -> String {
        let mut document = DocumentWriter::with_capacity(0);
        fill(&mut document);
        of(document.elements(), &Vocabulary::new(vec!["request_id".to_owned()], Vec::new()), false)
    }

    #[test]
    fn fields_make_a_line() {
        let check = |fields: &[(&str, Value<'_>)], expect: &str| {
            let line = summary(|document| fields.iter().for_each(|(name, value)| document.push(name, *value)));
            assert_eq!(line, expect);
        };
        check(&[], "");
        check(&[("sku", Value::Text("W-1")), ("left", Value::Integer(0))], "sku=W-1 left=0");
        check(&[("sku", Value::Null), ("ok", Value::Boolean(true)), ("eur", Value::Float(1.5))], "ok=true eur=1.5");
        check(&[("note", Value::Text("a \"b\"\n")), ("none", Value::Text(""))], r#"note="a \"b\"\n" none="""#);
        // What has another meaning is shown only if there is nothing else.
        let known =
            [("level", Value::Text("info")), ("timestamp", Value::Integer(1)), ("request_id", Value::Text("r"))];
        check(&known, "level=info timestamp=1 request_id=r");
        check(&[known[0], known[1], known[2], ("sku", Value::Text("W-1"))], "sku=W-1");
        check(&[("sent", Value::Text("x"))], "");
        check(&[("sku", Value::Text("W-1")), ("exc_text", Value::Text("X: boom\n\tat a.b(c:1)"))], "X: boom");
        let traceback =
            "Traceback (most recent call last):\n  File \"a.py\", line 1, in f\n    g()\nValueError: bad\nnote";
        check(&[("exc_text", Value::Text(traceback))], "ValueError: bad");
    }

    #[test]
    fn fields_of_objects_have_paths() {
        let line = summary(|document| {
            let _: Result<(), ()> = document.push_container("order", Container::Document, |order| {
                order.push("id", Value::Integer(7));
                order.push_container("lines", Container::Array, |lines| {
                    lines.push("0", Value::Text("W-1"));
                    Ok(())
                })
            });
        });
        assert_eq!(line, "order.id=7 order.lines.0=W-1");
    }

    #[test]
    fn the_line_is_bounded() {
        for text in ["ö".repeat(MAX_BYTES), "\n".repeat(MAX_BYTES)] {
            let line = summary(|document| {
                (0..9).for_each(|number| document.push(&format!("field {number}"), Value::Text(&text)));
            });
            assert!(line.len() <= MAX_BYTES + "…".len() && line.ends_with('…'), "{line}");
        }
    }
}
