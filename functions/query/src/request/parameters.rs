//! Parses a query string. Each parameter is known, and given once unless it excludes something.

use std::borrow::Cow;

use percent_encoding::percent_decode_str;

use super::spelling;

/// The longest query string. An HTTP API accepts 10 kB for path, query string and headers together.
pub(crate) const MAX_QUERY_BYTES: usize = 8 * 1024;
/// The known parameter that stands for all fields of a record, such as `field.order` and `field.customer.id`.
pub(crate) const FIELD: &str = "field.NAME";
const FIELD_PREFIX: &str = "field.";
/// The known parameter that stands for all fields that must not be so, such as `not.field.order`.
pub(crate) const NOT_FIELD: &str = "not.field.NAME";
const NOT_FIELD_PREFIX: &str = "not.field.";
/// The known parameter for texts that must not occur.
pub(crate) const NOT_Q: &str = "not.q";
/// How many characters of a client's text an error repeats.
const SHOWN_CHARS: usize = 100;

/// A wrong parameter. Displays as a sentence for the client.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("{detail}")]
pub(crate) struct BadParameter {
    /// The parameter.
    pub(crate) name: String,
    /// Its value, shortened. `None` where the value is not the problem.
    pub(crate) value: Option<String>,
    /// The problem.
    pub(crate) detail: String,
    /// What is allowed instead.
    pub(crate) allowed: String,
    /// What was probably meant.
    pub(crate) suggestion: Option<&'static str>,
}

impl BadParameter {
    /// Returns the error for a value that is not allowed.
    pub(crate) fn value(name: &str, value: &str, problem: &str, allowed: &str) -> Self {
        let value = shortened(value).into_owned();
        let detail = format!("{name} is `{value}`: {problem}.");
        Self { name: name.to_owned(), value: Some(value), detail, allowed: allowed.to_owned(), suggestion: None }
    }
}

/// The parameters of a query string.
#[derive(Debug)]
pub(crate) struct Parameters<'q>(Vec<(Cow<'q, str>, Cow<'q, str>)>);

impl<'q> Parameters<'q> {
    /// Parses a query string. Refuses unknown parameters, and those given twice. What excludes records may be given
    /// several times.
    pub(crate) fn parse(query: Option<&'q str>, known: &[&'static str]) -> Result<Self, BadParameter> {
        let query = query.unwrap_or_default();
        if query.len() > MAX_QUERY_BYTES {
            return Err(too_long(query));
        }
        let mut parameters = Self(Vec::new());
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            let (sent_name, sent_value) = pair.split_once('=').unwrap_or((pair, ""));
            let name = unescaped(sent_name).unwrap_or(Cow::Borrowed(sent_name));
            if !is_known(&name, known) {
                return Err(unknown(&name, known));
            }
            if parameters.get(&name).is_some() && !may_repeat(&name) {
                return Err(repeated(&name));
            }
            let value = unescaped(sent_value).ok_or_else(|| not_text(&name, sent_value))?;
            parameters.0.push((name, value));
        }
        Ok(parameters)
    }

    /// Returns the value of a parameter.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.iter().find(|(own, _)| *own == name).map(|(_, value)| value)
    }

    /// Returns all values of a parameter.
    pub(crate) fn all(&self, name: &str) -> impl Iterator<Item = &str> {
        self.iter().filter(move |(own, _)| *own == name).map(|(_, value)| value)
    }

    /// Returns the fields, without `field.`, and their values.
    pub(crate) fn fields(&self) -> impl Iterator<Item = (&str, &str)> {
        self.iter().filter_map(|(name, value)| Some((name.strip_prefix(FIELD_PREFIX)?, value)))
    }

    /// Returns the fields of `not.field.`, without it, and their values.
    pub(crate) fn excluded_fields(&self) -> impl Iterator<Item = (&str, &str)> {
        self.iter().filter_map(|(name, value)| Some((name.strip_prefix(NOT_FIELD_PREFIX)?, value)))
    }

    /// Returns all names and values in their order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_ref(), value.as_ref()))
    }
}

/// Whether `name` is known. [`FIELD`] and [`NOT_FIELD`] stand for all fields.
fn is_known(name: &str, known: &[&str]) -> bool {
    let fields = [(FIELD, FIELD_PREFIX), (NOT_FIELD, NOT_FIELD_PREFIX)];
    let is_field = |(known_as, prefix)| known.contains(&known_as) && name.starts_with(prefix);
    known.contains(&name) || fields.into_iter().any(is_field)
}

/// Whether a parameter excludes records. Two of these ask for something, where two values of a field find nothing.
fn may_repeat(name: &str) -> bool {
    let is_unequal = name.starts_with(FIELD_PREFIX) && name.ends_with('!');
    name == NOT_Q || name.starts_with(NOT_FIELD_PREFIX) || is_unequal
}

/// Shortens a client's text for an error message.
pub(crate) fn shortened(text: &str) -> Cow<'_, str> {
    match text.char_indices().nth(SHOWN_CHARS) {
        Some((end, _)) => Cow::Owned(format!("{}…", &text[..end])),
        None => Cow::Borrowed(text),
    }
}

/// Decodes a name or value. `+` is a space. Returns `None` if it is not UTF-8.
fn unescaped(sent: &str) -> Option<Cow<'_, str>> {
    if sent.contains('+') {
        let sent = sent.replace('+', " ");
        percent_decode_str(&sent).decode_utf8().ok().map(|text| Cow::Owned(text.into_owned()))
    } else {
        percent_decode_str(sent).decode_utf8().ok()
    }
}

