//! Progress on standard error: a bar on a terminal, a line every few seconds elsewhere.

use std::io::{self, IsTerminal as _};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};
use runtime::{Environment, ProcessEnvironment};

use crate::stderr;

/// The interval between lines where there is no terminal.
const LINE_INTERVAL: Duration = Duration::from_secs(5);
/// The interval at which the bar is drawn again, so that it is seen to be alive.
const TICK: Duration = Duration::from_millis(200);

/// The progress of a command.
pub(crate) struct Progress {
    noun: &'static str,
    total: Option<u64>,
    done: u64,
    bar: Option<ProgressBar>,
    last_line: Instant,
}

impl Progress {
    /// Starts at zero. `noun` is the plural of what is counted; `total` is given where it is known.
    pub(crate) fn new(noun: &'static str, total: Option<u64>) -> Self {
        let bar = io::stderr().is_terminal().then(|| bar(noun, total));
        Self { noun, total, done: 0, bar, last_line: Instant::now() }
    }

    /// Adds to the count.
    pub(crate) fn advance(&mut self, count: u64) {
        self.done += count;
        match &self.bar {
            Some(bar) => bar.inc(count),
            None if self.last_line.elapsed() >= LINE_INTERVAL => {
                let of = self.total.map(|total| format!(" of {total}")).unwrap_or_default();
                self.print(&format!("{}{of} {}", self.done, self.noun));
                self.last_line = Instant::now();
            }
            None => {}
        }
    }

    /// Writes a message above the bar.
    pub(crate) fn print(&self, message: &str) {
        match &self.bar {
            Some(bar) => bar.suspend(|| stderr::print_line(message)),
            None => stderr::print_line(message),
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
    let color = if no_color { "" } else { ":.cyan" };
    let (bar, template) = match total {
        Some(total) => {
            let shape = if no_color { "{bar:30}" } else { "{bar:30.cyan}" };
            (ProgressBar::new(total), format!("{shape} {{human_pos}} of {{human_len}} {noun}, {{eta}} left"))
        }
        None => (ProgressBar::new_spinner(), format!("{{spinner{color}}} {{human_pos}} {noun}  {{elapsed}}")),
    };
    // The template is ours. A wrong one would only look plain.
    let style = ProgressStyle::with_template(&template).unwrap_or_else(|_| ProgressStyle::default_bar());
    bar.set_style(style);
    bar.enable_steady_tick(TICK);
    bar
}
