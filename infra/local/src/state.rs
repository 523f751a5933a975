//! The state folder of a stack: running processes, ports, logs, data.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::process::Process;

/// The mode of files that only the owner may read: database addresses may contain passwords.
const PRIVATE_MODE: u32 = 0o600;

/// The state folder.
#[derive(Debug, Clone)]
pub(crate) struct Folder {
    root: PathBuf,
}

/// The state that one command leaves for the next.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct State {
    pub(crate) mongod: Server,
    pub(crate) aws: Server,
}

/// A server of the stack. It keeps its port when it is stopped, so that its address stays valid.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Server {
    pub(crate) port: Option<u16>,
    pub(crate) process: Option<Process>,
}

impl Server {
    /// Returns the port if the server runs.
    pub(crate) fn running_port(&self) -> Option<u16> {
        self.process.as_ref().filter(|process| process.is_alive()).and(self.port)
    }
}

impl Folder {
    /// Opens the folder, and creates it if it does not exist.
    pub(crate) fn open(root: PathBuf) -> Result<Self, Error> {
        let folder = Self { root };
        for path in [folder.logs(), folder.bin(), folder.tmp()] {
            attempt("create", &path, |path| fs::create_dir_all(path))?;
        }
        Ok(folder)
    }

    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// Returns the folder of the commands for a user's shell.
    pub(crate) fn bin(&self) -> PathBuf {
        self.root.join("bin")
    }

    /// Returns the folder of debug builds.
    pub(crate) fn build(&self) -> PathBuf {
        self.root.join("build")
    }

    /// Returns the folder of the commands for a release build.
    pub(crate) fn build_tools(&self) -> PathBuf {
        self.root.join("build-tools")
    }

    pub(crate) fn mongod_data(&self) -> PathBuf {
        self.root.join("mongod")
    }

    pub(crate) fn tmp(&self) -> PathBuf {
        self.root.join("tmp")
    }

    pub(crate) fn env(&self) -> PathBuf {
        self.root.join("env")
    }

    pub(crate) fn log(&self, name: &str) -> PathBuf {
        self.logs().join(format!("{name}.log"))
    }

    fn logs(&self) -> PathBuf {
        self.root.join("logs")
    }

    fn state(&self) -> PathBuf {
        self.root.join("state.json")
    }

    /// Locks the folder against other commands until the file is dropped.
    pub(crate) fn lock(&self) -> Result<File, Error> {
        let path = self.root.join("lock");
        let file = attempt("create", &path, |path| File::create(path))?;
        attempt("lock", &path, |_| file.lock())?;
        Ok(file)
    }

    pub(crate) fn load(&self) -> Result<State, Error> {
        match fs::read_to_string(self.state()) {
            Ok(text) => {
                serde_json::from_str(&text).map_err(|source| Error::Answer { what: "the state file in .local", source })
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(State::default()),
            Err(source) => Err(Error::File { action: "read", path: self.state(), source }),
        }
    }

    pub(crate) fn save(&self, state: &State) -> Result<(), Error> {
        let text = serde_json::to_string_pretty(state)
            .map_err(|source| Error::Answer { what: "the state to save", source })?;
        write_private(&self.state(), &text)
    }
}

/// Replaces a file at once: a reader sees the old one or the whole new one.
pub(crate) fn write_private(path: &Path, text: &str) -> Result<(), Error> {
    let new = path.with_extension("new");
    attempt("write", &new, |new| {
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(true).mode(PRIVATE_MODE);
        options.open(new)?.write_all(text.as_bytes())
    })?;
    attempt("write", path, |path| fs::rename(&new, path))
}

/// Performs a file operation. An error names the operation and the file.
pub(crate) fn attempt<T>(
    action: &'static str,
    path: &Path,
    act: impl FnOnce(&Path) -> io::Result<T>,
) -> Result<T, Error> {
    act(path).map_err(|source| Error::File { action, path: path.to_owned(), source })
}

/// Performs a file operation like [`attempt`], and succeeds if the file does not exist.
pub(crate) fn attempt_if_there(
    action: &'static str,
    path: &Path,
    act: impl FnOnce(&Path) -> io::Result<()>,
) -> Result<(), Error> {
    attempt(action, path, |path| match act(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        outcome => outcome,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn state_comes_back_as_it_was_saved() {
        let root = tempfile::tempdir().unwrap();
        let folder = Folder::open(root.path().join("state")).unwrap();
        assert_eq!(folder.load().unwrap(), State::default());
        let own = Process::of(std::process::id());
        let state = State { aws: Server { port: Some(4566), process: Some(own) }, ..State::default() };
        folder.save(&state).unwrap();
        let loaded = folder.load().unwrap();
        assert_eq!(loaded, state);
        assert_eq!(loaded.aws.running_port(), Some(4566));
        assert_eq!(loaded.mongod.running_port(), None);
    }
}
