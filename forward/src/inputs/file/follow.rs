//! One file that is followed.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt as _;
use std::path::Path;
use std::time::{Duration, Instant};

use bytes::{Bytes, BytesMut};

use super::state::{FileId, Known};
use crate::config::ReadFrom;
use crate::identity::hash;
use crate::protocol::framing::{Frames, Framing};

/// What is read at once.
const READ_BYTES: usize = 256 * 1024;
/// How many of a file's first bytes show that it is still the same file.
const HEAD_BYTES: u64 = 256;

/// A file, and how far it is read.
#[derive(Debug)]
pub(super) struct Follower {
    pub(super) known: Known,
    /// Whether a name that is followed leads to it.
    pub(super) has_name: bool,
    file: File,
    frames: Frames,
    /// The bytes of an incomplete line.
    buffer: BytesMut,
    /// The offset behind the buffer.
    read_to: u64,
    /// When it grew last.
    grew: Instant,
}

impl Follower {
    /// Begins to read a file.
    pub(super) fn begin(path: &Path, id: FileId, read_from: ReadFrom) -> Option<Self> {
        let file = File::open(path).ok()?;
        let offset = match read_from {
            ReadFrom::Beginning => 0,
            ReadFrom::End => file.metadata().ok()?.len(),
        };
        let mut follower = Self::new(file, Known::new(path, id)?, offset);
        follower.commit();
        Some(follower)
    }

    /// Goes on with a file. If it begins with other bytes than before, it is another one with the same inode.
    pub(super) fn go_on(path: &Path, known: &Known) -> Option<Self> {
        let file = File::open(path).ok()?;
        let is_same = file.metadata().ok()?.len() >= known.offset && head(&file, known.head_bytes) == known.head;
        let path = path.to_string_lossy().into_owned();
        if is_same {
            return Some(Self::new(file, Known { path, ..known.clone() }, known.offset));
        }
        Some(Self::new(file, Known::new(Path::new(&path), known.file)?, 0))
    }

    fn new(file: File, known: Known, offset: u64) -> Self {
        Self {
            known,
            has_name: true,
            file,
            frames: Frames::new(Framing::Lines),
            buffer: BytesMut::new(),
            read_to: offset,
            grew: Instant::now(),
        }
    }

    /// Reads on. Returns whole lines, each with the place where it ends.
    pub(super) fn read(&mut self, now: Instant) -> Vec<(u64, Bytes)> {
        let mut lines = Vec::new();
        if self.file.metadata().is_ok_and(|metadata| metadata.len() < self.read_to) {
            // It was emptied. An incomplete line will not go on.
            lines = self.rest();
            if !lines.is_empty() {
                return lines;
            }
            if let Some(known) = Known::new(Path::new(&self.known.path), self.known.file) {
                self.known = known;
                self.read_to = 0;
                self.frames = Frames::new(Framing::Lines);
            }
        }
        match self.fill() {
            Ok(0) => return lines,
            Ok(_) => self.grew = now,
            Err(error) => {
                tracing::warn!(path = %self.known.path, %error, "a file cannot be read");
                return lines;
            }
        }
        while let Some(line) = self.frames.next(&mut self.buffer) {
            lines.push((self.read_to - self.buffer.len() as u64, line));
        }
        lines
    }

    /// Returns the incomplete line at the end.
    pub(super) fn rest(&mut self) -> Vec<(u64, Bytes)> {
        let rest = self.frames.rest(&mut self.buffer);
        rest.map(|line| (self.read_to, line)).into_iter().collect()
    }

    /// Notes that all lines so far are stored.
    pub(super) fn commit(&mut self) {
        self.known.offset = self.read_to - self.buffer.len() as u64;
        let head_bytes = self.known.offset.min(HEAD_BYTES);
        if self.known.head_bytes < head_bytes {
            self.known.head_bytes = head_bytes;
            self.known.head = head(&self.file, head_bytes);
        }
    }

    /// Returns whether it did not grow for so long.
    pub(super) fn is_quiet(&self, now: Instant, quiet: Duration) -> bool {
        now.saturating_duration_since(self.grew) >= quiet
    }

    fn fill(&mut self) -> io::Result<usize> {
        let start = self.buffer.len();
        self.buffer.resize(start + READ_BYTES, 0);
        let read = self.file.read_at(self.buffer.get_mut(start..).unwrap_or_default(), self.read_to);
        let count = *read.as_ref().unwrap_or(&0);
        self.buffer.truncate(start + count);
        self.read_to += count as u64;
        read
    }
}

/// Returns the hash of a file's first bytes. None have none.
fn head(file: &File, bytes: u64) -> String {
    if bytes == 0 {
        return String::new();
    }
    let mut head = vec![0; usize::try_from(bytes.min(HEAD_BYTES)).unwrap_or_default()];
    match file.read_exact_at(&mut head, 0) {
        Ok(()) => format!("{:032x}", hash(&[&head])),
        Err(_) => String::new(),
    }
}
