//! The functions by which protocols 0 to 3 write sets and bytes, for which they have no instruction.

use super::node::{Known, Node};

impl Known {
    /// Returns the function of this name. Python 2 calls `builtins` `__builtin__`.
    pub(super) fn named(module: &str, name: &str) -> Option<Self> {
        match (module, name) {
            ("builtins" | "__builtin__", "set" | "frozenset") => Some(Self::Set),
            ("builtins" | "__builtin__", "bytes") => Some(Self::NoBytes),
            ("_codecs", "encode") => Some(Self::Encode),
            _ => None,
        }
    }

    /// Returns what the function would return for these arguments.
    pub(super) fn result<'a>(self, arguments: &[&Node<'a>]) -> Option<Returned<'a>> {
        match (self, arguments) {
            (Self::Set, [Node::List(_)]) => Some(Returned::Argument),
            (Self::Set, []) => Some(Returned::New(Node::List(Vec::new()))),
            (Self::NoBytes, []) => Some(Returned::New(Node::Bytes(b"".into()))),
            (Self::Encode, [Node::Bytes(text), Node::Bytes(encoding)]) if &**encoding == b"latin1" => {
                let text = str::from_utf8(text).ok()?;
                let bytes = text.chars().map(|char| u8::try_from(char).ok()).collect::<Option<Vec<u8>>>()?;
                Some(Returned::New(Node::Bytes(bytes.into())))
            }
            _ => None,
        }
    }
}

/// What a function returns.
#[derive(Debug)]
pub(super) enum Returned<'a> {
    /// Its argument: a set is kept as the list of its values.
    Argument,
    New(Node<'a>),
}
