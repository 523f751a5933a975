//! How far each file is read, in a file of the data directory.

use std::fs::{self, Metadata};
use std::io::{self, Write as _};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

/// What makes a file that file, whatever its name is.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, PartialEq, Serialize)]
pub(super) struct FileId {
    pub(super) device: u64,
    pub(super) inode: u64,
}

impl FileId {
    /// Returns the id of a regular file.
    pub(super) fn of(path: &Path) -> Option<Self> {
        let metadata = fs::metadata(path).ok().filter(Metadata::is_file)?;
        Some(Self { device: metadata.dev(), inode: metadata.ino() })
    }
}

/// What is known of a file.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub(super) struct Known {
    /// Its last name.
    pub(super) path: String,
    pub(super) file: FileId,
    /// A random number, since inodes are used again.
    pub(super) id: String,
    /// How many bytes are stored.
    pub(super) offset: u64,
    /// How many of its first bytes are known, and their hash.
    pub(super) head_bytes: u64,
    pub(super) head: String,
}

impl Known {
    /// Returns what is known of a new file; nothing if the operating system gives no randomness.
    pub(super) fn new(path: &Path, file: FileId) -> Option<Self> {
        let mut id = [0; 16];
        getrandom::fill(&mut id).ok()?;
        let path = path.to_string_lossy().into_owned();
        Some(Self { path, file, id: hex::encode(id), offset: 0, head_bytes: 0, head: String::new() })
    }
}

/// What is known of all files.
#[derive(Debug)]
pub(super) struct State {
    path: PathBuf,
    pub(super) files: Vec<Known>,
    /// Nothing was kept before.
    pub(super) is_new: bool,
}

impl State {
    /// Reads what was kept. If it cannot be read, files are read again: twice is better than not at all.
    pub(super) fn load(path: &Path) -> Self {
        let path = path.to_owned();
        match fs::read(&path) {
            Ok(kept) => {
                let files = serde_json::from_slice(&kept).unwrap_or_else(|error| {
                    tracing::warn!(path = %path.display(), %error, "how far files are read is unreadable: they are read again");
                    Vec::new()
                });
                Self { path, files, is_new: false }
            }
            Err(error) => {
                if error.kind() != io::ErrorKind::NotFound {
                    tracing::warn!(path = %path.display(), %error, "how far files are read is unreadable: they are read again");
                }
                Self { path, files: Vec::new(), is_new: error.kind() == io::ErrorKind::NotFound }
            }
        }
    }

    /// Keeps it. A reader finds the old or the new state, never a part.
    pub(super) fn save(&self) -> io::Result<()> {
        let new = self.path.with_extension("new");
        let mut file = fs::File::create(&new)?;
        file.write_all(&serde_json::to_vec(&self.files)?)?;
        file.sync_data()?;
        fs::rename(&new, &self.path)
    }
}
