//! A record and its neighbours as one JSON document.

use record::{EventTime, LogRecord};
use serde::Serialize;
use serde_json::value::RawValue;

use super::Cut;
use super::record::{CutRecord, Record};
use super::transaction::quoted_len;

/// `{record, process, service}`.
#[derive(Debug, Serialize)]
pub(crate) struct Surroundings {
    pub(crate) record: Box<RawValue>,
    /// The neighbours from the same process on the same host.
    pub(crate) process: Neighbourhood,
    /// The neighbours from the same service.
    pub(crate) service: Neighbourhood,
}

/// `{before, after, cut}`: records in time order. `cut` is null if all of them were found. If the time was up, it says for
/// each side how far the scan got.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Neighbourhood {
    before: Vec<Box<RawValue>>,
    after: Vec<Box<RawValue>>,
    cut: Option<Cuts>,
}

#[derive(Debug, Serialize)]
struct Cuts {
    before: Option<Cut>,
    after: Option<Cut>,
}

/// The neighbours on one side, nearest first.
#[derive(Debug, Default)]
pub(crate) struct Neighbours {
    pub(crate) records: Vec<Box<RawValue>>,
    /// How far the scan got, if the time was up.
    pub(crate) reached: Option<EventTime>,
}

impl Neighbourhood {
    /// Joins both sides.
    pub(crate) fn new(mut before: Neighbours, after: Neighbours) -> Self {
        before.records.reverse();
        let [cut_before, cut_after] = [before.reached, after.reached].map(|reached| reached.map(Cut::of_time));
        let is_cut = cut_before.is_some() || cut_after.is_some();
        let cut = is_cut.then_some(Cuts { before: cut_before, after: cut_after });
        Self { before: before.records, after: after.records, cut }
    }
}

/// Renders a record, cut if it has more than `limit` bytes as Lambda counts them.
pub(crate) fn fitted(record: &LogRecord, limit: usize) -> Result<Box<RawValue>, serde_json::Error> {
    let json = serde_json::value::to_raw_value(&Record(record))?;
    let bytes = quoted_len(json.get().as_bytes());
    if bytes <= limit { Ok(json) } else { serde_json::value::to_raw_value(&CutRecord { record, bytes, limit }) }
}

#[cfg(test)]
mod tests {
    use super::{Neighbourhood, Neighbours, Surroundings, fitted};
    use crate::test_records::{record, stored};

    #[test]
    fn neighbours_stand_in_time_order() {
        let at = |micros| fitted(&record(micros, "s", 20), 1_000).unwrap();
        let side = |micros: &[i64]| Neighbours { records: micros.iter().copied().map(at).collect(), reached: None };
        let late = Neighbours { reached: Some(record(9, "s", 20).time()), ..side(&[6]) };
        let (process, service) = (Neighbourhood::new(side(&[4, 3]), late), Neighbourhood::default());
        let json = serde_json::to_value(Surroundings { record: at(5), process, service }).unwrap();
        let times = |value: &serde_json::Value| -> Vec<String> {
            let records = value.as_array().unwrap().iter();
            records.map(|record| record["time"].as_str().unwrap()[25..26].to_owned()).collect()
        };
        assert_eq!(
            (times(&json["process"]["before"]), times(&json["process"]["after"])),
            (vec!["3".into(), "4".into()], vec!["6".into()])
        );
        let cut = serde_json::json!({ "before": null, "after": { "reason": "time_limit", "reached": "2026-11-20T08:35:39.000009Z" } });
        assert_eq!(json["process"]["cut"], cut);
        assert_eq!(json["service"], serde_json::json!({ "before": [], "after": [], "cut": null }));
    }

    #[test]
    fn a_record_that_is_too_large_is_cut() {
        let large = stored(1, bson::doc! { "message": "\"".repeat(5_000) });
        let cut = fitted(&large, 9_000).unwrap();
        assert!(cut.get().contains(r#""cut":{"bytes":20"#) && cut.get().len() < 3_000, "{cut}");
        assert!(!fitted(&large, 50_000).unwrap().get().contains(r#""cut""#));
    }
}
