//! `logbraid histogram`: how many records there were when.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::value::to_raw_value;

use crate::api::{Api, Cut, Target};
use crate::args::HistogramArgs;
use crate::error::Error;
use crate::exit::Exit;
use crate::note::note_cut;
use crate::out::{Format, Out};
use crate::render::{Bar, bar_lines};

/// An answer to `GET /histogram`.
#[derive(Deserialize)]
struct Answer {
    buckets: Vec<Bucket>,
    cut: Option<Cut>,
    next: Option<String>,
}

/// Records counted together.
#[derive(Deserialize, Serialize)]
struct Bucket {
    start: String,
    levels: BTreeMap<String, u64>,
    count: u64,
}

/// Counts them. A bucket may come in several parts, where the time limit cut the answer.
pub(crate) async fn run(args: &HistogramArgs) -> Result<Exit, Error> {
    let api = Api::new(&args.api).await?;
    let mut out = Out::new(&args.output);
    let mut buckets = BTreeMap::new();
    let mut next = Some(target(args).as_str().to_owned());
    while let Some(target) = next {
        let answer: Answer = api.get(&target).await?;
        answer.buckets.into_iter().for_each(|bucket| add(&mut buckets, bucket));
        if let (Some(cut), Some(_)) = (&answer.cut, &answer.next) {
            note_cut(cut);
        }
        next = answer.next;
    }
    match out.format() {
        Format::Json => {
            for bucket in buckets.values() {
                out.json(&to_raw_value(bucket).map_err(|error| Error::Output(error.into()))?);
            }
        }
        Format::Text { width } => {
            let bars = buckets.values().map(|bucket| Bar {
                start: &bucket.start,
                levels: &bucket.levels,
                count: bucket.count,
            });
            bar_lines(&bars.collect::<Vec<_>>(), width, out.text());
        }
    }
    out.flush()?;
    Ok(if buckets.is_empty() { Exit::Nothing } else { Exit::Done })
}

fn add(buckets: &mut BTreeMap<String, Bucket>, bucket: Bucket) {
    match buckets.get_mut(&bucket.start) {
        Some(known) => {
            known.count += bucket.count;
            for (level, count) in bucket.levels {
                *known.levels.entry(level).or_default() += count;
            }
        }
        None => {
            buckets.insert(bucket.start.clone(), bucket);
        }
    }
}

fn target(args: &HistogramArgs) -> Target {
    let target = Target::new("/histogram").parameter("q", args.q.as_deref());
    let target = target.parameter("log_uid", args.uid.as_deref()).parameter("bucket", args.bucket.as_deref());
    args.time.apply(args.filter.apply(target))
}
