//! The inputs at work. They change while the forwarder runs, without a loss.

#[cfg(test)]
mod tests;

use std::path::PathBuf;
use std::sync::Arc;

use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout_at};

use super::{SLACK, Started};
use crate::config::{InputSettings, Named};
use crate::inputs::{Context, Counts, DRAIN, Seen, Sockets, StartError, start};
use crate::spool::Spool;

/// Why the inputs do not change.
#[derive(Debug, thiserror::Error)]
pub enum ChangeError {
    /// An input does not start.
    #[error(transparent)]
    Start(#[from] StartError),
    /// Somebody may still be reading it.
    #[error("standard input cannot be added while the forwarder runs")]
    Stdin,
}

/// The inputs that run.
pub(super) struct Inputs {
    spool: Arc<Spool>,
    data_dir: PathBuf,
    running: Vec<Input>,
    seen: watch::Sender<Seen>,
}

struct Input {
    name: Arc<str>,
    settings: InputSettings,
    counts: Arc<Counts>,
    end: watch::Sender<bool>,
    tasks: JoinSet<()>,
    sockets: Sockets,
}

impl Inputs {
    /// Returns no inputs yet.
    pub(super) fn new(spool: &Arc<Spool>, data_dir: PathBuf) -> Self {
        Self { spool: Arc::clone(spool), data_dir, running: Vec::new(), seen: watch::Sender::new(Vec::new()) }
    }

    /// Returns what is told of the inputs.
    pub(super) fn seen(&self) -> watch::Receiver<Seen> {
        self.seen.subscribe()
    }

    /// Starts new inputs, and ends those that are not wanted any more. An input with other settings ends and starts. If one
    /// does not start, all stay as they were.
    pub(super) async fn change(
        &mut self,
        wanted: &[Named<InputSettings>],
        started: Started<'_>,
    ) -> Result<(), ChangeError> {
        let is_wanted = |input: &Input| {
            wanted.iter().any(|Named { name, settings }| **name == *input.name && *settings == input.settings)
        };
        let is_new = |Named { name, settings }: &&Named<InputSettings>| {
            !self.running.iter().any(|input| **name == *input.name && *settings == input.settings)
        };
        // Who goes on with a file must know how far it was read.
        let (later, now): (Vec<_>, Vec<_>) =
            wanted.iter().filter(is_new).partition(|new| matches!(new.settings, InputSettings::File(_)));
        if !self.running.is_empty() && now.iter().any(|new| new.settings == InputSettings::Stdin) {
            return Err(ChangeError::Stdin);
        }
        let ending = self.running.iter().filter(|input| !is_wanted(input)).map(|input| &input.sockets);
        let mut sockets = Sockets::after(ending);
        let mut new = Vec::new();
        for named in now {
            match self.start(named, sockets, started) {
                Ok(mut input) => {
                    sockets = input.sockets.rest();
                    new.push(input);
                }
                Err(error) => {
                    end(new).await;
                    return Err(error.into());
                }
            }
        }
        let (kept, old): (Vec<_>, Vec<_>) = std::mem::take(&mut self.running).into_iter().partition(is_wanted);
        self.running = kept.into_iter().chain(new).collect();
        self.tell(&old);
        end(old).await;
        for named in later {
            let input = self.start(named, Sockets::default(), started)?;
            self.running.push(input);
        }
        self.tell(&[]);
        Ok(())
    }

    fn start(
        &self,
        Named { name, settings }: &Named<InputSettings>,
        mut sockets: Sockets,
        started: Started<'_>,
    ) -> Result<Input, StartError> {
        let Some(spooler) = self.spool.spooler() else { return Err(StartError::Ended { input: name.clone() }) };
        let name: Arc<str> = Arc::from(name.as_str());
        // An input that changes goes on counting.
        let same = self.seen.borrow().iter().find(|(other, _)| *other == name).map(|(_, counts)| Arc::clone(counts));
        let counts = same.unwrap_or_default();
        let (end, ending) = watch::channel(false);
        let context = Context { name: Arc::clone(&name), spooler, counts: Arc::clone(&counts), ending };
        let mut tasks = JoinSet::new();
        let addresses = start(context, settings, &self.data_dir, &mut tasks, &mut sockets)?;
        started(&name, &addresses);
        Ok(Input { name, settings: settings.clone(), counts, end, tasks, sockets })
    }

    /// Tells which inputs there are. Those that end are told of as long as they store something.
    fn tell(&self, old: &[Input]) {
        let mut seen = Seen::new();
        for Input { name, counts, .. } in self.running.iter().chain(old) {
            if !seen.iter().any(|(other, _)| other == name) {
                seen.push((Arc::clone(name), Arc::clone(counts)));
            }
        }
        self.seen.send_replace(seen);
    }

    /// Ends all inputs.
    pub(super) async fn end(self) {
        end(self.running).await;
    }
}

/// Lets inputs read their senders to their end.
async fn end(inputs: Vec<Input>) {
    let mut tasks = Vec::new();
    for Input { end, tasks: of_input, sockets, .. } in inputs {
        // Nobody may listen any more.
        drop(sockets);
        // Everybody may be gone.
        let _ = end.send(true);
        tasks.push(of_input);
    }
    let until = Instant::now() + DRAIN + SLACK;
    for mut tasks in tasks {
        let _ = timeout_at(until, async { while tasks.join_next().await.is_some() {} }).await;
        tasks.shutdown().await;
    }
}
