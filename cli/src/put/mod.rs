//! `logbraid put`: lines of JSON to the stream.

mod batch;
mod line;
mod send;
mod tally;

use std::io::{self, IsTerminal as _, Write as _};
use std::path::PathBuf;
use std::time::Duration;

use tokio::sync::mpsc::{Receiver, channel};
use tokio::time::{Instant, timeout_at};

use self::batch::Batch;
use self::line::{Line, Place, read};
use self::send::Sender;
use self::tally::Tally;
use crate::args::PutArgs;
use crate::aws;
use crate::error::Error;
use crate::exit::Exit;
use crate::interrupt::Interrupt;
use crate::note::note;
use crate::progress::Progress;

/// How many lines are read ahead; each may take 10 MiB.
const LINES_AHEAD: usize = 16;
/// How long a batch's first record waits for others, where lines come slowly.
const LINGER: Duration = Duration::from_millis(200);

/// Puts all lines, and says how many it put.
pub(crate) async fn run(args: &PutArgs) -> Result<Exit, Error> {
    let stream = args.stream.clone().filter(|stream| !stream.is_empty()).ok_or(Error::NoStream)?;
    let mut sender = Sender::new(aws::kinesis().await?, stream, Interrupt::listen());
    let mut tally = Tally::default();
    let ended = put(args, &mut sender, &mut tally).await;
    let summary = if args.json { format!("{}\n", tally.json(&ended)) } else { tally.to_string() };
    io::stdout().write_all(summary.as_bytes()).map_err(Error::Output)?;
    Ok(match ended? {
        Ended::Interrupted => Exit::Interrupted,
        Ended::AllDone if tally.left_out > 0 => Exit::Remaining,
        Ended::AllDone => Exit::Done,
    })
}

/// Why there is nothing more to put.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Ended {
    /// Every line was looked at.
    AllDone,
    /// A signal came.
    Interrupted,
}

async fn put(args: &PutArgs, sender: &mut Sender, tally: &mut Tally) -> Result<Ended, Error> {
    let mut lines = follow(&args.files);
    let mut progress = Progress::new("records put", None);
    let mut batch = Batch::default();
    // When the batch goes, full or not.
    let mut departure = None;
    loop {
        let next = async {
            match departure {
                Some(departure) => timeout_at(departure, lines.recv()).await,
                None => Ok(lines.recv().await),
            }
        };
        let next = tokio::select! {
            next = next => next,
            () = sender.interrupt.requested() => {
                tally.first_missing = batch.first().or_else(|| next_place(&mut lines));
                return Ok(Ended::Interrupted);
            }
        };
        let (full, end) = match next {
            Ok(Some(Ok(Line { place, record: Err(refusal) }))) => {
                progress.note(&tally.leave_out(&place, &refusal));
                continue;
            }
            Ok(Some(Ok(Line { place, record: Ok(record) }))) => match batch.push(place, record) {
                Ok(()) => {
                    departure.get_or_insert_with(|| Instant::now() + LINGER);
                    continue;
                }
                Err((place, record)) => {
                    let full = std::mem::take(&mut batch);
                    // The first of a batch always finds room.
                    let _ = batch.push(place, record);
                    (full, None)
                }
            },
            Ok(Some(Err(error))) => (std::mem::take(&mut batch), Some(Err(error))),
            Ok(None) => (std::mem::take(&mut batch), Some(Ok(Ended::AllDone))),
            // Nothing more for now.
            Err(_) => (std::mem::take(&mut batch), None),
        };
        let before = tally.put;
        sender.send(full, tally, &mut progress).await?;
        progress.advance(tally.put - before);
        departure = (!batch.is_empty()).then(|| Instant::now() + LINGER);
        if sender.interrupt.is_requested() {
            tally.first_missing =
                tally.first_missing.take().or_else(|| batch.first()).or_else(|| next_place(&mut lines));
            return Ok(Ended::Interrupted);
        }
        if let Some(end) = end {
            return end;
        }
    }
}

/// Where the next line stands, if one was read.
fn next_place(lines: &mut Receiver<Result<Line, Error>>) -> Option<Place> {
    lines.try_recv().ok().and_then(Result::ok).map(|line| line.place)
}

/// Reads on a thread of its own, as far ahead as there is room.
fn follow(files: &[PathBuf]) -> Receiver<Result<Line, Error>> {
    let (lines, receiver) = channel(LINES_AHEAD);
    let files = if files.is_empty() { vec![PathBuf::from("-")] } else { files.to_vec() };
    if files.iter().any(|file| file.as_os_str() == "-") && io::stdin().is_terminal() {
        note("reading lines of JSON from the terminal; Ctrl-D ends");
    }
    // Not waited for: a read from a terminal or a pipe may never end.
    std::thread::spawn(move || {
        for path in files {
            let mut hand_on = |line| lines.blocking_send(Ok(line)).is_ok();
            if let Err(source) = read(&path, &mut hand_on) {
                // Nobody is left to tell if this fails.
                let _ = lines.blocking_send(Err(Error::File { path, source }));
                return;
            }
        }
    });
    receiver
}
