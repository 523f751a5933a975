//! Colours of levels and services.

use anstyle::{AnsiColor, Color, Style};
use record::level;

/// For what matters less.
pub(crate) const FAINT: Style = Style::new().dimmed();
/// For headings.
pub(crate) const HEADING: Style = Style::new().bold();
/// For warnings.
pub(crate) const WARNING: Style = Style::new().fg_color(Some(Color::Ansi(AnsiColor::Yellow)));

/// The colours of services, in order of appearance. No level has one of these.
const SERVICES: [AnsiColor; 6] = [
    AnsiColor::Cyan,
    AnsiColor::Magenta,
    AnsiColor::Blue,
    AnsiColor::BrightCyan,
    AnsiColor::BrightMagenta,
    AnsiColor::BrightBlue,
];

/// Returns the style of a level, by Python's number.
pub(crate) fn level_style(severity: Option<i64>) -> Style {
    match severity {
        Some(50..) => Style::new().bold().invert().fg_color(Some(AnsiColor::Red.into())),
        Some(40..) => Style::new().bold().fg_color(Some(AnsiColor::Red.into())),
        Some(30..) => WARNING,
        Some(20..) => Style::new().fg_color(Some(AnsiColor::Green.into())),
        Some(_) => FAINT,
        None => Style::new(),
    }
}

/// Returns the style of a message: red for errors, plain otherwise.
pub(crate) fn message_style(severity: Option<i64>) -> Style {
    Style::new().fg_color(severity.filter(|severity| *severity >= level::ERROR).map(|_| AnsiColor::Red.into()))
}

/// Returns the style of the service with this index.
pub(crate) fn service_style(index: usize) -> Style {
    Style::new().fg_color(Some(SERVICES[index % SERVICES.len()].into()))
}

/// Applies a style to a text.
pub(crate) fn styled(text: &str, style: Style) -> String {
    format!("{style}{text}{style:#}")
}
