//! The one folder outside the checkout: pinned tools, installed once and shared by all checkouts.

use std::env;
use std::ffi::OsString;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::text::tail_of_file;

/// Names another cache folder.
pub const CACHE_VARIABLE: &str = "LOGBRAID_CACHE";

/// Written last into an installed folder; a folder without it is a torso and is made anew.
const COMPLETE_MARKER: &str = ".complete";

/// Lines of a failed installer's log that go into the message.
const LOG_TAIL_LINES: usize = 15;

/// Why a tool could not be installed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Neither of the variables that lead to a cache folder is set.
    #[error("no folder for downloaded tools: set {CACHE_VARIABLE}, XDG_CACHE_HOME or HOME")]
    NoFolder,
    /// The file system refused.
    #[error("cannot {action} {path}: free some space or set {CACHE_VARIABLE} to a folder you may write to")]
    Folder {
        /// What was tried.
        action: &'static str,
        /// On which file or folder.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// Python is missing or cannot make virtual environments.
    #[error(
        "cannot run {program}: install Python 3.9 or newer with its venv module (Debian: apt install python3-venv)"
    )]
    Python {
        /// The program that was tried.
        program: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// The installer ran and failed.
    #[error("installing {name} failed; see {log}, which ends with:\n{tail}")]
    Install {
        /// What was being installed.
        name: String,
        /// The installer's whole output.
        log: PathBuf,
        /// Its last lines.
        tail: String,
    },
}

/// Python packages at fixed versions, installed together into one virtual environment.
#[derive(Debug, Clone, Copy)]
pub struct Pins {
    /// Folder name in the cache; carries the versions, so that a new pin is a new folder.
    pub folder: &'static str,
    /// What pip is asked for.
    pub packages: &'static [&'static str],
    /// Whether the packages' own requirements come along.
    pub requirements: Requirements,
}

/// What else is installed beside the pinned packages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Requirements {
    /// Everything the packages ask for.
    Follow,
    /// Nothing: the packages carry a self-contained program.
    Skip,
}

/// The cache folder.
#[derive(Debug, Clone)]
pub struct Cache {
    root: PathBuf,
}

impl Cache {
    /// `LOGBRAID_CACHE`, else `$XDG_CACHE_HOME/logbraid`, else `~/.cache/logbraid`.
    pub fn from_env() -> Result<Self, Error> {
        choose_root(|name| env::var_os(name).filter(|value| !value.is_empty()))
            .map(|root| Self { root })
            .ok_or(Error::NoFolder)
    }

    /// A cache in the given folder.
    #[must_use]
    pub fn at(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into() }
    }

    /// The folder itself.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Whether the pins are there already, so that [`Cache::venv`] will be quick.
    #[must_use]
    pub fn has(&self, pins: &Pins) -> bool {
        self.root.join(pins.folder).join(COMPLETE_MARKER).exists()
    }

    /// A virtual environment that holds the pins, made on the first call; its folder.
    pub fn venv(&self, pins: &Pins) -> Result<PathBuf, Error> {
        self.once(pins.folder, |folder, log| {
            let made = run_logged(Command::new("python3").args(["-m", "venv"]).arg(folder), log)?;
            let pip = folder.join("bin/python");
            let mut install = Command::new(pip);
            install.args(["-m", "pip", "install", "--disable-pip-version-check", "--no-input", "--no-compile"]);
            if pins.requirements == Requirements::Skip {
                install.arg("--no-deps");
            }
            if made && run_logged(install.args(pins.packages), log)? {
                return Ok(());
            }
            Err(Error::Install {
                name: pins.packages.join(" "),
                log: log.to_owned(),
                tail: tail_of_file(log, LOG_TAIL_LINES),
            })
        })
    }

    /// Fills a folder once, whoever asks first; everybody else waits for the lock and finds it done.
    ///
    /// The folder is filled where it will stay (the scripts of a virtual environment carry its path, so it cannot be
    /// moved), and counts only when its marker is there, which is made last.
    fn once(&self, name: &str, fill: impl FnOnce(&Path, &Path) -> Result<(), Error>) -> Result<PathBuf, Error> {
        let folder = self.root.join(name);
        let marker = folder.join(COMPLETE_MARKER);
        if marker.exists() {
            return Ok(folder);
        }
        attempt("create", &self.root, fs::create_dir_all)?;
        let lock_path = self.root.join(format!("{name}.lock"));
        let lock = attempt("create", &lock_path, File::create)?;
        attempt("lock", &lock_path, |_| lock.lock())?;
        if !marker.exists() {
            if folder.exists() {
                attempt("remove", &folder, fs::remove_dir_all)?;
            }
            let log = self.root.join(format!("{name}.log"));
            attempt("create", &log, File::create)?;
            fill(&folder, &log)?;
            attempt("create", &marker, File::create)?;
        }
        Ok(folder)
    }
}

