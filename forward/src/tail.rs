//! Shows what comes in to those who ask at a Unix socket, for `logbraid forward tail`. A tail that is slow misses records: it
//! holds up nobody.

use std::fs::{self, Permissions};
use std::io::{self, BufRead as _, BufReader, ErrorKind, Read as _, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Weak};
use std::thread;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use serde_json::{Value, json};
use tokio::net::UnixListener;
use tokio::sync::watch;

use crate::formats::{self, Lines};
use crate::inputs::{Seen, listen_unix};
use crate::pipeline::event;
use crate::rules::Filter;
use crate::spool::{Read, Reader, Spool};

/// The name of the socket in `data_dir`.
const SOCKET: &str = "tail.sock";
/// How many tails there may be at once.
const MAX_TAILS: usize = 8;
/// The longest request.
const MAX_REQUEST_BYTES: u64 = 64 * 1024;
/// How long a request may take, and how long what is written may wait for its reader.
const PATIENCE: Duration = Duration::from_secs(5);
/// How far a tail may be behind, in bytes of the spool. Then it goes on at the end.
const MAX_BEHIND: u64 = 4 << 20;
/// How long is waited for an entry before is looked whether the reader is still there, and how long that takes.
const LOOK: Duration = Duration::from_millis(250);
const GLANCE: Duration = Duration::from_millis(1);

/// Returns the path of the socket.
#[must_use]
pub fn socket(data_dir: &Path) -> PathBuf {
    data_dir.join(SOCKET)
}

/// Listens at the socket. Only the forwarder's own user may connect.
pub(crate) fn listen(path: &Path) -> io::Result<UnixListener> {
    let listener = listen_unix(path)?;
    fs::set_permissions(path, Permissions::from_mode(0o600))?;
    Ok(listener)
}

/// Takes tails until it is dropped. Each has a thread, which ends with the spool or with its reader.
pub(crate) async fn run(listener: UnixListener, spool: Weak<Spool>, inputs: watch::Receiver<Seen>) {
    let places = Arc::new(());
    while let Ok((stream, _)) = listener.accept().await {
        let Ok(mut stream) = stream.into_std() else { continue };
        // The first is the count's own.
        if Arc::strong_count(&places) > MAX_TAILS {
            // Who asks learns it, or is gone.
            let _ = writeln!(stream, "{}", json!({"error": format!("there are {MAX_TAILS} tails already")}));
            continue;
        }
        let (spool, inputs, place) = (spool.clone(), names(&inputs.borrow()), Arc::clone(&places));
        let tail = move || {
            // It fails when the reader is gone, which is how a tail ends.
            let _ = serve(stream, &spool, &inputs);
            drop(place);
        };
        if let Err(error) = thread::Builder::new().name("tail".to_owned()).spawn(tail) {
            tracing::warn!(%error, "no thread for a tail");
        }
    }
}

fn names(seen: &Seen) -> Vec<String> {
    seen.iter().map(|(name, _)| name.to_string()).collect()
}

/// Answers one who asks, until he goes.
fn serve(mut stream: UnixStream, spool: &Weak<Spool>, inputs: &[String]) -> io::Result<()> {
    stream.set_nonblocking(false)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    let mut request = String::new();
    BufReader::new(stream.try_clone()?.take(MAX_REQUEST_BYTES)).read_line(&mut request)?;
    let filter = match Filter::parse(&request, inputs) {
        Ok(filter) => filter,
        Err(error) => return writeln!(stream, "{}", json!({"error": error.to_string()})),
    };
    stream.set_read_timeout(Some(GLANCE))?;
    let Some(mut reader) = at_end(spool) else { return Ok(()) };
    while is_there(&mut stream)? {
        let mut lines = Vec::new();
        let read = reader.next(Instant::now() + LOOK, &mut |entry| {
            let mut text = Vec::new();
            formats::read(&entry, &mut Lines::new(entry, &mut text));
            let arrived = Timestamp::from_microsecond(entry.arrived_us).unwrap_or_default();
            let input = Arc::from(entry.input);
            for line in text.split_inclusive(|byte| *byte == b'\n') {
                let Some(mut event) = event(line, &input, arrived) else { continue };
                if filter.holds(&mut event) {
                    event.fields.entry("input").or_insert_with(|| Value::from(entry.input));
                    lines.push(Value::Object(event.fields));
                }
            }
        });
        for line in &lines {
            writeln!(stream, "{line}")?;
        }
        let Some(spool) = spool.upgrade().filter(|_| !matches!(read, Ok(Read::End))) else { return Ok(()) };
        let behind = spool.bytes_after(reader.position());
        if behind > MAX_BEHIND {
            reader = spool.reader(Some(spool.end()));
            writeln!(stream, "{}", json!({"skipped_bytes": behind}))?;
        }
    }
    Ok(())
}

