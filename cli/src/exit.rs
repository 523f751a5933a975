//! Exit statuses, for scripts.

use std::process::ExitCode;

/// The exit statuses as `--help` lists them.
pub(crate) const HELP: &str = "\
Exit status:
  0    everything is done
  1    the command failed
  2    an argument or a setting cannot be used
  3    it is done, but some payloads were not filed again, some lines were not put, some of the archive is damaged,
       searches still scan a day, or `doctor` found a problem
  4    there is nothing to show: no record or entry matches
  130  a signal interrupted the command";

/// How a command ended.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Exit {
    /// Everything is done.
    Done,
    /// The command failed.
    Failed,
    /// An argument or a setting cannot be used.
    Usage,
    /// The command ran to its end, but some items could not be handled.
    Remaining,
    /// There is nothing to show.
    Nothing,
    /// A signal ended the command.
    Interrupted,
}

impl Exit {
    /// Returns the worse of how two parts of a command ended.
    pub(crate) fn worse(self, other: Self) -> Self {
        let rank = |exit: Self| match exit {
            Self::Done => 0,
            Self::Nothing => 1,
            Self::Remaining => 2,
            Self::Interrupted => 3,
            Self::Usage => 4,
            Self::Failed => 5,
        };
        if rank(other) > rank(self) { other } else { self }
    }
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
