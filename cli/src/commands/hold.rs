//! `logbraid hold`, `release` and `holds`: days that retention does not drop.

use record::{Day, EventTime};
use serde_json::json;
use store::{Hold, Store};

use super::erase::by;
use crate::args::{HoldArgs, HoldsArgs, Keep, ReleaseArgs};
use crate::error::Error;
use crate::exit::Exit;
use crate::render::visible;
use crate::stderr;
use crate::stdout::print_line;
use crate::store_connection::connect;

/// Holds days. Prints a line for each.
pub(crate) async fn hold(args: &HoldArgs) -> Result<Exit, Error> {
    let (store, _) = connect().await?;
    let own = store.own_days().await.map_err(Error::Lookup)?;
    for day in &args.days {
        if !own.contains(day) {
            stderr::print(format_args!("{day}: there is no such day in MongoDB now"));
        }
        hold_day(&store, *day, args.keep, args.reason.as_deref(), "").await?;
    }
    let holds = store.holds(EventTime::now()).await.map_err(Error::Holds)?;
    for hold in holds.iter().filter(|hold| args.days.contains(&hold.day)) {
        print_line(&line(hold))?;
    }
    Ok(Exit::Done)
}

/// What became of a day that is to be held.
pub(super) struct Held {
    /// When its hold ends.
    pub(super) until: EventTime,
    /// Whether nobody held it before.
    pub(super) is_new: bool,
}

/// Holds a day. One that is held for longer keeps its end, and without a `reason` its own. A new hold has `otherwise` then.
pub(super) async fn hold_day(
    store: &Store,
    day: Day,
    keep: Keep,
    reason: Option<&str>,
    otherwise: &str,
) -> Result<Held, Error> {
    let now = EventTime::now();
    let holds = store.holds(now).await.map_err(Error::Holds)?;
    let known = holds.into_iter().find(|hold| hold.day == day);
    let (is_new, mut until) = (known.is_none(), keep.after(now));
    let mut reason = reason.map(str::to_owned);
    if let Some(known) = known {
        until = until.max(known.until);
        reason = reason.or(Some(known.reason));
    }
    let reason = reason.unwrap_or_else(|| otherwise.to_owned());
    store.hold(&Hold { day, until, at: now, by: by(), reason }).await.map_err(Error::Holds)?;
    Ok(Held { until, is_new })
}

/// Ends holds. Prints a line for each.
pub(crate) async fn release(args: &ReleaseArgs) -> Result<Exit, Error> {
    let (store, _) = connect().await?;
    let mut exit = Exit::Done;
    for day in &args.days {
        if store.release(*day).await.map_err(Error::Holds)? {
            print_line(&format!("{day} is no longer held"))?;
        } else {
            print_line(&format!("{day} was not held"))?;
            exit = Exit::Nothing;
        }
    }
    Ok(exit)
}

/// Lists the holds, by day.
pub(crate) async fn list(args: &HoldsArgs) -> Result<Exit, Error> {
    let (store, _) = connect().await?;
    let holds = store.holds(EventTime::now()).await.map_err(Error::Holds)?;
    for hold in &holds {
        if args.json {
            let Hold { day, until, at, by, reason } = hold;
            let (day, until, at) = (day.to_string(), until.to_string(), at.to_string());
            print_line(&json!({ "day": day, "until": until, "at": at, "by": by, "reason": reason }).to_string())?;
        } else {
            print_line(&line(hold))?;
        }
    }
    Ok(if holds.is_empty() { Exit::Nothing } else { Exit::Done })
}

fn line(hold: &Hold) -> String {
    let why = if hold.reason.is_empty() { String::new() } else { format!(": {}", visible(&hold.reason)) };
    format!("{} is held until {} by {}{why}", hold.day, hold.until, visible(&hold.by))
}
