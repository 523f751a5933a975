//! Checks and measures the Python package: its wheel, installed beside nothing else.

use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::time::Duration;

use crate::cache::Cache;
use crate::error::Error;
use crate::progress::step;
use crate::state::Folder;
use crate::tool::{Tool, command};
use crate::wheels;

/// The folder of the package in a checkout.
pub(crate) const FOLDER: &str = "python";
const REQUIREMENTS: &str = "requirements-test.txt";
/// The folder of the benchmark, which has the handlers that it measures in a file of their own.
const BENCH: &str = "bench/handlers";
const BENCH_REQUIREMENTS: &str = "requirements.txt";
/// What the benchmark writes.
const BENCH_SUMMARY: &str = "target/bench/handlers.json";
/// The longest time of each check.
const CHECK_LIMIT: Duration = Duration::from_mins(15);

/// Builds the wheel and checks the package.
pub(crate) fn check(project: &Path, folder: &Folder, cache: &Cache) -> Result<(), Error> {
    let package = project.join(FOLDER);
    let tools = cache.venv_of_file("python-tests", &package.join(REQUIREMENTS)).map_err(Error::Tools)?;
    let installed = wheels::installed(project, folder, cache)?;
    let tool = |what, limit| tool(folder, what, limit);
    let python = |module: &str| {
        let mut python = command(&tools.join("bin/python"));
        python.args(["-m", module]).current_dir(&package).env("PYTHONPATH", &installed);
        python
    };
    step("ruff", || {
        tool("ruff check", CHECK_LIMIT).run(python("ruff").arg("check"))?;
        tool("ruff format --check", CHECK_LIMIT).run(python("ruff").args(["format", "--check"]))
    })?;
    step("mypy --strict", || tool("mypy", CHECK_LIMIT).run(&mut python("mypy")))?;
    // The tests import the installed wheel, not the sources beside them.
    step("pytest", || tool("pytest", CHECK_LIMIT).run(python("pytest").args(["-q", "--override-ini", "pythonpath="])))
}

/// Builds the wheel, and measures its handler beside those of others.
pub(crate) fn bench(project: &Path, folder: &Folder, cache: &Cache) -> Result<(), Error> {
    let bench = project.join(BENCH);
    let others = cache.venv_of_file("bench-handlers", &bench.join(BENCH_REQUIREMENTS)).map_err(Error::Tools)?;
    let installed = wheels::installed(project, folder, cache)?;
    let python = others.join("bin/python");
    let mut measure = command(&python);
    measure.arg(bench).arg(project.join(BENCH_SUMMARY)).env("PYTHONPATH", installed);
    Err(Error::Spawn { program: python, hint: "run it again", source: measure.exec() })
}

/// Returns how to run a tool that works on the package.
pub(crate) fn tool(folder: &Folder, what: &'static str, limit: Duration) -> Tool {
    Tool { what, hint: "see its output above", limit, log: folder.log("python") }
}
