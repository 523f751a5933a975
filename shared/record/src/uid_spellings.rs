//! The spellings of one id. Records keep the spelling that their sender chose, so a search asks for many.
//!
//! Not all spellings can be asked for: an id of ten letters has a thousand mixtures of small and capital ones. So each id
//! has one canonical spelling. A search asks for the usual spellings, which follow from it, and for itself. A record whose
//! own spelling is none of the usual ones is also filed under the canonical one.

use unicode_normalization::UnicodeNormalization;

use super::LogUid;
use super::uid;

/// The digits of a trace id or UUID in hexadecimal, and of its half that Datadog writes.
const DIGITS: usize = 32;
const HALF_DIGITS: usize = 16;
/// Where a UUID has its hyphens.
const UUID_PARTS: [usize; 5] = [8, 4, 4, 4, 12];
/// The parts of an id of X-Ray's: a version, a time, and the rest.
const XRAY_PARTS: [usize; 2] = [8, 24];
const XRAY_VERSION: &str = "1-";
/// Fewer decimal digits are no half of a trace id, but somebody's number.
const MIN_DECIMAL_DIGITS: usize = 16;

impl LogUid {
    /// Returns the spellings of this id that a search asks for, beginning with this one:
    ///
    /// - in small and in capital letters
    /// - a UUID or trace id with and without hyphens, and as X-Ray's `1-62c20e32-…`
    /// - the lower half of a trace id as a decimal number, as Datadog writes it
    /// - in Unicode's composed and decomposed form
    ///
    /// Blanks around it and what headers add to it are removed. There are at most 16.
    #[must_use]
    pub fn spellings(&self) -> Vec<String> {
        let id = uid::of_text(self.as_str()).unwrap_or(self.as_str());
        let mut spellings = vec![self.as_str().to_owned(), id.to_owned()];
        let canonical = canonical(id);
        spellings.extend(usual(&canonical));
        // What other spellings have beside letters and hyphens.
        if let Some(digits) = hexadecimal(id) {
            spellings.push(decimal(lower_half(&digits)));
            if let Some(half) = digits.strip_prefix(&"0".repeat(DIGITS - HALF_DIGITS)) {
                spellings.extend([half.to_owned(), half.to_ascii_uppercase()]);
            }
        } else if let Some(half) = of_half(id) {
            spellings.extend([format!("{half:0>DIGITS$}"), half.to_ascii_uppercase(), decimal(&half), half]);
        }
        let mut known = Vec::with_capacity(spellings.len());
        for spelling in spellings {
            if !known.contains(&spelling) {
                known.push(spelling);
            }
        }
        known
    }

    /// Returns the canonical spellings of the ids that a search for this one finds.
    pub fn canonical_spellings(&self) -> impl Iterator<Item = String> {
        self.spellings().into_iter().map(|spelling| canonical(&spelling))
    }
}

/// Returns the one spelling that all spellings of an id share: composed, in small letters, a UUID or trace id as 32 digits.
#[must_use]
pub fn canonical(id: &str) -> String {
    match hexadecimal(id) {
        Some(digits) => digits,
        None if id.is_ascii() => id.to_ascii_lowercase(),
        None => id.to_lowercase().nfc().collect(),
    }
}

/// Returns the canonical spelling of an id that no search for another spelling would find; `None` for nearly all ids.
pub(super) fn needed(id: &str) -> Option<String> {
    // One look at each byte tells that nearly all ids are in small or in capital letters.
    if id.is_ascii() && !(has(id, u8::is_ascii_lowercase) && has(id, u8::is_ascii_uppercase)) {
        return None;
    }
    let canonical = canonical(id);
    let is_usual = usual(&canonical).any(|usual| usual == id);
    (!is_usual).then_some(canonical)
}

/// Returns the number that Datadog writes for a trace id of 128 bits; `None` for any other id.
pub(super) fn datadogs(id: &str) -> Option<String> {
    hexadecimal(id).map(|digits| decimal(lower_half(&digits))).filter(|number| number != "0")
}

