//! The values of a pickle, which name each other by their places.

use std::borrow::Cow;

/// A value's place in the list of values.
pub(super) type Id = u32;

/// A value.
#[derive(Clone, Debug)]
pub(super) enum Node<'a> {
    None,
    Bool(bool),
    Int(i64),
    /// An integer of more than 64 bits: little endian, two's complement.
    Long(&'a [u8]),
    /// The digits of such an integer.
    Digits(&'a str),
    Float(f64),
    /// Text or bytes. Text should be UTF-8, but may have single surrogates.
    Bytes(Cow<'a, [u8]>),
    /// A list, a tuple or a set.
    List(Vec<Id>),
    Dict(Vec<(Id, Id)>),
    Function(Known),
}

/// A function whose result is made without it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Known {
    /// `set` and `frozenset`, of a list.
    Set,
    /// `bytes()`.
    NoBytes,
    /// `_codecs.encode(text, "latin1")`.
    Encode,
}
