//! The configuration of redaction.

use aho_corasick::BuildError;
use regex::bytes::{Regex, RegexBuilder};

use super::mask::Mask;
use super::names::Names;
use super::needles::{Kind, Needles};
use super::shapes::TOKENS;
use super::{KeptFields, Redactor};
use crate::Secret;

/// The memory in bytes that a configured pattern may take, compiled and while it runs.
const MAX_PATTERN_BYTES: usize = 1 << 20;

/// The configuration of redaction.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct RedactConfig {
    /// The sender's fields that keep their values; all others are masked (`LOGBRAID_REDACT=allow-list`,
    /// `LOGBRAID_REDACT_ALLOW`).
    pub allow: Option<Vec<String>>,
    /// Additional names of secrets.
    pub names: Vec<String>,
    /// Names that are not secrets.
    pub except: Vec<String>,
    /// Regular expressions for additional shapes of secrets.
    pub patterns: Vec<String>,
    /// The key for keyed masks, which show which secrets are equal.
    pub key: Option<Secret>,
}

/// Why a configuration cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum RedactError {
    /// A pattern is not a valid regular expression, or is too large.
    #[error("`{pattern}` cannot be used as a regular expression")]
    Pattern {
        /// The pattern.
        pattern: String,
        /// The reason.
        #[source]
        source: Box<regex::Error>,
    },
    /// A pattern matches the empty text.
    #[error("`{pattern}` matches the empty text")]
    Empty {
        /// The pattern.
        pattern: String,
    },
    /// The search for the names could not be built.
    #[error("no search can be built for the names")]
    Names(#[source] BuildError),
}

impl Redactor {
    /// Creates the redactor for a configuration.
    pub fn new(config: RedactConfig) -> Result<Self, RedactError> {
        let words = Names::last_words(&config.names).map(|name| (name, Kind::Name));
        let tokens = TOKENS.iter().map(|token| (token.needle(), Kind::Token));
        let needles = Needles::new(tokens.chain(words)).map_err(RedactError::Names)?;
        let names = Names::new(&config.names, &config.except);
        let patterns = config.patterns.iter().map(|pattern| compile(pattern)).collect::<Result<_, _>>()?;
        let kept = config.allow.clone().map_or(KeptFields::AllButSecrets, KeptFields::Only);
        Ok(Self { names, needles, patterns, mask: Mask::new(config.key.as_ref()), kept, config })
    }
}

/// Compiles a pattern. The `regex` crate takes time linear in the text, whatever the pattern. Character classes are
/// ASCII only: Unicode's would add a quarter of a megabyte to the binary, and secrets are ASCII.
fn compile(pattern: &str) -> Result<Regex, RedactError> {
    let regex = RegexBuilder::new(pattern).unicode(false).size_limit(MAX_PATTERN_BYTES).build();
    let pattern = || pattern.to_owned();
    let regex = regex.map_err(|source| RedactError::Pattern { pattern: pattern(), source: Box::new(source) })?;
    if regex.is_match(b"") { Err(RedactError::Empty { pattern: pattern() }) } else { Ok(regex) }
}
