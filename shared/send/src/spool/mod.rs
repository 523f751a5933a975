//! Files that keep what waits through the death of the process.
//!
//! Each process locks a file of its own name as long as it lives. Its lines go into a file as they come. What memory has no
//! room for goes into a file compressed. The next process takes over the files whose owner is dead.

mod files;
mod name;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

pub use self::files::SpoolError;
use self::files::{attempt, is_same};
pub(crate) use self::files::{read, remove, write};
use self::name::{LINES, LOCK, Name};
use crate::limits::CHUNK_BYTES;
use crate::limits::MAX_LINE_BYTES;

/// The most files that are taken over at once.
const MAX_ADOPTED_FILES: usize = 100_000;
/// The largest file that is taken over: what is larger was not written by this crate.
const MAX_FILE_BYTES: u64 = (CHUNK_BYTES + MAX_LINE_BYTES) as u64;

/// The spool of one process.
#[derive(Debug)]
pub(crate) struct Spool {
    folder: PathBuf,
    owner: String,
    lock: Option<File>,
    /// The lines that are being written, and how large their file is.
    open: Option<(u64, File, u64)>,
    adopted: u64,
}

/// A file of a dead process, renamed so that it is ours.
#[derive(Debug, Eq, PartialEq)]
pub(crate) enum Left {
    /// Lines that are not compressed.
    Lines(PathBuf),
    /// A chunk.
    Chunk { file: PathBuf, bytes: u64, records: u32 },
}

impl Spool {
    /// Returns a spool in a folder, which is created with the first file. The files of different streams stay apart.
    pub(crate) fn new(folder: &Path, stream: &str, owner: &str) -> Self {
        let name =
            stream.chars().map(|char| if char.is_ascii_alphanumeric() || "-_.".contains(char) { char } else { '_' });
        Self {
            folder: folder.join(name.collect::<String>()),
            owner: owner.to_owned(),
            lock: None,
            open: None,
            adopted: 0,
        }
    }

    /// Makes the process known as the living owner of its files.
    pub(crate) fn begin(&mut self) -> Result<(), SpoolError> {
        if self.lock.is_some() {
            return Ok(());
        }
        attempt("create", &self.folder, fs::create_dir_all)?;
        let path = self.path(&format!(".{LOCK}"));
        // Another process may take a new file for that of a dead one, before it is locked.
        for _ in 0..8 {
            let file = attempt("create", &path, File::create)?;
            if attempt("lock", &path, |_| file.lock()).is_ok() && is_same(&file, &path) {
                self.lock = Some(file);
                return Ok(());
            }
        }
        Err(SpoolError { action: "lock", path, source: io::Error::other("another process removes it") })
    }

    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Appends a line to the file of its lines. When this returns, the line survives the end of the process.
    pub(crate) fn append(&mut self, id: u64, line: &[u8]) -> Result<(), SpoolError> {
        let path = self.lines(id);
        if self.open.as_ref().is_none_or(|(open, ..)| *open != id) {
            self.begin()?;
            let file = attempt("create", &path, |path| OpenOptions::new().create(true).append(true).open(path))?;
            let bytes = attempt("read", &path, |_| file.metadata())?.len();
            self.open = Some((id, file, bytes));
        }
        let Some((_, file, bytes)) = &mut self.open else { return Ok(()) };
        let written = attempt("write", &path, |_| file.write_all(line));
        if written.is_ok() {
            *bytes += line.len() as u64;
        } else {
            // The next line must not follow a part of this one.
            let _ = file.set_len(*bytes);
        }
        written
    }

    /// Returns where a chunk goes.
    pub(crate) fn chunk(&self, id: u64, records: u32, extension: &str) -> PathBuf {
        self.path(&format!("-{id}-{records}.{extension}"))
    }

    /// Removes the lines of a chunk, if they are there.
    pub(crate) fn remove_lines(&mut self, id: u64) -> Result<(), SpoolError> {
        if self.open.as_ref().is_some_and(|(open, ..)| *open == id) {
            self.open = None;
        }
        if self.lock.is_none() {
            return Ok(());
        }
        remove(&self.lines(id))
    }

    /// Takes over the files of dead processes.
    pub(crate) fn adopt(&mut self) -> Result<Vec<Left>, SpoolError> {
        if !self.folder.is_dir() {
            return Ok(Vec::new());
        }
        let mut owners: BTreeMap<String, Vec<PathBuf>> = BTreeMap::new();
        for entry in attempt("read", &self.folder, fs::read_dir)?.take(MAX_ADOPTED_FILES) {
            let path = attempt("read", &self.folder, |_| entry)?.path();
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            match Name::parse(&name) {
                Some(Name::Lock { owner }) => drop(owners.entry(owner.to_owned()).or_default()),
                Some(Name::Lines { owner } | Name::Part { owner } | Name::Chunk { owner, .. }) => {
                    owners.entry(owner.to_owned()).or_default().push(path);
                }
                None => {}
            }
        }
        owners.remove(&self.owner);
        let mut left = Vec::new();
        for (owner, mut files) in owners {
            let lock = self.folder.join(format!("{owner}.{LOCK}"));
            // Without the file, the owner is dead too: it was created before all others.
            let held = File::open(&lock).ok();
            if held.as_ref().is_some_and(|file| file.try_lock().is_err()) {
                continue;
            }
            files.sort();
            if !files.is_empty() {
                self.begin()?;
            }
            for file in files {
                left.extend(self.take(&file)?);
            }
            if held.is_some() {
                remove(&lock)?;
            }
        }
        Ok(left)
    }

    fn take(&mut self, file: &Path) -> Result<Option<Left>, SpoolError> {
        let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let bytes = file.metadata().map_or(0, |metadata| metadata.len());
        if bytes > MAX_FILE_BYTES {
            return Ok(None);
        }
        self.adopted += 1;
        let (target, left) = match Name::parse(&name) {
            Some(Name::Lines { .. }) => {
                let target = self.path(&format!("-r{}.{LINES}", self.adopted));
                (target.clone(), Left::Lines(target))
            }
            Some(Name::Chunk { records, extension, .. }) => {
                let target = self.path(&format!("-r{}-{records}.{extension}", self.adopted));
                (target.clone(), Left::Chunk { file: target, bytes, records })
            }
            // The process died while it wrote. What should be in it is in another file still.
            Some(Name::Part { .. }) => return remove(file).map(|()| None),
            _ => return Ok(None),
        };
        match fs::rename(file, &target) {
            Ok(()) => Ok(Some(left)),
            // Another process was quicker.
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(source) => Err(SpoolError { action: "rename", path: file.to_owned(), source }),
        }
    }

    /// Returns where the chunk of taken lines goes.
    pub(crate) fn chunk_of_lines(lines: &Path, records: u32, extension: &str) -> PathBuf {
        let stem = lines.file_stem().unwrap_or_default().to_string_lossy();
        lines.with_file_name(format!("{stem}-{records}.{extension}"))
    }

    /// Ends the ownership: there are no files any more.
    pub(crate) fn end(&mut self) {
        self.open = None;
        if let Some(lock) = self.lock.take() {
            // What is left of it is removed by the next process.
            let _ = remove(&self.path(&format!(".{LOCK}")));
            drop(lock);
        }
    }

    fn lines(&self, id: u64) -> PathBuf {
        self.path(&format!("-{id}.{LINES}"))
    }

    fn path(&self, ending: &str) -> PathBuf {
        self.folder.join(format!("{}{ending}", self.owner))
    }
}
