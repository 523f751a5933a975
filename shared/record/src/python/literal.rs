//! A Python value, as far as its `repr` shows it.

use std::borrow::Cow;

/// A Python value, borrowed from its text where possible.
///
/// Text is a Rust string, so a `str` with a lone surrogate becomes [`Literal::Opaque`].
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Literal<'a> {
    /// `None`
    None,
    /// `True` or `False`
    Bool(bool),
    /// An `int` that fits an i64.
    Int(i64),
    /// A larger `int`: decimal digits, after a `-` if negative.
    BigInt(Cow<'a, str>),
    /// A `float`. Also `inf` and `nan`, which `repr` prints although they are not Python literals.
    Float(f64),
    /// A `str`
    Text(Cow<'a, str>),
    /// A `bytes`
    Bytes(Cow<'a, [u8]>),
    /// A `tuple`
    Tuple(Vec<Literal<'a>>),
    /// A `list`
    List(Vec<Literal<'a>>),
    /// A `set`, in the order printed.
    Set(Vec<Literal<'a>>),
    /// A `dict`, in the order printed.
    Dict(Vec<(Literal<'a>, Literal<'a>)>),
    /// The `repr` of anything else, such as `Decimal('1.5')` or `<Color.RED: 1>`. Occurs only inside a container.
    Opaque(&'a str),
}
