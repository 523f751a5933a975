//! Wire formats, pure: bytes become frames and records, and answers become bytes.

pub mod pickle;
pub mod zmtp;
