//! `logbraid tail`: the records that were filed last, and with `-f` those that are filed from now on.

use std::time::Duration;

use tokio::time::sleep;

use crate::api::{Api, Page, Target};
use crate::args::TailArgs;
use crate::error::Error;
use crate::exit::Exit;
use crate::listing::Listing;
use crate::render::{Event, LineStart, RecordLines, visible};
use crate::stderr;
use crate::stdout::Output;

/// The pause between two requests for new records.
const POLL_INTERVAL: Duration = Duration::from_secs(1);

/// The number of records in a full page, if the request has no `limit`. After a full page there may be more at once.
const FULL_PAGE: usize = 1_000;
/// The path of the query API.
const PATH: &str = "/logs/tail";
/// The parameter for the number of records.
const LIMIT: &str = "limit";
/// The parameter for the cursor: a place in the journal. Records that were filed behind it are returned.
const AFTER: &str = "after";

/// Shows the last records. With `-f`, goes on until a signal ends the process.
pub(crate) async fn run(args: &TailArgs) -> Result<Exit, Error> {
    let api = args.api.client().await?;
    let output = Output::new(&args.output);
    let mut lines = RecordLines::new(LineStart::DateTime, args.ids.ids(), output.width());
    let mut listing = Listing::new(output, move |record, text| lines.push(&Event::read(record), text));
    let next = if args.limit == Some(0) {
        target_of_new_records(&api, args).await?
    } else {
        let limit = args.limit.map(|limit| limit.to_string());
        let page: Page = api.get(target(args).parameter(LIMIT, limit.as_deref()).as_str()).await?;
        listing.show(page.items.iter())?;
        if let Some(reached) = page.cut.and_then(|cut| cut.reached) {
            stderr::print(format_args!(
                "looked at what was filed since {}; `logbraid search` looks at all days",
                visible(&reached)
            ));
        }
        page.next.map(|next| without_limit(&next))
    };
    match next {
        Some(next) if args.follow => follow(&api, next, &mut listing).await,
        _ if args.limit == Some(0) => Ok(Exit::Done),
        _ => Ok(listing.say_if_nothing(listing.exit(), "record", "looked at what was filed last")),
    }
}

/// Returns the target for records that are filed from now on.
///
/// The API has no `limit` of 0, so this takes the cursor behind the newest record. The request has no filters: a search for
/// the newest match could take long, and its answer could be a record that was filed meanwhile.
async fn target_of_new_records(api: &Api, args: &TailArgs) -> Result<Option<String>, Error> {
    let page: Page = api.get(Target::new(PATH).parameter(LIMIT, Some("1")).as_str()).await?;
    let cursor = page.next.as_deref().and_then(cursor);
    Ok(cursor.map(|cursor| target(args).parameter(AFTER, Some(cursor)).as_str().to_owned()))
}

/// Requests new records for ever, each time from where the last answer ended. Waits through outages: reports the begin of
/// each, and its end.
async fn follow(api: &Api, mut next: String, listing: &mut Listing) -> Result<Exit, Error> {
    let mut is_outage = false;
    loop {
        let page: Page = match api.get_once(&next).await {
            Ok(page) => page,
            Err(error) if error.is_outage() => {
                if !is_outage {
                    stderr::print_retry(&error, "going on when that is over");
                }
                is_outage = true;
                sleep(POLL_INTERVAL).await;
                continue;
            }
            Err(error) => return Err(error.into()),
        };
        if is_outage {
            stderr::print("going on");
        }
        is_outage = false;
        listing.show(page.items.iter())?;
        next = page.next.unwrap_or(next);
        if page.items.len() < FULL_PAGE {
            sleep(POLL_INTERVAL).await;
        }
    }
}

fn target(args: &TailArgs) -> Target {
    let target = Target::new(PATH).parameter("q", args.q.as_deref());
    args.filter.apply(target.parameter("log_uid", args.uid.as_deref()))
}

/// Returns the cursor in a target. Cursors need no escapes.
fn cursor(target: &str) -> Option<&str> {
    let (_, query) = target.split_once('?')?;
    query.split('&').find_map(|parameter| parameter.strip_prefix(AFTER)?.strip_prefix('='))
}

/// Removes `limit` from a target. A small limit is for the first page only: with it, a busy stream would outrun the tail.
fn without_limit(next: &str) -> String {
    let Some((path, query)) = next.split_once('?') else { return next.to_owned() };
    let is_limit = |parameter: &&str| parameter.split('=').next() == Some(LIMIT);
    let rest: Vec<&str> = query.split('&').filter(|parameter| !is_limit(parameter)).collect();
    format!("{path}?{}", rest.join("&"))
}

#[cfg(test)]
mod tests {
    use super::without_limit;

    #[test]
    fn the_limit_is_removed_wherever_it_is() {
        fn check(next: &str, expect: &str) {
            assert_eq!(without_limit(next), expect);
        }
        check("/logs/tail?limit=1&after=6b0", "/logs/tail?after=6b0");
        check("/logs/tail?q=limit%3D1&limit=10&after=6b0-3", "/logs/tail?q=limit%3D1&after=6b0-3");
        check("/logs/tail?after=6b0", "/logs/tail?after=6b0");
    }
}
