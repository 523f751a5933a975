//! Renders `msg % args` as Python's `logging` does.

mod conversion;
mod float;
mod integer;
mod message;
mod number;
mod spec;
#[cfg(test)]
mod tests;

use std::borrow::Cow;

use self::message::MessageBuffer;
use self::spec::Spec;
use super::Literal;

/// The initial capacity of a message, in multiples of its template. The buffer grows if needed.
const USUAL_GROWTH: usize = 2;

/// Renders a message as `LogRecord.getMessage` does. `None` if Python would raise, or if the result cannot be known.
///
/// `args` is what the record holds: a tuple, or the mapping that was the tuple's only item. (The JSON array of a typed
/// sender must come as a [`Literal::Tuple`]: to Python a list is one argument.) Without arguments the template is the
/// message, including any `%%`.
///
/// The `str` of a [`Literal::Opaque`] cannot be known, but its `repr` can. So `%r` prints it, and so does `%s` of a
/// list that contains it. Refused although Python would do it: widths and precisions above 10,000, messages that take
/// more than a mebibyte or as much work, and `%c` of a lone surrogate.
#[must_use]
pub(crate) fn format<'t>(template: &'t str, args: &Literal<'_>) -> Option<Cow<'t, str>> {
    if is_falsy(args) {
        return Some(Cow::Borrowed(template));
    }
    let mut message = MessageBuffer::new(args, USUAL_GROWTH * template.len())?;
    let mut rest = template;
    while let Some((plain, conversion)) = rest.split_once('%') {
        message.push(plain)?;
        if let Some(after) = conversion.strip_prefix('%') {
            message.push("%")?;
            rest = after;
        } else {
            let (spec, after) = Spec::parse(conversion)?;
            message.convert(&spec)?;
            rest = after;
        }
    }
    message.push(rest)?;
    message.finish().map(Cow::Owned)
}

fn is_falsy(args: &Literal<'_>) -> bool {
    match args {
        Literal::None => true,
        Literal::Bool(value) => !value,
        Literal::Int(value) => *value == 0,
        Literal::Float(value) => *value == 0.0,
        Literal::Text(text) => text.is_empty(),
        Literal::Bytes(bytes) => bytes.is_empty(),
        Literal::Tuple(items) | Literal::List(items) | Literal::Set(items) => items.is_empty(),
        Literal::Dict(pairs) => pairs.is_empty(),
        Literal::BigInt(_) | Literal::Opaque(_) => false,
    }
}
