//! A short run, to see that everything works.

use std::env;

/// Set to anything, it asks for a short run.
const VARIABLE: &str = "BENCH_QUICK";

/// Returns whether a short run is asked for.
#[must_use]
pub fn is_quick() -> bool {
    env::var_os(VARIABLE).is_some_and(|value| !value.is_empty())
}
