use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use tempfile::TempDir;
use tokio::task::spawn_blocking;

use super::{ChangeError, Inputs};
use crate::config::Config;
use crate::inputs::StartError;
use crate::spool::{Read, Reader, Settings, Spool};

/// Longer than anything takes that happens at all.
const LIMIT: Duration = Duration::from_secs(20);

struct TestInputs {
    inputs: Inputs,
    /// Where each input listens, as it was told last.
    addresses: Mutex<BTreeMap<String, Vec<String>>>,
    reader: Option<Reader>,
    spool: Arc<Spool>,
    folder: TempDir,
}

impl TestInputs {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let settings = Settings { folder: folder.path().join("spool"), max_bytes: 1 << 30 };
        let spool = Arc::new(Spool::open(settings).unwrap());
        let inputs = Inputs::new(&spool, folder.path().to_owned());
        let reader = Some(spool.reader(None));
        Self { inputs, addresses: Mutex::default(), reader, spool, folder }
    }

    async fn change(&mut self, inputs: &str) -> Result<(), ChangeError> {
        let config = Config::parse(&format!("inputs: {{{inputs}}}\noutputs: {{o: {{type: stdout}}}}"), "f", &|_| None);
        let addresses = &self.addresses;
        let started = |name: &str, at: &[String]| {
            addresses.lock().unwrap().insert(name.to_owned(), at.to_vec());
        };
        self.inputs.change(&config.unwrap().inputs, &started).await
    }

    fn address(&self, input: &str) -> SocketAddr {
        let addresses = self.addresses.lock().unwrap();
        addresses[input][0].split(' ').next().unwrap().parse().unwrap()
    }

    /// Sends a line, and closes the connection.
    fn send(&self, input: &str, line: &str) {
        writeln!(TcpStream::connect(self.address(input)).unwrap(), "{line}").unwrap();
    }

    /// Waits for so many entries. Returns their inputs and bytes.
    async fn entries(&mut self, count: usize) -> Vec<(String, String)> {
        let mut reader = self.reader.take().unwrap();
        let (reader, entries) = spawn_blocking(move || {
            let (mut entries, until) = (Vec::new(), Instant::now() + LIMIT);
            while entries.len() < count {
                let read = reader.next(until, &mut |entry| {
                    entries.push((entry.input.to_owned(), String::from_utf8_lossy(entry.payload).into_owned()));
                });
                assert_eq!(read.unwrap(), Read::Entry, "{entries:?}");
            }
            (reader, entries)
        })
        .await
        .unwrap();
        self.reader = Some(reader);
        entries
    }

    /// Waits until these inputs run and have so many entries: an entry can be read a moment before it is counted.
    async fn wait_for_counts(&self, expect: &[(&str, u64)]) {
        let until = Instant::now() + LIMIT;
        loop {
            let seen: Vec<(String, u64)> = self
                .inputs
                .seen()
                .borrow()
                .iter()
                .map(|(name, counts)| (name.to_string(), counts.entries.load(Ordering::Relaxed)))
                .collect();
            if seen.iter().map(|(name, count)| (name.as_str(), *count)).eq(expect.iter().copied()) {
                return;
            }
            assert!(Instant::now() < until, "{seen:?}");
            tokio::task::yield_now().await;
        }
    }
}

fn entry(input: &str, text: &str) -> (String, String) {
    (input.to_owned(), text.to_owned())
}

