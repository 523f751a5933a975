//! A line is held back, or handed to the sender, or dropped.

use std::sync::atomic::Ordering;

use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::PyBytes;
use send::buffer::{Reason, WhenFull};

use super::{Core, ERROR};
use crate::held::Held;

/// How many chunks one record may push out.
const MAX_PUSHED_OUT: u32 = 8;

impl Core {
    /// Holds a record below the level, unless its transaction is one to keep.
    pub(super) fn hold_or_deliver(
        &self,
        this: &Bound<'_, Self>,
        transaction: &Bound<'_, PyAny>,
        level: i64,
        line: &[u8],
    ) -> PyResult<()> {
        let py = this.py();
        if level >= ERROR {
            transaction.call_method0(intern!(py, "keep"))?;
        }
        if level >= self.hold_below || transaction.getattr(intern!(py, "kept"))?.is_truthy()? {
            self.deliver(py, line);
            return Ok(());
        }
        let held = transaction.getattr(intern!(py, "held"))?;
        let held = if let Ok(held) = held.cast_into::<Held>() {
            held
        } else {
            let held = Bound::new(py, Held::new())?;
            transaction.setattr(intern!(py, "held"), &held)?;
            held
        };
        self.held.fetch_add(1, Ordering::Relaxed);
        let evicted = held.get().push(line, this.clone().unbind(), self.hold_bytes);
        self.evicted.fetch_add(evicted, Ordering::Relaxed);
        Ok(())
    }

    /// Hands a line to the sender.
    pub(crate) fn deliver(&self, py: Python<'_>, line: &[u8]) {
        if self.is_left.load(Ordering::Relaxed) || self.sender.push(line) {
            return;
        }
        match self.sender.when_full() {
            WhenFull::DropNewest => {}
            WhenFull::Block => {
                if py.detach(|| self.sender.wait_for_room(line.len(), self.block)) && self.sender.push(line) {
                    return;
                }
            }
            WhenFull::DropOldest => {
                for _ in 0..MAX_PUSHED_OUT {
                    let Some(oldest) = self.sender.drop_oldest() else { break };
                    self.tell_overflow(py, &oldest);
                    if self.sender.push(line) {
                        return;
                    }
                }
            }
        }
        self.count_dropped(1, Reason::BufferFull);
        self.tell_overflow(py, line);
    }

    /// Counts records as dropped.
    pub(crate) fn count_dropped(&self, records: u64, reason: Reason) {
        if !self.is_left.load(Ordering::Relaxed) {
            self.sender.count_dropped(records, reason);
        }
    }

    fn tell_overflow(&self, py: Python<'_>, lines: &[u8]) {
        if let Some(overflow) = &self.overflow
            && let Err(error) = overflow.bind(py).call1((PyBytes::new(py, lines),))
        {
            error.write_unraisable(py, Some(overflow.bind(py)));
        }
    }
}
