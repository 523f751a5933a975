//! Transactions, days, services and counts, a line each.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use jiff::Timestamp;
use record::level;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;
use textwrap::core::display_width;

use super::escape::visible;
use super::span::{count, date_time, duration};
use super::style::{FAINT, HEAD, of_level, of_message, styled};

const DURATION_WIDTH: usize = 11;
const COUNT_WIDTH: usize = 14;
const LEVEL_WIDTH: usize = 8;
const INDENT: &str = "    ";
/// The longest bar where there is no terminal to fill.
const BAR_WIDTH: usize = 40;
/// What stands beside a bar: time, count, errors.
const BESIDE_BAR: usize = 60;
const UNITS: [&str; 5] = ["B", "KiB", "MiB", "GiB", "TiB"];

/// How many records of which level.
type Levels = BTreeMap<String, u64>;

#[derive(Default, Deserialize)]
#[serde(default)]
struct Transaction {
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
struct OneDay {
    day: String,
    records: u64,
    bytes: u64,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct OneService {
    service: Option<String>,
    records: u64,
    levels: Levels,
    first: Option<Timestamp>,
    last: Option<Timestamp>,
}

/// Records counted together.
pub(crate) struct Bar<'a> {
    pub(crate) start: &'a str,
    pub(crate) levels: &'a Levels,
    pub(crate) count: u64,
}

/// A title above lines.
pub(crate) fn heading(title: &str, text: &mut String) {
    text.push_str(&styled(title, HEAD));
    text.push('\n');
}

/// A transaction: when, how long, how many records, how bad, its uid, its services; the first error below.
pub(crate) fn transaction_line(transaction: &RawValue, width: Option<usize>, text: &mut String) {
    let Transaction { log_uid, started, duration_ms, services, record_count, worst_level, first_error } =
        read(transaction);
    let started = started.map(date_time).unwrap_or_default();
    let worst = worst_level.as_deref().unwrap_or("-");
    let mut line = styled(&started, FAINT);
    let _ =
        write!(line, "  {:>DURATION_WIDTH$}  {:>COUNT_WIDTH$}  ", duration(duration_ms), count(record_count, "record"));
    line.push_str(&styled(&format!("{:LEVEL_WIDTH$}", visible(worst)), of_level(level::number(worst))));
    let _ = write!(line, "  {}", styled(&visible(&log_uid), HEAD));
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
        let said = format!("{}: {}", service.as_deref().unwrap_or("-"), message.unwrap_or_default());
        let said = visible(said.lines().next().unwrap_or_default()).into_owned();
        let style = of_message(Some(level::ERROR));
        for part in super::record::wrapped(&said, width.map(|width| width.saturating_sub(INDENT.len()))) {
            let _ = writeln!(text, "{INDENT}{}", styled(&part, style));
        }
    }
}

/// A day: how many records, and what they take.
pub(crate) fn day_line(day: &RawValue, text: &mut String) {
    let OneDay { day, records, bytes } = read(day);
    let _ = writeln!(text, "{}  {:>20}  {:>10}", visible(&day), count(records, "record"), size(bytes));
}

/// A service: how many records of which levels, the first and the last.
pub(crate) fn service_line(service: &RawValue, text: &mut String) {
    let OneService { service, records, levels, first, last } = read(service);
    let name = service.as_deref().unwrap_or("-");
    let time = |time: Option<Timestamp>| time.map_or_else(|| "-".to_owned(), date_time);
    let _ = writeln!(
        text,
        "{:24}  {:>20}  {}  {}",
        visible(name),
        count(records, "record"),
        styled(&format!("{} to {}", time(first), time(last)), FAINT),
        levels_text(&levels)
    );
}