/// An address that nobody has. It stays the same, unlike port 0, so that TCP and UDP are known by it.
fn free() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn inputs_are_added_changed_and_removed() {
    let mut place = TestInputs::new();
    let at = free();
    place.change(&format!("a: {{type: json, listen: '{at}'}}")).await.unwrap();
    place.send("a", "1");
    assert_eq!(place.entries(1).await, [entry("a", "1")]);
    // A connection that lasts stays where it is as long as its input does.
    let mut lasting = TcpStream::connect(at).unwrap();
    writeln!(lasting, "2").unwrap();
    assert_eq!(place.entries(1).await, [entry("a", "2")]);
    let both = format!("a: {{type: json, listen: '{at}'}}, b: {{type: json, listen: '127.0.0.1:0'}}");
    place.change(&both).await.unwrap();
    place.send("b", "3");
    assert_eq!(place.entries(1).await, [entry("b", "3")]);
    writeln!(lasting, "4").unwrap();
    assert_eq!(place.entries(1).await, [entry("a", "4")]);
    // Another kind, and another name, at the same address. What was sent before is read.
    writeln!(lasting, "5").unwrap();
    place.change(&format!("c: {{type: syslog, listen: '{at}', transports: [tcp]}}")).await.unwrap();
    assert_eq!(place.entries(1).await, [entry("a", "5")]);
    assert_eq!(place.address("c"), at);
    place.send("c", "6");
    assert_eq!(place.entries(1).await, [entry("c", "6")]);
    assert!(TcpStream::connect(place.address("b")).is_err());
    place.wait_for_counts(&[("c", 1)]).await;
    place.change("").await.unwrap();
    assert!(TcpStream::connect(at).is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_input_that_changes_goes_on_counting() {
    let mut place = TestInputs::new();
    let at = free();
    place.change(&format!("a: {{type: json, listen: '{at}', transports: [tcp]}}")).await.unwrap();
    place.send("a", "1");
    place.entries(1).await;
    place.change(&format!("a: {{type: gelf, listen: '{at}', transports: [tcp]}}")).await.unwrap();
    assert_eq!(place.address("a"), at);
    place.send("a", "2");
    place.entries(1).await;
    place.wait_for_counts(&[("a", 2)]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn if_an_input_does_not_start_all_stay_as_they_were() {
    let mut place = TestInputs::new();
    place.change("a: {type: json, listen: '127.0.0.1:0'}").await.unwrap();
    let address = place.address("a");
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let wanted = format!(
        "b: {{type: json, listen: '{}'}}, c: {{type: json, listen: '{}'}}",
        free(),
        taken.local_addr().unwrap()
    );
    let error = place.change(&wanted).await.unwrap_err();
    assert!(matches!(&error, ChangeError::Start(StartError::Listen { input, .. }) if input == "c"), "{error:?}");
    assert_eq!(place.address("a"), address);
    place.send("a", "1");
    assert_eq!(place.entries(1).await, [entry("a", "1")]);
    assert!(TcpStream::connect(place.address("b")).is_err());
    let error = place.change("s: {type: stdin}").await.unwrap_err();
    assert_eq!(error.to_string(), "standard input cannot be added while the forwarder runs");
    place.wait_for_counts(&[("a", 1)]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn files_are_read_on_where_they_were() {
    let mut place = TestInputs::new();
    let log = place.folder.path().join("a.log");
    fs::write(&log, "1\n").unwrap();
    let input = |more: &str| format!("f: {{type: file, paths: ['{}'{more}], read_from: beginning}}", log.display());
    place.change(&input("")).await.unwrap();
    assert_eq!(place.entries(1).await, [entry("f", "1")]);
    fs::OpenOptions::new().append(true).open(&log).unwrap().write_all(b"2\n").unwrap();
    place.change(&input(", /nothing")).await.unwrap();
    let mut lines = String::new();
    while !lines.ends_with('3') {
        fs::OpenOptions::new().append(true).open(&log).unwrap().write_all(b"3\n").unwrap();
        for (_, text) in place.entries(1).await {
            lines += &text;
        }
    }
    assert_eq!(lines.replace('\n', "").trim_end_matches('3'), "2");
}

#[tokio::test(flavor = "multi_thread")]
async fn all_end_with_the_forwarder() {
    let mut place = TestInputs::new();
    let path = place.folder.path().join("sock");
    let inputs = format!("a: {{type: json, listen: '127.0.0.1:0'}}, f: {{type: forward, unix: '{}'}}", path.display());
    place.change(&inputs).await.unwrap();
    assert!(path.exists());
    let address = place.address("a");
    let mut sender = TcpStream::connect(address).unwrap();
    writeln!(sender, "1").unwrap();
    drop(sender);
    let TestInputs { inputs, spool, mut reader, .. } = place;
    inputs.end().await;
    assert!(TcpStream::connect(address).is_err() && !path.exists());
    let mut texts = Vec::new();
    let mut keep = |entry: crate::entry::Stored<'_>| texts.push(entry.payload.to_vec());
    reader.as_mut().unwrap().next(Instant::now(), &mut keep).unwrap();
    assert_eq!(texts, [b"1"]);
    drop(spool);
}
