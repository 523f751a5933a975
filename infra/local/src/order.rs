//! The order of `examples/order`: three services with the Python kit put its records on the stream.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::cargo;
use crate::error::Error;
use crate::progress::step;
use crate::running::Running;
use crate::state::{Folder, attempt};
use crate::text::quoted;
use crate::tool::Tool;
use crate::transaction::Transaction;

/// The package of the kit's core, and the name of its library.
const PACKAGE: &str = "python";
const LIBRARY: &str = "_core";
/// Where Python looks for the core: beside the kit's modules, as `maturin develop` does.
const IMPORTED: &str = "python/src/logbraid/_core.abi3.so";
/// The longest time for a build. It may share the machine with other builds.
const BUILD_LIMIT: Duration = Duration::from_mins(15);
/// The records of the first order, which fails once and then succeeds.
const RECORDS: usize = 14;

/// Lets the services handle three orders. Waits until all records of the first one can be queried.
pub(crate) fn place(running: &Running) -> Result<Transaction, Error> {
    let stack = running.stack;
    step("Python kit", || build(&stack.project, &stack.folder))?;
    let uid = step("order: three services", || run_services(running))?;
    step("order: query it", || running.wait_for(&uid, RECORDS))
}

/// Builds the kit's core, and puts it beside the kit's modules.
fn build(project: &Path, folder: &Folder) -> Result<(), Error> {
    let tool = Tool {
        what: "cargo build of the Python kit",
        hint: "if it is a compiler's error, correct it; then run this again",
        limit: BUILD_LIMIT,
        log: folder.log("cargo-build-python"),
    };
    let output = tool.read(&mut cargo::build_library_command(project, PACKAGE))?;
    let library: PathBuf = cargo::library(output.as_bytes(), LIBRARY).ok_or(Error::NoExecutable { name: LIBRARY })?;
    // Renamed into place, since a running Python may have the old one open.
    let (imported, made) = (project.join(IMPORTED), project.join(IMPORTED).with_extension("new"));
    attempt("write", &made, |made| fs::copy(&library, made))?;
    attempt("write", &imported, |imported| fs::rename(&made, imported))
}

/// Runs the example. Returns the uid of the first order: the example prints a line for each, which begins with it.
fn run_services(running: &Running) -> Result<String, Error> {
    let project = quoted(&running.stack.project.display().to_string());
    let printed = running.shell(&format!("cd {project} && PYTHONPATH=python/src python3 examples/order/order.py"))?;
    let uid = printed.split_whitespace().next().map(str::to_owned);
    uid.ok_or(Error::NoOrder { printed })
}
