//! What is said to a person beside the results: on standard error.

use std::io::{self, Write as _};

/// Says it. Nothing depends on its being read.
pub(crate) fn note(text: &str) {
    let _ = writeln!(io::stderr(), "logbraid: {text}");
}
