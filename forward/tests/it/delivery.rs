//! What is answered arrives, once after ingest, whatever happens.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::net::TcpStream;
use std::sync::{Arc, Mutex};
use std::thread;

use serde_json::Value;

use crate::daemon::TestFolder;
use crate::kinesis::{Kinesis, Reach};
use crate::sender::{Target, send_chunks};

/// How often the forwarder is killed.
const KILLS: usize = 20;

/// Checks that exactly these messages came.
fn check(found: &BTreeMap<String, Value>, messages: &[String]) {
    let mut found: Vec<&str> = found.values().map(|record| record["message"].as_str().unwrap()).collect();
    let mut expect: Vec<&str> = messages.iter().map(String::as_str).collect();
    found.sort_unstable();
    expect.sort_unstable();
    assert_eq!(found.len(), expect.len());
    assert!(found == expect, "other messages came");
}

#[test]
fn killed_twenty_times_under_load_nothing_is_lost_or_filed_twice() {
    let kinesis = Kinesis::start();
    let place = TestFolder::new(&kinesis.url, "");
    let mut forwarder = place.start();
    let target: Target = Arc::new(Mutex::new(forwarder.address("fluent")));
    let senders: Vec<_> = ["a", "b", "c"]
        .map(|name| {
            let target = Arc::clone(&target);
            thread::spawn(move || send_chunks(&target, name, 400))
        })
        .into();
    for kill in 1..=KILLS {
        // Somewhere in the middle of what comes.
        kinesis.wait(kill * 300);
        forwarder.kill();
        forwarder = place.start();
        *target.lock().unwrap() = forwarder.address("fluent");
    }
    let messages: Vec<String> = senders.into_iter().flat_map(|sender| sender.join().unwrap()).collect();
    check(&kinesis.wait(messages.len()), &messages);
    println!("{KILLS} kills: {} records sent, {} put on the stream", messages.len(), kinesis.lines());
    forwarder.end();
}

#[test]
fn a_sender_that_never_ends_its_request_holds_up_no_end() {
    let kinesis = Kinesis::start();
    let place = TestFolder::new(&kinesis.url, "");
    let forwarder = place.start();
    let begin = |head: &str| {
        let mut stream = TcpStream::connect(forwarder.address("vlogs")).unwrap();
        stream.write_all(head.as_bytes()).unwrap();
        stream
    };
    let _slow = [
        begin("POST /insert/jsonline HTTP/1.1\r\n"),
        begin("POST /insert/jsonline HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\n{"),
    ];
    assert_eq!(forwarder.post("vlogs", "/insert/jsonline", "{\"message\":\"m\"}\n").0, 200);
    forwarder.end();
    check(&kinesis.wait(1), &["m".to_owned()]);
}

#[test]
fn while_kinesis_is_away_everything_waits_also_when_the_spool_is_full() {
    let kinesis = Kinesis::start();
    let place = TestFolder::new(&kinesis.url, "spool: {max_bytes: 1MiB}\n");
    let forwarder = place.start();
    let target: Target = Arc::new(Mutex::new(forwarder.address("fluent")));
    kinesis.set(Reach::Away);
    let sender = thread::spawn(move || send_chunks(&target, "a", 1000));
    // The spool is smaller than what is sent.
    while forwarder.get("metrics", "/ready").0 == 200 {
        thread::yield_now();
    }
    assert_eq!(forwarder.get("metrics", "/ready"), (503, "the spool is full".to_owned()));
    assert_eq!(forwarder.get("metrics", "/health").0, 200);
    assert_eq!(forwarder.post("vlogs", "/insert/jsonline", &"x".repeat(500_000)).0, 503);
    let metrics = forwarder.get("metrics", "/metrics").1;
    assert!(metrics.contains("logbraid_forward_spool_full 1\n"), "{metrics}");
    kinesis.set(Reach::Here);
    let messages = sender.join().unwrap();
    check(&kinesis.wait(messages.len()), &messages);
    assert_eq!(forwarder.get("metrics", "/ready").0, 200);
    forwarder.end();
}

#[test]
fn the_network_to_kinesis_is_cut_under_load_and_everything_comes_once() {
    let kinesis = Kinesis::start();
    let place = TestFolder::new(&kinesis.url, "spool: {max_bytes: 1MiB}\n");
    let forwarder = place.start();
    let target: Target = Arc::new(Mutex::new(forwarder.address("fluent")));
    let senders: Vec<_> = ["a", "b", "c"]
        .map(|name| {
            let target = Arc::clone(&target);
            thread::spawn(move || send_chunks(&target, name, 1000))
        })
        .into();
    kinesis.wait(300);
    // First requests go out and no answers come back, then nothing goes out.
    kinesis.set(Reach::Silent);
    let unread = || forwarder.metric("output_waiting_bytes{output=\"stream\"}");
    let before = unread();
    while unread() < before + 100_000 {
        thread::yield_now();
    }
    kinesis.set(Reach::Away);
    while forwarder.get("metrics", "/ready").0 == 200 {
        thread::yield_now();
    }
    kinesis.set(Reach::Here);
    let messages: Vec<String> = senders.into_iter().flat_map(|sender| sender.join().unwrap()).collect();
    check(&kinesis.wait(messages.len()), &messages);
    println!("{} records sent, {} put on the stream", messages.len(), kinesis.lines());
    forwarder.end();
}

