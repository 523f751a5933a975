//! What a deployment decides about redaction.

use aho_corasick::BuildError;
use regex::bytes::{Regex, RegexBuilder};

use super::mask::Mask;
use super::names::Names;
use super::needles::{Kind, Needles};
use super::shapes::TOKENS;
use super::{Kept, Redactor};
use crate::Secret;

/// The memory that a configured pattern may take, compiled and while it runs.
const MAX_PATTERN_BYTES: usize = 1 << 20;
/// What a deployment decides about redaction, unless it is off.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct RedactConfig {
    /// The only fields of a sender's own that keep their values (`LOGBRAID_REDACT=allow-list`, `LOGBRAID_REDACT_ALLOW`).
    pub allow: Option<Vec<String>>,
    /// More names of secrets.
    pub names: Vec<String>,
    /// Names that are none.
    pub except: Vec<String>,
    /// Regular expressions for more shapes of secrets.
    pub patterns: Vec<String>,
    /// The key with which masks tell equal secrets.
    pub key: Option<Secret>,
}

/// Why no redactor can be made of a configuration.
#[derive(Debug, thiserror::Error)]
pub enum RedactError {
    /// A pattern is no regular expression, or too large.
    #[error("`{pattern}` is no regular expression that can be used")]
    Pattern {
        /// The pattern.
        pattern: String,
        /// Why.
        #[source]
        source: Box<regex::Error>,
    },
    /// A pattern matches where there is nothing.
    #[error("`{pattern}` matches the empty text")]
    Empty {
        /// The pattern.
        pattern: String,
    },
    /// The names do not fit into one search.
    #[error("the names cannot be searched for")]
    Names(#[source] BuildError),
}

impl Redactor {
    /// Prepares what `config` says.
    pub fn new(config: RedactConfig) -> Result<Self, RedactError> {
        let own = Names::last_words(&config.names).map(|name| (name, Kind::Name));
        let tokens = TOKENS.iter().map(|token| (token.needle(), Kind::Token));
        let needles = Needles::new(tokens.chain(own)).map_err(RedactError::Names)?;
        let names = Names::new(&config.names, &config.except);
        let own = config.patterns.iter().map(|pattern| compile(pattern)).collect::<Result<_, _>>()?;
        let kept = config.allow.clone().map_or(Kept::AllButSecrets, Kept::Only);
        Ok(Self { names, needles, own, mask: Mask::new(config.key.as_ref()), kept, config })
    }
}

/// Regular expressions of the `regex` crate take time linear in the text, whatever they are. Their classes are those of
/// ASCII: Unicode's would add a quarter of a megabyte to the binary, and secrets are ASCII.
fn compile(pattern: &str) -> Result<Regex, RedactError> {
    let regex = RegexBuilder::new(pattern).unicode(false).size_limit(MAX_PATTERN_BYTES).build();
    let pattern = || pattern.to_owned();
    let regex = regex.map_err(|source| RedactError::Pattern { pattern: pattern(), source: Box::new(source) })?;
    if regex.is_match(b"") { Err(RedactError::Empty { pattern: pattern() }) } else { Ok(regex) }
}
