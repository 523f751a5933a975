//! Tries the bucket.

use crate::error::{ArchiveError, get, put};
use crate::key::{Layout, PROBE};
use crate::list::days;
use crate::objects::Objects;

/// What the object says to those who find it.
const TEXT: &str = "A dry run of retention wrote this, to see that it may write here. It may be removed.\n";

/// Does what an export does, with one small object that is always the same: writes it, reads it back, and lists the days. Returns the
/// address of the object. It stays: the role of retention may not delete.
pub async fn probe(objects: &impl Objects, layout: Layout<'_>) -> Result<String, ArchiveError> {
    let key = format!("{}{PROBE}", layout.root);
    let address = objects.address(&key);
    put(objects, &key, TEXT.into()).await?;
    if get(objects, &key).await?.as_deref() != Some(TEXT.as_bytes()) {
        return Err(ArchiveError::NotAsWritten { address });
    }
    days(objects, layout).await?;
    Ok(address)
}
