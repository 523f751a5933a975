//! How the command starts and ends.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt as _;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use serde_json::json;
use tests::wait;

use super::{Answer, Open, api, healthy};
use crate::support::{Run, Running, Stub, logbraid};

#[tokio::test]
async fn errors_before_the_start_are_shown_in_the_terminal() {
    async fn check(url: &str, args: &[&str], code: i32, expect: &str) {
        // If it starts all the same, it ends soon.
        let run = Run::of(logbraid(url, &[&["open", "--print", "--idle=1s"], args].concat())).await;
        assert_eq!((run.code, run.stdout.as_str()), (Some(code), ""), "{}", run.stderr);
        assert!(run.stderr.contains(expect), "{}", run.stderr);
    }
    check("http://127.0.0.1:1", &[], 1, "logbraid: cannot connect to 127.0.0.1:1").await;
    let refusing = Stub::answering("403 Forbidden", "application/json", r#"{"message":"Forbidden"}"#);
    check(&refusing.url(), &[], 1, "refuses the request (403 Forbidden)").await;
    let stub = Stub::new(healthy);
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    check(&stub.url(), &["--port", &port], 1, &format!("cannot listen on 127.0.0.1:{port}; give another")).await;
    let run = Run::of(logbraid(&stub.url(), &["open", "--idle", "soon"])).await;
    assert_eq!(run.code, Some(2));
    assert!(run.stderr.contains("expected a time such as 20m"), "{}", run.stderr);
}

/// A database that is away is no reason not to open the page: it waits.
#[tokio::test]
async fn the_page_opens_while_the_database_is_away() {
    let problem =
        json!({"type": "/problems/database-away", "title": "Database away", "status": 503, "detail": "Away."});
    let stub = Stub::new(move |_, _| ("503 Service Unavailable", "application/problem+json", problem.to_string()));
    let mut command = logbraid(&stub.url(), &["open"]);
    command.arg("--print");
    let running = Running::start(command);
    wait::until("the address is printed", async || running.stdout().len() == 1).await;
    assert_eq!(running.stderr(), ["logbraid: Away."]);
}

#[tokio::test]
async fn ctrl_c_ends_it_while_an_answer_is_open() {
    for signal in ["INT", "TERM"] {
        let (_send, events) = mpsc::channel::<()>();
        let url = api(move |_, stream| {
            write!(stream, "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n").unwrap();
            // Ends with the sender.
            let _ = events.recv();
        });
        let mut open = Open::before(&url, &[]).await;
        let cookie = open.cookie().await;
        let host = open.host();
        let mut reader = open.send("GET /logs/tail", &[("host", &host), ("cookie", &cookie)]);
        assert_eq!(tokio::task::spawn_blocking(move || Answer::head(&mut reader).status).await.unwrap(), 200);
        // This fails if the tests run with SIGINT ignored, as under `nohup … &` in a script.
        assert_eq!(open.running.end_with(signal).await.code(), Some(0), "{signal}");
        assert!(TcpStream::connect(open.address).is_err());
    }
}

#[tokio::test]
async fn it_ends_when_nothing_is_asked_for() {
    let stub = Stub::new(healthy);
    let mut open = Open::before(&stub.url(), &["--idle", "100ms"]).await;
    // What is refused keeps nothing running.
    let asking = thread::spawn({
        let address = open.address;
        move || {
            while let Ok(mut stream) = TcpStream::connect(address) {
                let _ = write!(stream, "GET / HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n");
                let _ = stream.read_to_end(&mut Vec::new());
                thread::sleep(Duration::from_millis(5));
            }
        }
    });
    assert_eq!(open.running.ended().await.code(), Some(0));
    wait::until("the note is read", async || !open.running.stderr().is_empty()).await;
    assert_eq!(open.running.stderr(), ["logbraid: ended: there was no request for as long as --idle says"]);
    asking.join().unwrap();
}

#[tokio::test]
async fn the_browser_is_opened_with_the_address() {
    let stub = Stub::new(healthy);
    let folder = tempfile::tempdir().unwrap();
    let launcher = folder.path().join("xdg-open");
    let seen = folder.path().join("seen");
    std::fs::write(&launcher, format!("#!/bin/sh\necho \"$@\" > {0}.part && mv {0}.part {0}\n", seen.display()))
        .unwrap();
    std::fs::set_permissions(&launcher, std::fs::Permissions::from_mode(0o755)).unwrap();
    let path = format!("{}:/usr/bin:/bin", folder.path().display());
    let mut command = logbraid(&stub.url(), &["open", "x"]);
    command.env("PATH", path);
    let mut running = Running::start(command);
    let address = wait::until_some("the browser is opened", async || std::fs::read_to_string(&seen).ok()).await;
    assert!(
        address.starts_with("http://127.0.0.1:") && address.contains("/ui/transactions/x?logbraid_token="),
        "{address}"
    );
    assert_eq!(running.end_with("INT").await.code(), Some(0));
    assert_eq!(running.stdout(), [""; 0]);
    wait::until("the note is read", async || !running.stderr().is_empty()).await;
    let notes = running.stderr();
    assert!(notes.len() == 1 && notes[0].contains("Ctrl-C") && !notes[0].contains("token"), "{notes:?}");

    let mut command = logbraid(&stub.url(), &["open"]);
    command.env("PATH", "/nonexistent");
    let running = Running::start(command);
    wait::until("the address is shown", async || running.stderr().len() == 2).await;
    assert!(running.stderr().iter().any(|note| note.contains("no browser starts here")), "{:?}", running.stderr());
}
