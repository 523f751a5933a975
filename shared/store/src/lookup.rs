//! Lookups: which records of a day to read, in which order, how many.

use std::time::Duration;

use mongodb::bson::{Document, doc};
use record::time_of;

use super::filter::{Condition, IndexChoice};
use super::{IdRange, Projection};

/// The limit of a lookup that reads all matching records.
pub const NO_LIMIT: i64 = 0;

/// The field of the `log_uid`, and that of the further ids.
const LOG_UID: &str = "log_uid";
pub(super) const FURTHER_IDS: &str = "source.ids";

/// In which fields a day is searched for the id of a transaction.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum UidFields {
    /// In `log_uid`. The day has no index of further ids, so it has no records with some.
    LogUid,
    /// In `log_uid` and in the further ids.
    All,
}

/// The order in which records are read.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Order {
    /// Newest first.
    Newest,
    /// Oldest first.
    Oldest,
}

/// Which records of a day to read.
#[derive(Clone, Debug, PartialEq)]
pub struct Lookup {
    /// The condition that the records match.
    pub filter: Condition,
    /// The ids that the records may have.
    pub ids: IdRange,
    /// The order.
    pub order: Order,
    /// The most records to read, or [`NO_LIMIT`].
    pub limit: i64,
    /// The fields that MongoDB sends; `None` for all.
    pub projection: Option<Projection>,
    /// The time limit for the server.
    pub max_time: Duration,
}

impl Lookup {
    /// Returns the whole filter. A search for an id of a transaction is one alternative for each field that holds some.
    /// MongoDB reads an index for each, and merges what it finds in the order of the records' ids. It does so only if each
    /// alternative has the whole filter.
    pub(super) fn condition(&self, uid_fields: UidFields) -> Document {
        match uid_fields {
            UidFields::All if self.filter.has_uid() => {
                doc! { "$or": [self.condition_on(LOG_UID), self.condition_on(FURTHER_IDS)] }
            }
            UidFields::All | UidFields::LogUid => self.condition_on(LOG_UID),
        }
    }

    /// Returns the filter with ids of transactions in one field. It always bounds the records' own ids: a document without
    /// an `ObjectId` is not a record.
    fn condition_on(&self, uid_field: &str) -> Document {
        let mut all = vec![self.ids.condition()];
        if self.index() == IndexChoice::Errors {
            // The index holds times to the millisecond. The condition on the ids is exact.
            let bounds = [("$gte", self.ids.first), ("$lte", self.ids.end)]
                .map(|(operator, id)| (operator, id.and_then(time_of)));
            let range: Document = bounds
                .into_iter()
                .filter_map(|(operator, time)| Some((operator.to_owned(), time?.to_bson().into())))
                .collect();
            if !range.is_empty() {
                all.push(doc! { "time": range });
            }
        }
        let filter = self.filter.document(uid_field);
        if !filter.is_empty() {
            all.push(filter);
        }
        doc! { "$and": all }
    }

    /// Returns the index that finds the records best.
    pub(super) fn index(&self) -> IndexChoice {
        self.filter.index()
    }

    /// Returns the sort order of the index.
    pub(super) fn sort(&self) -> Document {
        let direction = match self.order {
            Order::Newest => -1,
            Order::Oldest => 1,
        };
        match self.index() {
            IndexChoice::Ids => doc! { "_id": direction },
            IndexChoice::Errors => doc! { "time": direction, "_id": direction },
        }
    }
}

#[cfg(test)]
mod tests {
    use std::slice;
    use std::time::Duration;

    use mongodb::bson::{Document, doc, oid::ObjectId};
    use record::{EventTime, LogUid, first_id};

    use super::{Condition, IdRange, Lookup, Order, UidFields};
    use crate::scope::{Scope, Tenant, TenantField};

    fn time(text: &str) -> Option<EventTime> {
        (!text.is_empty()).then(|| EventTime::from_rfc3339(text).unwrap())
    }

    #[test]
    fn a_lookup_matches_only_records() {
        fn check(from: &str, to: &str, filter: Condition, expect: &[Document]) {
            let ids = IdRange::of_time(time(from), time(to));
            let max_time = Duration::from_secs(1);
            let lookup = Lookup { filter, ids, order: Order::Newest, limit: 1, projection: None, max_time };
            assert_eq!(lookup.condition(UidFields::All), doc! { "$and": expect }, "{from} {to}");
        }
        let least = doc! { "_id": { "$gte": ObjectId::from_bytes([0; 12]) } };
        let errors = doc! { "levelno": { "$gte": 40_i64 } };
        check("", "", Condition::everything(), slice::from_ref(&least));
        check("", "", Condition::MinLevel(40), &[least, errors.clone()]);
        let (from, to) = ("2026-11-20T08:00:00.0015Z", "2026-11-20T09:00:00Z");
        let at = |text: &str| EventTime::from_rfc3339(text).unwrap();
        let ids = doc! { "_id": { "$gte": first_id(at(from)), "$lt": first_id(at(to)) } };
        check(from, to, Condition::everything(), slice::from_ref(&ids));
        let times = doc! { "time": { "$gte": at("2026-11-20T08:00:00.001Z").to_bson(), "$lte": at(to).to_bson() } };
        check(from, to, Condition::MinLevel(40), &[ids, times, errors]);
    }
    #[test]
    fn a_uid_is_looked_for_where_an_index_finds_it() {
        let uids = ["u", "V"].map(|uid| LogUid::parse(uid).unwrap()).to_vec();
        let filter = Condition::AnyUid(uids).and(Condition::MinLevel(40));
        let max_time = Duration::from_secs(1);
        let ids = IdRange::default();
        let lookup = Lookup { filter, ids, order: Order::Oldest, limit: 1, projection: None, max_time };
        let least = doc! { "_id": { "$gte": ObjectId::from_bytes([0; 12]) } };
        let of = |field: &str| {
            let uid = doc! { field: { "$in": ["u", "U", "V", "v"] } };
            doc! { "$and": [&least, { "$and": [uid, { "levelno": { "$gte": 40_i64 } }] }] }
        };
        assert_eq!(lookup.condition(UidFields::LogUid), of("log_uid"));
        assert_eq!(lookup.condition(UidFields::All), doc! { "$or": [of("log_uid"), of("source.ids")] });
    }

    #[test]
    fn a_tenant_is_a_part_of_each_alternative() {
        let field = TenantField::parse("tenant").unwrap();
        let scope = Scope::Tenant(Tenant::new(field, "$ne".to_owned()));
        let filter = Condition::uid(LogUid::parse("u").unwrap()).within(&scope);
        let max_time = Duration::from_secs(1);
        let ids = IdRange::default();
        let lookup = Lookup { filter, ids, order: Order::Oldest, limit: 1, projection: None, max_time };
        let least = doc! { "_id": { "$gte": ObjectId::from_bytes([0; 12]) } };
        let own = doc! { "$and": [{ "tenant": "$ne" }, { "tenant": { "$not": { "$type": "array" } } }] };
        let of = |field: &str| doc! { "$and": [&least, { "$and": [{ field: { "$in": ["u", "U"] } }, &own] }] };
        assert_eq!(lookup.condition(UidFields::All), doc! { "$or": [of("log_uid"), of("source.ids")] });
        assert_eq!(Condition::everything().within(&Scope::Everything), Condition::everything());
    }
}
