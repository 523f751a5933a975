//! Request targets: a path and its query string.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// Everything but the unreserved characters of RFC 3986. A space becomes `%20`, never `+`, as signatures need it.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// A path with parameters.
#[derive(Clone, Debug)]
pub(crate) struct Target {
    text: String,
    has_query: bool,
}

impl Target {
    /// Starts with a path that needs no escapes.
    pub(crate) fn new(path: &str) -> Self {
        Self { text: path.to_owned(), has_query: false }
    }

    /// Appends a segment, escaped.
    pub(crate) fn segment(mut self, segment: &str) -> Self {
        self.text.push('/');
        self.text.extend(utf8_percent_encode(segment, ESCAPED));
        self
    }

    /// Appends a parameter, escaped, if it has a value.
    pub(crate) fn parameter(mut self, name: &str, value: Option<&str>) -> Self {
        let Some(value) = value else { return self };
        self.text.push(if self.has_query { '&' } else { '?' });
        self.has_query = true;
        self.text.extend(utf8_percent_encode(name, ESCAPED));
        self.text.push('=');
        self.text.extend(utf8_percent_encode(value, ESCAPED));
        self
    }

    /// Returns the text that is sent.
    pub(crate) fn as_str(&self) -> &str {
        &self.text
    }
}

#[cfg(test)]
mod tests {
    use super::Target;

    #[test]
    fn everything_is_escaped() {
        let target = Target::new("/transactions").segment("job/42 über+all?").parameter("from", None);
        let target = target.parameter("q", Some("a b+c&d=é")).parameter("field.a:number", Some("42"));
        assert_eq!(
            target.as_str(),
            "/transactions/job%2F42%20%C3%BCber%2Ball%3F?q=a%20b%2Bc%26d%3D%C3%A9&field.a%3Anumber=42"
        );
    }
}
