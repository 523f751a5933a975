//! Executables that cargo builds from the checkout: what runs is never older than the code.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde::Deserialize;

use crate::tool::command;

/// How the names of shared libraries end here.
const DYLIB: &str = if cfg!(target_os = "macos") { "dylib" } else { "so" };

/// A line of cargo's machine-readable output.
#[derive(Deserialize)]
struct Message {
    reason: String,
    executable: Option<PathBuf>,
    #[serde(default)]
    filenames: Vec<PathBuf>,
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

/// Returns the command that builds the library of a package. Its standard output is for [`library`].
pub(crate) fn build_library_command(checkout: &Path, package: &str) -> Command {
    let mut cargo = command(Path::new("cargo"));
    cargo.args(["build", "--locked", "--lib", "--message-format=json-render-diagnostics", "--package", package]);
    cargo.current_dir(checkout);
    cargo
}

/// Parses what [`build_library_command`] printed. Returns the shared library with this name.
pub(crate) fn library(output: &[u8], name: &str) -> Option<PathBuf> {
    let messages = output.split(|byte| *byte == b'\n').filter_map(|line| serde_json::from_slice::<Message>(line).ok());
    let of_target = messages.filter(|message| message.target.as_ref().is_some_and(|target| target.name == name));
    of_target.flat_map(|message| message.filenames).find(|file| file.extension().is_some_and(|end| end == DYLIB))
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
    fn the_shared_library_is_returned() {
        let output = format!(
            r#"{{"reason":"compiler-artifact","target":{{"name":"send"}},"filenames":["/t/libsend.rlib"]}}
{{"reason":"compiler-artifact","target":{{"name":"_core"}},"filenames":["/t/lib_core.d","/t/lib_core.{DYLIB}"]}}
{{"reason":"build-finished","success":true}}"#
        );
        assert_eq!(library(output.as_bytes(), "_core"), Some(PathBuf::from(format!("/t/lib_core.{DYLIB}"))));
        assert_eq!(library(output.as_bytes(), "send"), None);
    }

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
