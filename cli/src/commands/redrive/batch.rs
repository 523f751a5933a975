//! A batch of quarantined payloads that are filed again together.

use bson::oid::ObjectId;
use decode::UNKNOWN_FORMAT;
use record::{DecodedBatch, QuarantineEntry, QuarantineView, REFUSED_BY_MONGODB};

use super::conflict::{PartNumbers, find_conflicts, part_numbers};
use super::mode::Mode;
use super::session::{Filed, Session};
use super::summary::RedriveSummary;
use crate::error::Error;

/// The most payloads of a batch.
const MAX_PAYLOADS: usize = 1_000;
/// The size, decoded, from which a batch takes no more payloads. A single payload can be larger.
const MAX_BYTES: usize = 16 * 1024 * 1024;

/// Decoded payloads, before it is known which of them can be filed.
#[derive(Default)]
pub(super) struct PendingBatch {
    payloads: Vec<PendingPayload>,
    bytes: usize,
}

struct PendingPayload {
    id: ObjectId,
    reason: String,
    change: EntryChange,
    /// Its own numbers: what it was set aside as.
    numbers: PartNumbers,
    decoded: DecodedBatch,
}

/// Payloads that are filed again together.
#[derive(Default)]
pub(super) struct RedriveBatch {
    decoded: DecodedBatch,
    /// The payloads, by their position in `decoded`.
    payloads: Vec<Payload>,
}

struct Payload {
    id: ObjectId,
    change: EntryChange,
}

/// What happens to a payload's quarantine entry when everything in the payload is stored.
enum EntryChange {
    /// It is removed: everything in the payload is a log record now, or a part with an entry of its own.
    Remove,
    /// It stays as it is.
    Keep,
    /// It stays with another reason, or with a part of the payload.
    Update(QuarantineEntry),
}

impl PendingBatch {
    /// Returns whether the batch takes no more payloads.
    pub(super) fn is_full(&self) -> bool {
        self.payloads.len() >= MAX_PAYLOADS || self.bytes >= MAX_BYTES
    }

    /// Decodes a payload and adds it. Leaves out one that cannot be read.
    pub(super) fn add(&mut self, session: &Session, entry: &QuarantineEntry, summary: &mut RedriveSummary) {
        let Ok(payload) = entry.read() else {
            summary.unreadable += 1;
            return;
        };
        let mut decoded = decode::again(&payload, &session.rules);
        let change = take_entry_change(&payload, &mut decoded);
        self.bytes += bytes(&decoded);
        self.payloads.push(PendingPayload {
            id: payload.id,
            reason: payload.reason.to_owned(),
            change,
            numbers: part_numbers(&payload.source),
            decoded,
        });
    }

    /// Leaves out the payloads that would lose a record.
    pub(super) async fn without_conflicts(
        self,
        session: &Session,
        summary: &mut RedriveSummary,
    ) -> Result<RedriveBatch, Error> {
        let payloads = self.payloads.iter().map(|payload| (payload.numbers, &payload.decoded));
        let conflicts = find_conflicts(session, payloads).await?;
        let mut batch = RedriveBatch::default();
        for (position, payload) in self.payloads.into_iter().enumerate() {
            if conflicts.contains(&position) {
                summary.conflicts += 1;
            } else {
                batch.add(payload, summary);
            }
        }
        Ok(batch)
    }
}

impl RedriveBatch {
    /// Returns the ids of the entries that this batch adds to the quarantine: parts of its payloads.
    pub(super) fn new_entries(&self) -> impl Iterator<Item = ObjectId> {
        self.decoded.quarantined.items.iter().filter_map(|part| part.read().ok()).map(|part| part.id)
    }

    fn add(&mut self, payload: PendingPayload, summary: &mut RedriveSummary) {
        let PendingPayload { id, reason, change, decoded, .. } = payload;
        match &change {
            EntryChange::Remove => {}
            EntryChange::Keep => summary.add_set_aside(&reason, 1),
            EntryChange::Update(entry) => summary.add_set_aside(entry.read().map_or("", |entry| entry.reason), 1),
        }
        for part in decoded.quarantined.items.iter().filter_map(|part| part.read().ok()) {
            summary.add_set_aside(part.reason, 1);
        }
        self.decoded.append(decoded, self.payloads.len());
        self.payloads.push(Payload { id, change });
    }

    /// Stores everything, and only then changes the quarantine.
    pub(super) async fn file(self, session: &Session, summary: &mut RedriveSummary) -> Result<(), Error> {
        let Filed { records, refused } = session.file(&self.decoded).await?;
        summary.add_records(records);
        summary.add_set_aside(REFUSED_BY_MONGODB, refused.len());
        let mut to_remove = Vec::with_capacity(self.payloads.len());
        for (position, Payload { id, change }) in self.payloads.iter().enumerate() {
            match change {
                // The refused record's entry can have the same id as this one.
                EntryChange::Remove if refused.contains(&position) => {}
                EntryChange::Remove => to_remove.push(*id),
                EntryChange::Update(entry) if session.mode == Mode::Write => {
                    if let Ok(entry) = entry.read() {
                        session.store.update_quarantined(*id, &entry).await.map_err(Error::Quarantine)?;
                    }
                }
                EntryChange::Update(_) | EntryChange::Keep => {}
            }
        }
        if session.mode == Mode::Write {
            session.store.remove_quarantined(&to_remove).await.map_err(Error::Quarantine)?;
        }
        summary.removed += to_remove.len() as u64;
        Ok(())
    }
}

/// Decides what happens to a payload's entry. If the decoded batch sets aside a part with the payload's own numbers, takes
/// that part out of the batch: the payload's entry stands for it already.
fn take_entry_change(payload: &QuarantineView<'_>, decoded: &mut DecodedBatch) -> EntryChange {
    let numbers = part_numbers(&payload.source);
    let is_own = |part: &QuarantineEntry| part.read().is_ok_and(|part| part_numbers(&part.source) == numbers);
    let Some(own) = decoded.quarantined.items.iter().position(is_own) else { return EntryChange::Remove };
    let own = decoded.quarantined.remove(own);
    let is_unchanged = own.read().is_ok_and(|own| {
        // Cut out of its payload, a part can lose the format that the whole payload had.
        let lost_its_format = own.source.format == UNKNOWN_FORMAT && payload.source.format != UNKNOWN_FORMAT;
        let is_same =
            (own.reason, own.detail, own.source.format) == (payload.reason, payload.detail, payload.source.format);
        own.raw == payload.raw && (is_same || lost_its_format)
    });
    if is_unchanged { EntryChange::Keep } else { EntryChange::Update(own) }
}

fn bytes(decoded: &DecodedBatch) -> usize {
    let records = decoded.days.values().flat_map(|day| &day.items).map(|record| record.document().as_bytes().len());
    let set_aside = decoded.quarantined.items.iter().map(|part| part.document().as_bytes().len());
    records.chain(set_aside).sum()
}
