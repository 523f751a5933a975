use std::collections::HashSet;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

use serde_json::Value;

use super::{Decisions, Pipeline, Way};
use crate::config::Config;
use crate::entry::{Entry, Format, Identity};
use crate::outputs::{Batch, Output, OutputError, Shape, Stop};
use crate::processors::Processors;
use crate::spool::{Settings, Spool};

/// Longer than anything takes that happens at all.
const LONG: Duration = Duration::from_mins(1);

/// An output that keeps lines, and takes none while it is stuck.
#[derive(Clone, Default)]
pub(super) struct Kept {
    lines: Arc<(Mutex<Vec<Value>>, Condvar)>,
    is_stuck: Arc<AtomicBool>,
}

impl Output for Kept {
    fn shape(&self) -> Shape {
        Shape { bytes: 1000, linger: Duration::from_millis(1) }
    }

    fn write(&mut self, batch: &Batch, _: &Stop) -> Result<(), OutputError> {
        if self.is_stuck.load(Ordering::Relaxed) {
            return Err(OutputError::new("stuck"));
        }
        let lines = batch.lines().map(|line| serde_json::from_slice(line).unwrap());
        self.lines.0.lock().unwrap().extend(lines);
        self.lines.1.notify_all();
        Ok(())
    }
}

impl Kept {
    /// Returns an output that takes nothing.
    pub(super) fn stuck() -> Self {
        let kept = Self::default();
        kept.is_stuck.store(true, Ordering::Relaxed);
        kept
    }

    /// Waits for so many lines, and returns the messages.
    pub(super) fn wait(&self, count: usize) -> Vec<String> {
        let until = Instant::now() + LONG;
        let mut lines = self.lines.0.lock().unwrap();
        while lines.len() < count {
            let left = until.checked_duration_since(Instant::now()).expect("the lines never came");
            lines = self.lines.1.wait_timeout(lines, left).unwrap().0;
        }
        lines.iter().map(|line| line["message"].as_str().unwrap().to_owned()).collect()
    }
}

/// An output that keeps the bytes.
struct Texts(Arc<Mutex<Vec<u8>>>);

impl Output for Texts {
    fn write(&mut self, batch: &Batch, _: &Stop) -> Result<(), OutputError> {
        self.0.lock().unwrap().extend_from_slice(&batch.text);
        Ok(())
    }
}

pub(super) struct Run {
    spool: Arc<Spool>,
    pipeline: Pipeline,
}

fn decisions(rules: &str, outputs: usize) -> Decisions {
    let names: Vec<String> = (0..outputs).map(|index| format!("  out{index}: {{type: stdout}}")).collect();
    let yaml = format!("data_dir: /nowhere\n{rules}\noutputs:\n{}\n", names.join("\n"));
    let config = Config::parse(&yaml, "test.yaml", &|_| None).unwrap();
    Decisions { rules: Arc::new(config.rules), processors: Processors::new(config.processors) }
}

pub(super) fn start(folder: &Path, rules: &str, outputs: &[Kept]) -> Run {
    let settings = Settings { folder: folder.join("spool"), max_bytes: 1 << 30 };
    let spool = Arc::new(Spool::open(settings).unwrap());
    let ways = outputs.iter().enumerate().map(|(index, output)| Way {
        name: format!("out{index}"),
        output: Box::new(output.clone()),
        decisions: decisions(rules, outputs.len()),
    });
    let pipeline = Pipeline::start(&spool, &folder.join("positions"), ways.collect()).unwrap();
    Run { spool, pipeline }
}

impl Run {
    pub(super) fn store(&self, messages: &[&str]) {
        let spooler = self.spool.spooler().unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        for message in messages {
            let payload = format!("{{\"message\":\"{message}\",\"timestamp\":1}}\n").into_bytes();
            let entry =
                Entry { identity: Identity::Content(1), ..Entry::new(&Arc::from("in"), Format::JsonLines, payload) };
            runtime.block_on(spooler.store(entry)).unwrap();
        }
    }

    pub(super) fn end(self) {
        self.spool.close();
        self.pipeline.finish(LONG);
    }

    /// Ends without waiting for the outputs.
    pub(super) fn cut(self) {
        self.spool.close();
        self.pipeline.finish(Duration::ZERO);
    }
}

