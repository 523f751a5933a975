//! Files that keep what waits through the death of the process.
//!
//! Each process locks a file of its own name as long as it lives. Its lines go into a file as they come. What memory has no
//! room for goes into a file compressed. The next process takes over the files whose owner is dead.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use crate::limits::CHUNK_BYTES;
use crate::limits::MAX_LINE_BYTES;

/// The most files that are taken over at once.
const MAX_ADOPTED_FILES: usize = 100_000;
/// The largest file that is taken over: what is larger was not written by this crate.
const MAX_FILE_BYTES: u64 = (CHUNK_BYTES + MAX_LINE_BYTES) as u64;
const LOCK: &str = "lock";
const LINES: &str = "ndjson";
/// The number of hex digits of an owner.
const OWNER_DIGITS: usize = 16;

/// Why the spool does not work.
#[derive(Debug, thiserror::Error)]
#[error("the spool cannot {action} {path}", path = path.display())]
pub struct SpoolError {
    action: &'static str,
    path: PathBuf,
    #[source]
    source: io::Error,
}

/// The spool of one process.
#[derive(Debug)]
pub(crate) struct Spool {
    folder: PathBuf,
    owner: String,
    lock: Option<File>,
    /// The lines that are being written.
    open: Option<(u64, File)>,
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

/// What a file's name says.
#[derive(Debug, Eq, PartialEq)]
enum Name<'a> {
    Lock { owner: &'a str },
    Lines { owner: &'a str },
    Chunk { owner: &'a str, records: u32, extension: &'a str },
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

    /// Appends a line to the file of its lines. When this returns, the line survives the end of the process.
    pub(crate) fn append(&mut self, id: u64, line: &[u8]) -> Result<(), SpoolError> {
        let path = self.lines(id);
        if self.open.as_ref().is_none_or(|(open, _)| *open != id) {
            self.begin()?;
            let file = attempt("create", &path, |path| OpenOptions::new().create(true).append(true).open(path))?;
            self.open = Some((id, file));
        }
        let Some((_, file)) = &mut self.open else { return Ok(()) };
        attempt("write", &path, |_| file.write_all(line))
    }

    /// Returns where a chunk goes.
    pub(crate) fn chunk(&self, id: u64, records: u32, extension: &str) -> PathBuf {
        self.path(&format!("-{id}-{records}.{extension}"))
    }

    /// Removes the lines of a chunk, if they are there.
    pub(crate) fn remove_lines(&mut self, id: u64) -> Result<(), SpoolError> {
        if self.open.as_ref().is_some_and(|(open, _)| *open == id) {
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
                Some(Name::Lines { owner } | Name::Chunk { owner, .. }) => {
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

/// Writes a file. A file of that name is there whole or not at all.
pub(crate) fn write(path: &Path, bytes: &[u8]) -> Result<(), SpoolError> {
    let part = path.with_extension("part");
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

impl<'a> Name<'a> {
    fn parse(name: &'a str) -> Option<Self> {
        let (stem, extension) = name.rsplit_once('.')?;
        let (owner, rest) = stem.split_at_checked(OWNER_DIGITS)?;
        if !owner.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return None;
        }
        match (rest, extension) {
            ("", LOCK) => Some(Self::Lock { owner }),
            (_, LINES) => rest.starts_with('-').then_some(Self::Lines { owner }),
            (_, "zst" | "zz") => {
                let (_, records) = rest.rsplit_once('-')?;
                Some(Self::Chunk { owner, records: records.parse().ok()?, extension })
            }
            _ => None,
        }
    }
}

fn is_same(file: &File, path: &Path) -> bool {
    let (Ok(file), Ok(path)) = (file.metadata(), path.metadata()) else { return false };
    (file.dev(), file.ino()) == (path.dev(), path.ino())
}

fn attempt<'a, T>(
    action: &'static str,
    path: &'a Path,
    act: impl FnOnce(&'a Path) -> io::Result<T>,
) -> Result<T, SpoolError> {
    act(path).map_err(|source| SpoolError { action, path: path.to_owned(), source })
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::{Left, Name, Spool, read, write};

    const A: &str = "00000000000000aa";
    const B: &str = "00000000000000bb";

    #[test]
    fn names_tell_what_a_file_is() {
        fn check(name: &str, expect: Option<&Name<'_>>) {
            assert_eq!(Name::parse(name).as_ref(), expect, "{name}");
        }
        check("00000000000000aa.lock", Some(&Name::Lock { owner: A }));
        check("00000000000000aa-7.ndjson", Some(&Name::Lines { owner: A }));
        check("00000000000000aa-7-300.zst", Some(&Name::Chunk { owner: A, records: 300, extension: "zst" }));
        check("00000000000000aa-r2-1.zz", Some(&Name::Chunk { owner: A, records: 1, extension: "zz" }));
        for name in
            ["", "a.lock", "00000000000000aa-7.part", "00000000000000aa-7-x.zst", "notes.txt", "ü000000000000000.lock"]
        {
            check(name, None);
        }
    }

    #[test]
    fn files_of_a_dead_process_are_taken_and_those_of_a_living_one_are_not() {
        let folder = tempfile::tempdir().unwrap();
        let mut first = Spool::new(folder.path(), "arn:aws:kinesis:eu:1:stream/x", A);
        first.append(1, b"{}\n").unwrap();
        first.append(1, b"{}\n").unwrap();
        let chunk = first.chunk(2, 7, "zst");
        write(&chunk, b"packed").unwrap();
        let folder = folder.path().join("arn_aws_kinesis_eu_1_stream_x");
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 3);

        let mut second = Spool::new(folder.parent().unwrap(), "arn:aws:kinesis:eu:1:stream/x", B);
        assert_eq!(second.adopt().unwrap(), []);
        drop(first);
        let left = second.adopt().unwrap();
        let (lines, packed) = (folder.join(format!("{B}-r1.ndjson")), folder.join(format!("{B}-r2-7.zst")));
        assert_eq!(left, [Left::Lines(lines.clone()), Left::Chunk { file: packed.clone(), bytes: 6, records: 7 }]);
        assert_eq!(read(&lines).unwrap(), b"{}\n{}\n");
        assert_eq!(Spool::chunk_of_lines(&lines, 2, "zst"), folder.join(format!("{B}-r1-2.zst")));
        assert!(!folder.join(format!("{A}.lock")).exists());
        // They are the second's now.
        assert_eq!(Spool::new(folder.parent().unwrap(), "arn:aws:kinesis:eu:1:stream/x", A).adopt().unwrap(), []);
    }

    #[test]
    fn nothing_is_left_when_all_is_sent() {
        let folder = tempfile::tempdir().unwrap();
        let mut spool = Spool::new(folder.path(), "x", A);
        assert_eq!(spool.adopt().unwrap(), []);
        assert!(!folder.path().join("x").exists());
        spool.append(1, b"{}\n").unwrap();
        spool.append(2, b"{}\n").unwrap();
        spool.remove_lines(1).unwrap();
        spool.remove_lines(2).unwrap();
        spool.remove_lines(3).unwrap();
        spool.end();
        assert_eq!(fs::read_dir(folder.path().join("x")).unwrap().count(), 0);
    }
}
