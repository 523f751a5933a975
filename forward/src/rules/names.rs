//! The names of inputs and outputs, which rules may use.

use crate::yaml::{Mistake, Node, suggestion};

/// The names that rules may use.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Names<'n> {
    pub(crate) inputs: &'n [&'n str],
    pub(crate) outputs: &'n [&'n str],
}

/// Returns the position of the input or output that a text names.
pub(super) fn position(node: &Node, what: &str, known: &[&str]) -> Result<usize, Mistake> {
    let name = node.text(what)?;
    known.iter().position(|known| *known == name).ok_or_else(|| {
        let suggestion = suggestion(name, known.iter().copied());
        node.mistake(format!("`{name}` is no {what} of this file; {suggestion}"))
    })
}
