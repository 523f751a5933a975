//! Exceptions in the objects of a record: which one is the record's.

use super::exception::{is_stack_name, with_headline};
use super::field::Field;
use super::frames::has_frames;
use super::spelling::spelling;

/// The objects in which a line under an exception's name is one. In others, such as an answer of another service, only a stack
/// is.
const LOG_DATA: [&str; 18] = [
    "extra",
    "extras",
    "extradata",
    "metadata",
    "meta",
    "context",
    "ctx",
    "data",
    "fields",
    "attributes",
    "attrs",
    "properties",
    "details",
    "custom",
    "customfields",
    "jsonpayload",
    "record",
    "event",
];

/// What a field in an object says about an exception.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Said {
    /// How deep the object is.
    depth: usize,
    /// Whether it is a stack, or an exception with its stack.
    is_stack: bool,
    /// Whether it has several lines.
    has_lines: bool,
}

impl Said {
    /// Returns what a field of this name and exception says; `None` if it may be something else.
    pub(super) fn of(path: &str, name: &str, field: Field<'_>, text: &str, depth: usize) -> Option<Self> {
        let is_object = match field {
            Field::Object(_) => true,
            Field::Array(_) => matches!(field.items().next(), Some(Field::Object(_))),
            Field::Scalar(_) => false,
        };
        let has_lines = if is_object { text.contains('\n') } else { has_frames(text) };
        let is_stack = has_lines || is_stack_name(name);
        let is_list = matches!(field, Field::Array(_)) && !is_object;
        let is_known = !is_list && is_log_data(path);
        (has_lines || is_known).then_some(Self { depth, is_stack, has_lines })
    }
}

fn is_log_data(path: &str) -> bool {
    let object = path.rsplit('.').next().and_then(spelling);
    object.is_some_and(|object| LOG_DATA.contains(&object.as_str()))
}

/// The exceptions that were found.
#[derive(Debug, Default)]
pub(super) struct Exceptions {
    found: Vec<(String, Said, String)>,
}

impl Exceptions {
    pub(super) fn add(&mut self, path: &str, said: Said, text: String) {
        self.found.push((path.to_owned(), said, text));
    }

    /// Returns the best one: with its stack, and then the outermost. A stack gets the error beside it.
    pub(super) fn best(self) -> Option<String> {
        let (path, best, text) = self.found.iter().min_by_key(|(_, said, _)| (!said.has_lines, said.depth))?;
        let beside = |is_stack: bool| {
            let is = |(other, said, _): &&(String, Said, String)| other == path && said.is_stack == is_stack;
            self.found.iter().find(is).map(|(_, _, text)| text)
        };
        let (stack, error) = if best.is_stack { (Some(text), beside(false)) } else { (beside(true), Some(text)) };
        match (stack, error) {
            (Some(stack), Some(error)) => Some(with_headline(stack, error)),
            (stack, error) => stack.or(error).cloned(),
        }
    }
}
