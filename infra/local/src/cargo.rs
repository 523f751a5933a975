//! Executables that cargo builds from the checkout: what runs is never older than the code.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde::Deserialize;

use crate::tool::command;

/// A line of cargo's machine-readable output.
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

/// Returns the command that builds the executables of these packages in the profile of the running program. Its
/// standard output is for [`executables`].
#[must_use]
pub fn build_command(checkout: &Path, packages: &[&str]) -> Command {
    let mut cargo = command(Path::new("cargo"));
    cargo.args(["build", "--locked", "--bins", "--message-format=json-render-diagnostics"]).current_dir(checkout);
    for package in packages {
        cargo.args(["--package", package]);
    }
    if !cfg!(debug_assertions) {
        cargo.arg("--release");
    }
    cargo
}

/// Parses what [`build_command`] printed. Returns the executables by name.
#[must_use]
pub fn executables(output: &[u8]) -> HashMap<String, PathBuf> {
    output.split(|byte| *byte == b'\n').filter_map(executable).collect()
}

fn executable(line: &[u8]) -> Option<(String, PathBuf)> {
    let message: Message = serde_json::from_slice(line).ok()?;
    (message.reason == "compiler-artifact").then_some(())?;
    Some((message.target?.name, message.executable?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_executables_are_returned() {
        let output = concat!(
            r#"{"reason":"compiler-artifact","target":{"name":"cli","kind":["lib"]},"executable":null}"#,
            "\n",
            r#"{"reason":"compiler-artifact","target":{"name":"logbraid"},"executable":"/t/debug/logbraid"}"#,
            "\n",
            r#"{"reason":"build-finished","success":true}"#,
            "\n",
        );
        let expected = HashMap::from([("logbraid".to_owned(), PathBuf::from("/t/debug/logbraid"))]);
        assert_eq!(executables(output.as_bytes()), expected);
    }
}
