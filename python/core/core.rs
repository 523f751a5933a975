//! The part of a handler that runs for each record.

mod deliver;

use std::borrow::Cow;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyString, PyTuple};
use send::buffer::Reason;
use send::{Identity, Sender};

use crate::field::Field;
use crate::record::{Attributes, Renderer};
use crate::sample::is_kept;
use crate::settings::{Options, seconds, whole};
use crate::uid::is_uid;

/// `logging.ERROR`.
const ERROR: i64 = 40;
/// How often a waiting flush looks for signals.
const SIGNAL_INTERVAL: Duration = Duration::from_millis(50);
/// The longest time to wait for what is being put.
const DRAIN_LIMIT: Duration = Duration::from_secs(1);
/// The largest line memory that is kept for the next record.
const MAX_SCRATCH_BYTES: usize = 64 * 1024;

/// Turns records into lines and sends them in the background.
#[pyclass(frozen, module = "logbraid._core")]
pub(crate) struct Core {
    renderer: Renderer,
    sender: Sender,
    /// `logbraid._transaction._current.get`.
    current: Py<PyAny>,
    /// What is called with the lines that are dropped.
    overflow: Option<Py<PyAny>>,
    block: Duration,
    hold_below: i64,
    hold_bytes: usize,
    sample: f64,
    /// Memory for a line.
    scratch: Mutex<Vec<u8>>,
    /// Whether this process is a fork of the one that made it.
    is_left: AtomicBool,
    /// The process that made it.
    pid: u32,
    /// Whether each record asks for the process, which costs a system call.
    forks_unseen: bool,
    held: AtomicU64,
    evicted: AtomicU64,
    outside: AtomicU64,
    sampled_out: AtomicU64,
    cut: AtomicU64,
    failed: AtomicU64,
}

#[pymethods]
impl Core {
    #[new]
    fn new(
        py: Python<'_>,
        options: &Bound<'_, PyAny>,
        current: Py<PyAny>,
        format_exception: Py<PyAny>,
        overflow: Option<Py<PyAny>>,
    ) -> PyResult<Self> {
        let options: Options = options.extract()?;
        let random = getrandom::u64().unwrap_or_else(|_| u64::from(std::process::id()));
        let identity = Arc::new(Identity::new(random));
        let service = options.service.as_deref();
        let mut common = format!(",\"fqdn\":{},\"process\":{}", quoted(&options.fqdn), std::process::id());
        if let Some(service) = service {
            common = common + ",\"service\":" + &quoted(service);
        }
        Ok(Self {
            renderer: Renderer::new(py, Arc::clone(&identity), service, &options.fqdn, format_exception)?,
            sender: options.sender(&identity, common)?,
            current,
            overflow,
            block: seconds("block_seconds", options.block_seconds)?,
            hold_below: options.hold_below.unwrap_or(i64::MIN),
            hold_bytes: whole(options.hold_kb * 1024.0),
            sample: options.sample,
            scratch: Mutex::default(),
            is_left: AtomicBool::new(false),
            pid: std::process::id(),
            forks_unseen: options.forks_unseen,
            held: AtomicU64::new(0),
            evicted: AtomicU64::new(0),
            outside: AtomicU64::new(0),
            sampled_out: AtomicU64::new(0),
            cut: AtomicU64::new(0),
            failed: AtomicU64::new(0),
        })
    }

    /// Takes a record. Raises nothing but `KeyboardInterrupt` and its like, when a signal comes meanwhile. Returns whether the
    /// record was refused, because this process is a fork that Python knows nothing of.
    fn write(this: &Bound<'_, Self>, record: &Bound<'_, PyAny>) -> PyResult<bool> {
        let core = this.get();
        if core.forks_unseen && core.is_elsewhere() {
            return Ok(true);
        }
        let outcome = catch_unwind(AssertUnwindSafe(|| core.take(this, record)));
        let result = outcome.unwrap_or_else(|_| Err(pyo3::exceptions::PyRuntimeError::new_err("a defect")));
        match result {
            Err(error) if error.is_instance_of::<pyo3::exceptions::PyException>(this.py()) => {
                core.failed.fetch_add(1, Ordering::Relaxed);
                core.count_dropped(1, Reason::Failed);
                Ok(false)
            }
            other => other.map(|()| false),
        }
    }

    /// Sends what waits. Returns whether all of it left within the time.
    fn flush(&self, py: Python<'_>, timeout: f64) -> PyResult<bool> {
        if self.is_left.load(Ordering::Relaxed) {
            return Ok(true);
        }
        let until = Instant::now() + seconds("timeout", timeout)?;
        let target = self.sender.begin_flush();
        let mut result = Ok(false);
        loop {
            let left = until.saturating_duration_since(Instant::now());
            if py.detach(|| self.sender.wait(target, left.min(SIGNAL_INTERVAL))) {
                result = Ok(true);
                break;
            }
            if let Err(error) = py.check_signals() {
                result = Err(error);
                break;
            }
            if left.is_zero() {
                break;
            }
        }
        self.sender.end_flush();
        result
    }

    /// Lets the threads end when nothing waits.
    fn close(&self) {
        if !self.is_left.load(Ordering::Relaxed) {
            self.sender.close();
        }
    }

    /// Returns whether this process is not the one that made it.
    fn is_elsewhere(&self) -> bool {
        std::process::id() != self.pid
    }

    /// Gives everything up to the parent, in a forked child.
    fn leave_to_parent(&self) {
        self.is_left.store(true, Ordering::Relaxed);
        self.sender.leave_to_parent();
    }

