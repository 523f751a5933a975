//! Quarantined payloads: counts by day, and a payload with its detail and first bytes.

use std::fmt::Write as _;

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::value::RawValue;
use textwrap::core::display_width;

use super::escape::visible;
use super::quantity::{count, size};
use super::style::{FAINT, WARNING, styled};
use super::time::date_time;
use super::wrap::{padded, wrapped};

const COUNT_WIDTH: usize = 20;
const REASON_WIDTH: usize = 14;
const SIZE_WIDTH: usize = 10;
const FORMAT_WIDTH: usize = 7;
const INDENT: &str = "    ";
/// The number of first bytes that the query API returns of a payload.
const HEAD_BYTES: u64 = 256;

/// An entry of the answer to `GET /quarantine`.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Entry {
    arrived: Option<Timestamp>,
    reason: Option<String>,
    detail: Option<String>,
    stream: Option<String>,
    shard: Option<String>,
    seq: Option<String>,
    format: Option<String>,
    bytes: Option<u64>,
    head: Option<String>,
    head_encoding: Option<String>,
}

/// Appends a day: number of payloads, and counts by reason.
pub(crate) fn quarantined_day(day: &str, reasons: &[(&str, u64)], text: &mut String) {
    let total = reasons.iter().map(|(_, count)| count).sum();
    let reasons = reasons.iter().map(|(reason, count)| styled_reason(&format!("{} {count}", visible(reason))));
    let reasons = reasons.collect::<Vec<_>>().join(", ");
    let _ = writeln!(text, "{}  {:>COUNT_WIDTH$}  {reasons}", visible(day), count(total, "payload"));
}

/// Appends a payload: time of arrival, reason, size, format and source; detail and first bytes below.
pub(crate) fn quarantined_payload(entry: &RawValue, width: Option<usize>, text: &mut String) {
    let entry: Entry = serde_json::from_str(entry.get()).unwrap_or_default();
    let arrived = entry.arrived.map_or_else(|| "-".to_owned(), date_time);
    let reason = visible(entry.reason.as_deref().unwrap_or("-")).into_owned();
    let bytes = entry.bytes.map_or_else(|| "-".to_owned(), size);
    let format = visible(entry.format.as_deref().unwrap_or("-")).into_owned();
    let line = format!(
        "{}  {}  {bytes:>SIZE_WIDTH$}  ",
        styled(&arrived, FAINT),
        styled_reason(&padded(&reason, REASON_WIDTH)),
    );
    let source = entry.source();
    let beside = format!("{line}{}  ", padded(&format, FORMAT_WIDTH));
    let fits = width.is_none_or(|width| display_width(&beside) + display_width(&source) <= width);
    let start = if fits { beside } else { format!("{line}{format}\n{INDENT}") };
    let _ = writeln!(text, "{start}{}", styled(&source, FAINT));
    for below in [entry.detail.as_deref().map(|detail| visible(detail).into_owned()), entry.shown_head()] {
        for part in below.iter().filter(|below| !below.is_empty()).flat_map(|below| wrapped(below, room(width))) {
            let _ = writeln!(text, "{INDENT}{part}");
        }
    }
}

impl Entry {
    /// Returns the Kinesis record that the payload came in: stream, shard and sequence number.
    fn source(&self) -> String {
        let parts = [&self.stream, &self.shard, &self.seq].map(|part| part.as_deref().unwrap_or("-"));
        visible(&parts.join(" ")).into_owned()
    }

    /// Returns the first bytes as text, or as base64 if they are not text.
    fn shown_head(&self) -> Option<String> {
        let head = visible(self.head.as_deref()?);
        let label = if self.head_encoding.as_deref() == Some("base64") { "base64: " } else { "" };
        let more = if self.bytes > Some(HEAD_BYTES) { "…" } else { "" };
        Some(format!("{label}{head}{more}"))
    }
}

fn room(width: Option<usize>) -> Option<usize> {
    width.map(|width| width.saturating_sub(INDENT.len()))
}

