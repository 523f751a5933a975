//! The functions' logs.

use std::collections::HashSet;
use std::io::{self, Write as _};
use std::thread;
use std::time::{Duration, SystemTime};

use serde::Deserialize;
use serde_json::json;

use crate::deploy::STACK_NAME;
use crate::error::Error;
use crate::{aws, http, interrupt};

const FUNCTIONS: [&str; 3] = ["ingest", "query", "retention"];
/// How far back the first request goes.
const HISTORY: Duration = Duration::from_mins(10);
/// How far back every later request goes. Lines appear when their call ends, not in the order of their times.
const OVERLAP: Duration = Duration::from_secs(30);
/// The time between two requests.
const LOOK_INTERVAL: Duration = Duration::from_millis(500);

/// A line of a function's log.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Line {
    #[serde(rename = "timestamp")]
    time_ms: u64,
    log_stream_name: String,
    message: String,
}

#[derive(Deserialize)]
struct Lines {
    events: Vec<Line>,
}

impl Line {
    /// Returns whether the line says more than that a call began or ended.
    fn is_shown(&self) -> bool {
        !["START RequestId: ", "END RequestId: "].iter().any(|marker| self.message.starts_with(marker))
    }
}

/// Prints new lines until a signal comes.
pub(crate) fn follow(port: u16) -> Result<(), Error> {
    let mut seen = FUNCTIONS.map(|_| HashSet::new());
    let mut span = HISTORY;
    while interrupt::check().is_ok() {
        let since_ms = unix_ms(SystemTime::now() - span);
        for (function, seen) in FUNCTIONS.iter().zip(&mut seen) {
            for line in new_lines(read(port, function, since_ms)?, seen) {
                if writeln!(io::stdout(), "{}", show(function, &line)).is_err() {
                    // The reader has closed the pipe.
                    return Ok(());
                }
            }
        }
        span = OVERLAP;
        thread::sleep(LOOK_INTERVAL);
    }
    Ok(())
}

/// Returns all lines of both functions.
pub(crate) fn all(port: u16) -> Result<String, Error> {
    let mut text = String::new();
    for function in FUNCTIONS {
        for line in read(port, function, 0)? {
            text.push_str(&show(function, &line));
            text.push('\n');
        }
    }
    Ok(text)
}

/// Reads a function's lines from the local AWS. The AWS client would start Python for every request.
fn read(port: u16, function: &str, since_ms: u64) -> Result<Vec<Line>, Error> {
    let request = json!({ "logGroupName": format!("/aws/lambda/{STACK_NAME}-{function}"), "startTime": since_ms });
    let answer = http::aws_call(&aws::endpoint(port), "Logs_20140328.FilterLogEvents", &request.to_string())?;
    serde_json::from_str(&answer)
        .map(|lines: Lines| lines.events.into_iter().filter(Line::is_shown).collect())
        .map_err(|source| Error::Answer { what: "FilterLogEvents", source })
}

/// Returns the lines that the last request did not return.
fn new_lines(lines: Vec<Line>, seen: &mut HashSet<Line>) -> Vec<Line> {
    let new = lines.iter().filter(|line| !seen.contains(line)).cloned().collect();
    *seen = lines.into_iter().collect();
    new
}

fn show(function: &str, line: &Line) -> String {
    format!("{function:6} | {}", line.message.trim_end())
}

fn unix_ms(time: SystemTime) -> u64 {
    let since = time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(time_ms: u64, message: &str) -> Line {
        Line { time_ms, log_stream_name: "s".to_owned(), message: message.to_owned() }
    }

    #[test]
    fn a_line_comes_once_also_if_it_is_late() {
        let mut seen = HashSet::new();
        assert_eq!(new_lines(vec![line(5, "a")], &mut seen), [line(5, "a")]);
        let look = vec![line(4, "late"), line(5, "a"), line(6, "b")];
        assert_eq!(new_lines(look, &mut seen), [line(4, "late"), line(6, "b")]);
        assert_eq!(new_lines(vec![line(6, "b")], &mut seen), []);
    }
}
