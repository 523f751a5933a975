//! Checks whether other streams are filed into the stack's collections.

use std::collections::BTreeSet;
use std::time::Duration;

use record::EventTime;
use store::{ShardProgress, Store};

use super::finding::{Report, enumerated};
use crate::error::Error;

const CHECK: &str = "collections";
const MAX_TIME: Duration = Duration::from_secs(10);
/// How long ago another stream may have been filed. One that was replaced is forgotten after that.
const LAST: Duration = Duration::from_hours(24);
/// How many other streams are named.
const MAX_STREAMS: usize = 5;

/// Names the other streams that were filed within a day.
pub(super) async fn check(store: &Store, stream: Option<&str>, report: &mut Report) -> Result<(), Error> {
    let Some(stream) = stream else { return Ok(()) };
    let progress = match store.shard_progress(MAX_TIME).await {
        Ok(progress) => progress,
        Err(error) => return report.store_failed(CHECK, &error),
    };
    let others = others(&progress, stream, EventTime::now().before(LAST));
    if others.is_empty() {
        return Ok(());
    }
    let (verb, noun) = if others.len() == 1 { ("was", "the stream") } else { ("were", "the streams") };
    let names = enumerated(&others);
    let (database, prefix) = (store.database_name(), store.collection_prefix());
    let what = format!(
        "{noun} {names} {verb} also filed into the database {database} with the prefix {prefix} within 24 hours: by another stack, maybe \
         in another region, or this stack had another stream before"
    );
    let todo = "if it is another stack, deploy one of them with another CollectionPrefix: each finds the other's records, and drops \
                its days; if not, this ends a day after the stream was replaced";
    report.warning(CHECK, what, todo)
}

/// Returns the streams, without `own`, that were filed after a time.
fn others<'a>(progress: &'a [ShardProgress], own: &str, after: EventTime) -> Vec<&'a str> {
    let is_new = |shard: &&ShardProgress| shard.filed_at.unwrap_or(shard.arrived) >= after;
    let streams = progress.iter().filter(is_new).map(|shard| shard.stream.as_str());
    let others: BTreeSet<&str> = streams.filter(|stream| *stream != own).collect();
    others.into_iter().take(MAX_STREAMS).collect()
}

#[cfg(test)]
mod tests {
    use record::EventTime;
    use store::ShardProgress;

    use super::others;

    #[test]
    fn other_streams_of_the_last_day_are_named() {
        let at = |hour: i64| EventTime::from_millis(hour * 3_600_000).unwrap();
        let shard = |stream: &str, shard: &str, arrived: i64, filed_at: Option<i64>| ShardProgress {
            stream: stream.to_owned(),
            shard: shard.to_owned(),
            arrived: at(arrived),
            filed_at: filed_at.map(at),
            is_parallel: false,
        };
        let check = |progress: &[ShardProgress], expect: &[&str]| {
            assert_eq!(others(progress, "own", at(100)), expect, "{progress:?}");
        };
        check(&[], &[]);
        check(&[shard("own", "0", 110, Some(110))], &[]);
        check(&[shard("own", "0", 110, Some(110)), shard("b", "0", 110, Some(110))], &["b"]);
        // A stream that was replaced, and one of an earlier version's documents.
        check(&[shard("b", "0", 90, Some(99)), shard("b", "1", 99, None)], &[]);
        check(&[shard("c", "0", 99, Some(100)), shard("b", "1", 100, None), shard("c", "1", 101, None)], &["b", "c"]);
        let many: Vec<_> = (0..9).map(|number| shard(&number.to_string(), "0", 110, None)).collect();
        check(&many, &["0", "1", "2", "3", "4"]);
    }
}
