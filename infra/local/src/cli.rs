//! The command line: one word says what to do.

use std::iter;
use std::process::ExitCode;

use crate::commands;
use crate::error::Error;
use crate::interrupt;

const HELP: &str = "\
usage: local COMMAND

  run      start everything, put the sample order on the stream, show it; leave everything running
  stop     stop everything; the data stays
  clean    stop everything and remove the data
  logs     follow the functions' logs until Ctrl-C
  smoke    start a private stack, check the main path on it, take it down
  lint     check template.yaml

MONGODB_URI   use this MongoDB instead of starting one
LOGBRAID_CACHE   folder for downloaded tools (default: $XDG_CACHE_HOME/logbraid or ~/.cache/logbraid)
";

/// Status for a command line that is not understood.
const USAGE_STATUS: u8 = 2;

/// Runs the command; errors go to standard error with all their causes.
#[must_use]
pub fn main(mut arguments: impl Iterator<Item = String>) -> ExitCode {
    let command = arguments.next().unwrap_or_default();
    let run: fn() -> Result<(), Error> = match command.as_str() {
        "run" => commands::run,
        "stop" => commands::stop,
        "clean" => commands::clean,
        "logs" => commands::logs,
        "smoke" => commands::smoke,
        "lint" => commands::lint,
        "help" | "--help" | "-h" => {
            print!("{HELP}");
            return ExitCode::SUCCESS;
        }
        _ => {
            eprint!("{HELP}");
            return ExitCode::from(USAGE_STATUS);
        }
    };
    match interrupt::listen().and_then(|()| run()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("\n{}", chain(&error));
            ExitCode::FAILURE
        }
    }
}

/// An error and what lies behind it, a line each.
fn chain(error: &dyn std::error::Error) -> String {
    let causes = iter::successors(error.source(), |cause| cause.source());
    causes.fold(format!("error: {error}"), |text, cause| format!("{text}\n  because: {cause}"))
}