    /// Takes out everything that waits, as bytes for Kinesis.
    fn drain<'py>(&self, py: Python<'py>) -> Vec<Bound<'py, PyBytes>> {
        let drained = py.detach(|| self.sender.drain(DRAIN_LIMIT));
        drained.iter().map(|bytes| PyBytes::new(py, bytes)).collect()
    }

    /// Returns the counts.
    fn stats<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let stats = self.sender.stats();
        let dict = PyDict::new(py);
        let own = |count: &AtomicU64| count.load(Ordering::Relaxed);
        for (name, value) in [
            ("taken", stats.counts.taken),
            ("sent", stats.counts.sent),
            ("dropped", stats.counts.dropped),
            ("waiting", stats.waiting),
            ("spooled", stats.spooled),
            ("untold", stats.untold),
            ("waiting_bytes", stats.bytes),
            ("spool_bytes", stats.spool_bytes),
            ("sent_bytes", stats.counts.sent_bytes),
            ("kinesis_records", stats.counts.sent_chunks),
            ("requests", stats.requests),
            ("failed_requests", stats.failed_requests),
            ("throttled", stats.counts.throttled),
            ("crashes", stats.crashes),
            ("cut", own(&self.cut)),
            ("held", own(&self.held)),
            ("held_evicted", own(&self.evicted)),
            ("not_held", own(&self.outside)),
            ("sampled_out", own(&self.sampled_out)),
            ("failed", own(&self.failed)),
        ] {
            dict.set_item(name, value)?;
        }
        Ok(dict)
    }

    /// Puts the record of what was dropped among the lines, with room or without.
    fn tell_dropped(&self) {
        if !self.is_left.load(Ordering::Relaxed) {
            self.sender.tell_dropped();
        }
    }

    /// Returns how many records were dropped of which nothing tells yet, and why.
    fn untold(&self) -> (u64, String) {
        self.sender.untold()
    }

    /// Returns the last failure of the spool.
    fn spool_error(&self) -> Option<String> {
        self.sender.spool_error()
    }

    /// Returns the last failure, and when it was.
    fn last_error(&self) -> Option<(String, f64)> {
        let last = self.sender.last_error()?;
        #[expect(clippy::cast_precision_loss, reason = "microseconds fit")]
        Some((last.message, last.time.as_microsecond() as f64 / 1e6))
    }

    /// Ends the threads as a defect would, for tests.
    fn kill_threads(&self) {
        self.sender.kill_threads();
    }
}

impl Core {
    fn take(&self, this: &Bound<'_, Self>, record: &Bound<'_, PyAny>) -> PyResult<()> {
        let py = this.py();
        let attributes = Attributes::read(&self.renderer.names, record)?;
        let transaction = self.current.bind(py).call0().ok().filter(|current| !current.is_none());
        let level = attributes.level();
        let of_transaction = match &transaction {
            Some(transaction) if attributes.uid().is_none() => Some(transaction.getattr(intern!(py, "uid"))?),
            _ => None,
        };
        // Servers write of an exception outside of the transaction that it has left.
        let of_exception =
            if transaction.is_none() && attributes.uid().is_none() { left_by(&attributes) } else { None };
        let uid = attributes.uid().or(of_transaction.as_ref()).or(of_exception.as_ref());
        if self.sample < 1.0
            && level < ERROR
            && let Some(uid) = uid.and_then(as_uid)
            && !is_kept(&uid, self.sample)
        {
            self.sampled_out.fetch_add(1, Ordering::Relaxed);
            return Ok(());
        }
        if level < self.hold_below && transaction.is_none() {
            self.outside.fetch_add(1, Ordering::Relaxed);
            return Ok(());
        }
        // A stamped record may come in another thread than its own, where there is no transaction, or another.
        let stamped = attributes.get(Field::Stamped).filter(|fields| fields.is_instance_of::<PyDict>()).cloned();
        let of_transaction =
            || transaction.as_ref().and_then(|transaction| transaction.getattr(intern!(py, "fields")).ok());
        let fields = stamped.or_else(of_transaction);
        let fields =
            fields.as_ref().and_then(|fields| fields.cast::<PyDict>().ok()).filter(|fields| !fields.is_empty());
        let mut line = self.scratch.try_lock().map(|mut line| std::mem::take(&mut *line)).unwrap_or_default();
        line.clear();
        let rendered = self.renderer.render(record, &attributes, uid, fields, &mut line);
        self.cut.fetch_add(u64::from(rendered.is_cut), Ordering::Relaxed);
        match &transaction {
            Some(transaction) if self.hold_below > i64::MIN => self.hold_or_deliver(this, transaction, level, &line)?,
            _ => self.deliver(py, &line),
        }
        if line.capacity() <= MAX_SCRATCH_BYTES
            && let Ok(mut scratch) = self.scratch.try_lock()
        {
            *scratch = line;
        }
        rendered.interrupt.map_or(Ok(()), Err)
    }
}

/// Returns the uid of the transaction that a record's exception has left: `logbraid._transaction.mark` noted it.
fn left_by<'py>(attributes: &Attributes<'py>) -> Option<Bound<'py, PyAny>> {
    let info = attributes.get(Field::ExcInfo)?;
    let error = info.cast::<PyTuple>().ok()?.get_item(1).ok()?;
    let uid = error.getattr(intern!(info.py(), "_logbraid_uid")).ok()?;
    uid.is_exact_instance_of::<PyString>().then_some(uid)
}

/// Returns an id as text, if it is one: `stamp` writes `-` where there is none.
fn as_uid(uid: &Bound<'_, PyAny>) -> Option<String> {
    let text = uid.str().ok()?.to_string_lossy().into_owned();
    is_uid(Cow::Borrowed(&text)).then_some(text)
}

fn quoted(text: &str) -> String {
    serde_json::to_string(text).unwrap_or_default()
}
