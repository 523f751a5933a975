//! Exceptions as libraries write them: text, an object, or a list of lines, frames or exceptions -> text.

use std::fmt::Write;

use super::blank::says_nothing;
use super::field::Field;
use super::frames::{PYTHON_FRAME, are_frames, are_of_another, has_frames, is_frame, is_frames_line};
use super::spelling::spelling;
use super::value::Value;

/// How many causes of causes are read.
const MAX_CAUSES: usize = 4;
/// How deep the objects of one exception are in each other: Sentry's `values`, `stacktrace`, `frames`.
const MAX_DEPTH: usize = 3 * MAX_CAUSES;
const TYPE: [&str; 9] =
    ["type", "exc_type", "exceptionType", "class", "className", "kind", "errorType", "typeName", "name"];
/// The type of an error as only Lambda's runtimes write it.
const LAMBDAS_TYPE: [&str; 1] = ["errorType"];
const MESSAGE: [&str; 6] = ["message", "exc_value", "value", "msg", "errorMessage", "localizedMessage"];
const CODE: [&str; 2] = ["code", "errorCode"];
const STACK: [&str; 11] = [
    "stack_trace",
    "stacktrace",
    "stack",
    "stackTraceString",
    "traceback",
    "extendedStackTrace",
    "backtrace",
    "trace",
    "frames",
    // logback's own encoder.
    "stepArray",
    "errorVerbose",
];
const CAUSE: [&str; 5] = ["cause", "causedBy", "innerException", "innerExceptions", "previous"];
/// The exceptions of a group: structlog's, and pino's of an `AggregateError`.
const MEMBERS: [&str; 2] = ["exceptions", "aggregateErrors"];
/// Those of Node.js's own. In other objects, `errors` may be anything.
const NODES_GROUP: &str = "AggregateError";
const NODES_MEMBERS: [&str; 1] = ["errors"];
/// How many of them are read.
const MAX_MEMBERS: usize = 16;
/// Objects that hold nothing but an exception, or a list of them.
const WRAPPING: [&str; 2] = ["exception", "values"];
/// What stands between an exception and its cause.
const CAUSED_BY: &str = "\nCaused by: ";
pub(super) const TRACEBACK: &str = "Traceback (most recent call last):\n";
/// What the names of exceptions end with where nothing else tells that they are.
const CLASSES: [&str; 2] = ["Error", "Exception"];
/// What begins the stack of the place where a record was written.
const WRITTEN_AT: &str = "Stack (most recent call last)";
/// What Python writes for the exception that there is not.
const NO_EXCEPTION: &str = "NoneType: None";

/// Returns an exception's text; `None` if the field is none.
pub(super) fn text(field: Field<'_>) -> Option<String> {
    let mut text = String::new();
    write(&mut text, field, MAX_DEPTH);
    let is_exception = !text.trim().is_empty() && text.trim() != NO_EXCEPTION;
    is_exception.then_some(text)
}

/// What fields with a stack are called, in small letters and without separators, best first.
const STACK_FIELDS: [(&str, StackField); 18] = [
    ("stacktrace", StackField::Stack),
    ("backtrace", StackField::Stack),
    ("traceback", StackField::Stack),
    ("errorstack", StackField::Stack),
    ("errorstacktrace", StackField::Stack),
    ("errortraceback", StackField::Stack),
    ("errorbacktrace", StackField::Stack),
    ("errortrace", StackField::Stack),
    ("errstack", StackField::Stack),
    ("exceptionstack", StackField::Stack),
    ("exceptionstacktrace", StackField::Stack),
    ("exceptionbacktrace", StackField::Stack),
    ("exceptiontrace", StackField::Stack),
    ("exctraceback", StackField::Stack),
    ("stacktracestring", StackField::Stack),
    ("stack", StackField::Place),
    ("tb", StackField::Frames),
    ("trace", StackField::Frames),
];

/// What a field with the name of a stack has to be to be one.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum StackField {
    /// Anything.
    Stack,
    /// A text with a place in the code. `stack` may be a pile of anything.
    Place,
    /// A text with frames. `trace` may be an id.
    Frames,
}

impl StackField {
    /// Returns the stack; `None` if the field is none.
    pub(super) fn text(self, field: Field<'_>) -> Option<String> {
        let is_stack = |text: &String| match (self, field) {
            (Self::Stack, _) => true,
            (Self::Place, _) => is_frames_line(text),
            (Self::Frames, Field::Array(_)) => are_frames(text),
            (Self::Frames, _) => has_frames(text) || are_of_another(text),
        };
        text(field).filter(|text| !says_nothing(text)).filter(is_stack)
    }
}

