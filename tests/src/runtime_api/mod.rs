//! The Lambda service as a function sees it, around the real binary:
//! <https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html>.

mod environment;
mod error;
mod function;
mod logs;
mod server;

pub use axum::body::Bytes;
pub use error::FunctionError;
pub use function::{Function, Program};
pub use logs::Logs;
