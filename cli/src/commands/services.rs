//! `logbraid services`: the services that sent records.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::value::to_raw_value;

use crate::api::{Cut, Target};
use crate::args::ServicesArgs;
use crate::error::Error;
use crate::exit::Exit;
use crate::listing::Listing;
use crate::render::service_line;
use crate::stderr;
use crate::stdout::Output;

/// The answer to `GET /services`.
#[derive(Deserialize)]
struct ServicesPage {
    services: Vec<ServiceCounts>,
    cut: Option<Cut>,
    next: Option<String>,
}

/// The counts of one service. Times are RFC 3339 in UTC to the microsecond, so they sort as texts.
#[derive(Deserialize, Serialize)]
struct ServiceCounts {
    service: Option<String>,
    records: u64,
    levels: BTreeMap<String, u64>,
    first: String,
    last: String,
}

/// Lists the services. Where the time limit cut an answer, two pages can have counts of one service: these are added up.
pub(crate) async fn run(args: &ServicesArgs) -> Result<Exit, Error> {
    let api = args.api.client().await?;
    let mut services = BTreeMap::new();
    let mut next = Some(args.time.apply(Target::new("/services")).as_str().to_owned());
    while let Some(target) = next {
        let page: ServicesPage = api.get(&target).await?;
        page.services.into_iter().for_each(|service| add(&mut services, service));
        if let (Some(cut), Some(_)) = (&page.cut, &page.next) {
            stderr::print(cut);
        }
        next = page.next;
    }
    let items: Result<Vec<_>, _> = services.values().map(to_raw_value).collect();
    let items = items.map_err(|error| Error::Output(error.into()))?;
    Listing::new(Output::new(&args.output), service_line).show(items.iter())?;
    Ok(if services.is_empty() { Exit::Nothing } else { Exit::Done })
}

fn add(services: &mut BTreeMap<Option<String>, ServiceCounts>, counts: ServiceCounts) {
    match services.get_mut(&counts.service) {
        Some(known) => {
            known.records += counts.records;
            for (level, count) in counts.levels {
                *known.levels.entry(level).or_default() += count;
            }
            known.first = std::mem::take(&mut known.first).min(counts.first);
            known.last = std::mem::take(&mut known.last).max(counts.last);
        }
        None => {
            services.insert(counts.service.clone(), counts);
        }
    }
}
