//! The Python package: builds its wheel, installs that beside nothing else, and runs its checks against it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use crate::cache::{Cache, Pins, Requirements};
use crate::error::Error;
use crate::progress::step;
use crate::state::{Folder, attempt, attempt_if_there};
use crate::tool::{Tool, command};

/// The folder of the package in a checkout.
const FOLDER: &str = "python";
const REQUIREMENTS: &str = "requirements-test.txt";
const MATURIN: Pins =
    Pins { folder: "maturin-1.16.0", packages: &["maturin==1.16.0"], requirements: Requirements::Follow };
/// What the wheel must do beside nothing else.
const SMOKE: &str = "import logging, logbraid; \
    handler = logbraid.KinesisHandler('logs', linger=60); \
    handler.handle(logging.makeLogRecord({'msg': 'hello'})); \
    assert len(handler.drain()) == 1";
/// The longest time to compile the core.
const BUILD_LIMIT: Duration = Duration::from_mins(20);
/// The longest time of each check.
const CHECK_LIMIT: Duration = Duration::from_mins(15);

/// Builds the wheel and checks the package.
pub(crate) fn check(project: &Path, folder: &Folder, cache: &Cache) -> Result<(), Error> {
    let package = project.join(FOLDER);
    let maturin = cache.venv(&MATURIN).map_err(Error::Tools)?;
    let tools = cache.venv_of_file("python-tests", &package.join(REQUIREMENTS)).map_err(Error::Tools)?;
    let wheels = folder.root().join("wheels");
    let installed = folder.root().join("python");
    let tool = |what, limit| Tool { what, hint: "see its output above", limit, log: folder.log("python") };
    step("wheel", || {
        attempt_if_there("remove", &wheels, |wheels| fs::remove_dir_all(wheels))?;
        let mut build = command(&maturin.join("bin/maturin"));
        build.args(["build", "--locked", "--profile", "wheel", "--out"]).arg(&wheels).current_dir(&package);
        tool("maturin build", BUILD_LIMIT).run(&mut build)
    })?;
    step("clean install", || install(&tool("pip install", CHECK_LIMIT), &wheels, &installed))?;
    let python = |module: &str| {
        let mut python = command(&tools.join("bin/python"));
        python.args(["-m", module]).current_dir(&package).env("PYTHONPATH", installed.join("package"));
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

/// Installs the wheel into an environment of its own, and tries it there.
fn install(tool: &Tool, wheels: &Path, folder: &Path) -> Result<(), Error> {
    let wheel = wheel(wheels)?;
    attempt_if_there("remove", folder, |folder| fs::remove_dir_all(folder))?;
    tool.run(Command::new("python3").args(["-m", "venv"]).arg(folder))?;
    let python = folder.join("bin/python");
    let pip = ["-m", "pip", "install", "--disable-pip-version-check", "--no-input", "--no-index", "--no-deps"];
    tool.run(command(&python).args(pip).arg(&wheel))?;
    tool.run(command(&python).args(["-W", "error", "-c", SMOKE]))?;
    // For the tests, which have packages of their own.
    tool.run(command(&python).args(pip).arg("--target").arg(folder.join("package")).arg(&wheel))
}

fn wheel(folder: &Path) -> Result<PathBuf, Error> {
    let entries = attempt("read", folder, |folder| fs::read_dir(folder))?;
    let mut paths = entries.filter_map(|entry| entry.ok().map(|entry| entry.path()));
    let is_wheel = |path: &PathBuf| path.extension().is_some_and(|extension| extension == "whl");
    // maturin has just succeeded.
    Ok(paths.find(is_wheel).unwrap_or_else(|| folder.join("logbraid.whl")))
}
