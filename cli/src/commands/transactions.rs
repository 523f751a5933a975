//! `logbraid transactions`: a list of transactions.

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::api::{Api, Page, Target};
use crate::args::{Sort, TransactionsArgs};
use crate::error::Error;
use crate::exit::Exit;
use crate::listing::Listing;
use crate::render::transaction_line;
use crate::stderr;
use crate::stdout::Output;

/// The highest `limit` that the query API takes here.
const MAX_LIMIT: u64 = 500;

/// What the API looks at without a time range.
const LAST_DAY: &str = "the last 24 hours";
/// What is listed.
const NOUN: &str = "transaction";

/// Lists transactions.
pub(crate) async fn run(args: &TransactionsArgs) -> Result<Exit, Error> {
    let api = args.api.client().await?;
    let output = Output::new(&args.output);
    let width = output.width();
    let mut listing = Listing::new(output, move |transaction, text| transaction_line(transaction, width, text));
    let (target, limit) = (target(args), args.limit.get());
    match args.sort {
        Sort::Newest => {
            let exit = listing.show_pages(&api, target.as_str(), limit).await?;
            Ok(listing.say_if_nothing(exit, NOUN, &args.time.looked_at(LAST_DAY)))
        }
        Sort::Slowest => {
            let slowest = slowest(&api, target.as_str(), usize::try_from(limit).unwrap_or(usize::MAX)).await?;
            listing.show(slowest.iter())?;
            if limit > MAX_LIMIT && slowest.len() as u64 >= MAX_LIMIT {
                stderr::print(format_args!(
                    "the query API returns the {MAX_LIMIT} slowest only; narrow the time with --from and --to"
                ));
            }
            let exit = if slowest.is_empty() { Exit::Nothing } else { Exit::Done };
            Ok(listing.say_if_nothing(exit, NOUN, &args.time.looked_at(LAST_DAY)))
        }
    }
}

/// Collects the slowest transactions. A page that the time limit cut covers a part of the time only, so all are read.
async fn slowest(api: &Api, target: &str, limit: usize) -> Result<Vec<Box<RawValue>>, Error> {
    let mut slowest = Vec::new();
    let mut next = Some(target.to_owned());
    while let Some(target) = next {
        let page: Page = api.get(&target).await?;
        slowest.extend(page.items);
        slowest.sort_by(|one, other| duration_ms(other).total_cmp(&duration_ms(one)));
        slowest.truncate(limit);
        next = page.next.filter(|_| page.cut.is_some() || slowest.len() < limit);
        if let (Some(cut), Some(_)) = (&page.cut, &next) {
            stderr::print(cut);
        }
    }
    Ok(slowest)
}

fn duration_ms(transaction: &RawValue) -> f64 {
    #[derive(Deserialize)]
    struct Timed {
        duration_ms: f64,
    }
    serde_json::from_str(transaction.get()).map_or(0.0, |Timed { duration_ms }| duration_ms)
}

fn target(args: &TransactionsArgs) -> Target {
    let min_duration_ms = args.min_duration_ms.map(|ms| ms.to_string());
    let target = Target::new("/transactions").parameter("q", args.q.as_deref());
    let target = args.time.apply(args.filter.apply(target)).parameter("min_duration_ms", min_duration_ms.as_deref());
    let limit = args.limit.get().min(MAX_LIMIT);
    target.parameter("sort", Some(args.sort.name())).parameter("limit", Some(&limit.to_string()))
}
