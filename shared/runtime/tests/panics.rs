//! What a process prints of a panic: a process of its own, since the hook is the whole process's.

#![allow(clippy::expect_used, clippy::panic, reason = "this is how tests fail")]

use std::env;
use std::panic::catch_unwind;
use std::process::Command;

/// Set in the process that panics.
const PANICS: &str = "LOGBRAID_TEST_PANICS";
const SECRET: &str = "hunter2";

#[test]
fn a_panic_is_reported_by_its_place_without_its_message() {
    if env::var_os(PANICS).is_some() {
        return panic_twice();
    }
    let mut itself = Command::new(env::current_exe().expect("a path"));
    itself.args(["--exact", "--nocapture", "a_panic_is_reported_by_its_place_without_its_message"]);
    let output = itself.env(PANICS, "yes").output().expect("it runs");
    let printed = [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).concat();
    assert!(!printed.contains(SECRET), "{printed}");
    let reports: Vec<_> = printed.lines().filter(|line| line.starts_with("panicked at ")).collect();
    assert!(matches!(reports[..], [report] if report.contains(concat!(file!(), ":"))), "{printed}");
}

/// As decoding does: the panic is caught, and its message would quote a payload.
fn panic_twice() {
    runtime::panics::report_places(|place| println!("panicked at {place}"));
    for _ in 0..2 {
        let caught = catch_unwind(|| panic!("no {SECRET}"));
        assert!(caught.is_err());
    }
}
