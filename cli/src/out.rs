//! Standard output: JSON lines for programs, lines and colours for people.

use std::io::{self, IsTerminal as _, Write as _};

use anstream::{AutoStream, ColorChoice};
use serde_json::value::RawValue;

use crate::args::OutputArgs;
use crate::error::Error;
use crate::render::json_line;

/// How much is gathered before it is written.
const BUFFER_BYTES: usize = 64 * 1024;
/// Narrower terminals are written to as if they were this wide.
const MIN_WIDTH: usize = 60;

/// What is written.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Format {
    /// One JSON value a line.
    Json,
    /// For people, broken to the width of the terminal if there is one.
    Text {
        /// Columns.
        width: Option<usize>,
    },
}

/// Standard output.
pub(crate) struct Out {
    format: Format,
    color: ColorChoice,
    buffer: String,
}

impl Out {
    /// As the arguments and the terminal have it.
    pub(crate) fn new(args: &OutputArgs) -> Self {
        let is_terminal = io::stdout().is_terminal();
        let format = if args.json || !(is_terminal || args.text) {
            Format::Json
        } else {
            Format::Text {
                width: terminal_size::terminal_size().filter(|_| is_terminal).map(|(width, _)| columns(width)),
            }
        };
        let color = match args.color {
            clap::ColorChoice::Always => ColorChoice::Always,
            clap::ColorChoice::Never => ColorChoice::Never,
            clap::ColorChoice::Auto => AutoStream::choice(&io::stdout()),
        };
        Self { format, color, buffer: String::new() }
    }

    pub(crate) fn format(&self) -> Format {
        self.format
    }

    /// How wide people's lines may be, if that matters.
    pub(crate) fn width(&self) -> Option<usize> {
        match self.format {
            Format::Json => None,
            Format::Text { width } => width,
        }
    }

    /// Where people's lines are appended to, with colours.
    pub(crate) fn text(&mut self) -> &mut String {
        &mut self.buffer
    }

    /// Takes a JSON value as a line.
    pub(crate) fn json(&mut self, value: &RawValue) {
        self.buffer.push_str(&json_line(value.get()));
        self.buffer.push('\n');
    }

    /// Writes when there is enough.
    pub(crate) fn drain(&mut self) -> Result<(), Error> {
        if self.buffer.len() < BUFFER_BYTES { Ok(()) } else { self.flush() }
    }

    /// Writes what there is.
    pub(crate) fn flush(&mut self) -> Result<(), Error> {
        let mut stdout = AutoStream::new(io::stdout().lock(), self.color);
        stdout.write_all(self.buffer.as_bytes()).and_then(|()| stdout.flush()).map_err(Error::Output)?;
        self.buffer.clear();
        Ok(())
    }
}

fn columns(width: terminal_size::Width) -> usize {
    usize::from(width.0).max(MIN_WIDTH)
}
