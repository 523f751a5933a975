//! Finds the secrets in a text and masks them.

use std::ops::{ControlFlow, Range};

use super::super::WorkBudget;
use super::Redactor;
use super::mask::Masks;
use super::needles::Kind;
use super::{cards, commands, pairs, shapes};

/// The work of looking at a place where a secret may be.
const HIT_WORK: usize = 512;
/// The work of masking a secret.
pub(super) const MASK_WORK: usize = 512;
/// How often a text is searched again, since a mask may reveal another secret.
const MAX_ROUNDS: usize = 8;

impl Redactor {
    /// Returns whether these elements of a BSON document may contain a secret. Searches them as one text in which names
    /// and values end with a NUL. May report a false secret, but never misses one.
    pub(super) fn is_suspicious(&self, elements: &[u8], work: &WorkBudget) -> bool {
        let look = |kind, hit: Range<usize>| {
            work.spend(HIT_WORK);
            let is_name = kind == Kind::Name && pairs::is_field(&self.names, elements, &hit);
            if is_name || work.is_exhausted() || self.secret_at(kind, elements, &hit, work).is_some() {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            }
        };
        self.needles.find(elements, look).is_some() || cards::find(elements, 0).is_some()
    }

    /// Masks the secrets in a text and calls `on_secret` for each; `None` if there are none. The value of an id is not
    /// searched for card numbers: some ids of 16 digits would match by chance.
    pub(super) fn masked(
        &self,
        text: &[u8],
        is_id: bool,
        work: &WorkBudget,
        mut on_secret: impl FnMut(&[u8]),
    ) -> Option<Vec<u8>> {
        let mut masked = None;
        // A secret may have hidden another that follows it. Two rounds find nearly all.
        for _ in 0..MAX_ROUNDS {
            let text = masked.as_deref().unwrap_or(text);
            work.spend(text.len());
            let secrets = self.secrets_in(text, is_id, work);
            work.spend(secrets.len() * MASK_WORK);
            if secrets.is_empty() || work.is_exhausted() {
                break;
            }
            for secret in &secrets {
                on_secret(&text[secret.clone()]);
            }
            masked = Some(self.mask(text, &secrets));
        }
        masked
    }

    fn secret_at(&self, kind: Kind, bytes: &[u8], hit: &Range<usize>, work: &WorkBudget) -> Option<Range<usize>> {
        match kind {
            Kind::Name => pairs::secret(&self.names, bytes, hit).or_else(|| shapes::private_key(bytes, hit.end)),
            Kind::Url => shapes::url_password(bytes, hit).or_else(|| shapes::webhook(bytes, hit.end)),
            Kind::Signature => shapes::signature(bytes, hit),
            Kind::Command => commands::password(bytes, hit),
            Kind::Sql => pairs::after_sql(bytes, hit.end),
            Kind::Bearer => shapes::bearer(bytes, hit),
            Kind::Basic => shapes::basic(bytes, hit),
            Kind::Jwt => shapes::jwt(bytes, hit.start, work),
            Kind::Token => shapes::token(bytes, hit.start),
        }
    }

    /// Returns where the secrets of a text are, in order and without overlap.
    fn secrets_in(&self, text: &[u8], is_id: bool, work: &WorkBudget) -> Vec<Range<usize>> {
        let mut found = Vec::new();
        let mut done = 0;
        self.needles.find::<()>(text, |kind, hit| {
            if hit.start >= done {
                work.spend(HIT_WORK);
                if let Some(secret) = self.secret_at(kind, text, &hit, work) {
                    done = secret.end;
                    found.push(secret);
                }
            }
            if work.is_exhausted() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        });
        let mut from = 0;
        while !is_id && let Some(card) = cards::find(text, from) {
            from = card.end;
            found.push(card);
        }
        let masks = Masks::of(if self.patterns.is_empty() { &[] } else { text });
        for pattern in &self.patterns {
            work.spend(text.len());
            let matches = pattern.captures_iter(text).filter_map(|groups| groups.get(1).or(groups.get(0)));
            found.extend(
                matches.map(|secret| whole_characters(text, secret.range())).filter(|secret| !masks.overlap(secret)),
            );
        }
        merge(found)
    }

    /// Returns the text with masks in place of its secrets.
    pub(super) fn mask(&self, text: &[u8], secrets: &[Range<usize>]) -> Vec<u8> {
        let mut masked = Vec::with_capacity(text.len());
        let mut from = 0;
        for secret in secrets {
            masked.extend_from_slice(&text[from..secret.start]);
            masked.extend_from_slice(self.mask.of(&text[secret.clone()]).as_bytes());
            from = secret.end;
        }
        masked.extend_from_slice(&text[from..]);
        masked
    }
}

/// Extends a range to whole characters: patterns match bytes and could split a character.
fn whole_characters(text: &[u8], Range { mut start, mut end }: Range<usize>) -> Range<usize> {
    let is_within = |at: usize| text.get(at).is_some_and(|byte| byte & 0xC0 == 0x80);
    while is_within(start) && start > 0 {
        start -= 1;
    }
    while is_within(end) {
        end += 1;
    }
    start..end
}

/// Merges ranges that overlap.
pub(super) fn merge(mut found: Vec<Range<usize>>) -> Vec<Range<usize>> {
    found.retain(|secret| !secret.is_empty());
    found.sort_by_key(|secret| secret.start);
    found.dedup_by(|next, last| {
        let overlaps = next.start < last.end;
        if overlaps {
            last.end = last.end.max(next.end);
        }
        overlaps
    });
    found
}
