//! `logbraid tail`: what was filed last, and with `-f` what is filed from now on.

use std::time::Duration;

use tokio::time::sleep;

use crate::api::{Api, Page, Target};
use crate::args::TailArgs;
use crate::error::Error;
use crate::exit::Exit;
use crate::listing::Listing;
use crate::note::{note, note_trouble};
use crate::out::Out;
use crate::render::{Event, Lines, When};

/// How often it is asked what else was filed.
const POLL_INTERVAL: Duration = Duration::from_secs(1);

/// How many records an answer has at most, where nobody says: then there may be more already.
const FULL: usize = 1_000;
/// The parameter that says with how many records to begin.
const LIMIT: &str = "limit";

/// Shows the last records; follows until somebody ends it, if asked to.
pub(crate) async fn run(args: &TailArgs) -> Result<Exit, Error> {
    let api = Api::new(&args.api).await?;
    let out = Out::new(&args.output);
    let mut lines = Lines::new(When::Clock, args.ids.ids(), out.width());
    let mut listing = Listing::new(out, move |record, text| lines.push(&Event::read(record), text));
    let page: Page = api.get(target(args).as_str()).await?;
    listing.show(page.items.iter())?;
    match page.next {
        Some(next) if args.follow => follow(&api, without_limit(&next), &mut listing).await,
        _ => Ok(Exit::Done),
    }
}

/// Asks for ever, from where the last answer ended. What was there once comes back: that it is away is said once, and when
/// that is over.
async fn follow(api: &Api, mut next: String, listing: &mut Listing) -> Result<Exit, Error> {
    let mut is_away = false;
    loop {
        let page: Page = match api.get_once(&next).await {
            Ok(page) => page,
            Err(Error::Api(error)) if error.is_its_own() => {
                if !is_away {
                    note_trouble(&error, "going on when that is over");
                }
                is_away = true;
                sleep(POLL_INTERVAL).await;
                continue;
            }
            Err(error) => return Err(error),
        };
        if is_away {
            note("going on");
        }
        is_away = false;
        listing.show(page.items.iter())?;
        next = page.next.unwrap_or(next);
        if page.items.len() < FULL {
            sleep(POLL_INTERVAL).await;
        }
    }
}

fn target(args: &TailArgs) -> Target {
    let target = Target::new("/logs/tail").parameter("q", args.q.as_deref());
    let target = target.parameter("log_uid", args.uid.as_deref());
    args.filter.apply(target).parameter(LIMIT, args.limit.map(|limit| limit.to_string()).as_deref())
}

/// What follows is no longer asked for in so small numbers: a busy stream would run away.
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
    fn the_limit_is_left_out_wherever_it_is() {
        fn check(next: &str, expect: &str) {
            assert_eq!(without_limit(next), expect);
        }
        check("/logs/tail?limit=1&after=6b0", "/logs/tail?after=6b0");
        check("/logs/tail?q=limit%3D1&limit=10&after=6b0-3", "/logs/tail?q=limit%3D1&after=6b0-3");
        check("/logs/tail?after=6b0", "/logs/tail?after=6b0");
    }
}
