//! Files: written whole, read, removed.

use std::fs::{self, File};
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use super::name::PART;

/// Why the spool does not work.
#[derive(Debug, thiserror::Error)]
#[error("the spool cannot {action} {path}", path = path.display())]
pub struct SpoolError {
    pub(super) action: &'static str,
    pub(super) path: PathBuf,
    #[source]
    pub(super) source: io::Error,
}

/// Writes a file. A file of that name is there whole or not at all.
pub(crate) fn write(path: &Path, bytes: &[u8]) -> Result<(), SpoolError> {
    let part = path.with_extension(PART);
    attempt("write", &part, |part| fs::write(part, bytes))?;
    attempt("rename", &part, |part| fs::rename(part, path))
}

/// Reads a file.
pub(crate) fn read(path: &Path) -> Result<Vec<u8>, SpoolError> {
    attempt("read", path, fs::read)
}

/// Removes a file, if it is there.
pub(crate) fn remove(path: &Path) -> Result<(), SpoolError> {
    match fs::remove_file(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        result => attempt("remove", path, |_| result),
    }
}

/// Returns whether an open file is the one of that path.
pub(super) fn is_same(file: &File, path: &Path) -> bool {
    let (Ok(file), Ok(path)) = (file.metadata(), path.metadata()) else { return false };
    (file.dev(), file.ino()) == (path.dev(), path.ino())
}

/// Does something to a path. A failure names it.
pub(super) fn attempt<'a, T>(
    action: &'static str,
    path: &'a Path,
    act: impl FnOnce(&'a Path) -> io::Result<T>,
) -> Result<T, SpoolError> {
    act(path).map_err(|source| SpoolError { action, path: path.to_owned(), source })
}
