//! The licences of what the page and the Python package are built from. `make lint` checks those of the Rust crates.

use std::fs;

use serde_json::Value;

use super::project;

/// What the page's own code is built from.
const OF_THE_PAGE: [&str; 4] = ["Apache-2.0", "BSD-3-Clause", "ISC", "MIT"];
/// What only builds and tests the page may have these, too.
const OF_TOOLS: [&str; 4] = ["(MIT OR CC0-1.0)", "MIT OR Apache-2.0", "MPL-2.0", "Python-2.0"];

#[test]
fn the_page_has_free_licences() {
    let lock = fs::read_to_string(project().join("functions/query/ui/package-lock.json")).unwrap();
    let lock: Value = serde_json::from_str(&lock).unwrap();
    let packages = lock["packages"].as_object().unwrap();
    assert!(packages.len() > 2);
    for (path, package) in packages.iter().filter(|(path, _)| !path.is_empty()) {
        let licence = package["license"].as_str().unwrap_or("none");
        let is_tool = package["dev"] == true;
        let is_free = OF_THE_PAGE.contains(&licence) || is_tool && OF_TOOLS.contains(&licence);
        assert!(is_free, "{path} has the licence {licence}");
    }
}

#[test]
fn the_python_package_needs_no_other() {
    let project = fs::read_to_string(project().join("python/pyproject.toml")).unwrap();
    assert!(project.lines().any(|line| line == "dependencies = []"), "a dependency needs a check of its licence");
}
