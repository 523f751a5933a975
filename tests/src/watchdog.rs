//! Ends a process when the test process is gone, however it went.
//!
//! A static's destructor does not run at process exit, and nothing runs after a kill. So a tiny shell waits for the
//! end of a pipe that only this process holds, and then ends the process it was told last.

use std::io::{self, Write as _};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};

/// Each line names the process to end; an empty line, none. A folder is not always empty for good at the first try:
/// the process may have been writing at that very moment.
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
    /// Starts to watch, with nothing yet to end.
    fn default() -> Self {
        Self::with_folder(Path::new(""))
    }
}

impl Watchdog {
    /// Starts to watch, with a folder to be removed when the process has gone.
    #[must_use]
    pub fn with_folder(folder: &Path) -> Self {
        let mut shell = Command::new("sh")
            .args(["-c", SCRIPT, "watchdog"])
            .arg(folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            // A group of its own: Ctrl-C in the terminal is not for it.
            .process_group(0)
            .spawn()
            .expect("a shell can be started");
        let pipe = shell.stdin.take();
        Self { shell, pipe }
    }

    /// From now on this is the process to end.
    pub fn watch(&mut self, pid: u32) {
        self.tell(&pid.to_string()).expect("the watchdog reads");
    }

    /// From now on there is no process to end.
    pub fn forget(&mut self) {
        // A watchdog that is gone has nothing to forget.
        let _ = self.tell("");
    }

    fn tell(&mut self, line: &str) -> io::Result<()> {
        self.pipe.as_mut().map_or(Ok(()), |pipe| writeln!(pipe, "{line}"))
    }
}

impl Drop for Watchdog {
    fn drop(&mut self) {
        drop(self.pipe.take());
        // Nobody is left to hear about a failure.
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
