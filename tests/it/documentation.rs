//! The tests that the documentation names exist.

use std::fs;
use std::path::{Path, PathBuf};

/// Returns the tests that a page names in backquotes: `module::name` of this folder, or `crate::module::…::name` of a
/// crate in `shared`; `crate::tests::file::name` of the crate's own `tests`.
fn named(page: &str) -> Vec<(&str, &str)> {
    page.split('`').skip(1).step_by(2).filter_map(|code| code.rsplit_once("::")).collect()
}

/// Returns the source file of a module.
fn source(module: &str) -> PathBuf {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR"));
    match module.split_once("::") {
        Some((name, module)) => {
            let folder = if name == "cli" { tests.join("../cli") } else { tests.join("../shared").join(name) };
            let (kind, module) = module.strip_prefix("tests::").map_or(("src", module), |module| ("tests", module));
            folder.join(kind).join(format!("{}.rs", module.replace("::", "/")))
        }
        None => tests.join("it").join(format!("{module}.rs")),
    }
}

#[test]
fn every_fault_names_its_test() {
    let page = include_str!("../../docs/faults.md");
    let named = named(page);
    for (module, test) in &named {
        let path = source(module);
        let source = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        assert!(source.contains(&format!("fn {test}(")), "{module}::{test}");
    }
    let rows: Vec<&str> = page.lines().filter(|line| line.starts_with("| ") && line.contains("::")).collect();
    assert!(rows.len() > 20, "{} rows", rows.len());
    for row in page.lines().filter(|line| line.starts_with("| ")).skip(1).take(rows.len()) {
        assert!(row.contains("::"), "a fault without a test: {row}");
    }
}
