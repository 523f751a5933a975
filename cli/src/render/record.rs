//! Records as lines: when, which service, how bad, what; exceptions indented below.

use std::borrow::Cow;

use anstyle::Style;
use jiff::Timestamp;
use textwrap::{Options, WordSplitter, core::display_width};

use super::escape::visible;
use super::event::Event;
use super::lanes::Lanes;
use super::span::{date_time, day, offset, time_of_day};
use super::style::{FAINT, HEAD, of_level, of_message, of_service, styled};

/// From this width on the time of day stands beside the time since the start.
const WIDE: usize = 120;
/// A message narrower than this goes below its line's head.
const MIN_MESSAGE_WIDTH: usize = 30;
/// The longest of Python's level names has eight letters.
const LEVEL_WIDTH: usize = 8;
const OFFSET_WIDTH: usize = 12;
/// Between columns.
const GAP: &str = "  ";
/// What exceptions are indented by, and messages that go below their line's head.
const INDENT: &str = "    ";

/// What a line begins with.
#[derive(Clone, Copy, Debug)]
pub(crate) enum When {
    /// The time since the start of the transaction; its services are lanes.
    Since(Timestamp),
    /// Date and time; the transaction's uid ends the line.
    Clock,
}

/// Whether the ids of records are shown.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Ids {
    /// They are.
    Shown,
    /// They are not.
    Hidden,
}

/// Renders records one after the other.
#[derive(Debug)]
pub(crate) struct Lines {
    when: When,
    ids: Ids,
    /// Of the terminal; `None` where nothing is to be broken.
    width: Option<usize>,
    lanes: Lanes,
    /// Of the record before.
    day: Option<String>,
}

impl Lines {
    /// Lines of this width.
    pub(crate) fn new(when: When, ids: Ids, width: Option<usize>) -> Self {
        Self { when, ids, width, lanes: Lanes::default(), day: None }
    }

    /// Makes room for services that are to come.
    pub(crate) fn expect(&mut self, services: &[String]) {
        let services: Vec<String> = services.iter().map(|name| visible(name).into_owned()).collect();
        self.lanes.expect(&services);
    }

    /// Appends a record's lines.
    pub(crate) fn push(&mut self, event: &Event, text: &mut String) {
        self.push_marked("", event, text);
    }

    /// Appends a record's lines, with a mark before the first.
    pub(crate) fn push_marked(&mut self, mark: &str, event: &Event, text: &mut String) {
        self.new_day(event, text);
        let service = event.service();
        let service = visible(&service);
        let place = self.lanes.place_of(&service);
        let ids = if self.ids == Ids::Shown { format!("{}{GAP}", visible(event.id())) } else { String::new() };
        let when = format!("{mark}{ids}{}", self.when(event));
        let level = event.level();
        let style = of_level(event.severity());

        let margin = display_width(&when) + GAP.len();
        let mut head = styled(&when, FAINT) + GAP;
        if let When::Since(_) = self.when {
            head.push_str(&self.lanes.at(place));
        }
        head.push_str(&styled(&padded(&service, self.lanes.name_width()), of_service(place)));
        head.push_str(GAP);
        head.push_str(&styled(&visible(&level), style));
        let gap = GAP.len() + LEVEL_WIDTH.saturating_sub(display_width(&visible(&level)));
        self.message(event, &head, &" ".repeat(gap), margin, text);
    }

    /// The day, above the first record of another than the one before.
    fn new_day(&mut self, event: &Event, text: &mut String) {
        let (When::Since(_), Some(time)) = (self.when, event.time()) else { return };
        let day = day(time);
        if self.day.as_ref().is_some_and(|before| *before != day) {
            text.push_str(&styled(&day, HEAD));
            text.push('\n');
        }
        self.day = Some(day);
    }

