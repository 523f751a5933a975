//! Arguments of `logbraid redrive`.

use std::num::NonZeroU64;
use std::path::PathBuf;

use clap::Args;
use clap::builder::PossibleValuesParser;
use record::Day;

/// The prefix under which an event source mapping writes its objects.
const AWS_PREFIX: &str = "aws/lambda/";

/// The introduction of `logbraid redrive --help`.
pub(super) const ABOUT: &str = "\
File again what was set aside: payloads in the quarantine, or batches that AWS wrote to S3

Payloads are filed by the same code as in the ingest function, under their own stream, shard, sequence number and arrival \
time. Records that are stored already are recognised as duplicates, so running the command twice stores nothing twice.

Without FILE or --bucket, the command reads the quarantine. A payload leaves the quarantine when everything in it is stored. \
A payload that still cannot be decoded stays there, with its current reason. `logbraid quarantine` shows what is there.

The command needs the settings of the functions: MONGODB_URI or MONGODB_SECRET_ARN, LOGBRAID_DB, \
LOGBRAID_COLLECTION_PREFIX, and all other LOGBRAID_ settings, since they decide how a record is filed.";

/// Arguments of `logbraid redrive`.
#[derive(Args, Debug, Default)]
pub struct RedriveArgs {
    /// Files with batches as the event source mapping wrote them to S3; - for standard input
    #[arg(value_name = "FILE", conflicts_with_all = ["bucket", "reason", "day", "from", "to"])]
    pub files: Vec<PathBuf>,

    /// Only payloads with this reason; can be repeated
    #[arg(long, value_name = "CODE", value_parser = PossibleValuesParser::new(decode::REASON_CODES))]
    pub reason: Vec<String>,

    /// Only payloads that arrived on this day (UTC); can be repeated
    #[arg(long, value_name = "YYYY-MM-DD", conflicts_with_all = ["from", "to"])]
    pub day: Vec<Day>,

    /// Only payloads that arrived on this day or later
    #[arg(long, value_name = "YYYY-MM-DD")]
    pub from: Option<Day>,

    /// Only payloads that arrived on this day or earlier
    #[arg(long, value_name = "YYYY-MM-DD")]
    pub to: Option<Day>,

    /// Read the batches that the event source mapping wrote to this S3 bucket; delete each object when it is stored
    #[arg(long, value_name = "NAME", conflicts_with_all = ["reason", "day", "from", "to"])]
    pub bucket: Option<String>,

    /// Only objects whose key begins with this
    #[arg(long, value_name = "PREFIX", requires = "bucket", default_value = AWS_PREFIX)]
    pub prefix: String,

    /// Keep the objects in the bucket
    #[arg(long, requires = "bucket")]
    pub keep: bool,

    /// Maximum number of payloads, objects or batches
    #[arg(long, value_name = "COUNT")]
    pub limit: Option<NonZeroU64>,

    /// Only show what would happen; change nothing
    #[arg(long, short = 'n')]
    pub dry_run: bool,

    /// Print the summary as one JSON object
    #[arg(long)]
    pub json: bool,
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use crate::args::{Cli, Command};

    /// Returns the parsed arguments, or the first line of the error.
    fn parsed(line: &str) -> String {
        match Cli::try_parse_from(["logbraid", "redrive"].into_iter().chain(line.split_whitespace())) {
            Ok(Cli { command: Command::Redrive(args) }) => format!("{args:?}"),
            Ok(other) => panic!("{other:?}"),
            Err(error) => error.to_string().lines().next().unwrap_or_default().to_owned(),
        }
    }

    #[test]
    fn arguments_are_parsed() {
        fn check(line: &str, expect: &str) {
            let parsed = parsed(line);
            assert!(parsed.contains(expect), "{line}: {parsed}");
        }
        check("", r#"files: [], reason: [], day: [], from: None, to: None, bucket: None, prefix: "aws/lambda/""#);
        check("--reason bad_json --reason empty", r#"reason: ["bad_json", "empty"]"#);
        check("--day 2026-11-20 --day 2026-11-22", "day: [Day(2026-11-20), Day(2026-11-22)]");
        check("--from 2026-11-20 --to 2026-11-22", "from: Some(Day(2026-11-20)), to: Some(Day(2026-11-22))");
        check("--bucket b --prefix x/ --keep", r#"bucket: Some("b"), prefix: "x/", keep: true"#);
        check("a.json -", r#"files: ["a.json", "-"]"#);
        check("--limit 7 -n --json", "limit: Some(7), dry_run: true, json: true");
    }

    #[test]
    fn contradictory_arguments_are_refused() {
        fn check(line: &str, expect: &str) {
            assert_eq!(parsed(line), format!("error: {expect}"), "{line}");
        }
        check("--reason bad_jsn", "invalid value 'bad_jsn' for '--reason <CODE>'");
        check(
            "--day 2026-2-30",
            "invalid value '2026-2-30' for '--day <YYYY-MM-DD>': `2026-2-30` is not a day: expected YYYY-MM-DD",
        );
        check(
            "--day 2026-11-20 --from 2026-11-20",
            "the argument '--day <YYYY-MM-DD>' cannot be used with '--from <YYYY-MM-DD>'",
        );
        check("--limit 0", "invalid value '0' for '--limit <COUNT>': number would be zero for non-zero type");
        check("--keep", "the following required arguments were not provided:");
        check("--bucket b --reason empty", "the argument '--bucket <NAME>' cannot be used with '--reason <CODE>'");
        check("--bucket b a.json", "the argument '--bucket <NAME>' cannot be used with '[FILE]...'");
        check("a.json --day 2026-11-20", "the argument '[FILE]...' cannot be used with '--day <YYYY-MM-DD>'");
    }

    #[test]
    fn the_error_for_an_unknown_reason_lists_all_reasons() {
        let error = Cli::try_parse_from(["logbraid", "redrive", "--reason", "x"]).unwrap_err().to_string();
        assert!(decode::REASON_CODES.iter().all(|code| error.contains(code)), "{error}");
    }
}
