//! `GET /logs/{id}`: a record and its neighbours in its process and its service.

use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::http::Uri;
use bson::RawBsonRef;
use record::Day;
use record::{LogRecord, time_of};
use serde_json::value::RawValue;
use store::{Condition, FieldName, FieldTest, IdRange, Literal, Order, Reader};
use tokio::time::timeout;
use tokio::try_join;

use crate::Context;
use crate::caller::Caller;
use crate::http::error::QueryError;
use crate::http::reply::{MAX_BYTES, TIME_LIMIT, now};
use crate::render::{Neighbourhood, Neighbours, Pushed, Surroundings, fitted};
use crate::request::AroundSearch;
use crate::search::scan::{RecordSelection, ScanEnd, scan};
use crate::search::scan_plan::{FirstWidth, ScanPlan};

/// Bytes for everything but records.
const HEAD_BYTES: usize = 4 * 1024;
/// The lists of neighbours: before and after, in the process and in the service.
const SIDES: usize = 4;
/// The fields that identify a process: its host and its number.
const PROCESS: [&str; 2] = ["fqdn", "process"];
/// The field that identifies a service.
const SERVICE: [&str; 1] = ["service"];

/// Answers with the record, and with the neighbours that it finds in the time limit.
pub(crate) async fn get(
    State(context): State<Arc<Context>>,
    caller: Caller,
    uri: Uri,
) -> Result<Json<Surroundings>, QueryError> {
    let search = AroundSearch::parse(uri.path(), uri.query()).map_err(QueryError::Parameter)?;
    let answer = timeout(TIME_LIMIT, answer(context.reader(&caller), &search, context.config.search_time)).await;
    answer.map_err(|_| QueryError::OutOfTime { limit: TIME_LIMIT })?.map(Json)
}

async fn answer(reader: Reader<'_>, search: &AroundSearch, search_time: Duration) -> Result<Surroundings, QueryError> {
    let found = reader.record(search.id, search_time).await.map_err(QueryError::Store)?;
    let record = found.ok_or(QueryError::UnknownRecord { id: search.id })?;
    let days = reader.days().await.map_err(QueryError::Store)?;
    let seeker = Seeker { reader, record: &record, days, count: search.around, time: search_time };
    let (process, service) =
        try_join!(seeker.around(in_common(&record, &PROCESS)), seeker.around(in_common(&record, &SERVICE)),)?;
    Ok(Surroundings { record: seeker.shown(&record)?, process, service })
}

/// Returns the condition that these fields equal the record's. `None` where the record lacks one of them.
fn in_common(record: &LogRecord, names: &[&str]) -> Option<Condition> {
    let value = |name: &str| match record.document().get(name) {
        Ok(Some(RawBsonRef::String(text))) => Some(Literal::Text(text.to_owned())),
        Ok(Some(RawBsonRef::Int32(number))) => Some(Literal::Integer(number.into())),
        Ok(Some(RawBsonRef::Int64(number))) => Some(Literal::Integer(number)),
        // No other type identifies a process or a service.
        _ => None,
    };
    let equals = |name: &&str| {
        let test = FieldTest::OneOf(vec![value(name)?]);
        Some(Condition::Field { name: FieldName::parse(name)?, test })
    };
    names.iter().map(equals).collect::<Option<Vec<_>>>().map(Condition::All)
}

/// Searches the neighbours of a record.
struct Seeker<'a> {
    reader: Reader<'a>,
    record: &'a LogRecord,
    /// The days that have records.
    days: Vec<Day>,
    /// How many neighbours on each side.
    count: usize,
    time: Duration,
}

impl Seeker<'_> {
    /// Returns the neighbours that match `common`.
    async fn around(&self, common: Option<Condition>) -> Result<Neighbourhood, QueryError> {
        let Some(condition) = common.filter(|_| self.count > 0) else { return Ok(Neighbourhood::default()) };
        let before = self.side(&condition, Order::Newest, IdRange::default().before(self.record.id()));
        let after = self.side(&condition, Order::Oldest, IdRange::default().after(self.record.id()));
        let (before, after) = try_join!(before, after)?;
        Ok(Neighbourhood::new(before, after))
    }

    async fn side(&self, condition: &Condition, order: Order, ids: IdRange) -> Result<Neighbours, QueryError> {
        let mut plan = ScanPlan::new(order, self.days.clone(), ids, FirstWidth::Minute, now());
        let selection = RecordSelection { condition: condition.clone(), order, limit: self.count, projection: None };
        let mut records = Vec::new();
        let end = scan(self.reader, &selection, &mut plan, self.time, |neighbour| {
            if records.len() == self.count {
                return Ok(Pushed::Full);
            }
            records.push(self.shown(neighbour)?);
            Ok(Pushed::Taken)
        })
        .await?;
        let reached = if end == ScanEnd::OutOfTime { plan.cursor().and_then(time_of) } else { None };
        Ok(Neighbours { records, reached })
    }

    /// Renders a record, cut to its share of the answer.
    fn shown(&self, record: &LogRecord) -> Result<Box<RawValue>, QueryError> {
        let room = (MAX_BYTES - HEAD_BYTES) / (SIDES * self.count + 1);
        fitted(record, room).map_err(|source| QueryError::Render { id: record.id(), source })
    }
}
