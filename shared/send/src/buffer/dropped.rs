//! What was dropped: how many records, since when, why.

use jiff::Timestamp;

/// Why records were dropped.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Reason {
    /// The buffer was full.
    BufferFull,
    /// Kinesis called them invalid.
    Refused,
    /// They could not be compressed, or not be read from the spool.
    Failed,
    /// The memory of a transaction's held records was full.
    HeldFull,
}

impl Reason {
    const ALL: [Self; 4] = [Self::BufferFull, Self::Refused, Self::Failed, Self::HeldFull];

    /// Returns the reason for programs.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::BufferFull => "buffer_full",
            Self::Refused => "refused",
            Self::Failed => "failed",
            Self::HeldFull => "held_full",
        }
    }

    fn text(self) -> &'static str {
        match self {
            Self::BufferFull => "the buffer was full",
            Self::Refused => "Kinesis refused them",
            Self::Failed => "they could not be read or compressed",
            Self::HeldFull => "the memory for held records was full",
        }
    }
}

/// Records that were dropped.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Dropped {
    /// How many.
    pub records: u64,
    /// When the first was dropped.
    pub since: Option<Timestamp>,
    reasons: [u64; Reason::ALL.len()],
    /// The number of lines that tell of them.
    pub(super) lines: u64,
}

impl Dropped {
    /// Returns records that were dropped for one reason.
    #[must_use]
    pub fn of(records: u64, reason: Reason, since: Timestamp) -> Self {
        let reasons = Reason::ALL.map(|other| if other == reason { records } else { 0 });
        Self { records, since: Some(since), reasons, lines: 0 }
    }

    /// Adds others.
    pub fn add(&mut self, other: &Self) {
        self.records += other.records;
        self.lines += other.lines;
        self.since = match (self.since, other.since) {
            (Some(since), Some(other)) => Some(since.min(other)),
            (since, other) => since.or(other),
        };
        for (sum, records) in self.reasons.iter_mut().zip(other.reasons) {
            *sum += records;
        }
    }

    /// Returns why, in words.
    #[must_use]
    pub fn why(&self) -> String {
        let why = Reason::ALL.iter().zip(self.reasons).filter(|(_, records)| *records > 0);
        why.map(|(reason, _)| reason.text()).collect::<Vec<_>>().join(", ")
    }

    /// Returns the log record that tells of them, without the fields that all records of the sender have. It is an open
    /// object: `{"name":…,"dropped":{…}`.
    #[must_use]
    pub fn record(&self, now: Timestamp) -> String {
        let why = Reason::ALL.iter().zip(self.reasons).filter(|(_, records)| *records > 0);
        let counts: Vec<String> = why.map(|(reason, records)| format!("\"{}\":{records}", reason.name())).collect();
        let since = self.since.unwrap_or(now);
        let are = if self.records == 1 { "log record was" } else { "log records were" };
        format!(
            "{{\"name\":\"logbraid\",\"levelname\":\"WARNING\",\"levelno\":30,\"created\":{:.6},\
             \"message\":\"{} {are} dropped since {since:.3}: {}\",\
             \"dropped\":{{\"records\":{},\"since\":\"{since:.6}\",{}}}",
            Seconds(now),
            self.records,
            self.why(),
            self.records,
            counts.join(",")
        )
    }
}

/// A time as seconds with six digits.
struct Seconds(Timestamp);

impl std::fmt::Display for Seconds {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let micros = self.0.as_microsecond();
        write!(out, "{}.{:06}", micros / 1_000_000, micros.rem_euclid(1_000_000))
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::{Dropped, Reason};

    #[test]
    fn a_record_tells_how_many_since_when_and_why() {
        let at = |micros: i64| Timestamp::from_microsecond(1_795_163_739_000_000 + micros).unwrap();
        let mut dropped = Dropped::of(2, Reason::BufferFull, at(5));
        dropped.add(&Dropped::of(1, Reason::Refused, at(1)));
        assert_eq!(
            dropped.record(at(2_500_000)),
            "{\"name\":\"logbraid\",\"levelname\":\"WARNING\",\"levelno\":30,\"created\":1795163741.500000,\
             \"message\":\"3 log records were dropped since 2026-11-20T08:35:39.000Z: the buffer was full, Kinesis \
             refused them\",\"dropped\":{\"records\":3,\"since\":\"2026-11-20T08:35:39.000001Z\",\"buffer_full\":2,\
             \"refused\":1}"
        );
        assert!(Dropped::of(1, Reason::Failed, at(0)).record(at(0)).contains("1 log record was dropped"));
    }
}
