//! The secrets found in a record, to mask every repeat. For example, a password in the arguments is also in the message
//! rendered from them.

use std::iter;
use std::ops::Range;

use memchr::memmem::Finder;

use super::super::WorkBudget;
use super::mask::Masks;
use super::text::merge;

/// How many different secrets of a record are remembered. If there are more, the free texts are masked whole.
const MAX_SECRETS: usize = 64;
/// A shorter secret is only matched as a whole word. Otherwise a password `a` would match everywhere.
const MIN_PART: usize = 4;
/// How many arguments are looked for in the secrets of the message. Any further argument is masked.
const MAX_PARTS: usize = 1024;
/// How many repeats of secrets are found in a text. If there are more, the text is masked whole.
const MAX_REPEATS: usize = 262_144;
/// The work of beginning to look for a secret.
const SEARCH_WORK: usize = 32;

/// The secrets found in a record.
#[derive(Debug, Default)]
pub(super) struct KnownSecrets {
    anywhere: Vec<Finder<'static>>,
    /// The secrets found in the message. Arguments may be parts of them.
    in_message: Vec<Vec<u8>>,
    is_full: bool,
    parts_looked_for: usize,
}

impl KnownSecrets {
    /// Adds a secret.
    pub(super) fn add(&mut self, secret: &[u8]) {
        if secret.is_empty() || self.is_full || self.anywhere.iter().any(|known| known.needle() == secret) {
            return;
        }
        self.is_full = self.anywhere.len() == MAX_SECRETS;
        self.anywhere.push(Finder::new(secret).into_owned());
    }

    /// Adds a secret found in the message. Arguments may be parts of it: `Cookie: a=%s; b=%s`.
    pub(super) fn add_from_message(&mut self, secret: &[u8]) {
        self.add(secret);
        if self.in_message.len() < MAX_SECRETS {
            self.in_message.push(secret.to_vec());
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.anywhere.is_empty()
    }

    /// Returns where the secrets are in a text.
    pub(super) fn secrets_in(&self, text: &[u8], work: &WorkBudget) -> Vec<Range<usize>> {
        if self.is_full {
            return merge(iter::once(0..text.len()).collect());
        }
        work.spend(self.anywhere.len() * (text.len() + SEARCH_WORK));
        if work.is_exhausted() {
            return Vec::new();
        }
        let repeats = self.anywhere.iter().flat_map(|secret| occurrences(text, secret));
        let found: Vec<_> = repeats.take(MAX_REPEATS + 1).collect();
        if found.is_empty() {
            return found;
        }
        if found.len() > MAX_REPEATS {
            return iter::once(0..text.len()).collect();
        }
        let masks = Masks::of(text);
        merge(found.into_iter().filter(|secret| !masks.overlap(secret)).collect())
    }

    /// Returns whether an argument is part of a secret found in the message.
    pub(super) fn has_part(&mut self, argument: &[u8], work: &WorkBudget) -> bool {
        if argument.is_empty() || self.in_message.is_empty() {
            return false;
        }
        self.parts_looked_for += 1;
        if self.parts_looked_for > MAX_PARTS {
            return true;
        }
        work.spend(self.in_message.iter().map(|secret| secret.len() + SEARCH_WORK).sum());
        let argument = Finder::new(argument);
        let mut secrets = self.in_message.iter();
        !work.is_exhausted() && secrets.any(|secret| occurrences(secret, &argument).next().is_some())
    }
}

fn occurrences<'a>(text: &'a [u8], part: &'a Finder<'_>) -> impl Iterator<Item = Range<usize>> {
    let length = part.needle().len();
    let is_boundary = |byte: Option<&u8>| !byte.is_some_and(u8::is_ascii_alphanumeric);
    part.find_iter(text).map(move |at| at..at + length).filter(move |found| {
        length >= MIN_PART || (is_boundary(text[..found.start].last()) && is_boundary(text.get(found.end)))
    })
}
