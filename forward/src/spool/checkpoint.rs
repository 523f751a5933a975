//! How far an output has come, kept on disk.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use super::{Position, SpoolError};

/// A file with a position.
#[derive(Clone, Debug)]
pub struct Checkpoint {
    path: PathBuf,
}

impl Checkpoint {
    /// Returns the checkpoint of an output.
    #[must_use]
    pub fn new(folder: &Path, output: &str) -> Self {
        let is_plain = |char: char| char.is_ascii_alphanumeric() || "-_.".contains(char);
        let name: String = output.chars().map(|char| if is_plain(char) { char } else { '_' }).collect();
        Self { path: folder.join(format!("{name}.position")) }
    }

    /// Reads the position. `None` if there is none, or it is broken: then all is sent again, with the same ids.
    #[must_use]
    pub fn read(&self) -> Option<Position> {
        let text = fs::read_to_string(&self.path).ok()?;
        let mut numbers = text.strip_suffix(" end\n")?.split(' ').map(|number| number.parse().ok());
        let (segment, offset) = (numbers.next()??, numbers.next()??);
        numbers.next().is_none().then_some(Position { segment, offset })
    }

    /// Writes the position. It is there whole, or the one before it is.
    pub fn write(&self, position: Position) -> Result<(), SpoolError> {
        let new = self.path.with_extension("new");
        let write = || -> io::Result<()> {
            if let Some(folder) = self.path.parent() {
                fs::create_dir_all(folder)?;
            }
            let mut file = File::create(&new)?;
            writeln!(file, "{} {} end", position.segment, position.offset)?;
            file.sync_data()?;
            fs::rename(&new, &self.path)
        };
        write().map_err(|source| SpoolError::new("write", &self.path, source))
    }
}
