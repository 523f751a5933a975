//! `logbraid search`: records of all transactions.

use crate::api::{Api, Target};
use crate::args::SearchArgs;
use crate::error::Error;
use crate::exit::Exit;
use crate::listing::{Listing, PAGE_ITEMS};
use crate::out::Out;
use crate::render::{Event, Lines, When};

/// Shows what is found.
pub(crate) async fn run(args: &SearchArgs) -> Result<Exit, Error> {
    let api = Api::new(&args.api).await?;
    let out = Out::new(&args.output);
    let mut lines = Lines::new(When::Clock, args.ids.ids(), out.width());
    let mut listing = Listing::new(out, move |record, text| lines.push(&Event::read(record), text));
    listing.all(&api, target(args).as_str(), args.limit.get()).await
}

fn target(args: &SearchArgs) -> Target {
    let target = Target::new("/logs").parameter("q", args.q.as_deref()).parameter("log_uid", args.uid.as_deref());
    let target = args.time.apply(args.filter.apply(target));
    let limit = args.limit.get().min(PAGE_ITEMS);
    target.parameter("order", Some(args.order.name())).parameter("limit", Some(&limit.to_string()))
}
