//! The files of a spool.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use super::SpoolError;

const EXTENSION: &str = "spool";
/// The most files that are looked at. No spool has as many.
const MAX_FILES: usize = 100_000;

/// A file of the spool.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Segment {
    /// Random for each start of the forwarder.
    pub(super) boot: u64,
    /// How many bytes of it are on disk for sure.
    pub(super) bytes: u64,
    /// Whether it is no longer written.
    pub(super) is_closed: bool,
}

/// Returns the name of a segment's file.
pub(super) fn path(folder: &Path, number: u64, boot: u64) -> PathBuf {
    folder.join(format!("{number:016x}-{boot:016x}.{EXTENSION}"))
}

fn parse(name: &str) -> Option<(u64, u64)> {
    let (number, boot) = name.strip_suffix(EXTENSION)?.strip_suffix('.')?.split_once('-')?;
    let parse = |text: &str| (text.len() == 16).then(|| u64::from_str_radix(text, 16).ok()).flatten();
    Some((parse(number)?, parse(boot)?))
}

/// Lists the segments that are there.
pub(super) fn list(folder: &Path) -> Result<BTreeMap<u64, Segment>, SpoolError> {
    let read = |source| SpoolError::new("read", folder, source);
    let mut segments = BTreeMap::new();
    for entry in fs::read_dir(folder).map_err(read)?.take(MAX_FILES) {
        let entry = entry.map_err(read)?;
        let Some((number, boot)) = entry.file_name().to_str().and_then(parse) else { continue };
        let bytes = entry.metadata().map_err(read)?.len();
        segments.insert(number, Segment { boot, bytes, is_closed: true });
    }
    Ok(segments)
}

/// Creates a segment, so that its name is on disk too.
pub(super) fn create(folder: &Path, number: u64, boot: u64) -> io::Result<File> {
    let file = File::options().write(true).create_new(true).open(path(folder, number, boot))?;
    File::open(folder)?.sync_all()?;
    Ok(file)
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_name_tells_number_and_boot() {
        let path = super::path("/x".as_ref(), 7, 0xAB);
        let name = path.file_name().unwrap().to_str().unwrap();
        assert_eq!(name, "0000000000000007-00000000000000ab.spool");
        assert_eq!(super::parse(name), Some((7, 0xAB)));
        for name in ["", ".spool", "7-ab.spool", "0000000000000007-00000000000000ab.part", "0000000000000007.spool"] {
            assert_eq!(super::parse(name), None, "{name}");
        }
    }
}
