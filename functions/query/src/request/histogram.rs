//! `GET /histogram`: counts by time and level.

use record::EventTime;
use store::{Condition, IdRange};

use crate::paths::HISTOGRAM;

use super::filter::{FILTERS, Filter};
use super::moment::{self, FROM, TO, UNITS};
use super::paging;
use super::{BadParameter, Parameters};

const BUCKET: &str = "bucket";
const A_BUCKET: &str = "a time such as 10s, 1m, 5m, 1h or 1d";
/// The default length of the time range.
const DEFAULT_SPAN_MICROS: i64 = 24 * 60 * 60 * MICROS_PER_SECOND;
const MICROS_PER_SECOND: i64 = 1_000_000;
const MICROS_PER_MILLI: i64 = 1_000;
/// The longest bucket: 136 years. The address of the next page gives it in seconds.
const MAX_SECONDS: i64 = u32::MAX as i64;
/// How many buckets an answer has at most.
const MAX_BUCKETS: i64 = 1_500;
/// How many buckets an answer has at most if the request does not say how long they are.
const HANDY_BUCKETS: i64 = 100;
/// The default lengths of buckets, in seconds: from a second to four weeks.
const HANDY_SECONDS: [i64; 15] =
    [1, 5, 10, 30, 60, 300, 600, 1_800, 3_600, 10_800, 21_600, 43_200, 86_400, 604_800, 2_419_200];

/// A request for a histogram of matching records.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct HistogramSearch {
    filter: Filter,
    pub(crate) from: EventTime,
    pub(crate) to: EventTime,
    /// The length of a bucket. Buckets begin at multiples of it since 1970.
    pub(crate) bucket_ms: i64,
}

impl HistogramSearch {
    /// Reads a query string at the time `now`. Without `to`, the range ends now. Without `from`, it is a day long.
    pub(crate) fn parse(query: Option<&str>, now: EventTime) -> Result<Self, BadParameter> {
        let mut known = FILTERS.to_vec();
        known.push(BUCKET);
        let parameters = Parameters::parse(query, &known)?;
        let filter = Filter::parse(&parameters, now)?;
        let (from, to) = moment::span(&parameters, now)?;
        let to = to.unwrap_or(now);
        let from = from.or_else(|| EventTime::from_micros(to.micros() - DEFAULT_SPAN_MICROS)).unwrap_or(to);
        if from >= to {
            let value = parameters.get(FROM).unwrap_or_default();
            return Err(BadParameter::value(FROM, value, "that is not before `to`", &format!("a time before {to}")));
        }
        let seconds = bucket(&parameters, to.micros() - from.micros())?;
        Ok(Self { filter, from, to, bucket_ms: seconds * MICROS_PER_SECOND / MICROS_PER_MILLI })
    }

    /// Returns the ids that the records can have.
    pub(crate) fn ids(&self) -> IdRange {
        IdRange::of_time(Some(self.from), Some(self.to))
    }

    /// Returns the condition that the records match.
    pub(crate) fn condition(&self) -> &Condition {
        self.filter.condition()
    }

    /// Returns the path and query for the time before `time`, with the same buckets.
    pub(crate) fn address_before(&self, time: EventTime) -> String {
        let (from, to) = (self.from.to_string(), time.to_string());
        let bucket = format!("{}s", self.bucket_ms * MICROS_PER_MILLI / MICROS_PER_SECOND);
        let others = self.filter.parameters().filter(|(name, _)| ![FROM, TO, BUCKET].contains(name));
        paging::target(HISTOGRAM, others.chain([(FROM, from.as_str()), (TO, &to), (BUCKET, &bucket)]))
    }
}

