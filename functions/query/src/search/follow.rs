//! Reads records in the order of filing, each once, from the journal.

use std::collections::HashSet;
use std::pin::pin;
use std::time::{Duration, Instant};

use bson::oid::ObjectId;
use futures_util::TryStreamExt as _;
use record::{Day, EventTime, LogRecord};
use store::{Condition, IdRange, JournalEntry, Lookup, Order, Projection, Reader, clusters};

use crate::Context;
use crate::caller::Caller;
use crate::http::error::QueryError;
use crate::http::reply::now;
use crate::render::{Cut, Pushed, TailProgress};
use crate::request::{JournalCursor, TailSearch};

/// How many journal entries are read at once.
const ENTRIES_AT_ONCE: usize = 20;
/// How many records are searched backwards for the last matching ones, and in about how many entries.
const LOOK_BACK: usize = 20_000;
const LOOK_BACK_ENTRIES: u64 = 2_000;
/// Reading takes at most this share of the time of a search.
const READ_SHARE: u32 = 2;
/// Looking back takes at most this share of the time of reading. A tail begins soon, and a search finds what was filed earlier.
const LOOK_BACK_SHARE: u32 = 5;
/// The shortest time limit of a lookup. MongoDB takes 0 for no limit.
const MIN_TIME: Duration = Duration::from_millis(1);

/// Takes a record and the cursor after it.
pub(crate) trait Push: FnMut(&LogRecord, JournalCursor) -> Result<Pushed, QueryError> + Send {}

impl<F: FnMut(&LogRecord, JournalCursor) -> Result<Pushed, QueryError> + Send> Push for F {}

/// How far the journal was read.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Followed {
    /// The cursor of the rest.
    pub(crate) place: JournalCursor,
    pub(crate) progress: TailProgress,
}

/// A reader of the journal.
#[derive(Clone, Debug)]
pub(crate) struct Follower<'a> {
    pub(crate) reader: Reader<'a>,
    /// The condition that the records match.
    pub(crate) condition: Condition,
    /// The fields that MongoDB sends; `None` for all.
    pub(crate) projection: Option<Projection>,
    /// The time limit.
    pub(crate) time: Duration,
}

impl<'a> Follower<'a> {
    /// Reads the journal for a tail.
    pub(crate) fn new(context: &'a Context, caller: &'a Caller, search: &TailSearch) -> Self {
        Self {
            reader: context.reader(caller),
            condition: search.condition().clone(),
            projection: search.fields.as_ref().map(|fields| fields.projection(&[])),
            time: context.config.search_time / READ_SHARE,
        }
    }

    /// Returns where a tail begins: at its cursor, or before the last matching records. A cut says that these are fewer than
    /// wanted, since looking for them ended early.
    pub(crate) async fn begin(&self, search: &TailSearch) -> Result<(JournalCursor, Option<Cut>), QueryError> {
        match search.after {
            Some(place) => Ok((place, None)),
            None => self.place_of_last(search.last()).await,
        }
    }

    /// Returns the cursor before the last `count` matching records; before fewer, with a cut, where looking for them ended
    /// early.
    async fn place_of_last(&self, count: usize) -> Result<(JournalCursor, Option<Cut>), QueryError> {
        let (mut place, mut reached) = (JournalCursor::Beginning, None);
        let looking = Self { time: self.time / LOOK_BACK_SHARE, ..self.clone() };
        let end = match looking.look_back(count, &mut place, &mut reached).await {
            Err(error) if error.is_out_of_time() && reached.is_some() => LookBackEnd::OutOfTime,
            result => result?,
        };
        let cut = match end {
            LookBackEnd::Complete => None,
            LookBackEnd::OutOfTime => reached.map(Cut::of_time),
            LookBackEnd::Limit => reached.map(Cut::of_counts),
        };
        Ok((place, cut))
    }

    /// Moves the cursor backwards, and notes when the earliest entry that was looked at was written.
    async fn look_back(
        &self,
        count: usize,
        place: &mut JournalCursor,
        reached: &mut Option<EventTime>,
    ) -> Result<LookBackEnd, QueryError> {
        let began = Instant::now();
        let journal = self.reader.latest_journal_ids(LOOK_BACK_ENTRIES, self.time).await.map_err(QueryError::Store)?;
        *place = journal.last().map_or(JournalCursor::Beginning, |last| JournalCursor::Behind(*last));
        let (mut found, mut looked_at) = (0, 0);
        for chunk in journal.rchunks(ENTRIES_AT_ONCE) {
            let chunk = self.chunk(chunk, began).await?;
            for entry in chunk.entries.iter().rev() {
                *reached = Some(entry.at);
                let mut part_begin = entry.count();
                for (day, ids) in entry.parts.iter().rev() {
                    part_begin -= ids.len();
                    for new in clusters(&chunk.new_ids(entry, ids)).rev() {
                        let lookup = self.lookup(new, Order::Newest, count - found, self.left(began));
                        let wanted = self.reader.ids(*day, &lookup).await.map_err(QueryError::Store)?;
                        found += wanted.len();
                        if let Some(first) = wanted.last() {
                            *place = JournalCursor::Within(entry.id, part_begin + ids.partition_point(|id| id < first));
                        }
                        if found == count {
                            return Ok(LookBackEnd::Complete);
                        }
                        if began.elapsed() >= self.time {
                            return Ok(LookBackEnd::OutOfTime);
                        }
                    }
                }
                looked_at += entry.count();
                if looked_at >= LOOK_BACK {
                    return Ok(LookBackEnd::Limit);
                }
            }
        }
        let is_all = (journal.len() as u64) < LOOK_BACK_ENTRIES;
        Ok(if is_all { LookBackEnd::Complete } else { LookBackEnd::Limit })
    }

