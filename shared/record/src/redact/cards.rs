//! Card numbers in text: a number in an issuer's range, with that issuer's number of digits, that passes the Luhn check
//! and is not part of something longer.

use std::ops::Range;

/// Digits of the shortest card number.
const MIN_DIGITS: usize = 13;
/// Digits of the longest card number.
const MAX_DIGITS: usize = 19;
/// How many adjacent bytes a probe reads. The search probes only some positions and skips most of a text.
const PROBE_BYTES: usize = 4;
/// How digits are grouped, where they are grouped.
const GROUPINGS: [&[usize]; 4] = [&[4, 4, 4, 4], &[4, 6, 5], &[4, 6, 4], &[4, 4, 4, 4, 3]];

/// Returns the first card number at or after `from`.
pub(super) fn find(bytes: &[u8], from: usize) -> Option<Range<usize>> {
    let mut probe = from;
    while let Some(few) = bytes.get(probe..).and_then(<[u8]>::first_chunk) {
        if may_be_within_number(*few) && has_more_around(bytes, probe) {
            match card_around(bytes, from, probe) {
                Ok(card) => return Some(card),
                Err(end) => probe = end,
            }
        }
        // A card number that begins at the next byte or later covers the next probe.
        // No position in a text overflows.
        probe = probe.wrapping_add(MIN_DIGITS - PROBE_BYTES + 1);
    }
    None
}

/// Returns whether all bytes may be within a card number: digits and separators. A few other characters match too, but
/// rarely stand next to each other.
#[inline]
fn may_be_within_number(few: [u8; PROBE_BYTES]) -> bool {
    const BLOCK: u32 = u32::from_ne_bytes([0xE0; PROBE_BYTES]);
    u32::from_ne_bytes(few) & BLOCK == u32::from_ne_bytes([b' '; PROBE_BYTES])
}

/// Returns whether the bytes before or after the probe may also be within a card number. One of the two must be, even
/// for the shortest.
#[inline]
fn has_more_around(bytes: &[u8], probe: usize) -> bool {
    let may_be = |few: Option<&[u8; PROBE_BYTES]>| few.is_some_and(|few| may_be_within_number(*few));
    may_be(bytes[probe + PROBE_BYTES..].first_chunk()) || may_be(bytes[..probe].last_chunk())
}

/// Returns the first card number in the digits and separators around `probe`, or else where these end.
#[inline(never)]
fn card_around(bytes: &[u8], from: usize, probe: usize) -> Result<Range<usize>, usize> {
    let is_within = |at: &usize| is_within_number(bytes, *at);
    let start = probe - (from..probe).rev().take_while(is_within).count();
    let length = (start..start + MIN_DIGITS).take_while(is_within).count();
    if length < MIN_DIGITS {
        return Err(probe.max(start + length));
    }
    (start..)
        .take_while(is_within)
        .find_map(|at| card_at(bytes, at))
        .ok_or_else(|| probe + (probe..bytes.len()).take_while(is_within).count())
}

/// Returns whether the byte is a digit, or a separator between digits.
#[inline]
fn is_within_number(bytes: &[u8], at: usize) -> bool {
    let is_digit = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_digit);
    match bytes.get(at) {
        Some(b'0'..=b'9') => true,
        Some(b' ' | b'-') => at > 0 && is_digit(at - 1) && is_digit(at + 1),
        _ => false,
    }
}

/// Returns the card number that begins at `start`.
fn card_at(bytes: &[u8], start: usize) -> Option<Range<usize>> {
    if !bytes[start].is_ascii_digit() || !may_precede(&bytes[..start]) {
        return None;
    }
    let digits = run(&bytes[start..]);
    let in_one = (digits >= MIN_DIGITS).then_some(start + digits);
    let ends = in_one.into_iter().chain(GROUPINGS.iter().filter_map(|grouping| grouped(bytes, start, grouping)));
    let is_whole = |end: &usize| may_follow(&bytes[*end..]) && is_card(&bytes[start..*end]);
    ends.filter(is_whole).max().map(|end| start..end)
}

/// Returns the end of the groups that begin at `start`. All have the same separator.
fn grouped(bytes: &[u8], start: usize, grouping: &[usize]) -> Option<usize> {
    let separator = *bytes.get(start + grouping.first()?)?;
    let mut at = start;
    for (position, length) in grouping.iter().enumerate() {
        if position > 0 {
            at += usize::from(bytes.get(at) == Some(&separator));
        }
        if run(bytes.get(at..)?) != *length {
            return None;
        }
        at += length;
    }
    // The groups are separated: digits without separators would have been one run.
    Some(at)
}

fn run(bytes: &[u8]) -> usize {
    bytes.iter().take_while(|byte| byte.is_ascii_digit()).count()
}

