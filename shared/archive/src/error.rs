//! Errors of the archive: one variant for each operation.

use std::error::Error;
use std::io;

use store::StoreError;

use crate::manifest::ManifestError;
use crate::objects::Objects;
use crate::part::PartError;

/// An operation on the archive that failed.
#[derive(Debug, thiserror::Error)]
pub enum ArchiveError {
    /// The records could not be read from MongoDB.
    #[error("cannot read the records that are exported")]
    Store(#[source] StoreError),
    /// The records could not be brought back.
    #[error("cannot store the records that are restored")]
    Restore(#[source] StoreError),
    /// Records could not be compressed.
    #[error("cannot compress records")]
    Compress(#[source] io::Error),
    /// An object could not be written.
    #[error("cannot write {address}; this needs s3:PutObject")]
    Put {
        /// The object.
        address: String,
        /// Why.
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
    /// An object could not be read.
    #[error("cannot read {address}; this needs s3:GetObject")]
    Get {
        /// The object.
        address: String,
        /// Why.
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
    /// The objects could not be listed.
    #[error("cannot list {address}; this needs s3:ListBucket")]
    List {
        /// What they begin with.
        address: String,
        /// Why.
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
    /// A part is not there, or has another size than was written.
    #[error("{address} is not as it was written")]
    NotAsWritten {
        /// The object.
        address: String,
    },
    /// A manifest cannot be used.
    #[error("{address} is damaged")]
    Manifest {
        /// The object.
        address: String,
        /// Why.
        #[source]
        source: ManifestError,
    },
    /// A part cannot be used.
    #[error("{address} is damaged")]
    Part {
        /// The object.
        address: String,
        /// Why.
        #[source]
        source: PartError,
    },
}

impl ArchiveError {
    /// Returns what the store said, if it was the store.
    #[must_use]
    pub fn store(&self) -> Option<&StoreError> {
        match self {
            Self::Store(error) | Self::Restore(error) => Some(error),
            _ => None,
        }
    }
}

pub(crate) async fn put(objects: &impl Objects, key: &str, body: Vec<u8>) -> Result<(), ArchiveError> {
    objects.put(key, body).await.map_err(|source| ArchiveError::Put { address: objects.address(key), source })
}

pub(crate) async fn get(objects: &impl Objects, key: &str) -> Result<Option<Vec<u8>>, ArchiveError> {
    objects.get(key).await.map_err(|source| ArchiveError::Get { address: objects.address(key), source })
}
