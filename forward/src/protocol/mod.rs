//! Wire formats, pure: bytes become frames and records, and answers become bytes.

pub mod framing;
pub mod gelf;
pub mod pickle;
pub mod syslog;
pub mod text;
pub mod zmtp;