    /// The message behind its head, and what belongs to it below.
    fn message(&self, event: &Event, head: &str, gap: &str, margin: usize, text: &mut String) {
        let (rest, style) = (self.rest(margin), of_message(event.severity()));
        let taken = display_width(head) + gap.len();
        let room = self.width.map(|width| width.saturating_sub(taken));
        let message = event.message();
        let mut lines = message.lines().map(visible).peekable();
        let first_width = lines.peek().map_or(0, |first| display_width(first));

        text.push_str(head);
        let indent = if room.is_none_or(|room| room >= MIN_MESSAGE_WIDTH || first_width <= room) {
            let first = lines.next().unwrap_or_default();
            let mut parts = wrapped(&first, room).into_iter();
            text.push_str(gap);
            text.push_str(&styled(&parts.next().unwrap_or_default(), style));
            let indent = " ".repeat(taken.saturating_sub(display_width(&rest)));
            for part in parts {
                line(&rest, &indent, &part, style, text);
            }
            indent
        } else {
            INDENT.to_owned()
        };
        for more in lines {
            self.below(&rest, &indent, &more, style, text);
        }
        self.uid(event, &indent, text);
        for exception in event.exception() {
            for more in exception.lines() {
                self.below(&rest, INDENT, &visible(more), FAINT, text);
            }
        }
        text.push('\n');
    }

    /// A line of its own below a record, as many as it takes.
    fn below(&self, rest: &str, indent: &str, content: &str, style: Style, text: &mut String) {
        let taken = display_width(rest) + indent.len();
        let room = self.width.map(|width| width.saturating_sub(taken).max(MIN_MESSAGE_WIDTH));
        for part in wrapped(content, room) {
            line(rest, indent, &part, style, text);
        }
    }

    /// The transaction's uid behind the message, where records of many stand together.
    fn uid(&self, event: &Event, indent: &str, text: &mut String) {
        let (When::Clock, Some(uid)) = (self.when, event.log_uid()) else { return };
        let uid = visible(uid);
        let taken = display_width(text.rsplit('\n').next().unwrap_or_default()) + GAP.len() + display_width(&uid);
        if self.width.is_none_or(|width| taken <= width) {
            text.push_str(GAP);
            text.push_str(&styled(&uid, FAINT));
        } else {
            line("", indent, &uid, FAINT, text);
        }
    }

    /// What stands left of lines that belong to the record before.
    fn rest(&self, margin: usize) -> String {
        match self.when {
            When::Since(_) => " ".repeat(margin) + &self.lanes.between(),
            When::Clock => String::new(),
        }
    }

    fn when(&self, event: &Event) -> String {
        let Some(time) = event.time() else { return "-".to_owned() };
        match self.when {
            When::Clock => date_time(time),
            When::Since(start) => {
                let offset = offset(start, time);
                match self.width {
                    Some(..WIDE) => format!("{offset:>OFFSET_WIDTH$}"),
                    _ => format!("{}  {offset:>OFFSET_WIDTH$}", time_of_day(time)),
                }
            }
        }
    }
}

/// Begins a line with this in it.
fn line(rest: &str, indent: &str, content: &str, style: Style, text: &mut String) {
    text.push('\n');
    text.push_str(rest);
    text.push_str(indent);
    text.push_str(&styled(content, style));
}

/// A text in lines of this width, broken between words; its indentation stays.
pub(super) fn wrapped(text: &str, width: Option<usize>) -> Vec<Cow<'_, str>> {
    match width {
        Some(width) if display_width(text) > width => {
            let indent = &text[..text.len() - text.trim_start_matches(' ').len()];
            let indent = &indent[..indent.len().min(width / 2)];
            textwrap::wrap(
                text,
                Options::new(width).word_splitter(WordSplitter::NoHyphenation).subsequent_indent(indent),
            )
        }
        _ => vec![Cow::Borrowed(text)],
    }
}

fn padded(text: &str, width: usize) -> String {
    format!("{text}{}", " ".repeat(width.saturating_sub(display_width(text))))
}

#[cfg(test)]
mod tests {
    use anstream::adapter::strip_str;
    use insta::assert_snapshot;
    use serde_json::value::to_raw_value;
    use serde_json::{Value, json};

