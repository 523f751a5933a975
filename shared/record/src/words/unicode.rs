//! The words of a text that has other letters than those of ASCII.

use unicode_normalization::char::decompose_canonical;
use xxhash_rust::xxh3::xxh3_64;

use super::separators::is_separator;
use super::unspaced::is_unspaced;

/// The mark of `İ` beside `I`.
const DOT_ABOVE: char = '\u{307}';

/// Hands the hash of each word of a text to `found`. `room` is for the words as they are hashed.
///
/// A character is hashed as its parts, so that a letter with its mark is the same as one character and as two. Where a script
/// puts no spaces between words, any part of a text may be looked for, so each letter is a word, and each pair of them.
///
/// `I` is the capital letter of `i`, and in Turkish of `ı`. So these and `İ` are one letter. A small letter of `İ` has its dot as a
/// mark.
pub(super) fn each_hash(text: &str, room: &mut Vec<u8>, mut found: impl FnMut(u64)) {
    room.clear();
    let mut end = |word: &mut Vec<u8>| {
        if !word.is_empty() {
            found(xxh3_64(word));
            word.clear();
        }
    };
    let mut before = None;
    for c in text.chars() {
        if is_unspaced(c) {
            end(room);
            decompose_canonical(c, |part| {
                let letter = folded(part);
                push(room, letter);
                end(room);
                if let Some(before) = before.replace(letter) {
                    push(room, before);
                    push(room, letter);
                    end(room);
                }
            });
            continue;
        }
        before = None;
        if is_separator(c) {
            end(room);
        } else {
            decompose_canonical(c, |part| {
                if !(part == DOT_ABOVE && room.ends_with(b"i")) {
                    push(room, folded(part));
                }
            });
        }
    }
    end(room);
}

fn push(word: &mut Vec<u8>, c: char) {
    word.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
}

/// Returns the one character that stands for all cases of this one: the small letter of its capital letter, as `σ` for `Σ`, `σ`
/// and `ς`. MongoDB's regular expressions take no more letters than these as equal.
pub(super) fn folded(c: char) -> char {
    if c.is_ascii() {
        return c.to_ascii_lowercase();
    }
    let mut uppers = c.to_uppercase();
    let upper = uppers.next().filter(|_| uppers.next().is_none()).unwrap_or(c);
    // One capital letter has a small letter of two characters: `İ`. Its parts are one each.
    upper.to_lowercase().next().unwrap_or(upper)
}

#[cfg(test)]
mod tests {
    use super::super::{spellings, text_hashes};
    use super::{folded, is_separator};

    #[test]
    fn all_cases_of_a_letter_are_one_word() {
        for cases in ["sSſ", "kKK", "σΣς", "µμΜ", "ßẞ", "θΘϑϴ", "åÅ", "éÉ", "ǆǅǄ"] {
            let folded: Vec<char> = cases.chars().map(folded).collect();
            assert!(folded.iter().all(|one| *one == folded[0]), "{cases} {folded:?}");
            let mut hashes: Vec<Vec<u64>> = cases.chars().map(|one| text_hashes(&one.to_string())).collect();
            hashes.dedup();
            assert_eq!(hashes.len(), 1, "{cases}");
        }
        assert_eq!(text_hashes("ΟΔΟΣ GRÖẞE"), text_hashes("οδος größe"));
        assert_eq!(text_hashes("Å"), text_hashes("å"));
        for (one, other) in
            [("ÇALIŞIYOR", "çalışıyor"), ("İZMİR", "izmir"), ("İzmir", "i\u{307}zmi\u{307}r"), ("ISPARTA", "ısparta")]
        {
            assert_eq!(text_hashes(one), text_hashes(other), "{one}");
        }
    }

    /// What a regular expression takes as equal has the same words: each character, in any case and in its parts.
    #[test]
    fn both_cases_of_a_character_are_one_word_in_any_spelling() {
        let one = |mut all: Box<dyn Iterator<Item = char>>| all.next().filter(|_| all.next().is_none());
        for c in ('\0'..=char::MAX).filter(|c| !is_separator(*c)) {
            let cases = [one(Box::new(c.to_uppercase())), one(Box::new(c.to_lowercase()))];
            for case in cases.into_iter().flatten().filter(|case| *case != c) {
                for spelling in spellings(&case.to_string()) {
                    assert_eq!(text_hashes(&spelling), text_hashes(&c.to_string()), "{c:?} {case:?} {spelling:?}");
                }
            }
        }
    }

    #[test]
    fn a_letter_with_its_mark_is_the_same_as_one_character_and_as_two() {
        for (one, two) in [
            ("Größe", "Gro\u{308}ße"),
            ("Ếch", "E\u{302}\u{301}ch"),
            ("한글", "\u{1112}\u{1161}\u{11AB}글"),
            ("が", "か\u{3099}"),
        ] {
            assert_eq!(text_hashes(one), text_hashes(two), "{one}");
        }
        assert_ne!(text_hashes("Grosse"), text_hashes("Größe"));
        assert_eq!(spellings("Gro\u{308}ße"), ["Gro\u{308}ße", "Größe"]);
        assert_eq!(spellings("Größe"), ["Größe", "Gro\u{308}ße"]);
        assert_eq!(spellings("order"), ["order"]);
        assert_eq!(spellings("注文"), ["注文"]);
    }

    #[test]
    fn any_part_of_a_text_without_spaces_has_words_of_the_text() {
        let text = text_hashes("VND7发生错误了、データベース connection");
        for part in ["错误", "发生", "错", "误了", "发生错误了", "ベース", "VND7", "connection", "vnd7发"]
        {
            assert!(text_hashes(part).iter().all(|hash| text.contains(hash)), "{part}");
        }
        for other in ["误错", "了デ", "VND", "错 误了x"] {
            assert!(!text_hashes(other).iter().all(|hash| text.contains(hash)), "{other}");
        }
    }
}
