//! Reads an object that is nearly JSON, and writes it as JSON.
//!
//! Understands single quotes, Python's and JavaScript's words, trailing commas, comments, `=>`, names without quotes,
//! escapes that JSON does not have, Windows paths, quotes that should have been escaped, values without quotes, Python's
//! sets, its calls ([`calls`]), missing and doubled commas, what Node.js prints ([`printed`]), and Ruby's symbols and times
//! ([`ruby`]). A value that JSON does not have becomes text. Never closes what a text leaves open: that text was cut off.

mod bare;
mod calls;
mod printed;
mod ruby;

/// Objects and arrays that nest deeper are not repaired.
const MAX_DEPTH: usize = 60;
/// The longest value without quotes.
const MAX_BARE_BYTES: usize = 4_096;

/// Reads nearly JSON.
pub(super) struct Lenient<'t> {
    text: &'t str,
    at: usize,
    json: String,
    /// Whether nothing of the text was dropped or guessed.
    is_exact: bool,
}

/// What a string is.
#[derive(Clone, Copy, Eq, PartialEq)]
enum Role {
    Name,
    /// A value in an object.
    Value,
    /// An item of an array.
    Item,
}

impl<'t> Lenient<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        Self { text, at: 0, json: String::with_capacity(text.len()), is_exact: true }
    }

    /// Returns the JSON, how many bytes of the text it took, and whether it says all that the text said.
    pub(super) fn finish(self) -> (String, usize, bool) {
        (self.json, self.at, self.is_exact)
    }

    /// Reads an object.
    pub(super) fn object(&mut self) -> Option<()> {
        self.object_at(0)
    }

    fn object_at(&mut self, depth: usize) -> Option<()> {
        self.take(b'{')?;
        self.json.push('{');
        let mut is_first = true;
        loop {
            self.skip_space()?;
            if self.take(b'}').is_some() {
                break;
            }
            if !is_first {
                self.json.push(',');
            }
            is_first = false;
            self.name()?;
            self.skip_space()?;
            if self.rest().starts_with("=>") {
                self.at += 2;
            } else {
                self.take(b':')?;
            }
            self.json.push(':');
            self.value(Role::Value, depth)?;
            self.skip_space()?;
            if self.take(b',').is_some() {
                self.skip_commas()?;
            } else if self.begins_member() {
                self.is_exact = false;
            } else if self.peek() != Some(b'}') {
                return None;
            }
        }
        self.json.push('}');
        Some(())
    }

    /// Reads an array, or a tuple of Python's.
    fn array(&mut self, close: u8, depth: usize) -> Option<()> {
        self.at += 1;
        self.json.push('[');
        let mut is_first = true;
        loop {
            self.skip_space()?;
            if self.take(close).is_some() {
                break;
            }
            if !is_first {
                self.json.push(',');
            }
            is_first = false;
            self.value(Role::Item, depth)?;
            self.skip_space()?;
            if self.take(b',').is_none() && self.peek() != Some(close) {
                return None;
            }
        }
        self.json.push(']');
        Some(())
    }

    /// Skips commas that follow a comma.
    fn skip_commas(&mut self) -> Option<()> {
        self.skip_space()?;
        while self.take(b',').is_some() {
            self.is_exact = false;
            self.skip_space()?;
        }
        Some(())
    }

    /// Returns whether a member follows for which a comma is missing.
    fn begins_member(&self) -> bool {
        is_member(self.rest())
    }

    fn name(&mut self) -> Option<()> {
        self.skip_prefix();
        // Ruby's symbol of several words.
        if self.rest().starts_with(":\"") {
            self.at += 1;
        }
        if let quote @ (b'"' | b'\'') = self.peek()? {
            return self.string(quote, Role::Name);
        }
        // JavaScript's `[Symbol(a)]` and `[cause]`.
        if self.peek() == Some(b'[') {
            let length = self.rest().find(']').filter(|end| *end < MAX_BARE_BYTES)? + 1;
            let name = self.text.get(self.at..self.at + length)?;
            self.at += length;
            self.push_string(name);
            return Some(());
        }
        let rest = self.rest().strip_prefix(':').unwrap_or(self.rest());
        let is_name = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(*byte, b'_' | b'$' | b'@' | b'-' | b'.');
        let length = rest.bytes().take_while(is_name).count();
        let name = rest.get(..length).filter(|name| !name.is_empty())?;
        self.at = self.text.len() - rest.len() + length;
        self.push_string(name);
        Some(())
    }

    fn value(&mut self, role: Role, depth: usize) -> Option<()> {
        if depth == MAX_DEPTH {
            return None;
        }
        self.skip_space()?;
        self.skip_prefix();
        if self.printed(depth)? || self.call(depth)? || self.rubys(role)? {
            return Some(());
        }
        match self.peek()? {
            b'{' if self.is_set() => self.array(b'}', depth + 1),
            b'{' => self.object_at(depth + 1),
            b'[' => self.array(b']', depth + 1),
            b'(' => self.array(b')', depth + 1),
            quote @ (b'"' | b'\'' | b'`') => self.string(quote, role),
            b'/' => self.pattern().or_else(|| self.bare()),
            _ => self.bare(),
        }
    }

    /// Skips the letter before a string of Python's: `b'…'`, `u'…'`.
    fn skip_prefix(&mut self) {
        if matches!(self.rest().as_bytes(), [b'b' | b'u' | b'r', b'"' | b'\'', ..]) {
            self.at += 1;
        }
    }

    fn string(&mut self, quote: u8, role: Role) -> Option<()> {
        let mut plain = String::new();
        loop {
            self.at += 1;
            let length = self.string_length(quote, role)?;
            let content = self.text.get(self.at..self.at + length)?;
            self.at += length + 1;
            plain.push_str(&super::encodings::unescaped(content));
            // Node.js breaks long strings: `'a' +\n  'b'`.
            let Some(next) = after_plus(self.rest()).filter(|next| next.as_bytes().first() == Some(&quote)) else {
                break;
            };
            self.at = self.text.len() - next.len();
        }
        self.push_string(&plain);
        Some(())
    }

    /// Returns the length of a string up to the quote that ends it. A quote that does not is one that should have been
    /// escaped.
    fn string_length(&mut self, quote: u8, role: Role) -> Option<usize> {
        let bytes = self.rest().as_bytes();
        let mut at = 0;
        loop {
            at += memchr::memchr2(quote, b'\\', bytes.get(at..)?)?;
            if bytes[at] == b'\\' {
                at += 2;
                continue;
            }
            if self.ends_string(self.at + at + 1, role) {
                return Some(at);
            }
            self.is_exact = false;
            at += 1;
        }
    }

    /// Returns whether what follows a quote may follow the end of a string.
    fn ends_string(&self, after: usize, role: Role) -> bool {
        let rest = self.text.get(after..).unwrap_or_default().trim_start();
        let begins_name = |rest: &str| {
            let rest = rest.trim_start();
            rest.starts_with(['"', '\'', '}', ':', '/'])
                || rest.starts_with(|first: char| first.is_ascii_alphabetic())
                    && rest
                        .split([':', ','])
                        .next()
                        .is_some_and(|name| !name.contains(' ') && rest[name.len()..].starts_with(':'))
        };
        match (role, rest.as_bytes()) {
            (Role::Value, [b',', ..]) => begins_name(rest.trim_start_matches([',', ' '])),
            // A quote after the braces is one that should have been escaped, if no member follows.
            (Role::Value, [b'}', ..]) => {
                let after = rest.trim_start_matches(['}', ']', ' ']);
                !after.starts_with(['"', '\'']) || is_member(after)
            }
            // The comma is missing.
            (Role::Value, [b'"' | b'\'', ..]) if self.text[after..].starts_with([' ', '\n', '\t']) => is_member(rest),
            (Role::Name, [b':', ..] | [b'=', b'>', ..])
            | (Role::Item, [b',' | b']' | b')' | b'}', ..])
            | (_, [b'/', b'/' | b'*', ..]) => true,
            (Role::Value | Role::Item, [b'+', ..]) => after_plus(rest).is_some(),
            _ => false,
        }
    }

    fn push_string(&mut self, text: &str) {
        // Text is always JSON.
        self.json.push_str(&serde_json::to_string(text).unwrap_or_default());
    }

    /// Skips white space and comments; `None` if a comment has no end.
    fn skip_space(&mut self) -> Option<()> {
        loop {
            self.at = self.text.len() - self.rest().trim_start().len();
            let rest = self.rest();
            let length = if rest.starts_with("/*") {
                rest.find("*/")? + 2
            } else if rest.starts_with("//") {
                rest.find('\n').unwrap_or(rest.len())
            } else {
                return Some(());
            };
            self.at += length;
            self.is_exact = false;
        }
    }

    fn rest(&self) -> &'t str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn peek(&self) -> Option<u8> {
        self.rest().bytes().next()
    }

    fn take(&mut self, byte: u8) -> Option<()> {
        (self.peek() == Some(byte)).then(|| self.at += 1)
    }
}

/// Returns whether a name in quotes and a colon come first.
fn is_member(text: &str) -> bool {
    let Some(quote) = text.chars().next().filter(|quote| matches!(quote, '"' | '\'')) else { return false };
    let is_name = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b'@');
    let length = text.bytes().skip(1).take_while(is_name).count();
    let after = text.get(1 + length..).and_then(|rest| rest.strip_prefix(quote));
    length > 0 && after.is_some_and(|after| after.trim_start().starts_with(':'))
}

/// Returns what follows a plus sign, if that is a quote.
fn after_plus(text: &str) -> Option<&str> {
    text.trim_start().strip_prefix('+').map(str::trim_start).filter(|next| next.starts_with(['"', '\'', '`']))
}