/// Looks at all bytes, which is faster than to stop at the first.
fn has(id: &str, is: fn(&u8) -> bool) -> bool {
    id.bytes().fold(false, |has, byte| has | is(&byte))
}

/// Returns the spellings of a canonical id that every search for it asks for.
fn usual(canonical: &str) -> impl Iterator<Item = String> {
    let of_trace = hexadecimal(canonical).map(|digits| {
        let (uuid, xray) = (split(&digits, &UUID_PARTS), format!("{XRAY_VERSION}{}", split(&digits, &XRAY_PARTS)));
        [uuid.to_ascii_uppercase(), uuid, xray.to_ascii_uppercase(), xray]
    });
    let decomposed = (!canonical.is_ascii()).then(|| {
        let capital = canonical.to_uppercase();
        [canonical.nfd().collect::<String>(), capital.nfd().collect(), capital.nfc().collect()]
    });
    let letters = [canonical.to_owned(), canonical.to_uppercase()];
    letters.into_iter().chain(of_trace.into_iter().flatten()).chain(decomposed.into_iter().flatten())
}

/// Returns the 32 digits of a UUID or trace id, in small letters.
fn hexadecimal(id: &str) -> Option<String> {
    // Nothing else is so long and has so few other bytes.
    if !(DIGITS..=DIGITS + UUID_PARTS.len()).contains(&id.len()) {
        return None;
    }
    let is_split = |id: &str, parts: &[usize]| id.split('-').map(str::len).eq(parts.iter().copied());
    let xray = id.strip_prefix(XRAY_VERSION).filter(|rest| is_split(rest, &XRAY_PARTS));
    let id = xray.unwrap_or(id);
    if id.contains('-') && xray.is_none() && !is_split(id, &UUID_PARTS) {
        return None;
    }
    let digits: String = id.chars().filter(|digit| *digit != '-').collect();
    let is_hexadecimal = digits.len() == DIGITS && digits.bytes().all(|digit| digit.is_ascii_hexdigit());
    is_hexadecimal.then(|| digits.to_ascii_lowercase())
}

fn split(digits: &str, parts: &[usize]) -> String {
    let mut rest = digits;
    let parts = parts.iter().map(|length| {
        let (part, after) = rest.split_at_checked(*length).unwrap_or((rest, ""));
        rest = after;
        part
    });
    parts.collect::<Vec<_>>().join("-")
}

fn lower_half(digits: &str) -> &str {
    digits.get(DIGITS - HALF_DIGITS..).unwrap_or_default()
}

/// Returns the digits of half a trace id, in hexadecimal, of an id that is one in hexadecimal or decimal.
fn of_half(id: &str) -> Option<String> {
    if id.len() >= MIN_DECIMAL_DIGITS && id.bytes().all(|digit| digit.is_ascii_digit()) && !id.starts_with('0') {
        return id.parse::<u64>().ok().map(|number| format!("{number:0>HALF_DIGITS$x}"));
    }
    let is_half = id.len() == HALF_DIGITS && id.bytes().all(|digit| digit.is_ascii_hexdigit());
    is_half.then(|| id.to_ascii_lowercase())
}

