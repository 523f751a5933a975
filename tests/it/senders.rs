//! The packages that people send with, as they are on PyPI and npm: each is used by its own API, and its records are found.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use local::cache::{Cache, Pins, Requirements};
use local::page::packages;
use serde_json::{Value, json};
use tests::app::TestApp;
use tests::forwarder::Forwarder;
use tests::kinesis::Stream;
use tests::wait::DEADLINE;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::process::Command;
use tokio::time::timeout;

const UID: &str = "0a1b2c3d-1111-4aaa-8bbb-0123456789ab";

const PACKAGES: Pins = Pins {
    folder: "senders-1",
    // distlog needs six, and does not say so.
    packages: &[
        "distlog==0.1.dev0",
        "fluent-logger==0.11.1",
        "graypy==2.1.0",
        "opentelemetry-exporter-otlp-proto-grpc==1.45.2",
        "opentelemetry-sdk==1.45.2",
        "pyzmq==27.3.0",
        "six==1.17.0",
        "victorialogs-handler==0.1.0",
    ],
    requirements: Requirements::Follow,
};
// Each has a msgpack of its own.
const AIOFLUENT_1_2: Pins = Pins {
    folder: "aiofluent-1.2.6",
    packages: &["aiofluent==1.2.6", "msgpack-python==0.5.6"],
    requirements: Requirements::Follow,
};
const AIOFLUENT_1_0: Pins = Pins {
    folder: "aiofluent-1.0.8",
    packages: &["aiofluent==1.0.8", "msgpack-python==0.5.6"],
    requirements: Requirements::Follow,
};

const FORWARD: &str = "type: forward, listen: {}";

/// Runs a script against a forwarder with one input, which it may stop and start. Returns what the script saw.
async fn run(pins: &'static Pins, script: &str, forwarder: &mut Forwarder, inputs: &[&str]) -> Value {
    let venv = tokio::task::spawn_blocking(|| Cache::from_env().and_then(|cache| cache.venv(pins)));
    let venv: PathBuf = venv.await.expect("no panic").expect("the packages can be installed");
    let mut command = Command::new(venv.join("bin/python"));
    command.arg(folder().join(script)).env("PYTHONDONTWRITEBYTECODE", "1");
    talk(command, forwarder, inputs).await
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("it/senders")
}

/// Runs a script of Node.js, with npm's packages.
async fn run_node(script: &str, forwarder: &mut Forwarder, inputs: &[&str]) -> Value {
    let logs = tempfile::tempdir().expect("a temporary folder");
    let log = logs.path().join("npm.log");
    let node = tokio::task::spawn_blocking(move || packages(&folder().join("node"), &log));
    let mut command = node.await.expect("no panic").expect("the packages can be installed").command("node");
    command.arg(script);
    talk(command.into(), forwarder, inputs).await
}

async fn talk(mut command: Command, forwarder: &mut Forwarder, inputs: &[&str]) -> Value {
    let addresses: BTreeMap<_, _> = inputs.iter().map(|input| (*input, forwarder.address(input).to_owned())).collect();
    command.arg(UID).arg(json!(addresses).to_string());
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).kill_on_drop(true);
    let mut process = command.spawn().expect("the script starts");
    let mut asked = BufReader::new(process.stdout.take().expect("its output")).lines();
    let mut answers = process.stdin.take().expect("its input");
    let talk = async {
        let mut seen = Value::Null;
        while let Some(line) = asked.next_line().await.expect("it is text") {
            match line.as_str() {
                "stop" => assert!(forwarder.terminate().await.success(), "{:#?}", forwarder.log()),
                "start" => forwarder.begin().await,
                _ => {
                    seen = serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line}"));
                    continue;
                }
            }
            answers.write_all(b"done\n").await.expect("it listens");
        }
        seen
    };
    let seen = timeout(2 * DEADLINE, talk).await.expect("the script ends");
    assert!(process.wait().await.expect("it has a status").success(), "{command:?}");
    seen
}

/// Returns the record whose message begins like this.
fn with<'r>(records: &'r [Value], message: &str) -> &'r Value {
    let begins = |record: &&Value| record["message"].as_str().is_some_and(|text| text.starts_with(message));
    records.iter().find(begins).unwrap_or_else(|| panic!("no {message} in {records:#?}"))
}

/// Returns the first line of each record's message and these of its fields, sorted by message.
fn facts(records: &[Value], names: &[&str]) -> Vec<Value> {
    let fact = |record: &Value| {
        let message = json!(record["message"].as_str().and_then(|text| text.lines().next()));
        let names = names.iter().map(|name| record.get(*name).cloned().unwrap_or_default());
        std::iter::once(message).chain(names).collect()
    };
    let mut facts: Vec<Value> = records.iter().map(fact).collect();
    facts.sort_by_key(ToString::to_string);
    facts
}

