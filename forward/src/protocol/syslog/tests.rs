use proptest::prelude::*;

use super::{Element, Message, Priority};

fn message<'t>(priority: u8, header: [&'t str; 5], text: &'t str) -> Message<'t> {
    let [timestamp, hostname, app_name, procid, msgid] = header.map(|part| Some(part).filter(|part| !part.is_empty()));
    let priority = Priority::read(&format!("<{priority}>")).map(|(priority, _)| priority);
    Message { priority, timestamp, hostname, app_name, procid, msgid, structured_data: vec![], text }
}

#[test]
fn rfc_5424_is_read() {
    fn check(text: &str, expect: &Message<'_>) {
        assert_eq!(Message::read(text), *expect, "{text}");
    }
    check(
        "<34>1 2003-10-11T22:14:15.003Z mymachine.example.com su - ID47 - \u{feff}'su root' failed",
        &message(34, ["2003-10-11T22:14:15.003Z", "mymachine.example.com", "su", "", "ID47"], "'su root' failed"),
    );
    check("<165>1 - - - - - -", &message(165, [""; 5], ""));
    check("<165>1 - - - 8710 - - a  b\n", &message(165, ["", "", "", "8710", ""], "a  b"));
    check(
        "<13>1 2026-11-24T21:08:12+01:00 h app 1 - - @cee: {\"a\": 1}",
        &message(13, ["2026-11-24T21:08:12+01:00", "h", "app", "1", ""], "{\"a\": 1}"),
    );
    let element = |id, parameters: &[(&'static str, &'static str)]| Element {
        id,
        parameters: parameters.iter().map(|(name, value)| (*name, (*value).into())).collect(),
    };
    check(
        r#"<165>1 - h app - - [ex@1 iut="3" s="a\"b\\c\]d\n"][only] text [x]"#,
        &Message {
            structured_data: vec![element("ex@1", &[("iut", "3"), ("s", "a\"b\\c]d\\n")]), element("only", &[])],
            ..message(165, ["", "h", "app", "", ""], "text [x]")
        },
    );
}

#[test]
fn rfc_3164_is_read_as_programs_write_it() {
    fn check(text: &str, expect: &Message<'_>) {
        assert_eq!(Message::read(text), *expect, "{text}");
    }
    let time = "Nov  4 21:08:12";
    check("<34>Nov  4 21:08:12 gw su[7]: failed", &message(34, [time, "gw", "su", "7", ""], "failed"));
    check("<34>Nov  4 21:08:12 gw su: a: b", &message(34, [time, "gw", "su", "", ""], "a: b"));
    check("<34>Nov  4 21:08:12 su[7]: failed", &message(34, [time, "", "su", "7", ""], "failed"));
    check("<34>Nov  4 21:08:12 gw no tag here", &message(34, [time, "gw", "", "", ""], "no tag here"));
    check("<34>2026-11-24T21:08:12.5Z gw su: x", &message(34, ["2026-11-24T21:08:12.5Z", "gw", "su", "", ""], "x"));
    // What Python's SysLogHandler writes.
    check("<14>order 17 placed\0", &message(14, [""; 5], "order 17 placed"));
    check("<14>shop[7]: order 17", &message(14, ["", "", "shop", "7", ""], "order 17"));
    check("<14>myapp: order 17", &message(14, [""; 5], "myapp: order 17"));
}

#[test]
fn what_does_not_fit_stays_in_the_message() {
    fn check(text: &str, expect: &str) {
        assert_eq!(Message::read(text).text, expect, "{text}");
    }
    check("", "");
    check("no priority", "no priority");
    check("<192>too large", "<192>too large");
    check("<>x", "<>x");
    check("<1234>x", "<1234>x");
    check("<14>1 only three fields", "1 only three fields");
    check("<14>1 - - - - - [not closed", "1 - - - - - [not closed");
    check("<14>1 - - - - - [a b=\"not closed] x", "1 - - - - - [a b=\"not closed] x");
    check("<14>Nov 24 99 gw su: x", "Nov 24 99 gw su: x");
}

#[test]
fn the_severity_is_a_level() {
    let levels: Vec<_> = (0..8)
        .filter_map(|severity| message(16 + severity, [""; 5], "").priority)
        .map(|priority| (priority.facility(), priority.severity(), priority.level()))
        .collect();
    assert_eq!(levels[3], (2, 3, "ERROR"));
    assert_eq!(
        levels.iter().map(|level| level.2).collect::<Vec<_>>(),
        ["CRITICAL", "CRITICAL", "CRITICAL", "ERROR", "WARNING", "INFO", "INFO", "DEBUG"]
    );
    assert_eq!(Message::read("x").priority, None);
}

proptest! {
    #[test]
    fn any_text_is_a_message(text in "(<[0-9]{1,3}>)?(1 )?(Nov 24 21:08:12 )?[a-zé \\[\\]\"=\\\\:-]{0,40}") {
        let message = Message::read(&text);
        prop_assert!(text.contains(message.text));
    }
}
