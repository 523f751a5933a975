//! A real MongoDB: one server for each test binary, one database for each test, and separate servers for tests of
//! faults.

mod fail_point;
mod replica_set;
mod server;
mod test_db;

pub use fail_point::FailCommand;
pub use replica_set::ReplicaSet;
pub use server::{OwnServer, shared_uri};
pub use test_db::{TestDb, json, text};
