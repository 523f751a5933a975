//! Transactions of a day: their uids, spans, services and errors, without their records.

use std::time::Duration;

use futures_util::TryStreamExt as _;
use mongodb::Cursor;
use mongodb::bson::oid::ObjectId;
use mongodb::bson::{Bson, Document, doc};
use mongodb::error::Error;
use mongodb::options::Hint;

use super::collections::ERRORS_INDEX;
use super::filter::IndexChoice;
use super::lookup::UidFields;
use super::statistics::{integer, number};
use super::{Lookup, Reader, StoreError};
use record::Day;
use record::level;

/// The most characters of an error's message that are read.
const MESSAGE_CHARS: i32 = 500;

/// A transaction with matching records.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct TransactionHit {
    /// The uid.
    pub uid: String,
    /// How many matching records.
    pub count: u64,
    /// The id of the first one.
    pub first: ObjectId,
    /// The id of the last one.
    pub last: ObjectId,
}

/// The records of one service at one level in a transaction, on one day.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ServiceSlice {
    /// The transaction's uid.
    pub uid: String,
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
    /// The message of the first one, if the records are errors.
    pub message: Option<String>,
}

impl Reader<'_> {
    /// Returns the transactions of a day's matching records, in no order.
    pub async fn transaction_hits(self, day: Day, lookup: &Lookup) -> Result<Vec<TransactionHit>, StoreError> {
        // Without a hint the server reads the whole index on `log_uid`.
        let index = match lookup.index() {
            IndexChoice::Ids => Hint::Keys(doc! { "_id": 1 }),
            IndexChoice::Errors => Hint::Name(ERRORS_INDEX.to_owned()),
        };
        let filter = self.filter_in(day, lookup, UidFields::LogUid).and(doc! { "log_uid": { "$exists": true } });
        let stages = [doc! { "$sort": lookup.sort() }, doc! { "$limit": lookup.limit }, TransactionHit::group()];
        let records = self.records_of(day);
        let found = records.aggregate(filter, stages).hint(index).allow_disk_use(true).max_time(lookup.max_time).await;
        TransactionHit::read_all(found, day).await
    }

    /// Returns transactions with all their records of a day, whether these match or not. Reads only the index.
    pub async fn transaction_spans(
        self,
        day: Day,
        uids: &[&str],
        max_time: Duration,
    ) -> Result<Vec<TransactionHit>, StoreError> {
        let filter = self.filter_of(day, doc! { "log_uid": { "$in": uids } });
        let records = self.records_of(day);
        let found = records.aggregate(filter, [TransactionHit::group()]).max_time(max_time).await;
        TransactionHit::read_all(found, day).await
    }

    /// Returns which of the transactions have matching records on a day. Ignores the order and the limit of the lookup.
    pub async fn matching_uids(self, day: Day, uids: &[&str], lookup: &Lookup) -> Result<Vec<String>, StoreError> {
        let failed = |source| StoreError::Find { day, source };
        let filter = self.filter_in(day, lookup, UidFields::LogUid).and(doc! { "log_uid": { "$in": uids } });
        let records = self.records_of(day);
        let uids = records.aggregate(filter, [doc! { "$group": { "_id": "$log_uid" } }]);
        let found = uids.max_time(lookup.max_time).await.map_err(failed)?;
        let uid = |document: Document| document.get_str("_id").ok().map(str::to_owned);
        let uids = found.with_type::<Document>().try_filter_map(async |document| Ok(uid(document)));
        uids.try_collect().await.map_err(failed)
    }

    /// Returns the records of transactions on a day by service and level.
    pub async fn service_slices(
        self,
        day: Day,
        uids: &[&str],
        max_time: Duration,
    ) -> Result<Vec<ServiceSlice>, StoreError> {
        let failed = |source| StoreError::Find { day, source };
        let is_text = doc! { "$eq": [{ "$type": "$message" }, "string"] };
        let text = doc! { "$cond": [is_text, { "$substrCP": ["$message", 0, MESSAGE_CHARS] }, Bson::Null] };
        // `$min` takes the document with the lowest `_id`. It ignores null.
        let error =
            doc! { "$cond": [{ "$gte": ["$levelno", level::ERROR] }, { "_id": "$_id", "message": text }, Bson::Null] };
        let group = doc! {
            "_id": { "uid": "$log_uid", "service": "$service", "level": "$levelno" },
            "count": { "$sum": 1 },
            "first": { "$min": "$_id" },
            "last": { "$max": "$_id" },
            "error": { "$min": error },
        };
        let filter = self.filter_of(day, doc! { "log_uid": { "$in": uids } });
        let records = self.records_of(day);
        let found = records.aggregate(filter, [doc! { "$group": group }]).allow_disk_use(true).max_time(max_time);
        let found = found.await.map_err(failed)?.with_type::<Document>();
        found.try_filter_map(async |document| Ok(ServiceSlice::read(&document))).try_collect().await.map_err(failed)
    }
}

impl TransactionHit {
    fn group() -> Document {
        let count = doc! { "$sum": 1 };
        doc! { "$group": { "_id": "$log_uid", "count": count, "first": { "$min": "$_id" }, "last": { "$max": "$_id" } } }
    }

    async fn read_all(found: Result<Cursor<Document>, Error>, day: Day) -> Result<Vec<Self>, StoreError> {
        let failed = |source| StoreError::Find { day, source };
        let found = found.map_err(failed)?;
        found.try_filter_map(async |document| Ok(Self::read(&document))).try_collect().await.map_err(failed)
    }

    fn read(document: &Document) -> Option<Self> {
        Some(Self {
            uid: document.get_str("_id").ok()?.to_owned(),
            count: number(document, "count"),
            first: document.get_object_id("first").ok()?,
            last: document.get_object_id("last").ok()?,
        })
    }
}

impl ServiceSlice {
    fn read(document: &Document) -> Option<Self> {
        let id = document.get_document("_id").ok()?;
        let error = document.get_document("error").ok();
        Some(Self {
            uid: id.get_str("uid").ok()?.to_owned(),
            service: id.get_str("service").ok().map(str::to_owned),
            level: integer(id, "level"),
            count: number(document, "count"),
            first: document.get_object_id("first").ok()?,
            last: document.get_object_id("last").ok()?,
            message: error.and_then(|error| error.get_str("message").ok()).map(str::to_owned),
        })
    }
}
