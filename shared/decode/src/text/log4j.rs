//! Events of log4j in XML, as log4j 1, log4j 2 and `NLog` write them, and those of log4net, which differ in a prefix.
//!
//! Sources: <https://logging.apache.org/log4j/1.x/apidocs/org/apache/log4j/xml/XMLLayout.html>,
//! <https://logging.apache.org/log4j/2.x/manual/layouts.html#XMLLayout>,
//! <https://logging.apache.org/log4net/manual/configuration/layouts.html>.

use std::convert::Infallible;
use std::fmt::Write;

use quick_xml::events::{BytesStart, Event};
use quick_xml::{Reader, XmlVersion};
use record::{Container, Draft, FieldSink, Value};

use super::xml;
use crate::Sink;

/// The elements that are an event: how they begin and end.
const EVENTS: [(&str, &str); 3] = [
    ("<log4j:event ", "</log4j:event>"),
    ("<log4net:event ", "</log4net:event>"),
    ("<Event xmlns=\"http://logging.apache.org/log4j/2.0/events\" ", "</Event>"),
];
/// How many attributes of an event, and entries of its context, are read.
const MAX_FIELDS: usize = 128;

/// Returns whether a text begins with an event.
pub(super) fn begins_event(text: &str) -> bool {
    EVENTS.iter().any(|(begin, _)| text.starts_with(begin))
}

/// Returns where the event ends that begins at `start`. An event ends before the next one begins.
pub(super) fn end_of_event(text: &str, start: usize) -> Option<usize> {
    let rest = text.get(start..)?;
    let (begin, end) = EVENTS.iter().find(|(begin, _)| rest.starts_with(begin))?;
    let next = rest[begin.len()..].find(begin).map_or(rest.len(), |at| begin.len() + at);
    rest[..next].find(end).map(|at| start + at + end.len())
}

/// Creates the draft of a text that is one event; `None` for any other text.
pub(super) fn draft<'r>(text: &str, sink: &Sink<'_, 'r>) -> Option<Draft<'r>> {
    let text = text.trim_end();
    if end_of_event(text, 0)? != text.len() {
        return None;
    }
    let parts = Parts::read(text)?;
    let mut draft = sink.draft(text.len());
    parts.push_to(&mut draft);
    if parts.has_more {
        draft.keep_text(text);
    }
    Some(draft)
}

/// What an event says.
#[derive(Default)]
struct Parts {
    attributes: Vec<(String, String)>,
    /// The entries of log4j's MDC.
    context: Vec<(String, String)>,
    message: String,
    /// The nested context, as one text.
    nested: String,
    exception: String,
    /// log4j 2's time.
    instant: Vec<(String, String)>,
    /// Whether the event says more.
    has_more: bool,
}

/// Where a text belongs.
#[derive(Clone, Copy, Eq, PartialEq)]
enum Destination {
    Message,
    Nested,
    Exception,
    Nothing,
}

impl Parts {
    fn read(text: &str) -> Option<Self> {
        let (mut reader, mut parts, mut place) = (Reader::from_str(text), Self::default(), Destination::Nothing);
        loop {
            match reader.read_event().ok()? {
                Event::Start(element) => {
                    place = parts.element(&element).unwrap_or(place);
                }
                Event::Empty(element) => {
                    parts.element(&element);
                }
                Event::End(_) => place = Destination::Nothing,
                Event::Text(text) => parts.text(place, &text.xml10_content()),
                Event::CData(text) => parts.text(place, &text.xml10_content()),
                Event::GeneralRef(reference) => parts.text(place, &xml::resolved(&reference)?),
                Event::Eof => return Some(parts),
                _ => {}
            }
        }
    }

    /// Reads an element's attributes. Returns where the text in it belongs.
    fn element(&mut self, element: &BytesStart<'_>) -> Option<Destination> {
        match element.local_name().into_inner() {
            "event" | "Event" | "locationInfo" | "Source" => {
                let attributes = attributes(element).filter(|(name, _)| !name.starts_with("xmlns"));
                self.attributes.extend(attributes.map(|(name, value)| (name_of(&name).to_owned(), value)));
            }
            "Instant" => self.instant.extend(attributes(element)),
            "data" | "item" if self.context.len() < MAX_FIELDS => {
                let key = attribute(element, &["name", "key"]);
                self.context.extend(key.zip(attribute(element, &["value"])));
            }
            "message" | "Message" => return Some(Destination::Message),
            "NDC" => return Some(Destination::Nested),
            "throwable" | "exception" => return Some(Destination::Exception),
            "Thrown" | "Cause" => {
                let before = if self.exception.is_empty() { "" } else { "Caused by: " };
                let [name, message] = ["name", "message"].map(|name| attribute(element, &[name]).unwrap_or_default());
                let colon = if message.is_empty() { "" } else { ": " };
                // Writing to a `String` never fails.
                let _ = writeln!(self.exception, "{before}{name}{colon}{message}");
            }
            "ExtendedStackTraceItem" => {
                let [class, method, file, line] =
                    ["class", "method", "file", "line"].map(|name| attribute(element, &[name]).unwrap_or_default());
                let _ = writeln!(self.exception, "\tat {class}.{method}({file}:{line})");
            }
            "properties" | "MDC" | "ContextMap" | "ExtendedStackTrace" => {}
            _ => self.has_more = true,
        }
        None
    }

