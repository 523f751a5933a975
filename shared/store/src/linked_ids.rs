//! Finds the ids that records carry together.

use std::collections::BTreeSet;

use futures_util::TryStreamExt as _;
use mongodb::bson::{Document, doc};

use super::{Lookup, Reader, StoreError};
use record::Day;

impl Reader<'_> {
    /// Returns the ids that a day's matching records carry, each once and in order: their `log_uid`, and the further ids that
    /// are not local. Returns at most as many as the limit of the lookup says.
    pub async fn linked_ids(self, day: Day, lookup: &Lookup) -> Result<BTreeSet<String>, StoreError> {
        let failed = |source| StoreError::Find { day, source };
        let pipeline = [
            doc! { "$project": { "_id": 0, "ids": linking_ids() } },
            doc! { "$unwind": "$ids" },
            doc! { "$group": { "_id": "$ids" } },
            doc! { "$sort": { "_id": 1 } },
            doc! { "$limit": lookup.limit },
        ];
        let (records, filter) = (self.records_of(day), self.filter(day, lookup).await?);
        let found = records.aggregate(filter, pipeline).allow_disk_use(true).max_time(lookup.max_time).await;
        let id = |document: Document| document.get_str("_id").ok().map(str::to_owned);
        let ids = found.map_err(failed)?.try_filter_map(async |document| Ok(id(document)));
        ids.try_collect().await.map_err(failed)
    }
}

/// Returns the expression for a record's ids without the local ones, which are the last.
fn linking_ids() -> Document {
    let further = doc! { "$cond": [{ "$isArray": "$source.ids" }, "$source.ids", []] };
    let local = doc! { "$ifNull": ["$source.local_ids", 0] };
    let count = doc! { "$subtract": [{ "$size": &further }, local] };
    let linking = doc! { "$cond": [{ "$gt": [&count, 0] }, { "$slice": [&further, &count] }, []] };
    doc! { "$concatArrays": [["$log_uid"], linking] }
}
