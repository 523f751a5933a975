//! Files again batches from files: objects that were copied from the bucket.

use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::{Path, PathBuf};

use super::metered::{Meter, MeteredReader};
use super::on_failure::{MAX_RECORD_BYTES, Unreadable, batches};
use super::session::Session;
use super::summary::RedriveSummary;
use crate::error::Error;
use crate::progress::Progress;
use crate::run_end::RunEnd;

/// The path that stands for standard input.
const STDIN: &str = "-";

/// Files the batches of all files, in order.
pub(super) async fn redrive(
    session: &Session,
    files: &[PathBuf],
    summary: &mut RedriveSummary,
) -> Result<RunEnd, Error> {
    let mut progress = Progress::new("batches", None);
    for path in files {
        let (reader, meter) = open(path)?;
        let looked_at_before = summary.looked_at;
        for batch in batches(reader) {
            if summary.looked_at >= session.limit {
                return Ok(RunEnd::Done);
            }
            if session.interrupt.is_requested() {
                return Ok(RunEnd::Interrupted);
            }
            summary.looked_at += 1;
            match batch {
                Ok(batch) => session.file_parts(&batch, summary).await?,
                Err(unreadable) => {
                    let unreadable = actual_cause(&meter, path, unreadable)?;
                    summary.unreadable += 1;
                    progress.print(&format!("{}: {unreadable}", path.display()));
                }
            }
            meter.start_record();
            progress.advance(1);
        }
        if summary.looked_at == looked_at_before {
            summary.unreadable += 1;
            progress.print(&format!("{}: the file is empty", path.display()));
        }
    }
    Ok(RunEnd::Done)
}

fn open(path: &Path) -> Result<(impl Read, Meter), Error> {
    let source: Box<dyn Read> = if path == Path::new(STDIN) {
        Box::new(io::stdin())
    } else {
        Box::new(File::open(path).map_err(|source| Error::ReadFile { path: path.to_owned(), source })?)
    };
    let (reader, meter) = MeteredReader::new(source, MAX_RECORD_BYTES);
    Ok((BufReader::new(reader), meter))
}

/// Returns why a record could not be read: the reader knows of limits and failed reads, the parser does not.
fn actual_cause(meter: &Meter, path: &Path, unreadable: Unreadable) -> Result<Unreadable, Error> {
    match meter.take_error() {
        Some(source) => Err(Error::ReadFile { path: path.to_owned(), source }),
        None if meter.is_over_limit() => Ok(Unreadable::TooLarge { limit: MAX_RECORD_BYTES }),
        None => Ok(unreadable),
    }
}
