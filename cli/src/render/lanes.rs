//! Services as lanes: each has a column of its own with a marker in it, and a colour.

use super::style::{of_service, styled};

/// How many services have columns; with more there is only the colour.
const MAX_LANES: usize = 8;
/// How many services are told from each other at all.
const MAX_KNOWN: usize = 100;
/// Longer names push what follows them to the right.
const MAX_NAME_WIDTH: usize = 24;
const HERE: &str = "●";
const PAST: &str = "│";

/// The services so far, in order of appearance.
#[derive(Debug, Default)]
pub(crate) struct Lanes {
    services: Vec<String>,
    /// How many of them have begun.
    begun: usize,
}

impl Lanes {
    /// Lanes for services that are to come.
    pub(crate) fn expect(&mut self, services: &[String]) {
        for service in services {
            self.place_of(service);
        }
    }

    /// Where a service is; a new one is the last.
    pub(crate) fn place_of(&mut self, service: &str) -> usize {
        self.services.iter().position(|known| known == service).unwrap_or_else(|| {
            if self.services.len() < MAX_KNOWN {
                self.services.push(service.to_owned());
            }
            self.services.len() - 1
        })
    }

    /// How wide a column for their names is.
    pub(crate) fn name_width(&self) -> usize {
        let widths = self.services.iter().map(|name| textwrap::core::display_width(name));
        widths.filter(|width| *width <= MAX_NAME_WIDTH).max().unwrap_or_default()
    }

    /// The lanes beside a record of the service at this place.
    pub(crate) fn at(&mut self, place: usize) -> String {
        self.begun = self.begun.max(place + 1);
        self.draw(Some(place))
    }

    /// The lanes beside a line that belongs to the record before.
    pub(crate) fn between(&self) -> String {
        self.draw(None)
    }

    fn draw(&self, place: Option<usize>) -> String {
        if !self.has_columns() {
            return String::new();
        }
        let lane = |lane: usize| {
            let mark = if Some(lane) == place { HERE } else { PAST };
            if lane < self.begun { styled(mark, of_service(lane)) + " " } else { "  ".to_owned() }
        };
        (0..self.services.len()).map(lane).collect()
    }

    /// One service needs no lane.
    fn has_columns(&self) -> bool {
        (2..=MAX_LANES).contains(&self.services.len())
    }
}
