//! Which services wrote records on a day.

use std::time::Duration;

use futures_util::TryStreamExt as _;
use mongodb::bson::oid::ObjectId;
use mongodb::bson::{Document, doc};

use super::{IdRange, Reader, StoreError};
use record::Day;

/// The records that a service wrote at one level.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ServiceRecords {
    /// The service; `None` for records without one.
    pub service: Option<String>,
    /// The number of the level; `None` for records without one.
    pub level: Option<i64>,
    /// How many records.
    pub count: u64,
    /// The id of the first one.
    pub first: ObjectId,
    /// The id of the last one.
    pub last: ObjectId,
}

impl Reader<'_> {
    /// Returns a day's records with ids in a range, by service and level: at most `limit` of these, those with most
    /// records first.
    pub async fn services(
        self,
        day: Day,
        ids: IdRange,
        limit: i64,
        max_time: Duration,
    ) -> Result<Vec<ServiceRecords>, StoreError> {
        let failed = |source| StoreError::Find { day, source };
        let group = doc! {
            "_id": { "service": "$service", "level": "$levelno" },
            "count": { "$sum": 1 },
            "first": { "$min": "$_id" },
            "last": { "$max": "$_id" },
        };
        let stages = [doc! { "$group": group }, doc! { "$sort": { "count": -1 } }, doc! { "$limit": limit }];
        let records = self.records_of(day);
        let found =
            records.aggregate(self.filter_of(day, ids.condition()), stages).max_time(max_time).await.map_err(failed)?;
        let found = found.with_type::<Document>();
        found.try_filter_map(async |document| Ok(ServiceRecords::read(&document))).try_collect().await.map_err(failed)
    }
}

impl ServiceRecords {
    fn read(document: &Document) -> Option<Self> {
        let id = document.get_document("_id").ok()?;
        Some(Self {
            service: id.get_str("service").ok().map(str::to_owned),
            level: id.contains_key("level").then(|| integer(id, "level")).flatten(),
            count: number(document, "count"),
            first: document.get_object_id("first").ok()?,
            last: document.get_object_id("last").ok()?,
        })
    }
}

/// Reads a whole number. Servers write them with different types.
pub(super) fn integer(document: &Document, name: &str) -> Option<i64> {
    let value = document.get(name)?;
    #[allow(clippy::cast_possible_truncation, reason = "counts and sizes of a server")]
    let float = || value.as_f64().map(|float| float as i64);
    value.as_i64().or_else(|| value.as_i32().map(i64::from)).or_else(float)
}

/// Reads a whole number that is never negative; 0 if there is none.
pub(super) fn number(document: &Document, name: &str) -> u64 {
    integer(document, name).and_then(|number| u64::try_from(number).ok()).unwrap_or_default()
}
