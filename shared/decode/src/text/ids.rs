//! Ids of transactions in a text: `request_id=7f3a`, `"traceId": "5b8e…"`.

use record::Draft;

/// How much of a text is searched.
const MAX_BYTES: usize = 8_192;
/// How many pairs of a text are looked at.
const MAX_PAIRS: usize = 64;
const MAX_NAME_BYTES: usize = 64;
const MAX_ID_BYTES: usize = 128;

/// Returns the names and values of the ids in a text, best first.
pub(super) fn all<'t>(text: &'t str, draft: &Draft<'_>) -> Vec<(&'t str, &'t str)> {
    let text = &text[..text.floor_char_boundary(MAX_BYTES)];
    let separators = text.match_indices(['=', ':']).take(MAX_PAIRS);
    let found = separators.filter_map(|(at, _)| {
        let name = name_before(text.get(..at)?)?;
        // A word without digits may be anything.
        let value = value_after(text.get(at + 1..)?).filter(|id| id.bytes().any(|byte| byte.is_ascii_digit()))?;
        Some((draft.rank_of_id(name, value)?, name, value))
    });
    let mut found: Vec<_> = found.collect();
    found.sort_by_key(|(rank, ..)| *rank);
    found.into_iter().map(|(_, name, value)| (name, value)).collect()
}

fn name_before(text: &str) -> Option<&str> {
    let text = text.trim_end_matches(['"', '\'', '\\', ' ']);
    let is_name = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(*byte, b'_' | b'-' | b'.');
    let length = text.bytes().rev().take(MAX_NAME_BYTES).take_while(|byte| is_name(byte)).count();
    text.get(text.len() - length..).filter(|name| !name.is_empty())
}

fn value_after(text: &str) -> Option<&str> {
    let text = text.trim_start_matches(['"', '\'', '\\', ' ']);
    let is_id = |byte: &u8| {
        byte.is_ascii_alphanumeric() || matches!(*byte, b'_' | b'-' | b'.' | b':' | b'/' | b'=' | b'+' | b'@')
    };
    let length = text.bytes().take(MAX_ID_BYTES).take_while(|byte| is_id(byte)).count();
    text.get(..length).map(|id| id.trim_end_matches(['.', ':'])).filter(|id| !id.is_empty())
}
