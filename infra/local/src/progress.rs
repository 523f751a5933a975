//! Progress on standard output: a line for each step, with its time.

use std::io::{self, IsTerminal as _, Write as _};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

/// How often a terminal shows the running time.
const TICK: Duration = Duration::from_secs(1);
/// The width of a step's name.
const NAME_WIDTH: usize = 44;

/// Runs a step. Prints its name at the start and its time at the end.
pub(crate) fn step<T, E>(name: &str, run: impl FnOnce() -> Result<T, E>) -> Result<T, E> {
    let start = Instant::now();
    show(&format!("  {name:NAME_WIDTH$}"));
    let (done, is_done) = mpsc::channel::<()>();
    let outcome = thread::scope(|scope| {
        if io::stdout().is_terminal() {
            scope.spawn(move || {
                while is_done.recv_timeout(TICK) == Err(RecvTimeoutError::Timeout) {
                    show(&format!("\r  {name:NAME_WIDTH$} {:>6.0} s", start.elapsed().as_secs_f64()));
                }
            });
        }
        let outcome = run();
        drop(done);
        outcome
    });
    let result = if outcome.is_ok() { "" } else { "  failed" };
    let back = if io::stdout().is_terminal() { format!("\r  {name:NAME_WIDTH$}") } else { String::new() };
    println!("{back} {:>6.1} s{result}", start.elapsed().as_secs_f64());
    outcome
}

fn show(text: &str) {
    print!("{text}");
    // The output is for people; nothing depends on it.
    let _ = io::stdout().flush();
}
