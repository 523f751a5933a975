//! The functions' log: JSON lines on standard output, one object for each event. The forwarder's log: text on standard error.
//! `RUST_LOG` sets the level.

use std::error::Error;

use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

use crate::environment::{ConfigError, Environment};

const FILTER: &str = "RUST_LOG";
const DEFAULT_FILTER: &str = "info";

/// Starts the log. Call it once, before anything else.
pub fn init(env: &(impl Environment + ?Sized)) -> Result<(), ConfigError> {
    let targets = targets(env)?;
    let lines = tracing_subscriber::fmt::layer().json().flatten_event(true).with_current_span(false);
    tracing_subscriber::registry().with(lines).with(targets).init();
    Ok(())
}

/// Starts the log of a program whose standard output is for something else: lines of text on standard error.
pub fn init_on_stderr(env: &(impl Environment + ?Sized)) -> Result<(), ConfigError> {
    let targets = targets(env)?;
    let lines = tracing_subscriber::fmt::layer().with_writer(std::io::stderr).with_target(false);
    tracing_subscriber::registry().with(lines).with(targets).init();
    Ok(())
}

fn targets(env: &(impl Environment + ?Sized)) -> Result<Targets, ConfigError> {
    let filter = env.get(FILTER).filter(|filter| !filter.is_empty()).unwrap_or_else(|| DEFAULT_FILTER.to_owned());
    filter.parse().map_err(|_| ConfigError::Invalid {
        name: FILTER,
        value: filter,
        expected: "a level (error, warn, info, debug, trace) or directives such as `info,mongodb=debug`".to_owned(),
    })
}

/// Returns an error and its causes on one line. Use it where the error is logged.
#[must_use]
pub fn chain(error: &dyn Error) -> String {
    let mut line = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        line.push_str(": ");
        line.push_str(&error.to_string());
        cause = error.source();
    }
    line
}

#[cfg(test)]
mod tests {
    use tracing_subscriber::filter::Targets;

    #[test]
    fn a_filter_is_a_level_or_directives() {
        fn check(filter: &str, expect: Option<&str>) {
            let targets = super::targets([("RUST_LOG", filter)].as_slice());
            assert_eq!(targets.as_ref().map(Targets::to_string).ok().as_deref(), expect, "{filter}: {targets:?}");
        }
        check("", Some("info"));
        check("debug", Some("debug"));
        check("info,mongodb=debug", Some("mongodb=debug,info"));
        check("off", Some("off"));
        check("mongodb=loud", None);
    }
}
