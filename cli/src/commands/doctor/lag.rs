//! Checks how far each shard is filed: the journal against the stream.

use jiff::Timestamp;
use record::EventTime;
use std::time::Duration;
use store::{ShardProgress, Store};

use super::finding::{Report, enumerated};
use crate::error::Error;
use crate::render::{count, duration};
use crate::services::Services;

const CHECK: &str = "lag";
const NEEDS: &str = "kinesis:ListShards, kinesis:GetShardIterator and kinesis:GetRecords";
/// How many shards are looked at. Each takes two requests, and a shard allows five reads a second for all readers.
const MAX_SHARDS: usize = 32;
/// The progress of a shard is behind by less than this.
const PROGRESS_IS_BEHIND_MS: i64 = 1_000;
/// How long a record may wait. The alarm `iterator-age` goes off after as long.
const MAX_WAIT_MS: f64 = 300_000.0;
/// How many shards without progress are named.
const MAX_NAMED: usize = 4;
/// What to do about them.
const SETTLED: &str = "the next record of a shard that is filed settles it; if the shard has new records and this stays, \
                       docs/runbook.md#iterator-age says where to look";
const MAX_TIME: Duration = Duration::from_secs(10);

/// Compares what is filed with what is on the stream.
pub(super) async fn check(
    services: Option<&Services>,
    store: Option<&Store>,
    stream: Option<&str>,
    report: &mut Report,
) -> Result<(), Error> {
    let (Some(services), Some(store), Some(stream)) = (services, store, stream) else {
        return report.skipped(CHECK, "not checked: it needs the stream and MongoDB");
    };
    let progress = match store.shard_progress(MAX_TIME).await {
        Ok(progress) => progress,
        Err(error) => return report.store_failed(CHECK, &error),
    };
    let journaled = match store.journaled_arrivals(stream, MAX_TIME).await {
        Ok(journaled) => journaled,
        Err(error) => return report.store_failed(CHECK, &error),
    };
    let shards = match services.open_shards(stream).await {
        Ok(shards) => shards,
        Err(failure) if failure.is_missing() => return report.skipped(CHECK, "not checked: there is no stream"),
        Err(failure) => return report.failed(CHECK, &failure, NEEDS),
    };
    let (mut worst, mut waiting) = (0.0_f64, 0);
    let mut unknown: Vec<(&str, f64)> = Vec::new();
    for shard in shards.iter().take(MAX_SHARDS) {
        let progress = progress.iter().find(|own| own.stream == stream && own.shard == *shard);
        let filed = filed_before(progress, journaled.get(shard));
        let from = filed.and_then(|ms| Timestamp::from_millisecond(ms).ok());
        match services.first_arrival(stream, shard, from).await {
            Ok(Some(arrived)) => {
                let wait = Timestamp::now().duration_since(arrived).as_secs_f64() * 1_000.0;
                if filed.is_none() && wait > MAX_WAIT_MS {
                    unknown.push((shard, wait));
                    continue;
                }
                worst = worst.max(wait);
                waiting += 1;
                if wait > MAX_WAIT_MS {
                    let what = format!("{shard} is behind: a record waits for {} to be filed", duration(wait));
                    report.problem(CHECK, what, "docs/runbook.md#iterator-age says where to look")?;
                }
            }
            Ok(None) => {}
            Err(failure) => return report.failed(CHECK, &failure, NEEDS),
        }
    }
    if let Some(what) = without_progress(&unknown) {
        report.warning(CHECK, what, SETTLED)?;
    }
    if worst > MAX_WAIT_MS || !unknown.is_empty() {
        return Ok(());
    }
    let looked = count(shards.len().min(MAX_SHARDS) as u64, "shard");
    let of = if shards.len() > MAX_SHARDS { format!(" of {}", shards.len()) } else { String::new() };
    match waiting {
        0 => report.fine(CHECK, format!("all that is on {looked}{of} is filed")),
        _ => report.fine(CHECK, format!("{looked}{of} looked at, and the oldest record waits for {}", duration(worst))),
    }
}

/// Returns what is so of shards whose progress MongoDB does not have, each with how long ago its oldest record arrived; `None` without any.
fn without_progress(shards: &[(&str, f64)]) -> Option<String> {
    let oldest = shards.iter().map(|(_, ms)| *ms).reduce(f64::max)?;
    let mut names: Vec<&str> = shards.iter().take(MAX_NAMED).map(|(shard, _)| *shard).collect();
    let more = shards.len().saturating_sub(MAX_NAMED);
    let more = (more > 0).then(|| format!("{more} more"));
    names.extend(more.as_deref());
    Some(format!(
        "MongoDB has no progress of {}, and what is on the stream arrived up to {} ago: it waits to be filed, or it was filed \
         before this database was new or its collection of shards was emptied",
        enumerated(&names),
        duration(oldest)
    ))
}

/// Returns before which arrival a shard is filed, in milliseconds. The journal also has what `logbraid redrive` filed.
fn filed_before(progress: Option<&ShardProgress>, journaled: Option<&EventTime>) -> Option<i64> {
    let by_progress = progress.map(|progress| progress.arrived.micros() / 1_000 + PROGRESS_IS_BEHIND_MS);
    by_progress.max(journaled.map(|arrived| arrived.micros() / 1_000 + 1))
}

#[cfg(test)]
mod tests {
    use record::EventTime;
    use store::ShardProgress;

    use super::{filed_before, without_progress};

    #[test]
    fn a_shard_is_filed_as_far_as_its_progress_or_the_journal() {
        let at = |ms| EventTime::from_millis(ms).unwrap();
        let check = |progress: Option<i64>, journaled: Option<i64>, expect: Option<i64>| {
            let progress = progress.map(|ms| ShardProgress {
                stream: "logs".to_owned(),
                shard: "0".to_owned(),
                arrived: at(ms),
                filed_at: None,
                is_parallel: false,
            });
            assert_eq!(
                filed_before(progress.as_ref(), journaled.map(at).as_ref()),
                expect,
                "{progress:?} {journaled:?}"
            );
        };
        check(None, None, None);
        check(Some(5_000), None, Some(6_000));
        check(None, Some(5_000), Some(5_001));
        check(Some(5_000), Some(5_500), Some(6_000));
        check(Some(5_000), Some(9_000), Some(9_001));
    }

    #[test]
    fn shards_without_progress_are_named() {
        fn check(shards: &[(&str, f64)], expect: Option<&str>) {
            let found = without_progress(shards);
            assert_eq!(found.as_deref().and_then(|what| what.split_once(": ")).map(|(begin, _)| begin), expect);
        }
        check(&[], None);
        let one = "MongoDB has no progress of a, and what is on the stream arrived up to 10 min 0 s ago";
        check(&[("a", 600_000.0)], Some(one));
        let many =
            "MongoDB has no progress of a, b, c, d and 2 more, and what is on the stream arrived up to 20 min 0 s ago";
        let minutes = [10.0, 10.0, 20.0, 10.0, 10.0, 10.0];
        let shards: Vec<_> =
            ["a", "b", "c", "d", "e", "f"].into_iter().zip(minutes.map(|own| own * 60_000.0)).collect();
        check(&shards, Some(many));
    }
}
