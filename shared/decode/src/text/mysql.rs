//! `MySQL`'s and `MariaDB`'s log of slow queries: <https://dev.mysql.com/doc/refman/8.4/en/slow-query-log.html>. Lines of comments
//! with the time, the user and the figures, and then the statement, are one record.

use record::EventTime;

use super::header::{FieldValue, Header};
use super::time::{self, Time};

const TIME: &str = "# Time: ";
const USER: &str = "# User@Host: ";
/// What begins the lines between the comments and the statement.
const SETTINGS: [&str; 4] = ["SET timestamp=", "SET last_insert_id=", "SET insert_id=", "use "];
/// The figures, with the names of their fields.
const FIGURES: [(&str, &str); 6] = [
    ("Query_time:", "query_time"),
    ("Lock_time:", "lock_time"),
    ("Rows_sent:", "rows_sent"),
    ("Rows_examined:", "rows_examined"),
    ("Rows_affected:", "rows_affected"),
    ("Schema:", "schema"),
];
/// The digits of a day in the log of `MySQL` before 5.7, and of `MariaDB`'s.
const DAY_DIGITS: usize = 6;
/// What the server writes when it opens the file.
const STARTED: &str = "started with:";
/// How many lines stand before a statement, at most.
const MAX_LINES: usize = 32;

/// Returns whether a text begins as a record of this log does.
fn begins(text: &str) -> bool {
    // An hour before ten is written with a blank.
    let is_day =
        |rest: &str| rest.split(' ').next().is_some_and(|day| day.len() == DAY_DIGITS && day.parse::<u32>().is_ok());
    let is_time =
        |text: &str| text.strip_prefix(TIME).is_some_and(|rest| is_day(rest) || time::at_start(rest).is_some());
    is_time(text) || (text.starts_with(USER) && text.lines().next().is_some_and(|line| line.contains(" @ ")))
}

/// Returns where the record ends that begins at `start`; `None` if it is none of this log.
pub(super) fn end_of_record(text: &str, start: usize) -> Option<usize> {
    let record = text.get(start..).filter(|text| begins(text))?;
    let (mut end, mut has_user) = (0, false);
    for line in record.split_inclusive('\n') {
        // A record has one user, and its time before it if it has one.
        let begins_next = end > 0 && (line.starts_with(TIME) || (line.starts_with(USER) && has_user));
        if begins_next || line.trim_end().ends_with(STARTED) {
            break;
        }
        has_user |= line.starts_with(USER);
        end += line.len();
    }
    Some(start + end.max(1))
}

/// Reads the header of such a record. The statement is the message.
pub(super) fn header(text: &str) -> Option<Header<'_>> {
    if !text.starts_with("# ") || !begins(text) {
        return None;
    }
    let mut header = Header::default();
    let (mut end, mut started) = (0, None);
    for line in text.split_inclusive('\n').take(MAX_LINES) {
        if let Some(written) = line.strip_prefix(TIME) {
            header.time = time::at_start(written.trim_start()).map(|(time, _)| time);
        } else if let Some(user) = line.strip_prefix(USER) {
            read_user(user, &mut header);
        } else if let Some(figures) = line.strip_prefix('#') {
            read_figures(figures, &mut header);
        } else if SETTINGS.iter().any(|start| line.starts_with(start)) {
            let seconds = line.strip_prefix(SETTINGS[0]).map(|rest| rest.trim_end().trim_end_matches(';'));
            started = seconds.and_then(EventTime::from_text).or(started);
        } else {
            break;
        }
        end += line.len();
    }
    if !matches!(header.time, Some(Time::At(_))) {
        header.time = started.map(Time::At).or(header.time);
    }
    header.end = end;
    // A command of an administrator is a comment, too.
    header.message = text.get(end..).map(str::trim).filter(|statement| !statement.is_empty());
    header.before_message = header.message.and(text.get(..end));
    Some(header)
}

/// Reads `bob[bob] @ web-1 [10.0.0.1]  Id:     7`.
fn read_user<'t>(line: &'t str, header: &mut Header<'t>) {
    let Some((user, host)) = line.split_once(" @ ") else { return };
    header.push_text("user", user.split('[').next());
    header.push_text("remote_addr", host.split_once('[').and_then(|(_, host)| host.split(']').next()));
}

/// Reads ` Query_time: 3.1  Lock_time: 0.0 Rows_sent: 1  Rows_examined: 9`.
fn read_figures<'t>(line: &'t str, header: &mut Header<'t>) {
    let mut words = line.split_ascii_whitespace();
    while let Some(word) = words.next() {
        let Some((_, name)) = FIGURES.iter().find(|(known, _)| *known == word) else { continue };
        let Some(value) = words.next() else { return };
        match (value.parse(), value.parse()) {
            (Ok(number), _) => header.fields.push((name, FieldValue::Number(number))),
            (_, Ok(number)) => header.fields.push((name, FieldValue::Decimal(number))),
            _ => header.push_text(name, Some(value)),
        }
    }
}
