//! A message under construction, and the arguments that remain.

use std::borrow::Cow;
use std::{iter, slice};

use super::conversion;
use super::number::Form;
use super::spec::{Count, MAX_FIELD_CHARS, Spec};
use crate::python::{Literal, repr};

/// The work that one message may take: bytes written, digits computed, mapping entries searched.
///
/// It bounds the size of the message. It also bounds the time of a template that repeatedly prints a little of a large
/// value.
const MAX_WORK: usize = 1 << 20;

/// A message under construction. Its methods return `None` if the message cannot be rendered.
pub(super) struct MessageBuffer<'a, 'v> {
    text: String,
    work_left: usize,
    args: &'a Literal<'v>,
    remaining: &'a [Literal<'v>],
}

impl<'a, 'v> MessageBuffer<'a, 'v> {
    /// Creates an empty message with room for `bytes`.
    pub(super) fn new(args: &'a Literal<'v>, bytes: usize) -> Option<Self> {
        let args = match args {
            Literal::Opaque(_) => return None,
            // `logging` unwraps it, but a sender may have kept the arguments of the call.
            Literal::Tuple(items) => match items.as_slice() {
                [mapping @ Literal::Dict(pairs)] if !pairs.is_empty() => mapping,
                _ => args,
            },
            _ => args,
        };
        let remaining = match args {
            Literal::Tuple(items) => items,
            one => slice::from_ref(one),
        };
        Some(Self { text: String::with_capacity(bytes), work_left: MAX_WORK, args, remaining })
    }

    pub(super) fn finish(self) -> Option<String> {
        // Python treats these as mappings, whose items need not all be used.
        let is_mapping = matches!(self.args, Literal::Dict(_) | Literal::List(_) | Literal::Bytes(_));
        (is_mapping || self.remaining.is_empty()).then_some(self.text)
    }

    pub(super) fn convert(&mut self, spec: &Spec<'_>) -> Option<()> {
        if let Some(key) = spec.key {
            self.remaining = slice::from_ref(self.look_up(key)?);
        }
        let width = self.count(spec.width)?;
        let precision = match spec.precision {
            // A negative precision counts as zero.
            Some(precision) => Some(usize::try_from(self.count(precision)?).unwrap_or(0)),
            None => None,
        };
        let value = self.next()?;
        let left = width < 0 || spec.has('-');
        let width = usize::try_from(width.unsigned_abs()).ok()?;
        let pad = if left { Pad::Right } else { Pad::Left };
        match spec.conversion {
            's' | 'r' | 'a' => {
                let text = render(value, spec.conversion)?;
                let end = precision.and_then(|chars| text.char_indices().nth(chars)).map_or(text.len(), |(at, _)| at);
                if let Cow::Owned(text) = &text {
                    // The text that the precision cuts off has also been rendered.
                    self.spend(text.len() - end)?;
                }
                self.push_padded([""; 2], text.get(..end)?, width, pad)
            }
            'c' => self.push_padded([""; 2], character(value)?.encode_utf8(&mut [0; 4]), width, pad),
            conversion => {
                // All digits are computed before their number is checked.
                self.spend(precision.unwrap_or(0))?;
                let form = if spec.has('#') { Form::Alternate } else { Form::Plain };
                let number = conversion::number(value, conversion, precision, form)?;
                let pad = if spec.has('0') && !left { Pad::Zeros } else { pad };
                self.push_padded([number.sign(spec), number.prefix], &number.digits, width, pad)
            }
        }
    }

    fn look_up(&mut self, key: &str) -> Option<&'a Literal<'v>> {
        let Literal::Dict(pairs) = self.args else {
            return None;
        };
        self.spend(pairs.len())?;
        // The last of equal keys wins: a dict has only one.
        let found = pairs.iter().rev().find(|(name, _)| matches!(name, Literal::Text(name) if name == key));
        found.map(|(_, value)| value)
    }

    fn next(&mut self) -> Option<&'a Literal<'v>> {
        let (first, others) = self.remaining.split_first()?;
        self.remaining = others;
        Some(first)
    }

    /// Returns a width or a precision. Only arguments can be negative.
    fn count(&mut self, count: Count) -> Option<i64> {
        let count = match count {
            Count::Fixed(count) => i64::from(count),
            Count::Argument => match self.next()? {
                Literal::Int(count) => *count,
                Literal::Bool(count) => i64::from(*count),
                _ => return None,
            },
        };
        (count.unsigned_abs() <= u64::from(MAX_FIELD_CHARS)).then_some(count)
    }

    pub(super) fn push(&mut self, text: &str) -> Option<()> {
        self.spend(text.len())?;
        self.text.push_str(text);
        Some(())
    }

    /// Appends a sign, the prefix of a base and `text`, padded to `width` characters.
    fn push_padded(&mut self, [sign, prefix]: [&str; 2], text: &str, width: usize, pad: Pad) -> Option<()> {
        let missing = match width {
            0 => 0,
            _ => width.saturating_sub(sign.len() + prefix.len() + text.chars().count()),
        };
        self.spend(missing)?;
        let (left, zeros, right) = match pad {
            Pad::Left => (missing, 0, 0),
            Pad::Zeros => (0, missing, 0),
            Pad::Right => (0, 0, missing),
        };
        self.text.extend(iter::repeat_n(' ', left));
        self.push(sign)?;
        self.push(prefix)?;
        self.text.extend(iter::repeat_n('0', zeros));
        self.push(text)?;
        self.text.extend(iter::repeat_n(' ', right));
        Some(())
    }

    fn spend(&mut self, work: usize) -> Option<()> {
        self.work_left = self.work_left.checked_sub(work)?;
        Some(())
    }
}

/// How a text is padded.
#[derive(Clone, Copy)]
enum Pad {
    /// Spaces on the left.
    Left,
    /// Spaces on the right.
    Right,
    /// Zeros between a number's sign and its digits.
    Zeros,
}

/// Formats `%s`, `%r`, `%a`.
fn render<'a>(value: &'a Literal<'_>, conversion: char) -> Option<Cow<'a, str>> {
    match value {
        Literal::Text(text) if conversion == 's' => Some(Cow::Borrowed(text)),
        Literal::Opaque(_) if conversion == 's' => None,
        _ => {
            let mut text = String::new();
            repr::push(&mut text, value)?;
            if conversion == 'a' {
                text = repr::ascii(&text);
            }
            Some(Cow::Owned(text))
        }
    }
}

/// Formats `%c`: the character with a number, or a text of one character.
fn character(value: &Literal<'_>) -> Option<char> {
    match value {
        Literal::Int(code) => char::from_u32(u32::try_from(*code).ok()?),
        Literal::Bool(code) => Some(char::from(u8::from(*code))),
        Literal::Text(text) => {
            let mut chars = text.chars();
            chars.next().filter(|_| chars.as_str().is_empty())
        }
        _ => None,
    }
}
