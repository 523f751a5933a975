//! How a run over many items ended: the same for `put` and `redrive`.

/// How a run ended that did not fail.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum RunEnd {
    /// It came to the last item, or to the limit.
    Done,
    /// A signal ended it early.
    Interrupted,
}

impl RunEnd {
    /// Returns the value of `ended` in a JSON summary. These names are stable.
    pub(crate) fn name<E>(result: &Result<Self, E>) -> &'static str {
        match result {
            Ok(Self::Done) => "done",
            Ok(Self::Interrupted) => "interrupted",
            Err(_) => "failed",
        }
    }
}
