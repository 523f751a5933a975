//! `PutRecords`, repeated until Kinesis has each record.

use std::sync::Arc;

use send::buffer::Fate;
use send::limits::MAX_RECORD_BYTES;
use send::{Answer, Entry, Kinesis, Transport as _, pause};
use tokio::task::spawn_blocking;

use super::batch::PutBatch;
use super::lines::LinePosition;
use super::record::{Record, Refusal};
use super::summary::PutSummary;
use crate::error::Error;
use crate::interrupt::Interrupt;
use crate::progress::Progress;

/// The number of requests in a row of which Kinesis takes nothing before the command gives up.
const MAX_ATTEMPTS: u32 = 12;
/// The codes with which Kinesis refuses a record that is too large for the stream.
const INVALID_CODES: [&str; 2] = ["InvalidArgumentException", "ValidationException"];

/// Puts records on a stream.
pub(super) struct Sender {
    kinesis: Arc<Kinesis>,
    stream: String,
    pub(super) interrupt: Interrupt,
    /// Whether Kinesis has answered before.
    has_answered: bool,
    /// Whether Kinesis refused the credentials of the request before.
    was_unknown: bool,
}

/// The outcome of one request.
enum RequestOutcome {
    /// Kinesis has all records but these. `code` is its reason.
    Answered { failed: Vec<(LinePosition, Record)>, code: String },
    /// Kinesis will never take this record.
    TooLarge(LinePosition),
}

impl Sender {
    pub(super) fn new(kinesis: Kinesis, stream: String, interrupt: Interrupt) -> Self {
        Self { kinesis: Arc::new(kinesis), stream, interrupt, has_answered: false, was_unknown: false }
    }

    /// Puts a batch. Puts failed records again, after a pause. Ends early at a signal.
    pub(super) async fn send(
        &mut self,
        batch: PutBatch,
        summary: &mut PutSummary,
        progress: &mut Progress,
    ) -> Result<(), Error> {
        let mut records = batch.records;
        let mut attempts = 0;
        while !records.is_empty() {
            summary.first_missing = records.first().map(|(position, _)| position.clone());
            let (count, bytes) = (records.len(), bytes(&records));
            let (failed, code) = match self.request(records).await? {
                RequestOutcome::Answered { failed, code } => (failed, code),
                RequestOutcome::TooLarge(position) => {
                    progress.print(&summary.leave_out(&position, &Refusal::TooLargeForStream));
                    break;
                }
            };
            summary.put += (count - failed.len()) as u64;
            summary.bytes += bytes - self::bytes(&failed);
            summary.put_again += failed.len() as u64;
            attempts = if failed.len() < count { 0 } else { attempts + 1 };
            if attempts == MAX_ATTEMPTS {
                return Err(Error::RecordsRefused { attempts, code });
            }
            records = failed;
            if !records.is_empty() {
                summary.first_missing = records.first().map(|(position, _)| position.clone());
                tokio::select! {
                    () = tokio::time::sleep(pause(attempts, fastrand::f64())) => {}
                    () = self.interrupt.requested() => return Ok(()),
                }
            }
        }
        summary.first_missing = None;
        Ok(())
    }

    /// Sends one request.
    async fn request(&mut self, records: Vec<(LinePosition, Record)>) -> Result<RequestOutcome, Error> {
        let kinesis = Arc::clone(&self.kinesis);
        // The transport blocks.
        let put = spawn_blocking(move || {
            let entries: Vec<Entry<'_>> = records.iter().map(|(_, record)| record.entry()).collect();
            let answer = kinesis.put(&entries);
            (answer, records)
        });
        let (answer, records) = put.await.map_err(Error::PutThread)?;
        let judgement = answer.judge(records.len());
        // Credentials may have ended, and a wrong clock is known after the first refusal.
        let may_be_known = judgement.credentials_failed && !self.was_unknown;
        self.was_unknown = judgement.credentials_failed;
        match answer {
            Answer::Results(results) => {
                self.has_answered = true;
                let code = results.into_iter().find_map(|result| result.error_code).unwrap_or_default();
                let results = records.into_iter().zip(judgement.fates);
                let failed = results.filter_map(|(record, fate)| (fate != Fate::Stored).then_some(record));
                Ok(RequestOutcome::Answered { failed: failed.collect(), code })
            }
            Answer::Refused { code, .. } if INVALID_CODES.contains(&code.as_str()) => match records.as_slice() {
                [(position, record)] if record.bytes() > MAX_RECORD_BYTES => {
                    Ok(RequestOutcome::TooLarge(position.clone()))
                }
                _ => Err(self.error(judgement.failure)),
            },
            Answer::Refused { status, code, .. } if may_be_known || is_temporary(status, &code) => {
                Ok(RequestOutcome::Answered { failed: records, code })
            }
            // Without an answer before, it is likely that there never will be one.
            Answer::None { .. } if self.has_answered => {
                Ok(RequestOutcome::Answered { failed: records, code: "no answer".to_owned() })
            }
            Answer::Refused { .. } | Answer::None { .. } => Err(self.error(judgement.failure)),
        }
    }

    fn error(&self, failure: Option<String>) -> Error {
        Error::PutRecords { stream: self.stream.clone(), reason: failure.unwrap_or_default() }
    }
}

fn bytes(records: &[(LinePosition, Record)]) -> u64 {
    records.iter().map(|(_, record)| record.data.len() as u64).sum()
}

/// Returns whether the same request may succeed later.
fn is_temporary(status: u16, code: &str) -> bool {
    status >= 500 || code.contains("Throughput") || code.contains("Throttling") || code == "LimitExceededException"
}