/// Returns whether a card number may follow these bytes. Otherwise the number is part of another number, a fraction or
/// an id.
fn may_precede(before: &[u8]) -> bool {
    !before.last().is_some_and(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_' | b'+'))
}

/// Returns whether these bytes may follow a card number. A full stop or a dash may end a sentence.
fn may_follow(after: &[u8]) -> bool {
    match after {
        [b'.' | b'-', next, ..] => !next.is_ascii_alphanumeric(),
        [next, ..] => !next.is_ascii_alphanumeric() && *next != b'_',
        [] => true,
    }
}

fn is_card(number: &[u8]) -> bool {
    let mut digits = [0; MAX_DIGITS];
    let mut count = 0;
    for byte in number.iter().filter(|byte| byte.is_ascii_digit()) {
        let Some(digit) = digits.get_mut(count) else { return false };
        *digit = byte - b'0';
        count += 1;
    }
    let digits = &digits[..count];
    is_issued(digits) && is_luhn(digits)
}

/// Returns whether an issuer uses this prefix with this number of digits:
/// <https://en.wikipedia.org/wiki/Payment_card_number>.
fn is_issued(digits: &[u8]) -> bool {
    let Some(first) = digits.get(..4) else { return false };
    let prefix = first.iter().fold(0_u16, |sum, digit| sum * 10 + u16::from(*digit));
    match prefix {
        // Visa
        4000..=4999 => matches!(digits.len(), 13 | 16 | 19),
        // Mastercard
        2221..=2720 | 5100..=5599 => digits.len() == 16,
        // American Express
        3400..=3499 | 3700..=3799 => digits.len() == 15,
        // Diners Club
        3000..=3059 | 3090..=3099 | 3600..=3699 | 3800..=3999 => matches!(digits.len(), 14 | 16 | 19),
        // JCB, UnionPay, Discover
        3528..=3589 | 6200..=6299 | 6011 | 6440..=6599 => (16..=19).contains(&digits.len()),
        // Maestro
        5018 | 5020 | 5038 | 5893 | 6304 | 6759 | 6761..=6763 => digits.len() >= MIN_DIGITS,
        _ => false,
    }
}

fn is_luhn(digits: &[u8]) -> bool {
    let doubled = |digit: u8| if digit > 4 { digit * 2 - 9 } else { digit * 2 };
    let value = |(position, digit): (usize, &u8)| u32::from(if position % 2 == 1 { doubled(*digit) } else { *digit });
    digits.iter().rev().enumerate().map(value).sum::<u32>().is_multiple_of(10)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{card_at, find};

    fn found(text: &str) -> Vec<&str> {
        let mut cards = Vec::new();
        let mut from = 0;
        while let Some(card) = find(text.as_bytes(), from) {
            from = card.end;
            cards.push(&text[card]);
        }
        cards
    }

    #[test]
    fn card_numbers_are_found() {
        fn check(text: &str, expect: &[&str]) {
            assert_eq!(found(text), expect, "{text}");
        }
        check("4111111111111111", &["4111111111111111"]);
        check("card 4111 1111 1111 1111 declined", &["4111 1111 1111 1111"]);
        check("card=4111-1111-1111-1111.", &["4111-1111-1111-1111"]);
        check("(378282246310005)", &["378282246310005"]);
        check("3782 822463 10005, 5555555555554444", &["3782 822463 10005", "5555555555554444"]);
        check("\"30569309025904\"", &["30569309025904"]);
        check("6011111111111117\n3530111333300000", &["6011111111111117", "3530111333300000"]);
        check("4222222222222", &["4222222222222"]);
        check("4111 1111 1111 1111 123", &["4111 1111 1111 1111"]);
        check("4111 1111 1111 1111 12/27", &["4111 1111 1111 1111"]);
        check("order 17 4111 1111 1111 1111", &["4111 1111 1111 1111"]);
        check("x4 4111111111111111", &["4111111111111111"]);
        check("/cards/4111111111111111/", &["4111111111111111"]);
        check("17 17 17 17 17 17 4111111111111111", &["4111111111111111"]);
    }

    #[test]
    fn the_shortest_is_found_wherever_it_begins() {
        for before in 0..40 {
            let text = ["x".repeat(before).as_str(), "=4222222222222"].concat();
            assert_eq!(found(&text), ["4222222222222"], "{text}");
        }
    }

    #[test]
    fn other_numbers_are_not_cards() {
        #[rustfmt::skip]
        let none = [
            "", "4111", "4111111111111112", "1111111111111117", "0000000000000000", "41111111111111111111",
            "x4111111111111111", "4111111111111111x", "id_4111111111111111", "4111111111111111_2", "-4111111111111111",
            "0.4111111111111111", "4111111111111111.5", "4111111111111111-2", "2-4111111111111111",
            "411 11111111 11111", "4111 1111-1111 1111", "4111  1111  1111  1111", "41 11 11 11 11 11 11 11",
            "1795163739165", "1795163739165953", "1795163739165953000", "140362540690304",
            "6f1a4e0e-6f0c-4c58-9d0c-0a1b2c3d4e5f", "12345678-4111-1111-1111-111111111111", "2026-11-20 08:35:39",
            "49546986683135544286507457936321625675700192471156785161", "+4111111111111111",
        ];
        for text in none {
            assert_eq!(found(text), [""; 0], "{text}");
        }
    }

    proptest! {
        /// The search finds the same as a check of every byte.
        #[test]
        fn a_card_number_is_found_wherever_it_is(
            parts in prop::collection::vec(
                prop_oneof![
                    prop::sample::select(vec!["4111111111111111", "4111 1111 1111 1111", "3782-822463-10005", "4222222222222"])
                        .prop_map(str::to_owned),
                    "[0-9 -]{0,20}",
                    "[ -~]{0,20}",
                ],
                0..6,
            ),
            from in 0_usize..20,
        ) {
            let text = parts.concat();
            let from = from.min(text.len());
            let expect = (from..text.len()).find_map(|at| card_at(text.as_bytes(), at));
            prop_assert_eq!(find(text.as_bytes(), from), expect, "{}", text);
        }
    }
}
