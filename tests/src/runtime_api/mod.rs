//! The Lambda service as a function sees it, around the real binary:
//! <https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html>.

mod environment;
mod error;
mod function;
mod logs;
mod server;

pub use error::FunctionError;
pub use function::Function;
pub use logs::Logs;
