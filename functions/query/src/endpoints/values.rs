//! `GET /values`: the commonest values of a field.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::mem;
use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::http::Uri;
use record::time_of;
use serde::Serialize;
use serde_json::value::RawValue;
use store::{FieldValues, Order, Reader};
use tokio::time::timeout;

use crate::Context;
use crate::caller::Caller;
use crate::http::error::QueryError;
use crate::http::reply::{TIME_LIMIT, now};
use crate::render::{Cut, Searched, field_value};
use crate::request::ValuesSearch;
use crate::search::scan::{RecordSelection, ScanClock, ScanEnd, Scanned, searched};
use crate::search::scan_plan::{FirstWidth, ScanPlan};

/// How many values a scan takes from a window.
const MAX_OF_WINDOW: i64 = 10_000;
/// How many values a scan keeps from window to window. The field can hold a new value in every record.
const MAX_KEPT: usize = 20_000;
/// How many values are left when there are too many.
const LEFT: usize = MAX_KEPT / 2;

/// The answer: the values, commonest first. A value is counted once for each record that has it.
#[derive(Debug, Serialize)]
pub(crate) struct Commonest {
    name: String,
    values: Vec<ListedValue>,
    /// Whether there were more values than are told apart. Then counts of values may be too low, and `other` too high.
    distinct_over: bool,
    /// How often the field has a value that is not listed.
    other: u64,
    /// How many records lack the field.
    missing: u64,
    /// How many records match.
    records: u64,
    next: Option<String>,
    cut: Option<Cut>,
    #[serde(skip_serializing_if = "Option::is_none")]
    searched: Option<Searched>,
}

#[derive(Debug, Serialize)]
struct ListedValue {
    value: Box<RawValue>,
    records: u64,
}

/// What was found so far.
#[derive(Debug, Default)]
struct ValueCounts {
    /// By the value as JSON.
    values: HashMap<String, u64>,
    is_over: bool,
    other: u64,
    missing: u64,
    records: u64,
}

/// Answers with the values of the records that it scans until the time is up, newest first.
pub(crate) async fn get(
    State(context): State<Arc<Context>>,
    caller: Caller,
    uri: Uri,
) -> Result<Json<Commonest>, QueryError> {
    let search = ValuesSearch::parse(uri.query(), now()).map_err(QueryError::Parameter)?;
    let answer = timeout(TIME_LIMIT, answer(context.reader(&caller), &search, context.config.search_time)).await;
    answer.map_err(|_| QueryError::OutOfTime { limit: TIME_LIMIT })?.map(Json)
}

async fn answer(reader: Reader<'_>, search: &ValuesSearch, search_time: Duration) -> Result<Commonest, QueryError> {
    let days = reader.days_for(search.condition(), search_time).await.map_err(QueryError::Store)?;
    let plan = ScanPlan::new(Order::Newest, days, search.ids(), FirstWidth::Minute, now());
    let mut plan = plan.asking(reader.wanted(search.condition()));
    let beginning = plan.cursor();
    let mut found = ValueCounts::default();
    let end = scan_values(reader, search, &mut plan, &mut found, search_time).await?;
    if end == ScanEnd::OutOfTime && plan.cursor() == beginning {
        return Err(QueryError::OutOfTime { limit: search_time });
    }
    // A window ends at a time. What is not scanned was written before it.
    let reached = if end == ScanEnd::Complete { None } else { plan.cursor().and_then(time_of) };
    let next = reached.map(|reached| search.address_before(reached));
    let searched = searched(reader, search.condition(), &plan);
    found.answer(search, next, reached.map(Cut::of_time), searched).map_err(QueryError::Summary)
}

/// Scans window by window.
async fn scan_values(
    reader: Reader<'_>,
    search: &ValuesSearch,
    plan: &mut ScanPlan,
    found: &mut ValueCounts,
    time: Duration,
) -> Result<ScanEnd, QueryError> {
    let condition = search.condition().clone();
    let selection = RecordSelection { condition, order: Order::Newest, limit: 0, projection: None };
    let mut clock = ScanClock::start(time);
    loop {
        let window = match clock.next_window(reader, plan).await? {
            Ok(window) => window,
            Err(end) => return Ok(end),
        };
        let values = reader.values(window.day, &selection.lookup(&window, 0), &search.name, MAX_OF_WINDOW).await;
        let added = match values {
            Ok(values) => found.add(values).map_err(QueryError::Summary),
            Err(error) => Err(QueryError::Store(error)),
        };
        if let Some(end) = clock.advance(plan, &window, added.map(|()| Scanned::All))? {
            return Ok(end);
        }
    }
}

