//! Samples: which transactions go on.

use xxhash_rust::xxh3::xxh3_64;

use super::field::{FieldName, Seen};

/// How many of a hash's bits make the number from 0 to 1: as many as a float has.
const BITS: u32 = 53;

/// Returns whether a record is in the sample. The `log_uid` decides, so that a transaction is kept as a whole, on every
/// machine. A record without one is decided by its identity.
pub(super) fn is_kept(share: f64, seen: &mut Seen<'_>) -> bool {
    let uid = seen.value(&FieldName::LogUid);
    let hash = match uid.as_deref().and_then(serde_json::Value::as_str) {
        Some(uid) => xxh3_64(uid.as_bytes()),
        None => xxh3_64(seen.record_id().as_bytes()),
    };
    place(hash) < share
}

/// Returns the place of a hash from 0 up to 1.
#[allow(clippy::cast_precision_loss)]
fn place(hash: u64) -> f64 {
    (hash >> (u64::BITS - BITS)) as f64 / (1_u64 << BITS) as f64
}
