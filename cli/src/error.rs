//! What can go wrong: one variant per operation. Never holds anything of a payload.

use std::io;
use std::path::PathBuf;

use aws_credential_types::provider::error::CredentialsError;
use aws_sdk_kinesis::operation::put_records::PutRecordsError;
use aws_sdk_s3::error::SdkError;
use aws_sdk_s3::operation::delete_object::DeleteObjectError;
use aws_sdk_s3::operation::get_object::GetObjectError;
use aws_sdk_s3::operation::list_objects_v2::ListObjectsV2Error;
use aws_sdk_s3::primitives::ByteStreamError;
use record::Day;
use runtime::{ConfigError, ConnectError};
use store::{Failure, StoreError};

use crate::api::ApiError;
use crate::exit::Exit;

/// An operation that failed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The range of days has none.
    #[error("--from {from} is after --to {to}: expected the first day and the last")]
    EmptyRange {
        /// The first day.
        from: Day,
        /// The last.
        to: Day,
    },
    /// A setting cannot be used.
    #[error("set the environment as the functions have it")]
    Config(#[source] ConfigError),
    /// There are no credentials for AWS.
    #[error("no AWS credentials: sign in (`aws sso login`), name a profile in AWS_PROFILE, or set AWS_ACCESS_KEY_ID")]
    Credentials(#[source] CredentialsError),
    /// It is not known where in AWS.
    #[error("no AWS region: set AWS_REGION, or name a profile that has one in AWS_PROFILE")]
    Region,
    /// MongoDB's address cannot be used.
    #[error("cannot open the store")]
    Open(#[source] ConnectError),
    /// MongoDB is not there.
    #[error("cannot reach the store; check the address, the credentials and the network")]
    Reach(#[source] StoreError),
    /// The quarantine cannot be read or changed.
    #[error("stopped at the quarantine; run the command again to go on")]
    Quarantine(#[source] StoreError),
    /// What is stored cannot be looked up.
    #[error("stopped while looking up what is stored; run the command again to go on")]
    Lookup(#[source] StoreError),
    /// A batch is not stored whole.
    #[error("stopped at a batch that is not stored whole; nothing of it was removed: run the command again to go on")]
    Settle(#[source] Failure),
    /// A bucket cannot be listed.
    #[error("cannot list the bucket {bucket}; it takes s3:ListBucket")]
    List {
        /// Its name.
        bucket: String,
        /// Why.
        #[source]
        source: Box<SdkError<ListObjectsV2Error>>,
    },
    /// An object cannot be read.
    #[error("cannot read {key}; it takes s3:GetObject")]
    Get {
        /// Its key.
        key: String,
        /// Why.
        #[source]
        source: Box<SdkError<GetObjectError>>,
    },
    /// An object broke off.
    #[error("cannot read all of {key}; run the command again to go on")]
    Body {
        /// Its key.
        key: String,
        /// Why.
        #[source]
        source: ByteStreamError,
    },
    /// An object that is stored now cannot be deleted.
    #[error("everything in {key} is stored, but it cannot be deleted; it takes s3:DeleteObject, or --keep")]
    Delete {
        /// Its key.
        key: String,
        /// Why.
        #[source]
        source: Box<SdkError<DeleteObjectError>>,
    },
    /// A file cannot be read.
    #[error("cannot read {}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// Nobody said where to put records.
    #[error(
        "no stream: give --stream, or set LOGBRAID_STREAM. `make run` prints the local one; for a stack on AWS it is the \
         output StreamName of `sam list stack-outputs --stack-name NAME`"
    )]
    NoStream,
    /// Kinesis does not take records.
    #[error("cannot put records on the stream {stream}; it takes kinesis:PutRecords")]
    Put {
        /// Its name.
        stream: String,
        /// Why.
        #[source]
        source: Box<SdkError<PutRecordsError>>,
    },
    /// Kinesis takes none of some records for too long.
    #[error("gave up after Kinesis refused the same records {attempts} times: {code}")]
    Refused {
        /// How often it was tried.
        attempts: u32,
        /// What it says.
        code: String,
    },
    /// There is no such command.
    #[error("there is no command `{name}`")]
    NoCommand {
        /// What was named.
        name: String,
    },
    /// The query API does not give what was asked for.
    #[error(transparent)]
    Api(#[from] ApiError),
    /// What was found cannot be written.
    #[error("cannot write to standard output")]
    Output(#[source] io::Error),
}

impl Error {
    /// How the command ends with it.
    #[must_use]
    pub fn exit(&self) -> Exit {
        match self {
            Self::EmptyRange { .. } | Self::Config(_) | Self::NoStream | Self::NoCommand { .. } => Exit::Usage,
            Self::Api(error) => error.exit(),
            // Whoever read it has enough.
            Self::Output(error) if error.kind() == io::ErrorKind::BrokenPipe => Exit::Done,
            _ => Exit::Failed,
        }
    }
}
