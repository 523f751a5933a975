//! `logbraid redrive`: brings back what was set aside.

mod batch;
mod bucket;
mod files;
mod on_failure;
mod quarantine;
mod session;
mod tally;

use std::io::{self, Write as _};

use store::QuarantineFilter;

use self::session::{Ended, Mode, Session};
use self::tally::{Origin, Tally};
use crate::args::RedriveArgs;
use crate::connect::connect;
use crate::error::Error;
use crate::exit::Exit;
use crate::interrupt::Interrupt;

/// Brings back what the arguments name, and says what became of it.
pub(crate) async fn run(args: &RedriveArgs) -> Result<Exit, Error> {
    let selection = selection(args)?;
    let mode = if args.dry_run { Mode::DryRun } else { Mode::Write };
    let limit = args.limit.map_or(u64::MAX, u64::from);
    let (store, rules) = connect().await?;
    let session = Session { store, rules, mode, limit, interrupt: Interrupt::listen() };

    let (tally, ended) = if let Some(bucket) = &args.bucket {
        let mut tally = Tally::new(Origin::Bucket, mode);
        let place = bucket::Place { bucket, prefix: &args.prefix, keep: args.keep };
        let ended = bucket::redrive(&session, &place, &mut tally).await;
        (tally, ended)
    } else if args.files.is_empty() {
        let mut tally = Tally::new(Origin::Quarantine, mode);
        let ended = quarantine::redrive(&session, &selection, &mut tally).await;
        (tally, ended)
    } else {
        let mut tally = Tally::new(Origin::Files, mode);
        let ended = files::redrive(&session, &args.files, &mut tally).await;
        (tally, ended)
    };

    let summary = match (args.json, &ended) {
        (true, _) => format!("{}\n", tally.json(&ended)),
        // Nothing was done: the error says it all.
        (false, Err(_)) if tally.seen == 0 => String::new(),
        (false, _) => tally.to_string(),
    };
    io::stdout().write_all(summary.as_bytes()).map_err(Error::Output)?;
    Ok(match ended? {
        Ended::Interrupted => Exit::Interrupted,
        Ended::AllDone if tally.remains() => Exit::Remaining,
        Ended::AllDone => Exit::Done,
    })
}

/// Which payloads of the quarantine the arguments name.
fn selection(args: &RedriveArgs) -> Result<QuarantineFilter, Error> {
    if let (Some(from), Some(to)) = (args.from, args.to)
        && from > to
    {
        return Err(Error::EmptyRange { from, to });
    }
    let mut days: Vec<_> = args.day.iter().map(|&day| (Some(day), Some(day))).collect();
    if args.from.is_some() || args.to.is_some() {
        days.push((args.from, args.to));
    }
    Ok(QuarantineFilter { reasons: args.reason.clone(), days })
}

#[cfg(test)]
mod tests {
    use super::selection;
    use crate::args::RedriveArgs;

    #[test]
    fn arguments_select() {
        fn check(days: &[&str], from: &str, to: &str, expect: &str) {
            let day = |text: &str| (!text.is_empty()).then(|| text.parse().unwrap());
            let args = RedriveArgs {
                day: days.iter().map(|text| text.parse().unwrap()).collect(),
                from: day(from),
                to: day(to),
                ..RedriveArgs::default()
            };
            let said = match selection(&args) {
                Ok(selection) => {
                    let text = |day: Option<record::Day>| day.map(|day| day.to_string()).unwrap_or_default();
                    let range = |(first, last): (_, _)| format!("{}..{}", text(first), text(last));
                    selection.days.into_iter().map(range).collect::<Vec<_>>().join(" ")
                }
                Err(error) => error.to_string(),
            };
            assert_eq!(said, expect);
        }
        check(&[], "", "", "");
        check(&["2026-11-20", "2026-11-22"], "", "", "2026-11-20..2026-11-20 2026-11-22..2026-11-22");
        check(&[], "2026-11-20", "", "2026-11-20..");
        check(&[], "", "2026-11-20", "..2026-11-20");
        check(&[], "2026-11-20", "2026-11-20", "2026-11-20..2026-11-20");
        check(
            &[],
            "2026-11-21",
            "2026-11-20",
            "--from 2026-11-21 is after --to 2026-11-20: expected the first day and the last",
        );
    }
}