/// Bars as long as there are records, the errors among them first and red.
pub(crate) fn bar_lines(bars: &[Bar<'_>], width: Option<usize>, text: &mut String) {
    let longest = width.map_or(BAR_WIDTH, |width| width.saturating_sub(BESIDE_BAR).max(10));
    let most = bars.iter().map(|bar| bar.count).max().unwrap_or_default().max(1);
    let length = |count: u64| usize::try_from((count * longest as u64).div_ceil(most)).unwrap_or(longest);
    for bar in bars {
        let errors: u64 = bar
            .levels
            .iter()
            .filter(|(name, _)| level::number(name) >= Some(level::ERROR))
            .map(|(_, count)| count)
            .sum();
        let (all, red) = (length(bar.count), length(errors).min(length(bar.count)));
        let start = bar.start.parse().map_or_else(|_| visible(bar.start).into_owned(), minute);
        let drawn = styled(&"█".repeat(red), of_message(Some(level::ERROR))) + &"█".repeat(all - red);
        let _ = writeln!(
            text,
            "{}  {drawn}{}  {}  {}",
            styled(&start, FAINT),
            " ".repeat(longest - all),
            count(bar.count, "record"),
            levels_text(bar.levels)
        );
    }
}

/// How many of each level that is worth a word, the worst first.
fn levels_text(levels: &Levels) -> String {
    let mut levels: Vec<_> = levels.iter().map(|(name, count)| (level::number(name), name, count)).collect();
    levels.sort_by_key(|(number, ..)| std::cmp::Reverse(*number));
    let shown =
        levels.into_iter().map(|(number, name, count)| styled(&format!("{} {count}", visible(name)), of_level(number)));
    shown.collect::<Vec<_>>().join(" ")
}

fn minute(time: Timestamp) -> String {
    let text = date_time(time);
    text.strip_suffix(":00.000").map(str::to_owned).unwrap_or(text)
}

#[allow(clippy::cast_precision_loss, reason = "one digit behind the point is shown")]
fn size(bytes: u64) -> String {
    let mut size = bytes as f64;
    let mut units = UNITS.iter();
    let mut unit = units.next();
    while size >= 1024.0 && units.len() > 0 {
        size /= 1024.0;
        unit = units.next();
    }
    let digits = usize::from(unit != UNITS.first());
    format!("{size:.digits$} {}", unit.unwrap_or(&"B"))
}

/// What an item says; nothing where it is not as expected.
fn read<T: Default + DeserializeOwned>(item: &RawValue) -> T {
    serde_json::from_str(item.get()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use anstream::adapter::strip_str;
    use insta::assert_snapshot;
    use serde_json::value::{RawValue, to_raw_value};
    use serde_json::{Value, json};

    use super::{Bar, Levels, bar_lines, day_line, service_line, transaction_line};

    fn lines(items: &[Value], mut render: impl FnMut(&RawValue, &mut String)) -> String {
        let mut text = String::new();
        for item in items {
            render(&to_raw_value(item).unwrap(), &mut text);
        }
        strip_str(&text).to_string()
    }

    #[test]
    fn transactions_are_told_from_each_other() {
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

    #[test]
    fn bars_are_as_long_as_there_are_records() {
        let levels = |levels: Value| serde_json::from_value::<Levels>(levels).unwrap();
        let [many, few] = [levels(json!({"INFO": 90, "ERROR": 10})), levels(json!({"INFO": 1}))];
        let bars = [
            Bar { start: "2026-11-20T08:35:00.000000Z", levels: &many, count: 100 },
            Bar { start: "2026-11-20T08:36:00.000000Z", levels: &few, count: 1 },
        ];
        let text = |width| {
            let mut text = String::new();
            bar_lines(&bars, width, &mut text);
            text
        };
        assert_snapshot!(strip_str(&text(None)).to_string(), @r#"
        2026-11-20 08:35  ████████████████████████████████████████  100 records  ERROR 10 INFO 90
        2026-11-20 08:36  █                                         1 record  INFO 1
        "#);
        assert_snapshot!(strip_str(&text(Some(80))).to_string(), @r#"
        2026-11-20 08:35  ████████████████████  100 records  ERROR 10 INFO 90
        2026-11-20 08:36  █                     1 record  INFO 1
        "#);
        assert!(text(None).contains("\u{1b}[31m████\u{1b}[0m████████"), "{}", text(None).escape_debug());
    }
}
