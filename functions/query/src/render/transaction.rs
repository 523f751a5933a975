//! A transaction as one JSON document, as many records as fit in one answer.

use std::collections::BTreeSet;

use record::{EventTime, LogRecord, LogUid};
use serde::Serialize;
use xxhash_rust::xxh3::Xxh3;

use super::record::{CutRecord, Record};
use super::summary::{Summary, SummaryFields};
use super::{Completeness, OtherIds, OtherIdsFields, PinMark, shown};
use crate::request::Fields;

/// The limits of one answer.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// Records.
    pub(crate) records: usize,
    /// Bytes of the answer as Lambda counts them: as text within another JSON document.
    pub(crate) bytes: usize,
}

/// Whether a record was added.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Pushed {
    /// The answer has it.
    Taken,
    /// The answer is full. This record begins the next page.
    Full,
}

/// An answer that is being written:
/// `{log_uid, started, ended, duration_ms, services, record_count, worst_level, also_known_as, also_known_as_over,
/// followed, completeness, next, records}`.
///
/// - `records`: in time order.
/// - `started`, `ended`: time of the first and the last record, RFC 3339 in UTC to the microsecond; `duration_ms`
///   between them, to the microsecond.
/// - `services`: those that wrote records, in order of first appearance.
/// - `record_count`: how many records.
/// - `worst_level`: Python's name for the highest `levelno`; null where no record has one of DEBUG or above.
/// - `also_known_as`: other ids that the records carry; `also_known_as_over`: whether there are more.
/// - `followed`: how many ids were followed, and the limit that ended it; null if that was not asked for.
/// - `completeness`: what is known of whether this is all ([`Completeness`]).
/// - `pinned`: the pin, only if the transaction is pinned ([`PinMark`]).
/// - `next`: where the rest is, as path and query to be appended to the API's base address; null when this is all.
///
/// All fields describe the records of this document, not those of other pages. So an answer agrees with itself, even
/// while more records arrive. To join pages, add up the counts and take the first start, the last end and the worst
/// level.
#[derive(Debug)]
pub(crate) struct Page<'a> {
    uid: &'a LogUid,
    /// The fields that are shown; `None` for all.
    fields: Option<&'a Fields>,
    limits: Limits,
    completeness: Completeness,
    summary: Summary,
    /// The streams that the records came on.
    streams: BTreeSet<String>,
    other_ids: OtherIds,
    /// The pin, if the transaction is pinned.
    pin: Option<PinMark>,
    /// The records as JSON, with commas between them.
    records: Vec<u8>,
    /// What records and services take, as Lambda counts.
    bytes: usize,
}

#[derive(Serialize)]
struct Head<'a> {
    log_uid: &'a str,
    #[serde(flatten)]
    summary: SummaryFields<'a>,
    #[serde(flatten)]
    other_ids: OtherIdsFields<'a>,
    completeness: &'a Completeness,
    #[serde(skip_serializing_if = "Option::is_none")]
    pinned: Option<&'a PinMark>,
    next: Option<&'a str>,
}

impl<'a> Page<'a> {
    /// Bytes for everything but records, services and completeness: the longest uid, the longest address, the longest reason of a pin and the other
    /// fields.
    pub(crate) const HEAD_BYTES: usize = 48 * 1024;

    /// Returns an answer without records.
    pub(crate) fn new(
        uid: &'a LogUid,
        fields: Option<&'a Fields>,
        limits: Limits,
        completeness: Completeness,
        other_ids: OtherIds,
    ) -> Result<Self, serde_json::Error> {
        let bytes = Self::HEAD_BYTES + quoted_len(&serde_json::to_vec(&completeness)?);
        let (summary, streams) = (Summary::default(), BTreeSet::new());
        Ok(Self {
            uid,
            fields,
            limits,
            completeness,
            summary,
            streams,
            other_ids,
            pin: None,
            records: Vec::new(),
            bytes,
        })
    }

    /// Adds a record if it fits. The first record always fits: one that is larger than an answer is cut.
    pub(crate) fn push(&mut self, record: &LogRecord) -> Result<Pushed, serde_json::Error> {
        if self.summary.record_count() == self.limits.records {
            return Ok(Pushed::Full);
        }
        let (whole, end) = (record, self.records.len());
        let record = &*shown(record, self.fields)?;
        let mut bytes = self.append(whole, &Record(record))?;
        if self.bytes + bytes > self.limits.bytes {
            self.records.truncate(end);
            if self.summary.record_count() > 0 {
                return Ok(Pushed::Full);
            }
            let limit = self.limits.bytes - self.bytes;
            bytes = self.append(whole, &CutRecord { record, bytes, limit })?;
        }
        self.bytes += bytes;
        self.summary.add(whole);
        self.other_ids.add(whole);
        if let Some(stream) = whole.stream().filter(|stream| !self.streams.contains(*stream)) {
            self.streams.insert(stream.to_owned());
        }
        Ok(Pushed::Taken)
    }

