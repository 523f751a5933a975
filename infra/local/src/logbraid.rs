//! The command line of the checkout, for the shell that sources the env file.

use std::path::Path;
use std::time::Duration;

use crate::error::Error;
use crate::state::Folder;
use crate::tool::Tool;
use crate::{cargo, toolbox};

/// The name of the executable.
pub(crate) const NAME: &str = "logbraid";
/// The package that it is in.
const PACKAGE: &str = "cli";
/// The longest time for a build. A first one compiles everything, and may share the machine with other builds.
const LIMIT: Duration = Duration::from_mins(30);

/// Builds `logbraid` and links it into the folder that goes on `PATH`.
pub(crate) fn install(project: &Path, folder: &Folder) -> Result<(), Error> {
    let tool = Tool {
        what: "cargo build of logbraid",
        hint: "if it is a compiler's error, correct it; then run this again",
        limit: LIMIT,
        log: folder.log("cargo-build"),
    };
    let output = tool.read(&mut cargo::build_command(project, &[PACKAGE]))?;
    let executables = cargo::executables(output.as_bytes());
    let logbraid = executables.get(NAME).ok_or(Error::NoExecutable { name: NAME })?;
    toolbox::link(&folder.bin(), &[(NAME, logbraid)])
}
