//! What is in a day as a whole.

use std::time::Duration;

use mongodb::bson::{Document, doc};

use super::{Store, StoreError};
use crate::Day;

/// How much there is of a day.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct DayStatistics {
    /// How many records.
    pub records: u64,
    /// What they and their indexes take on the server's disk.
    pub bytes: u64,
}

impl Store {
    /// How much there is of a day, as the server counts along: nothing is looked through.
    pub async fn day_statistics(&self, day: Day, max_time: Duration) -> Result<DayStatistics, StoreError> {
        let failed = |source| StoreError::Statistics { day, source };
        let max_time_ms = i64::try_from(max_time.as_millis()).unwrap_or(i64::MAX);
        let command = doc! { "collStats": self.collection_name(day), "maxTimeMS": max_time_ms };
        let said = self.database.run_command(command).await.map_err(failed)?;
        Ok(DayStatistics {
            records: number(&said, "count"),
            bytes: number(&said, "storageSize") + number(&said, "totalIndexSize"),
        })
    }
}

/// A whole number in any of the types in which servers write one.
fn integer(document: &Document, name: &str) -> Option<i64> {
    let value = document.get(name)?;
    #[allow(clippy::cast_possible_truncation, reason = "counts and sizes of a server")]
    let float = || value.as_f64().map(|float| float as i64);
    value.as_i64().or_else(|| value.as_i32().map(i64::from)).or_else(float)
}

/// One that is never below 0, and 0 where there is none.
fn number(document: &Document, name: &str) -> u64 {
    integer(document, name).and_then(|number| u64::try_from(number).ok()).unwrap_or_default()
}
