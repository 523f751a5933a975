//! Reads a spool from a position on.

use std::fs::{self, File};
use std::io;
use std::os::unix::fs::FileExt as _;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use super::frame::{self, HEAD_BYTES, Parsed};
use super::segment::{self, Segment};
use super::{ASIDE, Position, Shared, SpoolError, count};
use crate::entry::{Stored, StoredAt};

/// How much is read at once, unless one entry is larger.
const READ_BYTES: usize = 1024 * 1024;

/// What there was to read.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Read {
    /// An entry.
    Entry,
    /// Nothing, until the time was up.
    Nothing,
    /// Nothing more: the spool is closed.
    End,
}

/// Reads a spool.
#[derive(Debug)]
pub struct Reader {
    shared: Arc<Shared>,
    /// After what was read.
    position: Position,
    open: Option<(u64, File)>,
    /// Bytes of the file.
    buffer: Vec<u8>,
    /// How many of them are read.
    done: usize,
    /// Whether anything was read. The position is of this spool's life then.
    has_read: bool,
}

/// What is known of the segment that is read.
#[derive(Clone, Copy)]
struct Current {
    number: u64,
    segment: Segment,
}

impl Reader {
    pub(super) fn new(shared: Arc<Shared>, from: Option<Position>) -> Self {
        Self { shared, position: from.unwrap_or_default(), open: None, buffer: Vec::new(), done: 0, has_read: false }
    }

    /// Returns the position after what was read.
    #[must_use]
    pub fn position(&self) -> Position {
        self.position
    }

