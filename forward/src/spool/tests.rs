use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use proptest::prelude::*;

use super::frame::{self, Parsed};
use super::{Checkpoint, Position, Read, Settings, Spool, SpoolError, StoreError};
use crate::entry::{Encoding, Entry, Format, Identity, StoredAt};

const ROOMY: u64 = 1 << 30;

fn entry(payload: &[u8]) -> Entry {
    Entry::new(&Arc::from("vlogs"), Format::JsonLines, payload.to_vec())
}

fn open(folder: &Path, max_bytes: u64) -> Spool {
    Spool::open(Settings { folder: folder.to_owned(), max_bytes }).unwrap()
}

fn store(spool: &Spool, entries: Vec<Entry>) -> Vec<Result<(), StoreError>> {
    let spooler = spool.spooler().unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    runtime.block_on(async {
        let mut results = Vec::new();
        for entry in entries {
            results.push(spooler.store(entry).await);
        }
        results
    })
}

/// Writes a spool, and closes it or leaves it as a dead process does.
fn written(folder: &Path, payloads: &[Vec<u8>]) -> Vec<PathBuf> {
    let spool = open(folder, ROOMY);
    let entries = payloads.iter().map(|payload| entry(payload)).collect();
    assert!(store(&spool, entries).iter().all(Result::is_ok));
    spool.close();
    files(folder)
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut files: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.extension().is_some_and(|extension| extension == "spool"));
    files.sort();
    files
}

/// Reads everything from a position on.
fn read(spool: &Spool, from: Option<Position>) -> (Vec<Vec<u8>>, Position) {
    let (mut payloads, mut reader) = (Vec::new(), spool.reader(from));
    while reader.next(Instant::now(), &mut |stored| payloads.push(stored.payload.to_vec())).unwrap() == Read::Entry {}
    (payloads, reader.position())
}

#[test]
fn an_entry_is_read_as_it_was_stored() {
    let folder = tempfile::tempdir().unwrap();
    let entry = Entry {
        encoding: Encoding::Gzip,
        identity: Identity::Content(u128::MAX - 1),
        peer: "127.0.0.1".to_owned(),
        tag: "shop.orders".to_owned(),
        options: "_msg_field=message".to_owned(),
        ..entry(b"{}\n")
    };
    let spool = open(folder.path(), ROOMY);
    assert_eq!(store(&spool, vec![entry.clone()]), [Ok(())]);
    let mut reader = spool.reader(None);
    let mut read = 0;
    let next = reader.next(Instant::now(), &mut |stored| {
        read += 1;
        assert_eq!(stored.input, &*entry.input);
        assert_eq!((stored.format, stored.encoding, stored.identity), (entry.format, entry.encoding, entry.identity));
        assert_eq!((stored.peer, stored.tag, stored.options), (&*entry.peer, &*entry.tag, &*entry.options));
        assert_eq!(stored.payload, entry.payload);
        assert!((jiff::Timestamp::now().as_microsecond() - stored.arrived_us).abs() < 60_000_000);
    });
    assert_eq!((next.unwrap(), read), (Read::Entry, 1));
    assert_eq!(reader.next(Instant::now(), &mut |_| ()).unwrap(), Read::Nothing);
}

#[test]
fn reading_goes_on_at_the_position_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    written(folder.path(), &[b"a".to_vec(), b"b".to_vec()]);
    let spool = open(folder.path(), ROOMY);
    let mut reader = spool.reader(None);
    assert_eq!(reader.next(Instant::now(), &mut |_| ()).unwrap(), Read::Entry);
    let position = reader.position();
    drop(spool);
    written(folder.path(), &[b"c".to_vec()]);
    let spool = open(folder.path(), ROOMY);
    let (payloads, end) = read(&spool, Some(position));
    assert_eq!(payloads, [b"b", b"c"]);
    // All is read, and nothing is written: no file stays.
    spool.release(end);
    assert_eq!(files(folder.path()).len(), 0);
    spool.close();
    let mut reader = spool.reader(Some(end));
    assert_eq!(reader.next(Instant::now(), &mut |_| ()).unwrap(), Read::End);
}

#[test]
fn whoever_could_still_store_holds_up_no_end() {
    let folder = tempfile::tempdir().unwrap();
    let spool = open(folder.path(), ROOMY);
    let spooler = spool.spooler().unwrap();
    assert_eq!(store(&spool, vec![entry(b"a")]), [Ok(())]);
    spool.close();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    assert_eq!(runtime.block_on(spooler.store(entry(b"b"))), Err(StoreError::Closed));
    assert_eq!(read(&spool, None).0, [b"a"]);
}

#[test]
fn a_full_spool_says_so_and_takes_more_when_some_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let spool = open(folder.path(), 300_000);
    let results = store(&spool, (0..10).map(|_| entry(&vec![b'x'; 50_000])).collect());
    let stored = results.iter().filter(|result| result.is_ok()).count();
    assert_eq!(results[stored..], vec![Err(StoreError::Full); 10 - stored]);
    assert_eq!(stored, 5);
    assert!(spool.bytes() <= 300_000 && spool.spooler().unwrap().is_full());
    let (payloads, end) = read(&spool, None);
    assert_eq!(payloads.len(), 5);
    spool.release(end);
    assert!(!spool.spooler().unwrap().is_full());
    assert_eq!(store(&spool, vec![entry(&vec![b'y'; 50_000])]), [Ok(())]);
    assert_eq!(read(&spool, Some(end)).0, [vec![b'y'; 50_000]]);
}

