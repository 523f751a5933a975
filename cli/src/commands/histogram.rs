//! `logbraid histogram`: the number of records over time.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::api::{Cut, Target};
use crate::args::HistogramArgs;
use crate::error::Error;
use crate::exit::Exit;
use crate::render::{Bar, bar_lines};
use crate::stderr;
use crate::stdout::{Format, Output};

/// The answer to `GET /histogram`.
#[derive(Deserialize)]
struct HistogramPage {
    buckets: Vec<Bucket>,
    cut: Option<Cut>,
    next: Option<String>,
}

/// The counts of one span of time.
#[derive(Deserialize, Serialize)]
struct Bucket {
    start: String,
    levels: BTreeMap<String, u64>,
    count: u64,
}

impl Bucket {
    fn bar(&self) -> Bar<'_> {
        Bar { start: &self.start, levels: &self.levels, count: self.count }
    }
}

/// Shows the counts. Where the time limit cut an answer, two pages can have parts of one bucket: these are added up.
pub(crate) async fn run(args: &HistogramArgs) -> Result<Exit, Error> {
    let api = args.api.client().await?;
    let mut buckets = BTreeMap::new();
    let mut next = Some(target(args).as_str().to_owned());
    while let Some(target) = next {
        let page: HistogramPage = api.get(&target).await?;
        page.buckets.into_iter().for_each(|bucket| add(&mut buckets, bucket));
        if let (Some(cut), Some(_)) = (&page.cut, &page.next) {
            stderr::print(cut);
        }
        next = page.next;
    }
    let mut output = Output::new(&args.output);
    match output.format() {
        Format::Json => buckets.values().try_for_each(|bucket| output.serialize(bucket))?,
        Format::Text { width } => {
            bar_lines(&buckets.values().map(Bucket::bar).collect::<Vec<_>>(), width, output.text());
        }
    }
    output.flush()?;
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
