//! A real MongoDB: one server per test binary, a database per test, and servers of one's own to break.

mod fail_point;
mod replica_set;
mod server;
mod test_db;

pub use fail_point::FailCommand;
pub use replica_set::ReplicaSet;
pub use server::{OwnServer, shared_uri};
pub use test_db::{TestDb, json, text};