/// Files what the forwarder wrote, twice, as Kinesis may deliver it, and returns the messages of a transaction.
async fn filed(forwarder: &Forwarder, uid: &str) -> Vec<String> {
    let app = TestApp::start().await;
    let stream = Stream::new("app_logging", 1);
    let text = forwarder.text().expect("there are records");
    stream.put("a", text.clone());
    stream.put("a", text);
    app.deliver(&stream).await;
    let answer = app.get(&format!("/transactions/{uid}")).await;
    let records = answer.body["records"].as_array().expect("records").clone();
    let mut messages: Vec<String> = records
        .iter()
        .map(|record| record["message"].as_str().and_then(|text| text.lines().next()).unwrap_or_default().to_owned())
        .collect();
    messages.sort();
    messages
}

#[tokio::test(flavor = "multi_thread")]
async fn fluent_loggers_promises_hold() {
    let mut forwarder = Forwarder::start(&[("forward", FORWARD)]).await;
    let seen = run(&PACKAGES, "fluent_logger.py", &mut forwarder, &["forward"]).await;
    let expect = json!({
        "emit": true, "emit_with_time": true, "last_error": null, "unwritable": true, "packing_error": "TypeError",
        "queued": [true, true, true], "connected": true, "while_down": [false, false], "down_error": true,
        "overflown": ["not delivered"], "up_again": true,
    });
    assert_eq!(seen, expect);
    let messages = [
        "Can't output to log",
        "handler 1",
        "handler 2",
        "nanoseconds",
        "pending 0",
        "pending 1",
        "pending 2",
        "pending 3",
        "queued 0",
        "queued 1",
        "queued 2",
        "sender",
    ];
    let records = forwarder.records(messages.len()).await;
    assert_eq!(facts(&records, &[]), messages.map(|message| json!([message])));
    let of = |message: &str| with(&records, message);
    assert_eq!(of("nanoseconds")["timeUnixNano"], 1_795_163_739_123_456_789_u64);
    assert_eq!((&of("sender")["tag"], &of("sender")["amount"]), (&json!("shop.order"), &json!(12.5)));
    assert_eq!(of("sender")["lines"], json!([1, {"a": null}]));
    assert_eq!((&of("handler 1")["level"], &of("handler 1")["logger"]), (&json!("WARNING"), &json!("checkout")));
    assert!(of("handler 2")["exc_text"].as_str().is_some_and(|text| text.contains("ZeroDivisionError")));
    // All but the one that could not be written.
    assert_eq!(filed(&forwarder, UID).await, messages[1..]);
}

