//! The functions' log: JSON lines on standard output, one object for each event. The forwarder's log: text on standard error.
//! `RUST_LOG` sets the level.

use std::borrow::Cow;
use std::error::Error;

use store::driver_words;
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

/// Returns an error and its causes on one line. Use it where the error is logged or shown.
#[must_use]
pub fn chain(error: &dyn Error) -> String {
    let mut line = one_line(&error.to_string()).into_owned();
    let mut cause = error.source();
    while let Some(error) = cause {
        let text = driver_words(error).unwrap_or_else(|| error.to_string());
        let text = one_line(&text);
        // Some errors quote their cause.
        if !line.ends_with(&*text) {
            line.push_str(": ");
            line.push_str(&text);
        }
        cause = error.source();
    }
    line
}

/// Returns a text on one line: AWS's own texts may have several. Each further line is a part of the sentence.
#[must_use]
pub fn one_line(text: &str) -> Cow<'_, str> {
    if !text.contains(['\n', '\r']) {
        return Cow::Borrowed(text);
    }
    let mut line = String::with_capacity(text.len());
    for part in text.split(['\n', '\r']).map(str::trim).filter(|part| !part.is_empty()) {
        if !line.is_empty() {
            let is_open = line.ends_with([':', ';', ',', '.', '!', '?']);
            line.push_str(if is_open { " " } else { "; " });
        }
        line.push_str(part);
    }
    Cow::Owned(line)
}

#[cfg(test)]
mod tests {
    use std::fmt;

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
    /// An error of a text, and its cause.
    #[derive(Debug)]
    struct Said(&'static str, Option<Box<Said>>);

    impl fmt::Display for Said {
        fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
            formatter.write_str(self.0)
        }
    }

    impl std::error::Error for Said {
        fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
            self.1.as_deref().map(|cause| cause as _)
        }
    }

    #[test]
    fn an_error_is_one_line_that_says_nothing_twice() {
        fn check(texts: &[&'static str], expect: &str) {
            let error = texts.iter().rev().fold(None, |cause, text| Some(Box::new(Said(text, cause)))).unwrap();
            assert_eq!(super::chain(&*error), expect);
        }
        check(&["cannot read"], "cannot read");
        check(&["cannot read", "no bucket", "status 404"], "cannot read: no bucket: status 404");
        check(&["cannot read", "NoSuchBucket: no", "NoSuchBucket: no"], "cannot read: NoSuchBucket: no");
        check(&["cannot read: no bucket", "no bucket", "status 404"], "cannot read: no bucket: status 404");
        check(&["cannot read", ""], "cannot read");
        check(
            &["no credentials", "no providers in chain. Attempted:\n  Environment: not set\n  Profile: none\r\n"],
            "no credentials: no providers in chain. Attempted: Environment: not set; Profile: none",
        );
        check(&["a\n\nb", "b"], "a; b");
        check(&["It does not match.\n\nIt should be\n'POST'"], "It does not match. It should be; 'POST'");
    }
}
