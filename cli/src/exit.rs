//! How the command ends, for scripts.

use std::process::ExitCode;

/// What `--help` says of it.
pub(crate) const HELP: &str = "\
Exit status:
  0    everything is done
  1    it failed
  2    an argument or a setting cannot be used
  3    it is done, but some payloads could not be brought back, or some lines not put
  4    there is nothing to show: no record has the log_uid or the id, or is as asked for
  130  it was interrupted";

/// How the command ended.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Exit {
    /// Everything is done.
    Done,
    /// It failed.
    Failed,
    /// An argument or a setting cannot be used.
    Usage,
    /// It is done, but not for everything.
    Remaining,
    /// There is nothing to show.
    Nothing,
    /// It was asked to end early.
    Interrupted,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(match exit {
            Exit::Done => 0,
            Exit::Failed => 1,
            Exit::Usage => 2,
            Exit::Remaining => 3,
            Exit::Nothing => 4,
            Exit::Interrupted => 130,
        })
    }
}
