//! Ends a process when the test process has ended, for any reason.
//!
//! A static's destructor does not run at process exit, and nothing runs after a kill. So a shell waits for the end of a
//! pipe that only this process holds, and then ends the process that it was told last.

use std::io::{self, Write as _};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};

/// Reads the process to end from each line; an empty line means none. Tries to remove the folder several times, since
/// the process may still have been writing to it.
const SCRIPT: &str = r#"
pid=
while read -r line; do pid=$line; done
if [ -n "$pid" ]; then kill -9 "$pid"; fi
tries=0
until [ -z "$1" ] || rm -rf "$1" || [ $tries -ge 50 ]; do tries=$((tries + 1)); sleep 0.1; done
"#;

/// The waiting shell.
#[derive(Debug)]
pub struct Watchdog {
    shell: Child,
    pipe: Option<ChildStdin>,
}

impl Default for Watchdog {
    /// Starts a watchdog without a process to end.
    fn default() -> Self {
        Self::with_folder(Path::new(""))
    }
}

impl Watchdog {
    /// Starts a watchdog that removes a folder when this process has ended.
    #[must_use]
    pub fn with_folder(folder: &Path) -> Self {
        let mut shell = Command::new("sh")
            .args(["-c", SCRIPT, "watchdog"])
            .arg(folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            // A process group of its own, so that Ctrl-C in the terminal does not end it.
            .process_group(0)
            .spawn()
            .expect("a shell can be started");
        let pipe = shell.stdin.take();
        Self { shell, pipe }
    }

    /// Sets the process to end.
    pub fn watch(&mut self, pid: u32) {
        self.tell(&pid.to_string()).expect("the watchdog reads");
    }

    /// Clears the process to end.
    pub fn forget(&mut self) {
        // An error means that the watchdog has ended.
        let _ = self.tell("");
    }

    fn tell(&mut self, line: &str) -> io::Result<()> {
        self.pipe.as_mut().map_or(Ok(()), |pipe| writeln!(pipe, "{line}"))
    }
}

impl Drop for Watchdog {
    fn drop(&mut self) {
        drop(self.pipe.take());
        // A destructor cannot report a failure.
        let _ = self.shell.wait();
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn sleeper() -> Child {
        Command::new("sleep").arg("600").spawn().expect("sleep can be run")
    }

    #[test]
    fn the_last_process_told_is_ended_and_the_folder_goes() {
        let folder = tempfile::tempdir().expect("a folder");
        fs::write(folder.path().join("data"), "x").expect("written");
        let (mut first, mut second) = (sleeper(), sleeper());
        let mut watchdog = Watchdog::with_folder(folder.path());
        watchdog.watch(first.id());
        watchdog.watch(second.id());
        drop(watchdog.pipe.take());
        assert_eq!(second.wait().expect("waited").code(), None, "ended by a signal");
        drop(watchdog);
        assert!(!folder.path().exists());
        assert_eq!(first.try_wait().expect("looked at"), None, "not watched any more");
        first.kill().and_then(|()| first.wait()).expect("ended");
    }

    #[test]
    fn a_forgotten_process_lives_on() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut process = sleeper();
        let mut watchdog = Watchdog::with_folder(folder.path());
        watchdog.watch(process.id());
        watchdog.forget();
        drop(watchdog);
        assert_eq!(process.try_wait().expect("looked at"), None);
        process.kill().and_then(|()| process.wait()).expect("ended");
    }
}
