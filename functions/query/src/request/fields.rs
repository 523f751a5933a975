//! Parses `fields`: which fields of the records an answer has.

use store::{FieldName, Projection};

use super::{BadParameter, Format, Parameters};

pub(crate) const FIELDS: &str = "fields";
/// How many fields a request may name.
const MAX_FIELDS: usize = 50;
/// The longest name of a field, in bytes.
const MAX_NAME_BYTES: usize = 200;

/// The fields that a request asks for. A dot means what it means in `field.NAME`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Fields(Vec<FieldName>);

impl Fields {
    /// Reads the fields of a request; `None` for all of them.
    pub(super) fn parse(parameters: &Parameters<'_>, format: Format) -> Result<Option<Self>, BadParameter> {
        let Some(value) = parameters.get(FIELDS) else { return Ok(None) };
        let refused = |problem: &str, allowed: &str| Err(BadParameter::value(FIELDS, value, problem, allowed));
        if format == Format::Text {
            return refused("text has fields of its own", "format=json, format=ndjson");
        }
        let allowed = format!("1 to {MAX_FIELDS} names of up to {MAX_NAME_BYTES} bytes between commas");
        let name = |name: &str| FieldName::parse(name).filter(|_| name.len() <= MAX_NAME_BYTES);
        match value.split(',').map(name).collect::<Option<Vec<_>>>() {
            None => refused("a name between the commas is empty, too long, or has a NUL", &allowed),
            Some(names) if names.len() > MAX_FIELDS => refused("there are too many names", &allowed),
            Some(names) => Ok(Some(Self(names))),
        }
    }

    /// Returns the names.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(FieldName::as_str)
    }

    /// Returns what MongoDB has to send: these fields, and some paths.
    pub(crate) fn projection(&self, paths: &[&str]) -> Projection {
        Projection::of_fields(&self.0, paths)
    }
}

#[cfg(test)]
mod tests {
    use super::{FIELDS, Fields, Format, Parameters};

    fn parse(query: &str, format: Format) -> Result<Option<Vec<String>>, String> {
        let parameters = Parameters::parse(Some(query), &[FIELDS]).unwrap();
        let fields = Fields::parse(&parameters, format).map_err(|bad| format!("{bad} | {}", bad.allowed))?;
        Ok(fields.map(|fields| fields.names().map(str::to_owned).collect()))
    }

    #[test]
    fn fields_are_names_between_commas() {
        fn check(query: &str, expect: Option<&[&str]>) {
            let expect = expect.map(|names| names.iter().map(|&name| name.to_owned()).collect());
            assert_eq!(parse(query, Format::Ndjson), Ok(expect), "{query}");
        }
        check("", None);
        check("fields=message", Some(&["message"]));
        check("fields=message,resource.host.name,$where", Some(&["message", "resource.host.name", "$where"]));
        let many = ["x"; 50].join(",");
        check(&format!("fields={many}"), Some(&["x"; 50]));
    }

    #[test]
    fn others_are_refused() {
        fn check(query: &str, format: Format, problem: &str, allowed: &str) {
            let value = query.strip_prefix("fields=").unwrap();
            let expect = format!("fields is `{value:.100}`: {problem}. | {allowed}");
            assert_eq!(parse(query, format).unwrap_err().replace('…', ""), expect, "{query}");
        }
        let allowed = "1 to 50 names of up to 200 bytes between commas";
        let empty = "a name between the commas is empty, too long, or has a NUL";
        check("fields=", Format::Json, empty, allowed);
        check("fields=a,,b", Format::Json, empty, allowed);
        check(&format!("fields={}", "x".repeat(201)), Format::Json, empty, allowed);
        check(&format!("fields={}", ["x"; 51].join(",")), Format::Json, "there are too many names", allowed);
        check("fields=a", Format::Text, "text has fields of its own", "format=json, format=ndjson");
    }
}
