//! Parses Python's literals from the text that `repr` prints.

use std::borrow::Cow;

use super::{Literal, quoted};

/// A longer text is refused: each byte can take sixteen bytes of memory.
const MAX_TEXT_BYTES: usize = 1 << 20;

/// A deeper nesting is refused, to bound the stack.
pub(super) const MAX_DEPTH: usize = 100;

/// An integer with more digits is refused, as in `CPython` by default.
pub(super) const MAX_INT_DIGITS: usize = 4_300;

/// Parses the whole `text` as one literal; `None` if it is not one.
///
/// The grammar is what `repr` prints, with optional white space and trailing commas. Syntax that only programmers write
/// (`0x1f`, `1_000`, `+1`, `.5`, `r''`, `'a' 'b'`, `(1)`, comments) is refused. So are `complex` numbers, `...`, and
/// texts above the limits: a mebibyte, 100 levels, 4,300 digits.
///
/// Inside a container, any other text becomes a [`Literal::Opaque`], up to the comma or bracket that ends it. An object
/// whose `repr` looks like a literal is read as that literal: the text does not show the difference.
#[must_use]
pub(crate) fn parse(text: &str) -> Option<Literal<'_>> {
    if text.len() > MAX_TEXT_BYTES {
        return None;
    }
    match (Reader { text, at: 0 }).element(ends::TEXT, 0)? {
        Literal::Opaque(_) => None,
        literal => Some(literal),
    }
}

/// The bytes that end an element in each context.
mod ends {
    /// The whole text: only its end.
    pub(super) const TEXT: &[u8] = b"";
    pub(super) const TUPLE_ITEM: &[u8] = b",)";
    pub(super) const LIST_ITEM: &[u8] = b",]";
    /// A dict's key or a set's item. The first `:` decides which of the two it is.
    pub(super) const KEY: &[u8] = b",:}";
    pub(super) const VALUE: &[u8] = b",}";
}

struct Reader<'a> {
    text: &'a str,
    /// Always on a character boundary.
    at: usize,
}

