//! Brings back batches from files: objects that were copied from the bucket.

use std::cell::Cell;
use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::{Path, PathBuf};
use std::rc::Rc;

use decode::KinesisBatch;

use super::on_failure::{Unreadable, batches};
use super::session::{Ended, Session};
use super::tally::Tally;
use crate::error::Error;
use crate::progress::Progress;

/// What names standard input.
const STANDARD_INPUT: &str = "-";
/// How large one record of a failed invocation may be. An event has 6 MB.
pub(super) const MAX_RECORD_BYTES: u64 = 64 * 1024 * 1024;

/// Files the batches in the files, in their order.
pub(super) async fn redrive(session: &Session, files: &[PathBuf], tally: &mut Tally) -> Result<Ended, Error> {
    let mut progress = Progress::new("batches", None);
    for path in files {
        let (reader, budget) = open(path)?;
        let seen_before = tally.seen;
        for batch in batches(reader) {
            if tally.seen >= session.limit {
                return Ok(Ended::AllDone);
            }
            if session.interrupt.is_requested() {
                return Ok(Ended::Interrupted);
            }
            tally.seen += 1;
            match batch {
                Ok(batch) => file(session, &batch, tally).await?,
                Err(unreadable) => {
                    let unreadable = budget.verdict(path, unreadable)?;
                    tally.unreadable += 1;
                    progress.note(&format!("{}: {unreadable}", path.display()));
                }
            }
            budget.renew();
            progress.advance(1);
        }
        if tally.seen == seen_before {
            tally.unreadable += 1;
            progress.note(&format!("{}: there is nothing in it", path.display()));
        }
    }
    Ok(Ended::AllDone)
}

/// Files a batch as the function would have: part by part, since one may come to more than there is memory.
pub(super) async fn file(session: &Session, batch: &KinesisBatch, tally: &mut Tally) -> Result<(), Error> {
    for filing in decode::parts(batch, &session.rules) {
        tally.filed(session.settle(&filing).await?);
        for (reason, count) in &filing.reasons {
            tally.still_set_aside(reason, *count);
        }
    }
    Ok(())
}

fn open(path: &Path) -> Result<(impl Read, Budget), Error> {
    let source: Box<dyn Read> = if path == Path::new(STANDARD_INPUT) {
        Box::new(io::stdin())
    } else {
        Box::new(File::open(path).map_err(|source| Error::File { path: path.to_owned(), source })?)
    };
    let budget = Budget::default();
    Ok((BufReader::new(Metered { source, budget: budget.clone() }), budget))
}

/// How much one record may still take, and what went wrong with reading: the parser says neither.
#[derive(Clone, Default)]
struct Budget(Rc<Spent>);

#[derive(Default)]
struct Spent {
    bytes: Cell<u64>,
    failure: Cell<Option<io::Error>>,
}

impl Budget {
    fn renew(&self) {
        self.0.bytes.set(0);
    }

    fn is_spent(&self) -> bool {
        self.0.bytes.get() > MAX_RECORD_BYTES
    }

    /// Why a record could really not be read.
    fn verdict(&self, path: &Path, unreadable: Unreadable) -> Result<Unreadable, Error> {
        match self.0.failure.take() {
            Some(source) => Err(Error::File { path: path.to_owned(), source }),
            None if self.is_spent() => Ok(Unreadable::TooLarge { limit: MAX_RECORD_BYTES }),
            None => Ok(unreadable),
        }
    }
}

/// Ends where the budget is spent.
struct Metered {
    source: Box<dyn Read>,
    budget: Budget,
}

impl Read for Metered {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.budget.is_spent() {
            return Ok(0);
        }
        let read = self.source.read(buffer);
        match read {
            Ok(bytes) => {
                let spent = &self.budget.0.bytes;
                spent.set(spent.get() + bytes as u64);
                Ok(bytes)
            }
            // The parser calls this again.
            Err(error) if error.kind() == io::ErrorKind::Interrupted => Err(error),
            Err(error) => {
                self.budget.0.failure.set(Some(error));
                Ok(0)
            }
        }
    }
}
