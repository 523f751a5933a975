//! Looks up what is asked for, day by day, through the store.

use std::collections::BTreeMap;
use std::time::Duration;

use futures_util::future::{Either, ready, try_join, try_join_all};
use futures_util::stream::{self, BoxStream, StreamExt as _};
use futures_util::{Stream, TryStreamExt as _};
use record::Day;
use record::{LogRecord, LogUid};
use store::{Condition, Lookup, Reader, StoreError};

use super::uid_time::times;

/// How many days are looked up at the same time. The driver keeps up to 10 connections.
pub(crate) const DAYS_AT_ONCE: usize = 8;
/// What looking up one day may cost the server. It takes less than a millisecond when all is well.
pub(crate) const DAY_MAX_TIME: Duration = Duration::from_secs(10);

/// What was found.
pub(crate) struct TransactionRecords<S> {
    /// The days that are looked at, in order.
    pub(crate) days: Vec<Day>,
    /// The records, in time order, read as they are taken.
    pub(crate) records: S,
}

/// Looks up the records that carry one of the uids, on all days that may hold some. The lookup is that of each day; its
/// limit is of a day. Which of many days do is asked first, since nearly all of them do not; those that the uid names are read
/// meanwhile. The days of the last list are asked while they are listed anew. Then only days that are new are left to ask.
pub(crate) async fn lookup_transaction<'a>(
    reader: Reader<'a>,
    uids: &[LogUid],
    lookup: Lookup,
) -> Result<TransactionRecords<impl Stream<Item = Result<LogRecord, StoreError>> + Send + use<'a>>, StoreError> {
    let last_list = reader.last_list_of_days();
    let (list, early) = try_join(reader.list_days(), find(reader, uids, &lookup, last_list.days())).await?;
    let mut days = list.days();
    let unmoved = list.unmoved_since(&last_list);
    let new = days.iter().copied().filter(|day| !unmoved.contains(day)).collect();
    let late = find(reader, uids, &lookup, new).await?;
    days.retain(|day| lookup.ids.reaches(*day));
    let mut lookups = BTreeMap::new();
    for (day, read) in early.into_iter().filter(|(day, _)| unmoved.contains(day)).chain(late) {
        let records = match read {
            Some(records) => Either::Left(ready(Ok(records))),
            None => Either::Right(look(reader, day, lookup.clone())),
        };
        lookups.insert(day, records);
    }
    Ok(TransactionRecords { days, records: in_order(lookups.into_values().collect()) })
}

/// The records of a day, read as they are taken.
type Records<'a> = BoxStream<'a, Result<LogRecord, StoreError>>;

/// Returns which of these days to read, with the records of those that are read already.
async fn find<'a>(
    reader: Reader<'a>,
    uids: &[LogUid],
    lookup: &Lookup,
    mut days: Vec<Day>,
) -> Result<BTreeMap<Day, Option<Records<'a>>>, StoreError> {
    days.retain(|day| lookup.ids.reaches(*day));
    if days.len() <= DAYS_AT_ONCE {
        return Ok(days.into_iter().map(|day| (day, None)).collect());
    }
    let likely: Vec<Day> = uids.first().map(likely).unwrap_or_default();
    let (likely, others): (Vec<Day>, Vec<Day>) = days.into_iter().partition(|day| likely.contains(day));
    // By the index alone: other filters may have to look at many of a day's records.
    let of_uid = Lookup { filter: Condition::AnyUid(uids.to_vec()), ..lookup.clone() };
    let read = try_join_all(likely.iter().map(|day| look(reader, *day, lookup.clone())));
    let (read, with) = try_join(read, reader.days_with(&others, &of_uid)).await?;
    let read = likely.into_iter().zip(read.into_iter().map(Some));
    Ok(read.chain(with.into_iter().map(|day| (day, None))).collect())
}

/// Begins to read a day.
async fn look(reader: Reader<'_>, day: Day, lookup: Lookup) -> Result<Records<'_>, StoreError> {
    Ok(reader.records(day, &lookup).await?.boxed())
}

/// On which days a transaction, going by what its uid says, has most of its records: on that of the uid and the next.
fn likely(uid: &LogUid) -> Vec<Day> {
    times(uid.as_str()).map(Day::of).flat_map(|made| [Some(made), made.next()]).flatten().collect()
}

/// The records of lookups that run at the same time, in the order of the lookups. Ids sort by time over all days: in
/// the order of days, that is time order.
fn in_order<L, S, E>(lookups: Vec<L>) -> impl Stream<Item = Result<LogRecord, E>> + use<L, S, E>
where
    L: Future<Output = Result<S, E>>,
    S: Stream<Item = Result<LogRecord, E>>,
{
    stream::iter(lookups).buffered(DAYS_AT_ONCE).try_flatten()
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;
    use std::time::Duration;

    use futures_util::stream::{self, TryStreamExt as _};
    use record::LogRecord;
    use tokio::time::sleep;

    use super::{DAYS_AT_ONCE, in_order};
    use crate::test_records::record;

    /// Two records of a day, found after a while.
    async fn day(
        number: i64,
        takes: Duration,
        begun: &Mutex<usize>,
    ) -> Result<impl stream::Stream<Item = Result<LogRecord, String>> + use<>, String> {
        *begun.lock().unwrap() += 1;
        sleep(takes).await;
        let records = [record(2 * number, "s", 20), record(2 * number + 1, "s", 20)];
        Ok(stream::iter(records.map(Ok)))
    }

    #[tokio::test]
    async fn days_that_are_slow_to_answer_stay_in_order() {
        let begun = Mutex::new(0);
        let lookups =
            (0..30).map(|number| day(number, Duration::from_millis(30 - number.unsigned_abs()), &begun)).collect();
        let records: Vec<LogRecord> = in_order(lookups).try_collect().await.unwrap();
        assert_eq!(records.len(), 60);
        assert!(records.is_sorted_by_key(LogRecord::id) && records.is_sorted_by_key(LogRecord::time));
    }

    #[tokio::test]
    async fn days_are_looked_up_at_the_same_time_but_not_all() {
        let begun = Mutex::new(0);
        let lookups = (0..30).map(|number| day(number, Duration::from_millis(1), &begun)).collect();
        let mut records = Box::pin(in_order(lookups));
        assert_eq!(*begun.lock().unwrap(), 0, "nothing is read that nobody takes");
        records.try_next().await.unwrap();
        assert_eq!(*begun.lock().unwrap(), DAYS_AT_ONCE);
    }

    #[tokio::test]
    async fn a_day_that_cannot_be_read_fails_the_search() {
        let begun = Mutex::new(0);
        let lookup =
            async |number| if number == 1 { Err("away".to_owned()) } else { day(number, Duration::ZERO, &begun).await };
        let records: Result<Vec<LogRecord>, String> = in_order((0..3).map(lookup).collect()).try_collect().await;
        assert_eq!(records, Err("away".to_owned()));
    }
}
