//! The names of fields.

/// The name of a field: a path with dots between its names, or a name that contains the dots.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct FieldName(String);

impl FieldName {
    /// Reads a name. Returns `None` for a name that no field can have: an empty one, or one with a NUL.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        (!name.is_empty() && !name.contains('\0')).then(|| Self(name.to_owned()))
    }

    /// Returns the name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Whether MongoDB takes a name as a path.
pub(crate) fn is_path(name: &str) -> bool {
    name.split('.').all(|part| !part.is_empty() && !part.starts_with('$'))
}
