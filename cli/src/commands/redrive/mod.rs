//! `logbraid redrive`: files again what was set aside.

mod batch;
mod bucket;
mod conflict;
mod files;
mod metered;
mod mode;
mod on_failure;
mod quarantine;
mod session;
mod summary;

use std::io::{self, Write as _};

use store::QuarantineFilter;

use self::mode::Mode;
use self::session::Session;
use self::summary::{Origin, RedriveSummary};
use crate::args::RedriveArgs;
use crate::error::Error;
use crate::exit::Exit;
use crate::interrupt::Interrupt;
use crate::run_end::RunEnd;
use crate::store_connection::connect;

/// Files again what the arguments select, and prints a summary.
pub(crate) async fn run(args: &RedriveArgs) -> Result<Exit, Error> {
    let filter = filter(args)?;
    let mode = if args.dry_run { Mode::DryRun } else { Mode::Write };
    let limit = args.limit.map_or(u64::MAX, u64::from);
    let (store, rules) = connect().await?;
    let session = Session { store, rules, mode, limit, interrupt: Interrupt::listen() };

    let (summary, result) = if let Some(name) = &args.bucket {
        let mut summary = RedriveSummary::new(Origin::Bucket, mode);
        let bucket = bucket::Bucket { name, prefix: &args.prefix, keep: args.keep };
        let result = bucket::redrive(&session, &bucket, &mut summary).await;
        (summary, result)
    } else if args.files.is_empty() {
        let mut summary = RedriveSummary::new(Origin::Quarantine, mode);
        let result = quarantine::redrive(&session, &filter, &mut summary).await;
        (summary, result)
    } else {
        let mut summary = RedriveSummary::new(Origin::Files, mode);
        let result = files::redrive(&session, &args.files, &mut summary).await;
        (summary, result)
    };

    let text = match (args.json, &result) {
        (true, _) => format!("{}\n", summary.json(&result)),
        // Nothing was done. The error is enough.
        (false, Err(_)) if summary.looked_at == 0 => String::new(),
        (false, _) => summary.to_string(),
    };
    io::stdout().write_all(text.as_bytes()).map_err(Error::Output)?;
    Ok(match result? {
        RunEnd::Interrupted => Exit::Interrupted,
        RunEnd::Done if summary.has_remaining() => Exit::Remaining,
        RunEnd::Done => Exit::Done,
    })
}

/// Returns the filter for the quarantine.
fn filter(args: &RedriveArgs) -> Result<QuarantineFilter, Error> {
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
    use super::filter;
    use crate::args::RedriveArgs;

    #[test]
    fn arguments_become_a_filter() {
        fn check(days: &[&str], from: &str, to: &str, expect: &str) {
            let day = |text: &str| (!text.is_empty()).then(|| text.parse().unwrap());
            let args = RedriveArgs {
                day: days.iter().map(|text| text.parse().unwrap()).collect(),
                from: day(from),
                to: day(to),
                ..RedriveArgs::default()
            };
            let actual = match filter(&args) {
                Ok(filter) => {
                    let text = |day: Option<record::Day>| day.map(|day| day.to_string()).unwrap_or_default();
                    let range = |(first, last): (_, _)| format!("{}..{}", text(first), text(last));
                    filter.days.into_iter().map(range).collect::<Vec<_>>().join(" ")
                }
                Err(error) => error.to_string(),
            };
            assert_eq!(actual, expect);
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
            "--from 2026-11-21 is after --to 2026-11-20: give the first day with --from and the last with --to",
        );
    }
}
