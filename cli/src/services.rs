//! `logbraid services`: who sent records.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::value::to_raw_value;

use crate::api::{Api, Cut, Target};
use crate::args::ServicesArgs;
use crate::error::Error;
use crate::exit::Exit;
use crate::listing::Listing;
use crate::note::note_cut;
use crate::out::Out;
use crate::render::service_line;

/// An answer to `GET /services`.
#[derive(Deserialize)]
struct Answer {
    services: Vec<Counted>,
    cut: Option<Cut>,
    next: Option<String>,
}

/// What one service sent. Times are RFC 3339 in UTC, all to the microsecond: their order is that of the texts.
#[derive(Deserialize, Serialize)]
struct Counted {
    service: Option<String>,
    records: u64,
    levels: BTreeMap<String, u64>,
    first: String,
    last: String,
}

/// Lists the services. One may come in several parts, where the time limit cut the answer.
pub(crate) async fn run(args: &ServicesArgs) -> Result<Exit, Error> {
    let api = Api::new(&args.api).await?;
    let mut services = BTreeMap::new();
    let mut next = Some(args.time.apply(Target::new("/services")).as_str().to_owned());
    while let Some(target) = next {
        let answer: Answer = api.get(&target).await?;
        answer.services.into_iter().for_each(|service| add(&mut services, service));
        if let (Some(cut), Some(_)) = (&answer.cut, &answer.next) {
            note_cut(cut);
        }
        next = answer.next;
    }
    let items: Result<Vec<_>, _> = services.values().map(to_raw_value).collect();
    Listing::new(Out::new(&args.output), service_line)
        .show(items.map_err(|error| Error::Output(error.into()))?.iter())?;
    Ok(if services.is_empty() { Exit::Nothing } else { Exit::Done })
}

fn add(services: &mut BTreeMap<Option<String>, Counted>, part: Counted) {
    match services.get_mut(&part.service) {
        Some(known) => {
            known.records += part.records;
            for (level, count) in part.levels {
                *known.levels.entry(level).or_default() += count;
            }
            known.first = std::mem::take(&mut known.first).min(part.first);
            known.last = std::mem::take(&mut known.last).max(part.last);
        }
        None => {
            services.insert(part.service.clone(), part);
        }
    }
}
