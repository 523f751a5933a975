//! The quarantine as one JSON document.

use std::borrow::Cow;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use bson::RawDocument;
use record::{Day, QuarantineEntry, Redactor, time_of};
use serde::Serialize;
use store::QuarantineCount;

use super::Cut;

/// How much of a payload an entry shows, in bytes.
const HEAD_BYTES: usize = 256;
/// How much of a payload's `detail` an entry shows, in bytes.
const DETAIL_BYTES: usize = 1_024;
/// How much of a reason a count shows, in bytes.
const REASON_BYTES: usize = 64;
/// How much of any other text an entry shows, in bytes.
const TEXT_BYTES: usize = 256;
/// How much of a text is searched for secrets. More than is shown, so that a secret at the end of it is still whole.
const MASKED_BYTES: usize = 4 * 1_024;

/// `{counts: [{day, reason, count}], entries, next, cut}`.
///
/// - `counts`: newest day first; null on all pages but the first.
/// - `next`: path and query of older entries; null where there are none.
/// - `cut`: how far the quarantine is scanned, where the time was up; null where everything is.
#[derive(Debug, Serialize)]
pub(crate) struct Quarantine {
    pub(crate) counts: Option<Vec<DayCount>>,
    pub(crate) entries: Vec<Entry>,
    pub(crate) next: Option<String>,
    pub(crate) cut: Option<Cut>,
}

/// How many payloads of a day are quarantined for one reason.
#[derive(Debug, Serialize)]
pub(crate) struct DayCount {
    day: String,
    reason: Option<String>,
    count: u64,
}

/// A quarantined payload. Fields that its document does not have are null.
#[derive(Debug, Serialize)]
pub(crate) struct Entry {
    id: String,
    /// When Kinesis took the payload.
    arrived: String,
    reason: Option<String>,
    detail: Option<String>,
    stream: Option<String>,
    shard: Option<String>,
    seq: Option<String>,
    format: Option<String>,
    /// The payload's length.
    bytes: Option<usize>,
    /// The payload's first bytes, secrets masked.
    head: Option<String>,
    head_encoding: Option<HeadEncoding>,
}

/// How `head` shows bytes.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
enum HeadEncoding {
    /// As text: they are UTF-8.
    Utf8,
    /// As base64.
    Base64,
}

impl DayCount {
    /// Returns the counts of a day, the largest first.
    pub(crate) fn of_day(day: Day, mut counts: Vec<QuarantineCount>) -> impl Iterator<Item = Self> {
        counts.sort_by(|a, b| b.count.cmp(&a.count).then_with(|| a.reason.cmp(&b.reason)));
        counts.into_iter().map(move |QuarantineCount { reason, count }| Self {
            day: day.to_string(),
            reason: reason.map(|reason| cut(&reason, REASON_BYTES).to_owned()),
            count,
        })
    }

    /// Adds the counts of another part of a day.
    pub(crate) fn merge(all: &mut Vec<Self>, part: impl Iterator<Item = Self>) {
        for new in part {
            match all.iter_mut().rev().find(|own| own.day == new.day && own.reason == new.reason) {
                Some(own) => own.count += new.count,
                None => all.push(new),
            }
        }
    }
}

impl Entry {
    /// Shows an entry, secrets masked. Returns `None` for a document that has no id of logbraid's.
    pub(crate) fn new(entry: &QuarantineEntry, redactor: &Redactor) -> Option<Self> {
        let (id, document) = (entry.id()?, entry.document());
        let source = document.get_document("source").ok();
        let of_source = |name| source.and_then(|source| text(source, name));
        let raw = document.get_binary("raw").ok().map(|raw| raw.bytes);
        let (head, head_encoding) = raw.map(|raw| head(raw, redactor)).unzip();
        Some(Self {
            id: id.to_hex(),
            arrived: time_of(id)?.to_string(),
            reason: text(document, "reason"),
            detail: document.get_str("detail").ok().map(|detail| shown_detail(detail, redactor)),
            stream: of_source("stream"),
            shard: of_source("shard"),
            seq: of_source("seq"),
            format: of_source("format"),
            bytes: raw.map(<[u8]>::len),
            head,
            head_encoding,
        })
    }
}

fn text(document: &RawDocument, name: &str) -> Option<String> {
    document.get_str(name).ok().map(|text| cut(text, TEXT_BYTES).to_owned())
}

fn shown_detail(detail: &str, redactor: &Redactor) -> String {
    let detail = masked(cut(detail, MASKED_BYTES).as_bytes(), redactor);
    cut(&String::from_utf8_lossy(&detail), DETAIL_BYTES).to_owned()
}

fn head(raw: &[u8], redactor: &Redactor) -> (String, HeadEncoding) {
    let bytes = masked(&raw[..raw.len().min(MASKED_BYTES)], redactor);
    let head = &bytes[..bytes.len().min(HEAD_BYTES)];
    let text = match str::from_utf8(head) {
        Ok(text) => Some(text),
        // The cut went through a character.
        Err(error) if error.error_len().is_none() && head.len() < bytes.len() => {
            str::from_utf8(&head[..error.valid_up_to()]).ok()
        }
        Err(_) => None,
    };
    match text {
        Some(text) => (text.to_owned(), HeadEncoding::Utf8),
        None => (BASE64_STANDARD.encode(head), HeadEncoding::Base64),
    }
}

fn masked<'a>(bytes: &'a [u8], redactor: &Redactor) -> Cow<'a, [u8]> {
    redactor.mask_bytes(bytes).map_or(Cow::Borrowed(bytes), Cow::Owned)
}

fn cut(text: &str, max_bytes: usize) -> &str {
    &text[..text.floor_char_boundary(max_bytes)]
}

