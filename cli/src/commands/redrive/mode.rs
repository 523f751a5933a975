//! Whether a run changes anything.

/// Whether a run changes anything.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Mode {
    /// Payloads are stored, and then removed from where they waited.
    Write,
    /// Nothing is changed.
    DryRun,
}