    use super::{Ids, Lines, When};
    use crate::render::Event;

    fn record(second: &str, service: &str, level: &str, message: &str) -> Value {
        json!({
            "id": "6b00065b288418fb9e9cfa0f", "time": format!("2026-11-20T08:35:{second}Z"), "log_uid": "order-7",
            "service": service, "levelname": level, "message": message,
        })
    }

    fn coloured(when: When, width: Option<usize>, records: &[Value]) -> String {
        let mut lines = Lines::new(when, Ids::Hidden, width);
        let services: Vec<String> =
            records.iter().filter_map(|record| record["service"].as_str()).map(str::to_owned).collect();
        lines.expect(&services);
        let mut text = String::new();
        for record in records {
            lines.push(&Event::read(&to_raw_value(record).unwrap()), &mut text);
        }
        text
    }

    fn since(width: Option<usize>, records: &[Value]) -> String {
        let start = "2026-11-20T08:35:39.1Z".parse().unwrap();
        strip_str(&coloured(When::Since(start), width, records)).to_string()
    }

    fn order() -> Vec<Value> {
        let mut failed = record("39.201314", "ordering", "ERROR", "vendor order failed, attempt 1");
        failed["exc_text"] = json!(
            "Traceback (most recent call last):\n  File \"/srv/shop/ordering.py\", line 42, in order\n    vendor.place(item, quantity, customer, reference)\nVendorError: rejected\n"
        );
        let long = "uid=6f1a4e0e; [48, 0.0047s] check avails for WIDGET-1 x 1000; [49, 0.0182s] stock=5000; [51, 0.0184s] reserved";
        vec![
            record("39.1", "purchasing", "INFO", "check availability for 1000 widgets"),
            record("39.18626", "inventory", "DEBUG", long),
            failed,
            record("40.263206", "purchasing", "CRITICAL", "two\nlines"),
        ]
    }

