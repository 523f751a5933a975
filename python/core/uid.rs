//! Which texts are ids.

use std::borrow::Cow;

use pyo3::pyfunction;
use record::LogUid;

/// Returns whether a text is an id for ingest, too, and not a word such as `none` or a placeholder.
#[pyfunction]
#[expect(clippy::needless_pass_by_value, reason = "arguments of Python are values")]
pub(crate) fn is_uid(text: Cow<'_, str>) -> bool {
    LogUid::parse(&text).is_ok()
}
