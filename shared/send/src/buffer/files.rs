//! What waits, and which part of it is in files and so survives the end of the process.

use std::collections::BTreeMap;

use super::Buffer;
use super::chunk::Data;
use super::dropped::Dropped;

/// What the files of lines hold, by the ids of the lines.
#[derive(Debug, Default)]
pub(super) struct Files {
    held: BTreeMap<u64, Held>,
    bytes: u64,
}

/// What one file holds.
#[derive(Debug, Default)]
struct Held {
    bytes: u64,
    records: u64,
    /// Whether it has the line that tells what was dropped.
    tells: bool,
}

impl Files {
    pub(super) fn bytes(&self) -> u64 {
        self.bytes
    }

    pub(super) fn bytes_of(&self, id: u64) -> u64 {
        self.held.get(&id).map_or(0, |held| held.bytes)
    }

    pub(super) fn remove(&mut self, id: u64) {
        self.bytes -= self.held.remove(&id).map_or(0, |held| held.bytes);
    }
}

/// Records that leave together.
struct Unit<'a> {
    id: u64,
    records: u32,
    told: Option<&'a Dropped>,
    is_on_disk: bool,
}

impl Unit<'_> {
    /// Returns the number of records, without those that tell what was dropped.
    fn own(&self) -> u64 {
        u64::from(self.records).saturating_sub(self.told.map_or(0, |told| told.lines))
    }
}

impl Buffer {
    /// Returns whether the disk has room for a line.
    #[must_use]
    pub fn has_spool_room(&self, bytes: usize) -> bool {
        self.spool_bytes() + bytes as u64 <= self.settings.max_spool_bytes
    }

    /// Notes that a line is in the file of its lines. `tells` says that it tells what was dropped.
    pub fn filed(&mut self, id: u64, bytes: usize, tells: bool) {
        self.files.bytes += bytes as u64;
        let held = self.files.held.entry(id).or_default();
        held.bytes += bytes as u64;
        held.records += u64::from(!tells);
        held.tells |= tells;
    }

    /// Returns the number of records that wait.
    #[must_use]
    pub fn waiting(&self) -> u64 {
        self.units().map(|unit| unit.own()).sum()
    }

    /// Returns the number of records that wait and survive the end of the process.
    #[must_use]
    pub fn spooled(&self) -> u64 {
        let kept = |unit: Unit<'_>| match self.files.held.get(&unit.id) {
            _ if unit.is_on_disk => unit.own(),
            Some(held) => held.records.min(unit.own()),
            None => 0,
        };
        self.units().map(kept).sum()
    }

    /// Returns what was dropped and is not told in a file, nor on the stream.
    #[must_use]
    pub fn untold(&self) -> Dropped {
        let mut untold = self.dropped.clone();
        for unit in self.units() {
            let is_kept = unit.is_on_disk || self.files.held.get(&unit.id).is_some_and(|held| held.tells);
            if let Some(told) = unit.told.filter(|_| !is_kept) {
                untold.add(told);
            }
        }
        untold
    }

    fn units(&self) -> impl Iterator<Item = Unit<'_>> {
        let lines = self.open.iter().chain(&self.sealed).map(|lines| Unit {
            id: lines.id,
            records: lines.records,
            told: lines.told.as_ref(),
            is_on_disk: false,
        });
        let packing = self.packing.iter().map(|packing| Unit {
            id: packing.id,
            records: packing.records,
            told: packing.told.as_ref(),
            is_on_disk: false,
        });
        let chunks = self.chunks.iter().map(|chunk| Unit {
            id: chunk.id,
            records: chunk.records,
            told: chunk.told.as_ref(),
            is_on_disk: matches!(chunk.data, Data::Disk { .. }),
        });
        lines.chain(packing).chain(chunks)
    }
}
