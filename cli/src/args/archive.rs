//! Arguments of `logbraid archive` and `logbraid restore`.

use clap::{ArgGroup, Args};
use record::{Day, EventTime};

/// The introduction of `logbraid archive --help`.
pub(super) const ABOUT: &str = "\
Export days, or one transaction, to the archive in S3; with --list, show what is there

Retention exports each day before it drops it, if the stack has an ArchiveBucket. This command exports a day now, which stays in \
MongoDB. A day that is in the archive as it is now is not exported again.

An export is NDJSON in MongoDB's canonical Extended JSON, compressed with zstd, in parts, and a manifest with counts and checksums.

The command needs the settings of the functions: MONGODB_URI or MONGODB_SECRET_ARN, LOGBRAID_DB and \
LOGBRAID_COLLECTION_PREFIX, and AWS credentials with s3:PutObject, s3:GetObject and s3:ListBucket.";

/// The introduction of `logbraid restore --help`.
pub(super) const ABOUT_RESTORE: &str = "\
Bring days, or one transaction, back from the archive in S3

All records of all exports of the day come back, each once, under the ids that they had. The checksum of each part is checked \
before anything of it is stored. The day is made as ingest makes it, so everything finds its records. It is held: retention \
does not drop it before --keep is over. Running the command twice stores nothing twice.

A day of which records were erased after it was exported is not restored without --with-erased, and no transaction with records of \
such a day.

With --uid, only the records of one transaction come back, as a pin: they are found by uid and search, and `logbraid pins` lists \
them. Without --day, the days are read whose filters say that they may have it.

The command needs the settings of the functions: MONGODB_URI or MONGODB_SECRET_ARN, LOGBRAID_DB and \
LOGBRAID_COLLECTION_PREFIX, and AWS credentials with s3:GetObject and s3:ListBucket.";

const SECONDS_PER_DAY: u64 = 24 * 60 * 60;
/// The longest time that a day is held: ten years.
const MAX_KEEP_DAYS: u64 = 3_653;

/// Where the archive is.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Archive")]
pub struct ArchivePlaceArgs {
    /// The bucket: the parameter `ArchiveBucket` of the stack
    #[arg(long, value_name = "NAME", env = "LOGBRAID_ARCHIVE_BUCKET", hide_env_values = true)]
    pub bucket: Option<String>,

    /// What all keys begin with: the parameter `ArchivePrefix` and the stack's name, such as `archive/logbraid/`
    #[arg(long, value_name = "PREFIX", env = "LOGBRAID_ARCHIVE_PREFIX", hide_env_values = true)]
    pub prefix: Option<String>,
}

/// Arguments of `logbraid archive`.
#[derive(Args, Debug)]
#[command(group(ArgGroup::new("exported").args(["days", "uid", "list"]).required(true).multiple(true)))]
#[allow(missing_docs, reason = "flattened arguments have their own docs")]
pub struct ArchiveArgs {
    /// Export these days (UTC)
    #[arg(value_name = "YYYY-MM-DD")]
    pub days: Vec<Day>,

    /// Export the records of this transaction, of all days
    #[arg(long, conflicts_with_all = ["days", "list"])]
    pub uid: Option<String>,

    /// List the exports: of all days and transactions, or of the days that are given
    #[arg(long)]
    pub list: bool,

    /// Print a JSON object for each line
    #[arg(long)]
    pub json: bool,

    #[command(flatten)]
    pub place: ArchivePlaceArgs,
}

/// Arguments of `logbraid restore`.
#[derive(Args, Debug)]
#[command(group(ArgGroup::new("restored").args(["days", "uid", "from"]).required(true)))]
#[allow(missing_docs, reason = "flattened arguments have their own docs")]
pub struct RestoreArgs {
    /// Restore these days (UTC)
    #[arg(value_name = "YYYY-MM-DD")]
    pub days: Vec<Day>,

    /// Restore the days of the archive from this one on
    #[arg(long, value_name = "YYYY-MM-DD", requires = "to")]
    pub from: Option<Day>,

    /// Restore the days of the archive up to this one
    #[arg(long, value_name = "YYYY-MM-DD", requires = "from")]
    pub to: Option<Day>,

