//! Processes that outlive the command that started them: a later command recognises them and ends them with their
//! children.

use std::fs;
use std::process::Command;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process, kill_process_group};
use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::interrupt::poll_to_the_end;

/// The longest time that a process gets to end after SIGTERM.
const TERM_LIMIT: Duration = Duration::from_secs(20);
/// The longest time that the system gets to end a process after SIGKILL.
const KILL_LIMIT: Duration = Duration::from_secs(5);

/// A process that leads a process group of its own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Process {
    pid: u32,
    /// The start time. A later process may have the same id.
    birth: Option<String>,
}

impl Process {
    /// Returns the running process with this id.
    pub(crate) fn of(pid: u32) -> Self {
        Self { pid, birth: birth(pid) }
    }

    pub(crate) fn is_alive(&self) -> bool {
        self.birth.is_some() && birth(self.pid) == self.birth
    }

    /// Ends the process with SIGTERM, then with SIGKILL, and then the rest of its group.
    pub(crate) fn end(&self) -> Result<(), Error> {
        let Some(pid) = i32::try_from(self.pid).ok().and_then(Pid::from_raw) else {
            return Ok(());
        };
        if self.is_alive() {
            // An error means that the process has just ended by itself.
            let _ = kill_process(pid, Signal::TERM);
            if poll_to_the_end(TERM_LIMIT, || Ok((!self.is_alive()).then_some(())))?.is_none() {
                let _ = kill_process(pid, Signal::KILL);
            }
        }
        // While the group has members, no new process gets its id. So these are the children of this process, or none.
        let is_reused = birth(self.pid).is_some() && !self.is_alive();
        if !is_reused {
            let _ = kill_process_group(pid, Signal::KILL);
        }
        poll_to_the_end(KILL_LIMIT, || Ok((!self.is_alive()).then_some(())))?.ok_or(Error::Immortal { pid: self.pid })
    }
}

/// Returns the start time of a process; none if it has ended. Two processes with the same id differ in it.
fn birth(pid: u32) -> Option<String> {
    if cfg!(target_os = "linux") {
        return fs::read_to_string(format!("/proc/{pid}/stat")).ok().and_then(|stat| birth_in_stat(&stat));
    }
    let output = Command::new("ps").args(["-o", "lstart=", "-p", &pid.to_string()]).output().ok()?;
    let started = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    (!started.is_empty()).then_some(started)
}

/// Parses the start time from `/proc/PID/stat`. The second field may contain anything, also blanks and parentheses.
fn birth_in_stat(stat: &str) -> Option<String> {
    const STATE: usize = 0;
    const START_TIME: usize = 19;
    let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
    let has_ended = matches!(*fields.get(STATE)?, "Z" | "X");
    (!has_ended).then(|| fields.get(START_TIME).map(|&ticks| ticks.to_owned()))?
}

#[cfg(test)]
mod tests {
    use std::os::unix::process::CommandExt as _;
    use std::process::Stdio;

    use super::*;

    #[test]
    fn birth_is_read_behind_any_name() {
        let stat = |state| format!("7 (a) b (c) {state} 1 7 7 0 -1 4194560 1 0 0 0 0 0 0 0 20 0 1 0 4711 1 1");
        assert_eq!(birth_in_stat(&stat("S")), Some("4711".to_owned()));
        assert_eq!(birth_in_stat(&stat("Z")), None);
        assert_eq!(birth_in_stat(""), None);
    }

    #[test]
    fn a_process_is_ended_with_its_children() {
        let mut parent = Command::new("sh")
            .args(["-c", "sleep 600 & echo $!; wait"])
            .stdout(Stdio::piped())
            .process_group(0)
            .spawn()
            .unwrap();
        let mut line = String::new();
        std::io::BufRead::read_line(&mut std::io::BufReader::new(parent.stdout.take().unwrap()), &mut line).unwrap();
        let child = Process::of(line.trim().parse().unwrap());
        let process = Process::of(parent.id());
        assert!(process.is_alive() && child.is_alive());
        process.end().unwrap();
        parent.wait().unwrap();
        assert!(!process.is_alive());
        assert_eq!(poll_to_the_end(KILL_LIMIT, || Ok((!child.is_alive()).then_some(()))).unwrap(), Some(()));
        process.end().unwrap();
    }
}