fn styled_reason(text: &str) -> String {
    styled(text, WARNING)
}

#[cfg(test)]
mod tests {
    use anstream::adapter::strip_str;
    use insta::assert_snapshot;
    use serde_json::value::to_raw_value;
    use serde_json::{Value, json};

    use super::{quarantined_day, quarantined_payload};

    fn payloads(width: Option<usize>, entries: &[Value]) -> String {
        let mut text = String::new();
        for entry in entries {
            quarantined_payload(&to_raw_value(entry).unwrap(), width, &mut text);
        }
        strip_str(&text).to_string()
    }

    fn bad_json() -> Value {
        json!({
            "id": "6b00065b76688b080ce1beb7", "arrived": "2026-11-20T08:35:39.485000Z", "reason": "bad_json",
            "detail": "the end of a string expected at byte 39", "stream": "app_logging",
            "shard": "shardId-000000000000", "seq": "49546986683135544286507457936321620000000000000000002800",
            "format": "json", "bytes": 39, "head": "{\"password\": \"[redacted]\",\n\"msg\": \"cut off",
            "head_encoding": "utf8",
        })
    }

    #[test]
    fn a_day_has_counts_by_reason() {
        let mut text = String::new();
        quarantined_day("2026-11-20", &[("bad_json", 12), ("-", 1)], &mut text);
        quarantined_day("2026-11-19", &[("empty\u{1b}[2J", 1)], &mut text);
        assert_snapshot!(strip_str(&text).to_string(), @r#"
        2026-11-20           13 payloads  bad_json 12, - 1
        2026-11-19             1 payload  empty\x1b[2J 1
        "#);
        assert!(text.contains("\u{1b}[33mbad_json 12\u{1b}[0m"), "{}", text.escape_debug());
    }

    #[test]
    fn a_payload_has_its_detail_and_first_bytes() {
        let binary = json!({
            "arrived": "2026-11-20T08:35:40Z", "reason": "unknown_format", "detail": "", "stream": "app_logging",
            "shard": "shardId-000000000000", "seq": "4954", "format": "unknown", "bytes": 123_456,
            "head": "//4AYmluYXJ5", "head_encoding": "base64",
        });
        let entries = [bad_json(), binary, json!({}), json!(7)];
        assert_snapshot!(payloads(None, &entries), @r#"
        2026-11-20 08:35:39.485  bad_json              39 B  json     app_logging shardId-000000000000 49546986683135544286507457936321620000000000000000002800
            the end of a string expected at byte 39
            {"password": "[redacted]",\n"msg": "cut off
        2026-11-20 08:35:40.000  unknown_format   120.6 KiB  unknown  app_logging shardId-000000000000 4954
            base64: //4AYmluYXJ5…
        -  -                        -  -        - - -
        -  -                        -  -        - - -
        "#);
    }

    #[test]
    fn on_a_narrow_terminal_the_source_goes_below() {
        assert_snapshot!(payloads(Some(60), &[bad_json()]), @r#"
        2026-11-20 08:35:39.485  bad_json              39 B  json
            app_logging shardId-000000000000 49546986683135544286507457936321620000000000000000002800
            the end of a string expected at byte 39
            {"password": "[redacted]",\n"msg": "cut off
        "#);
    }

    #[test]
    fn control_characters_of_senders_are_escaped() {
        let evil = "\u{1b}[2J\u{9b}31m \u{202e}gnp.exe\r\n\t";
        let mut entry = bad_json();
        for name in ["reason", "detail", "stream", "shard", "seq", "format", "head", "head_encoding"] {
            entry[name] = json!(evil);
        }
        for width in [None, Some(60)] {
            let text = payloads(width, &[entry.clone()]);
            let is_control = |character: &char| {
                *character != '\n' && super::visible(&character.to_string()) != character.to_string()
            };
            assert_eq!(text.chars().find(is_control), None, "{text:?}");
            assert_eq!(text.matches(r"\x1b[2J").count(), 7, "{text}");
        }
    }
}