#[test]
fn an_entry_that_no_spool_takes_is_told_apart() {
    let folder = tempfile::tempdir().unwrap();
    let spool = open(folder.path(), ROOMY);
    assert_eq!(store(&spool, vec![entry(&vec![0; frame::MAX_BODY_BYTES])]), [Err(StoreError::TooLarge)]);
    let other = tempfile::tempdir().unwrap();
    let small = open(other.path(), 100_000);
    assert_eq!(store(&small, vec![entry(&[0; 100_000]), entry(b"a")]), [Err(StoreError::TooLarge), Ok(())]);
}

#[test]
fn two_forwarders_never_share_a_spool() {
    let folder = tempfile::tempdir().unwrap();
    let first = open(folder.path(), ROOMY);
    let second = Spool::open(Settings { folder: folder.path().to_owned(), max_bytes: ROOMY });
    assert!(matches!(second, Err(SpoolError::InUse { .. })));
    drop(first);
    open(folder.path(), ROOMY);
}

#[test]
fn files_that_were_removed_by_hand_stop_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let paths = written(folder.path(), &[b"a".to_vec()]);
    let spool = open(folder.path(), ROOMY);
    let mut reader = spool.reader(None);
    fs::remove_file(&paths[0]).unwrap();
    store(&spool, vec![entry(b"b")]);
    let mut payloads = Vec::new();
    while reader.next(Instant::now(), &mut |stored| payloads.push(stored.payload.to_vec())).unwrap() == Read::Entry {}
    assert_eq!(payloads, [b"b"]);
}

#[test]
fn a_frame_in_a_payload_is_no_frame() {
    let place = |offset| StoredAt { boot: 1, segment: 2, offset };
    let mut inner = Vec::new();
    frame::write(&mut inner, &entry(b"forged"), 0, place(0));
    assert!(matches!(frame::parse(&inner, place(0)), Parsed::Frame(..)));
    assert_eq!(frame::parse(&inner, place(60)), Parsed::Damaged);
}

#[test]
fn a_checkpoint_is_whole_or_absent() {
    let folder = tempfile::tempdir().unwrap();
    let checkpoint = Checkpoint::new(&folder.path().join("positions"), "a/b");
    assert_eq!(checkpoint.read(), None);
    let position = Position { segment: u64::MAX, offset: 7 };
    checkpoint.write(position).unwrap();
    assert_eq!(checkpoint.read(), Some(position));
    let path = folder.path().join("positions/a_b.position");
    let text = fs::read_to_string(&path).unwrap();
    for cut in 0..text.len() {
        fs::write(&path, &text[..cut]).unwrap();
        assert_eq!(checkpoint.read(), None, "{cut}");
    }
}

fn any_payloads() -> impl Strategy<Value = Vec<Vec<u8>>> {
    prop::collection::vec(prop::collection::vec(any::<u8>(), 0..300), 1..12)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn cut_anywhere_what_is_before_the_cut_is_there_once(payloads in any_payloads(), cut in any::<prop::sample::Index>()) {
        let folder = tempfile::tempdir().unwrap();
        let path = written(folder.path(), &payloads).remove(0);
        let bytes = fs::read(&path).unwrap();
        let cut = cut.index(bytes.len());
        fs::write(&path, &bytes[..cut]).unwrap();
        let ends = payloads.iter().scan(0, |end, payload| {
            *end += frame::overhead(&entry(payload)) + payload.len();
            Some(*end)
        });
        let whole = ends.filter(|end| *end <= cut).count();
        let spool = open(folder.path(), ROOMY);
        store(&spool, vec![entry(b"after")]);
        let (mut read, position) = read(&spool, None);
        prop_assert_eq!(read.pop().unwrap(), b"after");
        prop_assert_eq!(&read, &payloads[..whole]);
        spool.release(position);
        prop_assert_eq!(files(folder.path()).len(), 1);
    }

    #[test]
    fn flip_any_byte_and_only_its_entry_is_missing(
        payloads in any_payloads(),
        at in any::<prop::sample::Index>(),
        flip in 1..=255_u8,
    ) {
        let folder = tempfile::tempdir().unwrap();
        let path = written(folder.path(), &payloads).remove(0);
        let mut bytes = fs::read(&path).unwrap();
        let at = at.index(bytes.len());
        bytes[at] ^= flip;
        fs::write(&path, &bytes).unwrap();
        let mut start = 0;
        let mut expect = payloads.clone();
        for (index, payload) in payloads.iter().enumerate() {
            let end = start + frame::overhead(&entry(payload)) + payload.len();
            if (start..end).contains(&at) {
                expect.remove(index);
            }
            start = end;
        }
        let spool = open(folder.path(), ROOMY);
        store(&spool, vec![entry(b"after")]);
        expect.push(b"after".to_vec());
        prop_assert_eq!(read(&spool, None).0, expect);
        // What was damaged is kept.
        let aside = fs::read_dir(folder.path().join("aside")).map_or(0, Iterator::count);
        prop_assert_eq!(aside, usize::from(at < start));
    }

    #[test]
    fn any_bytes_are_read_to_an_end(bytes in prop::collection::vec(any::<u8>(), 0..2000)) {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("0000000000000001-0000000000000002.spool"), &bytes).unwrap();
        let spool = open(folder.path(), ROOMY);
        store(&spool, vec![entry(b"after")]);
        prop_assert_eq!(read(&spool, None).0, [b"after"]);
    }
}
