//! Whatever a crash leaves, the forwarder goes on by itself: what is there is written, and what comes is too. Vector's buffer
//! stopped for good until somebody deleted it (vector#17644).

use std::fs;
use std::path::{Path, PathBuf};

use super::tests::{Kept, start};

/// Returns the files of a folder with an ending, in their order.
fn files(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.to_string_lossy().ends_with(ending));
    files.sort();
    files
}

/// Changes the last file of the spool.
fn change_last(folder: &Path, change: impl FnOnce(&mut Vec<u8>)) {
    let path = files(&folder.join("spool"), ".spool").pop().unwrap();
    let mut bytes = fs::read(&path).unwrap();
    change(&mut bytes);
    fs::write(path, bytes).unwrap();
}

fn write_position(folder: &Path, text: &str) {
    fs::write(folder.join("positions/out0.position"), text).unwrap();
}

fn check(what: &str, wreck: impl FnOnce(&Path), expect: &[&str]) {
    let folder = tempfile::tempdir().unwrap();
    // A position is noted, and "b" is in the spool, not written.
    let output = Kept::default();
    let run = start(folder.path(), "", std::slice::from_ref(&output));
    run.store(&["a"]);
    run.end();
    let stuck = Kept::stuck();
    let run = start(folder.path(), "", std::slice::from_ref(&stuck));
    run.store(&["b", "c"]);
    run.cut();
    wreck(folder.path());
    let output = Kept::default();
    let run = start(folder.path(), "", std::slice::from_ref(&output));
    run.store(&["d"]);
    assert_eq!(output.wait(expect.len()), expect, "{what}");
    run.end();
    // And once more, from the position that it noted then.
    let run = start(folder.path(), "", std::slice::from_ref(&output));
    run.store(&["e"]);
    assert_eq!(output.wait(expect.len() + 1), [expect, &["e"]].concat(), "{what}");
    run.end();
    assert_eq!(files(&folder.path().join("spool"), ".spool").len(), 0, "{what}");
}

#[test]
fn whatever_a_crash_leaves_the_spool_needs_no_hand() {
    let all = ["b", "c", "d"];
    check("nothing", |_| (), &all);
    check("a torn end", |folder| change_last(folder, |bytes| bytes.truncate(bytes.len() - 20)), &["b", "d"]);
    check("an end of zeros", |folder| change_last(folder, |bytes| bytes.extend([0; 5000])), &all);
    check("an empty file", |folder| change_last(folder, Vec::clear), &["d"]);
    check("a file of zeros", |folder| change_last(folder, |bytes| bytes.fill(0)), &["d"]);
    let unfinished = |folder: &Path| {
        fs::write(folder.join("spool/ffffffffffff0000-0000000000000001.spool"), b"").unwrap();
    };
    check("a file that was begun", unfinished, &all);
    check("no files", |folder| fs::remove_dir_all(folder.join("spool")).unwrap(), &["d"]);
    // Without a position all that is there is written; "a" was released.
    check("no position", |folder| fs::remove_dir_all(folder.join("positions")).unwrap(), &all);
    check("an empty position", |folder| write_position(folder, ""), &all);
    check("a position of zeros", |folder| write_position(folder, "\0\0\0\0\0\0"), &all);
    check("a position after the end", |folder| write_position(folder, "18446744073709551615 0 end\n"), &all);
    check("a position far after the end", |folder| write_position(folder, "18446744073709551615 7 end\n"), &all);
    let unfinished = |folder: &Path| fs::write(folder.join("positions/out0.new"), "1").unwrap();
    check("a position that was begun", unfinished, &all);
}

#[test]
fn a_position_of_another_life_gives_nothing_up() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir_all(folder.path().join("positions")).unwrap();
    write_position(folder.path(), "18446744073709551615 0 end\n");
    let outputs = [Kept::stuck(), Kept::default()];
    let run = start(folder.path(), "", &outputs);
    run.store(&["a"]);
    outputs[1].wait(1);
    run.cut();
    // What one output has stays for the other.
    let outputs = [Kept::default(), Kept::default()];
    let run = start(folder.path(), "", &outputs);
    assert_eq!(outputs[0].wait(1), ["a"]);
    run.end();
}
