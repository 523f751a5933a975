//! A list of records in any format, as many as fit in one answer.

use record::{EventTime, LogRecord};
use serde::Serialize;

use super::record::{CutRecord, Record};
use super::transaction::quoted_len;
use super::{Limits, Pushed, Searched, shown, text};
use crate::request::{Fields, Format};

/// An answer that is being written. As JSON it is `{records, next, cut, searched}`. `next` is the path and query of the next page;
/// null if there is none. `cut` says why and where a scan ended early; null if it did not. The other formats have records
/// only.
#[derive(Debug)]
pub(crate) struct Listing<'a> {
    format: Format,
    /// The fields that are shown; `None` for all.
    fields: Option<&'a Fields>,
    limits: Limits,
    records: usize,
    body: Vec<u8>,
    /// The size of the answer as Lambda counts it.
    bytes: usize,
}

/// `{caught_up, reached}`: whether a tail read everything that was filed until `reached`, or up to which time of filing it
/// came.
#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct TailProgress {
    pub(crate) caught_up: bool,
    #[serde(serialize_with = "super::as_text")]
    pub(crate) reached: EventTime,
}

/// Why and where a scan ended early.
#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct Cut {
    reason: &'static str,
    #[serde(serialize_with = "super::as_text")]
    reached: EventTime,
}

impl Cut {
    /// Returns the cut of a scan whose time was up.
    pub(crate) fn of_time(reached: EventTime) -> Self {
        Self { reason: "time_limit", reached }
    }

    /// Returns the cut of counts that are more than an answer holds.
    pub(crate) fn of_counts(reached: EventTime) -> Self {
        Self { reason: "count_limit", reached }
    }
}

/// The fields after the records.
#[derive(Serialize)]
struct Tail<'a> {
    next: Option<&'a str>,
    cut: Option<Cut>,
    #[serde(skip_serializing_if = "Option::is_none")]
    searched: Option<Searched>,
    #[serde(flatten)]
    progress: Option<TailProgress>,
}

impl<'a> Listing<'a> {
    /// Bytes for everything but records: the longest address and the other fields.
    pub(crate) const HEAD_BYTES: usize = 40 * 1024;
    const BEGIN: &'static [u8] = br#"{"records":["#;

    /// Returns an answer without records.
    pub(crate) fn new(format: Format, fields: Option<&'a Fields>, limits: Limits) -> Self {
        let body = match format {
            Format::Json => Self::BEGIN.to_vec(),
            Format::Ndjson | Format::Text => Vec::new(),
        };
        Self { format, fields, limits, records: 0, body, bytes: Self::HEAD_BYTES }
    }

    /// Returns the number of records.
    pub(crate) fn len(&self) -> usize {
        self.records
    }

    /// Adds a record if it fits. The first record always fits: one that is larger than an answer is cut.
    pub(crate) fn push(&mut self, record: &LogRecord) -> Result<Pushed, serde_json::Error> {
        if self.records == self.limits.records {
            return Ok(Pushed::Full);
        }
        let (record, end) = (&*shown(record, self.fields)?, self.body.len());
        let mut bytes = self.append(record, &Record(record))?;
        if self.bytes + bytes > self.limits.bytes {
            self.body.truncate(end);
            if self.records > 0 {
                return Ok(Pushed::Full);
            }
            let limit = self.limits.bytes - self.bytes;
            bytes = self.append(record, &CutRecord { record, bytes, limit })?;
        }
        self.bytes += bytes;
        self.records += 1;
        Ok(Pushed::Taken)
    }

    /// Returns the answer, with the address of the next page.
    pub(crate) fn finish(
        self,
        next: Option<&str>,
        cut: Option<Cut>,
        searched: Option<Searched>,
    ) -> Result<Vec<u8>, serde_json::Error> {
        self.end(&Tail { next, cut, searched, progress: None })
    }

    /// Returns the answer of a tail, with the address of what is filed later. `cut` says how far it looked for the last
    /// records.
    pub(crate) fn finish_tail(
        self,
        next: &str,
        cut: Option<Cut>,
        progress: TailProgress,
    ) -> Result<Vec<u8>, serde_json::Error> {
        self.end(&Tail { next: Some(next), cut, searched: None, progress: Some(progress) })
    }

    fn end(self, tail: &Tail<'_>) -> Result<Vec<u8>, serde_json::Error> {
        let mut body = self.body;
        if self.format == Format::Json {
            body.push(b']');
            let tail = serde_json::to_vec(tail)?;
            // The opening brace of the tail gives way to the comma.
            body.push(b',');
            body.extend_from_slice(&tail[1..]);
        }
        Ok(body)
    }

    /// Writes a record, and returns its size.
    fn append(&mut self, record: &LogRecord, json: &impl Serialize) -> Result<usize, serde_json::Error> {
        let end = self.body.len();
        match self.format {
            Format::Json => {
                if self.records > 0 {
                    self.body.push(b',');
                }
                serde_json::to_writer(&mut self.body, json)?;
            }
            Format::Ndjson => {
                serde_json::to_writer(&mut self.body, json)?;
                self.body.push(b'\n');
            }
            Format::Text => text::write(&mut self.body, record, self.limits.bytes - self.bytes),
        }
        Ok(counted(self.format, &self.body[end..]))
    }
}

