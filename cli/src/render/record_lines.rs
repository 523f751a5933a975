//! The layout of records: time, service, level and message on a line, exceptions indented below.

#[cfg(test)]
mod tests;

use anstyle::Style;
use jiff::Timestamp;
use textwrap::core::display_width;

use super::escape::visible;
use super::event::Event;
use super::lanes::Lanes;
use super::style::{FAINT, HEADING, level_style, message_style, service_style, styled};
use super::time::{date_time, day, offset, time_of_day};
use super::wrap::{padded, wrapped};

/// From this width on, a line has the time of day before the offset.
const WIDE: usize = 120;
/// A message with less room than this starts on the next line.
const MIN_MESSAGE_WIDTH: usize = 30;
/// The longest of Python's level names has eight letters.
const LEVEL_WIDTH: usize = 8;
const OFFSET_WIDTH: usize = 12;
/// The space between columns.
const GAP: &str = "  ";
/// The indentation of exceptions, and of messages that start on the next line.
const INDENT: &str = "    ";

/// What a line starts with.
#[derive(Clone, Copy, Debug)]
pub(crate) enum LineStart {
    /// The time since this start of the transaction. Services are shown as lanes.
    Offset(Timestamp),
    /// Date and time. The line ends with the record's `log_uid`.
    DateTime,
}

/// Whether the ids of records are shown.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Ids {
    /// They are shown.
    Shown,
    /// They are not shown.
    Hidden,
}

/// Renders records one after the other.
#[derive(Debug)]
pub(crate) struct RecordLines {
    start: LineStart,
    ids: Ids,
    /// The terminal's width; `None` where lines are not wrapped.
    width: Option<usize>,
    lanes: Lanes,
    /// The day of the record before.
    day: Option<String>,
}

impl RecordLines {
    /// Starts with no records.
    pub(crate) fn new(start: LineStart, ids: Ids, width: Option<usize>) -> Self {
        Self { start, ids, width, lanes: Lanes::default(), day: None }
    }

    /// Adds lanes for services before their first records.
    pub(crate) fn add_services(&mut self, services: &[String]) {
        for service in services {
            self.lanes.index_of(&visible(service));
        }
    }

    /// Appends a record.
    pub(crate) fn push(&mut self, event: &Event, text: &mut String) {
        self.push_marked("", event, text);
    }

    /// Appends a record with a mark before its first line.
    pub(crate) fn push_marked(&mut self, mark: &str, event: &Event, text: &mut String) {
        self.push_day(event, text);
        let service = event.service();
        let service = visible(&service);
        let lane = self.lanes.index_of(&service);
        let ids = if self.ids == Ids::Shown { format!("{}{GAP}", visible(event.id())) } else { String::new() };
        let time = format!("{mark}{ids}{}", self.time(event));
        let level = event.level();
        let level = visible(&level);

        let margin = display_width(&time) + GAP.len();
        let mut head = styled(&time, FAINT) + GAP;
        if let LineStart::Offset(_) = self.start {
            head.push_str(&self.lanes.beside_record(lane));
        }
        head.push_str(&styled(&padded(&service, self.lanes.name_width()), service_style(lane)));
        head.push_str(GAP);
        head.push_str(&styled(&level, level_style(event.severity())));
        let gap = GAP.len() + LEVEL_WIDTH.saturating_sub(display_width(&level));
        self.push_message(event, &head, &" ".repeat(gap), margin, text);
    }

    /// Appends the day if it is another than that of the record before.
    fn push_day(&mut self, event: &Event, text: &mut String) {
        let (LineStart::Offset(_), Some(time)) = (self.start, event.time()) else { return };
        let day = day(time);
        if self.day.as_ref().is_some_and(|before| *before != day) {
            text.push_str(&styled(&day, HEADING));
            text.push('\n');
        }
        self.day = Some(day);
    }

    /// Appends the head of the line, the message, and below it the rest: further lines, `log_uid`, exceptions.
    fn push_message(&self, event: &Event, head: &str, gap: &str, margin: usize, text: &mut String) {
        let (margin, style) = (self.margin_below(margin), message_style(event.severity()));
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
            let indent = " ".repeat(taken.saturating_sub(display_width(&margin)));
            for part in parts {
                push_line(&margin, &indent, &part, style, text);
            }
            indent
        } else {
            INDENT.to_owned()
        };
        for line in lines {
            self.push_below(&margin, &indent, &line, style, text);
        }
        self.push_uid(event, &indent, text);
        for exception in event.exceptions() {
            for line in exception.lines() {
                self.push_below(&margin, INDENT, &visible(line), FAINT, text);
            }
        }
        text.push('\n');
    }

    /// Appends a line below a record, wrapped.
    fn push_below(&self, margin: &str, indent: &str, content: &str, style: Style, text: &mut String) {
        let taken = display_width(margin) + indent.len();
        let room = self.width.map(|width| width.saturating_sub(taken).max(MIN_MESSAGE_WIDTH));
        for part in wrapped(content, room) {
            push_line(margin, indent, &part, style, text);
        }
    }

    /// Appends the `log_uid` after the message, where records of many transactions are mixed.
    fn push_uid(&self, event: &Event, indent: &str, text: &mut String) {
        let (LineStart::DateTime, Some(uid)) = (self.start, event.log_uid()) else { return };
        let uid = visible(uid);
        let taken = display_width(text.rsplit('\n').next().unwrap_or_default()) + GAP.len() + display_width(&uid);
        if self.width.is_none_or(|width| taken <= width) {
            text.push_str(GAP);
            text.push_str(&styled(&uid, FAINT));
        } else {
            push_line("", indent, &uid, FAINT, text);
        }
    }

    /// Returns the left margin of lines below a record: blanks and lanes.
    fn margin_below(&self, margin: usize) -> String {
        match self.start {
            LineStart::Offset(_) => " ".repeat(margin) + &self.lanes.beside_text(),
            LineStart::DateTime => String::new(),
        }
    }

    fn time(&self, event: &Event) -> String {
        let Some(time) = event.time() else { return "-".to_owned() };
        match self.start {
            LineStart::DateTime => date_time(time),
            LineStart::Offset(start) => {
                let offset = offset(start, time);
                match self.width {
                    Some(..WIDE) => format!("{offset:>OFFSET_WIDTH$}"),
                    _ => format!("{}  {offset:>OFFSET_WIDTH$}", time_of_day(time)),
                }
            }
        }
    }
}

/// Starts a new line with this content.
fn push_line(margin: &str, indent: &str, content: &str, style: Style, text: &mut String) {
    text.push('\n');
    text.push_str(margin);
    text.push_str(indent);
    text.push_str(&styled(content, style));
}
