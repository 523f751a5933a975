//! A message of syslog becomes a record with the names that ingest gives its facts.

use std::borrow::Cow;
use std::fmt;

use super::{Facts, Lines, Tail, key, member, text as put_text};
use crate::protocol::syslog::{Element, Message};
use crate::protocol::text;

pub(super) fn read(payload: &[u8], lines: &mut Lines<'_>) {
    let text = text::from_bytes(payload);
    let message = Message::read(&text);
    lines.push(payload, |out| {
        write(&message, out);
        let facts = Facts { has_time: message.timestamp.is_some(), ..Facts::default() };
        Ok::<_, fmt::Error>(Tail { facts, ..Tail::default() })
    });
}

fn write(message: &Message<'_>, out: &mut Vec<u8>) {
    member(out, "message", message.text);
    if let Some(priority) = message.priority {
        member(out, "levelname", priority.level());
        for (name, number) in [("facility", priority.facility()), ("severity", priority.severity())] {
            key(out, name);
            out.extend_from_slice(itoa::Buffer::new().format(number).as_bytes());
        }
    }
    let facts = [
        ("timestamp", message.timestamp),
        ("hostname", message.hostname),
        ("app_name", message.app_name),
        ("procid", message.procid),
        ("msgid", message.msgid),
    ];
    for (name, fact) in facts {
        if let Some(fact) = fact {
            member(out, name, fact);
        }
    }
    if !message.structured_data.is_empty() {
        key(out, "structured_data");
        write_elements(&message.structured_data, out);
    }
}

/// Appends an object for each element, with the element's id as `id`. A parameter that comes twice gets a number.
fn write_elements(elements: &[Element<'_>], out: &mut Vec<u8>) {
    out.push(b'[');
    for (index, element) in elements.iter().enumerate() {
        if index > 0 {
            out.push(b',');
        }
        out.push(b'{');
        member(out, "id", element.id);
        let mut seen = vec!["id"];
        for (name, value) in &element.parameters {
            let times = seen.iter().filter(|other| *other == name).count();
            let name_here = if times == 0 { Cow::Borrowed(*name) } else { format!("{name}#{}", times + 1).into() };
            key(out, &name_here);
            put_text(out, value);
            seen.push(name);
        }
        out.push(b'}');
    }
    out.push(b']');
}
