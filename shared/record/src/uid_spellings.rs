//! The spellings of one id. Records keep the spelling that their sender chose, so a search asks for all of them.

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
    /// Returns the spellings in which services write this id, beginning with this one:
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
        let mut spellings = vec![self.as_str().to_owned()];
        let mut add = |spelling: String| {
            if !spellings.contains(&spelling) {
                spellings.push(spelling);
            }
        };
        for spelling in [id.to_owned(), id.to_lowercase(), id.to_uppercase()] {
            add(spelling);
        }
        if let Some(digits) = hexadecimal(id) {
            for spelling in of_trace(&digits) {
                add(spelling);
            }
        } else if let Some(digits) = of_half(id) {
            for spelling in [format!("{digits:0>DIGITS$}"), digits.to_uppercase(), decimal(&digits), digits] {
                add(spelling);
            }
        }
        if !id.is_ascii() {
            for spelling in [id.nfc().collect::<String>(), id.nfd().collect()] {
                add(spelling);
            }
        }
        spellings
    }
}

/// Returns the 32 digits of a UUID or trace id, in small letters.
fn hexadecimal(id: &str) -> Option<String> {
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

fn of_trace(digits: &str) -> Vec<String> {
    let split = |parts: &[usize]| {
        let mut rest = digits;
        let parts = parts.iter().map(|length| {
            let (part, after) = rest.split_at_checked(*length).unwrap_or((rest, ""));
            rest = after;
            part
        });
        parts.collect::<Vec<_>>().join("-")
    };
    let uuid = split(&UUID_PARTS);
    let half = digits.get(DIGITS - HALF_DIGITS..).unwrap_or_default();
    vec![
        digits.to_owned(),
        digits.to_ascii_uppercase(),
        uuid.to_ascii_uppercase(),
        uuid,
        format!("{XRAY_VERSION}{}", split(&XRAY_PARTS)),
        decimal(half),
    ]
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
    use crate::LogUid;

    #[test]
    fn one_id_has_many_spellings() {
        fn check(id: &str, expect: &[&str]) {
            let spellings = LogUid::parse(id).unwrap().spellings();
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
        ];
        for id in all {
            check(id, &all);
            check(id, &["13018861245670122637"]);
        }
        check("Order-17", &["order-17", "ORDER-17"]);
        check(" u-1 ", &["u-1"]);
        check("Root=1-62c20e32-b9f645bbb4ac49537844648d;Sampled=1", &all);
        check("13826758943318755013", &["bfe284006b7846c5", "0000000000000000bfe284006b7846c5"]);
        check("caf\u{e9}", &["cafe\u{301}"]);
        check("cafe\u{301}", &["caf\u{e9}"]);
    }

    #[test]
    fn other_ids_have_no_other_spellings() {
        fn check(id: &str) {
            assert_eq!(LogUid::parse(id).unwrap().spellings(), [id]);
        }
        check("17");
        check("1795554492123");
        check("2026-11-24");
    }
}
