//! Processes that outlive the command that started them: recognised again, ended with their children.

use std::fs;
use std::process::Command;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process, kill_process_group};
use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::interrupt::poll_to_the_end;

/// How long a process may take to end when asked politely.
const TERM_LIMIT: Duration = Duration::from_secs(20);
/// How long the system may take to end a process.
const KILL_LIMIT: Duration = Duration::from_secs(5);

/// A process that leads a process group of its own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Process {
    pid: u32,
    /// When it was born: a process id alone may belong to somebody else by now.
    birth: Option<String>,
}

impl Process {
    /// The running process with this id.
    pub(crate) fn of(pid: u32) -> Self {
        Self { pid, birth: birth(pid) }
    }

    pub(crate) fn is_alive(&self) -> bool {
        self.birth.is_some() && birth(self.pid) == self.birth
    }

    /// Ends it politely, then by force, then whatever is left of its group.
    pub(crate) fn end(&self) -> Result<(), Error> {
        let Some(pid) = i32::try_from(self.pid).ok().and_then(Pid::from_raw) else {
            return Ok(());
        };
        if self.is_alive() {
            // It may end by itself between the question and the signal; what counts is that it is gone.
            let _ = kill_process(pid, Signal::TERM);
            if poll_to_the_end(TERM_LIMIT, || Ok((!self.is_alive()).then_some(())))?.is_none() {
                let _ = kill_process(pid, Signal::KILL);
            }
        }
        // No new process gets this id while its group has members, so these are its children or nobody.
        let is_reused = birth(self.pid).is_some() && !self.is_alive();
        if !is_reused {
            let _ = kill_process_group(pid, Signal::KILL);
        }
        poll_to_the_end(KILL_LIMIT, || Ok((!self.is_alive()).then_some(())))?.ok_or(Error::Immortal { pid: self.pid })
    }
}

/// Something that two processes with one id never share; nothing if there is no such process or it has ended.
fn birth(pid: u32) -> Option<String> {
    if cfg!(target_os = "linux") {
        return fs::read_to_string(format!("/proc/{pid}/stat")).ok().and_then(|stat| birth_in_stat(&stat));
    }
    let output = Command::new("ps").args(["-o", "lstart=", "-p", &pid.to_string()]).output().ok()?;
    let started = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    (!started.is_empty()).then_some(started)
}

/// The start time in a line of `/proc/PID/stat`, whose second field may hold anything, also blanks and parentheses.
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