fn decimal(digits: &str) -> String {
    u64::from_str_radix(digits, 16).unwrap_or_default().to_string()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use unicode_normalization::UnicodeNormalization;

    use super::{canonical, datadogs, needed};
    use crate::LogUid;

    fn spellings(id: &str) -> Vec<String> {
        LogUid::parse(id).unwrap().spellings()
    }

    #[test]
    fn one_id_has_many_spellings() {
        fn check(id: &str, expect: &[&str]) {
            let spellings = spellings(id);
            assert_eq!(spellings[0], id);
            for spelling in expect {
                assert!(spellings.iter().any(|known| known == spelling), "{spelling} of {id}: {spellings:?}");
            }
            assert!(spellings.len() <= 16, "{spellings:?}");
        }
        let trace = "62c20e32b9f645bbb4ac49537844648d";
        let all = [
            trace,
            "62C20E32B9F645BBB4AC49537844648D",
            "62c20e32-b9f6-45bb-b4ac-49537844648d",
            "62C20E32-B9F6-45BB-B4AC-49537844648D",
            "1-62c20e32-b9f645bbb4ac49537844648d",
            "1-62C20E32-B9F645BBB4AC49537844648D",
        ];
        for id in all {
            check(id, &all);
            check(id, &["13018861245670122637"]);
        }
        check("Order-17", &["order-17", "ORDER-17"]);
        check(" u-1 ", &["u-1"]);
        check("Root=1-62c20e32-b9f645bbb4ac49537844648d;Sampled=1", &all);
        check("{62C20E32-B9F6-45BB-B4AC-49537844648D}", &all);
        check("13826758943318755013", &["bfe284006b7846c5", "0000000000000000bfe284006b7846c5"]);
        check("0000000000000000bfe284006b7846c5", &["bfe284006b7846c5", "BFE284006B7846C5"]);
        check("caf\u{e9}", &["cafe\u{301}", "CAF\u{c9}", "CAFE\u{301}"]);
        check("cafe\u{301}", &["caf\u{e9}"]);
    }

    #[test]
    fn other_ids_have_no_other_spellings() {
        for id in ["17", "1795554492123", "2026-11-24"] {
            assert_eq!(spellings(id), [id]);
        }
    }

    #[test]
    fn an_id_of_mixed_letters_needs_its_canonical_spelling() {
        fn check(id: &str, expect: Option<&str>) {
            assert_eq!(needed(id).as_deref(), expect, "{id}");
        }
        check("ORD-Ab", Some("ord-ab"));
        check("62C20e32-b9f6-45bb-b4ac-49537844648d", Some("62c20e32b9f645bbb4ac49537844648d"));
        check("Caf\u{e9}", Some("caf\u{e9}"));
        check("Cafe\u{301}", Some("caf\u{e9}"));
        for usual in ["ORD-AB", "ord-ab", "17", "", "caf\u{e9}", "CAFE\u{301}", "1-62C20E32-B9F645BBB4AC49537844648D"] {
            check(usual, None);
        }
    }

    #[test]
    fn datadog_writes_half_a_trace_id() {
        assert_eq!(datadogs("62c20e32-b9f6-45bb-b4ac-49537844648d").as_deref(), Some("13018861245670122637"));
        for other in ["bfe284006b7846c5", "r-1", "62c20e32b9f645bb0000000000000000"] {
            assert_eq!(datadogs(other), None, "{other}");
        }
    }

    proptest! {
        /// What a search in one spelling asks for, and what a record in another spelling is filed under, have one in common.
        #[test]
        fn a_record_is_found_in_every_spelling(
            id in prop_oneof![
                "[0-9a-f]{32}", "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "[a-z0-9é_=+/-]{1,24}", "[a-zäöüéñ]{1,9}",
            ],
            letters in prop::collection::vec(0..3_u8, 2 * 40),
            (decomposed, hyphens) in any::<(bool, bool)>(),
        ) {
            let (sent, asked) = letters.split_at(40);
            let written = |letters: &[u8], change: bool| -> String {
                let id = match id.len() {
                    36 if change && hyphens && id.is_ascii() => id.replace('-', ""),
                    _ => id.clone(),
                };
                let mixed = id.chars().zip(letters.iter().chain([0; 40].iter())).map(|(letter, how)| match how {
                    0 => letter,
                    _ => letter.to_uppercase().next().unwrap_or(letter),
                });
                let mixed: String = mixed.collect();
                if change && decomposed { mixed.nfd().collect() } else { mixed }
            };
            let (sent, asked) = (written(sent, true), written(asked, false));
            let Ok(uid) = LogUid::parse(&asked) else { return Ok(()) };
            prop_assert_eq!(canonical(&sent), canonical(&asked));
            let asked = uid.spellings();
            prop_assert!(asked.len() <= 16);
            prop_assert!(asked.contains(&sent) || needed(&sent).is_some_and(|canonical| asked.contains(&canonical)));
        }
    }
}
