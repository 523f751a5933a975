//! The limits of Kinesis and of this crate.

use std::time::Duration;

/// The most records of a `PutRecords` request:
/// <https://docs.aws.amazon.com/kinesis/latest/APIReference/API_PutRecords.html>.
pub const MAX_REQUEST_RECORDS: usize = 500;
/// The largest request. Kinesis allows 10 MiB; half of that keeps small what is sent again after a failure.
pub const MAX_REQUEST_BYTES: usize = 5 * 1024 * 1024;
/// The largest Kinesis record, with its partition key, that every stream allows.
pub const MAX_RECORD_BYTES: usize = 1024 * 1024;
/// The largest log record as a line of JSON. Compression can make a line larger by a few bytes, and a key is beside it.
pub const MAX_LINE_BYTES: usize = MAX_RECORD_BYTES - 4 * 1024;
/// The number of bytes of lines that are compressed together. Twice as much compresses hardly better.
pub const CHUNK_BYTES: usize = 512 * 1024;
/// What a chunk takes in memory beside its bytes.
pub(crate) const CHUNK_OVERHEAD_BYTES: usize = 256;
/// The number of times that a chunk is sent alone which Kinesis calls invalid. Then it is dropped.
pub(crate) const MAX_INVALID_ATTEMPTS: u32 = 5;
/// The longest first pause after a failure. Each further pause can be twice as long.
pub(crate) const FIRST_PAUSE: Duration = Duration::from_millis(100);
/// The longest pause.
pub(crate) const MAX_PAUSE: Duration = Duration::from_secs(5);
/// The longest pause while somebody waits for everything to be sent.
pub(crate) const MAX_FLUSH_PAUSE: Duration = Duration::from_millis(200);
/// The time limit of one request.
pub(crate) const REQUEST_TIMEOUT: Duration = Duration::from_secs(10);
/// How long no line goes to a spool that has just failed: each attempt costs the program time.
pub(crate) const SPOOL_PAUSE: Duration = Duration::from_secs(1);
/// The least time between two lines on standard error.
pub(crate) const COMPLAINT_INTERVAL: Duration = Duration::from_mins(1);
