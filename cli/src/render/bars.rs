//! Bars: the number of records over time.

use std::fmt::Write as _;

use jiff::Timestamp;
use record::level;

use super::escape::visible;
use super::levels::{Levels, level_counts};
use super::quantity::count;
use super::style::{FAINT, message_style, styled};
use super::time::date_time;

/// The longest bar where there is no terminal.
const BAR_WIDTH: usize = 40;
/// The shortest width for bars on a narrow terminal.
const MIN_BAR_WIDTH: usize = 10;
/// The room beside a bar for time, count and levels.
const BESIDE_BAR: usize = 60;

/// The counts of one span of time.
pub(crate) struct Bar<'a> {
    pub(crate) start: &'a str,
    pub(crate) levels: &'a Levels,
    pub(crate) count: u64,
}

/// Appends the bars. The length of a bar is its number of records; its errors come first, in red.
pub(crate) fn bar_lines(bars: &[Bar<'_>], width: Option<usize>, text: &mut String) {
    let longest = width.map_or(BAR_WIDTH, |width| width.saturating_sub(BESIDE_BAR).max(MIN_BAR_WIDTH));
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
        let drawn = styled(&"█".repeat(red), message_style(Some(level::ERROR))) + &"█".repeat(all - red);
        let _ = writeln!(
            text,
            "{}  {drawn}{}  {}  {}",
            styled(&start, FAINT),
            " ".repeat(longest - all),
            count(bar.count, "record"),
            level_counts(bar.levels)
        );
    }
}

fn minute(time: Timestamp) -> String {
    let text = date_time(time);
    text.strip_suffix(":00.000").map(str::to_owned).unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use anstream::adapter::strip_str;
    use insta::assert_snapshot;
    use serde_json::{Value, json};

    use super::{Bar, Levels, bar_lines};

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
