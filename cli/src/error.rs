//! Errors: one variant per operation. No error quotes a payload.

use std::io;
use std::path::PathBuf;

use archive::ArchiveError;
use aws_sdk_s3::error::SdkError;
use aws_sdk_s3::operation::delete_object::DeleteObjectError;
use aws_sdk_s3::operation::get_object::GetObjectError;
use aws_sdk_s3::operation::list_objects_v2::ListObjectsV2Error;
use aws_sdk_s3::primitives::ByteStreamError;
use forward::daemon::DaemonError;
use query::ServeError;
use record::Day;
use runtime::{ConfigError, ConnectError, RedactKeyError};
use store::{Failure, MAX_PINS, StoreError};

use crate::api::ApiError;
use crate::aws::AwsError;
use crate::exit::Exit;

/// An operation that failed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The range of days is empty.
    #[error("--from {from} is after --to {to}: give the first day with --from and the last with --to")]
    EmptyRange {
        /// The first day.
        from: Day,
        /// The last day.
        to: Day,
    },
    /// A setting cannot be used.
    #[error("give the command the same settings as the functions")]
    Config(#[source] ConfigError),
    /// The key of redaction cannot be read.
    #[error("give the command the same settings as the functions")]
    RedactKey(#[source] RedactKeyError),
    /// The forwarder of this machine does not answer.
    #[error("no forwarder answers at {}; give its configuration with -c, or be its user", path.display())]
    ForwardTail {
        /// Its socket.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The page and the API are not served.
    #[error("the page cannot be served")]
    Serve(#[source] ServeError),
    /// The configuration has no output whose records the page could show.
    #[error("`logbraid serve` shows what is in MongoDB: the configuration needs an output of the type `mongodb`")]
    NoMongoDb,
    /// MongoDB does not answer.
    #[error(
        "`logbraid serve` keeps the records in MongoDB, and none answers at the address of MONGODB_URI, or at 127.0.0.1:27017 if \
         that is not set: start one, or set MONGODB_URI"
    )]
    ServeNeedsMongoDb(#[source] StoreError),
    /// The forwarder does not start.
    #[error("the forwarder does not start")]
    Forward(#[source] DaemonError),
    /// AWS cannot be used.
    #[error(transparent)]
    Aws(#[from] AwsError),
    /// MongoDB's address cannot be used.
    #[error("cannot open the store")]
    Open(#[source] ConnectError),
    /// MongoDB does not answer.
    #[error("cannot reach the store; check the address, the credentials and the network")]
    Reach(#[source] StoreError),
    /// The quarantine cannot be read or changed.
    #[error("cannot read or change the quarantine; run the command again to continue")]
    Quarantine(#[source] StoreError),
    /// Stored records cannot be read.
    #[error("cannot read the stored records; run the command again to continue")]
    Lookup(#[source] StoreError),
    /// The sketches, the indexes or the view of a day cannot be made.
    #[error("cannot make the sketches, indexes and view of a day; run the command again once the cause is gone")]
    Reindex(#[source] StoreError),
    /// What is to be erased is not told well.
    #[error("{problem}")]
    NotErasable {
        /// The problem.
        problem: String,
    },
    /// There is no archive.
    #[error(
        "no archive: give --bucket, or set LOGBRAID_ARCHIVE_BUCKET, and LOGBRAID_ARCHIVE_PREFIX; for a stack these are its parameter \
         ArchiveBucket, and ArchivePrefix with the stack's name, such as archive/logbraid/"
    )]
    NoArchive,
    /// The archive cannot be read or written.
    #[error("the archive cannot be used{}", if may_pass(.0) { ". If that passes, run the command again: it goes on" } else { "" })]
    Archive(#[source] ArchiveError),
    /// The holds or the pins cannot be read or changed.
    #[error("cannot read or change what is kept; run the command again")]
    Holds(#[source] StoreError),
    /// There is no room for a further pin.
    #[error("there are {MAX_PINS} pins already: remove some, or restore whole days")]
    TooManyPins,
    /// A uid cannot be used.
    #[error("{problem}")]
    NotAUid {
        /// The problem.
        problem: String,
    },
    /// Something could not be erased, or looked for.
    #[error("cannot erase; run the command again to go on")]
    Erase(#[source] StoreError),
    /// The answer to a question cannot be read.
    #[error("cannot read from standard input")]
    Input(#[source] io::Error),
    /// A batch is not stored completely.
    #[error("cannot store a whole batch; nothing of it was removed: run the command again to continue")]
    StoreBatch(#[source] Failure),
    /// A bucket cannot be listed.
    #[error("cannot list the bucket {bucket}; this needs s3:ListBucket")]
    ListBucket {
        /// The bucket's name.
        bucket: String,
        /// Why.
        #[source]
        source: Box<SdkError<ListObjectsV2Error>>,
    },
    /// An object cannot be requested.
    #[error("cannot read {key}; this needs s3:GetObject")]
    GetObject {
        /// The object's key.
        key: String,
        /// Why.
        #[source]
        source: Box<SdkError<GetObjectError>>,
    },
    /// The body of an object ended early.
    #[error("cannot read all of {key}; run the command again to continue")]
    ReadObject {
        /// The object's key.
        key: String,
        /// Why.
        #[source]
        source: ByteStreamError,
    },
    /// A stored object cannot be deleted.
    #[error("everything in {key} is stored, but it cannot be deleted; this needs s3:DeleteObject, or give --keep")]
    DeleteObject {
        /// The object's key.
        key: String,
        /// Why.
        #[source]
        source: Box<SdkError<DeleteObjectError>>,
    },
    /// A file cannot be read.
    #[error("cannot read {}", path.display())]
    ReadFile {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// No stream is given.
    #[error(
        "no stream: give --stream, or set LOGBRAID_STREAM. `make run` prints the local one; for a stack on AWS it is the \
         output StreamName of `sam list stack-outputs --stack-name NAME`"
    )]
    NoStream,
    /// Kinesis refuses the request.
    #[error("cannot put records on the stream {stream}; this needs kinesis:PutRecords: {reason}")]
    PutRecords {
        /// The stream's name.
        stream: String,
        /// Why.
        reason: String,
    },
    /// A request to Kinesis was not finished.
    #[error("cannot finish a request to Kinesis")]
    PutThread(#[source] tokio::task::JoinError),
    /// Kinesis refuses the same records again and again.
    #[error("gave up after Kinesis refused the same records {attempts} times: {code}")]
    RecordsRefused {
        /// The number of attempts.
        attempts: u32,
        /// The code that Kinesis gives.
        code: String,
    },
    /// The manual has no page for this name.
    #[error("there is no command `{name}`")]
    NoCommand {
        /// The name.
        name: String,
    },
    /// A request to the query API failed.
    #[error(transparent)]
    Api(#[from] ApiError),
    /// The operating system gives no randomness.
    #[error("cannot make up a token for the browser")]
    Random(#[source] getrandom::Error),
    /// The port cannot be used.
    #[error("cannot listen on 127.0.0.1:{port}; give another --port, or none for any that is free")]
    Listen {
        /// The port.
        port: u16,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The results cannot be written.
    #[error("cannot write to standard output")]
    Output(#[source] io::Error),
}

/// Why the bucket of the archive did not do what was asked.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BucketError {
    /// There is none.
    #[error("there is no bucket `{bucket}`: give another --bucket, or set LOGBRAID_ARCHIVE_BUCKET")]
    Missing {
        /// Its name.
        bucket: String,
    },
    /// S3 refuses the request, and will again.
    #[error("S3 refuses it: {code}: {message}")]
    Refused {
        /// S3's code.
        code: String,
        /// S3's reason.
        message: String,
    },
}

impl Error {
    /// Returns the exit status for this error.
    #[must_use]
    pub fn exit(&self) -> Exit {
        match self {
            Self::EmptyRange { .. }
            | Self::NotErasable { .. }
            | Self::NotAUid { .. }
            | Self::NoArchive
            | Self::NoMongoDb
            | Self::Config(_)
            | Self::NoStream
            | Self::NoCommand { .. }
            | Self::Forward(DaemonError::Load(_)) => Exit::Usage,
            Self::Api(error) => error.exit(),
            // The reader closed the pipe: it has read enough.
            Self::Output(error) if error.kind() == io::ErrorKind::BrokenPipe => Exit::Done,
            _ => Exit::Failed,
        }
    }
}

/// Whether the archive may be used later, as it is.
fn may_pass(error: &ArchiveError) -> bool {
    match error {
        ArchiveError::Put { source, .. } | ArchiveError::Get { source, .. } | ArchiveError::List { source, .. } => {
            !source.is::<BucketError>()
        }
        ArchiveError::Manifest { .. } | ArchiveError::Part { .. } | ArchiveError::Compress(_) => false,
        _ => true,
    }
}
