//! Records of a transaction that wait in memory until it is known whether they are wanted.

use std::collections::VecDeque;
use std::mem;
use std::sync::{Mutex, PoisonError};

use pyo3::prelude::*;
use send::buffer::Reason;

use crate::core::Core;

/// Held lines, oldest first.
#[pyclass(frozen, module = "logbraid._core")]
pub(crate) struct Held {
    waiting: Mutex<Waiting>,
}

#[derive(Default)]
struct Waiting {
    lines: VecDeque<(Vec<u8>, Py<Core>)>,
    bytes: usize,
    evicted: u64,
}

impl Held {
    pub(crate) fn new() -> Self {
        Self { waiting: Mutex::default() }
    }

    /// Adds a line. The oldest leave if there are more bytes than the limit. Returns how many left.
    pub(crate) fn push(&self, line: &[u8], core: Py<Core>, max_bytes: usize) -> u64 {
        let mut gone = Vec::new();
        let mut waiting = self.lock();
        waiting.bytes += line.len();
        waiting.lines.push_back((line.to_vec(), core));
        while waiting.bytes > max_bytes
            && let Some(oldest) = waiting.lines.pop_front()
        {
            waiting.bytes -= oldest.0.len();
            gone.push(oldest);
        }
        let evicted = gone.len() as u64;
        waiting.evicted += evicted;
        drop(waiting);
        evicted
    }

    fn take(&self) -> Waiting {
        mem::take(&mut *self.lock())
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[pymethods]
impl Held {
    /// Sends the held records.
    fn release(&self, py: Python<'_>) {
        let waiting = self.take();
        if waiting.evicted > 0
            && let Some((_, core)) = waiting.lines.front()
        {
            core.get().count_dropped(waiting.evicted, Reason::HeldFull);
        }
        for (line, core) in &waiting.lines {
            core.get().deliver(py, line);
        }
    }

    /// Forgets the held records.
    fn drop(&self) {
        mem::drop(self.take());
    }

    fn __len__(&self) -> usize {
        self.lock().lines.len()
    }
}
