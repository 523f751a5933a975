//! `logbraid quarantine`: the payloads that could not become log records.

use std::cmp::Reverse;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::api::{Api, Cut, Target};
use crate::args::QuarantineArgs;
use crate::error::Error;
use crate::exit::Exit;
use crate::render::{heading, quarantined_day, quarantined_payload, visible};
use crate::stderr;
use crate::stdout::{Format, Output};

/// The highest `limit` that the query API takes here.
const MAX_LIMIT: u64 = 200;

/// One answer to `GET /quarantine`.
#[derive(Deserialize)]
struct QuarantinePage {
    /// Only the first page has counts.
    counts: Option<Vec<ReasonCount>>,
    entries: Vec<Box<RawValue>>,
    next: Option<String>,
    cut: Option<Cut>,
}

/// The number of payloads with one reason that arrived on one day.
#[derive(Debug, Deserialize, Eq, PartialEq, Serialize)]
struct ReasonCount {
    day: String,
    reason: Option<String>,
    count: u64,
}

/// Shows counts and payloads. As JSON, the lines of the counts come first, then those of the payloads.
pub(crate) async fn run(args: &QuarantineArgs) -> Result<Exit, Error> {
    let api = args.api.client().await?;
    let mut page: QuarantinePage = api.get(target(args, args.to.as_deref(), page_limit(args)).as_str()).await?;
    let counts = all_counts(&api, args, &mut page).await?;
    let mut output = Output::new(&args.output);
    show_counts(&counts, &mut output)?;
    let shown = show_entries(&api, args, page, &mut output).await?;
    if counts.is_empty() && shown == 0 {
        return Ok(Exit::Nothing);
    }
    if let Format::Text { .. } = output.format() {
        stderr::print("`logbraid redrive` files these payloads again; its --dry-run shows what would happen");
    }
    Ok(Exit::Done)
}

/// Takes the counts out of the first page. If the page covers a part of the time only, requests the counts of the rest.
async fn all_counts(api: &Api, args: &QuarantineArgs, first: &mut QuarantinePage) -> Result<Vec<ReasonCount>, Error> {
    let mut counts = Vec::new();
    add_counts(&mut counts, first.counts.take());
    let mut reached = first.cut.as_ref().and_then(|cut| cut.reached.clone());
    while let Some(to) = reached {
        stderr::print(format_args!("counted back to {} so far; going on", visible(&to)));
        let page: QuarantinePage = api.get(target(args, Some(&to), 1).as_str()).await?;
        add_counts(&mut counts, page.counts);
        // An answer always gets further. One that does not would be asked for again and again.
        reached = page.cut.and_then(|cut| cut.reached).filter(|reached| *reached != to);
    }
    counts.sort_by(|one, other| {
        let key =
            |counted: &ReasonCount| (Reverse(counted.day.clone()), Reverse(counted.count), counted.reason.clone());
        key(one).cmp(&key(other))
    });
    Ok(counts)
}

fn add_counts(counts: &mut Vec<ReasonCount>, more: Option<Vec<ReasonCount>>) {
    for new in more.into_iter().flatten() {
        match counts.iter_mut().find(|known| known.day == new.day && known.reason == new.reason) {
            Some(known) => known.count += new.count,
            None => counts.push(new),
        }
    }
}

fn show_counts(counts: &[ReasonCount], output: &mut Output) -> Result<(), Error> {
    match output.format() {
        Format::Json => counts.iter().try_for_each(|counted| output.serialize(counted))?,
        Format::Text { .. } if counts.is_empty() => {}
        Format::Text { .. } => {
            heading("payloads by day and reason", output.text());
            for day in counts.chunk_by(|one, other| one.day == other.day) {
                let reasons: Vec<_> = day.iter().map(|own| (own.reason.as_deref().unwrap_or("-"), own.count)).collect();
                quarantined_day(day.first().map_or("", |own| &own.day), &reasons, output.text());
            }
        }
    }
    output.flush()
}

/// Shows at most `args.limit` entries, page by page. Returns how many it showed.
async fn show_entries(
    api: &Api,
    args: &QuarantineArgs,
    mut page: QuarantinePage,
    output: &mut Output,
) -> Result<u64, Error> {
    let mut shown = 0;
    loop {
        let room = usize::try_from(args.limit - shown).unwrap_or(usize::MAX);
        for entry in page.entries.iter().take(room) {
            if let Format::Text { width } = output.format() {
                if shown == 0 {
                    heading("newest payloads", output.text());
                }
                quarantined_payload(entry, width, output.text());
            } else {
                output.json(entry);
            }
            shown += 1;
            output.flush_if_full()?;
        }
        output.flush()?;
        let Some(next) = page.next.filter(|_| shown < args.limit) else { return Ok(shown) };
        // A full page has a `cut` if the counts are cut.
        if let (Some(cut), true) = (&page.cut, (page.entries.len() as u64) < page_limit(args)) {
            stderr::print(cut);
        }
        page = api.get(&next).await?;
    }
}

/// Returns the number of entries to request for a page. The API has no limit of 0.
fn page_limit(args: &QuarantineArgs) -> u64 {
    args.limit.clamp(1, MAX_LIMIT)
}

fn target(args: &QuarantineArgs, to: Option<&str>, limit: u64) -> Target {
    let day = args.day.map(|day| day.to_string());
    let reasons = (!args.reason.is_empty()).then(|| args.reason.join(","));
    let target = Target::new("/quarantine").parameter("from", args.from.as_deref().or(day.as_deref()));
    let target = target.parameter("to", to.or(day.as_deref())).parameter("reason", reasons.as_deref());
    target.parameter("limit", Some(&limit.to_string()))
}
