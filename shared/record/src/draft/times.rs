//! When the event of a record happened: of several fields that say a time, the best.

use std::time::Duration;

use super::super::EventTime;
use super::super::attribute::Attribute;
use super::super::value::Value;
use super::Draft;

/// How long after it was written a line is collected. Zones differ by a quarter of an hour or more.
const MAX_COLLECTION: Duration = Duration::from_mins(10);

impl EventTime {
    /// Returns whether a line of this time may have been collected at another. If not, it is in another zone: hardly any line
    /// names its zone.
    #[must_use]
    pub fn may_be_collected_at(self, collected: Self) -> bool {
        self.distance(collected) < MAX_COLLECTION
    }
}

impl Draft<'_> {
    /// Returns the event's time: what `created` says, unless another field says better.
    pub(crate) fn own_time(&self) -> Option<EventTime> {
        self.settled_time.or(self.better_time).or_else(|| EventTime::of_field(self.attribute(Attribute::Created)?))
    }

    /// Keeps the event's time as it is now: what surrounds the record does not change it.
    pub(crate) fn settle_time(&mut self) {
        self.settled_time = self.own_time().filter(|time| time.is_of_event());
    }

    /// Takes the time that a line says of itself if it is near that of its collector.
    pub fn prefer_time_of_line(&mut self, seconds: f64) {
        let line = EventTime::from_epoch(seconds);
        if let (Some(line), Some(collected)) = (line, self.own_time())
            && line.may_be_collected_at(collected)
        {
            self.settled_time = Some(line);
        }
    }

    pub(crate) fn is_time_settled(&self) -> bool {
        self.settled_time.is_some()
    }

    /// Takes the time of a field that may mean another time. An event is not written before it happens, but for what
    /// clocks differ.
    pub(crate) fn take_loose_time(&mut self, arrived: EventTime) -> Option<EventTime> {
        self.loose_time.take().filter(|time| !time.is_ahead_of(arrived))
    }

    /// Keeps the event's time from a field that may mean another time. It counts if nothing else says one.
    pub(crate) fn put_loose_time(&mut self, time: EventTime) {
        self.loose_time = Some(time);
    }

    /// Adds the event's time from another dialect's field. A `created` that is not the event's time stays.
    pub(crate) fn put_time(&mut self, time: EventTime) {
        if self.offset(Attribute::Created).is_none() {
            self.put(Attribute::Created, Value::Float(time.seconds()));
        } else {
            self.better_time = Some(time);
        }
    }
}
