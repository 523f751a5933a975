use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::Instant;

use tokio::spawn;
use tokio::task::JoinHandle;

use super::state::State;
use super::{Files, QUIET, Settings, run};
use crate::config::ReadFrom;
use crate::entry::{Format, Identity};
use crate::inputs::testing::{Kept, TestInput, soon};

struct Logs {
    place: TestInput,
    settings: Settings,
    input: Option<JoinHandle<()>>,
}

impl Logs {
    fn new(pattern: &str, read_from: ReadFrom) -> Self {
        let place = TestInput::new();
        let pattern = place.folder.path().join(pattern).to_string_lossy().into_owned();
        let state = place.folder.path().join("files.json");
        Self { place, settings: Settings { paths: vec![pattern], read_from, state }, input: None }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.place.folder.path().join(name)
    }

    fn append(&self, name: &str, text: &[u8]) {
        append(&self.path(name), text);
    }

    fn start(&mut self) {
        self.place.restart();
        self.input = Some(spawn(run(self.place.context.clone(), self.settings.clone())));
    }

    async fn stop(&mut self) {
        self.place.end();
        soon(self.input.take().unwrap()).await.unwrap();
    }

    async fn texts(&mut self, count: usize) -> Vec<String> {
        self.place.texts(count).await
    }
}

fn append(path: &Path, text: &[u8]) {
    OpenOptions::new().create(true).append(true).open(path).unwrap().write_all(text).unwrap();
}

#[tokio::test]
async fn lines_are_stored_as_they_are_written() {
    let mut logs = Logs::new("*.log", ReadFrom::Beginning);
    logs.append("a.log", b"one\r\ntwo\n\nthr");
    logs.append("a.txt", b"other\n");
    logs.start();
    let entries = logs.place.entries(2).await;
    assert_eq!(entries.iter().map(Kept::text).collect::<Vec<_>>(), ["one", "two"]);
    assert_eq!((entries[0].format, entries[0].tag.as_str()), (Format::JsonLines, logs.path("a.log").to_str().unwrap()));
    assert_ne!(entries[0].identity, entries[1].identity);
    logs.append("a.log", b"ee\nf\xe9ur\n");
    assert_eq!(logs.texts(2).await, ["three", "f\\xe9ur"]);
    logs.append("b.log", b"new\n");
    assert_eq!(logs.texts(1).await, ["new"]);
    logs.stop().await;
    logs.place.assert_no_more();
}

#[tokio::test]
async fn a_file_that_is_renamed_is_read_to_its_end() {
    let mut logs = Logs::new("a.log", ReadFrom::Beginning);
    logs.append("a.log", b"one\n");
    logs.start();
    assert_eq!(logs.texts(1).await, ["one"]);
    fs::rename(logs.path("a.log"), logs.path("a.log.1")).unwrap();
    logs.append("a.log", b"first of the new\n");
    logs.append("a.log.1", b"last of the old\n");
    let mut texts = logs.texts(2).await;
    texts.sort();
    assert_eq!(texts, ["first of the new", "last of the old"]);
    logs.stop().await;
    // While nobody looks: more in the old one, another rotation, and a file that begins anew.
    logs.append("a.log", b"more\n");
    fs::rename(logs.path("a.log"), logs.path("a.log.2")).unwrap();
    logs.append("a.log", b"newest\n");
    logs.start();
    let mut texts = logs.texts(2).await;
    texts.sort();
    assert_eq!(texts, ["more", "newest"]);
    logs.stop().await;
    logs.place.assert_no_more();
}

#[tokio::test]
async fn a_file_that_is_emptied_is_read_again() {
    let mut logs = Logs::new("a.log", ReadFrom::Beginning);
    logs.append("a.log", b"one\ntwo\nincomplete");
    logs.start();
    let before = logs.place.entries(2).await;
    fs::write(logs.path("a.log"), b"").unwrap();
    assert_eq!(logs.texts(1).await, ["incomplete"]);
    logs.append("a.log", b"one\n");
    let after = logs.place.entries(1).await;
    assert_eq!(after[0].text(), "one");
    // The same line at the same place is another record.
    assert_ne!(after[0].identity, before[0].identity);
    logs.stop().await;
}

#[tokio::test]
async fn what_is_read_again_after_a_crash_has_the_same_ids() {
    let mut logs = Logs::new("a.log", ReadFrom::Beginning);
    logs.append("a.log", b"one\ntwo\nthree\n");
    logs.start();
    let before = logs.place.entries(3).await;
    logs.stop().await;
    // The state is older than what is stored.
    let mut state = State::load(&logs.settings.state);
    state.files[0].offset = 4;
    state.save().unwrap();
    logs.append("a.log", b"four\n");
    logs.start();
    let after = logs.place.entries(3).await;
    assert_eq!([&after[0], &after[1]], [&before[1], &before[2]]);
    assert!(matches!(after[0].identity, Identity::Seed(_)));
    assert_eq!(after[2].text(), "four");
    logs.stop().await;
    // Another file with the same name and inode.
    let mut state = State::load(&logs.settings.state);
    state.files[0].head = "other".to_owned();
    state.save().unwrap();
    logs.start();
    let other = logs.place.entries(4).await;
    assert_eq!(other.iter().map(Kept::text).collect::<Vec<_>>(), ["one", "two", "three", "four"]);
    assert_ne!(other[0].identity, before[0].identity);
    logs.stop().await;
    // A state that cannot be read.
    fs::write(&logs.settings.state, b"{").unwrap();
    logs.start();
    assert_eq!(logs.texts(4).await.len(), 4);
    logs.stop().await;
    logs.place.assert_no_more();
}

#[tokio::test]
async fn reading_may_begin_at_the_end_of_what_is_there() {
    let mut logs = Logs::new("*.log", ReadFrom::End);
    logs.append("a.log", b"old\n");
    logs.start();
    // A file that comes later is new as a whole. It also shows that the first was seen.
    while !logs.settings.state.exists() {
        tokio::task::yield_now().await;
    }
    logs.append("a.log", b"new\n");
    assert_eq!(logs.texts(1).await, ["new"]);
    logs.append("b.log", b"whole\n");
    assert_eq!(logs.texts(1).await, ["whole"]);
    logs.stop().await;
    logs.append("c.log", b"meanwhile\n");
    logs.start();
    assert_eq!(logs.texts(1).await, ["meanwhile"]);
    logs.stop().await;
    logs.place.assert_no_more();
}

#[tokio::test]
async fn a_file_without_its_name_is_let_go_when_it_is_quiet() {
    let mut logs = Logs::new("a.log", ReadFrom::Beginning);
    logs.append("a.log", b"one\nno line feed");
    let context = logs.place.context.clone();
    let mut files = Files::open(&context, &logs.settings);
    let start = Instant::now();
    for (name, after, expect) in
        [("a.log", QUIET / 2, 1), ("a.log", QUIET * 3, 1), ("a.log.1", QUIET, 1), ("a.log.1", QUIET * 2, 0)]
    {
        if name != "a.log" {
            let _ = fs::rename(logs.path("a.log"), logs.path(name));
        }
        files.look(&logs.settings.paths, ReadFrom::Beginning);
        files.read(start + after).await;
        assert_eq!(files.followers.len(), expect, "{name} {after:?}");
    }
    assert_eq!(logs.texts(2).await, ["one", "no line feed"]);
}
