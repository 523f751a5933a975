//! The settings of processors.

use std::time::Duration;

use jiff::SignedDuration;
use record::{RedactConfig, RedactError, Redactor};
use serde::{Deserialize, Deserializer, de};

use super::named::{kind, settings};
use crate::rules::{Condition, Names, condition};
use crate::yaml::{Mistake, Node};

const TYPES: [&str; 2] = ["redact", "exec"];
/// What every processor may have beside its settings.
const COMMON: [&str; 2] = ["type", "if"];
/// How long a program may take for an answer, if the file does not say it.
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(5);
/// The longest time for an answer.
const MAX_TIMEOUT: Duration = Duration::from_mins(10);

/// A processor: what it does, and with which records.
#[derive(Debug)]
pub struct Processor {
    /// The name in the file.
    pub name: String,
    /// The records that it changes; none for all.
    pub when: Option<Condition>,
    /// What it does.
    pub settings: ProcessorSettings,
}

/// What a processor does.
#[derive(Clone, Debug, PartialEq)]
pub enum ProcessorSettings {
    /// Masks secrets.
    Redact(Box<Redactor>),
    /// Asks a program.
    Exec(Exec),
}

/// The settings of redaction, beside what it always masks.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq)]
#[serde(deny_unknown_fields, default)]
struct Redact {
    /// More names of fields whose values are masked. A name with `!` before it is not masked.
    names: Vec<String>,
    /// Regular expressions of what is masked in texts.
    patterns: Vec<String>,
    /// The only fields that are kept, beside those that logbraid knows.
    allow: Option<Vec<String>>,
}

/// The settings of a program that changes records.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq)]
#[serde(deny_unknown_fields)]
pub struct Exec {
    /// The program and its arguments.
    pub command: Vec<String>,
    /// How long it may take to answer.
    #[serde(default = "default_timeout", deserialize_with = "duration")]
    pub timeout: Duration,
    /// What becomes of a record for which it has no answer.
    #[serde(default)]
    pub on_failure: OnFailure,
}

/// What becomes of a record that a program did not answer.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "snake_case")]
pub enum OnFailure {
    /// It goes on, unchanged.
    #[default]
    Pass,
    /// It is dropped.
    Drop,
    /// It waits, and the program is asked again.
    Retry,
}

impl Processor {
    /// Reads a processor.
    pub(super) fn read(name: &str, node: &Node, names: Names<'_>) -> Result<Self, Mistake> {
        let settings = if kind(node, "processor", &TYPES)? == "redact" {
            let redactor = redactor(settings(node, &COMMON)?).map_err(|error| node.mistake(error.to_string()))?;
            ProcessorSettings::Redact(Box::new(redactor))
        } else {
            let exec: Exec = settings(node, &COMMON)?;
            if exec.command.is_empty() {
                return Err(node.mistake("`command` names no program"));
            }
            ProcessorSettings::Exec(exec)
        };
        Ok(Self { name: name.to_owned(), when: condition(node, names)?, settings })
    }
}

/// Returns what masks as the settings say.
fn redactor(settings: Redact) -> Result<Redactor, RedactError> {
    let (except, names): (Vec<_>, Vec<_>) = settings.names.into_iter().partition(|name| name.starts_with('!'));
    let except = except.iter().map(|name| name.trim_start_matches('!').to_owned()).collect();
    Redactor::new(RedactConfig { allow: settings.allow, names, except, patterns: settings.patterns, key: None })
}

fn default_timeout() -> Duration {
    DEFAULT_TIMEOUT
}

/// Reads `5s` or `1m 30s`.
fn duration<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
    let text = String::deserialize(deserializer)?;
    let duration = text.parse::<SignedDuration>().ok().and_then(|duration| Duration::try_from(duration).ok());
    let allowed = duration.filter(|duration| !duration.is_zero() && *duration <= MAX_TIMEOUT);
    allowed.ok_or_else(|| de::Error::custom(format!("`{text}` is no time up to 10 minutes, such as 5s or 500ms")))
}
