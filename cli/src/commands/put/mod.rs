//! `logbraid put`: puts lines of JSON on the stream.

mod batch;
mod lines;
mod record;
mod send;
mod summary;

use std::io::{self, Write as _};
use std::mem;
use std::time::Duration;

use tokio::sync::mpsc::Receiver;
use tokio::time::{Instant, timeout_at};

use self::batch::PutBatch;
use self::lines::{Line, next_position, read_ahead};
use self::send::Sender;
use self::summary::PutSummary;
use crate::args::PutArgs;
use crate::aws;
use crate::error::Error;
use crate::exit::Exit;
use crate::interrupt::Interrupt;
use crate::progress::Progress;
use crate::run_end::RunEnd;

/// The longest time that a batch's first record waits for others, where lines come slowly.
const LINGER: Duration = Duration::from_millis(200);

/// Puts all lines, and prints a summary.
pub(crate) async fn run(args: &PutArgs) -> Result<Exit, Error> {
    let stream = args.stream.clone().filter(|stream| !stream.is_empty()).ok_or(Error::NoStream)?;
    let mut sender = Sender::new(aws::kinesis(stream.clone()).await?, stream, Interrupt::listen());
    let mut summary = PutSummary::default();
    let result = put(args, &mut sender, &mut summary).await;
    let text = if args.json { format!("{}\n", summary.json(&result)) } else { summary.to_string() };
    io::stdout().write_all(text.as_bytes()).map_err(Error::Output)?;
    Ok(match result? {
        RunEnd::Interrupted => Exit::Interrupted,
        RunEnd::Done if summary.left_out > 0 => Exit::Remaining,
        RunEnd::Done => Exit::Done,
    })
}

/// The next thing to do.
enum Step {
    /// Put a line, or leave it out.
    Line(Line),
    /// Send the batch: no line came in time.
    Send,
    /// Send the batch, and end so.
    End(Result<RunEnd, Error>),
    /// End without sending the batch.
    Interrupt,
}

async fn put(args: &PutArgs, sender: &mut Sender, summary: &mut PutSummary) -> Result<RunEnd, Error> {
    let mut lines = read_ahead(&args.files);
    let mut progress = Progress::new("records put", None);
    let mut batch = PutBatch::default();
    // The time at which the batch is sent, full or not. `None` while it is empty.
    let mut deadline = None;
    loop {
        let (to_send, end) = match next_step(&mut lines, deadline, &sender.interrupt).await {
            Step::Line(Line { position, record: Err(refusal) }) => {
                progress.print(&summary.leave_out(&position, &refusal));
                continue;
            }
            Step::Line(Line { position, record: Ok(record) }) => match batch.push(position, record) {
                Ok(()) => {
                    deadline.get_or_insert_with(|| Instant::now() + LINGER);
                    continue;
                }
                Err((position, record)) => {
                    let full = mem::take(&mut batch);
                    // An empty batch takes any record.
                    let _ = batch.push(position, record);
                    (full, None)
                }
            },
            Step::Send => (mem::take(&mut batch), None),
            Step::End(end) => (mem::take(&mut batch), Some(end)),
            Step::Interrupt => {
                summary.first_missing = batch.first().or_else(|| next_position(&mut lines));
                return Ok(RunEnd::Interrupted);
            }
        };
        let put_before = summary.put;
        sender.send(to_send, summary, &mut progress).await?;
        progress.advance(summary.put - put_before);
        deadline = (!batch.is_empty()).then(|| Instant::now() + LINGER);
        if sender.interrupt.is_requested() {
            let first_missing = summary.first_missing.take().or_else(|| batch.first());
            summary.first_missing = first_missing.or_else(|| next_position(&mut lines));
            return Ok(RunEnd::Interrupted);
        }
        if let Some(end) = end {
            return end;
        }
    }
}

/// Waits for a line, the deadline or a signal.
async fn next_step(
    lines: &mut Receiver<Result<Line, Error>>,
    deadline: Option<Instant>,
    interrupt: &Interrupt,
) -> Step {
    let next_line = async {
        match deadline {
            Some(deadline) => timeout_at(deadline, lines.recv()).await,
            None => Ok(lines.recv().await),
        }
    };
    tokio::select! {
        next = next_line => match next {
            Ok(Some(Ok(line))) => Step::Line(line),
            Ok(Some(Err(error))) => Step::End(Err(error)),
            Ok(None) => Step::End(Ok(RunEnd::Done)),
            Err(_) => Step::Send,
        },
        () = interrupt.requested() => Step::Interrupt,
    }
}
