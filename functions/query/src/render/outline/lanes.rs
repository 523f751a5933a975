//! The lanes of an outline: one for each service, host or process.

use std::cmp::Reverse;
use std::collections::{HashMap, HashSet};

use record::EventTime;
use serde::{Serialize, Serializer};
use xxhash_rust::xxh3::xxh3_64;

use super::delays::{DelayFields, Delays};
use super::levels::{LevelCounts, LevelFields, Rank};
use super::timeline::{Bins, Scale, Slots, Timeline};

/// How many lanes an answer has. The records of further lanes are added up.
const MAX_LANES: usize = 50;
/// How many lanes are told apart. Those that appear after them are never a lane of their own.
const MAX_HELD: usize = 500;
/// How far the lanes that are not told apart are counted.
const MAX_COUNTED: usize = 100_000;

/// A record as a lane counts it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sighting {
    pub(super) time: EventTime,
    pub(super) rank: Rank,
    /// How many microseconds later it arrived.
    pub(super) delay: Option<i64>,
}

/// The lanes so far.
#[derive(Debug)]
pub(super) struct Lanes {
    timeline: Timeline,
    /// In order of first appearance.
    held: Vec<Lane>,
    by_name: HashMap<String, usize>,
    nameless: Option<usize>,
    /// The records of lanes that are not told apart.
    rest: Counts,
    /// The hashes of their names.
    rest_names: HashSet<u64>,
}

#[derive(Debug)]
struct Lane {
    name: Option<String>,
    counts: Counts,
    first: EventTime,
    last: EventTime,
    delays: Delays,
}

/// Counts by level and time.
#[derive(Clone, Debug, Default)]
struct Counts {
    levels: LevelCounts,
    slots: Slots,
}

/// The lanes of an answer: `{lanes, other_lanes}`.
#[derive(Debug, Serialize)]
pub(super) struct LaneFields<'a> {
    lanes: Vec<ListedLane<'a>>,
    other_lanes: Option<OtherLanes>,
}

/// `{name, records, levels, worst_level, first, last, bins: [[bin, count, worst level]], delay_ms}`.
#[derive(Debug, Serialize)]
struct ListedLane<'a> {
    name: Option<&'a str>,
    records: u64,
    #[serde(flatten)]
    levels: LevelFields<'a>,
    #[serde(serialize_with = "crate::render::as_text")]
    first: EventTime,
    #[serde(serialize_with = "crate::render::as_text")]
    last: EventTime,
    #[serde(serialize_with = "triples")]
    bins: Bins,
    delay_ms: Option<DelayFields>,
}

/// `{lanes, records, levels, worst_level, bins}`.
#[derive(Debug)]
struct OtherLanes {
    lanes: usize,
    levels: LevelCounts,
    bins: Bins,
}

impl Lanes {
    /// Returns no lanes, of a transaction that began at this time.
    pub(super) fn new(started: EventTime) -> Self {
        Self {
            timeline: Timeline::new(started),
            held: Vec::new(),
            by_name: HashMap::new(),
            nameless: None,
            rest: Counts::default(),
            rest_names: HashSet::new(),
        }
    }

    /// Counts the next record in a lane.
    pub(super) fn add(&mut self, name: Option<&str>, sighting: Sighting) {
        let slot = self.slot(sighting.time);
        let counts = match self.place(name, sighting.time) {
            Some(place) => {
                let lane = &mut self.held[place];
                lane.last = sighting.time;
                if let Some(delay) = sighting.delay {
                    lane.delays.add(delay);
                }
                &mut lane.counts
            }
            None => &mut self.rest,
        };
        counts.levels.add(sighting.rank);
        counts.slots.add(slot, sighting.rank);
    }

    /// Returns the slot of a time. Widens all slots until it has one.
    fn slot(&mut self, time: EventTime) -> u16 {
        loop {
            if let Some(slot) = self.timeline.slot(time) {
                return slot;
            }
            self.timeline.widen();
            self.rest.slots.widen();
            self.held.iter_mut().for_each(|lane| lane.counts.slots.widen());
        }
    }

    /// Returns the place of a lane; `None` for one that is not told apart.
    fn place(&mut self, name: Option<&str>, time: EventTime) -> Option<usize> {
        let known = name.map_or(self.nameless, |name| self.by_name.get(name).copied());
        if known.is_some() {
            return known;
        }
        let place = self.held.len();
        if place == MAX_HELD {
            if self.rest_names.len() < MAX_COUNTED {
                self.rest_names.insert(xxh3_64(name.unwrap_or_default().as_bytes()));
            }
            return None;
        }
        match name {
            Some(name) => self.by_name.insert(name.to_owned(), place),
            None => self.nameless.replace(place),
        };
        let name = name.map(str::to_owned);
        let (counts, delays) = (Counts::default(), Delays::default());
        self.held.push(Lane { name, counts, first: time, last: time, delays });
        Some(place)
    }