#[tokio::test(flavor = "multi_thread")]
async fn aiofluents_promises_hold() {
    let mut forwarder = Forwarder::start(&[("forward", FORWARD)]).await;
    let seen = run(&AIOFLUENT_1_2, "aiofluent_1_2.py", &mut forwarder, &["forward"]).await;
    let expect = json!({
        "emit": true, "emit_with_time": true, "last_error": null, "unwritable": true, "packing_error": "TypeError",
        "while_down": false, "down_error": true, "up_again": true,
    });
    assert_eq!(seen, expect);
    let records = forwarder.records(9).await;
    let of = |message: &str| with(&records, message);
    assert_eq!(of("nanoseconds")["timeUnixNano"], 1_795_163_739_250_000_000_u64);
    assert_eq!((&of("sender")["tag"], &of("sender")["amount"]), (&json!("shop.order"), &json!(12.5)));
    assert_eq!((&of("event")["tag"], &of("handler 1")["tag"]), (&json!("shop.event"), &json!("shop.handler")));
    assert!(of("handler 2")["exc_text"].as_str().is_some_and(|text| text.contains("ZeroDivisionError")));
    // It loses what it writes first into a connection that the other side has closed: "pending 1".
    let messages = ["event", "handler 1", "handler 2", "nanoseconds", "pending 2", "pending 3", "sender", "up again"];
    assert_eq!(filed(&forwarder, UID).await, messages);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_older_aiofluents_promises_hold() {
    let mut forwarder = Forwarder::start(&[("forward", FORWARD)]).await;
    let seen = run(&AIOFLUENT_1_0, "aiofluent_1_0.py", &mut forwarder, &["forward"]).await;
    assert_eq!(seen, json!({"emit": true, "last_error": null, "async_emit": true}));
    let records = forwarder.records(3).await;
    let expect = [
        json!(["async", "shop.order", null]),
        json!(["handler 1", "shop.handler", "WARNING"]),
        json!(["sender", "shop.order", null]),
    ];
    assert_eq!(facts(&records, &["tag", "level"]), expect);
    assert_eq!(filed(&forwarder, UID).await, ["async", "handler 1", "sender"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_victorialogs_handlers_promises_hold() {
    let mut forwarder = Forwarder::start(&[("vlogs", "type: victorialogs, listen: {}")]).await;
    let seen = run(&PACKAGES, "victorialogs.py", &mut forwarder, &["vlogs"]).await;
    let expect = json!({"after_flush": 0, "kept_while_down": true, "up_again": 0, "after_close": 0, "is_alive": false});
    assert_eq!(seen, expect);
    let messages: Vec<String> = ["at close"]
        .map(str::to_owned)
        .into_iter()
        .chain((0..7).map(|number| format!("batch {number}")))
        .chain(["while down".to_owned()])
        .collect();
    let records = forwarder.records(messages.len()).await;
    let of = |message: &str| with(&records, message);
    assert_eq!((&of("batch 3")["amount"], &of("batch 3")["items"]), (&json!(3.5), &json!([1, {"a": null}])));
    assert_eq!((&of("at close")["level"], &of("at close")["logger"]), (&json!("ERROR"), &json!("shop.checkout")));
    assert!(of("at close")["exception"].as_str().is_some_and(|text| text.contains("ZeroDivisionError")));
    assert_eq!(filed(&forwarder, UID).await, messages);
}

#[tokio::test(flavor = "multi_thread")]
async fn distlogs_tasks_arrive() {
    let mut forwarder = Forwarder::start(&[("distlog", "type: distlog, listen: {}")]).await;
    let seen = run(&PACKAGES, "distlog_tasks.py", &mut forwarder, &["distlog"]).await;
    let records = forwarder.records(3 * 6 + 1).await;
    for name in ["json", "pickle", "later"] {
        let uid = seen[name].as_str().expect("its uid");
        let of_task: Vec<Value> = records.iter().filter(|record| record["log_uid"] == uid).cloned().collect();
        let expect = [
            json!([format!("FAILED ship {name}"), "1/2", "1", "failed", null]),
            json!([format!("card of {name}"), "1/1", "1", null, 12.5]),
            json!([format!("charge {name}"), "1/1", "1", "started", null]),
            json!([format!("charged {name}"), "1/1", "1", "succeeded", null]),
            json!([format!("order {name}"), "1", null, "started", null]),
            json!([format!("ship {name}"), "1/2", "1", "started", null]),
        ];
        assert_eq!(facts(&of_task, &["task", "parent", "status", "amount"]), expect, "{name}");
    }
    let aside = records.iter().find(|record| record["unreadable_base64"].is_string()).expect("it is kept");
    let why = r#"the forwarder cannot read this: GLOBAL at byte 493 imports "datetime.date": only plain data is read"#;
    let text = aside["message"].as_str().expect("a message");
    assert_eq!(
        text.replace(|char: char| char.is_ascii_digit(), ""),
        why.replace(|char: char| char.is_ascii_digit(), "")
    );
    assert_eq!(filed(&forwarder, seen["pickle"].as_str().expect("its uid")).await.len(), 6);
}

#[tokio::test(flavor = "multi_thread")]
async fn opentelemetrys_logs_arrive_over_grpc() {
    let mut forwarder = Forwarder::start(&[("otlp", "type: otlp, grpc: \"{}\"")]).await;
    let seen = run(&PACKAGES, "opentelemetry_grpc.py", &mut forwarder, &["otlp"]).await;
    assert_eq!(seen, json!({"flushed": true}));
    // One plain, one compressed.
    forwarder.records(2).await;
    assert_eq!(filed(&forwarder, UID).await, ["otlp 1", "otlp 1"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn syslog_and_gelf_arrive() {
    let inputs = [("syslog", "type: syslog, listen: {}"), ("gelf", "type: gelf, listen: {}")];
    let mut forwarder = Forwarder::start(&inputs).await;
    run(&PACKAGES, "standard_library.py", &mut forwarder, &["syslog", "gelf"]).await;
    let records = forwarder.records(6).await;
    for message in ["syslog SOCK_DGRAM", "syslog SOCK_STREAM", "SOCK_DGRAM two", "SOCK_STREAM two"] {
        assert_eq!(with(&records, message)["levelname"], "ERROR");
        assert_eq!(
            with(&records, message)["message"].as_str().is_some_and(|text| text.contains("\nlines")),
            message.ends_with("two")
        );
    }
    let written = format!("request_id={UID}");
    let messages = [
        "SOCK_DGRAM two".to_owned(),
        "SOCK_STREAM two".to_owned(),
        "gelf in chunks".to_owned(),
        "gelf over tcp".to_owned(),
        format!("syslog SOCK_DGRAM {written}"),
        format!("syslog SOCK_STREAM {written}"),
    ];
    assert_eq!(filed(&forwarder, UID).await, messages);
}

#[tokio::test(flavor = "multi_thread")]
async fn npms_senders_of_fluentds_protocol_are_acknowledged() {
    let guarded = "type: forward, listen: {}, shared_key: hunter2, users: {ann: secret}";
    let mut forwarder = Forwarder::start(&[("forward", FORWARD), ("guarded", guarded)]).await;
    let seen = run_node("fluentd.js", &mut forwarder, &["forward", "guarded"]).await;
    let messages = [
        "logger CompressedPackedForward",
        "logger Message",
        "logger PackedForward",
        "logger key",
        "org CompressedPackedForward",
        "org Forward",
        "org Message",
        "org PackedForward",
        "org key",
    ];
    let mut expect: BTreeMap<&str, &str> = messages.iter().map(|message| (*message, "sent")).collect();
    expect.insert("logger stranger", "HandshakeError");
    assert_eq!(seen, json!(expect));
    let records = forwarder.records(messages.len()).await;
    let expect = messages.map(|message| json!([message, "shop.order", [1, {"a": null}]]));
    assert_eq!(facts(&records, &["tag", "lines"]), expect);
    assert_eq!(filed(&forwarder, UID).await, messages);
}
