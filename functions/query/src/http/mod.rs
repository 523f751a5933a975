//! What HTTP asks of every answer: replies, problem documents, compression, and the two servers.

pub(crate) mod compress;
pub(crate) mod error;
pub(crate) mod lambda;
pub(crate) mod plain;
pub(crate) mod reply;