fn at_end(spool: &Weak<Spool>) -> Option<Reader> {
    let spool = spool.upgrade()?;
    Some(spool.reader(Some(spool.end())))
}

/// Returns whether the one who asked has not gone.
fn is_there(stream: &mut UnixStream) -> io::Result<bool> {
    match stream.read(&mut [0]) {
        Ok(read) => Ok(read > 0),
        Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => Ok(true),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use std::io::{BufRead as _, BufReader, Write as _};
    use std::os::unix::net::UnixStream;
    use std::sync::Arc;

    use serde_json::Value;

    use super::{listen, run, socket};
    use crate::entry::{Entry, Format};
    use crate::spool::{Settings, Spool};

    /// Asks for a tail, and returns its lines.
    fn ask(path: &std::path::Path, request: &str) -> BufReader<UnixStream> {
        let mut stream = UnixStream::connect(path).unwrap();
        writeln!(stream, "{request}").unwrap();
        BufReader::new(stream)
    }

    fn line(lines: &mut BufReader<UnixStream>) -> Value {
        let mut line = String::new();
        lines.read_line(&mut line).unwrap();
        serde_json::from_str(&line).unwrap_or_else(|error| panic!("{line}: {error}"))
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_tail_shows_what_comes_in_from_now_on() {
        let folder = tempfile::tempdir().unwrap();
        let settings = Settings { folder: folder.path().join("spool"), max_bytes: 1 << 30 };
        let spool = Arc::new(Spool::open(settings).unwrap());
        let path = socket(folder.path());
        let (_names, inputs) = tokio::sync::watch::channel(vec![(Arc::from("vlogs"), Arc::default())]);
        let tails = tokio::spawn(run(listen(&path).unwrap(), Arc::downgrade(&spool), inputs));
        let store = async |lines: &str| {
            let entry = Entry::new(&Arc::from("vlogs"), Format::JsonLines, lines.as_bytes().to_vec());
            spool.spooler().unwrap().store(entry).await.unwrap();
        };
        store("{\"message\":\"before\",\"level\":\"ERROR\"}\n").await;
        let mut wrong = ask(&path, "{level: LOUD}");
        let error = line(&mut wrong)["error"].as_str().unwrap().to_owned();
        assert!(error.starts_with("the condition:1:9: `LOUD` is no level; known are `TRACE`"), "{error}");
        let mut all = ask(&path, "");
        let mut errors = ask(&path, "{level: '>=ERROR', input: vlogs}");
        // A tail begins when it is asked for; records come until both have.
        let read = tokio::task::spawn_blocking(move || (line(&mut all), line(&mut errors)));
        while !read.is_finished() {
            store("{\"message\":\"a\",\"level\":\"INFO\"}\n{\"message\":\"b\",\"level\":\"ERROR\"}\n").await;
        }
        let (first, error) = read.await.unwrap();
        assert_ne!(first["message"], "before");
        assert_eq!((error["message"].as_str(), error["input"].as_str()), (Some("b"), Some("vlogs")));
        tails.abort();
        let _ = tails.await;
        spool.close();
    }
}