/// Returns what a field of that spelling has to be to be a stack, and how good it is: the lowest is best. `None` if its name
/// is no stack's.
pub(super) fn stack_field(spelling: &str) -> Option<(usize, StackField)> {
    let position = STACK_FIELDS.iter().position(|(known, _)| *known == spelling)?;
    Some((position, STACK_FIELDS[position].1))
}

/// Returns whether a field of that name holds a stack, if it holds an exception.
pub(super) fn is_stack_name(name: &str) -> bool {
    spelling(name).is_some_and(|name| stack_field(&name).is_some())
}

/// Returns a stack with the error that it is of. Python writes the error last, the others first.
pub(super) fn with_headline(stack: &str, error: &str) -> String {
    let is_pythons = [TRACEBACK, PYTHON_FRAME].iter().any(|start| stack.starts_with(start));
    if stack.contains(error) {
        stack.to_owned()
    } else if is_pythons {
        format!("{}\n{error}", stack.trim_end())
    } else {
        format!("{error}\n{stack}")
    }
}

/// Returns the text of a list of an exception's class and message, as Rails writes it: `["RuntimeError", "bad card"]`.
fn class_and_message(list: Field<'_>) -> Option<String> {
    let mut items = list.items();
    let (class, message) = (items.next()?.text()?, items.next()?.text()?);
    let is_name = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b':');
    // Any other word may be the first line of a text.
    let is_class = class.contains("::") || CLASSES.iter().any(|end| class.ends_with(end));
    let is_class = is_class && class.bytes().all(is_name);
    (is_class && items.next().is_none() && !is_frame(message) && !are_frames(message))
        .then(|| format!("{class}: {message}"))
}

/// Returns whether a text is an exception with its stack. structlog and Python write where a record was written in the same
/// way.
pub(super) fn is_thrown(text: &str) -> bool {
    !text.starts_with(WRITTEN_AT) && has_frames(text)
}

/// Returns what an object says that is an error and nothing else: with a type and a message, or a stack.
pub(super) fn message_of(object: Field<'_>) -> Option<&str> {
    let is_error = || object.has_any(&LAMBDAS_TYPE) || text(object).is_some_and(|text| is_stack(&text));
    object.first_text_of(&MESSAGE).filter(|_| is_error())
}

/// Returns whether the lines of a list are a stack's: each of its frames has a place in the code.
pub(super) fn is_stack(text: &str) -> bool {
    text.contains('\n') && text.contains(['(', ':'])
}

/// Returns the line of an exception's text that says what happened: Python's last, the others' first.
pub(super) fn headline(text: &str) -> Option<&str> {
    if text.starts_with(TRACEBACK) {
        // A note or a note's line may follow.
        let frames = text.rfind(PYTHON_FRAME)?;
        let mut lines = text[frames..].split(['\n', '\r']).skip(1);
        return lines.find(|line| !line.is_empty() && !line.starts_with([' ', '\t']));
    }
    text.split(['\n', '\r']).map(str::trim).find(|line| !line.is_empty())
}

fn write(text: &mut String, field: Field<'_>, depth: usize) {
    match field {
        Field::Scalar(Value::Text(line)) => text.push_str(line),
        Field::Scalar(_) => {}
        Field::Array(_) => write_list(text, field, depth),
        Field::Object(_) => write_object(text, field, depth),
    }
}

fn write_object(text: &mut String, object: Field<'_>, depth: usize) {
    let Some(depth) = depth.checked_sub(1) else { return };
    let part = |names: &[&str]| object.first_text_of(names);
    let (kind, message, stack) = (part(&TYPE), part(&MESSAGE), object.first_of(&STACK));
    // A type alone is no exception but some object.
    if message.is_none() && stack.is_none() {
        return WRAPPING.iter().filter_map(|name| object.spelled_at(name)).for_each(|inner| write(text, inner, depth));
    }
    // Without a type, a code says what it is.
    let kind = kind.map(str::to_owned).or_else(|| scalar(object.first_of(&CODE)?));
    let head = match (&kind, message) {
        (Some(kind), Some(message)) if !message.starts_with(kind) => format!("{kind}: {message}"),
        (Some(kind), None) => kind.clone(),
        (_, message) => message.unwrap_or_default().to_owned(),
    };
    let mut lines = String::new();
    if let Some(stack) = stack {
        write(&mut lines, stack, depth);
    }
    let place = place(object);
    let place = place.as_deref().filter(|place| !lines.contains(place)).unwrap_or_default();
    // Python writes its frames first. Many libraries begin their stack with the exception.
    let is_pythons = lines.starts_with(TRACEBACK) && !lines.contains(&head);
    let head = if lines.contains(&head) { "" } else { &head };
    let parts = if is_pythons { [lines.trim_end(), head, place] } else { [head, place, lines.trim_end_matches('\n')] };
    for (index, part) in parts.into_iter().filter(|part| !part.is_empty()).enumerate() {
        if index > 0 {
            text.push('\n');
        }
        text.push_str(part);
    }
    if let Some(cause) = object.first_of(&CAUSE) {
        write_cause(text, cause, depth);
    }
    let nodes = || object.first_of(&NODES_MEMBERS).filter(|_| kind.as_deref() == Some(NODES_GROUP));
    if let Some(members) = object.first_of(&MEMBERS).or_else(nodes) {
        write_members(text, members, depth);
    }
}

