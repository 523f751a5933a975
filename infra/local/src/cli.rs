//! The command line.

use std::iter;
use std::process::ExitCode;

use crate::commands::{self, Scope};
use crate::error::Error;
use crate::interrupt;
use crate::lifecycle::Build;
use crate::page::Task;

const HELP: &str = "\
usage: local COMMAND

  run             start everything, put the sample order on the stream, show it; leave everything running
  stop            stop everything; the data stays
  clean           stop everything and remove the data
  logs            follow the functions' logs until Ctrl-C
  build [ARCH]    build the release zips for AWS: x86_64 (the default) or arm64
  smoke           start a private stack, check the main path on it, take it down
  smoke everything
                  only the stack with every optional part, and each way to authorize requests
  smoke release   the same main path with release builds
  lint            check template.yaml, the templates in infra, and GitHub's workflows
  page            build the query function's page into functions/query/ui/dist
  page check      check the page's code, and that what is built is what the sources give
  python          build the Python package's wheel, install it beside nothing else, run the package's checks
  wheels          build the Python package's wheels for all platforms into target/wheels
  bench-python    build the wheel, measure its handler beside those of others
  deny CHECK...   check the dependencies: advisories, bans, licenses, sources

MONGODB_URI      use this MongoDB instead of starting one
LOGBRAID_CACHE   folder for downloaded tools (default: $XDG_CACHE_HOME/logbraid or ~/.cache/logbraid)
";

/// What `template.yaml` deploys by default.
const DEFAULT_ARCHITECTURE: &str = "x86_64";
/// Exit status for a command line that is not understood.
const USAGE_STATUS: u8 = 2;

/// Runs the command. An error goes to standard error with all its causes.
#[must_use]
pub fn main(arguments: impl Iterator<Item = String>) -> ExitCode {
    let arguments: Vec<String> = arguments.collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    if let ["help" | "--help" | "-h"] = *arguments {
        print!("{HELP}");
        return ExitCode::SUCCESS;
    }
    match interrupt::listen().and_then(|()| run(&arguments)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(Error::Usage) => {
            eprint!("{HELP}");
            ExitCode::from(USAGE_STATUS)
        }
        Err(error) => {
            eprintln!("\n{}", chain(&error));
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &[&str]) -> Result<(), Error> {
    match *arguments {
        ["run"] => commands::run(),
        ["stop"] => commands::stop(),
        ["clean"] => commands::clean(),
        ["logs"] => commands::logs(),
        ["build"] => commands::build(DEFAULT_ARCHITECTURE),
        ["build", architecture] => commands::build(architecture),
        ["smoke"] => commands::smoke(Build::Debug, Scope::All),
        ["smoke", "everything"] => commands::smoke(Build::Debug, Scope::Everything),
        ["smoke", "release"] => commands::smoke(Build::Release, Scope::All),
        ["lint"] => commands::lint(),
        ["page"] => commands::page(Task::Build),
        ["page", "check"] => commands::page(Task::Check),
        ["python"] => commands::python(),
        ["wheels"] => commands::wheels(),
        ["bench-python"] => commands::bench_python(),
        ["deny", ref checks @ ..] if !checks.is_empty() => commands::deny(checks),
        _ => Err(Error::Usage),
    }
}

/// Formats an error and its causes, a line each.
fn chain(error: &dyn std::error::Error) -> String {
    let causes = iter::successors(error.source(), |cause| cause.source());
    causes.fold(format!("error: {error}"), |text, cause| format!("{text}\n  because: {cause}"))
}
