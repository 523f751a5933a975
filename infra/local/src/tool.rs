//! Runs external tools: their output goes into a log, and their time is limited.

use std::env;
use std::fs::{self, File};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::time::Duration;

use crate::error::Error;
use crate::interrupt::poll;
use crate::process::Process;
use crate::state::attempt;
use crate::text::tail_of_file;

/// How many lines of a failed tool's log the message shows.
const LOG_TAIL_LINES: usize = 40;

/// How to run a tool.
#[derive(Debug)]
pub(crate) struct Tool {
    /// Its name in messages.
    pub(crate) what: &'static str,
    /// What to do when it fails.
    pub(crate) hint: &'static str,
    /// The longest time that it may take.
    pub(crate) limit: Duration,
    /// The log. Each run replaces it.
    pub(crate) log: PathBuf,
}

impl Tool {
    /// Runs the tool and waits for it.
    pub(crate) fn run(&self, command: &mut Command) -> Result<(), Error> {
        let log = attempt("write", &self.log, |path| File::create(path))?;
        let errors = attempt("write", &self.log, |_| log.try_clone())?;
        self.finish(command.stdout(log).stderr(errors))
    }

    /// Runs the tool and waits for it. Returns its standard output.
    pub(crate) fn read(&self, command: &mut Command) -> Result<String, Error> {
        let output = self.log.with_extension("out");
        let errors = attempt("write", &self.log, |path| File::create(path))?;
        let printed = attempt("write", &output, |path| File::create(path))?;
        self.finish(command.stdout(printed).stderr(errors))?;
        attempt("read", &output, |path| fs::read_to_string(path))
    }

    fn finish(&self, command: &mut Command) -> Result<(), Error> {
        // A process group of its own, so that its children can be ended with it.
        let mut child = command.stdin(Stdio::null()).process_group(0).spawn().map_err(|source| Error::Spawn {
            program: command.get_program().into(),
            hint: self.hint,
            source,
        })?;
        let process = Process::of(child.id());
        let ended = poll(self.limit, || attempt("wait for", Path::new(self.what), |_| child.try_wait()));
        match ended {
            Ok(Some(status)) if status.success() => Ok(()),
            Ok(Some(status)) => Err(self.failed(status)),
            Ok(None) => process.end().and(Err(self.late())),
            Err(error) => process.end().and(Err(error)),
        }
    }

    /// Returns the error for a tool that failed.
    pub(crate) fn failed(&self, status: ExitStatus) -> Error {
        Error::Tool {
            what: self.what,
            status,
            hint: self.hint,
            log: self.log.clone(),
            tail: tail_of_file(&self.log, LOG_TAIL_LINES),
        }
    }

    /// Returns the error for a tool that took too long.
    pub(crate) fn late(&self) -> Error {
        Error::Late {
            what: self.what,
            waited: self.limit,
            hint: self.hint,
            log: self.log.clone(),
            tail: tail_of_file(&self.log, LOG_TAIL_LINES),
        }
    }
}

/// Returns a command without the user's settings that would change what it does.
pub(crate) fn command(program: &Path) -> Command {
    let mut command = Command::new(program);
    for (name, _) in env::vars_os() {
        if name.to_str().is_some_and(misleads) {
            command.env_remove(name);
        }
    }
    command
}

/// Returns whether a variable would change what a tool does: settings for AWS, SAM and Python, and the variables of
/// `cargo run`. Some build scripts read the latter, and a cargo inside it would compile their crates again.
fn misleads(name: &str) -> bool {
    const PREFIXES: [&str; 7] =
        ["AWS_", "SAM_", "LOGBRAID_", "CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_BIN_", "CARGO_LAMBDA_"];
    const NAMES: [&str; 8] = [
        "CARGO",
        "CARGO_CRATE_NAME",
        "CARGO_PRIMARY_PACKAGE",
        "LD_LIBRARY_PATH",
        "MONGODB_URI",
        "PYTHONHOME",
        "PYTHONPATH",
        "VIRTUAL_ENV",
    ];
    NAMES.contains(&name) || PREFIXES.iter().any(|prefix| name.starts_with(prefix))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tool(log: PathBuf) -> Tool {
        Tool { what: "the tool", hint: "try again", limit: Duration::from_secs(10), log }
    }

    #[test]
    fn output_is_read_and_errors_show_the_log() {
        let folder = tempfile::tempdir().unwrap();
        let tool = tool(folder.path().join("tool.log"));
        let mut echo = command(Path::new("sh"));
        assert_eq!(tool.read(echo.args(["-c", "echo out; echo err >&2"])).unwrap(), "out\n");
        let mut fail = command(Path::new("sh"));
        let message = tool.run(fail.args(["-c", "echo why; exit 3"])).unwrap_err().to_string();
        assert!(message.contains("the tool failed") && message.contains("try again"), "{message}");
        assert!(message.ends_with("why"), "{message}");
    }

    #[test]
    fn a_tool_that_takes_too_long_is_ended() {
        let folder = tempfile::tempdir().unwrap();
        let tool = Tool { limit: Duration::ZERO, ..tool(folder.path().join("tool.log")) };
        let outcome = tool.run(command(Path::new("sleep")).arg("600"));
        assert!(matches!(outcome, Err(Error::Late { .. })), "{outcome:?}");
    }

    #[test]
    fn settings_that_lead_elsewhere_are_known() {
        assert!(misleads("AWS_PROFILE"));
        assert!(misleads("CARGO_MANIFEST_DIR"));
        assert!(!misleads("CARGO_HOME"));
        assert!(!misleads("PATH"));
    }
}
