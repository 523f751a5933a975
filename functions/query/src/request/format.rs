//! Parses the format of an answer.

use super::accept::wanted;
use super::{BadParameter, Parameters, spelling};

pub(crate) const FORMAT: &str = "format";

/// The format of a list of records.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Format {
    /// One JSON document.
    Json,
    /// One JSON document a line.
    Ndjson,
    /// One readable line a record.
    Text,
}

/// The formats, with their names in a query string and in `Accept`.
const FORMATS: [(Format, &str, &str); 3] = [
    (Format::Json, "json", "application/json"),
    (Format::Ndjson, "ndjson", "application/x-ndjson"),
    (Format::Text, "text", "text/plain"),
];

impl Format {
    /// Returns the format of a request: from its parameter, else from `Accept`, else JSON.
    pub(crate) fn parse(parameters: &Parameters<'_>, accept: Option<&str>) -> Result<Self, BadParameter> {
        let Some(value) = parameters.get(FORMAT) else { return Ok(accept.map_or(Self::Json, accepted)) };
        let known = FORMATS.iter().find(|(_, name, _)| *name == value).map(|(format, ..)| *format);
        known.ok_or_else(|| {
            let names = FORMATS.map(|(_, name, _)| name);
            let suggestion = spelling::closest(value, &names);
            BadParameter {
                suggestion,
                ..BadParameter::value(FORMAT, value, "there is no such format", &names.join(", "))
            }
        })
    }

    /// Returns the value of `Content-Type`.
    pub(crate) fn content_type(self) -> &'static str {
        match self {
            Self::Json => "application/json",
            Self::Ndjson => "application/x-ndjson",
            Self::Text => "text/plain; charset=utf-8",
        }
    }
}

/// Returns the format with the highest weight in `Accept`; JSON if it names none.
fn accepted(accept: &str) -> Format {
    let wanted = wanted(accept).filter_map(|(name, weight)| {
        let (format, ..) = FORMATS.iter().find(|(.., media_type)| media_type.eq_ignore_ascii_case(name))?;
        Some((*format, weight))
    });
    let best = wanted.fold(None, |best: Option<(Format, f64)>, one| best.filter(|best| best.1 >= one.1).or(Some(one)));
    best.map_or(Format::Json, |(format, _)| format)
}

#[cfg(test)]
mod tests {
    use super::{FORMAT, Format, Parameters};

    #[test]
    fn the_parameter_decides_then_what_is_accepted() {
        fn check(query: &str, accept: &str, expect: Format) {
            let parameters = Parameters::parse(Some(query), &[FORMAT]).unwrap();
            assert_eq!(Format::parse(&parameters, Some(accept)), Ok(expect), "{query} {accept}");
        }
        check("format=text", "application/json", Format::Text);
        check("format=ndjson", "", Format::Ndjson);
        check("", "*/*", Format::Json);
        check("", "text/html, application/xhtml+xml, */*;q=0.8", Format::Json);
        check("", "text/plain", Format::Text);
        check("", "TEXT/plain;q=0.5, application/x-ndjson; q=0.9", Format::Ndjson);
        check("", "text/plain;q=0, application/json;q=0.1", Format::Json);
        check("", "text/plain, application/json", Format::Text);
        check("", "text/plain;q=x", Format::Json);
    }

    #[test]
    fn other_formats_are_refused() {
        let parameters = Parameters::parse(Some("format=jsn"), &[FORMAT]).unwrap();
        let bad = Format::parse(&parameters, None).unwrap_err();
        assert_eq!(
            (bad.to_string().as_str(), bad.allowed.as_str()),
            ("format is `jsn`: there is no such format.", "json, ndjson, text")
        );
        assert_eq!(bad.suggestion, Some("json"));
    }
}