    /// Returns the length of a bin and the fields of an answer, for records until `ended`. Of too many lanes, those with
    /// the worst levels are kept.
    pub(super) fn fields(&self, ended: EventTime, bins: usize) -> (u64, LaneFields<'_>) {
        let scale = self.timeline.scale(ended, bins);
        let mut places: Vec<usize> = (0..self.held.len()).collect();
        places.sort_by_key(|place| Reverse(self.held[*place].counts.levels.worst()));
        let others = places.split_off(places.len().min(MAX_LANES));
        places.sort_unstable();
        let lanes = places.iter().map(|place| self.held[*place].fields(scale)).collect();
        (scale.bin_us, LaneFields { lanes, other_lanes: self.other_lanes(&others, scale) })
    }

    fn other_lanes(&self, held: &[usize], scale: Scale) -> Option<OtherLanes> {
        let lanes = held.len() + self.rest_names.len();
        let (mut levels, mut bins) = (LevelCounts::default(), Bins::new());
        for counts in held.iter().map(|place| &self.held[*place].counts).chain([&self.rest]) {
            levels.merge(&counts.levels);
            counts.slots.add_to(&mut bins, scale);
        }
        (lanes > 0).then_some(OtherLanes { lanes, levels, bins })
    }
}

impl Lane {
    fn fields(&self, scale: Scale) -> ListedLane<'_> {
        let mut bins = Bins::new();
        self.counts.slots.add_to(&mut bins, scale);
        ListedLane {
            name: self.name.as_deref(),
            records: self.counts.levels.total(),
            levels: self.counts.levels.fields(),
            first: self.first,
            last: self.last,
            bins,
            delay_ms: self.delays.fields(),
        }
    }
}

impl Serialize for OtherLanes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Fields<'a> {
            lanes: usize,
            records: u64,
            #[serde(flatten)]
            levels: LevelFields<'a>,
            #[serde(serialize_with = "triples")]
            bins: &'a Bins,
        }
        let (records, levels) = (self.levels.total(), self.levels.fields());
        Fields { lanes: self.lanes, records, levels, bins: &self.bins }.serialize(serializer)
    }
}

fn triples<S: Serializer>(bins: &Bins, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(bins.iter().map(|(bin, (count, worst))| (bin, count, worst.name())))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{EventTime, Lanes, Rank, Sighting};

    fn at(micros: i64) -> EventTime {
        EventTime::from_micros(1_795_163_739_000_000 + micros).unwrap()
    }

    /// Returns the answer for lanes that appear one after another, each with one record of this level.
    fn told(levels: &[i64]) -> Value {
        let mut lanes = Lanes::new(at(0));
        let mut ended = at(0);
        for (number, level) in (0..).zip(levels) {
            ended = at(number);
            let sighting = Sighting { time: ended, rank: Rank::of(Some(*level)), delay: None };
            lanes.add(Some(&format!("{number}")), sighting);
        }
        serde_json::to_value(lanes.fields(ended, 400).1).unwrap()
    }

    #[test]
    fn of_too_many_lanes_the_worst_are_kept_in_order_of_appearance() {
        let levels: Vec<i64> = (0..60).map(|number| if number >= 55 { 40 } else { 20 }).collect();
        let told = told(&levels);
        let names: Vec<&str> =
            told["lanes"].as_array().unwrap().iter().map(|lane| lane["name"].as_str().unwrap()).collect();
        let expect: Vec<String> = (0..45).chain(55..60).map(|number| number.to_string()).collect();
        assert_eq!(names, expect);
        let other = &told["other_lanes"];
        assert_eq!(
            (&other["lanes"], &other["records"], &other["worst_level"]),
            (&json!(10), &json!(10), &json!("INFO"))
        );
        assert_eq!(other["bins"].as_array().unwrap().len(), 10);
        assert_eq!(other["bins"][0], json!([45, 1, "INFO"]));
    }

    #[test]
    fn lanes_that_are_not_told_apart_are_counted() {
        let told = told(&[20; 700]);
        let other = &told["other_lanes"];
        assert_eq!((&other["lanes"], &other["records"]), (&json!(650), &json!(650)));
    }

    #[test]
    fn few_lanes_are_all_there() {
        let told = told(&[20; 50]);
        assert_eq!((told["lanes"].as_array().unwrap().len(), &told["other_lanes"]), (50, &json!(null)));
    }
}
