//! Checks and measures the Python package: its wheel, installed beside nothing else.

use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::time::Duration;

use crate::cache::Cache;
use crate::error::Error;
use crate::progress::step;
use crate::state::Folder;
use crate::tool::command;
use crate::wheels::{self, FOLDER};

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
    let tool = |what| wheels::tool(folder, what, CHECK_LIMIT);
    let python = |module: &str| {
        let mut python = command(&tools.join("bin/python"));
        python.args(["-m", module]).current_dir(&package).env("PYTHONPATH", &installed);
        python
    };
    step("ruff", || {
        tool("ruff check").run(python("ruff").arg("check"))?;
        tool("ruff format --check").run(python("ruff").args(["format", "--check"]))
    })?;
    step("mypy --strict", || tool("mypy").run(&mut python("mypy")))?;
    // The tests import the installed wheel, not the sources beside them.
    step("pytest", || tool("pytest").run(python("pytest").args(["-q", "--override-ini", "pythonpath="])))
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
