//! Files that other programs write: they are followed by name, also when they are rotated.
//!
//! A file is known by its inode, so a file that was renamed is read to its end. How far each is read is kept in the data
//! directory. Each line's id is made of a random number for its file, and the line's place in it: what is read again after
//! a crash is known as sent already.

mod follow;
mod paths;
mod state;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use tokio::time::sleep;

use self::follow::Follower;
use self::state::{FileId, State};
use super::Context;
use super::net::store_all;
use crate::config::ReadFrom;
use crate::entry::{Entry, Format, Identity};
use crate::identity::hash;
use crate::protocol::text;

/// The pause after all files were read to their ends.
const PAUSE: Duration = Duration::from_millis(250);
/// How long a file that has no matching name any more must have been quiet before it is let go.
const QUIET: Duration = Duration::from_secs(30);
/// How many files are followed at once.
const MAX_FILES: usize = 1_000;
/// How many times a file is read before it is another one's turn.
const MAX_TURNS: usize = 16;

/// What is followed.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The files; `*` in a name stands for any text.
    pub paths: Vec<String>,
    /// Where reading begins in a file that is there when the input runs for the first time.
    pub read_from: ReadFrom,
    /// Where is kept how far each file is read.
    pub state: PathBuf,
}

/// Follows files until the forwarder ends.
pub async fn run(context: Context, settings: Settings) {
    let mut files = Files::open(&context, &settings);
    let mut is_first = files.state.is_new;
    while !context.is_ending() {
        let read_from = if is_first { settings.read_from } else { ReadFrom::Beginning };
        files.look(&settings.paths, read_from);
        is_first = false;
        if files.read(Instant::now()).await == 0 {
            tokio::select! {
                () = sleep(PAUSE) => {}
                () = context.ended() => {}
            }
        }
    }
}

/// The files that are followed.
struct Files<'c> {
    context: &'c Context,
    state: State,
    followers: HashMap<FileId, Follower>,
    /// Whether the log says that there are too many files, or that the state cannot be kept.
    is_told: bool,
}

impl<'c> Files<'c> {
    /// Goes on with the files of the last time. One that was renamed since is searched for in its folder.
    fn open(context: &'c Context, settings: &Settings) -> Self {
        let state = State::load(&settings.state);
        let mut followers = HashMap::new();
        for known in &state.files {
            let found = paths::with_inode(Path::new(&known.path), known.file);
            if let Some(follower) = found.and_then(|path| Follower::go_on(&path, known)) {
                followers.insert(known.file, follower);
            }
        }
        Self { context, state, followers, is_told: false }
    }

    /// Looks for new files.
    fn look(&mut self, patterns: &[String], read_from: ReadFrom) {
        for follower in self.followers.values_mut() {
            follower.has_name = false;
        }
        let mut is_new = false;
        for path in patterns.iter().flat_map(|pattern| paths::matching(pattern, MAX_FILES)) {
            let Some(file) = FileId::of(&path) else { continue };
            if let Some(follower) = self.followers.get_mut(&file) {
                follower.has_name = true;
            } else if self.followers.len() >= MAX_FILES {
                self.tell("more than 1000 files match: the others are not read");
            } else if let Some(follower) = Follower::begin(&path, file, read_from) {
                self.followers.insert(file, follower);
                is_new = true;
            }
        }
        if is_new {
            // The random numbers must be on disk before lines are: another one would make other ids.
            self.save();
        }
    }

    /// Reads what is new. Returns the number of lines.
    async fn read(&mut self, now: Instant) -> usize {
        let mut total = 0;
        let mut gone = Vec::new();
        for (file, follower) in &mut self.followers {
            for _ in 0..MAX_TURNS {
                let lines = follower.read(now);
                if lines.is_empty() {
                    break;
                }
                total += lines.len();
                if store_all(self.context, entries(self.context, follower, lines)).await > 0 {
                    return 0;
                }
                follower.commit();
            }
            if !follower.has_name && follower.is_quiet(now, QUIET) {
                let rest = follower.rest();
                store_all(self.context, entries(self.context, follower, rest)).await;
                gone.push(*file);
            }
        }
        if total + gone.len() > 0 {
            for file in gone {
                self.followers.remove(&file);
            }
            self.save();
        }
        total
    }

    fn save(&mut self) {
        self.state.files = self.followers.values().map(|follower| follower.known.clone()).collect();
        match self.state.save() {
            Ok(()) => self.is_told = false,
            Err(error) => self.tell(&format!("how far files are read cannot be kept: {error}")),
        }
    }

    fn tell(&mut self, what: &str) {
        if !self.is_told {
            tracing::warn!(input = %self.context.name, "{what}");
        }
        self.is_told = true;
    }
}

/// Returns the entries of lines, each with the place where it ends.
fn entries(context: &Context, follower: &Follower, lines: Vec<(u64, bytes::Bytes)>) -> Vec<Entry> {
    let entry = |(end, line): (u64, bytes::Bytes)| Entry {
        identity: Identity::Seed(hash(&[follower.known.id.as_bytes(), &end.to_le_bytes()])),
        tag: follower.known.path.clone(),
        ..Entry::new(&context.name, Format::JsonLines, text::from_bytes(&line).into_owned().into_bytes())
    };
    lines.into_iter().map(entry).collect()
}
