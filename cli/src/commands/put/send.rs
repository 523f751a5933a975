//! `PutRecords`, repeated until Kinesis has each record.

use std::time::Duration;

use aws_sdk_kinesis::Client;
use aws_sdk_kinesis::error::{ProvideErrorMetadata as _, SdkError};
use aws_sdk_kinesis::operation::put_records::PutRecordsError;
use aws_sdk_kinesis::primitives::Blob;
use aws_sdk_kinesis::types::PutRecordsRequestEntry;

use super::batch::{DEFAULT_MAX_RECORD_BYTES, PutBatch};
use super::lines::LinePosition;
use super::record::{Record, Refusal};
use super::summary::PutSummary;
use crate::error::Error;
use crate::interrupt::Interrupt;
use crate::progress::Progress;

/// The number of requests in a row of which Kinesis takes nothing before the command gives up.
const MAX_ATTEMPTS: u32 = 12;
/// The longest first pause. Each further pause can be twice as long.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const MAX_PAUSE: Duration = Duration::from_secs(5);
/// The codes with which Kinesis refuses a record that is too large for the stream.
const INVALID_CODES: [&str; 2] = ["InvalidArgumentException", "ValidationException"];

/// Puts records on a stream.
pub(super) struct Sender {
    client: Client,
    stream: String,
    pub(super) interrupt: Interrupt,
    /// Whether Kinesis has answered before.
    has_answered: bool,
}

/// The outcome of one request.
enum RequestOutcome {
    /// Kinesis has all records but these. `code` is its reason.
    Answered { failed: Vec<(LinePosition, Record)>, code: String },
    /// Kinesis will never take this record.
    TooLarge(LinePosition),
}

impl Sender {
    pub(super) fn new(client: Client, stream: String, interrupt: Interrupt) -> Self {
        Self { client, stream, interrupt, has_answered: false }
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
                    () = tokio::time::sleep(pause(attempts)) => {}
                    () = self.interrupt.requested() => return Ok(()),
                }
            }
        }
        summary.first_missing = None;
        Ok(())
    }

    /// Sends one request.
    async fn request(&mut self, records: Vec<(LinePosition, Record)>) -> Result<RequestOutcome, Error> {
        let entries = records.iter().map(|(_, record)| entry(record)).collect::<Result<_, _>>();
        let request = self.client.put_records().stream_name(&self.stream);
        let answer = match entries {
            Ok(entries) => request.set_records(Some(entries)).send().await,
            Err(error) => Err(SdkError::construction_failure(error)),
        };
        match answer {
            Ok(answer) => {
                self.has_answered = true;
                let codes = || answer.records().iter().map(|result| result.error_code());
                let code = codes().flatten().next().unwrap_or_default().to_owned();
                // If the answer has fewer results than the request has records, the others count as failed.
                let is_failed = codes().map(|code| code.is_some()).chain(std::iter::repeat(true));
                let failed = records.into_iter().zip(is_failed).filter_map(|(record, failed)| failed.then_some(record));
                Ok(RequestOutcome::Answered { failed: failed.collect(), code })
            }
            Err(error) if error.code().is_some_and(|code| INVALID_CODES.contains(&code)) => match records.as_slice() {
                [(position, record)] if record.bytes() > DEFAULT_MAX_RECORD_BYTES => {
                    Ok(RequestOutcome::TooLarge(position.clone()))
                }
                _ => Err(self.error(error)),
            },
            Err(error) if is_temporary(&error) || (self.has_answered && is_disconnected(&error)) => {
                let code = error.code().unwrap_or("no answer").to_owned();
                Ok(RequestOutcome::Answered { failed: records, code })
            }
            Err(error) => Err(self.error(error)),
        }
    }

    fn error(&self, error: SdkError<PutRecordsError>) -> Error {
        Error::PutRecords { stream: self.stream.clone(), source: Box::new(error) }
    }
}

fn entry(record: &Record) -> Result<PutRecordsRequestEntry, aws_sdk_kinesis::error::BuildError> {
    let data = Blob::new(record.data.as_slice());
    PutRecordsRequestEntry::builder().data(data).partition_key(&record.key).build()
}

fn bytes(records: &[(LinePosition, Record)]) -> u64 {
    records.iter().map(|(_, record)| record.data.len() as u64).sum()
}

/// Returns whether the same request may succeed later.
fn is_temporary(error: &SdkError<PutRecordsError>) -> bool {
    match error {
        SdkError::TimeoutError(_) | SdkError::ResponseError(_) => true,
        SdkError::ServiceError(refusal) => {
            let status = refusal.raw().status().as_u16();
            let code = error.code().unwrap_or_default();
            status >= 500
                || code.contains("Throughput")
                || code.contains("Throttling")
                || code == "LimitExceededException"
        }
        _ => false,
    }
}

/// Returns whether there is no connection. This is temporary if there was one before.
fn is_disconnected(error: &SdkError<PutRecordsError>) -> bool {
    matches!(error, SdkError::DispatchFailure(_))
}

/// Returns a pause that doubles with each attempt. Half of it is random, so that two clients do not stay in step.
fn pause(attempts: u32) -> Duration {
    let longest = FIRST_PAUSE.saturating_mul(1 << attempts.min(16)).min(MAX_PAUSE);
    longest.mul_f64(0.5 + fastrand::f64() / 2.0)
}
