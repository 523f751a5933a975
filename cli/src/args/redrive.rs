//! `logbraid redrive`.

use std::num::NonZeroU64;
use std::path::PathBuf;

use clap::Args;
use clap::builder::PossibleValuesParser;
use record::Day;

/// Where AWS puts what its event source mappings write.
const AWS_PREFIX: &str = "aws/lambda/";

/// What `--help` says of bringing back.
pub(super) const ABOUT: &str = "\
Bring back what was set aside

Files payloads again through the ingest function's own code, under the stream, shard, sequence number and arrival they
came with: what was stored meanwhile is known as a duplicate, and running it twice stores nothing twice.

Without FILE or --bucket it reads the quarantine. A payload leaves it once everything in it is stored; one that still
cannot be decoded stays, with the reason it has now.

MongoDB is found as the functions find it: MONGODB_URI or MONGODB_SECRET_ARN, LOGBRAID_DB, LOGBRAID_COLLECTION_PREFIX.
Give it the functions' other LOGBRAID_ settings too, since they decide how a record is filed.";

/// Bring back what was set aside
#[derive(Args, Debug, Default)]
pub struct RedriveArgs {
    /// Files with batches as the event source mapping wrote them to S3; - for standard input
    #[arg(value_name = "FILE", conflicts_with_all = ["bucket", "reason", "day", "from", "to"])]
    pub files: Vec<PathBuf>,

    /// Only payloads with this reason; may be given several times
    #[arg(long, value_name = "CODE", value_parser = PossibleValuesParser::new(decode::REASON_CODES))]
    pub reason: Vec<String>,

    /// Only payloads that arrived on this day (UTC); may be given several times
    #[arg(long, value_name = "YYYY-MM-DD", conflicts_with_all = ["from", "to"])]
    pub day: Vec<Day>,

    /// Only payloads that arrived on this day or later
    #[arg(long, value_name = "YYYY-MM-DD")]
    pub from: Option<Day>,

    /// Only payloads that arrived on this day or earlier
    #[arg(long, value_name = "YYYY-MM-DD")]
    pub to: Option<Day>,

    /// Read the batches that the event source mapping wrote to this S3 bucket, and delete each once it is stored
    #[arg(long, value_name = "NAME", conflicts_with_all = ["reason", "day", "from", "to"])]
    pub bucket: Option<String>,

    /// Only objects whose key begins with this
    #[arg(long, value_name = "PREFIX", requires = "bucket", default_value = AWS_PREFIX)]
    pub prefix: String,

    /// Leave the objects in the bucket
    #[arg(long, requires = "bucket")]
    pub keep: bool,

    /// At most so many payloads, objects or batches
    #[arg(long, value_name = "COUNT")]
    pub limit: Option<NonZeroU64>,

    /// Say what would become of each, and change nothing
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

    /// What an argument list means, or the first line of what is said of it.
    fn parsed(line: &str) -> String {
        match Cli::try_parse_from(["logbraid", "redrive"].into_iter().chain(line.split_whitespace())) {
            Ok(Cli { command: Command::Redrive(args) }) => format!("{args:?}"),
            Ok(other) => panic!("{other:?}"),
            Err(error) => error.to_string().lines().next().unwrap_or_default().to_owned(),
        }
    }

    #[test]
    fn arguments_are_taken() {
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
    fn arguments_that_cannot_be_meant_are_refused() {
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
    fn an_unknown_reason_is_answered_with_the_list() {
        let error = Cli::try_parse_from(["logbraid", "redrive", "--reason", "x"]).unwrap_err().to_string();
        assert!(decode::REASON_CODES.iter().all(|code| error.contains(code)), "{error}");
    }
}