    #[test]
    fn services_are_lanes() {
        assert_snapshot!(since(None, &order()), @r#"
        08:35:39.100000       +0.0 ms  ●     purchasing  INFO      check availability for 1000 widgets
        08:35:39.186260      +86.3 ms  │ ●   inventory   DEBUG     uid=6f1a4e0e; [48, 0.0047s] check avails for WIDGET-1 x 1000; [49, 0.0182s] stock=5000; [51, 0.0184s] reserved
        08:35:39.201314     +101.3 ms  │ │ ● ordering    ERROR     vendor order failed, attempt 1
                                       │ │ │     Traceback (most recent call last):
                                       │ │ │       File "/srv/shop/ordering.py", line 42, in order
                                       │ │ │         vendor.place(item, quantity, customer, reference)
                                       │ │ │     VendorError: rejected
        08:35:40.263206    +1163.2 ms  ● │ │ purchasing  CRITICAL  two
                                       │ │ │                       lines
        "#);
    }

    #[test]
    fn long_messages_are_broken_where_the_terminal_ends() {
        assert_snapshot!(since(Some(100), &order()), @r#"
           +0.0 ms  ●     purchasing  INFO      check availability for 1000 widgets
          +86.3 ms  │ ●   inventory   DEBUG     uid=6f1a4e0e; [48, 0.0047s] check avails for WIDGET-1 x
                    │ │                         1000; [49, 0.0182s] stock=5000; [51, 0.0184s] reserved
         +101.3 ms  │ │ ● ordering    ERROR     vendor order failed, attempt 1
                    │ │ │     Traceback (most recent call last):
                    │ │ │       File "/srv/shop/ordering.py", line 42, in order
                    │ │ │         vendor.place(item, quantity, customer, reference)
                    │ │ │     VendorError: rejected
        +1163.2 ms  ● │ │ purchasing  CRITICAL  two
                    │ │ │                       lines
        "#);
    }

    #[test]
    fn on_a_narrow_terminal_messages_go_below() {
        assert_snapshot!(since(Some(60), &order()), @r#"
           +0.0 ms  ●     purchasing  INFO
                    │         check availability for 1000 widgets
          +86.3 ms  │ ●   inventory   DEBUG
                    │ │       uid=6f1a4e0e; [48, 0.0047s] check
                    │ │       avails for WIDGET-1 x 1000; [49,
                    │ │       0.0182s] stock=5000; [51, 0.0184s]
                    │ │       reserved
         +101.3 ms  │ │ ● ordering    ERROR
                    │ │ │     vendor order failed, attempt 1
                    │ │ │     Traceback (most recent call last):
                    │ │ │       File "/srv/shop/ordering.py", line
                    │ │ │       42, in order
                    │ │ │         vendor.place(item, quantity,
                    │ │ │         customer, reference)
                    │ │ │     VendorError: rejected
        +1163.2 ms  ● │ │ purchasing  CRITICAL  two
                    │ │ │                       lines
        "#);
    }

    #[test]
    fn records_of_many_transactions_have_date_and_uid() {
        let text = coloured(When::Clock, Some(100), &order());
        assert_snapshot!(strip_str(&text).to_string(), @r#"
        2026-11-20 08:35:39.100  purchasing  INFO      check availability for 1000 widgets  order-7
        2026-11-20 08:35:39.186  inventory   DEBUG     uid=6f1a4e0e; [48, 0.0047s] check avails for WIDGET-1
                                                       x 1000; [49, 0.0182s] stock=5000; [51, 0.0184s]
                                                       reserved  order-7
        2026-11-20 08:35:39.201  ordering    ERROR     vendor order failed, attempt 1  order-7
            Traceback (most recent call last):
              File "/srv/shop/ordering.py", line 42, in order
                vendor.place(item, quantity, customer, reference)
            VendorError: rejected
        2026-11-20 08:35:40.263  purchasing  CRITICAL  two
                                                       lines  order-7
        "#);
    }

    #[test]
    fn levels_services_and_exceptions_have_colours() {
        let text = coloured(When::Clock, None, &order());
        assert_snapshot!(text.escape_debug().to_string().replace("\\n", "\n"), @r#"
        \u{1b}[2m2026-11-20 08:35:39.100\u{1b}[0m  \u{1b}[36mpurchasing\u{1b}[0m  \u{1b}[32mINFO\u{1b}[0m      check availability for 1000 widgets  \u{1b}[2morder-7\u{1b}[0m
        \u{1b}[2m2026-11-20 08:35:39.186\u{1b}[0m  \u{1b}[35minventory \u{1b}[0m  \u{1b}[2mDEBUG\u{1b}[0m     uid=6f1a4e0e; [48, 0.0047s] check avails for WIDGET-1 x 1000; [49, 0.0182s] stock=5000; [51, 0.0184s] reserved  \u{1b}[2morder-7\u{1b}[0m
        \u{1b}[2m2026-11-20 08:35:39.201\u{1b}[0m  \u{1b}[34mordering  \u{1b}[0m  \u{1b}[1m\u{1b}[31mERROR\u{1b}[0m     \u{1b}[31mvendor order failed, attempt 1\u{1b}[0m  \u{1b}[2morder-7\u{1b}[0m
            \u{1b}[2mTraceback (most recent call last):\u{1b}[0m
            \u{1b}[2m  File \"/srv/shop/ordering.py\", line 42, in order\u{1b}[0m
            \u{1b}[2m    vendor.place(item, quantity, customer, reference)\u{1b}[0m
            \u{1b}[2mVendorError: rejected\u{1b}[0m
        \u{1b}[2m2026-11-20 08:35:40.263\u{1b}[0m  \u{1b}[36mpurchasing\u{1b}[0m  \u{1b}[1m\u{1b}[7m\u{1b}[31mCRITICAL\u{1b}[0m  \u{1b}[31mtwo\u{1b}[0m
                                                       \u{1b}[31mlines\u{1b}[0m  \u{1b}[2morder-7\u{1b}[0m
        "#);
    }

    #[test]
    fn nothing_that_a_sender_wrote_acts_on_the_terminal() {
        let evil = "\u{1b}[2J\u{1b}]0;owned\u{7}\u{9b}31m \u{202e}gnp.exe\r\nnext\tline";
        let mut record = record("39.1", evil, evil, evil);
        for field in ["exc_text", "stack_info", "log_uid"] {
            record[field] = json!(evil.to_owned() + field);
        }
        for when in [When::Clock, When::Since("2026-11-20T08:35:39Z".parse().unwrap())] {
            for width in [None, Some(60), Some(200)] {
                let text = strip_str(&coloured(when, width, std::slice::from_ref(&record))).to_string();
                let acts = |character: &char| {
                    *character != '\n' && super::visible(&character.to_string()) != character.to_string()
                };
                assert_eq!(text.chars().find(acts), None, "{text:?}");
                assert!(text.contains(r"\x1b[2J\x1b]0;owned\x07\x9b31m"), "{text}");
            }
        }
        assert_snapshot!(since(None, &[record]), @r#"
        08:35:39.100000       +0.0 ms  \x1b[2J\x1b]0;owned\x07\x9b31m \u202egnp.exe\r\nnext    line  \x1b[2J\x1b]0;owned\x07\x9b31m \u202egnp.exe\r\nnext    line  \x1b[2J\x1b]0;owned\x07\x9b31m \u202egnp.exe
                                                                                                                                                                   next    line
                                           \x1b[2J\x1b]0;owned\x07\x9b31m \u202egnp.exe
                                           next    lineexc_text
                                           \x1b[2J\x1b]0;owned\x07\x9b31m \u202egnp.exe
                                           next    linestack_info
        "#);
    }

    #[test]
    fn a_record_may_be_anything() {
        let odd =
            [json!({}), json!(7), json!({"time": 5, "service": ["a"], "levelname": {}, "levelno": 45, "message": 1.5})];
        assert_snapshot!(since(None, &odd), @r#"
        -  -  -         
        -  -  -         
        -  │ ● ["a"]  {}        1.5
        "#);
    }

    #[test]
    fn another_day_is_said() {
        let mut records = order();
        records[3]["time"] = json!("2026-11-21T00:00:00Z");
        assert_snapshot!(since(None, &records), @r#"
        08:35:39.100000       +0.0 ms  ●     purchasing  INFO      check availability for 1000 widgets
        08:35:39.186260      +86.3 ms  │ ●   inventory   DEBUG     uid=6f1a4e0e; [48, 0.0047s] check avails for WIDGET-1 x 1000; [49, 0.0182s] stock=5000; [51, 0.0184s] reserved
        08:35:39.201314     +101.3 ms  │ │ ● ordering    ERROR     vendor order failed, attempt 1
                                       │ │ │     Traceback (most recent call last):
                                       │ │ │       File "/srv/shop/ordering.py", line 42, in order
                                       │ │ │         vendor.place(item, quantity, customer, reference)
                                       │ │ │     VendorError: rejected
        2026-11-21
        00:00:00.000000  +15 h 24 min  ● │ │ purchasing  CRITICAL  two
                                       │ │ │                       lines
        "#);
    }

    #[test]
    fn many_services_have_colours_alone() {
        let records: Vec<Value> = (0..10).map(|number| record("39.5", &format!("s{number}"), "INFO", "x")).collect();
        assert_snapshot!(since(None, &records), @r#"
        08:35:39.500000     +400.0 ms  s0  INFO      x
        08:35:39.500000     +400.0 ms  s1  INFO      x
        08:35:39.500000     +400.0 ms  s2  INFO      x
        08:35:39.500000     +400.0 ms  s3  INFO      x
        08:35:39.500000     +400.0 ms  s4  INFO      x
        08:35:39.500000     +400.0 ms  s5  INFO      x
        08:35:39.500000     +400.0 ms  s6  INFO      x
        08:35:39.500000     +400.0 ms  s7  INFO      x
        08:35:39.500000     +400.0 ms  s8  INFO      x
        08:35:39.500000     +400.0 ms  s9  INFO      x
        "#);
    }
}
