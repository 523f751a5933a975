//! Standard output, one line of JSON for each record.

use std::io::{self, Write as _};

use super::{Batch, Output, OutputError, Shape, Stop};

/// Writes to standard output.
#[derive(Debug, Default)]
pub struct Stdout;

impl Output for Stdout {
    fn shape(&self) -> Shape {
        Shape { linger: std::time::Duration::ZERO, ..Shape::default() }
    }

    fn write(&mut self, batch: &Batch, _: &Stop) -> Result<(), OutputError> {
        let mut out = io::stdout().lock();
        let written = out.write_all(&batch.text).and_then(|()| out.flush());
        written.map_err(|error| OutputError::because("standard output takes nothing", error))
    }
}
