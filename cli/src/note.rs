//! What is said to a person beside the results: on standard error.

use std::io::{self, Write as _};

use runtime::telemetry;

use crate::api::{ApiError, Cut};
use crate::render::visible;

/// Says it. Nothing depends on its being read.
pub(crate) fn note(text: &str) {
    let _ = writeln!(io::stderr(), "logbraid: {text}");
}

/// Says what went wrong for now, and what is done about it.
pub(crate) fn note_trouble(error: &ApiError, done: &str) {
    note(&format!("{}; {done}", telemetry::chain(error).trim_end_matches('.')));
}

/// Says that an answer is not all there is, and that the rest is asked for.
pub(crate) fn note_cut(cut: &Cut) {
    match &cut.reached {
        Some(reached) => note(&format!("searched up to {} so far; going on", visible(reached))),
        None => note("nothing more so far; going on"),
    }
}