impl ValueCounts {
    /// Adds the values of a window.
    fn add(&mut self, window: FieldValues) -> Result<(), serde_json::Error> {
        self.records += window.records;
        self.missing += window.missing;
        self.other += window.other;
        self.is_over |= window.has_more;
        for (value, records) in window.values {
            *self.values.entry(field_value(value.as_raw_bson_ref())?).or_default() += records;
        }
        if self.values.len() > MAX_KEPT {
            self.keep(LEFT);
            self.is_over = true;
        }
        Ok(())
    }

    /// Keeps the commonest values, and returns them in order. The rest counts as other values.
    fn keep(&mut self, count: usize) -> Vec<String> {
        let mut values: Vec<(String, u64)> = mem::take(&mut self.values).into_iter().collect();
        values.sort_unstable_by(|a, b| (Reverse(a.1), &a.0).cmp(&(Reverse(b.1), &b.0)));
        let rest = values.split_off(count.min(values.len()));
        self.other += rest.iter().map(|(_, records)| records).sum::<u64>();
        let names = values.iter().map(|(value, _)| value.clone()).collect();
        self.values = values.into_iter().collect();
        names
    }

    fn answer(
        mut self,
        search: &ValuesSearch,
        next: Option<String>,
        cut: Option<Cut>,
        searched: Option<Searched>,
    ) -> Result<Commonest, serde_json::Error> {
        let listed = self.keep(search.limit).into_iter().map(|value| {
            let records = self.values.get(&value).copied().unwrap_or_default();
            Ok(ListedValue { value: RawValue::from_string(value)?, records })
        });
        Ok(Commonest {
            name: search.name.as_str().to_owned(),
            values: listed.collect::<Result<_, serde_json::Error>>()?,
            distinct_over: self.is_over,
            other: self.other,
            missing: self.missing,
            records: self.records,
            next,
            cut,
            searched,
        })
    }
}

#[cfg(test)]
mod tests {
    use bson::RawBson;
    use insta::assert_snapshot;
    use record::EventTime;

    use super::{FieldValues, MAX_KEPT, ValueCounts, ValuesSearch};

    fn window(values: Vec<(RawBson, u64)>) -> FieldValues {
        let records = values.iter().map(|(_, records)| records).sum();
        FieldValues { records, values, ..FieldValues::default() }
    }

    fn told(found: ValueCounts, query: &str) -> String {
        let search = ValuesSearch::parse(Some(query), EventTime::from_micros(0).unwrap()).unwrap();
        serde_json::to_string(&found.answer(&search, None, None, None).unwrap()).unwrap()
    }

    #[test]
    fn values_of_all_windows_add_up_commonest_first() {
        let mut found = ValueCounts::default();
        let text = |text: &str| RawBson::String(text.to_owned());
        let first = vec![(text("b"), 1), (RawBson::Int32(5), 2), (RawBson::Null, 1), (text("5"), 1)];
        found.add(FieldValues { missing: 3, other: 1, ..window(first) }).unwrap();
        found.add(window(vec![(RawBson::Double(5.0), 2), (text("a"), 1), (text("b"), 1)])).unwrap();
        assert_snapshot!(told(found, "name=x&limit=4"), @r#"{"name":"x","values":[{"value":5,"records":4},{"value":"b","records":2},{"value":"5","records":1},{"value":"a","records":1}],"distinct_over":false,"other":2,"missing":3,"records":9,"next":null,"cut":null}"#);
    }

    #[test]
    fn zero_is_one_value() {
        let mut found = ValueCounts::default();
        for zero in [RawBson::Int32(0), RawBson::Double(-0.0), RawBson::Double(0.0)] {
            found.add(window(vec![(zero, 1)])).unwrap();
        }
        assert_eq!(found.values, [("0".to_owned(), 3)].into());
    }

    #[test]
    fn too_many_values_are_counted_but_not_told_apart() {
        let mut found = ValueCounts::default();
        let values = |range: std::ops::Range<usize>| {
            let value = |number: usize| (RawBson::String(number.to_string()), if number == 7 { 3 } else { 1 });
            window(range.map(value).collect())
        };
        found.add(values(0..MAX_KEPT)).unwrap();
        assert!(!found.is_over);
        found.add(values(MAX_KEPT..MAX_KEPT + 1)).unwrap();
        assert!(found.is_over && found.values.len() == MAX_KEPT / 2);
        let told = told(found, "name=x&limit=1");
        let rest = MAX_KEPT;
        assert_eq!(
            told,
            format!(
                r#"{{"name":"x","values":[{{"value":"7","records":3}}],"distinct_over":true,"other":{rest},"missing":0,"records":{},"next":null,"cut":null}}"#,
                rest + 3
            )
        );
    }
}