/// Returns the size as Lambda counts it: text as a JSON string, anything else as base64.
fn counted(format: Format, bytes: &[u8]) -> usize {
    match format {
        Format::Json | Format::Text => quoted_len(bytes),
        Format::Ndjson => bytes.len().div_ceil(3) * 4,
    }
}

#[cfg(test)]
mod tests {
    use bson::doc;
    use insta::assert_snapshot;
    use record::LogRecord;

    use super::{Cut, Format, Limits, Listing, Pushed, TailProgress};
    use crate::test_records::{record, stored};

    const LIMITS: Limits = Limits { records: 2, bytes: 1_000_000 };

    fn listing(format: Format, records: &[LogRecord], next: Option<&str>, cut: Option<Cut>) -> String {
        let mut listing = Listing::new(format, None, LIMITS);
        for record in records {
            assert_eq!(listing.push(record).unwrap(), Pushed::Taken);
        }
        String::from_utf8(listing.finish(next, cut, None).unwrap()).unwrap()
    }

    #[test]
    fn each_format_has_its_form() {
        let records = [record(1, "shop", 20), record(2, "stock", 40)];
        assert_snapshot!(listing(Format::Json, &records, Some("/logs?after=1"), None), @r#"{"records":[{"id":"6b00065b00001a2d5db0600a","time":"2026-11-20T08:35:39.000001Z","log_uid":"x","service":"shop","message":"hello","levelno":20},{"id":"6b00065b00002a2d5db0600a","time":"2026-11-20T08:35:39.000002Z","log_uid":"x","service":"stock","message":"hello","levelno":40}],"next":"/logs?after=1","cut":null}"#);
        assert_snapshot!(listing(Format::Ndjson, &records, Some("/logs?after=1"), None), @r#"
        {"id":"6b00065b00001a2d5db0600a","time":"2026-11-20T08:35:39.000001Z","log_uid":"x","service":"shop","message":"hello","levelno":20}
        {"id":"6b00065b00002a2d5db0600a","time":"2026-11-20T08:35:39.000002Z","log_uid":"x","service":"stock","message":"hello","levelno":40}
        "#);
        assert_snapshot!(listing(Format::Text, &records, Some("/logs?after=1"), None), @r"
        2026-11-20T08:35:39.000001Z - shop -: hello
        2026-11-20T08:35:39.000002Z - stock -: hello
        ");
    }

    #[test]
    fn no_records_are_an_answer_too() {
        let cut = Cut::of_time(record(1, "s", 20).time());
        assert_snapshot!(listing(Format::Json, &[], Some("/x"), Some(cut)), @r#"{"records":[],"next":"/x","cut":{"reason":"time_limit","reached":"2026-11-20T08:35:39.000001Z"}}"#);
        assert_eq!(listing(Format::Ndjson, &[], None, None), "");
        assert_eq!(listing(Format::Text, &[], None, None), "");
    }

    #[test]
    fn a_tail_says_how_far_it_came() {
        let listing = |format| Listing::new(format, None, LIMITS);
        let progress = TailProgress { caught_up: true, reached: record(1, "s", 20).time() };
        let body = listing(Format::Json).finish_tail("/x", None, progress).unwrap();
        assert_snapshot!(String::from_utf8(body).unwrap(), @r#"{"records":[],"next":"/x","cut":null,"caught_up":true,"reached":"2026-11-20T08:35:39.000001Z"}"#);
        assert_eq!(listing(Format::Ndjson).finish_tail("/x", None, progress).unwrap(), b"");
    }

    #[test]
    fn an_answer_is_full_when_it_has_no_room() {
        let mut listing = Listing::new(Format::Json, None, LIMITS);
        let pushed = [1, 2, 3].map(|at| listing.push(&record(at, "s", 20)).unwrap());
        assert_eq!((pushed, listing.len()), ([Pushed::Taken, Pushed::Taken, Pushed::Full], 2));
    }

    /// Lambda gets an answer as a JSON string or as base64.
    #[test]
    fn an_answer_never_exceeds_what_lambda_takes() {
        for format in [Format::Json, Format::Ndjson, Format::Text] {
            for message in ["plain ".repeat(50), "\"".repeat(300), "\u{1}".repeat(300), "Größe\\\n".repeat(50)] {
                let mut listing =
                    Listing::new(format, None, Limits { records: 1_000, bytes: Listing::HEAD_BYTES + 20_000 });
                let record = |at| stored(at, doc! { "message": &message, "x": &message });
                let taken = (0..200).take_while(|at| listing.push(&record(*at)).unwrap() == Pushed::Taken).count();
                assert!((1..200).contains(&taken));
                let body = listing.finish(None, None, None).unwrap();
                let as_text = serde_json::to_vec(&std::str::from_utf8(&body).unwrap()).unwrap().len();
                let reply = if format == Format::Ndjson { body.len().div_ceil(3) * 4 } else { as_text };
                assert!(reply <= 20_100, "{reply} bytes of {message:.10} as {format:?}");
            }
        }
    }

    #[test]
    fn a_record_larger_than_an_answer_is_cut() {
        for format in [Format::Json, Format::Ndjson, Format::Text] {
            let mut listing = Listing::new(format, None, Limits { records: 2, bytes: Listing::HEAD_BYTES + 5_000 });
            let large = stored(1, doc! { "message": "x".repeat(1_000_000), "levelname": "INFO" });
            assert_eq!(listing.push(&large).unwrap(), Pushed::Taken);
            assert!(listing.finish(None, None, None).unwrap().len() < 5_000, "{format:?}");
        }
    }
}