/// Whether the program ended well; its output is appended to the log.
fn run_logged(command: &mut Command, log: &Path) -> Result<bool, Error> {
    let output = attempt("open", log, |path| File::options().append(true).open(path))?;
    let errors = attempt("open", log, |_| output.try_clone())?;
    let program = PathBuf::from(command.get_program());
    command
        .stdin(Stdio::null())
        .stdout(output)
        .stderr(errors)
        .status()
        .map(|status| status.success())
        .map_err(|source| Error::Python { program, source })
}

fn attempt<'a, T>(
    action: &'static str,
    path: &'a Path,
    act: impl FnOnce(&'a Path) -> io::Result<T>,
) -> Result<T, Error> {
    act(path).map_err(|source| Error::Folder { action, path: path.to_owned(), source })
}

fn choose_root(variable: impl Fn(&str) -> Option<OsString>) -> Option<PathBuf> {
    variable(CACHE_VARIABLE)
        .map(PathBuf::from)
        .or_else(|| variable("XDG_CACHE_HOME").map(|base| Path::new(&base).join("logbraid")))
        .or_else(|| variable("HOME").map(|home| Path::new(&home).join(".cache/logbraid")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn root_with(set: &[(&str, &str)]) -> Option<PathBuf> {
        choose_root(|name| set.iter().find(|(key, _)| *key == name).map(|(_, value)| OsString::from(value)))
    }

    #[test]
    fn the_cache_folder_is_the_most_specific_one_named() {
        assert_eq!(root_with(&[("HOME", "/h")]), Some("/h/.cache/logbraid".into()));
        assert_eq!(root_with(&[("HOME", "/h"), ("XDG_CACHE_HOME", "/x")]), Some("/x/logbraid".into()));
        assert_eq!(root_with(&[("HOME", "/h"), ("XDG_CACHE_HOME", "/x"), (CACHE_VARIABLE, "/c")]), Some("/c".into()));
        assert_eq!(root_with(&[]), None);
    }

    #[test]
    fn a_torso_is_made_anew_and_a_complete_folder_is_kept() {
        let root = tempfile::tempdir().unwrap();
        let cache = Cache::at(root.path());
        fs::create_dir_all(root.path().join("tool-1/left-over")).unwrap();
        let mut fills = 0;
        for _ in 0..2 {
            let folder = cache
                .once("tool-1", |folder, _| {
                    fills += 1;
                    attempt("create", folder, fs::create_dir)
                })
                .unwrap();
            assert!(!folder.join("left-over").exists());
        }
        assert_eq!(fills, 1);
    }

    #[test]
    fn many_askers_fill_a_folder_once() {
        let root = tempfile::tempdir().unwrap();
        let cache = Cache::at(root.path());
        let fills = std::sync::atomic::AtomicU32::new(0);
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    cache
                        .once("tool-1", |folder, _| {
                            fills.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
                            attempt("create", folder, fs::create_dir)
                        })
                        .unwrap();
                });
            }
        });
        assert_eq!(fills.into_inner(), 1);
    }
}
