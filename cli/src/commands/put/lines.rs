//! Reads lines of JSON from files and standard input, on a thread of its own.

use std::fmt;
use std::fs::File;
use std::io::{self, BufRead, BufReader, IsTerminal as _, Read as _};
use std::path::{Path, PathBuf};

use tokio::sync::mpsc::{Receiver, channel};

use super::record::{MAX_RECORD_BYTES, Record, Refusal};
use crate::error::Error;
use crate::stderr;

/// The path that stands for standard input.
const STDIN: &str = "-";
/// The number of lines that are read ahead. Each can take 10 MiB.
const LINES_AHEAD: usize = 16;

/// The place of a line in the input.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct LinePosition {
    pub(super) file: PathBuf,
    /// Counted from 1.
    pub(super) line: u64,
}

/// One line of the input.
#[derive(Debug)]
pub(super) struct Line {
    pub(super) position: LinePosition,
    /// The Kinesis record, or why there is none.
    pub(super) record: Result<Record, Refusal>,
}

impl fmt::Display for LinePosition {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.file.as_os_str() == STDIN {
            write!(out, "line {}", self.line)
        } else {
            write!(out, "{}:{}", self.file.display(), self.line)
        }
    }
}

/// Starts to read the files; without any, standard input.
pub(super) fn read_ahead(files: &[PathBuf]) -> Receiver<Result<Line, Error>> {
    let (lines, receiver) = channel(LINES_AHEAD);
    let files = if files.is_empty() { vec![PathBuf::from(STDIN)] } else { files.to_vec() };
    if files.iter().any(|file| file.as_os_str() == STDIN) && io::stdin().is_terminal() {
        stderr::print("reading lines of JSON from the terminal; end with Ctrl-D");
    }
    // Nobody joins this thread: a read from a terminal or a pipe may never end.
    std::thread::spawn(move || {
        for path in files {
            let mut send = |line| lines.blocking_send(Ok(line)).is_ok();
            if let Err(source) = read(&path, &mut send) {
                // This fails only if the receiver is gone.
                let _ = lines.blocking_send(Err(Error::ReadFile { path, source }));
                return;
            }
        }
    });
    receiver
}

/// Returns the position of the next line, if it is read already.
pub(super) fn next_position(lines: &mut Receiver<Result<Line, Error>>) -> Option<LinePosition> {
    lines.try_recv().ok().and_then(Result::ok).map(|line| line.position)
}

/// Reads a file's lines, and sends each until `send` returns false. Blocks.
fn read(path: &Path, send: &mut dyn FnMut(Line) -> bool) -> io::Result<()> {
    if path == Path::new(STDIN) {
        read_from(io::stdin().lock(), path, send)
    } else {
        read_from(BufReader::new(File::open(path)?), path, send)
    }
}

fn read_from(mut input: impl BufRead, path: &Path, send: &mut dyn FnMut(Line) -> bool) -> io::Result<()> {
    for line in 1.. {
        let mut data = Vec::new();
        // One byte more than fits, and the end of the line.
        let limit = MAX_RECORD_BYTES as u64 + 2;
        if input.by_ref().take(limit).read_until(b'\n', &mut data)? == 0 {
            return Ok(());
        }
        let is_cut = data.len() as u64 == limit && !data.ends_with(b"\n");
        if is_cut {
            input.skip_until(b'\n')?;
        }
        let data = data.trim_ascii();
        if data.is_empty() {
            continue;
        }
        let record = if is_cut { Err(Refusal::TooLarge) } else { Record::new(data.to_vec()) };
        if !send(Line { position: LinePosition { file: path.to_owned(), line }, record }) {
            return Ok(());
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{Line, MAX_RECORD_BYTES, read_from};

    fn lines(input: &[u8]) -> Vec<String> {
        let mut lines = Vec::new();
        let mut send = |line: Line| {
            let text = line
                .record
                .map_or_else(|refusal| refusal.to_string(), |record| String::from_utf8(record.data).unwrap());
            lines.push(format!("{} {text}", line.position.line));
            true
        };
        read_from(input, Path::new("x"), &mut send).unwrap();
        lines
    }

    #[test]
    fn each_line_is_a_record() {
        fn check(input: &str, expect: &[&str]) {
            assert_eq!(lines(input.as_bytes()), expect, "{input}");
        }
        check("", &[]);
        check("{\"a\":1}\n{\"b\":2}\n", &[r#"1 {"a":1}"#, r#"2 {"b":2}"#]);
        check("\n  \r\n{\"a\":1}\r\n\n {\"b\":2} ", &[r#"3 {"a":1}"#, r#"5 {"b":2}"#]);
        let not = |line: u64| format!("{line} it is not a JSON object");
        check("x\n[1]\n7\n\"a\"\n{\"a\":1} {\"b\":2}\n{\"a\"", &[&not(1), &not(2), &not(3), &not(4), &not(5), &not(6)]);
    }

    #[test]
    fn a_line_that_is_too_large_is_skipped_to_its_end() {
        let line = |bytes: usize| format!(r#"{{"log_uid":"k","m":"{}"}}"#, "x".repeat(bytes - 22));
        let fits = line(MAX_RECORD_BYTES - 1);
        let too_large = line(MAX_RECORD_BYTES);
        let input = [fits.as_str(), &too_large, &line(3 * MAX_RECORD_BYTES), "{}"].join("\n");
        let read: Vec<String> =
            lines(input.as_bytes()).into_iter().map(|line| line.chars().take(60).collect()).collect();
        let large = |line: u64| format!("{line} it is larger than the 10 MiB that Kinesis allows");
        assert_eq!(read[1..], [large(2), large(3), "4 {}".to_owned()]);
        assert!(read[0].starts_with(r#"1 {"log_uid""#), "{}", read[0]);
    }
}
