//! A secret that was found in one place of a record, wherever else its text says it: a password in the arguments is also
//! in the message that was rendered from them.

use std::iter;
use std::ops::Range;

use memchr::memmem;

use super::text::{is_masked, merge};

/// How many different secrets of a record are looked for elsewhere. A record with more has its texts masked whole.
const MAX_SECRETS: usize = 64;
/// A shorter secret is looked for as a word of its own, or else a password `a` would be everywhere.
const MIN_PART: usize = 4;

/// The secrets found in a record.
#[derive(Debug, Default)]
pub(super) struct Known {
    anywhere: Vec<Vec<u8>>,
    /// Those that running text told: arguments may be a part of them.
    in_message: Vec<Vec<u8>>,
    is_full: bool,
}

impl Known {
    /// Takes a secret.
    pub(super) fn add(&mut self, secret: &[u8]) {
        insert(&mut self.anywhere, secret, &mut self.is_full);
    }

    /// Takes a secret of the message, of which arguments may be a part: `Cookie: a=%s; b=%s`.
    pub(super) fn add_of_message(&mut self, secret: &[u8]) {
        self.add(secret);
        insert(&mut self.in_message, secret, &mut self.is_full);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.anywhere.is_empty()
    }

    /// Where the secrets are in a text.
    pub(super) fn secrets_in(&self, text: &[u8]) -> Vec<Range<usize>> {
        if self.is_full {
            return merge(iter::once(0..text.len()).collect());
        }
        let found = self.anywhere.iter().flat_map(|secret| occurrences(text, secret));
        merge(found.filter(|secret| !is_masked(text, secret)).collect())
    }

    /// Whether an argument is a part of a secret that the message told.
    pub(super) fn has_part(&self, argument: &[u8]) -> bool {
        !argument.is_empty() && self.in_message.iter().any(|secret| occurrences(secret, argument).next().is_some())
    }
}

fn insert(secrets: &mut Vec<Vec<u8>>, secret: &[u8], is_full: &mut bool) {
    if secret.is_empty() || secrets.iter().any(|known| known == secret) {
        return;
    }
    *is_full |= secrets.len() == MAX_SECRETS;
    if !*is_full {
        secrets.push(secret.to_vec());
    }
}

fn occurrences<'a>(text: &'a [u8], part: &'a [u8]) -> impl Iterator<Item = Range<usize>> {
    let is_apart = |byte: Option<&u8>| !byte.is_some_and(u8::is_ascii_alphanumeric);
    let all = memmem::find_iter(text, part).map(|at| at..at + part.len());
    all.filter(move |found| {
        part.len() >= MIN_PART || (is_apart(text[..found.start].last()) && is_apart(text.get(found.end)))
    })
}