/// Returns the length of a bucket in seconds.
fn bucket(parameters: &Parameters<'_>, span_micros: i64) -> Result<i64, BadParameter> {
    let fits = |seconds: i64, count: i64| span_micros / MICROS_PER_SECOND / seconds < count;
    let shortest = |count| HANDY_SECONDS.into_iter().find(|seconds| fits(*seconds, count));
    let Some(value) = parameters.get(BUCKET) else {
        let longest = HANDY_SECONDS.last().copied().unwrap_or(1);
        return Ok(shortest(HANDY_BUCKETS).unwrap_or(longest.max(span_micros / MICROS_PER_SECOND / HANDY_BUCKETS)));
    };
    let (at, unit) = value.char_indices().next_back().unwrap_or_default();
    let unit = UNITS.iter().find(|(name, _)| *name == unit).map(|(_, seconds)| *seconds);
    let count = value[..at].parse::<u32>().ok().filter(|count| *count > 0).map(i64::from);
    let Some(seconds) =
        unit.zip(count).and_then(|(unit, count)| unit.checked_mul(count)).filter(|seconds| *seconds <= MAX_SECONDS)
    else {
        return Err(BadParameter::value(BUCKET, value, "that is not a length of time", A_BUCKET));
    };
    if fits(seconds, MAX_BUCKETS) {
        return Ok(seconds);
    }
    let allowed = shortest(MAX_BUCKETS)
        .map_or_else(|| A_BUCKET.to_owned(), |seconds| format!("{seconds}s or longer for this time range"));
    Err(BadParameter::value(BUCKET, value, &format!("that makes more than {MAX_BUCKETS} buckets"), &allowed))
}

#[cfg(test)]
mod tests {
    use super::{EventTime, HistogramSearch};

    fn parse(query: &str) -> Result<HistogramSearch, super::BadParameter> {
        let now = EventTime::from_rfc3339("2026-11-20T08:35:39.165953Z").unwrap();
        HistogramSearch::parse(Some(query), now)
    }

    #[test]
    fn a_histogram_is_of_the_last_day_unless_told() {
        fn check(query: &str, from: &str, to: &str, bucket_ms: i64) {
            let search = parse(query).unwrap();
            assert_eq!(
                (search.from.to_string(), search.to.to_string(), search.bucket_ms),
                (from.to_owned(), to.to_owned(), bucket_ms)
            );
        }
        let now = "2026-11-20T08:35:39.165953Z";
        check("", "2026-11-19T08:35:39.165953Z", now, 1_800_000);
        check("from=-1h", "2026-11-20T07:35:39.165953Z", now, 60_000);
        check("from=-30s", "2026-11-20T08:35:09.165953Z", now, 1_000);
        check("to=2026-11-18", "2026-11-18T00:00:00.000000Z", "2026-11-19T00:00:00.000000Z", 1_800_000);
        check("from=-7d&bucket=1d", "2026-11-13T08:35:39.165953Z", now, 86_400_000);
        check("from=-52w", "2025-11-21T08:35:39.165953Z", now, 604_800_000);
        check("from=0001-01-01", "0001-01-01T00:00:00.000000Z", now, 639_307_605_000);
    }

    #[test]
    fn there_are_not_too_many_buckets() {
        fn check(query: &str, expect: &str) {
            let bad = parse(query).unwrap_err();
            assert_eq!(format!("{bad} | {}", bad.allowed), expect, "{query}");
        }
        let a_bucket = "a time such as 10s, 1m, 5m, 1h or 1d";
        for bad in ["", "m", "0s", "1y", "-1m", "1.5h", "99999999999s", "1000000w", "4294967295w"] {
            check(&format!("bucket={bad}"), &format!("bucket is `{bad}`: that is not a length of time. | {a_bucket}"));
        }
        check("bucket=30s", "bucket is `30s`: that makes more than 1500 buckets. | 60s or longer for this time range");
        check(
            "from=2026-11-21",
            "from is `2026-11-21`: that is not before `to`. | a time before 2026-11-20T08:35:39.165953Z",
        );
    }

    #[test]
    fn the_rest_has_the_same_buckets() {
        let search = parse("level=ERROR&from=-1h&q=a b").unwrap();
        let rest = search.address_before(EventTime::from_rfc3339("2026-11-20T08:00:00Z").unwrap());
        assert_eq!(
            rest,
            "/histogram?level=ERROR&q=a%20b&from=2026-11-20T07:35:39.165953Z&to=2026-11-20T08:00:00.000000Z&bucket=60s"
        );
        let again = parse(rest.split_once('?').unwrap().1).unwrap();
        assert_eq!((again.from, again.bucket_ms), (search.from, search.bucket_ms));
    }
}
