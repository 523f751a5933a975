//! The wheels of the Python package: one for this machine, or one for each platform.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use crate::build::path_with;
use crate::cache::{Cache, Pins, Requirements};
use crate::error::Error;
use crate::progress::step;
use crate::release::add_rust_target;
use crate::state::{Folder, attempt, attempt_if_there};
use crate::tool::{Tool, command};
use crate::toolbox;

/// The folder of the package in a checkout.
pub(crate) const FOLDER: &str = "python";
const MATURIN: Pins =
    Pins { folder: "maturin-1.16.0", packages: &["maturin==1.16.0"], requirements: Requirements::Follow };
/// The platforms: Rust's name, and the oldest systems that the wheel is for. One wheel is for every Python from 3.9 on.
const PLATFORMS: [(&str, &str); 4] = [
    ("x86_64-unknown-linux-gnu", "manylinux2014"),
    ("aarch64-unknown-linux-gnu", "manylinux2014"),
    ("x86_64-unknown-linux-musl", "musllinux_1_2"),
    ("aarch64-unknown-linux-musl", "musllinux_1_2"),
];
/// Where the wheels of all platforms go.
const WHEELS: &str = "target/wheels";
/// What the wheel must do beside nothing else.
const SMOKE: &str = "import logging, logbraid; \
    handler = logbraid.KinesisHandler('logs', linger=60); \
    handler.handle(logging.makeLogRecord({'msg': 'hello'})); \
    assert len(handler.drain()) == 1";
/// The longest time to compile the core.
const BUILD_LIMIT: Duration = Duration::from_mins(20);
/// The longest time to install a wheel.
const INSTALL_LIMIT: Duration = Duration::from_mins(5);

/// Builds the wheels of all platforms, with Zig as the linker.
pub(crate) fn build(project: &Path, folder: &Folder, cache: &Cache) -> Result<(), Error> {
    let maturin = cache.venv(&MATURIN).map_err(Error::Tools)?;
    toolbox::link_zig(cache, &folder.build_tools())?;
    let wheels = project.join(WHEELS);
    attempt_if_there("remove", &wheels, |wheels| fs::remove_dir_all(wheels))?;
    for (target, compatibility) in PLATFORMS {
        add_rust_target(project, folder, target)?;
        step(&format!("wheel for {target} (minutes)"), || {
            let mut build = maturin_build(&maturin, project, &wheels);
            build.args(["--zig", "--target", target, "--compatibility", compatibility]);
            build.env("PATH", path_with(&folder.build_tools()));
            tool(folder, "maturin build", BUILD_LIMIT).run(&mut build)
        })?;
    }
    Ok(())
}

/// Builds the wheel of this machine. Returns a folder that has the package and nothing else.
pub(crate) fn installed(project: &Path, folder: &Folder, cache: &Cache) -> Result<PathBuf, Error> {
    let maturin = cache.venv(&MATURIN).map_err(Error::Tools)?;
    let wheels = folder.root().join("wheels");
    let installed = folder.root().join("python");
    step("wheel", || {
        attempt_if_there("remove", &wheels, |wheels| fs::remove_dir_all(wheels))?;
        tool(folder, "maturin build", BUILD_LIMIT).run(&mut maturin_build(&maturin, project, &wheels))
    })?;
    step("clean install", || install(&tool(folder, "pip install", INSTALL_LIMIT), &wheels, &installed))?;
    Ok(installed.join("package"))
}

/// Returns how to run a tool that works on the package.
pub(crate) fn tool(folder: &Folder, what: &'static str, limit: Duration) -> Tool {
    Tool { what, hint: "see its output above", limit, log: folder.log("python") }
}

fn maturin_build(maturin: &Path, project: &Path, wheels: &Path) -> Command {
    let mut build = command(&maturin.join("bin/maturin"));
    build.args(["build", "--locked", "--profile", "wheel", "--out"]).arg(wheels).current_dir(project.join(FOLDER));
    build
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
    // For tests and measurements, which have packages of their own.
    tool.run(command(&python).args(pip).arg("--target").arg(folder.join("package")).arg(&wheel))
}

fn wheel(folder: &Path) -> Result<PathBuf, Error> {
    let entries = attempt("read", folder, |folder| fs::read_dir(folder))?;
    let mut paths = entries.filter_map(|entry| entry.ok().map(|entry| entry.path()));
    let is_wheel = |path: &PathBuf| path.extension().is_some_and(|extension| extension == "whl");
    // maturin has just succeeded.
    Ok(paths.find(is_wheel).unwrap_or_else(|| folder.join("logbraid.whl")))
}
