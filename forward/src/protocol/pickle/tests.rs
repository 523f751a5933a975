use proptest::prelude::*;
use serde_json::{Value, json};

use super::{MAX_DEPTH, PickleError, read};

macro_rules! fixture {
    ($name:literal) => {
        include_bytes!(concat!("../../../../tests/fixtures/distlog/pickles/", $name)).as_slice()
    };
}

/// What `tests/fixtures/distlog/pickles/capture.py` wrote.
fn captured(raw_bytes: &str) -> Value {
    json!({
        "none": null,
        "bools": [true, false],
        "ints": [
            0, -1, 255, 65_536, -129, -2_147_483_648_i64, 1_099_511_627_776_i64, i64::MIN, u64::MAX,
            "1180591620717411303424", "-1180591620717411303424",
        ],
        "floats": [0.0, 0.1, -1e300, "Infinity", "NaN"],
        "text": ["", "Zoë 木 😀", "a\nb'\"\\", "x".repeat(300)],
        "native": ["", "a\nb'\"\\", "x".repeat(300)],
        "tuples": [[], [1], [1, 2], [1, 2, 3], [1, 2, 3, 4]],
        "nested": {"a": {"b": [{"c": null}]}},
        "keys": {"1": "int", "None": "none", "False": "false", "2.5": "float", "[1,2]": "tuple"},
        "shared": [["a", 1], ["a", 1]],
        "sets": [[1], ["b"], []],
        "bytes": ["abc", raw_bytes, ""],
    })
}

#[test]
fn each_protocol_of_each_python_gives_the_same() {
    let expect = captured("\0\\xff");
    for (name, pickle) in [
        ("2.0", fixture!("2.0.pickle")),
        ("2.1", fixture!("2.1.pickle")),
        ("2.2", fixture!("2.2.pickle")),
        ("3.0", fixture!("3.0.pickle")),
        ("3.1", fixture!("3.1.pickle")),
        ("3.2", fixture!("3.2.pickle")),
        ("3.3", fixture!("3.3.pickle")),
        ("3.4", fixture!("3.4.pickle")),
        ("3.5", fixture!("3.5.pickle")),
    ] {
        assert_eq!(read(pickle).as_ref(), Ok(&expect), "{name}");
        for end in 0..pickle.len() {
            assert!(read(&pickle[..end]).is_err(), "{name} until {end}");
        }
    }
}

#[test]
fn a_value_that_is_named_again_has_what_it_got_later() {
    // a = []; [a, a]; a.append(1)
    assert_eq!(read(b"](]q\x00h\x00K\x01ae."), Ok(json!([[1], [1]])));
    assert_eq!(read(b"]q\x000(h\x00h\x00K\x01al."), Ok(json!([[1], [1]])));
    assert_eq!(read(b"]\x940(h\x00h\x00l."), Ok(json!([[], []])));
}

#[test]
fn rare_instructions_do_what_pythons_do() {
    fn check(pickle: &[u8], expect: Value) {
        assert_eq!(read(pickle), Ok(expect), "{}", pickle.escape_ascii());
    }
    // Protocol 0 of a Python 2 whose characters have 16 bits.
    check(b"V\\ud83d\\ude00\n.", json!("😀"));
    check(b"V\\ud83d\\u0041\\u00e9\xe9\\n\n.", json!("Aéé\\n"));
    check(b"S'\\x41\\t\\'\\\\'\n.", json!("A\t'\\"));
    // POP of a mark, POP_MARK, DUP, MEMOIZE.
    check(b"(N(0K\x01l.", json!([null, 1]));
    check(b"(N(NN1l.", json!([null]));
    check(b"(K\x012l.", json!([1, 1]));
    check(b"(K\x07\x94h\x00l.", json!([7, 7]));
    // LONG4 and bytes that may change.
    check(b"\x8b\x01\x00\x00\x00\xfe.", json!(-2));
    check(b"\x8a\x00.", json!(0));
    check(b"\x96\x02\x00\x00\x00\x00\x00\x00\x00ab.", json!("ab"));
    check(&[b"\x8a\x12", &b"\x01".repeat(18)[..], b"."].concat(), json!(format!("0x{}", "01".repeat(18))));
}

