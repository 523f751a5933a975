//! The interpreter of the Python contenders, with pinned packages in the project's cache.

use std::path::{Path, PathBuf};

use local::cache::{Cache, Pins, Requirements};

use crate::error::Error;

/// The packages, with everything that they require.
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

/// Returns the interpreter with the packages, which are installed on the first call.
pub fn interpreter() -> Result<PathBuf, Error> {
    Ok(Cache::from_env()?.venv(&PACKAGES)?.join("bin/python"))
}

/// Returns the folder of the Python functions.
#[must_use]
pub fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("python")
}
