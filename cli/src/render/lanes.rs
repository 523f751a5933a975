//! Lanes: each service has a column with a marker, and a colour.

use super::style::{service_style, styled};

/// The most services that have columns. More are told apart by colour alone.
const MAX_LANES: usize = 8;
/// The most services that are told apart.
const MAX_SERVICES: usize = 100;
/// Longer names do not widen the column of names.
const MAX_NAME_WIDTH: usize = 24;
const MARKER: &str = "●";
const LINE: &str = "│";

/// The services so far, in order of appearance.
#[derive(Debug, Default)]
pub(crate) struct Lanes {
    services: Vec<String>,
    /// The number of lanes that are drawn: those up to the last service with a record.
    begun: usize,
}

impl Lanes {
    /// Returns the index of a service. Appends a new one.
    pub(crate) fn index_of(&mut self, service: &str) -> usize {
        self.services.iter().position(|known| known == service).unwrap_or_else(|| {
            if self.services.len() < MAX_SERVICES {
                self.services.push(service.to_owned());
            }
            self.services.len() - 1
        })
    }

    /// Returns the width of the column of names.
    pub(crate) fn name_width(&self) -> usize {
        let widths = self.services.iter().map(|name| textwrap::core::display_width(name));
        widths.filter(|width| *width <= MAX_NAME_WIDTH).max().unwrap_or_default()
    }

    /// Draws the lanes beside a record of a service.
    pub(crate) fn beside_record(&mut self, index: usize) -> String {
        self.begun = self.begun.max(index + 1);
        self.draw(Some(index))
    }

    /// Draws the lanes beside a line that belongs to the record before.
    pub(crate) fn beside_text(&self) -> String {
        self.draw(None)
    }

    fn draw(&self, marked: Option<usize>) -> String {
        if !self.has_columns() {
            return String::new();
        }
        let lane = |index: usize| {
            let mark = if Some(index) == marked { MARKER } else { LINE };
            if index < self.begun { styled(mark, service_style(index)) + " " } else { "  ".to_owned() }
        };
        (0..self.services.len()).map(lane).collect()
    }

    /// Returns whether there are columns. A single service needs none.
    fn has_columns(&self) -> bool {
        (2..=MAX_LANES).contains(&self.services.len())
    }
}
