//! Who may read which records.

use crate::field_name::is_path;

/// The most bytes of a field's path.
const MAX_FIELD_BYTES: usize = 128;
/// The most names of a field's path.
const MAX_FIELD_NAMES: usize = 8;
/// The fields that never hold a text, so that nobody would see anything.
const NO_TEXTS: [&str; 2] = ["_id", "time"];

/// Which records a reader may see.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Scope {
    /// All records.
    Everything,
    /// The records of one tenant.
    Tenant(Tenant),
}

/// A tenant: those whose records have one text in one field.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Tenant {
    field: TenantField,
    name: String,
}

/// The field that says whose record it is: a path with dots between its names.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct TenantField(String);

impl TenantField {
    /// Reads a path: up to 128 printable characters of ASCII without spaces, up to 8 names, none of which is empty or begins
    /// with a dollar. `None` for everything else, and for `_id` and `time`, which are no texts.
    #[must_use]
    pub fn parse(path: &str) -> Option<Self> {
        let is_short = path.len() <= MAX_FIELD_BYTES && path.split('.').count() <= MAX_FIELD_NAMES;
        let is_good = is_short && path.bytes().all(|byte| byte.is_ascii_graphic()) && is_path(path);
        (is_good && !NO_TEXTS.contains(&path)).then(|| Self(path.to_owned()))
    }

    /// Returns the path.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Tenant {
    /// Returns the tenant whose records have this text in this field.
    #[must_use]
    pub fn new(field: TenantField, name: String) -> Self {
        Self { field, name }
    }

    /// Returns the field.
    #[must_use]
    pub fn field(&self) -> &str {
        self.field.as_str()
    }

    /// Returns the text.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }
}

impl Scope {
    /// Returns the tenant, if it is one's.
    #[must_use]
    pub fn tenant(&self) -> Option<&Tenant> {
        match self {
            Self::Everything => None,
            Self::Tenant(tenant) => Some(tenant),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::TenantField;

    #[test]
    fn a_tenant_field_is_a_bounded_path() {
        fn check(path: &str, expect: bool) {
            assert_eq!(TenantField::parse(path).is_some(), expect, "{path}");
        }
        check("tenant", true);
        check("source.stream", true);
        check("a.b.c.d.e.f.g.h", true);
        check(&"x".repeat(128), true);
        for path in ["", ".", "a.", ".a", "a..b", "$where", "a.$b", "a b", "a\nb", "a\0b", "mandant.ä", "_id", "time"]
        {
            check(path, false);
        }
        check("a.b.c.d.e.f.g.h.i", false);
        check(&"x".repeat(129), false);
    }
}
