//! The other ids of the records of an answer.

use std::collections::HashSet;

use record::{LogRecord, LogUid, canonical};
use serde::Serialize;

use super::transaction::quoted_len;

/// The most other ids that an answer names.
const MAX_IDS: usize = 20;

/// The other ids that the records added so far carry.
#[derive(Debug)]
pub(crate) struct OtherIds {
    /// The canonical spellings of the id that was asked for and of those that are listed.
    known: HashSet<String>,
    listed: Vec<String>,
    /// Whether there are more.
    is_over: bool,
    followed: Option<FollowedFields>,
}

/// What became of following ids.
#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct FollowedFields {
    /// How many ids were followed, with the one that was asked for.
    pub(crate) ids: usize,
    /// The limit that ended it; `None` if everything was followed.
    pub(crate) cut: Option<&'static str>,
}

/// The fields in an answer.
#[derive(Debug, Serialize)]
pub(super) struct OtherIdsFields<'a> {
    also_known_as: &'a [String],
    also_known_as_over: bool,
    followed: Option<FollowedFields>,
}

impl OtherIds {
    /// Returns an empty list. `uid` is the id that was asked for.
    pub(crate) fn new(uid: &LogUid, followed: Option<FollowedFields>) -> Self {
        Self { known: uid.canonical_spellings().collect(), listed: Vec::new(), is_over: false, followed }
    }

    /// Adds the ids of a record, as far as there is room.
    pub(super) fn add(&mut self, record: &LogRecord) {
        for id in self.unlisted(record) {
            if self.listed.len() == MAX_IDS {
                self.is_over = true;
                return;
            }
            self.known.insert(canonical(id));
            self.known.extend(LogUid::parse(id).iter().flat_map(LogUid::canonical_spellings));
            self.listed.push(id.to_owned());
        }
    }

    /// Returns how many bytes an answer grows by if the record is added.
    pub(super) fn bytes(&self, record: &LogRecord) -> Result<usize, serde_json::Error> {
        let room = MAX_IDS - self.listed.len();
        let ids = self.unlisted(record).into_iter().take(room);
        ids.map(|id| Ok(quoted_len(&serde_json::to_vec(id)?) + 1)).sum()
    }

    /// Returns the fields.
    pub(super) fn fields(&self) -> OtherIdsFields<'_> {
        let Self { listed, is_over, followed, .. } = self;
        OtherIdsFields { also_known_as: listed, also_known_as_over: *is_over, followed: *followed }
    }

    fn unlisted<'r>(&self, record: &'r LogRecord) -> Vec<&'r str> {
        record.linking_ids().filter(|id| !self.known.contains(&canonical(id))).collect()
    }
}

#[cfg(test)]
mod tests {
    use bson::doc;
    use insta::assert_snapshot;
    use record::LogUid;

    use super::{MAX_IDS, OtherIds};
    use crate::test_records::stored;

    fn fields(uid: &str, records: &[(&str, &[&str], i32)]) -> String {
        let mut others = OtherIds::new(&LogUid::parse(uid).unwrap(), None);
        let mut bytes = 0;
        for (log_uid, ids, local) in records {
            let source = doc! { "ids": ids.to_vec(), "local_ids": local };
            let record = stored(1, doc! { "log_uid": log_uid, "source": source });
            bytes += others.bytes(&record).unwrap();
            others.add(&record);
        }
        let json = serde_json::to_string(&others.fields()).unwrap();
        let empty = serde_json::to_string(&OtherIds::new(&LogUid::parse(uid).unwrap(), None).fields()).unwrap();
        assert!(serde_json::to_string(&json).unwrap().len() <= serde_json::to_string(&empty).unwrap().len() + bytes);
        json
    }

    #[test]
    fn other_ids_are_named_once_and_not_the_local_ones() {
        let records: [(&str, &[&str], i32); 3] =
            [("T", &["r-1", "span"], 1), ("t", &["r-2", "R-1"], 0), ("u\"", &["t"], 0)];
        assert_snapshot!(fields("t", &records), @r#"{"also_known_as":["r-1","r-2","u\""],"also_known_as_over":false,"followed":null}"#);
        assert_snapshot!(fields("r-1", &records[..1]), @r#"{"also_known_as":["T"],"also_known_as_over":false,"followed":null}"#);
        // Another spelling of what was asked for, and of what is listed.
        let mixed: [(&str, &[&str], i32); 2] = [("ORD-Ab", &["Req-1"], 0), ("oRD-aB", &["rEQ-1"], 0)];
        assert_snapshot!(fields("Ord-ab", &mixed), @r#"{"also_known_as":["Req-1"],"also_known_as_over":false,"followed":null}"#);
        assert_snapshot!(fields("t", &[("t", &[], 0)]), @r#"{"also_known_as":[],"also_known_as_over":false,"followed":null}"#);
    }

    #[test]
    fn there_are_so_many_at_most() {
        let names: Vec<String> = (0..=MAX_IDS).map(|number| format!("\u{1}{number}")).collect();
        let all: Vec<&str> = names.iter().map(String::as_str).collect();
        let json: serde_json::Value = serde_json::from_str(&fields("t", &[("t", &all, 0)])).unwrap();
        assert_eq!(json["also_known_as"].as_array().unwrap().len(), MAX_IDS);
        assert_eq!(json["also_known_as_over"], true);
        let json: serde_json::Value = serde_json::from_str(&fields("t", &[("t", &all[1..], 0)])).unwrap();
        assert_eq!(json["also_known_as_over"], false);
    }
}
