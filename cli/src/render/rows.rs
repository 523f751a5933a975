//! Transactions, days and services: a row for each.

use std::fmt::Write as _;

use jiff::Timestamp;
use record::level;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;
use textwrap::core::display_width;

use super::escape::visible;
use super::levels::{Levels, level_counts};
use super::quantity::{count, size};
use super::style::{FAINT, HEADING, level_style, message_style, styled};
use super::time::{date_time, duration};
use super::wrap::wrapped;

const DURATION_WIDTH: usize = 11;
const COUNT_WIDTH: usize = 14;
const LEVEL_WIDTH: usize = 8;
const INDENT: &str = "    ";

#[derive(Default, Deserialize)]
#[serde(default)]
struct TransactionRow {
    log_uid: String,
    started: Option<Timestamp>,
    duration_ms: f64,
    services: Vec<String>,
    record_count: u64,
    worst_level: Option<String>,
    first_error: Option<FirstError>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct FirstError {
    service: Option<String>,
    message: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct DayRow {
    day: String,
    records: u64,
    /// `None` where a tenant asks.
    bytes: Option<u64>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct ServiceRow {
    service: Option<String>,
    records: u64,
    levels: Levels,
    first: Option<Timestamp>,
    last: Option<Timestamp>,
}

/// Appends a heading.
pub(crate) fn heading(title: &str, text: &mut String) {
    text.push_str(&styled(title, HEADING));
    text.push('\n');
}

/// Appends a transaction: start, duration, number of records, worst level, uid, services; its first error below.
pub(crate) fn transaction_line(transaction: &RawValue, width: Option<usize>, text: &mut String) {
    let TransactionRow { log_uid, started, duration_ms, services, record_count, worst_level, first_error } =
        read(transaction);
    let started = started.map(date_time).unwrap_or_default();
    let worst = worst_level.as_deref().unwrap_or("-");
    let mut line = styled(&started, FAINT);
    let _ =
        write!(line, "  {:>DURATION_WIDTH$}  {:>COUNT_WIDTH$}  ", duration(duration_ms), count(record_count, "record"));
    line.push_str(&styled(&format!("{:LEVEL_WIDTH$}", visible(worst)), level_style(level::number(worst))));
    let _ = write!(line, "  {}", styled(&visible(&log_uid), HEADING));
    let services = services.iter().map(|name| visible(name)).collect::<Vec<_>>().join(", ");
    let fits = width.is_none_or(|width| display_width(&line) + 2 + display_width(&services) <= width);
    let gap = if services.is_empty() {
        String::new()
    } else if fits {
        "  ".to_owned()
    } else {
        format!("\n{INDENT}")
    };
    let _ = writeln!(text, "{line}{gap}{services}");
    if let Some(FirstError { service, message }) = first_error {
        let error = format!("{}: {}", service.as_deref().unwrap_or("-"), message.unwrap_or_default());
        let error = visible(error.lines().next().unwrap_or_default()).into_owned();
        let style = message_style(Some(level::ERROR));
        for part in wrapped(&error, width.map(|width| width.saturating_sub(INDENT.len()))) {
            let _ = writeln!(text, "{INDENT}{}", styled(&part, style));
        }
    }
}

/// Appends a day: number of records and size.
pub(crate) fn day_line(day: &RawValue, text: &mut String) {
    let DayRow { day, records, bytes } = read(day);
    let _ = writeln!(
        text,
        "{}  {:>20}  {:>10}",
        visible(&day),
        count(records, "record"),
        bytes.map(size).unwrap_or_default()
    );
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct PinRow {
    log_uid: String,
    reason: String,
    pinned_at: Option<Timestamp>,
    until: Option<Timestamp>,
    records: u64,
}

/// Appends a pin: the transaction, how many records, when it was pinned, until when, why.
pub(crate) fn pin_line(pin: &RawValue, text: &mut String) {
    let PinRow { log_uid, reason, pinned_at, until, records } = read(pin);
    let at = pinned_at.map_or_else(|| "-".to_owned(), date_time);
    let until = until.map_or_else(|| "for ever".to_owned(), |until| format!("until {}", date_time(until)));
    let _ = writeln!(
        text,
        "{:36}  {:>14}  {}  {}",
        visible(&log_uid),
        count(records, "record"),
        styled(&format!("pinned {at} {until}"), FAINT),
        visible(&reason)
    );
}

/// Appends a service: number of records, time of the first and the last, counts by level.
pub(crate) fn service_line(service: &RawValue, text: &mut String) {
    let ServiceRow { service, records, levels, first, last } = read(service);
    let name = service.as_deref().unwrap_or("-");
    let time = |time: Option<Timestamp>| time.map_or_else(|| "-".to_owned(), date_time);
    let _ = writeln!(
        text,
        "{:24}  {:>20}  {}  {}",
        visible(name),
        count(records, "record"),
        styled(&format!("{} to {}", time(first), time(last)), FAINT),
        level_counts(&levels)
    );
}

/// Reads an item. Its fields are empty where the item has another form.
fn read<T: Default + DeserializeOwned>(item: &RawValue) -> T {
    serde_json::from_str(item.get()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use anstream::adapter::strip_str;
    use insta::assert_snapshot;
    use serde_json::value::{RawValue, to_raw_value};
    use serde_json::{Value, json};

    use super::{day_line, service_line, transaction_line};

    fn lines(items: &[Value], mut render: impl FnMut(&RawValue, &mut String)) -> String {
        let mut text = String::new();
        for item in items {
            render(&to_raw_value(item).unwrap(), &mut text);
        }
        strip_str(&text).to_string()
    }

    #[test]
    fn transactions_are_rows() {
        let mut order = json!({
            "log_uid": "6f1a4e0e-6f0c-4c58-9d0c-0a1b2c3d4e5f", "started": "2026-11-20T08:35:39.165953Z",
            "ended": "2026-11-20T08:35:39.263206Z", "duration_ms": 97.253, "services": ["purchasing", "inventory", "ordering"],
            "record_count": 9, "levels": {"INFO": 7, "DEBUG": 1, "ERROR": 1}, "worst_level": "ERROR",
            "first_error": {"service": "ordering", "message": "vendor order failed,\u{1b}[2J attempt 1\nmore"},
        });
        let job = json!({"log_uid": "job\u{7}", "started": "2026-11-18T00:00:00Z", "duration_ms": 420_000_000.0, "record_count": 100_000});
        let items = [order.clone(), job, json!({})];
        assert_snapshot!(lines(&items, |item, text| transaction_line(item, None, text)), @r#"
        2026-11-20 08:35:39.165      97.3 ms       9 records  ERROR     6f1a4e0e-6f0c-4c58-9d0c-0a1b2c3d4e5f  purchasing, inventory, ordering
            ordering: vendor order failed,\x1b[2J attempt 1
        2026-11-18 00:00:00.000     4 d 20 h  100,000 records  -         job\x07
               0.0 ms       0 records  -
        "#);
        order["first_error"]["message"] =
            json!("it went wrong in many ways, so many that one line does not hold them all, nor two of them");
        assert_snapshot!(lines(&[order], |item, text| transaction_line(item, Some(80), text)), @r#"
        2026-11-20 08:35:39.165      97.3 ms       9 records  ERROR     6f1a4e0e-6f0c-4c58-9d0c-0a1b2c3d4e5f
            purchasing, inventory, ordering
            ordering: it went wrong in many ways, so many that one line does not hold
            them all, nor two of them
        "#);
    }

    #[test]
    fn days_have_sizes() {
        let day = |day: &str, records: u64, bytes: u64| json!({"day": day, "records": records, "bytes": bytes});
        let days =
            [day("2026-11-20", 27, 12_288), day("2026-11-19", 1, 900), day("2026-11-18", 86_400_000, 60_000_000_000)];
        assert_snapshot!(lines(&days, day_line), @r#"
        2026-11-20            27 records    12.0 KiB
        2026-11-19              1 record       900 B
        2026-11-18    86,400,000 records    55.9 GiB
        "#);
        let own = json!({"day": "2026-11-20", "records": 27, "bytes": null});
        assert_snapshot!(lines(&[own], day_line).trim_end(), @"2026-11-20            27 records");
    }

    #[test]
    fn services_have_levels() {
        let services = [
            json!({"service": "ordering", "records": 12, "levels": {"INFO": 10, "ERROR": 2}, "first": "2026-11-20T08:35:39Z", "last": "2026-11-20T09:00:00.5Z"}),
            json!({"service": null, "records": 1, "levels": {}}),
        ];
        assert_snapshot!(lines(&services, service_line), @r#"
        ordering                            12 records  2026-11-20 08:35:39.000 to 2026-11-20 09:00:00.500  ERROR 2 INFO 10
        -                                     1 record  - to -
        "#);
    }
}
