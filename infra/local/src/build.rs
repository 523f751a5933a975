//! Runs `sam build`: debug builds for the local stack, release builds for AWS.

use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use crate::architecture::Architecture;
use crate::deploy::CONFIG_ENV;
use crate::error::Error;
use crate::state::Folder;
use crate::tool::{Tool, command};
use crate::toolbox::{ReleaseTools, Toolbox};

/// The longest time for a build. A first one compiles everything, and may share the machine with other builds.
const LIMIT: Duration = Duration::from_mins(40);

/// Builds the functions for this machine without optimisation: within seconds after a change.
pub(crate) fn debug(project: &Path, folder: &Folder, toolbox: &Toolbox) -> Result<(), Error> {
    let mut sam = sam_build(&toolbox.sam, project, &folder.bin(), Architecture::HOST);
    sam.args(["--config-env", CONFIG_ENV, "--build-dir"])
        .arg(folder.build())
        .env("SAM_BUILD_MODE", "debug")
        // Without Zig: the binaries run on the machine that builds them.
        .env("CARGO_LAMBDA_COMPILER", "cargo")
        // Every deployment packs and unpacks the binaries. Without symbols that takes a third of the time.
        .env("CARGO_PROFILE_DEV_DEBUG", "false")
        .env("CARGO_PROFILE_DEV_STRIP", "symbols");
    tool(folder.log("sam-build")).run(&mut sam)
}

/// Builds the functions for AWS, exactly as `sam build` does for a user who has cargo-lambda and Zig.
pub(crate) fn release(
    project: &Path,
    folder: &Folder,
    tools: &ReleaseTools,
    architecture: Architecture,
) -> Result<(), Error> {
    tools.link(folder)?;
    let mut sam = sam_build(&tools.sam, project, &folder.build_tools(), architecture);
    tool(folder.log("sam-build-release")).run(&mut sam)
}

/// Returns the folder of release builds: SAM's own, so that `sam deploy` finds them.
pub(crate) fn release_folder(project: &Path) -> PathBuf {
    project.join(".aws-sam/build")
}

fn sam_build(sam: &Path, project: &Path, tools: &Path, architecture: Architecture) -> Command {
    let mut sam = command(sam);
    sam.args(["build", "--parameter-overrides", &architecture.parameter()])
        .current_dir(project)
        .env("PATH", path_with(tools))
        .env("SAM_CLI_TELEMETRY", "0");
    sam
}

fn tool(log: PathBuf) -> Tool {
    Tool { what: "sam build", hint: "if it is a compiler's error, correct it; then run this again", limit: LIMIT, log }
}

/// Returns `PATH` with one more folder before the others.
pub(crate) fn path_with(first: &Path) -> OsString {
    let rest = env::var_os("PATH").unwrap_or_default();
    let folders = std::iter::once(first.to_owned()).chain(env::split_paths(&rest));
    env::join_paths(folders).unwrap_or(rest)
}
