//! Exceptions as libraries write them: text, an object, or a list of lines -> text.

use std::fmt::Write;

use super::document::Value;
use super::field::Field;

/// How many causes of causes are read.
const MAX_CAUSES: usize = 4;
const TYPE: [&str; 6] = ["type", "class", "kind", "errorType", "class_name", "name"];
const MESSAGE: [&str; 5] = ["message", "value", "msg", "errorMessage", "localizedMessage"];
const STACK: [&str; 7] =
    ["stack_trace", "stacktrace", "stack", "traceback", "extendedStackTrace", "backtrace", "trace"];
const CAUSE: [&str; 4] = ["cause", "causedBy", "innerException", "previous"];

/// Returns an exception's text; `None` if the field is none.
pub(super) fn text(field: Field<'_>) -> Option<String> {
    let mut text = String::new();
    write(&mut text, field, 0);
    (!text.is_empty()).then_some(text)
}

fn write(text: &mut String, field: Field<'_>, depth: usize) {
    match field {
        Field::Scalar(Value::Text(line)) => text.push_str(line),
        Field::Scalar(_) => {}
        Field::Array(_) => write_lines(text, field),
        Field::Object(_) => write_object(text, field, depth),
    }
}

fn write_object(text: &mut String, object: Field<'_>, depth: usize) {
    let part = |names: &[&str]| object.first_of(names).and_then(Field::text);
    let head = [part(&TYPE), part(&MESSAGE)];
    let head: Vec<&str> = head.into_iter().flatten().collect();
    let stack = object.first_of(&STACK);
    // A type alone is no exception but some object.
    if head.len() < 2 && stack.is_none() {
        return;
    }
    text.push_str(&head.join(": "));
    if let Some(stack) = stack {
        let before = text.len();
        if !text.is_empty() {
            text.push('\n');
        }
        let start = text.len();
        write(text, stack, MAX_CAUSES);
        if text.len() == start {
            text.truncate(before);
        }
    }
    if let Some(cause) = object.first_of(&CAUSE).filter(|_| depth < MAX_CAUSES) {
        text.push_str("\nCaused by: ");
        write(text, cause, depth + 1);
    }
}

/// Writes the lines of a stack. A frame is a text, or an object as log4j2 writes it.
fn write_lines(text: &mut String, lines: Field<'_>) {
    for (index, (_, line)) in lines.fields().enumerate() {
        if index > 0 {
            text.push('\n');
        }
        match line {
            Field::Object(_) => write_frame(text, line),
            line => text.push_str(line.text().unwrap_or_default()),
        }
    }
}

fn write_frame(text: &mut String, frame: Field<'_>) {
    let part = |names: &[&str]| frame.first_of(names).and_then(Field::text).unwrap_or_default();
    let line = match frame.first_of(&["line", "lineno", "lineNumber"]).and_then(Field::scalar) {
        Some(Value::Integer(line)) => line,
        _ => 0,
    };
    let (class, method) = (part(&["class", "className", "module"]), part(&["method", "methodName", "function"]));
    // Writing to a `String` never fails.
    let _ = write!(text, "\tat {class}.{method}({}:{line})", part(&["file", "fileName", "filename"]));
}
