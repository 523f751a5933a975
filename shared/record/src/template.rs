//! Renders the message templates of Serilog and .NET: `Order {Id} failed`.
//!
//! Syntax: <https://messagetemplates.org>. Texts are rendered without quotes, as Seq shows them. A hole without a value
//! stays as it is.

use super::args::ARGUMENTS;
use super::draft::Draft;
use super::elements::Elements;

/// A longer template is not rendered.
const MAX_TEMPLATE_BYTES: usize = 8_192;
/// How many holes are filled.
const MAX_HOLES: usize = 64;
/// A rendered message ends here.
const MAX_MESSAGE_BYTES: usize = 65_536;
/// The object that holds the values in Serilog's other format.
const PROPERTIES: &[u8] = b"Properties";
/// The field that holds what Serilog has rendered: a text for each hole with a format.
const RENDERINGS: &[u8] = b"@r";

/// The field with the logger's name in records of logback, as it is spelled.
pub(super) const LOGBACK_LOGGER: &str = "loggername";
/// The hole in logback's templates.
pub(super) const BRACES: &str = "{}";
/// The field in which logback's encoder writes the message as it was rendered.
const FORMATTED: &[u8] = b"formattedMessage";

/// Returns the message that a template of logback's and the arguments in these fields make; `None` if there are none.
pub(super) fn with_arguments(elements: &[u8], template: &str) -> Option<String> {
    if let Some(message) = text(elements, FORMATTED) {
        return Some(message);
    }
    let arguments = Elements { rest: elements }.find(|element| element.name == ARGUMENTS)?.inner()?.rest;
    let mut message = String::with_capacity(template.len());
    let mut rest = template;
    for position in 0..MAX_HOLES {
        let Some(at) = rest.find(BRACES).filter(|_| message.len() < MAX_MESSAGE_BYTES) else { break };
        let Some(value) = text(arguments, position.to_string().as_bytes()) else { break };
        message.push_str(&rest[..at]);
        message.push_str(&value);
        rest = &rest[at + BRACES.len()..];
    }
    (!message.is_empty() || rest.len() < template.len()).then(|| message + rest)
}

/// Returns the message that a template and the draft's fields make.
pub(super) fn render(draft: &Draft<'_>, template: &str) -> String {
    if template.len() > MAX_TEMPLATE_BYTES || !template.contains('{') {
        return template.to_owned();
    }
    let values = Values::of(draft);
    let (mut message, mut rest, mut holes, mut formats) = (String::with_capacity(template.len()), template, 0, 0);
    while let Some(at) = rest.find(['{', '}']) {
        message.push_str(&rest[..at]);
        rest = &rest[at..];
        if message.len() > MAX_MESSAGE_BYTES || holes == MAX_HOLES {
            break;
        }
        let doubled = ["{{", "}}"].into_iter().find(|doubled| rest.starts_with(doubled));
        let length = match (doubled, rest.find('}').filter(|_| rest.starts_with('{'))) {
            (Some(_), _) => {
                message.push_str(&rest[..1]);
                2
            }
            (None, Some(end)) => {
                let hole = &rest[1..end];
                holes += 1;
                draft.work.spend(draft.document.len());
                match values.fill(hole, &mut formats) {
                    Some(value) => message.push_str(&value),
                    None => message.push_str(&rest[..=end]),
                }
                end + 1
            }
            (None, None) => {
                message.push_str(&rest[..1]);
                1
            }
        };
        rest = &rest[length..];
    }
    message + rest
}

/// The values for the holes.
struct Values<'d> {
    fields: &'d [u8],
    properties: Option<&'d [u8]>,
    renderings: Option<&'d [u8]>,
}

impl<'d> Values<'d> {
    fn of(draft: &'d Draft<'_>) -> Self {
        let fields = draft.document.elements();
        let inner = |name: &[u8]| {
            let element = Elements { rest: fields }.find(|element| element.name == name)?;
            element.inner().map(|inner| inner.rest)
        };
        Self { fields, properties: inner(PROPERTIES), renderings: inner(RENDERINGS) }
    }

    /// Returns the text for a hole: `Name`, `@Name`, `Name,10`, `Name:format`.
    fn fill(&self, hole: &str, formats: &mut usize) -> Option<String> {
        let name = hole.split([',', ':']).next()?.trim_start_matches(['@', '$']);
        let is_name = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'-');
        if name.is_empty() || !name.bytes().all(is_name) {
            return None;
        }
        if hole.contains(':') {
            let rendered = self.renderings.and_then(|renderings| text(renderings, formats.to_string().as_bytes()));
            *formats += 1;
            if rendered.is_some() {
                return rendered;
            }
        }
        text(self.fields, name.as_bytes()).or_else(|| text(self.properties?, name.as_bytes()))
    }
}

fn text(elements: &[u8], name: &[u8]) -> Option<String> {
    let element = Elements { rest: elements }.find(|element| element.name == name)?;
    if element.is_boolean() {
        return Some(if element.value == [1] { "True" } else { "False" }.to_owned());
    }
    if element.is_null() {
        return Some("null".to_owned());
    }
    element.number().or_else(|| element.text().and_then(|text| str::from_utf8(text).ok()).map(str::to_owned))
}