fn too_long(query: &str) -> BadParameter {
    let name = shortened(query.split(['=', '&']).next().unwrap_or_default()).into_owned();
    let detail = format!("The query string is longer than {MAX_QUERY_BYTES} bytes.");
    BadParameter { name, value: None, detail, allowed: format!("{MAX_QUERY_BYTES} bytes"), suggestion: None }
}

fn unknown(name: &str, known: &[&'static str]) -> BadParameter {
    let name = shortened(name).into_owned();
    let (suggestion, hint) = match spelling::closest(&name, known) {
        Some(meant) => (Some(meant), format!(" Did you mean `{meant}`?")),
        None if known.contains(&FIELD) && is_word(&name) => {
            (Some(FIELD), format!(" Filter by a record's field with `{FIELD_PREFIX}{name}`."))
        }
        None => (None, String::new()),
    };
    let detail = format!("There is no parameter `{name}`.{hint}");
    let allowed = if known.is_empty() { "no parameters".to_owned() } else { known.join(", ") };
    BadParameter { name, value: None, detail, allowed, suggestion }
}

fn is_word(name: &str) -> bool {
    !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '.'))
}

fn repeated(name: &str) -> BadParameter {
    let detail = format!("{name} is given more than once.");
    BadParameter { name: name.to_owned(), value: None, detail, allowed: format!("{name} once"), suggestion: None }
}

fn not_text(name: &str, sent: &str) -> BadParameter {
    BadParameter::value(name, sent, "its percent-encoding is not UTF-8 text", "UTF-8")
}

#[cfg(test)]
mod tests {
    use super::{FIELD, Parameters, shortened};

    const KNOWN: [&str; 3] = ["from", "to", "after"];

    #[test]
    fn parameters_are_unescaped() {
        fn check(query: &str, expect: [Option<&str>; 3]) {
            let parameters = Parameters::parse(Some(query), &KNOWN).unwrap();
            assert_eq!(KNOWN.map(|name| parameters.get(name)), expect, "{query}");
        }
        check("", [None, None, None]);
        check("&&", [None, None, None]);
        check("from=a&to=b", [Some("a"), Some("b"), None]);
        check("to=%47r%C3%B6%c3%9fe+x%2B", [None, Some("Größe x+"), None]);
        check("fr%6Fm=a%zz%", [Some("a%zz%"), None, None]);
        check("after=b=c", [None, None, Some("b=c")]);
        check("after", [None, None, Some("")]);
    }

    #[test]
    fn others_are_refused() {
        fn check(query: &str, expect: &str) {
            let refused = Parameters::parse(Some(query), &KNOWN).unwrap_err();
            assert_eq!(format!("{refused} | {}", refused.allowed), expect, "{query}");
        }
        check("form=x", "There is no parameter `form`. Did you mean `from`? | from, to, after");
        check("uid[$ne]=", "There is no parameter `uid[$ne]`. | from, to, after");
        check("uid%5B%24ne%5D=", "There is no parameter `uid[$ne]`. | from, to, after");
        check("$where=sleep(1)", "There is no parameter `$where`. | from, to, after");
        check("=x", "There is no parameter ``. | from, to, after");
        check("%FF=x", "There is no parameter `%FF`. | from, to, after");
        check("to=1&to=1", "to is given more than once. | to once");
        check("to=%FF", "to is `%FF`: its percent-encoding is not UTF-8 text. | UTF-8");
        let long = "ü".repeat(1_000);
        check(&long, &format!("There is no parameter `{}…`. | from, to, after", "ü".repeat(100)));
    }

    #[test]
    fn fields_are_known_where_they_are_asked_for() {
        fn check(query: &str, known: &[&'static str], expect: &str) {
            assert_eq!(Parameters::parse(Some(query), known).unwrap_err().to_string(), expect, "{query}");
        }
        let known = ["from", "limit", FIELD];
        let parameters = Parameters::parse(Some("field.a=1&from=x&field.b.c%24=2&field.=3"), &known).unwrap();
        assert_eq!(parameters.fields().collect::<Vec<_>>(), [("a", "1"), ("b.c$", "2"), ("", "3")]);
        check("field.a=1&field.a=2", &known, "field.a is given more than once.");
        check("field.a=1", &KNOWN, "There is no parameter `field.a`.");
        check("order=1", &known, "There is no parameter `order`. Filter by a record's field with `field.order`.");
        check("limt=1", &known, "There is no parameter `limt`. Did you mean `limit`?");
        check("order[$ne]=1", &known, "There is no parameter `order[$ne]`.");
    }

    #[test]
    fn a_query_string_that_is_too_long_is_not_read() {
        let refused =
            |bytes: usize| Parameters::parse(Some(&"&".repeat(bytes)), &KNOWN).err().map(|bad| bad.to_string());
        assert_eq!(refused(8_192), None);
        assert_eq!(refused(8_193).as_deref(), Some("The query string is longer than 8192 bytes."));
    }

    #[test]
    fn nothing_is_known_where_there_are_no_parameters() {
        let refused = Parameters::parse(Some("x=1"), &[]).unwrap_err();
        assert_eq!(refused.allowed, "no parameters");
    }

    #[test]
    fn only_long_texts_are_shortened() {
        assert_eq!(shortened("short"), "short");
        assert_eq!(shortened(&"x".repeat(100)).len(), 100);
        assert!(shortened(&"x".repeat(101)).ends_with("x…"));
    }
}
