//! What no Kinesis record can hold, in files.

use std::fs;
use std::path::PathBuf;

use crate::identity::hash;
use crate::outputs::OutputError;

/// The most bytes that are kept.
const MAX_BYTES: u64 = 1024 * 1024 * 1024;
/// The most files that are looked at.
const MAX_FILES: usize = 100_000;

/// A folder for what cannot be sent.
#[derive(Debug)]
pub(super) struct Aside {
    folder: PathBuf,
}

impl Aside {
    pub(super) fn new(folder: PathBuf) -> Self {
        Self { folder }
    }

    /// Keeps bytes in a file. The same bytes are kept once.
    pub(super) fn keep(&self, bytes: &[u8]) -> Result<(), OutputError> {
        let path = self.folder.join(format!("{:032x}.oversize", hash(&[bytes])));
        if path.exists() {
            return Ok(());
        }
        let is_full = self.bytes() + bytes.len() as u64 > MAX_BYTES;
        let failed = |error| OutputError::because(format!("{} cannot be written", path.display()), error);
        fs::create_dir_all(&self.folder).map_err(failed)?;
        if is_full {
            tracing::error!(folder = %self.folder.display(), bytes = bytes.len(), "a record is too large for the stream, and there is no room to set it aside: its end is lost");
            return Ok(());
        }
        fs::write(&path, bytes).map_err(failed)?;
        tracing::warn!(path = %path.display(), bytes = bytes.len(), "a record is too large for the stream: the whole of it is in this file");
        Ok(())
    }

    fn bytes(&self) -> u64 {
        let Ok(files) = fs::read_dir(&self.folder) else { return 0 };
        files.take(MAX_FILES).filter_map(|file| Some(file.ok()?.metadata().ok()?.len())).sum()
    }
}
