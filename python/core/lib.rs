//! The core of the Python package: turns Python's log records into JSON, and hands them to `send`.

use pyo3::pymodule;

/// The extension module `logbraid._core`.
#[pymodule]
mod _core {}
