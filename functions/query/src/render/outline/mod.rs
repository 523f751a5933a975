//! The outline of a transaction as one JSON document. Its size does not depend on the number of records.

mod delays;
mod lanes;
mod levels;
mod silences;
#[cfg(test)]
mod tests;
mod timeline;

use std::collections::{BTreeSet, HashMap};

use bson::RawBsonRef;
use bson::oid::ObjectId;
use record::{EventTime, LogRecord, LogUid, level};
use serde::Serialize;

use self::lanes::{LaneFields, Lanes, Sighting};
use self::levels::{LevelCounts, LevelFields, Rank};
use self::silences::{Silence, Silences};
use super::summary::millis;
use super::{Completeness, Cut, OtherIds, OtherIdsFields, PinMark, shortened_name, tag};
use crate::request::LaneKind;

/// How many services an outline names.
const MAX_SERVICES: usize = 100;
/// How many characters of the first error's message an outline has.
const MESSAGE_CHARS: usize = 300;

/// The outline of the records added so far. They are added in time order.
#[derive(Debug)]
pub(crate) struct Outline {
    by: LaneKind,
    bins: usize,
    ended: EventTime,
    started: EventTime,
    levels: LevelCounts,
    services: Services,
    lanes: Lanes,
    silences: Silences,
    first_error: Option<FirstError>,
    streams: BTreeSet<String>,
    other_ids: OtherIds,
    /// The pin, if the transaction is pinned.
    pin: Option<PinMark>,
}

/// The services in order of first appearance, with their numbers of records.
#[derive(Debug, Default)]
struct Services {
    listed: Vec<Service>,
    by_name: HashMap<String, usize>,
}

#[derive(Debug, Serialize)]
struct Service {
    name: String,
    records: u64,
}

#[derive(Debug, Serialize)]
struct FirstError {
    #[serde(serialize_with = "super::as_text")]
    id: ObjectId,
    #[serde(serialize_with = "super::as_text")]
    time: EventTime,
    service: Option<String>,
    message: Option<String>,
}

/// Everything but the completeness and the cut.
#[derive(Serialize)]
struct Shape<'a> {
    log_uid: &'a str,
    #[serde(serialize_with = "super::as_text")]
    started: EventTime,
    #[serde(serialize_with = "super::as_text")]
    ended: EventTime,
    duration_ms: f64,
    record_count: u64,
    #[serde(flatten)]
    levels: LevelFields<'a>,
    services: &'a [Service],
    by: &'static str,
    bins: usize,
    bin_us: u64,
    #[serde(flatten)]
    lanes: LaneFields<'a>,
    first_error: Option<&'a FirstError>,
    silences: &'a [Silence],
    #[serde(flatten)]
    other_ids: OtherIdsFields<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pinned: Option<&'a PinMark>,
}

#[derive(Serialize)]
struct Answer<'a> {
    #[serde(flatten)]
    shape: Shape<'a>,
    completeness: &'a Completeness,
    cut: Option<Cut>,
}

impl Outline {
    /// Returns the outline of the first record alone.
    pub(crate) fn new(by: LaneKind, bins: usize, other_ids: OtherIds, first: &LogRecord) -> Self {
        let mut outline = Self {
            by,
            bins,
            started: first.time(),
            ended: first.time(),
            levels: LevelCounts::default(),
            services: Services::default(),
            lanes: Lanes::new(first.time()),
            silences: Silences::default(),
            first_error: None,
            streams: BTreeSet::new(),
            other_ids,
            pin: None,
        };
        outline.add(first);
        outline
    }

    /// Says that the transaction is pinned.
    pub(crate) fn set_pin(&mut self, pin: PinMark) {
        self.pin = Some(pin);
    }

