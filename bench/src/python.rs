//! The contenders in Python, each at fixed versions in a virtual environment of the project's cache.

use std::path::{Path, PathBuf};

use local::cache::{Cache, Pins, Requirements};

use crate::error::Error;

/// The newest on the day that the benchmark was written, with all that they need.
const PACKAGES: Pins = Pins {
    folder: "bench-pymongo-4.20.0-orjson-3.13.0-awslambdaric-4.2.2",
    packages: &[
        "pymongo==4.20.0",
        "dnspython==2.9.2",
        "orjson==3.13.0",
        "awslambdaric==4.2.2",
        "simplejson==4.3.0",
        "snapshot-restore-py==1.0.0",
    ],
    requirements: Requirements::Follow,
};

/// The interpreter that has the packages, installed if need be.
pub fn interpreter() -> Result<PathBuf, Error> {
    Ok(Cache::from_env()?.venv(&PACKAGES)?.join("bin/python"))
}

/// The folder of the functions in Python.
#[must_use]
pub fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("python")
}
