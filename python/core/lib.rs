//! The core of the Python package: turns Python's log records into lines of JSON, and hands them to `send`. What is an id
//! is decided by `record`, as in ingest.
//!
//! Nothing of `send` knows Python, and its threads never need the interpreter. No lock is held while Python code runs: an
//! object's `__str__` may log, fork, or end the program.

mod core;
mod environment;
mod field;
mod held;
mod keys;
mod memo;
mod record;
mod sample;
mod settings;
mod uid;
mod value;

use pyo3::pymodule;

/// The extension module `logbraid._core`.
#[pymodule]
mod _core {
    #[pymodule_export]
    use crate::core::Core;
    #[pymodule_export]
    use crate::held::Held;
    #[pymodule_export]
    use crate::keys::{Keys, needs_botocore};
    #[pymodule_export]
    use crate::uid::is_uid;
}