    /// Says that the transaction is pinned.
    pub(crate) fn set_pin(&mut self, pin: PinMark) {
        self.pin = Some(pin);
    }

    /// When the first and the last record that was taken happened.
    pub(crate) fn span(&self) -> Option<(EventTime, EventTime)> {
        self.summary.span()
    }

    /// The streams that the records came on.
    pub(crate) fn streams(&self) -> Vec<String> {
        self.streams.iter().cloned().collect()
    }

    /// Returns what is known of whether this is all.
    pub(crate) fn completeness_mut(&mut self) -> &mut Completeness {
        &mut self.completeness
    }

    /// Returns a tag that differs where the answer differs, but for the progress of the shards: progress is no news to a
    /// client that has all records.
    pub(crate) fn tag(&self, next: Option<&str>) -> u64 {
        let other_ids = serde_json::to_vec(&self.other_ids.fields()).unwrap_or_default();
        let pin = serde_json::to_vec(&self.pin).unwrap_or_default();
        let next = next.unwrap_or_default().as_bytes();
        tag([&self.records, next, self.completeness.tag().as_bytes(), &other_ids, &pin])
    }

    /// Returns the answer, with the address of the next page. `None` without records.
    pub(crate) fn finish(self, next: Option<&str>) -> Result<Option<Vec<u8>>, serde_json::Error> {
        let Some(summary) = self.summary.fields() else { return Ok(None) };
        let other_ids = self.other_ids.fields();
        let (completeness, pinned) = (&self.completeness, self.pin.as_ref());
        let head = Head { log_uid: self.uid.as_str(), summary, other_ids, completeness, pinned, next };
        let mut answer = serde_json::to_vec(&head)?;
        // The records become the last field of the head.
        answer.pop();
        answer.reserve_exact(self.records.len() + Self::HEAD_BYTES);
        answer.extend_from_slice(br#","records":["#);
        answer.extend_from_slice(&self.records);
        answer.extend_from_slice(b"]}");
        Ok(Some(answer))
    }

    /// Writes a record. Returns its size and that of its service and its ids in the summary.
    fn append(&mut self, record: &LogRecord, json: &impl Serialize) -> Result<usize, serde_json::Error> {
        let end = self.records.len();
        if end > 0 {
            self.records.push(b',');
        }
        serde_json::to_writer(&mut self.records, json)?;
        let service = match self.summary.new_service(record) {
            Some(service) => quoted_len(&serde_json::to_vec(service)?) + 1,
            None => 0,
        };
        Ok(quoted_len(&self.records[end..]) + service + self.other_ids.bytes(record)?)
    }
}

/// Returns the size of JSON as a JSON string, which is how a function returns it to Lambda. Also right for text without
/// other control characters.
pub(super) fn quoted_len(json: &[u8]) -> usize {
    json.len() + json.iter().filter(|byte| matches!(byte, b'"' | b'\\' | b'\n' | b'\t')).count()
}

/// Returns the tag of content that consists of these parts.
pub(crate) fn tag<const N: usize>(parts: [&[u8]; N]) -> u64 {
    let mut hash = Xxh3::new();
    for part in parts {
        hash.update(part);
        hash.update(b"\0");
    }
    hash.digest()
}

#[cfg(test)]
mod tests {
    use bson::doc;
    use record::{LogRecord, LogUid};

    use super::{Completeness, Limits, OtherIds, Page, Pushed, quoted_len};
    use crate::test_records::{progress, record, stored};

    /// What Lambda is handed for an answer: <https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html>.
    fn lambda_reply_len(answer: &[u8]) -> usize {
        serde_json::to_vec(&std::str::from_utf8(answer).unwrap()).unwrap().len()
    }

    fn known() -> Completeness {
        Completeness::new(&["2026-11-20".parse().unwrap()], Some(&progress()))
    }

    fn page(uid: &LogUid, limits: Limits) -> Page<'_> {
        Page::new(uid, None, limits, known(), OtherIds::new(uid, None)).unwrap()
    }

