//! Payloads of the quarantine that are filed again together, and what then becomes of each.

use bson::RawDocument;
use bson::oid::ObjectId;
use decode::UNKNOWN_FORMAT;
use record::{DecodedBatch, LogRecord, QuarantineEntry, QuarantineView, Source};

use super::session::{Mode, Session};
use super::tally::Tally;
use crate::error::Error;

/// How many payloads are filed together.
const MAX_PAYLOADS: usize = 1_000;
/// How many bytes, decoded, they may be before no more are added. One payload alone may be more.
const MAX_BYTES: usize = 16 * 1024 * 1024;

/// Payloads that are filed again together.
#[derive(Default)]
pub(super) struct RedriveBatch {
    filing: DecodedBatch,
    /// By position in the filing.
    payloads: Vec<Payload>,
    bytes: usize,
}

struct Payload {
    id: ObjectId,
    fate: Fate,
}

/// What becomes of a payload's document when everything is stored.
enum Fate {
    /// Everything in it is a log record now, or a part that is set aside on its own.
    Removed,
    /// It stays as it is.
    Stays,
    /// It stays, for another reason, or only a part of it.
    Changed(QuarantineEntry),
}

impl RedriveBatch {
    /// Whether no more are to be added.
    pub(super) fn is_full(&self) -> bool {
        self.payloads.len() >= MAX_PAYLOADS || self.bytes >= MAX_BYTES
    }

    /// The ids of the parts that it sets aside on their own.
    pub(super) fn parts(&self) -> impl Iterator<Item = ObjectId> {
        self.filing.set_aside.items.iter().filter_map(|part| part.read().ok()).map(|part| part.id)
    }

    /// Decodes a payload and adds it.
    pub(super) async fn add(
        &mut self,
        session: &Session,
        document: &QuarantineEntry,
        tally: &mut Tally,
    ) -> Result<(), Error> {
        let Ok(payload) = document.read() else {
            tally.unreadable += 1;
            return Ok(());
        };
        let mut filing = decode::again(&payload, &session.rules);
        if takes_the_place_of_another(session, &payload, &filing).await? {
            tally.conflicts += 1;
            return Ok(());
        }
        let fate = fate(&payload, &mut filing);
        match &fate {
            Fate::Removed => {}
            Fate::Stays => tally.still_set_aside(payload.reason, 1),
            Fate::Changed(changed) => tally.still_set_aside(changed.read().map_or("", |changed| changed.reason), 1),
        }
        for part in filing.set_aside.items.iter().filter_map(|part| part.read().ok()) {
            tally.still_set_aside(part.reason, 1);
        }
        self.bytes += bytes(&filing);
        self.filing.append(filing, self.payloads.len());
        self.payloads.push(Payload { id: payload.id, fate });
        Ok(())
    }

    /// Stores everything, and only then takes the payloads out of the quarantine.
    pub(super) async fn settle(self, session: &Session, tally: &mut Tally) -> Result<(), Error> {
        tally.filed(session.settle(&self.filing).await?);
        let mut done = Vec::with_capacity(self.payloads.len());
        for Payload { id, fate } in &self.payloads {
            match fate {
                Fate::Removed => done.push(*id),
                Fate::Changed(changed) if session.mode == Mode::Write => {
                    if let Ok(changed) = changed.read() {
                        session.store.update_quarantined(*id, &changed).await.map_err(Error::Quarantine)?;
                    }
                }
                Fate::Changed(_) | Fate::Stays => {}
            }
        }
        if session.mode == Mode::Write {
            session.store.remove_quarantined(&done).await.map_err(Error::Quarantine)?;
        }
        tally.removed += done.len() as u64;
        Ok(())
    }
}

/// Decides a payload's fate. Takes out of the filing the part that has the payload's own numbers: its document is there
/// already.
fn fate(payload: &QuarantineView<'_>, filing: &mut DecodedBatch) -> Fate {
    let is_own =
        |part: &QuarantineEntry| part.read().is_ok_and(|part| numbers(&part.source) == numbers(&payload.source));
    let Some(own) = filing.set_aside.items.iter().position(is_own) else { return Fate::Removed };
    let own = filing.set_aside.remove(own);
    let says_as_much = own.read().is_ok_and(|own| {
        // A part alone may not even look like what it is a part of.
        let is_out_of_context = own.source.format == UNKNOWN_FORMAT && payload.source.format != UNKNOWN_FORMAT;
        let is_same =
            (own.reason, own.detail, own.source.format) == (payload.reason, payload.detail, payload.source.format);
        own.raw == payload.raw && (is_same || is_out_of_context)
    });
    if says_as_much { Fate::Stays } else { Fate::Changed(own) }
}

/// Whether a record would count as a duplicate of another one, and so be lost.
///
/// The parts of a payload are numbered as they are found. Where one part was set aside and the next ones were stored, and
/// the part now turns out to be several records, all but the first have numbers that the next ones have too.
async fn takes_the_place_of_another(
    session: &Session,
    payload: &QuarantineView<'_>,
    filing: &DecodedBatch,
) -> Result<bool, Error> {
    let own = numbers(&payload.source);
    for (day, pile) in &filing.days {
        let later = |record: &&LogRecord| numbers_in(record.document()) != own;
        let later: Vec<&LogRecord> = pile.items.iter().filter(later).collect();
        let ids: Vec<ObjectId> = later.iter().map(|record| record.id()).collect();
        let there = session.store.records_with(*day, ids).await.map_err(Error::Lookup)?;
        let is_other = |there: &LogRecord| later.iter().any(|record| is_other_of_same_place(there, record));
        if there.iter().any(is_other) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Whether two records came from the same place in the stream and still say different things.
fn is_other_of_same_place(there: &LogRecord, record: &LogRecord) -> bool {
    const PLACE: [&str; 3] = ["stream", "shard", "seq"];
    let place = |record: &LogRecord| {
        let source = record.document().get_document("source").ok();
        PLACE.map(|name| source.and_then(|source| source.get_str(name).ok()).map(str::to_owned))
    };
    let said = |record: &LogRecord| {
        let fields = record.document().iter().filter_map(Result::ok).filter(|(name, _)| *name != "source");
        fields.map(|(name, value)| format!("{name}={value:?}")).collect::<Vec<_>>()
    };
    there.id() == record.id() && place(there) == place(record) && said(there) != said(record)
}

/// What tells the parts of a delivery apart.
fn numbers(source: &Source<'_>) -> (u32, u32) {
    (source.sub_sequence, source.index)
}

/// The same of a record.
fn numbers_in(document: &RawDocument) -> (u32, u32) {
    let source = document.get_document("source").ok();
    let number = |name| source.and_then(|source| source.get_i32(name).ok()).and_then(|number| number.try_into().ok());
    (number("sub").unwrap_or_default(), number("index").unwrap_or_default())
}

fn bytes(filing: &DecodedBatch) -> usize {
    let records = filing.days.values().flat_map(|pile| &pile.items).map(|record| record.document().as_bytes().len());
    let set_aside = filing.set_aside.items.iter().map(|part| part.document().as_bytes().len());
    records.chain(set_aside).sum()
}
