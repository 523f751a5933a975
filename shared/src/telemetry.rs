//! How the functions speak: JSON lines on standard output, one object per event, level by `RUST_LOG`.

use std::error::Error;

use tracing_subscriber::EnvFilter;

use crate::config::{ConfigError, Environment};

const FILTER: &str = "RUST_LOG";
const DEFAULT_FILTER: &str = "info";

/// Begins to write what `tracing` hears. To be called once, first of all.
pub fn init(env: &(impl Environment + ?Sized)) -> Result<(), ConfigError> {
    let filter = env.get(FILTER).filter(|filter| !filter.is_empty()).unwrap_or_else(|| DEFAULT_FILTER.to_owned());
    let parsed = EnvFilter::try_new(&filter).map_err(|_| ConfigError::Invalid {
        name: FILTER,
        value: filter,
        expected: "a level (error, warn, info, debug, trace) or directives such as `info,mongodb=debug`".to_owned(),
    })?;
    tracing_subscriber::fmt().json().flatten_event(true).with_current_span(false).with_env_filter(parsed).init();
    Ok(())
}

/// An error and everything that caused it, on one line. For the one place where it is logged.
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