    fn pages(records: &[LogRecord], limits: Limits) -> Vec<Vec<u8>> {
        let uid = LogUid::parse("x").unwrap();
        let mut pages = Vec::new();
        let mut page = page(&uid, limits);
        for record in records {
            if page.push(record).unwrap() == Pushed::Full {
                let full = std::mem::replace(&mut page, self::page(&uid, limits));
                pages.push(full.finish(Some("/next")).unwrap().unwrap());
                assert_eq!(page.push(record).unwrap(), Pushed::Taken);
            }
        }
        pages.extend(page.finish(None).unwrap());
        pages
    }

    fn counts(pages: &[Vec<u8>]) -> Vec<usize> {
        let parsed = pages.iter().map(|page| serde_json::from_slice::<serde_json::Value>(page).unwrap());
        parsed.map(|page| page["records"].as_array().unwrap().len()).collect()
    }

    #[test]
    fn an_answer_holds_so_many_records() {
        let records: Vec<_> = (0..5).map(|at| record(at, "s", 20)).collect();
        let check = |max, expect: &[usize]| {
            assert_eq!(counts(&pages(&records, Limits { records: max, bytes: 1_000_000 })), expect);
        };
        check(10, &[5]);
        check(5, &[5]);
        check(4, &[4, 1]);
        check(1, &[1, 1, 1, 1, 1]);
    }

    /// A quote in a message is one byte in BSON, two in JSON and four in what Lambda counts; a control character one, six
    /// and seven.
    #[test]
    fn an_answer_never_exceeds_what_lambda_takes() {
        let limits = Limits { records: 1_000, bytes: 70_000 };
        let texts = ["plain ".repeat(50), "\"".repeat(300), "\u{1}".repeat(300), "Größe\\".repeat(50)];
        for text in texts {
            let records: Vec<_> = (0..200)
                .map(|at| {
                    stored(
                        at,
                        doc! { "message": text.clone(), "service": format!("{at} {text}"), &text: [text.clone()] },
                    )
                })
                .collect();
            let pages = pages(&records, limits);
            assert!(pages.len() > 1);
            assert_eq!(counts(&pages).iter().sum::<usize>(), 200);
            for page in pages {
                let len = lambda_reply_len(&page);
                assert!(len <= limits.bytes, "{len} bytes of {text:.10}");
            }
        }
    }

    #[test]
    fn a_record_larger_than_an_answer_is_cut_and_says_so() {
        let limits = Limits { records: 10, bytes: Page::HEAD_BYTES + 5_000 };
        let long = "x".repeat(1_000_000);
        let fields =
            doc! { "message": long, "service": "s", "rest": [1, 2], "levelname": 7, "source": { "shard": "0" } };
        let records = [record(1, "s", 20), stored(2, fields), record(3, "s", 20)];
        let pages = pages(&records, limits);
        assert_eq!(counts(&pages), [1, 2]);
        let page: serde_json::Value = serde_json::from_slice(&pages[1]).unwrap();
        let cut = page["records"][0].as_object().unwrap();
        let names: Vec<&str> = cut.keys().map(String::as_str).collect();
        let mut expect = ["id", "time", "service", "message", "cut", "source"];
        expect.sort_unstable();
        assert_eq!(names, expect);
        assert_eq!(cut["message"].as_str().unwrap().len(), 1_000);
        assert!(cut["cut"]["bytes"].as_u64().unwrap() > 1_000_000);
    }

    #[test]
    fn the_longest_head_finds_room() {
        let uid = LogUid::parse(&"\u{1}".repeat(512)).unwrap();
        let mut page = page(&uid, Limits { records: 1, bytes: 1_000_000 });
        page.push(&record(1, "s", 20)).unwrap();
        let next = format!(
            "/transactions/{}?from=2026-11-20T08:35:39.000000Z&to=2026-11-20T08:35:39.000000Z&after=6b00065b28841133e527503d",
            "%01".repeat(512)
        );
        let taken = page.bytes;
        assert!(lambda_reply_len(&page.finish(Some(&next)).unwrap().unwrap()) < taken);
    }

    #[test]
    fn quoting_is_counted() {
        let json = serde_json::to_string(&("a \"b\"\n\u{1}", 1.5, ["ü"])).unwrap();
        assert_eq!(quoted_len(json.as_bytes()) + 2, serde_json::to_string(&json).unwrap().len());
    }
}
