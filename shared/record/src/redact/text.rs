//! The secrets in a text, and the text without them.

use std::ops::{ControlFlow, Range};

use super::Redactor;
use super::mask::Masks;
use super::needles::Kind;
use super::{cards, pairs, shapes};

/// How often a text is searched for what earlier masks have laid bare.
const MAX_ROUNDS: usize = 8;

impl Redactor {
    /// Whether there may be something to mask in these elements of a BSON document. Looks at them as one text, in which
    /// names and values end with a NUL: what it takes for a secret need be none, but what it does not is none.
    pub(super) fn is_suspicious(&self, elements: &[u8]) -> bool {
        let look = |kind, hit: Range<usize>| {
            let is_name = kind == Kind::Name && pairs::is_field(&self.names, elements, &hit);
            if is_name || self.secret_at(kind, elements, &hit).is_some() {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            }
        };
        self.needles.find(elements, look).is_some() || cards::find(elements, 0).is_some()
    }

    /// The text without its secrets, each of which is shown to `learn`; `None` where there are none. In the value of an
    /// id no card number is looked for: of the ids of 16 digits some would be one by chance.
    pub(super) fn masked(&self, text: &[u8], is_id: bool, mut learn: impl FnMut(&[u8])) -> Option<Vec<u8>> {
        let mut masked = None;
        // What a mask has taken the place of may have hidden what follows. Two rounds see nearly all of it.
        for _ in 0..MAX_ROUNDS {
            let text = masked.as_deref().unwrap_or(text);
            let secrets = self.secrets_in(text, is_id);
            if secrets.is_empty() {
                break;
            }
            for secret in &secrets {
                learn(&text[secret.clone()]);
            }
            masked = Some(self.mask(text, &secrets));
        }
        masked
    }

    fn secret_at(&self, kind: Kind, bytes: &[u8], hit: &Range<usize>) -> Option<Range<usize>> {
        match kind {
            Kind::Name => pairs::secret(&self.names, bytes, hit).or_else(|| shapes::private_key(bytes, hit.end)),
            Kind::Url => shapes::url_password(bytes, hit),
            Kind::Bearer => shapes::bearer(bytes, hit),
            Kind::Basic => shapes::basic(bytes, hit),
            Kind::Jwt => shapes::jwt(bytes, hit.start),
            Kind::Token => shapes::token(bytes, hit.start),
        }
    }

    /// Where the secrets of a text are, in order and apart.
    fn secrets_in(&self, text: &[u8], is_id: bool) -> Vec<Range<usize>> {
        let mut found = Vec::new();
        let mut done = 0;
        self.needles.find::<()>(text, |kind, hit| {
            if hit.start >= done
                && let Some(secret) = self.secret_at(kind, text, &hit)
            {
                done = secret.end;
                found.push(secret);
            }
            ControlFlow::Continue(())
        });
        let mut from = 0;
        while !is_id && let Some(card) = cards::find(text, from) {
            from = card.end;
            found.push(card);
        }
        let masks = Masks::of(if self.own.is_empty() { &[] } else { text });
        for pattern in &self.own {
            let matches = pattern.captures_iter(text).filter_map(|groups| groups.get(1).or(groups.get(0)));
            found.extend(
                matches.map(|secret| whole_characters(text, secret.range())).filter(|secret| !masks.overlap(secret)),
            );
        }
        merge(found)
    }

    /// The text with masks in place of its secrets.
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

/// Patterns match bytes; a text is not to be cut within a character.
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

/// Makes one of those that overlap.
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