impl<'a> Reader<'a> {
    /// Reads one element and the white space around it, up to the byte that ends it.
    fn element(&mut self, ends: &[u8], depth: usize) -> Option<Literal<'a>> {
        self.skip_space();
        let start = self.at;
        let literal = match self.peek()? {
            b'(' => Some(self.tuple(depth)?),
            b'[' => Some(Literal::List(self.items(ends::LIST_ITEM, b']', depth)?)),
            b'{' => Some(self.braces(depth)?),
            b'\'' | b'"' => Some(self.quoted(quoted::text)?),
            b'b' if matches!(self.byte(self.at + 1), Some(b'\'' | b'"')) => Some(self.quoted(quoted::bytes)?),
            b'-' | b'0'..=b'9' => self.number(),
            _ => self.word(),
        };
        self.skip_space();
        let is_ended = self.peek().map_or(ends.is_empty(), |byte| ends.contains(&byte));
        match literal {
            Some(literal) if is_ended => Some(literal),
            _ if ends.is_empty() => None,
            _ => self.opaque(start, ends),
        }
    }

    fn tuple(&mut self, depth: usize) -> Option<Literal<'a>> {
        let start = self.at;
        let items = self.items(ends::TUPLE_ITEM, b')', depth)?;
        let raw = self.text.get(start..self.at)?;
        let inside = raw.strip_suffix(')')?.trim_ascii_end();
        let is_tuple = items.len() != 1 || inside.ends_with(',');
        // `(x)` is not a tuple. `repr` prints it for complex numbers and for objects with a `repr` of their own.
        Some(if is_tuple { Literal::Tuple(items) } else { Literal::Opaque(raw) })
    }

    fn items(&mut self, ends: &[u8], close: u8, depth: usize) -> Option<Vec<Literal<'a>>> {
        let mut items = Vec::new();
        if self.enter(close, depth)? {
            loop {
                items.push(self.element(ends, depth + 1)?);
                if !self.continues(close)? {
                    break;
                }
            }
        }
        Some(items)
    }

    /// Reads a dict or a set.
    fn braces(&mut self, depth: usize) -> Option<Literal<'a>> {
        if !self.enter(b'}', depth)? {
            return Some(Literal::Dict(Vec::new()));
        }
        let first = self.element(ends::KEY, depth + 1)?;
        if self.peek() == Some(b':') { self.dict(first, depth) } else { self.set(first, depth) }
    }

    fn dict(&mut self, first: Literal<'a>, depth: usize) -> Option<Literal<'a>> {
        let mut pairs = Vec::new();
        let mut key = first;
        while self.take(b':') {
            pairs.push((key, self.element(ends::VALUE, depth + 1)?));
            if !self.continues(b'}')? {
                return Some(Literal::Dict(pairs));
            }
            key = self.element(ends::KEY, depth + 1)?;
        }
        None
    }

    fn set(&mut self, first: Literal<'a>, depth: usize) -> Option<Literal<'a>> {
        let mut items = vec![first];
        while self.continues(b'}')? {
            items.push(self.element(ends::KEY, depth + 1)?);
        }
        Some(Literal::Set(items))
    }

    /// Skips the opening bracket. Returns whether an element follows.
    fn enter(&mut self, close: u8, depth: usize) -> Option<bool> {
        if depth >= MAX_DEPTH {
            return None;
        }
        self.at += 1;
        self.skip_space();
        Some(!self.take(close))
    }

    /// Skips the comma or closing bracket after an element. Returns whether another element follows.
    fn continues(&mut self, close: u8) -> Option<bool> {
        let comma = self.take(b',');
        self.skip_space();
        if self.take(close) { Some(false) } else { comma.then_some(true) }
    }

    fn quoted(&mut self, read: fn(&'a str) -> Option<(Literal<'a>, usize)>) -> Option<Literal<'a>> {
        let (literal, len) = read(self.text.get(self.at..)?)?;
        self.at += len;
        Some(literal)
    }

    fn number(&mut self) -> Option<Literal<'a>> {
        let start = self.at;
        let first_digit = start + usize::from(self.peek() == Some(b'-'));
        let mut end = self.skip_digits(first_digit);
        let digits = end - first_digit;
        if digits == 0 {
            return self.keyword("-inf", &Literal::Float(f64::NEG_INFINITY));
        }
        let integer_end = end;
        if self.byte(end) == Some(b'.') {
            end = self.skip_digits(end + 1);
        }
        if matches!(self.byte(end), Some(b'e' | b'E')) {
            let exponent = end + 1 + usize::from(matches!(self.byte(end + 1), Some(b'+' | b'-')));
            end = self.skip_digits(exponent);
        }
        let text = self.text.get(start..end)?;
        let literal = if end > integer_end {
            Literal::Float(text.parse().ok()?)
        } else if digits > MAX_INT_DIGITS || (digits > 1 && self.byte(first_digit) == Some(b'0')) {
            return None;
        } else {
            text.parse().map_or(Literal::BigInt(Cow::Borrowed(text)), Literal::Int)
        };
        self.at = end;
        Some(literal)
    }

    fn word(&mut self) -> Option<Literal<'a>> {
        match self.peek()? {
            b'N' => self.keyword("None", &Literal::None),
            b'T' => self.keyword("True", &Literal::Bool(true)),
            b'F' => self.keyword("False", &Literal::Bool(false)),
            b'i' => self.keyword("inf", &Literal::Float(f64::INFINITY)),
            b'n' => self.keyword("nan", &Literal::Float(f64::NAN)),
            b's' => self.keyword("set()", &Literal::Set(Vec::new())),
            _ => None,
        }
    }

    fn keyword(&mut self, word: &str, literal: &Literal<'a>) -> Option<Literal<'a>> {
        self.text.get(self.at..)?.starts_with(word).then(|| {
            self.at += word.len();
            literal.clone()
        })
    }

    /// Reads text that is not a literal, from `start` to the byte that ends it. Brackets and quotes in it are matched.
    ///
    /// Continues where the attempt to read a literal stopped, so that nesting does not multiply the work.
    fn opaque(&mut self, start: usize, ends: &[u8]) -> Option<Literal<'a>> {
        // `<` and `>` are brackets in `<Foo object at 0x7f>`, but plain characters elsewhere.
        let angled = self.byte(start) == Some(b'<');
        let mut open = 0_usize;
        loop {
            let byte = self.peek()?;
            match byte {
                _ if open == 0 && ends.contains(&byte) => break,
                b'\'' | b'"' => self.at = quoted::end(self.text, self.at)?,
                b'(' | b'[' | b'{' => open += 1,
                b')' | b']' | b'}' => open = open.checked_sub(1)?,
                b'<' if angled => open += 1,
                b'>' if angled => open = open.saturating_sub(1),
                _ => {}
            }
            self.at += 1;
        }
        let raw = self.text.get(start..self.at)?.trim_ascii_end();
        (!raw.is_empty()).then_some(Literal::Opaque(raw))
    }

    fn take(&mut self, byte: u8) -> bool {
        let taken = self.peek() == Some(byte);
        self.at = self.at.wrapping_add(usize::from(taken));
        taken
    }

    fn skip_space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r' | b'\x0c')) {
            // No position in a text overflows.
            self.at = self.at.wrapping_add(1);
        }
    }

    fn skip_digits(&self, from: usize) -> usize {
        let mut at = from;
        while matches!(self.byte(at), Some(b'0'..=b'9')) {
            at += 1;
        }
        at
    }

    fn peek(&self) -> Option<u8> {
        self.byte(self.at)
    }

    fn byte(&self, at: usize) -> Option<u8> {
        self.text.as_bytes().get(at).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Literal::{BigInt, Bool, Bytes, Dict, Float, Int, List, Opaque, Set, Text, Tuple};

    #[test]
    fn literals_are_read() {
        #[rustfmt::skip]
        let cases = [
            ("None", Literal::None),
            ("True", Bool(true)),
            ("False", Bool(false)),
            ("0", Int(0)),
            ("-9223372036854775808", Int(i64::MIN)),
            ("9223372036854775808", BigInt("9223372036854775808".into())),
            ("-9223372036854775809", BigInt("-9223372036854775809".into())),
            ("1.5", Float(1.5)),
            ("-1e+16", Float(-1e16)),
            ("1.5e-05", Float(1.5e-5)),
            ("inf", Float(f64::INFINITY)),
            ("-inf", Float(f64::NEG_INFINITY)),
            ("'it\"s'", Text("it\"s".into())),
            ("\"it's\"", Text("it's".into())),
            ("b'ab'", Bytes(b"ab".as_slice().into())),
            ("()", Tuple(vec![])),
            ("(1,)", Tuple(vec![Int(1)])),
            ("(1, 'widgets')", Tuple(vec![Int(1), Text("widgets".into())])),
            ("[]", List(vec![])),
            ("[1, [(), 2]]", List(vec![Int(1), List(vec![Tuple(vec![]), Int(2)])])),
            ("set()", Set(vec![])),
            ("{1}", Set(vec![Int(1)])),
            ("{1, 'a'}", Set(vec![Int(1), Text("a".into())])),
            ("{}", Dict(vec![])),
            ("{'a': {1: None}}", Dict(vec![(Text("a".into()), Dict(vec![(Int(1), Literal::None)]))])),
            (" ( 1 ,\n'a' , ) ", Tuple(vec![Int(1), Text("a".into())])),
        ];
        for (text, literal) in cases {
            assert_eq!(parse(text), Some(literal), "{text}");
        }
        assert!(matches!(parse("nan"), Some(Float(value)) if value.is_nan()));
    }

    #[test]
    fn other_text_is_refused() {
        #[rustfmt::skip]
        let cases = [
            "", " ", "widgets", "1 widget", "1,", "1, 2", "-", "--1", "01", "1_000", "0x1f", "1j", "(1+2j)", "(1)",
            "('a')", "((1,))", "...", "None1", "Nones", "'a' 'b'", "r'a'", "'a", "a'", "'a\n'", "'a\\\n'", "'\\'",
            "(", ")", "(]", "(1", "(,)", "(1,,)", "[1 2", "[1}", "{1: 2", "{1: }", "{: 1}", "{1: 2, 3}", "{1, 2: 3}",
            "Decimal('1.5')", "<Foo>", "frozenset({1})", "(Foo(1, 2)", "('it's',)",
        ];
        for text in cases {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    #[test]
    fn objects_inside_containers_are_opaque() {
        #[rustfmt::skip]
        let cases = [
            ("(1, Decimal('1.5'))", Tuple(vec![Int(1), Opaque("Decimal('1.5')")])),
            ("(Foo(a, b=[1, ')']), 2)", Tuple(vec![Opaque("Foo(a, b=[1, ')'])"), Int(2)])),
            ("(<Foo a, b>, 2)", Tuple(vec![Opaque("<Foo a, b>"), Int(2)])),
            ("(<function <lambda> at 0x7f>,)", Tuple(vec![Opaque("<function <lambda> at 0x7f>")])),
            ("[1+2j, (1+2j), 2j]", List(vec![Opaque("1+2j"), Opaque("(1+2j)"), Opaque("2j")])),
            ("['a'.b , [1]*3]", List(vec![Opaque("'a'.b"), Opaque("[1]*3")])),
            ("[[...], nano]", List(vec![List(vec![Opaque("...")]), Opaque("nano")])),
            ("{<Color.RED: 1>}", Set(vec![Opaque("<Color.RED: 1>")])),
            ("{<Color.RED: 1>: a:b}", Dict(vec![(Opaque("<Color.RED: 1>"), Opaque("a:b"))])),
            ("[array([1,\n 2])]", List(vec![Opaque("array([1,\n 2])")])),
            ("[é, '\\ud83d']", List(vec![Opaque("é"), Opaque("'\\ud83d'")])),
        ];
        for (text, literal) in cases {
            assert_eq!(parse(text), Some(literal), "{text}");
        }
    }

    #[test]
    fn plain_text_is_borrowed() {
        let Some(Tuple(items)) = parse("('WIDGET-1', b'1', 99999999999999999999)") else { panic!("a tuple") };
        assert!(matches!(
            items.as_slice(),
            [Text(Cow::Borrowed(_)), Bytes(Cow::Borrowed(_)), BigInt(Cow::Borrowed(_))]
        ));
    }

    #[test]
    fn limits_hold() {
        let nested = |depth: usize| "[".repeat(depth) + &"]".repeat(depth);
        let cases = [
            (nested(MAX_DEPTH), true),
            (nested(MAX_DEPTH + 1), false),
            ("{1:".repeat(MAX_DEPTH + 1) + "1" + &"}".repeat(MAX_DEPTH + 1), false),
            ("(".repeat(MAX_TEXT_BYTES), false),
            ("7".repeat(MAX_INT_DIGITS), true),
            ("7".repeat(MAX_INT_DIGITS + 1), false),
            (format!("'{}'", "x".repeat(MAX_TEXT_BYTES - 2)), true),
            (format!("'{}'", "x".repeat(MAX_TEXT_BYTES - 1)), false),
        ];
        for (text, is_literal) in cases {
            assert_eq!(parse(&text).is_some(), is_literal, "{} bytes", text.len());
        }
    }
}