    /// Passes the next entry on. Waits for one until a time.
    pub fn next(&mut self, until: Instant, visit: &mut dyn FnMut(Stored<'_>)) -> Result<Read, SpoolError> {
        loop {
            let Some(current) = self.current(until) else {
                return Ok(if self.shared.lock().is_closed { Read::End } else { Read::Nothing });
            };
            match self.read(current, visit) {
                Ok(true) => return Ok(Read::Entry),
                Ok(false) => {}
                Err(error) => self.give_up(current, &error)?,
            }
        }
    }

    /// Waits for a segment with bytes that are not read yet.
    fn current(&mut self, until: Instant) -> Option<Current> {
        let mut state = self.shared.lock();
        loop {
            let next = state.segments.range(self.position.segment..).next();
            if let Some((&number, &segment)) = next {
                if number != self.position.segment {
                    self.position = Position { segment: number, offset: 0 };
                    self.buffer.clear();
                    self.done = 0;
                }
                if self.position.offset < segment.bytes {
                    return Some(Current { number, segment });
                }
                if segment.is_closed && state.segments.range(number + 1..).next().is_some() {
                    self.position = Position { segment: number + 1, offset: 0 };
                    continue;
                }
            } else if let Some((&oldest, _)) = state.segments.first_key_value().filter(|_| self.is_lost()) {
                self.position = Position { segment: oldest, offset: 0 };
                continue;
            }
            // A file that is removed while it is open still takes its room.
            if !next.is_some_and(|(number, segment)| *number == self.position.segment && !segment.is_closed) {
                self.open = None;
            }
            let now = Instant::now();
            if state.is_closed || now >= until {
                return None;
            }
            let waited = self.shared.changed.wait_timeout(state, until - now);
            state = waited.map_or_else(|error| error.into_inner().0, |(state, _)| state);
        }
    }

    /// Returns whether the position is of another spool's life: nothing was read yet, and it is after all there is.
    fn is_lost(&self) -> bool {
        !self.has_read && self.position.offset > 0
    }

    /// Reads on in a segment. Returns whether there was an entry.
    fn read(&mut self, current: Current, visit: &mut dyn FnMut(Stored<'_>)) -> io::Result<bool> {
        let mut wanted = HEAD_BYTES;
        loop {
            let place = self.place(current);
            let bytes = self.buffer.get(self.done..).unwrap_or_default();
            if bytes.len() >= wanted {
                match frame::parse(bytes, place) {
                    Parsed::Frame(stored, size) => {
                        visit(stored);
                        self.advance(size);
                        return Ok(true);
                    }
                    Parsed::End(size) => {
                        self.advance(size);
                        return Ok(false);
                    }
                    Parsed::Partial(size) => wanted = size,
                    Parsed::Damaged => {
                        self.skip_damage(current)?;
                        return Ok(false);
                    }
                }
            }
            if self.buffer.len() - self.done < wanted && !self.fill(current, wanted)? {
                self.skip_damage(current)?;
                return Ok(false);
            }
        }
    }

    fn place(&self, current: Current) -> StoredAt {
        StoredAt { boot: current.segment.boot, segment: current.number, offset: self.position.offset }
    }

    fn advance(&mut self, bytes: usize) {
        self.has_read = true;
        self.done += bytes;
        self.position.offset += bytes as u64;
    }

    /// Reads bytes of the file, so that there are as many as are wanted. Returns whether there are.
    fn fill(&mut self, current: Current, wanted: usize) -> io::Result<bool> {
        self.buffer.drain(..self.done.min(self.buffer.len()));
        self.done = 0;
        let have = self.buffer.len();
        let left = current.segment.bytes - self.position.offset;
        let target = usize::try_from(left).unwrap_or(usize::MAX).min(wanted.max(READ_BYTES));
        if target < wanted {
            return Ok(false);
        }
        if self.buffer.capacity() > 2 * READ_BYTES {
            self.buffer.shrink_to(target.max(READ_BYTES));
        }
        let path = segment::path(&self.shared.settings.folder, current.number, current.segment.boot);
        if self.open.as_ref().is_none_or(|(number, _)| *number != current.number) {
            self.open = Some((current.number, File::open(path)?));
        }
        let Some((_, file)) = &self.open else { return Ok(false) };
        self.buffer.resize(target, 0);
        let read = self.buffer.get_mut(have..).map(|rest| file.read_exact_at(rest, self.position.offset + have as u64));
        if let Some(Err(error)) = read {
            self.buffer.truncate(have);
            return Err(error);
        }
        Ok(true)
    }

    /// Goes on at the next entry that can be read. Sets aside what is before it. An end without a further entry is what
    /// a dying forwarder was writing: nobody was told that it is stored.
    fn skip_damage(&mut self, current: Current) -> io::Result<()> {
        let left = usize::try_from(current.segment.bytes - self.position.offset).unwrap_or(usize::MAX);
        self.fill(current, left)?;
        let rest = self.buffer.get(self.done..).unwrap_or_default();
        let place = self.place(current);
        let mut skipped = 0;
        let is_torn = loop {
            let Some(at) = frame::find_mark(rest.get(skipped..).unwrap_or_default()) else { break true };
            skipped += at;
            let place = StoredAt { offset: place.offset + skipped as u64, ..place };
            if matches!(
                frame::parse(rest.get(skipped..).unwrap_or_default(), place),
                Parsed::Frame(..) | Parsed::End(_)
            ) {
                break false;
            }
        };
        if is_torn {
            count(&self.shared.counts.torn, 1);
            tracing::warn!(
                segment = current.number,
                bytes = left,
                "the unfinished end of a file of the spool is left out"
            );
            skipped = left;
        } else {
            count(&self.shared.counts.damaged, 1);
            let damaged = rest.get(..skipped).unwrap_or_default();
            let path = set_aside(&self.shared.settings.folder, self.position, damaged)?;
            tracing::error!(bytes = skipped, path = %path.display(), "damaged bytes of the spool are set aside");
        }
        self.advance(skipped);
        Ok(())
    }

    /// Sets a file aside that cannot be read.
    fn give_up(&mut self, current: Current, error: &io::Error) -> Result<(), SpoolError> {
        let folder = &self.shared.settings.folder;
        let path = segment::path(folder, current.number, current.segment.boot);
        tracing::error!(path = %path.display(), %error, "a file of the spool cannot be read; it is set aside");
        count(&self.shared.counts.damaged, 1);
        let aside = folder.join(ASIDE);
        fs::create_dir_all(&aside).map_err(|source| SpoolError::new("create", &aside, source))?;
        if let Some(name) = path.file_name() {
            // It may be gone.
            let _ = fs::rename(&path, aside.join(name));
        }
        self.shared.lock().segments.remove(&current.number);
        self.position = Position { segment: current.number + 1, offset: 0 };
        (self.open, self.done) = (None, 0);
        self.buffer.clear();
        Ok(())
    }
}

/// Keeps damaged bytes. Another reader may have done it.
fn set_aside(folder: &Path, position: Position, bytes: &[u8]) -> io::Result<std::path::PathBuf> {
    let aside = folder.join(ASIDE);
    fs::create_dir_all(&aside)?;
    let path = aside.join(format!("{:016x}-{}.damaged", position.segment, position.offset));
    if !path.exists() {
        fs::write(&path, bytes)?;
    }
    Ok(path)
}