    fn text(&mut self, place: Destination, text: &str) {
        match place {
            Destination::Message => self.message.push_str(text),
            Destination::Nested => self.nested.push_str(text),
            Destination::Exception => self.exception.push_str(text),
            Destination::Nothing => {}
        }
    }

    fn push_to(&self, draft: &mut Draft<'_>) {
        for (name, value) in &self.attributes {
            draft.push(name, Value::Text(value));
        }
        draft.push("message", Value::Text(&self.message));
        if !self.nested.is_empty() {
            draft.push("ndc", Value::Text(&self.nested));
        }
        let exception = self.exception.trim_end();
        if !exception.is_empty() {
            draft.push("exc_text", Value::Text(exception));
        }
        for (name, fields) in [("instant", &self.instant), ("mdc", &self.context)] {
            if !fields.is_empty() {
                let Ok(()) = draft.push_container(name, Container::Document, |object| {
                    for (name, value) in fields {
                        object.push(name, Value::Text(value));
                    }
                    Ok::<_, Infallible>(())
                });
            }
        }
    }
}

/// Returns Python's name for an attribute of an event or of its place in the code, where it has one.
fn name_of(attribute: &str) -> &str {
    match attribute {
        "thread" => "threadName",
        "method" => "funcName",
        "file" => "filename",
        "line" => "lineno",
        name => name,
    }
}

fn attributes(element: &BytesStart<'_>) -> impl Iterator<Item = (String, String)> {
    element.attributes().take(MAX_FIELDS).flatten().filter_map(|attribute| {
        let value = attribute.normalized_value(XmlVersion::Implicit1_0).ok()?.into_owned();
        Some((attribute.key.into_inner().to_owned(), value))
    })
}

fn attribute(element: &BytesStart<'_>, names: &[&str]) -> Option<String> {
    attributes(element).find(|(name, _)| names.contains(&name.as_str())).map(|(_, value)| value)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::testing::Decoded;

    #[test]
    fn an_event_of_log4j_is_a_record() {
        let old = r#"<log4j:event logger="a.Pay" timestamp="1795554492000" level="ERROR" thread="main">
            <log4j:message><![CDATA[<b> & ]]>&lt;&#33;</log4j:message>
            <log4j:NDC><![CDATA[x y]]></log4j:NDC>
            <log4j:throwable><![CDATA[E: m
	at a]]></log4j:throwable>
            <log4j:locationInfo class="a.Pay" method="charge" file="Pay.java" line="41"/>
            <log4j:properties><log4j:data name="user" value="&quot;u&quot;"/></log4j:properties>
            </log4j:event>"#;
        let expect = json!({
            "logger": "a.Pay", "timestamp": "1795554492000", "level": "ERROR", "threadName": "main", "class": "a.Pay",
            "funcName": "charge", "filename": "Pay.java", "lineno": 41, "message": "<b> & <!", "ndc": "x y",
            "exc_text": "E: m\n\tat a", "mdc": {"user": "\"u\""}, "name": "a.Pay", "levelname": "ERROR", "levelno": 40,
            "created": 1_795_554_492.0,
        });
        assert_eq!(Decoded::of(old.as_bytes()).record(), expect);
        let new = r#"<Event xmlns="http://logging.apache.org/log4j/2.0/events" level="ERROR" loggerName="a.Pay"><Instant epochSecond="1795554492" nanoOfSecond="5000"/><Message>m</Message><Thrown name="E" message="x"><Cause name="F" message="y"><ExtendedStackTrace><ExtendedStackTraceItem class="a.B" method="c" file="B.java" line="7"/></ExtendedStackTrace></Cause></Thrown></Event>"#;
        let expect = json!({
            "level": "ERROR", "loggerName": "a.Pay", "message": "m", "exc_text": "E: x\nCaused by: F: y\n\tat a.B.c(B.java:7)",
            "instant": {"epochSecond": "1795554492", "nanoOfSecond": "5000"}, "name": "a.Pay", "levelname": "ERROR",
            "levelno": 40, "created": 1_795_554_492.000_005,
        });
        assert_eq!(Decoded::of(new.as_bytes()).record(), expect);
    }

    #[test]
    fn what_is_not_read_is_kept() {
        let event = r#"<log4j:event logger="a" level="INFO"><log4j:message>m</log4j:message><nlog:more>1</nlog:more></log4j:event>"#;
        assert_eq!(Decoded::of(event.as_bytes()).record()["sent"], json!({"payload": event}));
    }

    #[test]
    fn other_xml_is_text() {
        for text in [
            r#"<log4j:event logger="a"><log4j:message>m"#,
            r#"<log4j:event a="1"><b></log4j:event>"#,
            "<Event a=\"1\"></Event>",
        ] {
            assert_eq!(Decoded::of(text.as_bytes()).record(), json!({"message": text}), "{text}");
        }
    }
}
