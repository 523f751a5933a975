//! `PutRecords`, until Kinesis has each record.

use std::time::Duration;

use aws_sdk_kinesis::Client;
use aws_sdk_kinesis::error::{ProvideErrorMetadata as _, SdkError};
use aws_sdk_kinesis::operation::put_records::PutRecordsError;
use aws_sdk_kinesis::primitives::Blob;
use aws_sdk_kinesis::types::PutRecordsRequestEntry;

use super::batch::{Batch, COMMON_RECORD_BYTES};
use super::line::{Place, Record, Refusal};
use super::tally::Tally;
use crate::error::Error;
use crate::interrupt::Interrupt;
use crate::progress::Progress;

/// How often in a row Kinesis may take nothing of what it is given.
const MAX_ATTEMPTS: u32 = 12;
/// The longest first pause; each further one may be twice as long.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const MAX_PAUSE: Duration = Duration::from_secs(5);
/// What Kinesis says of a record that is too large for its stream.
const INVALID: [&str; 2] = ["InvalidArgumentException", "ValidationException"];

/// Puts records on a stream.
pub(super) struct Sender {
    client: Client,
    stream: String,
    pub(super) interrupt: Interrupt,
    /// Whether Kinesis answered before.
    is_there: bool,
}

/// What became of one request.
enum Outcome {
    /// All is there but these records, for this reason.
    Put { failed: Vec<(Place, Record)>, code: String },
    /// Kinesis does not take this record, nor ever will.
    Never(Place),
}

impl Sender {
    pub(super) fn new(client: Client, stream: String, interrupt: Interrupt) -> Self {
        Self { client, stream, interrupt, is_there: false }
    }

    /// Puts a batch; what fails of it again, after a pause. Ends early when it is asked to.
    pub(super) async fn send(&mut self, batch: Batch, tally: &mut Tally, progress: &mut Progress) -> Result<(), Error> {
        let mut records = batch.records;
        let mut attempts = 0;
        while !records.is_empty() {
            tally.first_missing = records.first().map(|(place, _)| place.clone());
            let (count, bytes) = (records.len(), bytes(&records));
            let (failed, code) = match self.request(records).await? {
                Outcome::Put { failed, code } => (failed, code),
                Outcome::Never(place) => {
                    progress.note(&tally.leave_out(&place, &Refusal::TooLargeForStream));
                    break;
                }
            };
            tally.put += (count - failed.len()) as u64;
            tally.bytes += bytes - self::bytes(&failed);
            tally.again += failed.len() as u64;
            attempts = if failed.len() < count { 0 } else { attempts + 1 };
            if attempts == MAX_ATTEMPTS {
                return Err(Error::Refused { attempts, code });
            }
            records = failed;
            if !records.is_empty() {
                tally.first_missing = records.first().map(|(place, _)| place.clone());
                tokio::select! {
                    () = tokio::time::sleep(pause(attempts)) => {}
                    () = self.interrupt.requested() => return Ok(()),
                }
            }
        }
        tally.first_missing = None;
        Ok(())
    }

    /// One request.
    async fn request(&mut self, records: Vec<(Place, Record)>) -> Result<Outcome, Error> {
        let entries = records.iter().map(|(_, record)| entry(record)).collect::<Result<_, _>>();
        let request = self.client.put_records().stream_name(&self.stream);
        let answer = match entries {
            Ok(entries) => request.set_records(Some(entries)).send().await,
            Err(error) => Err(SdkError::construction_failure(error)),
        };
        match answer {
            Ok(answer) => {
                self.is_there = true;
                let codes = || answer.records().iter().map(|result| result.error_code());
                let code = codes().flatten().next().unwrap_or_default().to_owned();
                // An answer that is too short says nothing of the others: they may not be there.
                let is_failed = codes().map(|code| code.is_some()).chain(std::iter::repeat(true));
                let failed = records.into_iter().zip(is_failed).filter_map(|(record, failed)| failed.then_some(record));
                Ok(Outcome::Put { failed: failed.collect(), code })
            }
            Err(error) if error.code().is_some_and(|code| INVALID.contains(&code)) => match records.as_slice() {
                [(place, record)] if record.bytes() > COMMON_RECORD_BYTES => Ok(Outcome::Never(place.clone())),
                _ => Err(self.failed(error)),
            },
            Err(error) if is_passing(&error) || (self.is_there && is_broken(&error)) => {
                let code = error.code().unwrap_or("no answer").to_owned();
                Ok(Outcome::Put { failed: records, code })
            }
            Err(error) => Err(self.failed(error)),
        }
    }

    fn failed(&self, error: SdkError<PutRecordsError>) -> Error {
        Error::Put { stream: self.stream.clone(), source: Box::new(error) }
    }
}

fn entry(record: &Record) -> Result<PutRecordsRequestEntry, aws_sdk_kinesis::error::BuildError> {
    let data = Blob::new(record.data.as_slice());
    PutRecordsRequestEntry::builder().data(data).partition_key(&record.key).build()
}

fn bytes(records: &[(Place, Record)]) -> u64 {
    records.iter().map(|(_, record)| record.data.len() as u64).sum()
}

/// Whether the same request may do later.
fn is_passing(error: &SdkError<PutRecordsError>) -> bool {
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

/// Whether there is no connection: one that was there once comes back.
fn is_broken(error: &SdkError<PutRecordsError>) -> bool {
    matches!(error, SdkError::DispatchFailure(_))
}

/// Up to twice as long each time, and never the same for two that were refused together.
fn pause(attempts: u32) -> Duration {
    let longest = FIRST_PAUSE.saturating_mul(1 << attempts.min(16)).min(MAX_PAUSE);
    longest.mul_f64(0.5 + fastrand::f64() / 2.0)
}
