//! The whole forwarder as a process: Fluentd's packed messages in, the spool on disk, a Kinesis on loopback out. Prints
//! records a second, processor time of the forwarder for a record, and its memory, and writes them to `bench/forward.json` in
//! cargo's target folder, from which `make bench` takes them. The load runs on the same machine.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a benchmark may stop")]

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use forward::config::Config;
use forward::daemon;

const CONFIG: &str = "FORWARD_BENCH_CONFIG";
/// Records of a message: 64 KiB, as Fluent Bit sends them.
const RECORDS: usize = 250;
const MESSAGES: usize = 8_000;
const QUICK_MESSAGES: usize = 400;
/// Clock ticks of a second in `/proc`.
const TICKS: f64 = 100.0;

fn main() {
    if let Ok(path) = std::env::var(CONFIG) {
        return run_forwarder(&path);
    }
    let messages = if std::env::var_os("BENCH_QUICK").is_some() { QUICK_MESSAGES } else { MESSAGES };
    let kinesis = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", kinesis.local_addr().unwrap());
    thread::spawn(move || {
        kinesis.incoming().map_while(Result::ok).for_each(|stream| drop(thread::spawn(move || serve(&stream))));
    });
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let mut forwarder = start(folder.path(), &url);
    let (fluent, metrics) = (forwarder.1.clone(), forwarder.2.clone());
    let message = message();
    let total = messages * RECORDS;
    let begin = Instant::now();
    let mut stream = TcpStream::connect(&fluent).unwrap();
    for _ in 0..messages {
        stream.write_all(&message).unwrap();
    }
    let sent = begin.elapsed();
    while records(&metrics) < total {
        thread::sleep(Duration::from_millis(5));
    }
    let elapsed = begin.elapsed();
    let pid = forwarder.0.id();
    let (cpu, memory) = (cpu_seconds(pid), peak_kib(pid));
    forwarder.0.kill().unwrap();
    forwarder.0.wait().unwrap();
    #[allow(clippy::cast_precision_loss, reason = "a few million")]
    let (total_f, bytes) = (total as f64, (message.len() * messages) as f64);
    let row = Row {
        name: "forward",
        records: total,
        record_bytes: (bytes / total_f).round(),
        events_per_s: (total_f / elapsed.as_secs_f64()).round(),
        taken_per_s: (total_f / sent.as_secs_f64()).round(),
        cpu_us: (cpu / total_f * 1e8).round() / 100.0,
        peak_mib: (memory / 102.4).round() / 10.0,
    };
    println!("{total} records of {} bytes, spool on disk, zstd", row.record_bytes);
    println!("{:>10} records/s taken", row.taken_per_s);
    println!("{:>10} records/s from the first byte to the last answer of Kinesis", row.events_per_s);
    println!("{:>10} us of the processor for a record", row.cpu_us);
    println!("{:>10} MiB of memory at most", row.peak_mib);
    row.write();
}

/// What was measured: a row of the summary (`bench/src/forward.rs`).
#[derive(serde::Serialize)]
struct Row {
    name: &'static str,
    records: usize,
    record_bytes: f64,
    events_per_s: f64,
    taken_per_s: f64,
    cpu_us: f64,
    peak_mib: f64,
}

impl Row {
    fn write(&self) {
        let target = std::env::var_os("CARGO_TARGET_DIR")
            .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../target"), PathBuf::from);
        fs::create_dir_all(target.join("bench")).unwrap();
        fs::write(target.join("bench/forward.json"), serde_json::to_vec_pretty(self).unwrap()).unwrap();
    }
}

fn run_forwarder(path: &str) {
    let load = || {
        let yaml = fs::read_to_string(path).unwrap();
        Ok(Config::parse(&yaml, path, &|_| None)?)
    };
    let started = |name: &str, addresses: &[String]| println!("{name} {}", addresses.join(" "));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(daemon::run(&load, &|_, _| Ok(None), &started)).unwrap();
}

