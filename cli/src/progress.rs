//! How far a command is: a bar on a terminal, a line now and then elsewhere. On standard error; results are not.

use std::io::{self, IsTerminal as _, Write as _};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};
use runtime::{Environment, ProcessEnvironment};

/// How often there is a line where there is no terminal.
const LINE_INTERVAL: Duration = Duration::from_secs(5);
/// How often a bar that does not advance shows that it is alive.
const TICK: Duration = Duration::from_millis(200);

/// How far a command is.
pub(crate) struct Progress {
    noun: &'static str,
    total: Option<u64>,
    done: u64,
    bar: Option<ProgressBar>,
    last_line: Instant,
}

impl Progress {
    /// Of so many things, where that is known.
    pub(crate) fn new(noun: &'static str, total: Option<u64>) -> Self {
        let bar = io::stderr().is_terminal().then(|| bar(noun, total));
        Self { noun, total, done: 0, bar, last_line: Instant::now() }
    }

    /// So many more are done.
    pub(crate) fn advance(&mut self, count: u64) {
        self.done += count;
        match &self.bar {
            Some(bar) => bar.inc(count),
            None if self.last_line.elapsed() >= LINE_INTERVAL => {
                let of = self.total.map(|total| format!(" of {total}")).unwrap_or_default();
                self.note(&format!("{}{of} {}", self.done, self.noun));
                self.last_line = Instant::now();
            }
            None => {}
        }
    }

    /// Says something above the bar.
    pub(crate) fn note(&self, text: &str) {
        let say = || {
            // Nothing depends on its being read.
            let _ = writeln!(io::stderr(), "{text}");
        };
        match &self.bar {
            Some(bar) => bar.suspend(say),
            None => say(),
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

fn bar(noun: &'static str, total: Option<u64>) -> ProgressBar {
    let no_color = ProcessEnvironment.get("NO_COLOR").is_some_and(|value| !value.is_empty());
    let colour = if no_color { "" } else { ":.cyan" };
    let (bar, template) = match total {
        Some(total) => {
            let shape = if no_color { "{bar:30}" } else { "{bar:30.cyan}" };
            (ProgressBar::new(total), format!("{shape} {{human_pos}} of {{human_len}} {noun}, {{eta}} left"))
        }
        None => (ProgressBar::new_spinner(), format!("{{spinner{colour}}} {{human_pos}} {noun}  {{elapsed}}")),
    };
    // The template is ours; a wrong one would only look plain.
    let style = ProgressStyle::with_template(&template).unwrap_or_else(|_| ProgressStyle::default_bar());
    bar.set_style(style);
    bar.enable_steady_tick(TICK);
    bar
}
