//! Counts by time and level, as JSON.

use std::collections::BTreeMap;

use record::{EventTime, level};
use serde::{Serialize, Serializer};
use store::Count;

use super::{Cut, NO_LEVEL, Searched};

/// `{from, to, bucket_ms, buckets: [{start, levels: {name: count}, count}], cut, next, searched}`. Empty buckets are left out. `cut`
/// and `next` are null if everything is counted. If the time was up, records before `cut.reached` are not counted: they
/// are at `next`, whose last bucket can be this answer's first.
#[derive(Debug, Serialize)]
pub(crate) struct Histogram {
    #[serde(serialize_with = "super::as_text")]
    from: EventTime,
    #[serde(serialize_with = "super::as_text")]
    to: EventTime,
    bucket_ms: i64,
    #[serde(serialize_with = "in_order")]
    buckets: BTreeMap<i64, Bucket>,
    cut: Option<Cut>,
    next: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    searched: Option<Searched>,
}

#[derive(Debug, Serialize)]
struct Bucket {
    start: String,
    levels: BTreeMap<&'static str, i64>,
    count: i64,
}

impl Histogram {
    /// Returns an empty histogram.
    pub(crate) fn new(from: EventTime, to: EventTime, bucket_ms: i64) -> Self {
        Self { from, to, bucket_ms, buckets: BTreeMap::new(), cut: None, next: None, searched: None }
    }

    /// Adds counts.
    pub(crate) fn add(&mut self, counts: &[Count]) {
        for Count { bucket, level, count } in counts {
            let start = || EventTime::from_millis(bucket * self.bucket_ms).unwrap_or(self.from).to_string();
            let empty = || Bucket { start: start(), levels: BTreeMap::new(), count: 0 };
            let bucket = self.buckets.entry(*bucket).or_insert_with(empty);
            *bucket.levels.entry(level::name(*level).unwrap_or(NO_LEVEL)).or_default() += count;
            bucket.count += count;
        }
    }

    /// Notes how the records were searched for.
    pub(crate) fn searched(&mut self, searched: Searched) {
        self.searched = Some(searched);
    }

    /// Notes that the counts end at `cut`, and where they continue.
    pub(crate) fn cut(&mut self, cut: Cut, next: String) {
        (self.cut, self.next) = (Some(cut), Some(next));
    }
}

fn in_order<S: Serializer>(buckets: &BTreeMap<i64, Bucket>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(buckets.values())
}

#[cfg(test)]
mod tests {
    use super::{Count, Cut, EventTime, Histogram};

    #[test]
    fn counts_add_up() {
        let at = |text| EventTime::from_rfc3339(text).unwrap();
        let mut histogram = Histogram::new(at("1970-01-01T00:00:30Z"), at("1970-01-01T00:03:00Z"), 60_000);
        let count = |bucket, level, count| Count { bucket, level, count };
        histogram.add(&[count(2, 20, 5), count(2, 40, 1)]);
        histogram.add(&[count(2, 20, 1), count(0, 0, 3)]);
        let json = |histogram: &Histogram| serde_json::to_string(histogram).unwrap();
        let buckets = r#"[{"start":"1970-01-01T00:00:00.000000Z","levels":{"NOTSET":3},"count":3},{"start":"1970-01-01T00:02:00.000000Z","levels":{"ERROR":1,"INFO":6},"count":7}]"#;
        let head =
            r#"{"from":"1970-01-01T00:00:30.000000Z","to":"1970-01-01T00:03:00.000000Z","bucket_ms":60000,"buckets":"#;
        assert_eq!(json(&histogram), format!(r#"{head}{buckets},"cut":null,"next":null}}"#));
        histogram.cut(Cut::of_time(at("1970-01-01T00:00:40Z")), "/x".to_owned());
        let cut = r#"{"reason":"time_limit","reached":"1970-01-01T00:00:40.000000Z"}"#;
        assert_eq!(json(&histogram), format!(r#"{head}{buckets},"cut":{cut},"next":"/x"}}"#));
    }
}
