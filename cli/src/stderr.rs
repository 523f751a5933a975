//! Standard error: messages to a person, beside the results.

use std::error::Error;
use std::fmt::Display;
use std::io::{self, Write as _};

use runtime::telemetry;

/// Writes a message. The command goes on if nobody can read it.
pub(crate) fn print(message: impl Display) {
    print_line(format_args!("logbraid: {message}"));
}

/// Writes a line as it is: for progress.
pub(crate) fn print_line(line: impl Display) {
    let _ = writeln!(io::stderr(), "{line}");
}

/// Writes what failed for the moment, and what the command does next.
pub(crate) fn print_retry(error: &dyn Error, next_step: &str) {
    print(format_args!("{}; {next_step}", telemetry::chain(error).trim_end_matches('.')));
}
