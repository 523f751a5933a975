//! Reads scalar JSON values: strings, numbers, words.

use std::borrow::Cow;

use record::Value;

use super::scan::{NotJson, Scanner};

/// How many digits always fit an `i64`.
const SAFE_DIGITS: usize = 18;

/// The values that are words. The last three are what Python prints.
const WORDS: [(&str, Value<'static>); 6] = [
    ("true", Value::Boolean(true)),
    ("false", Value::Boolean(false)),
    ("null", Value::Null),
    ("NaN", Value::Float(f64::NAN)),
    ("Infinity", Value::Float(f64::INFINITY)),
    ("-Infinity", Value::Float(f64::NEG_INFINITY)),
];

impl<'t> Scanner<'t> {
    /// Reads a scalar value. `first` is its first byte, which comes next.
    #[inline(always)]
    #[allow(clippy::inline_always, reason = "as `Scanner::field`")]
    pub(crate) fn scalar(&mut self, first: Option<u8>, push: impl FnOnce(Value<'_>)) -> Result<(), NotJson> {
        match first {
            Some(b'"') => {
                self.step_over();
                let text = self.string()?;
                push(Value::Text(&text));
            }
            Some(b'-' | b'0'..=b'9') if !self.rest().starts_with("-Infinity") => {
                let number = self.number()?;
                push(number);
            }
            _ => {
                let (word, value) = WORDS
                    .into_iter()
                    .find(|(word, _)| self.rest().starts_with(word))
                    .ok_or_else(|| self.not_json("a value"))?;
                self.at += word.len();
                push(value);
            }
        }
        Ok(())
    }

    fn rest(&self) -> &'t str {
        self.text.get(self.at..).unwrap_or_default()
    }

    /// Reads a string after its opening quote. Borrows it from the source if it has no escapes.
    #[inline(always)]
    #[allow(clippy::inline_always, reason = "without it, overflow checks cost 8 % more instructions for a JSON record")]
    pub(super) fn string(&mut self) -> Result<Cow<'t, str>, NotJson> {
        match self.plain_string() {
            Some(text) => Ok(Cow::Borrowed(text)),
            None => self.escaped_string().map(Cow::Owned),
        }
    }

    /// Reads a string without escapes, as nearly all are. If it has escapes, nothing is read.
    #[inline(always)]
    #[allow(clippy::inline_always, reason = "as above")]
    fn plain_string(&mut self) -> Option<&'t str> {
        let end = self.marks.next(self.text.as_bytes(), self.at)?;
        let is_plain = self.text.as_bytes().get(end) == Some(&b'"');
        let text = self.text.get(self.at..end).filter(|_| is_plain)?;
        self.at = end;
        self.step_over();
        Some(text)
    }

    fn unclosed(&self) -> NotJson {
        NotJson { at: self.text.len(), expected: "the end of a string" }
    }

    #[cold]
    fn escaped_string(&mut self) -> Result<String, NotJson> {
        let mut text = String::new();
        loop {
            let end = self.marks.next(self.text.as_bytes(), self.at).ok_or_else(|| self.unclosed())?;
            text.push_str(&self.text[self.at..end]);
            self.at = end + 1;
            if self.text.as_bytes()[end] == b'"' {
                return Ok(text);
            }
            let escape = self.byte().ok_or_else(|| self.unclosed())?;
            self.at += 1;
            text.push(match escape {
                b'"' | b'\\' | b'/' => char::from(escape),
                b'b' => '\u{8}',
                b'f' => '\u{c}',
                b'n' => '\n',
                b'r' => '\r',
                b't' => '\t',
                b'u' => self.unicode()?,
                _ => return Err(NotJson { at: self.at - 1, expected: "one of \"\\/bfnrtu" }),
            });
        }
    }

    /// Reads the character of a `\u` escape or of a surrogate pair. A lone surrogate becomes U+FFFD, since text cannot
    /// hold it.
    fn unicode(&mut self) -> Result<char, NotJson> {
        let first = self.hex4()?;
        if let Some(character) = char::from_u32(first) {
            return Ok(character);
        }
        let after_first = self.at;
        if (0xD800..0xDC00).contains(&first) && self.rest().starts_with("\\u") {
            self.at += 2;
            let second = self.hex4()?;
            if (0xDC00..0xE000).contains(&second) {
                let code = 0x1_0000 + ((first - 0xD800) << 10) + (second - 0xDC00);
                return char::from_u32(code).ok_or_else(|| self.not_json("a character"));
            }
            self.at = after_first;
        }
        self.inexact = true;
        Ok(char::REPLACEMENT_CHARACTER)
    }

    fn hex4(&mut self) -> Result<u32, NotJson> {
        let digits = self.rest().get(..4).filter(|digits| digits.bytes().all(|digit| digit.is_ascii_hexdigit()));
        let code = digits.and_then(|digits| u32::from_str_radix(digits, 16).ok());
        let code = code.ok_or_else(|| self.not_json("four hexadecimal digits"))?;
        self.at += 4;
        Ok(code)
    }

    /// Reads a number: an integer if that is exact, else the nearest float.
    fn number(&mut self) -> Result<Value<'static>, NotJson> {
        let rest = self.rest().as_bytes();
        let digits_from = |from: usize| from + rest[from..].iter().take_while(|byte| byte.is_ascii_digit()).count();
        let first = usize::from(rest.first() == Some(&b'-'));
        let mut end = digits_from(first);
        let integer_digits = end - first;
        if integer_digits == 0 || (integer_digits > 1 && rest[first] == b'0') {
            return Err(self.not_json("a number"));
        }
        let mut is_integer = true;
        if rest.get(end) == Some(&b'.') {
            is_integer = false;
            let fraction = end + 1;
            end = digits_from(fraction);
            if end == fraction {
                return Err(self.not_json("a number"));
            }
        }
        if matches!(rest.get(end), Some(b'e' | b'E')) {
            is_integer = false;
            let exponent = end + 1 + usize::from(matches!(rest.get(end + 1), Some(b'+' | b'-')));
            end = digits_from(exponent);
            if end == exponent {
                return Err(self.not_json("a number"));
            }
        }
        let text = &self.rest()[..end];
        self.at += end;
        Ok(if is_integer { self.integer(text, integer_digits) } else { self.float(text) })
    }

    fn integer(&mut self, text: &str, digits: usize) -> Value<'static> {
        if digits <= SAFE_DIGITS {
            let magnitude =
                text.bytes().filter(u8::is_ascii_digit).fold(0, |sum, digit| sum * 10 + i64::from(digit - b'0'));
            // Only a float can be negative zero.
            return match (text.starts_with('-'), magnitude) {
                (true, 0) => Value::Float(-0.0),
                (true, _) => Value::Integer(-magnitude),
                (false, _) => Value::Integer(magnitude),
            };
        }
        let exact = text.parse().map(Value::Integer).or_else(|_| text.parse().map(Value::Unsigned));
        exact.unwrap_or_else(|_| {
            self.inexact = true;
            self.float(text)
        })
    }

    fn float(&mut self, text: &str) -> Value<'static> {
        let value: f64 = text.parse().unwrap_or(f64::NAN);
        self.inexact |= !value.is_finite();
        Value::Float(value)
    }

    /// Skips a container. Returns its source text.
    pub(super) fn skip_container(&mut self) -> Result<&'t str, NotJson> {
        let start = self.at;
        let mut open = 0_usize;
        while let Some(byte) = self.byte() {
            self.at += 1;
            match byte {
                b'{' | b'[' => open += 1,
                b'}' | b']' => open -= 1,
                b'"' => drop(self.string()?),
                _ => {}
            }
            if open == 0 {
                return Ok(&self.text[start..self.at]);
            }
        }
        Err(self.not_json("the end of an object or array"))
    }
}
