//! The tests that the documentation names exist.

use std::fs;
use std::path::Path;

/// Returns the tests that a page names: `module::name` in backquotes.
fn named(page: &str) -> Vec<(&str, &str)> {
    page.split('`').skip(1).step_by(2).filter_map(|code| code.split_once("::")).collect()
}

#[test]
fn every_fault_names_its_test() {
    let page = include_str!("../../docs/faults.md");
    let named = named(page);
    for (module, test) in &named {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("it").join(format!("{module}.rs"));
        let source = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{module}: {error}"));
        assert!(source.contains(&format!("fn {test}(")), "{module}::{test}");
    }
    let rows: Vec<&str> = page.lines().filter(|line| line.starts_with("| ") && line.contains("::")).collect();
    assert!(rows.len() > 20, "{} rows", rows.len());
    for row in page.lines().filter(|line| line.starts_with("| ")).skip(1).take(rows.len()) {
        assert!(row.contains("::"), "a fault without a test: {row}");
    }
}