#[cfg(test)]
mod tests {
    use bson::spec::BinarySubtype;
    use bson::{Binary, Document, RawDocumentBuf, doc, oid::ObjectId};
    use insta::assert_snapshot;
    use record::{QuarantineEntry, RedactConfig, Redactor};
    use store::QuarantineCount;

    use super::{DayCount, Entry};

    fn entry(fields: Document) -> Option<Entry> {
        let id: ObjectId = "6b00065b28841133e527503d".parse().unwrap();
        let mut document = doc! { "_id": id };
        document.extend(fields);
        let entry = QuarantineEntry::from_stored(RawDocumentBuf::try_from(&document).unwrap());
        Entry::new(&entry, &Redactor::new(RedactConfig::default()).unwrap())
    }

    fn raw(bytes: &[u8]) -> Document {
        doc! { "raw": Binary { subtype: BinarySubtype::Generic, bytes: bytes.to_vec() } }
    }

    fn head(bytes: &[u8]) -> String {
        serde_json::to_value(entry(raw(bytes)).unwrap()).unwrap()["head"].as_str().unwrap().to_owned()
    }

    #[test]
    fn an_entry_says_what_was_quarantined_and_why() {
        let mut fields = raw(b"{\"msg\": \"cut off");
        fields.extend(doc! {
            "reason": "bad_json", "detail": "EOF while parsing",
            "source": { "stream": "logs", "shard": "shardId-0", "seq": "4954", "format": "json" },
        });
        let json = serde_json::to_string(&entry(fields).unwrap()).unwrap();
        assert_snapshot!(json, @r#"{"id":"6b00065b28841133e527503d","arrived":"2026-11-20T08:35:39.165953Z","reason":"bad_json","detail":"EOF while parsing","stream":"logs","shard":"shardId-0","seq":"4954","format":"json","bytes":16,"head":"{\"msg\": \"cut off","head_encoding":"utf8"}"#);
    }

    #[test]
    fn what_a_document_lacks_is_null() {
        let json = serde_json::to_string(&entry(doc! { "reason": 7, "raw": "text" }).unwrap()).unwrap();
        assert_snapshot!(json, @r#"{"id":"6b00065b28841133e527503d","arrived":"2026-11-20T08:35:39.165953Z","reason":null,"detail":null,"stream":null,"shard":null,"seq":null,"format":null,"bytes":null,"head":null,"head_encoding":null}"#);
        assert!(entry(doc! { "_id": 17 }).is_none());
    }

    #[test]
    fn a_head_is_text_where_the_bytes_are() {
        fn check(bytes: &[u8], head: &str, encoding: &str) {
            let json = serde_json::to_value(entry(raw(bytes)).unwrap()).unwrap();
            assert_eq!((json["head"].as_str(), json["head_encoding"].as_str()), (Some(head), Some(encoding)));
            assert_eq!(json["bytes"], bytes.len());
        }
        check(b"", "", "utf8");
        check("Größe\n\u{1}".as_bytes(), "Größe\n\u{1}", "utf8");
        check(b"\xff\xfe\x00", "//4A", "base64");
        check("ü".as_bytes().split_last().unwrap().1, "ww==", "base64");
        let long = format!("a{}", "ü".repeat(200));
        check(long.as_bytes(), &format!("a{}", "ü".repeat(127)), "utf8");
        check(&[b"x".repeat(300), b"\xff".to_vec()].concat(), &"x".repeat(256), "utf8");
    }

    #[test]
    fn secrets_are_masked() {
        assert_eq!(head(b"{\"password\": \"hunter2\", \"a"), "{\"password\": \"[redacted]\", \"a");
        // A card number that the cut goes through.
        let cut = head(format!("{} 4111 1111 1111 1111", "x".repeat(250)).as_bytes());
        assert!(cut.ends_with("x [reda"), "{cut}");
        assert!(head(b"\xff password=hunter2").len() > 8);
        let binary = serde_json::to_string(&entry(raw(b"\xff password=hunter2 ")).unwrap()).unwrap();
        assert!(!binary.contains("aHVudGVyMg"), "{binary}");
        let detail = serde_json::to_value(entry(doc! { "detail": "password=hunter2" }).unwrap()).unwrap();
        assert_eq!(detail["detail"], "password=[redacted]");
    }

    #[test]
    fn an_entry_has_a_bounded_size() {
        let long = "\u{1}".repeat(100_000);
        let mut fields = raw(long.as_bytes());
        fields.extend(doc! { "reason": &long, "detail": &long });
        fields.insert("source", doc! { "stream": &long, "shard": &long, "seq": &long, "format": &long });
        let json = serde_json::to_string(&entry(fields).unwrap()).unwrap();
        assert!(serde_json::to_vec(&json).unwrap().len() < 25_000, "{}", json.len());
    }

    #[test]
    fn the_parts_of_a_day_add_up() {
        let day = |text: &str| text.parse().unwrap();
        let count = |reason: &str, count| QuarantineCount { reason: Some(reason.to_owned()), count };
        let mut all = Vec::new();
        DayCount::merge(&mut all, DayCount::of_day(day("2026-11-20"), vec![count("a", 1), count("b", 3)]));
        DayCount::merge(&mut all, DayCount::of_day(day("2026-11-20"), vec![count("a", 2), count("c", 1)]));
        DayCount::merge(&mut all, DayCount::of_day(day("2026-11-19"), vec![count("a", 9)]));
        let all: Vec<String> = all.iter().map(|own| format!("{} {:?} {}", own.day, own.reason, own.count)).collect();
        assert_eq!(
            all,
            [
                r#"2026-11-20 Some("b") 3"#,
                r#"2026-11-20 Some("a") 3"#,
                r#"2026-11-20 Some("c") 1"#,
                r#"2026-11-19 Some("a") 9"#
            ]
        );
    }
}