#[test]
fn records_go_to_every_output_once_over_restarts() {
    let folder = tempfile::tempdir().unwrap();
    let outputs = [Kept::default(), Kept::default()];
    for part in [["a", "b"], ["c", "d"]] {
        let run = start(folder.path(), "", &outputs);
        run.store(&part);
        run.end();
    }
    for output in &outputs {
        assert_eq!(output.wait(4), ["a", "b", "c", "d"]);
    }
}

#[test]
fn an_output_that_is_stuck_holds_up_no_other() {
    let folder = tempfile::tempdir().unwrap();
    let outputs = [Kept::default(), Kept::default()];
    outputs[0].is_stuck.store(true, Ordering::Relaxed);
    let run = start(folder.path(), "", &outputs);
    run.store(&["a", "b"]);
    assert_eq!(outputs[1].wait(2), ["a", "b"]);
    assert_eq!(outputs[0].wait(0).len(), 0);
    outputs[0].is_stuck.store(false, Ordering::Relaxed);
    assert_eq!(outputs[0].wait(2), ["a", "b"]);
    run.end();
    assert_eq!(outputs[1].wait(0), ["a", "b"]);
}

#[test]
fn what_was_not_written_comes_after_the_next_start_with_the_same_ids() {
    let folder = tempfile::tempdir().unwrap();
    let output = Kept::default();
    output.is_stuck.store(true, Ordering::Relaxed);
    let run = start(folder.path(), "", std::slice::from_ref(&output));
    run.store(&["a"]);
    run.cut();
    output.is_stuck.store(false, Ordering::Relaxed);
    let run = start(folder.path(), "", std::slice::from_ref(&output));
    run.store(&["a", "b"]);
    run.end();
    assert_eq!(output.wait(3), ["a", "a", "b"]);
    let lines = output.lines.0.lock().unwrap();
    let ids: HashSet<&str> = lines.iter().map(|line| line["record_id"].as_str().unwrap()).collect();
    assert_eq!(ids.len(), 2);
}

#[test]
fn rules_send_records_to_their_outputs() {
    let folder = tempfile::tempdir().unwrap();
    let outputs = [Kept::default(), Kept::default()];
    let rules = "rules:\n  - {if: {message: /^secret/}, drop: true}\n  - {if: {message: /^a/}, set: {env: prod}, to: [out1]}\n  - {to: [out0]}";
    let run = start(folder.path(), rules, &outputs);
    run.store(&["apple", "secret", "pear"]);
    run.end();
    assert_eq!(outputs[0].wait(1), ["pear"]);
    assert_eq!(outputs[1].wait(1), ["apple"]);
    assert_eq!(outputs[1].lines.0.lock().unwrap()[0]["env"], "prod");
}

#[test]
fn new_rules_are_taken_while_records_come() {
    let folder = tempfile::tempdir().unwrap();
    let output = Kept::default();
    let run = start(folder.path(), "", std::slice::from_ref(&output));
    run.store(&["a"]);
    output.wait(1);
    run.pipeline.decide(vec![decisions("rules: [{if: {message: /b/}, drop: true}]", 1)]);
    run.store(&["b", "c"]);
    run.end();
    assert_eq!(output.wait(2), ["a", "c"]);
}

#[test]
fn what_no_rule_changes_stays_as_it_was_written() {
    let folder = tempfile::tempdir().unwrap();
    let text = Arc::new(Mutex::new(Vec::new()));
    let settings = Settings { folder: folder.path().join("spool"), max_bytes: 1 << 30 };
    let spool = Arc::new(Spool::open(settings).unwrap());
    let decisions = decisions("rules: [{if: {message: /x/}, set: {a: 1}}]", 1);
    let way = Way { name: "out0".to_owned(), output: Box::new(Texts(Arc::clone(&text))), decisions };
    let pipeline = Pipeline::start(&spool, &folder.path().join("positions"), vec![way]).unwrap();
    let run = Run { spool, pipeline };
    run.store(&["a\",\"z\":12345678901234567890.10,\"b\":\""]);
    run.end();
    let text = String::from_utf8(text.lock().unwrap().clone()).unwrap();
    assert!(text.starts_with("{\"message\":\"a\",\"z\":12345678901234567890.10,\"b\":\"\",\"timestamp\":1,"), "{text}");
}
