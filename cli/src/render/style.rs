//! Colours: of levels, of services.

use anstyle::{AnsiColor, Style};
use record::level;

/// What matters less.
pub(crate) const FAINT: Style = Style::new().dimmed();
/// What is said of the whole.
pub(crate) const HEAD: Style = Style::new().bold();

/// A service's, in order of appearance; none that a level has.
const SERVICES: [AnsiColor; 6] = [
    AnsiColor::Cyan,
    AnsiColor::Magenta,
    AnsiColor::Blue,
    AnsiColor::BrightCyan,
    AnsiColor::BrightMagenta,
    AnsiColor::BrightBlue,
];

/// The colour of a level, by Python's number.
pub(crate) fn of_level(severity: Option<i64>) -> Style {
    match severity {
        Some(50..) => Style::new().bold().invert().fg_color(Some(AnsiColor::Red.into())),
        Some(40..) => Style::new().bold().fg_color(Some(AnsiColor::Red.into())),
        Some(30..) => Style::new().fg_color(Some(AnsiColor::Yellow.into())),
        Some(20..) => Style::new().fg_color(Some(AnsiColor::Green.into())),
        Some(_) => FAINT,
        None => Style::new(),
    }
}

/// The colour of what an event says: only errors have one.
pub(crate) fn of_message(severity: Option<i64>) -> Style {
    Style::new().fg_color(severity.filter(|severity| *severity >= level::ERROR).map(|_| AnsiColor::Red.into()))
}

/// The colour of the service that appeared at this place.
pub(crate) fn of_service(place: usize) -> Style {
    Style::new().fg_color(Some(SERVICES[place % SERVICES.len()].into()))
}

/// A text in a style.
pub(crate) fn styled(text: &str, style: Style) -> String {
    format!("{style}{text}{style:#}")
}
