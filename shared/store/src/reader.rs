//! The handle through which records are read. It knows who reads, and adds that to every question.
//!
//! Architecture invariant: only this file makes an [`OwnFilter`], and only [`DayRecords`] asks for records. So no read can leave
//! out the scope.

use mongodb::Collection;
use mongodb::action::{Aggregate, Find};
use mongodb::bson::{Document, RawDocumentBuf, doc};
use record::Day;

use crate::lookup::UidFields;
use crate::scope::Scope;
use crate::{Condition, DayList, Lookup, Store, StoreError, Wanted};

/// Reads records: those of its scope, and no others.
#[derive(Clone, Copy, Debug)]
pub struct Reader<'a> {
    pub(crate) store: &'a Store,
    scope: &'a Scope,
}

/// A filter that has the scope of its reader.
#[derive(Clone, Debug)]
pub(crate) struct OwnFilter(Document);

/// The records of a day, wherever they are.
#[derive(Clone, Debug)]
pub(crate) struct DayRecords(Collection<RawDocumentBuf>);

impl Store {
    /// Returns the handle through which somebody reads records.
    #[must_use]
    pub fn reader<'a>(&'a self, scope: &'a Scope) -> Reader<'a> {
        Reader { store: self, scope }
    }

    /// Returns the handle of the store itself: for copying and erasing.
    pub(crate) fn own_reader(&self) -> Reader<'_> {
        self.reader(&Scope::Everything)
    }
}

impl<'a> Reader<'a> {
    /// Returns the whole store, for what is nobody's alone: the quarantine, the progress of shards, the sizes of days. `None` for
    /// a tenant.
    #[must_use]
    pub fn whole_store(self) -> Option<&'a Store> {
        match self.scope {
            Scope::Everything => Some(self.store),
            Scope::Tenant(_) => None,
        }
    }

    /// Returns who may see what.
    pub(crate) fn scope(self) -> &'a Scope {
        self.scope
    }

    /// Returns the days that somebody filed records into, in order. Not all of them have records that the reader may see: do not tell
    /// them to a tenant.
    pub async fn days(self) -> Result<Vec<Day>, StoreError> {
        self.store.days().await
    }

    /// Lists these days, to compare them with an earlier list.
    pub async fn list_days(self) -> Result<DayList, StoreError> {
        self.store.list_days().await
    }

    /// Returns the last list that this process has read; an empty one if it has read none. Days may have come and gone since.
    #[must_use]
    pub fn last_list_of_days(self) -> DayList {
        self.store.last_list_of_days()
    }

    /// Whether MongoDB reads hardly any record that does not match, as [`Condition::is_direct`] says. A tenant's records have
    /// no index of their own.
    #[must_use]
    pub fn is_direct(self, condition: &Condition) -> bool {
        condition.clone().within(self.scope).is_direct()
    }

    /// Returns what to ask the sketches for a search. `None` where the sketches cannot tell, or an index finds the records and no
    /// text is looked for in them.
    #[must_use]
    pub fn wanted(self, condition: &Condition) -> Option<Wanted> {
        Wanted::of(&condition.clone().within(self.scope))
    }

    /// Returns the records of a day.
    pub(crate) fn records_of(self, day: Day) -> DayRecords {
        DayRecords(self.store.read_collection(day))
    }

    /// Returns the filter of a lookup where a day is read.
    pub(crate) async fn filter(self, day: Day, lookup: &Lookup) -> Result<OwnFilter, StoreError> {
        let fields = self.store.uid_fields(day, lookup).await?;
        Ok(self.filter_in(day, lookup, fields))
    }

    /// Returns the filter of a lookup that looks for ids of transactions in these fields. The scope is a part of each alternative:
    /// MongoDB merges the indexes only then.
    pub(crate) fn filter_in(self, day: Day, lookup: &Lookup, fields: UidFields) -> OwnFilter {
        let narrowed =
            self.scope.tenant().map(|_| Lookup { filter: lookup.filter.clone().within(self.scope), ..lookup.clone() });
        let condition = narrowed.as_ref().unwrap_or(lookup).condition(fields);
        OwnFilter(self.store.within_day(day, condition))
    }

    /// Returns a filter in MongoDB's language, narrowed to the scope.
    pub(crate) fn filter_of(self, day: Day, filter: Document) -> OwnFilter {
        OwnFilter(self.store.within_day(day, self.narrowed(filter)))
    }

    /// Returns the first document of a collection of records, of any day, that has this filter and is of the scope.
    pub(crate) async fn find_one(
        self,
        records: &Collection<RawDocumentBuf>,
        filter: Document,
        max_time: std::time::Duration,
    ) -> Result<Option<RawDocumentBuf>, mongodb::error::Error> {
        records.find_one(self.narrowed(filter)).max_time(max_time).await
    }

    fn narrowed(self, filter: Document) -> Document {
        match self.scope {
            Scope::Everything => filter,
            Scope::Tenant(tenant) => doc! { "$and": [filter, tenant.document()] },
        }
    }
}

impl OwnFilter {
    /// Returns the filter that has a further condition.
    pub(crate) fn and(self, more: Document) -> Self {
        Self(doc! { "$and": [more, self.0] })
    }

    /// Returns the filter in MongoDB's language, with the scope.
    pub(crate) fn into_document(self) -> Document {
        self.0
    }
}

impl DayRecords {
    pub(crate) fn name(&self) -> &str {
        self.0.name()
    }

    /// Finds records.
    pub(crate) fn find(&self, filter: OwnFilter) -> Find<'_, RawDocumentBuf> {
        self.0.find(filter.0)
    }

    /// Finds records, and passes them through the stages.
    pub(crate) fn aggregate(&self, filter: OwnFilter, stages: impl IntoIterator<Item = Document>) -> Aggregate<'_> {
        self.0.aggregate(std::iter::once(doc! { "$match": filter.0 }).chain(stages))
    }
}