#[test]
fn what_makes_an_object_is_refused_by_its_name() {
    fn check(pickle: &[u8], expect: &str) {
        let error = read(pickle).map_err(|error| error.to_string());
        assert_eq!(error, Err(expect.to_owned()), "{}", pickle.escape_ascii());
    }
    check(b"cos\nsystem\n(S'echo no'\ntR.", r#"GLOBAL at byte 0 imports "os.system": only plain data is read"#);
    check(
        b"\x80\x04\x8c\x02os\x94\x8c\x06system\x94\x93\x94.",
        r#"STACK_GLOBAL at byte 16 imports "os.system": only plain data is read"#,
    );
    check(b"\x93.", "STACK_GLOBAL at byte 0 makes an object: only plain data is read");
    check(b"(ios\nsystem\n.", "INST at byte 1 makes an object: only plain data is read");
    check(b"(o.", "OBJ at byte 1 makes an object: only plain data is read");
    check(b"})b.", "BUILD at byte 2 makes an object: only plain data is read");
    check(b"))\x81.", "NEWOBJ at byte 2 makes an object: only plain data is read");
    check(b")))\x92.", "NEWOBJ_EX at byte 3 makes an object: only plain data is read");
    check(b"Pid\n.", "PERSID at byte 0 makes an object: only plain data is read");
    check(b"NQ.", "BINPERSID at byte 1 makes an object: only plain data is read");
    check(b"\x82\x01.", "EXT1 at byte 0 makes an object: only plain data is read");
    check(b"\x97.", "NEXT_BUFFER at byte 0 makes an object: only plain data is read");
    check(b"))R.", "REDUCE at byte 2 makes an object: only plain data is read");
    // The functions for sets and bytes take plain data only.
    check(b"cbuiltins\nset\n(NtR.", "REDUCE at byte 17: unknown arguments");
    check(b"c_codecs\nencode\n(Va\nVutf-8\ntR.", "REDUCE at byte 28: unknown arguments");
    check(b"cbuiltins\nset\n(NNNtR.", "REDUCE at byte 19: too many arguments");
}

#[test]
fn what_is_no_pickle_is_told_with_its_place() {
    fn check(pickle: &[u8], expect: &str) {
        let error = read(pickle).map_err(|error| error.to_string());
        assert_eq!(error, Err(expect.to_owned()), "{}", pickle.escape_ascii());
    }
    check(b"", "the pickle is cut off at byte 0");
    check(b"X\xff\xff\xff\xff", "the pickle is cut off at byte 5");
    check(b"\x8d\xff\xff\xff\xff\xff\xff\xff\xff", "the pickle is cut off at byte 9");
    check(b"{", "0x7b at byte 0 is no instruction of pickle");
    check(b".", "STOP at byte 0: the stack is empty");
    check(b"(.", "STOP at byte 1: the stack is empty");
    check(b"N(\x85.", "TUPLE at byte 2: the stack is empty");
    check(b"t.", "TUPLE at byte 0: no container is open");
    check(b"NNa.", "APPEND at byte 2: a list expected on the stack");
    check(b"NNNs.", "SETITEM at byte 3: a dict expected on the stack");
    check(b"}(Nu.", "SETITEMS at byte 3: a name without a value");
    check(b"(Nd.", "DICT at byte 2: a name without a value");
    check(b"Ix\n.", "INT at byte 0: an integer expected");
    check(b"Fx\n.", "FLOAT at byte 0: a number expected");
    check(b"Sx\n.", "STRING at byte 0: a text in quotes expected");
    check(b"h\x01.", "GET at byte 0: the memo has no such key");
    check(b"px\n.", "PUT at byte 0: a key of the memo expected");
}

#[test]
fn what_grows_beyond_all_bounds_is_refused() {
    fn check(pickle: &[u8], expect: &'static str) {
        match read(pickle) {
            Err(PickleError::TooLarge { what, .. }) => assert_eq!(what, expect),
            other => panic!("{other:?}"),
        }
    }
    // A list that contains itself.
    check(b"]q\x00h\x00a.", "containers in each other");
    check(&[&b"]".repeat(MAX_DEPTH + 2)[..], &b"a".repeat(MAX_DEPTH + 1), b"."].concat(), "containers in each other");
    assert!(read(&[&b"]".repeat(MAX_DEPTH + 1)[..], &b"a".repeat(MAX_DEPTH), b"."].concat()).is_ok());
    check(&b"N".repeat(300_000), "values");
    check(&b"(".repeat(2_000), "open containers");
    // Ten lists, each with the one before it ten times.
    let mut laughs = b"]q\x00".to_vec();
    for level in 1..=10 {
        laughs.extend_from_slice(b"0](");
        for _ in 0..10 {
            laughs.extend_from_slice(&[b'h', level - 1]);
        }
        laughs.extend_from_slice(&[b'e', b'q', level]);
    }
    laughs.push(b'.');
    check(&laughs, "values");
    // The same long text again and again.
    let long = [&b"(X\x00\x00\x10\x00"[..], &b"x".repeat(1 << 20), b"q\x00", &b"h\x00".repeat(17), b"l."].concat();
    check(&long, "bytes of text");
    let encode = b"0c_codecs\nencode\n(h\x00X\x06\x00\x00\x00latin1tR";
    let long = [&b"(X\x00\x00\x10\x00"[..], &b"x".repeat(1 << 20), b"q\x00", &encode.repeat(17), b"."].concat();
    check(&long, "bytes of text");
    // A name that is a dict with a name that is a dict …: each is escaped again.
    let names = [&b"}".repeat(MAX_DEPTH)[..], b"Va\"\n", &b"Ns".repeat(MAX_DEPTH), b"."].concat();
    check(&names, "bytes of text");
    check(
        &[
            b"N".as_slice(),
            &(0..210_000_u32).flat_map(|key| [&b"r"[..], &key.to_le_bytes()].concat()).collect::<Vec<_>>(),
        ]
        .concat(),
        "values",
    );
}

proptest! {
    #[test]
    fn any_bytes_have_an_outcome(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let _ = read(&bytes);
    }

    #[test]
    fn any_instructions_have_an_outcome(
        parts in prop::collection::vec(prop::sample::select(vec![
            &b"("[..], b"N", b"]", b"}", b")", b"l", b"t", b"d", b"a", b"e", b"s", b"u", b"0", b"1", b"2", b"q\x00", b"h\x00", b"\x94",
            b"K\x07", b"Va\n", b"\x85", b"\x86", b"\x8f", b"\x90", b"\x91", b"cbuiltins\nset\n", b"R", b"c_codecs\nencode\n",
            b"Vlatin1\n", b".",
        ]), 0..60),
    ) {
        let _ = read(&parts.concat());
    }
}
