//! The functions' executables, built from the checkout: a test never runs an old one.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use serde::Deserialize;

/// One line of cargo's machine-readable output, as far as it matters here.
#[derive(Deserialize)]
struct Message {
    reason: String,
    executable: Option<PathBuf>,
    target: Option<Target>,
}

#[derive(Deserialize)]
struct Target {
    name: String,
}

/// The executable of a function, built first if need be.
#[must_use]
pub fn executable(name: &str) -> &'static Path {
    // A failure is kept as well: what failed for one test is not tried for each.
    static BUILT: OnceLock<Option<HashMap<String, PathBuf>>> = OnceLock::new();
    let built = BUILT.get_or_init(build).as_ref().expect("the functions do not build");
    built.get(name).unwrap_or_else(|| panic!("cargo built no executable named {name}"))
}

fn build() -> Option<HashMap<String, PathBuf>> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command
        .args(["build", "--package", "ingest", "--package", "query", "--bins"])
        .arg("--message-format=json-render-diagnostics")
        .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
        .stderr(Stdio::inherit());
    if !cfg!(debug_assertions) {
        command.arg("--release");
    }
    for (name, _) in std::env::vars_os() {
        if name.to_str().is_some_and(is_of_this_package) {
            command.env_remove(name);
        }
    }
    let output = command.output().expect("cargo can be run");
    output.status.success().then(|| output.stdout.split(|byte| *byte == b'\n').filter_map(executable_of).collect())
}

/// Whether a variable is one that cargo sets for the package it runs. Some build scripts look at these: passed on,
/// they would be built anew here and again in the next build outside.
fn is_of_this_package(variable: &str) -> bool {
    ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_PRIMARY_PACKAGE"].iter().any(|prefix| variable.starts_with(prefix))
}

fn executable_of(line: &[u8]) -> Option<(String, PathBuf)> {
    let message: Message = serde_json::from_slice(line).ok()?;
    (message.reason == "compiler-artifact").then_some(())?;
    Some((message.target?.name, message.executable?))
}
