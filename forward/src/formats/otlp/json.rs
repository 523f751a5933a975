//! The JSON encoding: names in either spelling, 64-bit integers as texts or numbers.

use std::borrow::Cow;

use serde_json::{Map, Value};

use super::{AnyValue, Attributes, LogRecord, MAX_DEPTH, Origin, float};
use crate::formats::{Lines, key, text};

/// A value as JSON has it.
#[derive(Clone, Copy, Debug)]
struct Encoded<'a>(&'a Value);

/// Reads the log records of an export.
pub(crate) fn read(payload: &[u8], lines: &mut Lines<'_>) {
    let export: Value = match serde_json::from_slice(payload) {
        Ok(export) => export,
        Err(error) => return lines.reject(payload, error),
    };
    let Some(all) = get(&export, "resourceLogs", "resource_logs").and_then(Value::as_array) else {
        return lines.reject(payload, "no resourceLogs");
    };
    for resource_logs in all {
        let resource = origin(resource_logs.get("resource"));
        for scope_logs in list(resource_logs, "scopeLogs", "scope_logs") {
            let scope = origin(scope_logs.get("scope"));
            for record in list(scope_logs, "logRecords", "log_records") {
                let source = record.to_string();
                lines.push(source.as_bytes(), |out| match record.as_object() {
                    Some(_) => Ok(log_record(record).write(&resource, &scope, out)),
                    None => Err("no log record"),
                });
            }
        }
    }
}

fn get<'v>(value: &'v Value, camel: &str, snake: &str) -> Option<&'v Value> {
    value.get(camel).or_else(|| value.get(snake))
}

fn list<'v>(value: &'v Value, camel: &str, snake: &str) -> &'v [Value] {
    get(value, camel, snake).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

fn string<'v>(value: &'v Value, camel: &str, snake: &str) -> Cow<'v, str> {
    Cow::Borrowed(get(value, camel, snake).and_then(Value::as_str).unwrap_or_default())
}

fn number(value: &Value, camel: &str, snake: &str) -> u64 {
    match get(value, camel, snake) {
        Some(Value::String(digits)) => digits.parse().unwrap_or_default(),
        Some(number) => number.as_u64().unwrap_or_default(),
        None => 0,
    }
}

fn origin(value: Option<&Value>) -> Origin<'_, Encoded<'_>> {
    let Some(value) = value else { return Origin::default() };
    Origin {
        name: string(value, "name", "name"),
        version: string(value, "version", "version"),
        attributes: entries(list(value, "attributes", "attributes")),
    }
}

fn log_record(value: &Value) -> LogRecord<'_, Encoded<'_>> {
    LogRecord {
        time: number(value, "timeUnixNano", "time_unix_nano"),
        observed: number(value, "observedTimeUnixNano", "observed_time_unix_nano"),
        severity_number: number(value, "severityNumber", "severity_number"),
        severity_text: string(value, "severityText", "severity_text"),
        body: value.get("body").map(Encoded),
        attributes: entries(list(value, "attributes", "attributes")),
        flags: number(value, "flags", "flags"),
        trace_id: string(value, "traceId", "trace_id").to_ascii_lowercase(),
        span_id: string(value, "spanId", "span_id").to_ascii_lowercase(),
        event_name: string(value, "eventName", "event_name"),
    }
}

fn entries(entries: &[Value]) -> Attributes<'_, Encoded<'_>> {
    entries.iter().filter_map(entry).collect()
}

/// Reads a `KeyValue`.
fn entry(entry: &Value) -> Option<(Cow<'_, str>, Encoded<'_>)> {
    let name = entry.get("key")?.as_str()?;
    Some((Cow::Borrowed(name), Encoded(entry.get("value").unwrap_or(&Value::Null))))
}

impl<'a> Encoded<'a> {
    /// Returns the one member of an `AnyValue`.
    fn member(self) -> Option<(&'a str, &'a Value)> {
        let members: &Map<String, Value> = self.0.as_object()?;
        members.iter().next().map(|(name, value)| (name.as_str(), value))
    }
}

impl AnyValue for Encoded<'_> {
    fn text(self) -> Option<String> {
        match self.member() {
            Some(("stringValue" | "string_value", Value::String(text))) => Some(text.clone()),
            _ => None,
        }
    }

    fn write(self, depth: usize, out: &mut Vec<u8>) {
        let plain = |value: &Value, out: &mut Vec<u8>| {
            // Writing to memory does not fail.
            let _ = serde_json::to_writer(out, value);
        };
        match self.member() {
            None => out.extend_from_slice(b"null"),
            Some(("intValue" | "int_value", Value::String(digits))) => match digits.parse::<i64>() {
                Ok(number) => out.extend_from_slice(itoa::Buffer::new().format(number).as_bytes()),
                Err(_) => text(out, digits),
            },
            Some(("doubleValue" | "double_value", Value::String(digits))) => {
                float(digits.parse().unwrap_or(f64::NAN), out);
            }
            Some(("arrayValue" | "array_value", value)) if depth < MAX_DEPTH => {
                out.push(b'[');
                for (index, value) in list(value, "values", "values").iter().enumerate() {
                    if index > 0 {
                        out.push(b',');
                    }
                    Encoded(value).write(depth + 1, out);
                }
                out.push(b']');
            }
            Some(("kvlistValue" | "kvlist_value", value)) if depth < MAX_DEPTH => {
                out.push(b'{');
                for (name, value) in entries(list(value, "values", "values")) {
                    key(out, &name);
                    value.write(depth + 1, out);
                }
                out.push(b'}');
            }
            Some((_, value)) => plain(value, out),
        }
    }
}
