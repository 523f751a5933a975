//! The executables under test, built from the checkout: a test never runs an old one.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::OnceLock;

use local::cargo;

/// The root of the checkout.
const CHECKOUT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");

/// Returns the path of a function's executable. The first call builds all functions.
#[must_use]
pub fn executable(name: &str) -> &'static Path {
    // A failed build is kept as well, so that not every test tries it again.
    static BUILT: OnceLock<Option<HashMap<String, PathBuf>>> = OnceLock::new();
    let built = BUILT.get_or_init(build).as_ref().expect("the functions do not build");
    built.get(name).unwrap_or_else(|| panic!("cargo built no executable named {name}"))
}

fn build() -> Option<HashMap<String, PathBuf>> {
    let mut command = cargo::build_command(Path::new(CHECKOUT), &["cli", "ingest", "query", "retention"]);
    let output = command.stderr(Stdio::inherit()).output().expect("cargo can be run");
    output.status.success().then(|| cargo::executables(&output.stdout))
}