    /// Restore only the records of this transaction, as a pin
    #[arg(long)]
    pub uid: Option<String>,

    /// With --uid, look only into the exports of this day; can be repeated
    #[arg(long, value_name = "YYYY-MM-DD", requires = "uid", conflicts_with_all = ["days", "from"])]
    pub day: Vec<Day>,

    /// How long retention leaves it, such as 30d or 12w
    #[arg(long, value_name = "TIME", default_value = "30d", value_parser = keep)]
    pub keep: Keep,

    /// Why, such as the number of an incident; `logbraid holds` and `logbraid pins` show it
    #[arg(long, value_name = "TEXT")]
    pub reason: Option<String>,

    /// Restore although records of the day were erased after it was exported: they may come back
    #[arg(long)]
    pub with_erased: bool,

    /// Only read and check the exports; change nothing
    #[arg(long, short = 'n')]
    pub dry_run: bool,

    /// Print a JSON object for each line
    #[arg(long)]
    pub json: bool,

    #[command(flatten)]
    pub place: ArchivePlaceArgs,
}

/// A number of days.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Keep(u64);

impl Keep {
    /// Returns the time so many days after.
    #[must_use]
    pub(crate) fn after(self, now: EventTime) -> EventTime {
        let micros = i64::try_from(self.0 * SECONDS_PER_DAY).unwrap_or(i64::MAX).saturating_mul(1_000_000);
        EventTime::from_micros(now.micros().saturating_add(micros)).unwrap_or(now)
    }
}

/// Reads `30d` or `12w`.
pub(super) fn keep(text: &str) -> Result<Keep, String> {
    let of = |unit: char, days: u64| text.strip_suffix(unit)?.parse::<u64>().ok()?.checked_mul(days);
    let days = of('d', 1).or_else(|| of('w', 7)).filter(|days| (1..=MAX_KEEP_DAYS).contains(days));
    days.map(Keep).ok_or_else(|| format!("expected days or weeks such as 30d or 12w, at most {MAX_KEEP_DAYS}d"))
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::keep;
    use crate::args::Cli;

    #[test]
    fn a_time_to_keep_is_days_or_weeks() {
        fn check(text: &str, expect: Option<u64>) {
            assert_eq!(keep(text).ok().map(|keep| keep.0), expect, "{text}");
        }
        check("30d", Some(30));
        check("2w", Some(14));
        check("3653d", Some(3_653));
        for wrong in ["", "d", "0d", "3654d", "30", "1h", "-1d", "99999999999999999999w", "1.5d"] {
            check(wrong, None);
        }
    }

    #[test]
    fn contradictory_arguments_are_refused() {
        fn check(line: &str, expect: Option<&str>) {
            let parsed = Cli::try_parse_from(std::iter::once("logbraid").chain(line.split_whitespace()));
            let said = parsed.err().map(|error| error.to_string().lines().next().unwrap_or_default().to_owned());
            assert_eq!(said.as_deref(), expect, "{line}");
        }
        check("archive 2026-11-20 2026-11-21", None);
        check("archive --list", None);
        check("archive --list 2026-11-20", None);
        check("archive --uid u", None);
        check("archive", Some("error: the following required arguments were not provided:"));
        check(
            "archive --uid u 2026-11-20",
            Some("error: the argument '--uid <UID>' cannot be used with '[YYYY-MM-DD]...'"),
        );
        check("restore 2026-11-20 --keep 2w", None);
        check("restore --from 2026-11-20 --to 2026-11-22", None);
        check("restore --uid u --day 2026-11-20 -n", None);
        check("restore", Some("error: the following required arguments were not provided:"));
        check("restore --from 2026-11-20", Some("error: the following required arguments were not provided:"));
        check(
            "restore 2026-11-20 --day 2026-11-20",
            Some("error: the argument '[YYYY-MM-DD]...' cannot be used with '--day <YYYY-MM-DD>'"),
        );
        check(
            "restore 2026-11-20 --keep 0d",
            Some(
                "error: invalid value '0d' for '--keep <TIME>': expected days or weeks such as 30d or 12w, at most 3653d",
            ),
        );
    }
}
