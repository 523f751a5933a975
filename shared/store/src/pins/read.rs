//! Days whose collection is gone and of which pins kept records.

use std::collections::BTreeSet;
use std::sync::PoisonError;

use mongodb::Collection;
use mongodb::bson::{Bson, Document, RawDocumentBuf, doc};
use record::Day;

use crate::{IdRange, Store, StoreError};

/// The days that have pinned records only, as of the last list of days.
#[derive(Debug, Default)]
pub(crate) struct PinnedDays {
    /// The collection of pinned records.
    collection: String,
    days: BTreeSet<Day>,
    /// Whether there is a collection of pins.
    has_pins: bool,
}

impl Store {
    /// Returns the days of pinned records that are not among `days`, and remembers them for later reads.
    pub(crate) async fn note_pinned_days(
        &self,
        days: &BTreeSet<Day>,
        collections: &[String],
    ) -> Result<BTreeSet<Day>, StoreError> {
        let names = self.names().await?;
        let mut pinned = BTreeSet::new();
        let has_pins = collections.contains(&names.pins());
        if has_pins {
            let pins = self.all_pins().await?;
            pinned = pins.iter().flat_map(days_of).filter(|day| !days.contains(day)).collect();
        }
        let noted = PinnedDays { collection: names.pinned(), days: pinned.clone(), has_pins };
        *self.pinned_days.write().unwrap_or_else(PoisonError::into_inner) = noted;
        Ok(pinned)
    }

    /// Whether the last list of days showed a collection of pins.
    pub(super) fn may_have_pins(&self) -> bool {
        self.pinned_days.read().unwrap_or_else(PoisonError::into_inner).has_pins
    }

    /// Whether only pinned records are left of a day.
    pub(crate) fn is_pinned_only(&self, day: Day) -> bool {
        self.pinned_days.read().unwrap_or_else(PoisonError::into_inner).days.contains(&day)
    }

    /// Returns the collection in which a day is read: its own, or that of the pinned records.
    pub(crate) fn read_collection(&self, day: Day) -> Collection<RawDocumentBuf> {
        let pinned = self.pinned_days.read().unwrap_or_else(PoisonError::into_inner);
        if pinned.days.contains(&day) { self.database.collection(&pinned.collection) } else { self.collection(day) }
    }

    /// Returns a filter where a day is read: it is bounded by the day among the pinned records.
    pub(crate) fn within_day(&self, day: Day, filter: Document) -> Document {
        if self.is_pinned_only(day) {
            doc! { "$and": [IdRange::default().within(day).condition(), filter] }
        } else {
            filter
        }
    }
}

fn days_of(pin: &Document) -> Vec<Day> {
    let days = pin.get_array("days").map(Vec::as_slice).unwrap_or_default();
    days.iter().filter_map(Bson::as_str).filter_map(|day| day.parse().ok()).collect()
}
