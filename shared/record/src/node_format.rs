//! The line that Node.js's `util.format` makes of arguments: `["order %d placed", 17, {"a": 1}]`, as consola and log4js send
//! them unformatted.

use super::field::Field;
use super::value::Value;

/// How many arguments are read.
const MAX_ARGUMENTS: usize = 64;
/// A line ends here.
const MAX_BYTES: usize = 65_536;

/// Returns the line of a list of arguments; `None` if there is no text among them. An object is a part of it only if the
/// first text asks for it: it is a field of the record as well.
pub(super) fn line(list: Field<'_>) -> Option<String> {
    let mut arguments = list.items().take(MAX_ARGUMENTS).peekable();
    let mut line = String::new();
    if let Some(format) = arguments.next_if(|first| first.text().is_some()).and_then(Field::text) {
        let mut rest = format;
        while let Some(at) = rest.find('%').filter(|_| line.len() < MAX_BYTES) {
            line.push_str(&rest[..at]);
            let hole = rest[at..].get(..2).unwrap_or("%");
            match hole.as_bytes().get(1) {
                Some(b'%') => line.push('%'),
                // A style is for the console of a browser.
                Some(b'c') => _ = arguments.next(),
                Some(b's' | b'd' | b'i' | b'f' | b'j' | b'o' | b'O') => match arguments.next() {
                    Some(argument) => line.push_str(&text_of(argument)),
                    None => line.push_str(hole),
                },
                _ => {
                    line.push('%');
                    rest = &rest[at + 1..];
                    continue;
                }
            }
            rest = &rest[at + hole.len()..];
        }
        line.push_str(rest);
    } else if !list.items().take(MAX_ARGUMENTS).any(|argument| argument.text().is_some()) {
        return None;
    }
    for argument in arguments.filter(|argument| argument.scalar().is_some()) {
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(&text_of(argument));
        if line.len() > MAX_BYTES {
            break;
        }
    }
    Some(line).filter(|line| !line.trim().is_empty())
}

/// Returns an argument as text, an object as JSON.
fn text_of(argument: Field<'_>) -> String {
    match argument {
        Field::Scalar(Value::Text(text)) => text.to_owned(),
        argument => {
            let mut text = String::new();
            write_json(&mut text, argument);
            text
        }
    }
}

fn write_json(text: &mut String, value: Field<'_>) {
    let (open, close) = match value {
        Field::Object(_) => ('{', '}'),
        Field::Array(_) => ('[', ']'),
        Field::Scalar(value) => return text.push_str(&scalar(value)),
    };
    text.push(open);
    for (index, (name, inner)) in value.fields().enumerate() {
        if index > 0 {
            text.push(',');
        }
        if open == '{' {
            text.push_str(&quoted(name));
            text.push(':');
        }
        if text.len() < MAX_BYTES {
            write_json(text, inner);
        }
    }
    text.push(close);
}

fn scalar(value: Value<'_>) -> String {
    match value {
        Value::Text(text) => quoted(text),
        Value::Integer(number) => number.to_string(),
        Value::Unsigned(number) => number.to_string(),
        Value::Float(number) => number.to_string(),
        Value::Boolean(is_true) => is_true.to_string(),
        Value::Null => "null".to_owned(),
        Value::Bytes(_) => String::new(),
    }
}

fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

#[cfg(test)]
mod tests {
    use super::line;
    use crate::field::Field;
    use crate::{Container, DocumentWriter, FieldSink, Value};

    fn check(arguments: &[Value<'_>], expect: Option<&str>) {
        let mut document = DocumentWriter::with_capacity(0);
        let list = document.begin("list", Container::Array);
        for (position, argument) in arguments.iter().enumerate() {
            document.push(&position.to_string(), *argument);
        }
        let offset = list.offset(Container::Array);
        document.end(list);
        let (_, list) = document.get_container(offset).unwrap();
        assert_eq!(line(Field::Array(list)).as_deref(), expect, "{arguments:?}");
    }

    #[test]
    fn arguments_make_a_line() {
        use Value::{Float, Integer, Text};
        check(&[], None);
        check(&[Integer(1), Integer(2)], None);
        check(&[Text("")], None);
        check(&[Text("a"), Integer(1), Text("b")], Some("a 1 b"));
        check(&[Integer(1), Text("b")], Some("1 b"));
        check(&[Text("%d of %s"), Integer(1), Text("b"), Float(0.5)], Some("1 of b 0.5"));
        check(&[Text("100 % done, 50%"), Text("b")], Some("100 % done, 50% b"));
        check(&[Text("%s %s"), Text("a")], Some("a %s"));
        check(&[Text("%cred%% %"), Text("color: red")], Some("red% %"));
        check(&[Text("%ü"), Value::Null], Some("%ü null"));
    }
}
