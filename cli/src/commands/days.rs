//! `logbraid days`: the days that have records.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::value::to_raw_value;

use crate::api::Cut;
use crate::args::DaysArgs;
use crate::error::Error;
use crate::exit::Exit;
use crate::listing::Listing;
use crate::render::day_line;
use crate::stderr;
use crate::stdout::Output;

/// The answer to `GET /days`.
#[derive(Deserialize)]
struct DaysPage {
    days: Vec<DaySize>,
    cut: Option<Cut>,
    next: Option<String>,
}

/// A day. `bytes` is `None` where a tenant asks.
#[derive(Deserialize, Serialize)]
struct DaySize {
    day: String,
    records: u64,
    bytes: Option<u64>,
}

/// Lists the days, newest first. The API counts a tenant's records, and its time limit may end that within a day. Then two pages have
/// a part of that day each: these are added up.
pub(crate) async fn run(args: &DaysArgs) -> Result<Exit, Error> {
    let api = args.api.client().await?;
    let mut days = BTreeMap::new();
    let mut next = Some("/days".to_owned());
    while let Some(target) = next {
        let page: DaysPage = api.get(&target).await?;
        page.days.into_iter().for_each(|day| add(&mut days, day));
        if let (Some(cut), Some(_)) = (&page.cut, &page.next) {
            stderr::print(cut);
        }
        next = page.next;
    }
    let items: Result<Vec<_>, _> = days.values().map(to_raw_value).collect();
    let items = items.map_err(|error| Error::Output(error.into()))?;
    Listing::new(Output::new(&args.output), day_line).show(items.iter())?;
    Ok(if days.is_empty() { Exit::Nothing } else { Exit::Done })
}

fn add(days: &mut BTreeMap<Reverse<String>, DaySize>, day: DaySize) {
    match days.get_mut(&Reverse(day.day.clone())) {
        Some(known) => known.records += day.records,
        None => {
            days.insert(Reverse(day.day.clone()), day);
        }
    }
}
