//! How MongoDB compresses the records on its disk.

use std::fmt;

use mongodb::bson::{Document, doc};

/// How MongoDB compresses the blocks of a collection on its disk.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum BlockCompressor {
    /// Quick.
    Snappy,
    /// Small: two thirds of the disk.
    #[default]
    Zstd,
}

impl BlockCompressor {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::Snappy, Self::Zstd];

    /// Returns the name that `WiredTiger` knows.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Snappy => "snappy",
            Self::Zstd => "zstd",
        }
    }

    /// Returns the option of a new collection.
    pub(crate) fn storage_engine(self) -> Document {
        doc! { "wiredTiger": { "configString": format!("block_compressor={self}") } }
    }
}

impl fmt::Display for BlockCompressor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
