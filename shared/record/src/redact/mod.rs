//! Masks the secrets that senders log by mistake: by the names of fields, and by the shape of what texts say.
//!
//! A record is masked once it is complete, as the bytes that will be stored: whatever format it came in, nothing is
//! stored that was not looked at. Of these bytes nearly none are of interest, so the first look is one fast search
//! ([`needles`], [`cards`]); only a record with a suspicious place is taken apart ([`document`]).

mod cards;
mod config;
mod document;
mod elements;
mod mask;
mod names;
mod needles;
mod pairs;
mod shapes;
mod spread;
#[cfg(test)]
mod tests;
mod text;
mod value;

use std::fmt;

use regex::bytes::Regex;

pub use self::config::{RedactConfig, RedactError};
use self::mask::Mask;
pub use self::names::MAX_LETTERS as MAX_NAME_LETTERS;
use self::names::Names;
use self::needles::Needles;
use super::document::DocumentWriter;

/// Masks secrets. Made once per process.
#[derive(Clone)]
pub struct Redactor {
    config: RedactConfig,
    names: Names,
    needles: Needles,
    /// The deployment's patterns.
    own: Vec<Regex>,
    mask: Mask,
    kept: Kept,
}

/// Which of a sender's own fields keep their values.
#[derive(Clone)]
enum Kept {
    /// All that are no secrets.
    AllButSecrets,
    /// Those listed.
    Only(Vec<String>),
}

/// Where a record's message comes from.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Message {
    /// Its sender wrote it.
    Given,
    /// It was rendered from template and arguments.
    Rendered,
}

impl Redactor {
    /// Masks the secrets in bytes that are not a record, such as a quarantined payload. Returns `None` where there are
    /// none.
    #[must_use]
    pub fn mask_bytes(&self, bytes: &[u8]) -> Option<Vec<u8>> {
        self.masked(bytes, false, |_| {})
    }

    /// Masks the secrets in a record's fields; tells how many.
    pub(super) fn redact(&self, document: &mut DocumentWriter, message: Message) -> u32 {
        let is_suspicious =
            !self.own.is_empty() || matches!(self.kept, Kept::Only(_)) || self.is_suspicious(document.elements());
        if !is_suspicious {
            return 0;
        }
        let Some((elements, count)) = document::masked(self, document.elements(), message) else { return 0 };
        document.set_elements(&elements);
        count
    }
}

/// What was configured: the key is not printed.
impl fmt::Debug for Redactor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Redactor").field(&self.config).finish()
    }
}

impl PartialEq for Redactor {
    fn eq(&self, other: &Self) -> bool {
        self.config == other.config
    }
}

impl Eq for Redactor {}
