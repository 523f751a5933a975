//! `logbraid search`: records of all transactions.

use crate::api::Target;
use crate::args::SearchArgs;
use crate::error::Error;
use crate::exit::Exit;
use crate::listing::{Listing, PAGE_ITEMS};
use crate::render::{Event, LineStart, RecordLines};
use crate::stdout::Output;

/// Shows the matching records.
pub(crate) async fn run(args: &SearchArgs) -> Result<Exit, Error> {
    let api = args.api.client().await?;
    let output = Output::new(&args.output);
    let mut lines = RecordLines::new(LineStart::DateTime, args.ids.ids(), output.width());
    let mut listing = Listing::new(output, move |record, text| lines.push(&Event::read(record), text));
    let exit = listing.show_pages(&api, target(args).as_str(), args.limit.get()).await?;
    Ok(listing.say_if_nothing(exit, "record", &args.time.looked_at("all days")))
}

fn target(args: &SearchArgs) -> Target {
    let target = Target::new("/logs").parameter("q", args.q.as_deref()).parameter("log_uid", args.uid.as_deref());
    let target = args.time.apply(args.filter.apply(target));
    let limit = args.limit.get().min(PAGE_ITEMS);
    target.parameter("order", Some(args.order.name())).parameter("limit", Some(&limit.to_string()))
}
