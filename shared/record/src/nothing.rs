//! The words that senders write when they have no id: `none`, `not_set`, `NoRequestId`, `missing-correlation-id`.
//!
//! Case and separators do not matter. A text means "none" if it is made of these words alone and one of them denies.

/// The longest text that is read. Nearly all ids are longer, or have a digit.
const MAX_BYTES: usize = 32;
/// The most words of a text.
const MAX_WORDS: usize = 6;

/// The words that deny alone. Names begin so, too.
const ALONE: [&str; 2] = ["na", "nan"];
/// The words that deny, of which one is enough (`true`), and those that may stand beside them, in alphabetical order.
const WORDS: [(&str, bool); 52] = [
    ("absent", true),
    ("applicable", false),
    ("assigned", false),
    ("available", false),
    ("blank", true),
    ("context", false),
    ("correlation", false),
    ("defined", false),
    ("dummy", true),
    ("empty", true),
    ("false", true),
    ("found", false),
    ("generated", false),
    ("given", false),
    ("header", false),
    ("id", false),
    ("initialised", false),
    ("initialized", false),
    ("log", false),
    ("logid", false),
    ("missing", true),
    ("nil", true),
    ("no", true),
    ("none", true),
    ("not", true),
    ("null", true),
    ("passed", false),
    ("placeholder", true),
    ("present", false),
    ("provided", false),
    ("received", false),
    ("request", false),
    ("session", false),
    ("set", false),
    ("span", false),
    ("specified", false),
    ("tbd", true),
    ("trace", false),
    ("transaction", false),
    ("true", true),
    ("uid", false),
    ("unassigned", true),
    ("unavailable", true),
    ("undef", true),
    ("undefined", true),
    ("unknown", true),
    ("unset", true),
    ("unspecified", true),
    ("uuid", false),
    ("value", false),
    ("without", true),
    ("yet", false),
];
const LETTERS: usize = 26;
/// Where the words with each letter begin.
const BEGINS: [usize; LETTERS + 1] = begins();

const fn begins() -> [usize; LETTERS + 1] {
    let (mut begins, mut word) = ([0; LETTERS + 1], 0);
    while word < WORDS.len() {
        let mut after = (WORDS[word].0.as_bytes()[0] - b'a') as usize + 1;
        while after <= LETTERS {
            begins[after] += 1;
            after += 1;
        }
        word += 1;
    }
    begins
}

/// Returns the words that begin with a letter. Each service's name is looked up, so this has to be fast.
fn words_with(letter: u8) -> &'static [(&'static str, bool)] {
    let letter = usize::from(letter.to_ascii_lowercase().wrapping_sub(b'a'));
    match (BEGINS.get(letter), BEGINS.get(letter + 1)) {
        (Some(from), Some(to)) => &WORDS[*from..*to],
        _ => &[],
    }
}

/// Returns whether a text says in words that there is no id.
pub(super) fn is_said(text: &str) -> bool {
    let bytes = text.as_bytes();
    let begins = |word: &&str| bytes.get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word.as_bytes()));
    // The first word rules out nearly all ids.
    let is_word = |first: &u8| {
        // `n/a` has a mark in its word.
        matches!(first, b'n' | b'N') || words_with(*first).iter().any(|(word, _)| begins(word))
    };
    if bytes.len() > MAX_BYTES || !bytes.first().is_some_and(is_word) {
        return false;
    }
    if !text.is_ascii() || bytes.iter().any(u8::is_ascii_digit) {
        return false;
    }
    let mut letters = [0; MAX_BYTES];
    let mut length = 0;
    let all = text.bytes().filter(u8::is_ascii_alphabetic).map(|byte| byte.to_ascii_lowercase());
    for (letter, slot) in all.zip(&mut letters) {
        (*slot, length) = (letter, length + 1);
    }
    let is_separated = |byte: u8| byte.is_ascii_alphabetic() || matches!(byte, b' ' | b'-' | b'_' | b'.' | b'/');
    let letters = &letters[..length];
    let is_alone = ALONE.iter().any(|word| word.as_bytes() == letters);
    text.bytes().all(is_separated) && (is_alone || is_denial(letters, false, MAX_WORDS))
}

/// Returns whether the letters are words, one of which denies.
fn is_denial(letters: &[u8], denied: bool, words_left: usize) -> bool {
    if letters.is_empty() || words_left == 0 {
        return letters.is_empty() && denied;
    }
    let rest = |(word, denies): &(&str, bool)| Some((letters.strip_prefix(word.as_bytes())?, *denies));
    words_with(letters[0])
        .iter()
        .filter_map(rest)
        .any(|(rest, denies)| is_denial(rest, denied || denies, words_left - 1))
}

#[cfg(test)]
mod tests {
    use super::is_said;

    #[test]
    fn words_are_found_by_their_first_letter() {
        assert!(super::WORDS.is_sorted());
        for word in super::WORDS {
            assert!(super::words_with(word.0.as_bytes()[0]).contains(&word));
        }
        assert!(super::words_with(b'-').is_empty() && super::words_with(b'z').is_empty());
    }

    #[test]
    fn words_say_that_there_is_no_id() {
        for text in [
            "none",
            "None",
            "NULL",
            "nil",
            "NaN",
            "n/a",
            "N.A.",
            "NA",
            "undefined",
            "unknown",
            "unset",
            "not set",
            "not_set",
            "notSet",
            "NOT_SET",
            "not-available",
            "not available",
            "not applicable",
            "missing",
            "empty",
            "no value",
            "tbd",
            "no-request-id",
            "no_correlation_id",
            "NoRequestId",
            "none-given",
            "not yet assigned",
            "missing-trace-id",
            "request-id-missing",
            "unknown_request_id",
            "without",
            "no id",
            "traceIdNotFound",
            "undefined-request",
            "null-null",
            "none.none",
        ] {
            assert!(is_said(text), "{text}");
        }
    }

    #[test]
    fn ids_say_something() {
        for id in [
            "", "test", "r-1", "none-1", "nobody", "noah", "natalie", "notes", "request", "trace-id", "id", "nadine",
            "order", "emptying", "session", "no way", "a", "größe", "not:set", "nona", "noa", "nana",
        ] {
            assert!(!is_said(id), "{id}");
        }
        assert!(!is_said(&"no".repeat(17)));
    }
}
