//! Counts as Prometheus' text. Pure.

use std::fmt::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::inputs;
use crate::pipeline::Pipeline;
use crate::spool::Spool;

/// Writes all metrics.
pub(super) fn render(spool: &Spool, inputs: &[(Arc<str>, Arc<inputs::Counts>)], pipeline: &Pipeline) -> String {
    let mut out = Text(String::new());
    let of_inputs = |count: fn(&inputs::Counts) -> &AtomicU64| {
        inputs.iter().map(move |(name, counts)| (&**name, get(count(counts)))).collect::<Vec<_>>()
    };
    out.labelled(
        "input_entries_total",
        "counter",
        "Units that are on disk and answered",
        "input",
        of_inputs(|counts| &counts.entries),
    );
    out.labelled(
        "input_bytes_total",
        "counter",
        "Their bytes, as they came",
        "input",
        of_inputs(|counts| &counts.bytes),
    );
    out.labelled(
        "input_refused_total",
        "counter",
        "Units whose senders were told to send them again",
        "input",
        of_inputs(|counts| &counts.refused),
    );
    let counts = spool.counts();
    out.alone("spool_bytes", "gauge", "Bytes of the spool on disk", spool.bytes());
    out.alone("spool_full", "gauge", "1 if the last unit found no room", spool.is_full().into());
    out.alone("spool_syncs_total", "counter", "Waits for the disk", get(&counts.groups));
    out.alone("spool_write_failures_total", "counter", "Writes that failed", get(&counts.failed_writes));
    out.alone("spool_damaged_total", "counter", "Damaged places that were set aside", get(&counts.damaged));
    out.alone("spool_torn_total", "counter", "Unfinished ends of files that were left out", get(&counts.torn));
    let outputs: Vec<_> = pipeline.outputs().collect();
    let of_outputs = |count: fn(&crate::pipeline::Counts) -> &AtomicU64| {
        outputs.iter().map(move |(seen, _)| (seen.name.as_str(), get(count(&seen.counts)))).collect::<Vec<_>>()
    };
    out.labelled(
        "output_records_total",
        "counter",
        "Records that the output has",
        "output",
        of_outputs(|counts| &counts.records),
    );
    out.labelled(
        "output_bytes_total",
        "counter",
        "Bytes of JSON that the output has",
        "output",
        of_outputs(|counts| &counts.bytes),
    );
    out.labelled(
        "output_unreadable_total",
        "counter",
        "Records that tell of what could not be read",
        "output",
        of_outputs(|counts| &counts.unreadable),
    );
    out.labelled(
        "output_left_out_total",
        "counter",
        "Records that rules or processors kept from the output",
        "output",
        of_outputs(|counts| &counts.left_out),
    );
    out.labelled(
        "output_failures_total",
        "counter",
        "Attempts that failed",
        "output",
        of_outputs(|counts| &counts.failures),
    );
    let waiting = outputs.iter().map(|(seen, waiting)| (seen.name.as_str(), *waiting)).collect();
    out.labelled(
        "output_waiting_bytes",
        "gauge",
        "Bytes of the spool that the output does not have yet",
        "output",
        waiting,
    );
    out.0
}

fn get(counter: &AtomicU64) -> u64 {
    counter.load(Ordering::Relaxed)
}

struct Text(String);

impl Text {
    fn head(&mut self, name: &str, kind: &str, help: &str) {
        // Writing to a string does not fail.
        let _ = writeln!(self.0, "# HELP logbraid_forward_{name} {help}\n# TYPE logbraid_forward_{name} {kind}");
    }

    fn alone(&mut self, name: &str, kind: &str, help: &str, value: u64) {
        self.head(name, kind, help);
        let _ = writeln!(self.0, "logbraid_forward_{name} {value}");
    }

    fn labelled(&mut self, name: &str, kind: &str, help: &str, label: &str, values: Vec<(&str, u64)>) {
        self.head(name, kind, help);
        for (of, value) in values {
            let of = of.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
            let _ = writeln!(self.0, "logbraid_forward_{name}{{{label}=\"{of}\"}} {value}");
        }
    }
}
