//! Sends log records to a Kinesis stream: `SEND  line ─▶ buffer ─▶ pack ─▶ put ─▶ settle`.
//!
//! Buffering, packing, cutting, judging answers and backing off are pure. Transport, clock and credentials are passed in.

mod backoff;
pub mod buffer;
mod chain;
pub mod credentials;
mod cut;
mod identity;
mod judge;
mod kinesis;
pub mod limits;
mod pack;
mod spool;
#[cfg(test)]
mod test_server;
mod worker;

pub use jiff::Timestamp;

pub use self::backoff::pause;
pub use self::chain::chain;
pub use self::cut::{cut, cut_from};
pub use self::identity::Identity;
pub use self::judge::{Answer, EntryResult, Judgement};
pub use self::kinesis::{Kinesis, KinesisError, KinesisSettings, endpoint_url, proxy};
pub use self::pack::{Compression, Packer};
pub use self::spool::SpoolError;
pub use self::worker::{Clock, Entry, LastError, Sender, SenderSettings, Stats, SystemClock, Transport};