    /// Hands over the records after a cursor, until there are no more, `push` is full, or the time is up.
    pub(crate) async fn read(&self, from: JournalCursor, push: &mut impl Push) -> Result<Followed, QueryError> {
        let asked_at = now();
        let (mut place, mut entry_at) = (from, None);
        let is_caught_up = match self.advance(&mut place, &mut entry_at, push).await {
            Err(error) if error.is_out_of_time() && place != from => false,
            result => result?,
        };
        let reached = entry_at.filter(|_| !is_caught_up).unwrap_or(asked_at);
        Ok(Followed { place, progress: TailProgress { caught_up: is_caught_up, reached } })
    }

    /// Moves the cursor, and notes when the last entry was written. Returns whether it read to the end of the journal.
    async fn advance(
        &self,
        place: &mut JournalCursor,
        entry_at: &mut Option<EventTime>,
        push: &mut impl Push,
    ) -> Result<bool, QueryError> {
        let began = Instant::now();
        let journal = match place.entry() {
            Some(entry) => self.reader.journal_ids_from(entry, self.time).await,
            None => self.reader.all_journal_ids(self.time).await,
        };
        let journal = journal.map_err(QueryError::Store)?;
        let lost = |place: &JournalCursor| QueryError::CursorLost { entry: place.entry() };
        let rest = place.rest(&journal).ok_or_else(|| lost(place))?;
        for chunk in rest.chunks(ENTRIES_AT_ONCE) {
            let count = chunk.len();
            let chunk = self.chunk(chunk, began).await?;
            // The journal is capped: its oldest entries are gone by now.
            if chunk.entries.len() < count {
                return Err(lost(place));
            }
            for entry in &chunk.entries {
                *entry_at = Some(entry.at);
                let mut part_begin = 0;
                for (day, ids) in &entry.parts {
                    let taken = place.taken(entry.id).saturating_sub(part_begin).min(ids.len());
                    let behind = |id| {
                        JournalCursor::Within(
                            entry.id,
                            part_begin + ids.partition_point(|other: &ObjectId| *other <= id),
                        )
                    };
                    for open in clusters(&chunk.new_ids(entry, &ids[taken..])) {
                        let lookup = self.lookup(open, Order::Oldest, open.len(), self.left(began));
                        if self.hand_over(*day, &lookup, place, behind, push).await? == Pushed::Full {
                            return Ok(false);
                        }
                        *place = open.last().map_or(*place, |last| behind(*last));
                        if began.elapsed() >= self.time {
                            return Ok(false);
                        }
                    }
                    part_begin += ids.len();
                }
                *place = JournalCursor::Behind(entry.id);
                if began.elapsed() >= self.time {
                    return Ok(false);
                }
            }
        }
        Ok(true)
    }

    /// Hands over a day's records.
    async fn hand_over(
        &self,
        day: Day,
        lookup: &Lookup,
        place: &mut JournalCursor,
        behind: impl Fn(ObjectId) -> JournalCursor + Send,
        push: &mut impl Push,
    ) -> Result<Pushed, QueryError> {
        let mut records = pin!(self.reader.records(day, lookup).await.map_err(QueryError::Store)?);
        while let Some(record) = records.try_next().await.map_err(QueryError::Store)? {
            let next = behind(record.id());
            if push(&record, next)? == Pushed::Full {
                return Ok(Pushed::Full);
            }
            *place = next;
        }
        Ok(Pushed::Taken)
    }

    async fn chunk(&self, ids: &[ObjectId], began: Instant) -> Result<Chunk, QueryError> {
        let entries = self.reader.journal_entries(ids, self.left(began)).await.map_err(QueryError::Store)?;
        let again: Vec<&JournalEntry> = entries.iter().filter(|entry| entry.again).collect();
        let before = self.reader.journaled_before(&again, self.left(began)).await.map_err(QueryError::Store)?;
        Ok(Chunk { entries, before })
    }

    fn lookup(&self, ids: &[ObjectId], order: Order, limit: usize, max_time: Duration) -> Lookup {
        let filter = Condition::Id(ids.to_vec()).and(self.condition.clone());
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        Lookup { filter, ids: IdRange::spanning(ids), order, limit, projection: self.projection.clone(), max_time }
    }

    /// Returns the time that is left.
    fn left(&self, began: Instant) -> Duration {
        self.time.saturating_sub(began.elapsed()).max(MIN_TIME)
    }
}

/// Why looking for the last records ended.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum LookBackEnd {
    /// All wanted records were found, or the whole journal was looked at.
    Complete,
    OutOfTime,
    /// As many records or entries were looked at as one answer may cost.
    Limit,
}

/// Several journal entries.
struct Chunk {
    entries: Vec<JournalEntry>,
    /// The ids that an earlier entry also has, as `(entry, id)`.
    before: HashSet<(ObjectId, ObjectId)>,
}

impl Chunk {
    /// Returns the ids of an entry that no earlier entry has.
    fn new_ids(&self, entry: &JournalEntry, ids: &[ObjectId]) -> Vec<ObjectId> {
        ids.iter().filter(|id| !self.before.contains(&(entry.id, **id))).copied().collect()
    }
}
