//! Values as programs print them: Node.js's `console.log(object)`, and Python's sets.
//!
//! Source: <https://nodejs.org/api/util.html#utilinspectobject-options>.

use super::bare::WORDS;
use super::{Lenient, MAX_BARE_BYTES, Role};

/// What Node.js prints in brackets for a value that it does not show.
const NOT_SHOWN: [&str; 12] = [
    "Object",
    "Array",
    "Circular",
    "Function",
    "AsyncFunction",
    "GeneratorFunction",
    "Getter",
    "Setter",
    "Getter/Setter",
    "Map",
    "Set",
    "Symbol",
];
/// What it prints before an object that has no class.
const NO_CLASS: &str = "[Object: null prototype]";
/// What it prints before an object that refers to itself: `<ref *1>`.
const REFERENCE: &str = "<ref *";
/// How the names of errors end.
pub(super) const ERRORS: [&str; 2] = ["Error", "Exception"];

impl Lenient<'_> {
    /// Reads a value that only a printer writes. Returns whether it is one; `None` if it is broken.
    pub(super) fn printed(&mut self, depth: usize) -> Option<bool> {
        if let Some(length) = in_brackets(self.rest()) {
            let is_class = self.rest().starts_with(NO_CLASS);
            let start = self.at;
            self.at += length;
            let is_object = self.rest().starts_with(" {");
            if is_class && is_object {
                self.at += 1;
                self.is_exact = false;
                self.object_at(depth + 1)?;
                return Some(true);
            }
            self.text_with_object(start, is_object, depth)?;
            return Some(true);
        }
        if let Some(length) = error(self.rest()) {
            let start = self.at;
            self.at += length;
            let is_object = self.rest().starts_with(" {");
            self.text_with_object(start, is_object, depth)?;
            return Some(true);
        }
        let Some(length) = class(self.rest()) else { return Some(false) };
        self.at += length;
        self.is_exact = false;
        self.value(Role::Item, depth + 1)?;
        Some(true)
    }

    /// Writes what was read from `start` on as text, with the fields that may follow.
    fn text_with_object(&mut self, start: usize, is_object: bool, depth: usize) -> Option<()> {
        if is_object {
            self.at += 1;
            let written = self.json.len();
            self.object_at(depth + 1)?;
            self.json.truncate(written);
        }
        let text = self.text.get(start..self.at)?;
        self.push_string(text);
        Some(())
    }

    /// Reads a regular expression, `/a,b/g`.
    pub(super) fn pattern(&mut self) -> Option<()> {
        let text = self.text.get(self.at..)?;
        let inside = text.strip_prefix('/')?;
        let mut is_escaped = false;
        let end = inside.bytes().take(MAX_BARE_BYTES).take_while(|byte| *byte != b'\n').position(|byte| {
            let was_escaped = is_escaped;
            is_escaped = byte == b'\\' && !was_escaped;
            byte == b'/' && !was_escaped
        })?;
        let flags = inside.get(end + 1..)?;
        let count = flags.bytes().take_while(u8::is_ascii_lowercase).count();
        if !flags.get(count..)?.starts_with([',', ' ', '\n', '}', ']']) {
            return None;
        }
        let length = end + 2 + count;
        self.push_string(&text[..length]);
        self.at += length;
        Some(())
    }

    /// Returns whether a set is next: a brace, and then a value that no colon follows.
    pub(super) fn is_set(&self) -> bool {
        let Some(inside) = self.rest().strip_prefix('{').map(str::trim_start) else { return false };
        let near = &inside[..inside.floor_char_boundary(MAX_BARE_BYTES)];
        let near = near.strip_prefix(['u', 'b']).filter(|rest| rest.starts_with(['"', '\''])).unwrap_or(near);
        let (mut open, mut quote, mut is_escaped) = (0_usize, None, false);
        for (at, byte) in near.bytes().enumerate() {
            match byte {
                _ if is_escaped => is_escaped = false,
                b'\\' => is_escaped = true,
                byte if quote.is_some() => quote = quote.filter(|open| *open != byte),
                b'"' | b'\'' | b'`' => quote = Some(byte),
                b'(' | b'<' | b'[' => open += 1,
                b')' | b'>' | b']' => open = open.saturating_sub(1),
                _ if open > 0 => {}
                b',' | b'}' => return at > 0,
                b':' | b'=' | b'{' => return false,
                _ => {}
            }
        }
        false
    }
}