    /// Adds the next record.
    pub(crate) fn add(&mut self, record: &LogRecord) {
        let (id, time, level) = (record.id(), record.time(), record.level_number());
        let (rank, service) = (Rank::of(level), record.service().map(shortened_name));
        self.ended = time;
        self.levels.add(rank);
        self.other_ids.add(record);
        if let Some(service) = service {
            self.services.add(service);
        }
        let sighting = Sighting { time, rank, delay: delay(record) };
        match self.by {
            LaneKind::Service => self.lanes.add(service, sighting),
            LaneKind::Host => self.lanes.add(host(record), sighting),
            LaneKind::Process => self.lanes.add(process(record).as_deref(), sighting),
        }
        self.silences.add(id, time, service);
        if self.first_error.is_none() && level >= Some(level::ERROR) {
            self.first_error = Some(FirstError { id, time, service: service.map(str::to_owned), message: None });
        }
        if let Some(stream) = record.stream().filter(|stream| !self.streams.contains(*stream)) {
            self.streams.insert(stream.to_owned());
        }
    }

    /// Returns the times of the first and the last record.
    pub(crate) fn span(&self) -> (EventTime, EventTime) {
        (self.started, self.ended)
    }

    /// Returns the streams that the records came on.
    pub(crate) fn streams(&self) -> Vec<String> {
        self.streams.iter().cloned().collect()
    }

    /// Returns the id of the first record that is an error.
    pub(crate) fn first_error(&self) -> Option<ObjectId> {
        self.first_error.as_ref().map(|error| error.id)
    }

    /// Sets the message of the first error.
    pub(crate) fn set_error_message(&mut self, message: &str) {
        if let Some(error) = &mut self.first_error {
            error.message = Some(message.chars().take(MESSAGE_CHARS).collect());
        }
    }

    /// Returns the answer, and a tag that differs where the answer differs, but for the progress of the shards.
    pub(crate) fn finish(
        &self,
        uid: &LogUid,
        completeness: &Completeness,
        cut: Option<Cut>,
    ) -> Result<(Vec<u8>, u64), serde_json::Error> {
        let (bin_us, lanes) = self.lanes.fields(self.ended, self.bins);
        let shape = Shape {
            log_uid: uid.as_str(),
            started: self.started,
            ended: self.ended,
            duration_ms: millis(self.ended.distance(self.started)),
            record_count: self.levels.total(),
            levels: self.levels.fields(),
            services: &self.services.listed,
            by: self.by.name(),
            bins: self.bins,
            bin_us,
            lanes,
            first_error: self.first_error.as_ref(),
            silences: self.silences.longest(),
            other_ids: self.other_ids.fields(),
            pinned: self.pin.as_ref(),
        };
        let parts = [serde_json::to_vec(&shape)?, serde_json::to_vec(&cut)?, completeness.tag().into_bytes()];
        let tag = tag(parts.each_ref().map(Vec::as_slice));
        Ok((serde_json::to_vec(&Answer { shape, completeness, cut })?, tag))
    }
}

impl Services {
    /// Counts a record of a service, if it is one of the listed ones or there is room.
    fn add(&mut self, name: &str) {
        if let Some(place) = self.by_name.get(name) {
            self.listed[*place].records += 1;
        } else if self.listed.len() < MAX_SERVICES {
            self.by_name.insert(name.to_owned(), self.listed.len());
            self.listed.push(Service { name: name.to_owned(), records: 1 });
        }
    }
}

/// Returns how many microseconds a record arrived later than it happened.
fn delay(record: &LogRecord) -> Option<i64> {
    let arrived = record.document().get_document("source").ok()?.get_datetime("arrived").ok()?;
    Some(EventTime::from_millis(arrived.timestamp_millis())?.micros() - record.time().micros())
}

fn host(record: &LogRecord) -> Option<&str> {
    record.document().get_str("fqdn").ok().map(shortened_name)
}

/// Returns `host:pid`, or what there is of it.
fn process(record: &LogRecord) -> Option<String> {
    let pid = match record.document().get("process").ok()? {
        Some(RawBsonRef::Int32(number)) => Some(number.to_string()),
        Some(RawBsonRef::Int64(number)) => Some(number.to_string()),
        Some(RawBsonRef::String(text)) => Some(shortened_name(text).to_owned()),
        _ => None,
    };
    match (host(record), pid) {
        (Some(host), Some(pid)) => Some(format!("{host}:{pid}")),
        (Some(host), None) => Some(host.to_owned()),
        (None, pid) => pid,
    }
}
