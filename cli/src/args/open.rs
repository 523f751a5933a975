//! Arguments of `logbraid open`.

use std::time::Duration;

use clap::Args;
use jiff::SignedDuration;

use super::ApiArgs;

/// The time without a request after which the command ends, if `--idle` says nothing else. A person may read a page for a
/// while before the next click.
const DEFAULT_IDLE: &str = "30m";

/// The introduction of `logbraid open --help`.
pub(super) const ABOUT: &str = "\
Open the page on a transaction in the browser, with this command's AWS credentials

The page comes from the query API. A browser cannot sign requests, so this command listens on 127.0.0.1, signs what the \
page asks for, and passes it on. Only the browser that it opened gets in. It ends with Ctrl-C, or after some time without \
a request.";

/// Arguments of `logbraid open`.
#[derive(Args, Debug)]
#[allow(missing_docs, reason = "flattened arguments have their own docs")]
pub struct OpenArgs {
    /// The transaction's `log_uid`; without it, the page's start
    pub uid: Option<String>,

    /// Print the address, and open no browser. The address is good for one browser, once
    #[arg(long)]
    pub print: bool,

    /// Port on 127.0.0.1 to listen on [default: any that is free]
    #[arg(long, value_name = "PORT", value_parser = clap::value_parser!(u16).range(1..))]
    pub port: Option<u16>,

    /// End after this time without a request, such as 20m or 8h
    #[arg(long, value_name = "TIME", default_value = DEFAULT_IDLE, value_parser = duration)]
    pub idle: Duration,

    #[command(flatten)]
    pub api: ApiArgs,
}

/// Reads a duration as people write it.
pub(super) fn duration(text: &str) -> Result<Duration, &'static str> {
    let duration: SignedDuration = text.parse().map_err(|_| "expected a time such as 20m, 8h or 1h30m")?;
    Duration::try_from(duration).ok().filter(|duration| !duration.is_zero()).ok_or("it must be longer than nothing")
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{DEFAULT_IDLE, duration};

    #[test]
    fn times_are_written_as_people_do() {
        fn check(text: &str, expect: Result<u64, &str>) {
            assert_eq!(duration(text), expect.map(Duration::from_millis), "{text}");
        }
        check(DEFAULT_IDLE, Ok(30 * 60 * 1000));
        check("20m", Ok(20 * 60 * 1000));
        check("1h30m", Ok(90 * 60 * 1000));
        check("250ms", Ok(250));
        check("20", Err("expected a time such as 20m, 8h or 1h30m"));
        check("soon", Err("expected a time such as 20m, 8h or 1h30m"));
        check("0s", Err("it must be longer than nothing"));
        check("-5m", Err("it must be longer than nothing"));
    }
}
