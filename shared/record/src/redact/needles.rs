//! Finds possible secrets in one pass. Nearly all records have none.
//!
//! The bytes are folded to one case, block by block, and searched for many needles at once (Teddy, if the processor
//! supports it). This takes a hundred nanoseconds for a record. Only the hits are examined closely.

use std::iter::Peekable;
use std::ops::{ControlFlow, Range};

use aho_corasick::{AhoCorasick, BuildError, MatchKind};

use super::commands::{COMMANDS, Options};

/// How many bytes are folded and searched at a time.
const BLOCK_BYTES: usize = 2048;
/// The bit in which upper and lower case differ. It is set in all searched bytes and in the needles.
const CASE: u8 = 0x20;

/// What kind of secret a needle belongs to.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Kind {
    /// A secret's name, followed by a value.
    Name,
    /// The authority of a URL, with a password.
    Url,
    /// The signature of a URL.
    Signature,
    /// A command, maybe with a password among its arguments.
    Command,
    /// What stands before a password in SQL.
    Sql,
    /// A scheme of HTTP authentication, followed by a token.
    Bearer,
    /// A scheme of HTTP authentication, followed by a name and password in base64.
    Basic,
    /// A JSON web token.
    Jwt,
    /// A token with a known prefix.
    Token,
}

/// The needles. There are as few as possible, since each makes the search slower. Every secret's name contains one of
/// them, in every spelling and whatever separates its words.
const NEEDLES: &[(&str, Kind)] = &[
    ("://", Kind::Url),
    ("sig=", Kind::Signature),
    ("signature=", Kind::Signature),
    ("identified by ", Kind::Sql),
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

/// Shorter needles are searched separately. Teddy compares as many bytes as the shortest needle has, up to this number.
/// With fewer bytes it stops at many false hits.
const SHORT_BYTES: usize = 4;

/// Searches for all needles.
#[derive(Clone, Debug)]
pub(super) struct Needles {
    short: Search,
    long: Search,
    /// Only searched in a text that may have one of their options.
    commands: Search,
    options: Options,
    longest: usize,
}

/// Searches for several needles at once.
#[derive(Clone, Debug)]
struct Search {
    automaton: AhoCorasick,
    /// The kind of each needle, in the order of the automaton.
    kinds: Vec<Kind>,
}

impl Needles {
    /// Prepares the search for the needles listed here and for `more`.
    pub(super) fn new<'a>(more: impl Iterator<Item = (&'a str, Kind)>) -> Result<Self, BuildError> {
        let folded = |(needle, kind)| (fold(needle), kind);
        let commands: Vec<_> = COMMANDS.iter().map(|command| folded((command.needle, Kind::Command))).collect();
        let mut all: Vec<_> = NEEDLES.iter().copied().chain(more).map(folded).collect();
        all.dedup();
        let longest = all.iter().chain(&commands).map(|(needle, _)| needle.len()).max().unwrap_or_default();
        let (short, long) = all.into_iter().partition(|(needle, _)| needle.len() < SHORT_BYTES);
        Ok(Self {
            short: Search::new(short)?,
            long: Search::new(long)?,
            commands: Search::new(commands)?,
            options: Options::new(),
            longest,
        })
    }

    /// Calls `on_hit` for each hit, in order, until it breaks. A hit may be reported twice.
    pub(super) fn find<T>(
        &self,
        bytes: &[u8],
        mut on_hit: impl FnMut(Kind, Range<usize>) -> ControlFlow<T>,
    ) -> Option<T> {
        let has_options = self.options.may_be_in(bytes);
        let mut block = [0; BLOCK_BYTES];
        let mut start = 0;
        loop {
            let length = BLOCK_BYTES.min(bytes.len() - start);
            for (folded, byte) in block.iter_mut().zip(&bytes[start..start + length]) {
                *folded = byte | CASE;
            }
            let block = &block[..length];
            let commands = if has_options { block } else { &[] };
            let mut searches =
                [self.short.hits(block), self.long.hits(block), self.commands.hits(commands)].map(Iterator::peekable);
            while let Some((kind, hit)) = first(&mut searches) {
                if let ControlFlow::Break(result) = on_hit(kind, start + hit.start..start + hit.end) {
                    return Some(result);
                }
            }
            if start + length == bytes.len() {
                return None;
            }
            // A needle may span two blocks.
            start += BLOCK_BYTES - self.longest;
        }
    }
}

type Hit = (Kind, Range<usize>);

/// Takes the first hit of several searches.
fn first(searches: &mut [Peekable<impl Iterator<Item = Hit>>]) -> Option<Hit> {
    let start = |search: &mut Peekable<_>| search.peek().map(|hit: &Hit| hit.1.start);
    let (_, search) =
        searches.iter_mut().filter_map(|search| Some((start(search)?, search))).min_by_key(|(start, _)| *start)?;
    search.next()
}

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
    fn every_secret_name_contains_a_needle() {
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