/// Starts the forwarder. Returns it, and the addresses of its input and of its metrics.
fn start(folder: &Path, url: &str) -> (Child, String, String) {
    let config = folder.join("forward.yaml");
    let yaml = format!(
        "data_dir: {}\nlisten: 127.0.0.1:0\ninputs:\n  fluent: {{type: forward, listen: \"127.0.0.1:0\"}}\noutputs:\n  stream: {{type: kinesis, stream: x, endpoint: \"{url}\"}}\n",
        folder.display()
    );
    fs::write(&config, yaml).unwrap();
    let mut child = Command::new(std::env::current_exe().unwrap())
        .env(CONFIG, &config)
        .env("AWS_ACCESS_KEY_ID", "x")
        .env("AWS_SECRET_ACCESS_KEY", "x")
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut address = || lines.next().unwrap().unwrap().split(' ').nth(1).unwrap().to_owned();
    let (fluent, metrics) = (address(), address());
    (child, fluent, metrics)
}

/// Answers as Kinesis does.
fn serve(stream: &TcpStream) {
    let (mut reader, mut writer) = (BufReader::new(stream), stream);
    let mut body = Vec::new();
    loop {
        let mut length = 0;
        loop {
            let mut line = String::new();
            if reader.read_line(&mut line).unwrap_or(0) == 0 {
                return;
            }
            if line.trim().is_empty() {
                break;
            }
            if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                length = value.trim().parse().unwrap();
            }
        }
        body.resize(length, 0);
        reader.read_exact(&mut body).unwrap();
        let entries = memchr::memmem::find_iter(&body, b"\"PartitionKey\"").count();
        let results = vec![r#"{"SequenceNumber":"1","ShardId":"s"}"#; entries].join(",");
        let answer = format!("{{\"FailedRecordCount\":0,\"Records\":[{results}]}}");
        let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n", answer.len());
        writer.write_all((head + &answer).as_bytes()).unwrap();
    }
}

/// A packed message.
fn message() -> Vec<u8> {
    let mut entries = Vec::new();
    for index in 0..RECORDS {
        let text = format!(
            "order {:06} placed by customer {:05} in {} ms",
            index * 7919 % 1_000_000,
            index * 104_729 % 99_991,
            index % 97
        );
        entries.extend_from_slice(b"\x92\xd7\x00\x6b\x00\x00\x00");
        entries.extend_from_slice(&u32::try_from(index * 1_000_003).unwrap().to_be_bytes());
        entries.push(0x88);
        let fields = [
            ("message", text.as_str()),
            ("levelname", "INFO"),
            ("name", "shop.orders.placement"),
            ("service", "orders"),
            ("hostname", "ip-10-0-17-42.eu-central-1.compute.internal"),
            ("log_uid", &format!("{:032x}", (index as u128).wrapping_mul(0x9E37_79B9_7F4A_7C15_F39C_C060_5CED_C834))),
            ("funcName", "place_order"),
        ];
        for (name, value) in fields {
            for text in [name, value] {
                entries.extend_from_slice(&[0xD9, u8::try_from(text.len()).unwrap()]);
                entries.extend_from_slice(text.as_bytes());
            }
        }
        entries.extend_from_slice(b"\xa6lineno\xcd\x01\x17");
    }
    let mut message = b"\x92\xabshop.orders\xc6".to_vec();
    message.extend_from_slice(&u32::try_from(entries.len()).unwrap().to_be_bytes());
    message.extend_from_slice(&entries);
    message
}

/// Asks the forwarder how many records its output has.
fn records(metrics: &str) -> usize {
    let mut stream = TcpStream::connect(metrics).unwrap();
    stream.write_all(b"GET /metrics HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").unwrap();
    let mut text = String::new();
    stream.read_to_string(&mut text).unwrap();
    let line = text.lines().find(|line| line.starts_with("logbraid_forward_output_records_total{")).unwrap();
    line.rsplit(' ').next().unwrap().parse().unwrap()
}

fn cpu_seconds(pid: u32) -> f64 {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap().split_whitespace().collect();
    let ticks: f64 = [11, 12].iter().map(|index| fields[*index].parse::<f64>().unwrap()).sum();
    ticks / TICKS
}

fn peak_kib(pid: u32) -> f64 {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}