#[test]
fn the_disk_refuses_under_load_and_nothing_is_lost_or_filed_twice() {
    let kinesis = Kinesis::start();
    let place = TestFolder::new(&kinesis.url, "");
    let forwarder = place.start_with_small_files();
    let target: Target = Arc::new(Mutex::new(forwarder.address("fluent")));
    let messages = send_chunks(&target, "a", 400);
    check(&kinesis.wait(messages.len()), &messages);
    let refusals = forwarder.metric("spool_write_failures_total");
    assert!(refusals > 3, "{refusals}");
    println!("{refusals} refusals: {} records sent, {} put on the stream", messages.len(), kinesis.lines());
    forwarder.end();
}

#[test]
fn inputs_change_under_load_and_nothing_is_lost_or_filed_twice() {
    let kinesis = Kinesis::start();
    let place = TestFolder::new(&kinesis.url, "");
    place.configure_inputs(&kinesis.url, "", 0);
    let mut forwarder = place.start();
    forwarder.wait_for("extra0");
    let target: Target = Arc::new(Mutex::new(forwarder.address("fluent")));
    let sender = thread::spawn(move || send_chunks(&target, "a", 600));
    for change in 1..=4 {
        kinesis.wait(change * 800);
        // The input where the sender sends ends each time, and another one takes its socket.
        let socket = place.path().join(format!("{change}.sock"));
        place.configure_inputs(&kinesis.url, &format!(", unix: '{}'", socket.display()), change);
        forwarder.signal(rustix::process::Signal::HUP);
        forwarder.wait_for(&format!("extra{change}"));
        assert!(socket.exists());
        let line = format!("{{\"message\":\"extra{change}\",\"timestamp\":1795163739}}\n");
        assert_eq!(forwarder.post(&format!("extra{change}"), "/", &line).0, 200);
    }
    let mut messages = sender.join().unwrap();
    messages.extend((1..=4).map(|change| format!("extra{change}")));
    check(&kinesis.wait(messages.len()), &messages);
    forwarder.end();
}

#[test]
fn ended_and_started_again_under_load_nothing_is_lost_or_filed_twice() {
    let kinesis = Kinesis::start();
    let place = TestFolder::new(&kinesis.url, "");
    let mut forwarder = place.start();
    let target: Target = Arc::new(Mutex::new(forwarder.address("fluent")));
    let sender = thread::spawn({
        let target = Arc::clone(&target);
        move || send_chunks(&target, "a", 400)
    });
    for restart in 1..=3 {
        kinesis.wait(restart * 500);
        forwarder.end();
        forwarder = place.start();
        *target.lock().unwrap() = forwarder.address("fluent");
    }
    let messages = sender.join().unwrap();
    check(&kinesis.wait(messages.len()), &messages);
    forwarder.end();
}

#[test]
fn rules_are_read_again_while_records_come() {
    let kinesis = Kinesis::start();
    let place = TestFolder::new(&kinesis.url, "");
    let forwarder = place.start();
    let line = |message: &str| format!("{{\"message\":\"{message}\",\"timestamp\":1795163739}}\n");
    assert_eq!(forwarder.post("vlogs", "/insert/jsonline", &line("a")).0, 200);
    kinesis.wait(1);
    place.configure(&kinesis.url, "rules: [{if: {message: /^b/}, drop: true}]\n");
    forwarder.signal(rustix::process::Signal::HUP);
    // Until the new rules hold, records come through.
    for attempt in 0.. {
        let (probe, next) = (format!("b{attempt}"), format!("c{attempt}"));
        forwarder.post("vlogs", "/insert/jsonline", &(line(&probe) + &line(&next)));
        if !has(&wait_for(&kinesis, &next), &probe) {
            break;
        }
    }
    // A broken configuration changes nothing.
    place.configure(&kinesis.url, "rulez: []\n");
    forwarder.signal(rustix::process::Signal::HUP);
    forwarder.post("vlogs", "/insert/jsonline", &(line("b") + &line("d")));
    assert!(!has(&wait_for(&kinesis, "d"), "b"));
    forwarder.end();
}

fn has(found: &BTreeMap<String, Value>, message: &str) -> bool {
    found.values().any(|record| record["message"] == message)
}

/// Waits for a message. Returns all that came.
fn wait_for(kinesis: &Kinesis, message: &str) -> BTreeMap<String, Value> {
    let mut found = kinesis.wait(0);
    while !has(&found, message) {
        found = kinesis.wait(found.len() + 1);
    }
    found
}
