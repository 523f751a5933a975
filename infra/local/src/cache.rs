//! The cache: pinned tools in a folder outside the checkout, installed once for all checkouts.

use std::env;
use std::ffi::OsString;
use std::fs::{self, File};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::text::tail_of_file;

/// The environment variable that names another cache folder.
pub const CACHE_VARIABLE: &str = "LOGBRAID_CACHE";

/// The file that is written last into a folder. A folder without it is incomplete, and is made again.
const COMPLETE_MARKER: &str = ".complete";

/// How many lines of a failed installer's log the message shows.
const LOG_TAIL_LINES: usize = 15;

/// Why a tool could not be installed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// No environment variable leads to a cache folder.
    #[error("no folder for downloaded tools: set {CACHE_VARIABLE}, XDG_CACHE_HOME or HOME")]
    NoFolder,
    /// A file operation failed.
    #[error("cannot {action} {path}: free some space or set {CACHE_VARIABLE} to a folder you may write to")]
    Folder {
        /// The operation.
        action: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// The system's error.
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
        /// The system's error.
        #[source]
        source: io::Error,
    },
    /// The installer failed.
    #[error("installing {name} failed; see {log}, which ends with:\n{tail}")]
    Install {
        /// The packages.
        name: String,
        /// The installer's log.
        log: PathBuf,
        /// The last lines of the log.
        tail: String,
    },
}

/// Python packages at fixed versions, installed together into one virtual environment.
#[derive(Debug, Clone, Copy)]
pub struct Pins {
    /// The folder in the cache. Its name has the versions, so a new pin gets a new folder.
    pub folder: &'static str,
    /// The packages, as pip takes them.
    pub packages: &'static [&'static str],
    /// Whether pip also installs what the packages require.
    pub requirements: Requirements,
}

/// Whether pip also installs what the pinned packages require.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Requirements {
    /// Installs everything that the packages require.
    Follow,
    /// Installs nothing else: the packages hold a self-contained program.
    Skip,
}

/// The cache folder.
#[derive(Debug, Clone)]
pub struct Cache {
    root: PathBuf,
}

impl Cache {
    /// Finds the folder: `LOGBRAID_CACHE`, else `$XDG_CACHE_HOME/logbraid`, else `~/.cache/logbraid`.
    pub fn from_env() -> Result<Self, Error> {
        choose_root(|name| env::var_os(name).filter(|value| !value.is_empty()))
            .map(|root| Self { root })
            .ok_or(Error::NoFolder)
    }

    /// Returns a cache in the given folder.
    #[must_use]
    pub fn at(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into() }
    }

    /// Returns the folder.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Returns whether the pins are installed, so that [`Cache::venv`] is quick.
    #[must_use]
    pub fn has(&self, pins: &Pins) -> bool {
        self.root.join(pins.folder).join(COMPLETE_MARKER).exists()
    }

    /// Installs the pins into a virtual environment on the first call. Returns its folder.
    pub fn venv(&self, pins: &Pins) -> Result<PathBuf, Error> {
        let mut arguments: Vec<OsString> = pins.packages.iter().map(OsString::from).collect();
        if pins.requirements == Requirements::Skip {
            arguments.push("--no-deps".into());
        }
        self.install(pins.folder, &arguments)
    }

    /// Installs what a file of pinned requirements lists. Another content is another environment.
    pub(crate) fn venv_of_file(&self, name: &str, file: &Path) -> Result<PathBuf, Error> {
        let mut hasher = DefaultHasher::new();
        attempt("read", file, fs::read)?.hash(&mut hasher);
        self.install(&format!("{name}-{:016x}", hasher.finish()), &["--requirement".into(), file.into()])
    }

    fn install(&self, folder: &str, arguments: &[OsString]) -> Result<PathBuf, Error> {
        self.once(folder, |folder, log| {
            let made = run_logged(Command::new("python3").args(["-m", "venv"]).arg(folder), log)?;
            let mut install = Command::new(folder.join("bin/python"));
            install.args(["-m", "pip", "install", "--disable-pip-version-check", "--no-input", "--no-compile"]);
            if made && run_logged(install.args(arguments), log)? {
                return Ok(());
            }
            Err(Error::Install {
                name: arguments.iter().map(|argument| argument.to_string_lossy()).collect::<Vec<_>>().join(" "),
                log: log.to_owned(),
                tail: tail_of_file(log, LOG_TAIL_LINES),
            })
        })
    }

    /// Fills a folder once. The first caller fills it; all others wait for the lock.
    ///
    /// The folder cannot be filled elsewhere and then moved, since the scripts of a virtual environment contain its
    /// path. So a marker file, written last, tells that it is complete.
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

/// Runs the command, and appends its output to the log. Returns whether it succeeded.
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
