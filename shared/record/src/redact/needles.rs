//! Finds the places where a secret may be, in one pass over bytes of which nearly none has any.
//!
//! Bytes are folded to one case block by block, and searched with many needles at once (Teddy, where the processor has
//! it): a hundred nanoseconds for a record. Only a hit is looked at closely.

use std::ops::{ControlFlow, Range};

use aho_corasick::{AhoCorasick, BuildError, MatchKind};

/// Bytes that are folded and searched at a time.
const BLOCK_BYTES: usize = 2048;
/// The bit in which upper and lower case differ. It is set in all bytes, and in the needles.
const CASE: u8 = 0x20;

/// What a needle is the beginning of, or a part.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Kind {
    /// A name of secrets, with a value behind it.
    Name,
    /// A URL's authority, with a password.
    Url,
    /// A scheme of HTTP authentication, with a token.
    Bearer,
    /// The same with a name and password in base64.
    Basic,
    /// A JSON web token.
    Jwt,
    /// A token that says by its first letters what it is.
    Token,
}

/// As few as there can be: each makes the search slower. Of the names of secrets, each has a part that is here in every
/// spelling, whatever stands between its words.
const NEEDLES: &[(&str, Kind)] = &[
    ("://", Kind::Url),
    ("bearer", Kind::Bearer),
    ("basic", Kind::Basic),
    ("eyJ", Kind::Jwt),
    ("pass", Kind::Name),
    ("pwd", Kind::Name),
    ("secret", Kind::Name),
    ("token", Kind::Name),
    ("key", Kind::Name),
    ("cookie", Kind::Name),
    ("auth", Kind::Name),
    ("cred", Kind::Name),
    ("string", Kind::Name),
];

/// Needles below this length are searched for apart: Teddy compares as many bytes as the shortest has, up to these, and
/// with fewer it stops at many places that are nothing.
const SHORT_BYTES: usize = 4;

/// Searches for all needles.
#[derive(Clone, Debug)]
pub(super) struct Needles {
    short: Search,
    long: Search,
    longest: usize,
}

/// Searches for some needles at once.
#[derive(Clone, Debug)]
struct Search {
    automaton: AhoCorasick,
    /// What each needle is, in the order of the automaton.
    kinds: Vec<Kind>,
}

impl Needles {
    /// The needles listed here, and `more`.
    pub(super) fn new<'a>(more: impl Iterator<Item = (&'a str, Kind)>) -> Result<Self, BuildError> {
        let mut all: Vec<(Vec<u8>, Kind)> =
            NEEDLES.iter().copied().chain(more).map(|(needle, kind)| (fold(needle), kind)).collect();
        all.dedup();
        let longest = all.iter().map(|(needle, _)| needle.len()).max().unwrap_or_default();
        let (short, long) = all.into_iter().partition(|(needle, _)| needle.len() < SHORT_BYTES);
        Ok(Self { short: Search::new(short)?, long: Search::new(long)?, longest })
    }

    /// Shows each hit to `found`, in order, until it has what it wants. A hit may be shown twice.
    pub(super) fn find<T>(
        &self,
        bytes: &[u8],
        mut found: impl FnMut(Kind, Range<usize>) -> ControlFlow<T>,
    ) -> Option<T> {
        let mut block = [0; BLOCK_BYTES];
        let mut start = 0;
        loop {
            let length = BLOCK_BYTES.min(bytes.len() - start);
            for (folded, byte) in block.iter_mut().zip(&bytes[start..start + length]) {
                *folded = byte | CASE;
            }
            let mut short = self.short.hits(&block[..length]).peekable();
            let mut long = self.long.hits(&block[..length]).peekable();
            let is_first = |hit: &Hit, other: Option<&Hit>| other.is_none_or(|other| hit.1.start <= other.1.start);
            while let Some((kind, hit)) = short.next_if(|hit| is_first(hit, long.peek())).or_else(|| long.next()) {
                if let ControlFlow::Break(wanted) = found(kind, start + hit.start..start + hit.end) {
                    return Some(wanted);
                }
            }
            if start + length == bytes.len() {
                return None;
            }
            // A needle may lie across two blocks.
            start += BLOCK_BYTES - self.longest;
        }
    }
}

type Hit = (Kind, Range<usize>);

impl Search {
    fn new(needles: Vec<(Vec<u8>, Kind)>) -> Result<Self, BuildError> {
        let (needles, kinds): (Vec<_>, _) = needles.into_iter().unzip();
        let automaton = AhoCorasick::builder().match_kind(MatchKind::LeftmostFirst).build(needles)?;
        Ok(Self { automaton, kinds })
    }

    fn hits(&self, block: &[u8]) -> impl Iterator<Item = Hit> {
        self.automaton.find_iter(block).map(|hit| (self.kinds[hit.pattern()], hit.range()))
    }
}

fn fold(needle: &str) -> Vec<u8> {
    needle.bytes().map(|byte| byte | CASE).collect()
}

#[cfg(test)]
mod tests {
    use std::ops::ControlFlow;

    use super::super::names::tests::SECRET_NAMES;
    use super::{BLOCK_BYTES, Kind, Needles};

    fn hits(text: &str) -> Vec<(Kind, usize)> {
        let needles = Needles::new([("iban", Kind::Name)].into_iter()).unwrap();
        let mut hits = Vec::new();
        let none = needles.find::<()>(text.as_bytes(), |kind, hit| {
            hits.push((kind, hit.start));
            ControlFlow::Continue(())
        });
        assert_eq!(none, None);
        hits
    }

    #[test]
    fn every_name_of_a_secret_is_hit() {
        for name in SECRET_NAMES.iter().chain(&["customer IBAN"]) {
            assert!(hits(name).iter().any(|(kind, _)| *kind == Kind::Name), "{name}");
        }
    }

    #[test]
    fn a_hit_is_found_wherever_it_is() {
        for at in [0, 1, BLOCK_BYTES - 3, BLOCK_BYTES - 1, BLOCK_BYTES, 3 * BLOCK_BYTES - 5] {
            let text = format!("{}pAssWord{}", "x".repeat(at), "x".repeat(BLOCK_BYTES));
            assert_eq!(hits(&text).first(), Some(&(Kind::Name, at)), "{at}");
        }
        assert_eq!(hits(""), []);
        assert_eq!(hits("an order of 500 widgets"), []);
    }
}
