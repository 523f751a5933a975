//! A mistake in the configuration: what is wrong, where, and what was probably meant.

use std::fmt;

/// A known name may differ by one slip for each of so many characters, and by one slip anyway. A slip is a character
/// that is missing, extra, wrong, or swapped with the next.
const CHARS_PER_SLIP: usize = 3;
/// How many characters of the faulty line are shown.
const MAX_LINE_CHARS: usize = 160;

/// A line and a column, from 1. Both are 0 where the place is not known.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) struct Place {
    pub(crate) line: u64,
    pub(crate) column: u64,
}

/// What is wrong, and where.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Mistake {
    pub(crate) place: Place,
    pub(crate) message: String,
}

/// A configuration that cannot be used. The message shows the line.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub struct ConfigError {
    file: String,
    place: Place,
    message: String,
    /// The faulty line of the file.
    line: Option<String>,
}

impl Place {
    pub(crate) fn of(location: serde_saphyr::Location) -> Self {
        Self { line: location.line(), column: location.column() }
    }

    fn is_known(self) -> bool {
        self.line > 0
    }
}

impl Mistake {
    /// Gives a mistake that has no place yet this one.
    pub(crate) fn at(self, place: Place) -> Self {
        if self.place.is_known() { self } else { Self { place, ..self } }
    }

    /// Returns the error for the user, who sees the line of `yaml`.
    pub(crate) fn in_file(self, file: &str, yaml: &str) -> ConfigError {
        let line = usize::try_from(self.place.line).unwrap_or(0).checked_sub(1);
        let line = line.and_then(|line| yaml.lines().nth(line)).map(|line| line.chars().take(MAX_LINE_CHARS).collect());
        ConfigError { file: file.to_owned(), place: self.place, message: self.message, line }
    }
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Mistake {}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { file, place: Place { line, column }, message, .. } = self;
        if !self.place.is_known() {
            return write!(f, "{file}: {message}");
        }
        write!(f, "{file}:{line}:{column}: {message}")?;
        let Some(text) = &self.line else { return Ok(()) };
        let number = line.to_string();
        let margin = number.len();
        // A tab is as wide in both lines.
        let before = text.chars().take(usize::try_from(*column).unwrap_or(0).saturating_sub(1));
        let before: String = before.map(|c| if c == '\t' { '\t' } else { ' ' }).collect();
        write!(f, "\n{number} | {text}\n{:margin$} | {before}^", "")
    }
}

/// Returns `did you mean …?` for the known name that is close to `name`, else the list of the known names.
pub(crate) fn suggestion<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    let known: Vec<&str> = known.into_iter().collect();
    let slips = |known: &str| strsim::osa_distance(&name.to_lowercase(), &known.to_lowercase());
    let close = known.iter().map(|known| (slips(known), *known));
    let close = close.filter(|(slips, known)| *slips <= (known.len() / CHARS_PER_SLIP).max(1));
    match (close.min_by_key(|(slips, _)| *slips), known.as_slice()) {
        (Some((_, closest)), _) => format!("did you mean `{closest}`?"),
        (None, []) => "there is none".to_owned(),
        (None, [only]) => format!("known is only `{only}`"),
        (None, known) => {
            let known: Vec<String> = known.iter().map(|name| format!("`{name}`")).collect();
            format!("known are {}", known.join(", "))
        }
    }
}
