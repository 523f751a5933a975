//! What a stack can do, from the figures of one record.

/// The size of a record as the senders write it: the records of docs/performance.md.
const RECORD_BYTES: f64 = 1_000.0;
/// The share of it on the stream, as the Python kit compresses: 75 bytes (docs/python.md); other senders more.
const COMPRESSED: f64 = 0.1;
/// CPU of ingest and of MongoDB for a record, in microseconds: `client_us` and `server_us` of docs/performance.md with
/// batches of 1,000 and two writers, and the time that one batch waits for MongoDB beside that, in seconds.
const INGEST_US: f64 = 6.9;
const MONGO_US: f64 = 11.2;
const WAIT_S: f64 = 0.006;
/// What a record takes on MongoDB's disk, with its indexes, in bytes: `bytes on disk` of docs/performance.md.
const STORED_BYTES: f64 = 185.0;
/// A vCPU of Lambda comes with so much memory: <https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html>.
const MEMORY_OF_VCPU_MB: f64 = 1_769.0;
/// The default of `IngestMemoryMb`.
const MEMORY_MB: f64 = 512.0;
/// Records in one call. A call gets at most 6 MB: <https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html>.
const BATCH: f64 = 10_000.0;
/// What one shard takes, in MB/s: <https://docs.aws.amazon.com/streams/latest/dev/service-sizes-and-limits.html>.
pub(super) const SHARD_MB_PER_S: f64 = 1.0;
/// What `ParallelizationFactor` may be.
const MAX_FACTOR: u32 = 10;
/// The load of the highest hour of a day, as a multiple of the average.
pub(super) const PEAK: f64 = 1.6;
/// How much more a part of the stack can do than it has to at the highest hour, so that it catches up.
const RESERVE: f64 = 1.5;
/// What one function keeps open to the primary (docs/scale.md).
const CONNECTIONS: u32 = 5;
/// What an account has before somebody asks for more: concurrent functions and shards with `ON_DEMAND` in large regions.
const ACCOUNT_FUNCTIONS: u32 = 1_000;
const ACCOUNT_SHARDS: u32 = 20_000;
/// The cores of MongoDB's primary beyond which there is hardly a larger machine: then it has to be sharded.
const LARGEST_MONGO_CORES: u32 = 64;

/// A stack, made for a load.
#[derive(Clone, Copy, Debug)]
pub struct Stack {
    /// The average load, in MB/s of records.
    pub mb_per_s: f64,
    /// The shards of the stream.
    pub shards: u32,
    /// `ParallelizationFactor`.
    pub factor: u32,
    /// The cores of MongoDB's primary, or of all primaries together.
    pub mongo_cores: u32,
}

impl Stack {
    /// Returns the smallest stack that has a reserve at the highest hour.
    #[must_use]
    pub fn for_load(mb_per_s: f64) -> Self {
        let peak = mb_per_s * PEAK;
        let shards = whole(peak * COMPRESSED * RESERVE / SHARD_MB_PER_S);
        let records = peak * 1e6 / RECORD_BYTES * RESERVE;
        let functions = whole(records / function_rate());
        Self {
            mb_per_s,
            shards,
            factor: functions.div_ceil(shards).clamp(1, MAX_FACTOR),
            mongo_cores: whole(records * MONGO_US / 1e6),
        }
    }

    pub(super) fn records_per_s(&self) -> f64 {
        self.mb_per_s * 1e6 / RECORD_BYTES
    }

    pub(super) fn stream_mb_per_s(&self) -> f64 {
        self.mb_per_s * COMPRESSED
    }

    pub(super) fn functions(&self) -> u32 {
        self.shards * self.factor
    }

    pub(super) fn vcpus(&self) -> f64 {
        self.records_per_s() * INGEST_US / 1e6
    }

    pub(super) fn connections(&self) -> u32 {
        self.functions() * CONNECTIONS
    }

    pub(super) fn stored_gb_a_day(&self) -> f64 {
        self.records_per_s() * 86_400.0 * STORED_BYTES / 1e9
    }

    /// Returns how many records a second all functions can decode and send.
    pub(super) fn functions_rate(&self) -> f64 {
        f64::from(self.functions()) * function_rate()
    }

    /// Returns how many records a second MongoDB can store.
    pub(super) fn mongo_rate(&self) -> f64 {
        f64::from(self.mongo_cores) * 1e6 / MONGO_US
    }

    /// Returns how many records a second a shard takes.
    pub(super) fn shard_rate() -> f64 {
        SHARD_MB_PER_S * 1e6 / (RECORD_BYTES * COMPRESSED)
    }

    /// Says what has to be raised first.
    pub(super) fn first_limit(&self) -> &'static str {
        if self.mongo_cores > LARGEST_MONGO_CORES {
            "one primary of MongoDB: shard it"
        } else if self.functions() > ACCOUNT_FUNCTIONS {
            "the account's concurrent functions: ask for more"
        } else if self.shards > ACCOUNT_SHARDS {
            "the account's shards: ask for more"
        } else {
            "the disk of MongoDB: `RetentionDays`"
        }
    }
}

/// Returns how many records a second one function stores: it works on its share of a core, and waits for MongoDB.
fn function_rate() -> f64 {
    let work = BATCH * INGEST_US / 1e6 / (MEMORY_MB / MEMORY_OF_VCPU_MB);
    BATCH / (work + WAIT_S + BATCH * MONGO_US / 1e6)
}

/// Returns at least one.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a small positive number")]
fn whole(number: f64) -> u32 {
    (number.ceil() as u32).max(1)
}

#[cfg(test)]
mod tests {
    use super::{PEAK, Stack};

    #[test]
    fn a_stack_can_do_more_than_its_highest_hour() {
        for load in [0.1, 1.0, 10.0, 100.0, 1_000.0] {
            let stack = Stack::for_load(load);
            let peak = stack.records_per_s() * PEAK;
            assert!(stack.mongo_rate() > peak && stack.functions_rate() > peak, "{load} MB/s: {stack:?}");
            assert!(f64::from(stack.shards) * Stack::shard_rate() > peak, "{load} MB/s: {stack:?}");
        }
    }
}
