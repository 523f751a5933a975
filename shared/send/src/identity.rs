//! The `record_id` of a log record: by it, ingest knows a record that is sent again.

use std::sync::atomic::{AtomicU64, Ordering};

/// Gives each record of one process its id: 16 hex digits for the process, and a number.
#[derive(Debug)]
pub struct Identity {
    process: String,
    next: AtomicU64,
}

impl Identity {
    /// Returns ids for a process. `random` must be another number in each process, and after each fork.
    #[must_use]
    pub fn new(random: u64) -> Self {
        Self { process: format!("{random:016x}"), next: AtomicU64::new(0) }
    }

    /// Returns the part of the ids that is the process's.
    #[must_use]
    pub fn process(&self) -> &str {
        &self.process
    }

    /// Appends `"record_id":"…"` with the next number.
    pub fn write(&self, out: &mut Vec<u8>) {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        out.extend_from_slice(b"\"record_id\":\"");
        out.extend_from_slice(self.process.as_bytes());
        out.push(b'-');
        out.extend_from_slice(itoa::Buffer::new().format(number).as_bytes());
        out.push(b'"');
    }
}

#[cfg(test)]
mod tests {
    use super::Identity;

    #[test]
    fn ids_are_numbered() {
        let identity = Identity::new(0xAB);
        let mut out = Vec::new();
        identity.write(&mut out);
        identity.write(&mut out);
        let text = String::from_utf8(out).unwrap();
        assert_eq!(text, r#""record_id":"00000000000000ab-0""record_id":"00000000000000ab-1""#);
    }
}
