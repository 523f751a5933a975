//! A running program, its lines and its answers. Neither side waits for the other.

use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::os::unix::process::CommandExt as _;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, SyncSender, channel, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

use crate::outputs::Stop;

/// The longest answer. A longer one is none.
pub(super) const MAX_ANSWER_BYTES: u64 = 16 << 20;
/// How many answers wait to be read before the program waits.
const MAX_WAITING: usize = 64;
/// How often is looked whether the forwarder ends while a program works.
const LOOK: Duration = Duration::from_millis(100);

/// A running program.
#[derive(Debug)]
pub(super) struct Running {
    child: Child,
    lines: Sender<Vec<u8>>,
    answers: Receiver<Line>,
}

/// A line of a program's, without its line feed; `None` if it is longer than any answer.
type Line = Option<Vec<u8>>;

/// What came from a program.
#[derive(Debug, Eq, PartialEq)]
pub(super) enum Answer {
    /// A line, without its line feed.
    Line(Vec<u8>),
    /// A line that is longer than any answer.
    TooLong,
    /// Nothing, in the time that it had.
    Late,
    /// The forwarder ends.
    Stopped,
    /// It ended.
    Ended,
}

impl Running {
    /// Starts a program. What it writes to standard error goes to the forwarder's.
    pub(super) fn start(command: &[String]) -> io::Result<Self> {
        let [program, arguments @ ..] = command else { return Err(io::ErrorKind::InvalidInput.into()) };
        let mut command = Command::new(program);
        command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped());
        // Ctrl-C in a terminal is for the forwarder, which closes the program's input when it is done.
        let mut child = command.process_group(0).spawn()?;
        let (Some(stdin), Some(stdout)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(io::ErrorKind::BrokenPipe.into());
        };
        let (lines, to_write) = channel();
        let (read, answers) = sync_channel(MAX_WAITING);
        thread::Builder::new().name("exec-write".to_owned()).spawn(move || write(stdin, &to_write))?;
        thread::Builder::new().name("exec-read".to_owned()).spawn(move || read_all(stdout, &read))?;
        Ok(Self { child, lines, answers })
    }

    /// Sends a line. If the program has ended, there will be no answer.
    pub(super) fn send(&self, line: Vec<u8>) {
        // A program that reads no more ends, or is late.
        let _ = self.lines.send(line);
    }

    /// Waits for the next answer.
    pub(super) fn answer(&self, timeout: Duration, stop: &Stop) -> Answer {
        let until = Instant::now() + timeout;
        while !stop.is_stopped() {
            let left = until.saturating_duration_since(Instant::now());
            return match self.answers.recv_timeout(left.min(LOOK)) {
                Ok(Some(line)) => Answer::Line(line),
                Ok(None) => Answer::TooLong,
                Err(RecvTimeoutError::Timeout) if left > LOOK => continue,
                Err(RecvTimeoutError::Timeout) => Answer::Late,
                Err(RecvTimeoutError::Disconnected) => Answer::Ended,
            };
        }
        Answer::Stopped
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended before. Nothing that it still says is read.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn write(mut stdin: ChildStdin, lines: &Receiver<Vec<u8>>) {
    while let Ok(line) = lines.recv() {
        if stdin.write_all(&line).and_then(|()| stdin.flush()).is_err() {
            return;
        }
    }
}

fn read_all(stdout: ChildStdout, answers: &SyncSender<Line>) {
    let mut stdout = BufReader::new(stdout);
    loop {
        let mut line = Vec::new();
        let read = stdout.by_ref().take(MAX_ANSWER_BYTES).read_until(b'\n', &mut line);
        let is_whole = line.pop_if(|byte| *byte == b'\n').is_some();
        if !is_whole && line.len() as u64 == MAX_ANSWER_BYTES {
            // The rest of it is no answer to anything. Nobody hears it if the program was given up.
            let _ = answers.send(None);
            return;
        }
        // The end, or an answer without one.
        if read.is_err() || !is_whole || answers.send(Some(line)).is_err() {
            return;
        }
    }
}
