//! Masks the secrets that senders log by mistake, by the names of fields and by the shape of text.
//!
//! A record is masked after it is complete, on the bytes that will be stored. So redaction covers every format. Nearly
//! all records have no secrets, so one fast search over the bytes comes first ([`needles`], [`cards`]). Only a
//! suspicious record is read field by field ([`document`]).

mod cards;
mod commands;
mod config;
mod document;
mod harmless;
mod known_secrets;
mod mask;
mod name_in_text;
mod names;
mod needles;
mod pairs;
mod run;
mod separator;
mod shapes;
#[cfg(test)]
mod tests;
mod text;
mod value;

use std::fmt;

use regex::bytes::Regex;

pub use self::config::{RedactConfig, RedactError};
use self::mask::Mask;
pub(crate) use self::mask::{is_mask, masks_in};
pub use self::names::MAX_LETTERS as MAX_NAME_LETTERS;
use self::names::Names;
use self::needles::Needles;
use super::WorkBudget;
use super::document::DocumentWriter;

/// Masks secrets. Created once per process.
#[derive(Clone)]
pub struct Redactor {
    config: RedactConfig,
    names: Names,
    needles: Needles,
    /// The configured patterns.
    patterns: Vec<Regex>,
    mask: Mask,
    kept: KeptFields,
}

/// Which of a sender's fields keep their values.
#[derive(Clone)]
enum KeptFields {
    /// All except secrets.
    AllButSecrets,
    /// Only those on the allow-list.
    Only(Vec<String>),
}

/// Where a record's message comes from.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum MessageOrigin {
    /// The sender wrote it.
    FromSender,
    /// logbraid rendered it from template and arguments.
    Rendered,
}

impl Redactor {
    /// Masks the secrets in bytes that are not a record, such as a quarantined payload. Returns `None` if there are
    /// none.
    #[must_use]
    pub fn mask_bytes(&self, bytes: &[u8]) -> Option<Vec<u8>> {
        self.masked(bytes, false, &WorkBudget::unlimited(), |_| {})
    }

    /// Masks the secrets in the fields that a sender wrote, before they are a record. Returns how many.
    pub fn mask_fields(&self, fields: &mut DocumentWriter) -> u32 {
        self.redact(fields, MessageOrigin::FromSender, &WorkBudget::unlimited())
    }

    /// Returns whether only the fields on an allow-list keep their values.
    pub(super) fn keeps_only_listed(&self) -> bool {
        matches!(self.kept, KeptFields::Only(_))
    }

    /// Masks the secrets in a record's fields. Returns how many. Ends early if the budget of work is exhausted: the
    /// document must not be used then.
    pub(super) fn redact(&self, document: &mut DocumentWriter, message: MessageOrigin, work: &WorkBudget) -> u32 {
        let is_suspicious =
            !self.patterns.is_empty() || self.keeps_only_listed() || self.is_suspicious(document.elements(), work);
        if !is_suspicious {
            return 0;
        }
        let Some((elements, count)) = document::masked(self, work, document.elements(), message) else { return 0 };
        document.set_elements(&elements);
        count
    }
}

/// Prints the configuration without the key.
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
