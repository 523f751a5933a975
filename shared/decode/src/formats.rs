//! The names in a record's `source` of the formats that more than one decoder reads.

/// JSON that no other format is recognised in.
pub(super) const JSON: &str = "json";
/// Plain text.
pub(super) const TEXT: &str = "text";
