//! Standard output: JSON lines for programs, text with colours for people.

use std::io::{self, IsTerminal as _, Write as _};

use anstream::{AutoStream, ColorChoice};
use serde::Serialize;
use serde_json::value::{RawValue, to_raw_value};

use crate::args::OutputArgs;
use crate::error::Error;
use crate::render::json_line;

/// The size from which the buffer is written.
const BUFFER_BYTES: usize = 64 * 1024;
/// The narrowest width that text is laid out for.
const MIN_WIDTH: usize = 60;

/// The form of the output.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Format {
    /// One JSON value per line.
    Json,
    /// Text for people.
    Text {
        /// The terminal's columns; `None` where lines are not wrapped.
        width: Option<usize>,
    },
}

/// Writes one line as it is, at once.
pub(crate) fn print_line(line: &str) -> Result<(), Error> {
    let mut stdout = io::stdout().lock();
    writeln!(stdout, "{line}").and_then(|()| stdout.flush()).map_err(Error::Output)
}

/// Buffered standard output.
pub(crate) struct Output {
    format: Format,
    color: ColorChoice,
    buffer: String,
}

impl Output {
    /// Chooses format and colours by the arguments and the terminal.
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

    /// Returns the width for text; `None` where lines are not wrapped.
    pub(crate) fn width(&self) -> Option<usize> {
        match self.format {
            Format::Json => None,
            Format::Text { width } => width,
        }
    }

    /// Returns the buffer, to append text with colours.
    pub(crate) fn text(&mut self) -> &mut String {
        &mut self.buffer
    }

    /// Appends a JSON value as one line.
    pub(crate) fn json(&mut self, value: &RawValue) {
        self.buffer.push_str(&json_line(value.get()));
        self.buffer.push('\n');
    }

    /// Serializes a value and appends it as one line of JSON.
    pub(crate) fn serialize(&mut self, value: &impl Serialize) -> Result<(), Error> {
        let value = to_raw_value(value).map_err(|error| Error::Output(error.into()))?;
        self.json(&value);
        Ok(())
    }

    /// Writes the buffer if it is full.
    pub(crate) fn flush_if_full(&mut self) -> Result<(), Error> {
        if self.buffer.len() < BUFFER_BYTES { Ok(()) } else { self.flush() }
    }

    /// Writes the buffer.
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