/// Returns the length of `[Error: x]`, `[Function: f]`, `[Circular *1]`, and others of Node.js's.
fn in_brackets(text: &str) -> Option<usize> {
    let inside = text.strip_prefix('[')?;
    let word = inside.find(|character: char| !character.is_ascii_alphanumeric() && !"_$/".contains(character))?;
    let (name, after) = inside.split_at_checked(word)?;
    let is_value = WORDS.iter().any(|(known, _)| *known == name);
    let is_error = after.starts_with([':', ' ', ']']) && ERRORS.iter().any(|end| name.ends_with(end));
    let is_named = name.starts_with(|first: char| first.is_ascii_uppercase()) && after.starts_with(": ");
    let is_not_shown = NOT_SHOWN.contains(&name) && after.starts_with([']', ' ', ':']);
    let is_class = name == "class" && after.starts_with(' ');
    if is_value || !(is_error || is_named || is_not_shown || is_class) {
        return None;
    }
    let mut open = 0_usize;
    let end = text.bytes().take(MAX_BARE_BYTES).position(|byte| {
        match byte {
            b'[' => open += 1,
            b']' => open -= 1,
            _ => {}
        }
        open == 0
    })?;
    Some(end + 1)
}

/// Returns the length of an error with its frames: `Error: x\n    at foo (a.js:1:2)`.
fn error(text: &str) -> Option<usize> {
    let name = text.find(|character: char| !character.is_ascii_alphanumeric() && !"_$.".contains(character))?;
    if !ERRORS.iter().any(|end| text[..name].ends_with(end)) {
        return None;
    }
    let (mut at, mut end) = (0, None);
    for line in text.split_inclusive('\n') {
        let bare = line.trim();
        let is_frame = bare.starts_with("at ") || bare.starts_with("... ");
        if at > 0 && !is_frame {
            break;
        }
        if is_frame {
            let last = bare.strip_suffix(',').or_else(|| bare.strip_suffix(" {")).unwrap_or(bare);
            end = Some(at + line.len() - line.trim_start().len() + last.len());
        }
        at += line.len();
    }
    end
}

/// Returns the length of the name of a class before its fields: `Map(1) {`, `Foo {`, `Foo(2) [Map] {`, `<ref *1> Foo {`.
fn class(text: &str) -> Option<usize> {
    let after_reference = match text.strip_prefix(REFERENCE) {
        Some(rest) => rest.split_once("> ")?.1,
        None => text,
    };
    let is_name = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'$';
    let name = after_reference.bytes().take_while(|byte| is_name(*byte)).count();
    let rest = after_reference.get(name..)?;
    let sized = rest.strip_prefix('(').and_then(|size| {
        let digits = size.bytes().take_while(u8::is_ascii_digit).count();
        size.get(digits..)?.strip_prefix(')').filter(|_| digits > 0)
    });
    let rest = sized.unwrap_or(rest);
    let kind = rest.strip_prefix(" [").and_then(|kind| kind.split_once("] "));
    let kind = kind.filter(|(kind, _)| kind.bytes().all(is_name));
    let rest = kind.map_or(rest, |(kind, _)| &rest[" [".len() + kind.len() + "]".len()..]);
    let rest = rest.strip_prefix(' ').unwrap_or(rest);
    let length = text.len() - rest.len();
    let is_value = WORDS.iter().any(|(known, _)| text.get(..name) == Some(known));
    (rest.starts_with(['{', '[']) && length > 0 && !is_value && text[..length].ends_with(' ')).then_some(length)
}