/// Writes the exceptions of a group below it. Each may be a list, of an exception and its causes.
fn write_members(text: &mut String, members: Field<'_>, depth: usize) {
    for member in members.items().take(MAX_MEMBERS).filter(|member| member.scalar().is_none()) {
        let before = text.len();
        text.push('\n');
        write(text, member, depth);
        // A stack may already have its members.
        if text[..before].contains(&text[before + 1..]) {
            text.truncate(before);
        }
    }
}

/// Writes the cause of what is written, if it says anything.
fn write_cause(text: &mut String, cause: Field<'_>, depth: usize) {
    let before = text.len();
    text.push_str(CAUSED_BY);
    let start = text.len();
    write(text, cause, depth);
    if text.len() == start {
        text.truncate(before);
    }
}

/// Writes a list: the lines of a stack, its frames, or exceptions that are each other's causes.
fn write_list(text: &mut String, list: Field<'_>, depth: usize) {
    let is_frame = |item: Field<'_>| {
        matches!(item, Field::Object(_)) && item.first_of(&STACK).is_none() && item.first_text_of(&MESSAGE).is_none()
    };
    if let Some(exception) = class_and_message(list) {
        return text.push_str(&exception);
    }
    let first = list.items().next();
    match first {
        Some(object @ Field::Object(_)) if !is_frame(object) => {
            // Sentry writes the cause first.
            let mut exceptions: Vec<Field<'_>> = list.items().take(MAX_CAUSES).collect();
            if object.spelled_at("value").is_some() {
                exceptions.reverse();
            }
            for (index, exception) in exceptions.into_iter().enumerate() {
                if index == 0 { write(text, exception, depth) } else { write_cause(text, exception, depth) }
            }
        }
        _ => {
            let begins = text.len();
            for item in list.items() {
                if text.len() > begins {
                    text.push('\n');
                }
                match item {
                    Field::Object(_) => write_frame(text, item),
                    line => text.push_str(line.text().unwrap_or_default().trim_end_matches('\n')),
                }
            }
            if text[begins..].starts_with(PYTHON_FRAME) {
                text.insert_str(begins, TRACEBACK);
            }
        }
    }
}

/// Writes a frame as its language does: `  File "a.py", line 7, in f` or `at a.B.f(B.java:7)`.
fn write_frame(text: &mut String, frame: Field<'_>) {
    let part = |names: &[&str]| frame.first_text_of(names).unwrap_or_default();
    let file = part(&["file", "fileName", "source"]);
    let line = frame
        .first_of(&["lineno", "line", "lineNumber", "fileLine"])
        .and_then(|line| scalar(line))
        .filter(|line| is_number(line));
    let method = part(&["method", "methodName", "function", "func", "name"]);
    let class = part(&["class", "className", "module"]);
    // Writing to a `String` never fails.
    let _ = match &line {
        Some(line) if file.rsplit('.').next() == Some("py") || frame.at("lineno").is_some() => {
            let written = write!(text, "{PYTHON_FRAME}{file}\", line {line}, in {method}");
            match part(&["context_line", "line"]).trim() {
                "" => written,
                code if is_number(code) => written,
                code => write!(text, "\n    {code}"),
            }
        }
        line => {
            let dot = if class.is_empty() || method.is_empty() { "" } else { "." };
            let place = match (file, line) {
                ("", None) => String::new(),
                ("", Some(line)) => format!("(line {line})"),
                (file, None) => format!("({file})"),
                (file, Some(line)) => format!("({file}:{line})"),
            };
            write!(text, "\tat {class}{dot}{method}{place}")
        }
    };
}

/// Returns where an exception was thrown, as PHP says it: `/srv/pay.php:41`.
fn place(object: Field<'_>) -> Option<String> {
    let file = object.first_text_of(&["file"])?;
    match object.spelled_at("line").and_then(scalar) {
        Some(line) => Some(format!("{file}:{line}")),
        None => file.contains(':').then(|| file.to_owned()),
    }
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn scalar(field: Field<'_>) -> Option<String> {
    match field.scalar()? {
        Value::Text(text) => Some(text.to_owned()).filter(|text| !text.is_empty()),
        Value::Integer(number) => Some(number.to_string()),
        _ => None,
    }
}
