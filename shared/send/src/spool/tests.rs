//! Tests of the spool with files.

use std::fs;

use super::{Left, Name, Spool, read, write};

const A: &str = "00000000000000aa";
const B: &str = "00000000000000bb";

#[test]
fn names_tell_what_a_file_is() {
    fn check(name: &str, expect: Option<&Name<'_>>) {
        assert_eq!(Name::parse(name).as_ref(), expect, "{name}");
    }
    check("00000000000000aa.lock", Some(&Name::Lock { owner: A }));
    check("00000000000000aa-7.ndjson", Some(&Name::Lines { owner: A }));
    check("00000000000000aa-7-300.zst", Some(&Name::Chunk { owner: A, records: 300, extension: "zst" }));
    check("00000000000000aa-r2-1.zz", Some(&Name::Chunk { owner: A, records: 1, extension: "zz" }));
    check("00000000000000aa-7-300.part", Some(&Name::Part { owner: A }));
    for name in
        ["", "a.lock", "00000000000000aa.part", "00000000000000aa-7-x.zst", "notes.txt", "ü000000000000000.lock"]
    {
        check(name, None);
    }
}

#[test]
fn files_of_a_dead_process_are_taken_and_those_of_a_living_one_are_not() {
    let folder = tempfile::tempdir().unwrap();
    let mut first = Spool::new(folder.path(), "arn:aws:kinesis:eu:1:stream/x", A);
    first.append(1, b"{}\n").unwrap();
    first.append(1, b"{}\n").unwrap();
    let chunk = first.chunk(2, 7, "zst");
    write(&chunk, b"packed").unwrap();
    // As of a process that died while it wrote.
    fs::write(first.chunk(3, 7, "part"), b"pac").unwrap();
    let folder = folder.path().join("arn_aws_kinesis_eu_1_stream_x");
    assert_eq!(fs::read_dir(&folder).unwrap().count(), 4);

    let mut second = Spool::new(folder.parent().unwrap(), "arn:aws:kinesis:eu:1:stream/x", B);
    assert_eq!(second.adopt().unwrap(), []);
    drop(first);
    let left = second.adopt().unwrap();
    let (lines, packed) = (folder.join(format!("{B}-r1.ndjson")), folder.join(format!("{B}-r2-7.zst")));
    assert_eq!(left, [Left::Lines(lines.clone()), Left::Chunk { file: packed.clone(), bytes: 6, records: 7 }]);
    assert_eq!(read(&lines).unwrap(), b"{}\n{}\n");
    assert_eq!(Spool::chunk_of_lines(&lines, 2, "zst"), folder.join(format!("{B}-r1-2.zst")));
    let ours = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    assert!(ours.into_iter().all(|name| name.starts_with(B)));
    // They are the second's now.
    assert_eq!(Spool::new(folder.parent().unwrap(), "arn:aws:kinesis:eu:1:stream/x", A).adopt().unwrap(), []);
}

#[test]
fn nothing_is_left_when_all_is_sent() {
    let folder = tempfile::tempdir().unwrap();
    let mut spool = Spool::new(folder.path(), "x", A);
    assert_eq!(spool.adopt().unwrap(), []);
    assert!(!folder.path().join("x").exists());
    spool.append(1, b"{}\n").unwrap();
    spool.append(2, b"{}\n").unwrap();
    spool.remove_lines(1).unwrap();
    spool.remove_lines(2).unwrap();
    spool.remove_lines(3).unwrap();
    spool.end();
    assert_eq!(fs::read_dir(folder.path().join("x")).unwrap().count(), 0);
}
