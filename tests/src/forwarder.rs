//! The forwarder: the real `logbraid forward`, with a file as its output.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;
use std::process::{ExitStatus, Stdio};
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::Value;
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};
use tokio::time::timeout;

use crate::binaries::executable;
use crate::wait::{DEADLINE, until_some};

/// What the forwarder writes on standard error when an input listens.
const LISTENS: &str = " listens at ";
/// What it calls the address of metrics, which it names last.
const METRICS: &str = "metrics";

/// A forwarder with a folder of its own, and a process that may end and begin again.
#[derive(Debug)]
pub struct Forwarder {
    folder: TempDir,
    /// The inputs' settings without their addresses, by name.
    inputs: Vec<(String, String)>,
    /// Where they listen; the same after a restart.
    addresses: HashMap<String, String>,
    process: Option<Child>,
    log: Arc<Mutex<Vec<String>>>,
}

impl Forwarder {
    /// Starts a forwarder with inputs: a name and `key: value` settings, with `{}` for an address on this machine.
    pub async fn start(inputs: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let inputs = inputs.iter().map(|(name, settings)| ((*name).to_owned(), (*settings).to_owned())).collect();
        let mut forwarder = Self { folder, inputs, addresses: HashMap::new(), process: None, log: Arc::default() };
        forwarder.begin().await;
        forwarder
    }

    /// Starts the process again, at the same addresses.
    pub async fn begin(&mut self) {
        let config = self.folder.path().join("forward.yaml");
        fs::write(&config, self.config()).expect("the configuration is written");
        let mut command = Command::new(executable("logbraid"));
        command.arg("forward").arg("--config").arg(&config).stdin(Stdio::null()).stdout(Stdio::null());
        let mut process = command.stderr(Stdio::piped()).kill_on_drop(true).spawn().expect("the forwarder starts");
        let mut lines = BufReader::new(process.stderr.take().expect("standard error")).lines();
        let started = async {
            while let Some(line) = lines.next_line().await.expect("standard error is text") {
                self.log.lock().unwrap_or_else(PoisonError::into_inner).push(line.clone());
                if let Some((name, addresses)) = line.split_once(LISTENS) {
                    let first = addresses.split([',', ' ']).next().unwrap_or_default();
                    let name = name.trim_start_matches("logbraid: ");
                    self.addresses.insert(name.to_owned(), first.to_owned());
                    if name == METRICS {
                        return true;
                    }
                }
            }
            false
        };
        let is_started = timeout(DEADLINE, started).await.unwrap_or_default();
        assert!(is_started, "the forwarder does not start: {:#?}", self.log());
        let log = Arc::clone(&self.log);
        tokio::spawn(async move {
            while let Ok(Some(line)) = lines.next_line().await {
                log.lock().unwrap_or_else(PoisonError::into_inner).push(line);
            }
        });
        self.process = Some(process);
    }

    /// Ends the process as an operator does, and returns its status.
    pub async fn terminate(&mut self) -> ExitStatus {
        let mut process = self.process.take().expect("it runs");
        let id = process.id().and_then(|id| rustix::process::Pid::from_raw(id.cast_signed())).expect("it runs");
        rustix::process::kill_process(id, rustix::process::Signal::TERM).expect("a signal can be sent");
        timeout(DEADLINE, process.wait()).await.expect("it ends").expect("it has a status")
    }

    /// Kills the process.
    pub async fn kill(&mut self) {
        self.process.take().expect("it runs").kill().await.expect("it can be killed");
    }

    /// Returns where an input listens: `127.0.0.1:24224`.
    #[must_use]
    pub fn address(&self, input: &str) -> &str {
        self.addresses.get(input).unwrap_or_else(|| panic!("no {input} in {:?}", self.addresses))
    }

    /// Returns the lines that the process wrote to standard error.
    #[must_use]
    pub fn log(&self) -> Vec<String> {
        self.log.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Waits until there are so many records, and returns them as they are written: one JSON object a line.
    pub async fn records(&self, count: usize) -> Vec<Value> {
        let what = format!("{count} records of {:#?}", self.log());
        let text = until_some(&what, async || self.text().filter(|text| text.lines().count() >= count)).await;
        let records: Vec<Value> = text
            .lines()
            .map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}")))
            .collect();
        assert_eq!(records.len(), count, "{records:#?}");
        records
    }

    /// Returns what the output has: whole lines.
    #[must_use]
    pub fn text(&self) -> Option<String> {
        fs::read_to_string(self.output()).ok().filter(|text| text.ends_with('\n'))
    }

    fn output(&self) -> PathBuf {
        self.folder.path().join("records.jsonl")
    }

    fn config(&self) -> String {
        let any = "127.0.0.1:0";
        let address = |name: &str| self.addresses.get(name).map_or(any, String::as_str);
        let data = self.folder.path().join("data");
        let mut yaml = format!("data_dir: {}\nlisten: {}\ninputs:\n", data.display(), address(METRICS));
        for (name, settings) in &self.inputs {
            // Writing into memory does not fail.
            let _ = writeln!(yaml, "  {name}: {{{}}}", settings.replace("{}", address(name)));
        }
        let _ = writeln!(yaml, "outputs:\n  file: {{type: file, path: {}}}", self.output().display());
        yaml
    }
}
