//! What lies between words.

/// The ranges of characters that are not in words, in order: what is neither a letter nor a digit nor a mark on one. The table is
/// ours, since MongoDB's tables of letters are others in each version, and both have to agree. What Unicode adds later is in words.
///
/// Some marks are here, since they say only how the symbol before them looks: what makes it a picture, and what encloses it. So are
/// the joiners: a word with them is looked for as it is written.
const SEPARATORS: [(char, char); 173] = [
    ('\0', '/'),
    (':', '@'),
    ('[', '`'),
    ('{', '\u{A9}'),
    ('\u{AB}', '\u{B4}'),
    ('\u{B6}', '\u{B9}'),
    ('\u{BB}', '\u{BF}'),
    ('\u{D7}', '\u{D7}'),
    ('\u{F7}', '\u{F7}'),
    ('\u{2C2}', '\u{2C5}'),
    ('\u{2D2}', '\u{2DF}'),
    ('\u{2E5}', '\u{2EB}'),
    ('\u{2ED}', '\u{2ED}'),
    ('\u{2EF}', '\u{2FF}'),
    ('\u{375}', '\u{375}'),
    ('\u{37E}', '\u{37E}'),
    ('\u{384}', '\u{385}'),
    ('\u{387}', '\u{387}'),
    ('\u{3F6}', '\u{3F6}'),
    ('\u{482}', '\u{482}'),
    ('\u{55A}', '\u{55F}'),
    ('\u{589}', '\u{58F}'),
    ('\u{5BE}', '\u{5BE}'),
    ('\u{5C0}', '\u{5C0}'),
    ('\u{5C3}', '\u{5C3}'),
    ('\u{5C6}', '\u{5C6}'),
    ('\u{5F3}', '\u{60F}'),
    ('\u{61B}', '\u{61F}'),
    ('\u{66A}', '\u{66D}'),
    ('\u{6D4}', '\u{6D4}'),
    ('\u{6DD}', '\u{6DE}'),
    ('\u{6E9}', '\u{6E9}'),
    ('\u{6FD}', '\u{6FE}'),
    ('\u{700}', '\u{70F}'),
    ('\u{7F6}', '\u{7F9}'),
    ('\u{7FE}', '\u{7FF}'),
    ('\u{830}', '\u{83E}'),
    ('\u{85E}', '\u{85E}'),
    ('\u{888}', '\u{888}'),
    ('\u{890}', '\u{891}'),
    ('\u{8E2}', '\u{8E2}'),
    ('\u{964}', '\u{965}'),
    ('\u{970}', '\u{970}'),
    ('\u{9F2}', '\u{9FB}'),
    ('\u{9FD}', '\u{9FD}'),
    ('\u{A76}', '\u{A76}'),
    ('\u{AF0}', '\u{AF1}'),
    ('\u{B70}', '\u{B70}'),
    ('\u{BF3}', '\u{BFA}'),
    ('\u{C77}', '\u{C7F}'),
    ('\u{C84}', '\u{C84}'),
    ('\u{D4F}', '\u{D4F}'),
    ('\u{D79}', '\u{D79}'),
    ('\u{DF4}', '\u{DF4}'),
    ('\u{E3F}', '\u{E3F}'),
    ('\u{E4F}', '\u{E4F}'),
    ('\u{E5A}', '\u{E5B}'),
    ('\u{F01}', '\u{F17}'),
    ('\u{F1A}', '\u{F1F}'),
    ('\u{F34}', '\u{F34}'),
    ('\u{F36}', '\u{F36}'),
    ('\u{F38}', '\u{F38}'),
    ('\u{F3A}', '\u{F3D}'),
    ('\u{F85}', '\u{F85}'),
    ('\u{FBE}', '\u{FC5}'),
    ('\u{FC7}', '\u{FDA}'),
    ('\u{104A}', '\u{104F}'),
    ('\u{109E}', '\u{109F}'),
    ('\u{10FB}', '\u{10FB}'),
    ('\u{1360}', '\u{1368}'),
    ('\u{1390}', '\u{1399}'),
    ('\u{1400}', '\u{1400}'),
    ('\u{166D}', '\u{166E}'),
    ('\u{1680}', '\u{1680}'),
    ('\u{169B}', '\u{169C}'),
    ('\u{16EB}', '\u{16ED}'),
    ('\u{1735}', '\u{1736}'),
    ('\u{17D4}', '\u{17D6}'),
    ('\u{17D8}', '\u{17DB}'),
    ('\u{1800}', '\u{180A}'),
    ('\u{180E}', '\u{180E}'),
    ('\u{1940}', '\u{1945}'),
    ('\u{19DE}', '\u{19FF}'),
    ('\u{1A1E}', '\u{1A1F}'),
    ('\u{1AA0}', '\u{1AA6}'),
    ('\u{1AA8}', '\u{1AAD}'),
    ('\u{1B5A}', '\u{1B6A}'),
    ('\u{1B74}', '\u{1B7E}'),
    ('\u{1BFC}', '\u{1BFF}'),
    ('\u{1C3B}', '\u{1C3F}'),
    ('\u{1C7E}', '\u{1C7F}'),
    ('\u{1CC0}', '\u{1CC7}'),
    ('\u{1CD3}', '\u{1CD3}'),
    ('\u{1FBD}', '\u{1FBD}'),
    ('\u{1FBF}', '\u{1FC1}'),
    ('\u{1FCD}', '\u{1FCF}'),
    ('\u{1FDD}', '\u{1FDF}'),
    ('\u{1FED}', '\u{1FEF}'),
    ('\u{1FFD}', '\u{206F}'),
    ('\u{207A}', '\u{207E}'),
    ('\u{208A}', '\u{208E}'),
    ('\u{20A0}', '\u{20CF}'),
    ('\u{20DD}', '\u{20E4}'),
    ('\u{2100}', '\u{2101}'),
    ('\u{2103}', '\u{2106}'),
    ('\u{2108}', '\u{2109}'),
    ('\u{2114}', '\u{2114}'),
    ('\u{2116}', '\u{2118}'),
    ('\u{211E}', '\u{2123}'),
    ('\u{2125}', '\u{2125}'),
    ('\u{2127}', '\u{2127}'),
    ('\u{2129}', '\u{2129}'),
    ('\u{212E}', '\u{212E}'),
    ('\u{213A}', '\u{213B}'),
    ('\u{2140}', '\u{2144}'),
    ('\u{214A}', '\u{214D}'),
    ('\u{214F}', '\u{215F}'),
    ('\u{218A}', '\u{2BFF}'),
    ('\u{2CE5}', '\u{2CEA}'),
    ('\u{2CF9}', '\u{2CFF}'),
    ('\u{2D70}', '\u{2D70}'),
    ('\u{2E00}', '\u{2E2E}'),
    ('\u{2E30}', '\u{3004}'),
    ('\u{3008}', '\u{3020}'),
    ('\u{3030}', '\u{3030}'),
    ('\u{3036}', '\u{3037}'),
    ('\u{303D}', '\u{303F}'),
    ('\u{309B}', '\u{309C}'),
    ('\u{30A0}', '\u{30A0}'),
    ('\u{30FB}', '\u{30FB}'),
    ('\u{3190}', '\u{319F}'),
    ('\u{31C0}', '\u{31E3}'),
    ('\u{3200}', '\u{33FF}'),
    ('\u{4DC0}', '\u{4DFF}'),
    ('\u{A490}', '\u{A4C6}'),
    ('\u{A4FE}', '\u{A4FF}'),
    ('\u{A60D}', '\u{A60F}'),
    ('\u{A673}', '\u{A673}'),
    ('\u{A67E}', '\u{A67E}'),
    ('\u{A6F2}', '\u{A716}'),
    ('\u{A720}', '\u{A721}'),
    ('\u{A789}', '\u{A78A}'),
    ('\u{A828}', '\u{A82B}'),
    ('\u{A836}', '\u{A839}'),
    ('\u{A874}', '\u{A877}'),
    ('\u{A8CE}', '\u{A8CF}'),
    ('\u{A8F8}', '\u{A8FA}'),
    ('\u{A8FC}', '\u{A8FC}'),
    ('\u{A92E}', '\u{A92F}'),
    ('\u{A95F}', '\u{A95F}'),
    ('\u{A9C1}', '\u{A9CD}'),
    ('\u{A9DE}', '\u{A9DF}'),
    ('\u{AA5C}', '\u{AA5F}'),
    ('\u{AA77}', '\u{AA79}'),
    ('\u{AADE}', '\u{AADF}'),
    ('\u{AAF0}', '\u{AAF1}'),
    ('\u{AB5B}', '\u{AB5B}'),
    ('\u{AB6A}', '\u{AB6B}'),
    ('\u{ABEB}', '\u{ABEB}'),
    ('\u{FB29}', '\u{FB29}'),
    ('\u{FBB2}', '\u{FBC2}'),
    ('\u{FD3E}', '\u{FD4F}'),
    ('\u{FDCF}', '\u{FDCF}'),
    ('\u{FDFC}', '\u{FDFF}'),
    ('\u{FE0E}', '\u{FE19}'),
    ('\u{FE30}', '\u{FE6B}'),
    ('\u{FEFF}', '\u{FF0F}'),
    ('\u{FF1A}', '\u{FF20}'),
    ('\u{FF3B}', '\u{FF40}'),
    ('\u{FF5B}', '\u{FF65}'),
    ('\u{FFE0}', '\u{FFFD}'),
    ('\u{1F000}', '\u{1FAFF}'),
    ('\u{E0000}', '\u{E007F}'),
];

/// Returns the ranges of characters that are not in words, first and last, in order.
#[must_use]
pub fn separators() -> &'static [(char, char)] {
    &SEPARATORS
}

/// Whether a character lies between words.
pub(super) fn is_separator(c: char) -> bool {
    if c.is_ascii() { !c.is_ascii_alphanumeric() } else { is_in(&SEPARATORS, c) }
}

/// Whether a character is in one of some ranges, which are in order.
pub(super) fn is_in(ranges: &[(char, char)], c: char) -> bool {
    let after = ranges.partition_point(|(first, _)| *first <= c);
    after.checked_sub(1).and_then(|at| ranges.get(at)).is_some_and(|(_, last)| c <= *last)
}

#[cfg(test)]
mod tests {
    use super::{SEPARATORS, is_separator};

    #[test]
    fn the_table_is_in_order_and_right_for_ascii() {
        assert!(SEPARATORS.is_sorted_by(|(_, last), (first, _)| last < first));
        assert!(SEPARATORS.iter().all(|(first, last)| first <= last));
        for c in '\0'..='\u{FFFFF}' {
            assert_eq!(is_separator(c), SEPARATORS.iter().any(|(first, last)| (*first..=*last).contains(&c)), "{c:?}");
        }
    }

    #[test]
    fn letters_and_digits_are_in_words_and_nothing_else() {
        for c in "aZ9éßΩяІآשקहक्ักະခក្ሀあア漢한ㄱๆ๙٣९๓ⅷªµ\u{301}\u{5B8}\u{64B}\u{E49}".chars()
        {
            assert!(!is_separator(c), "{c:?}");
        }
        let signs = "،؛؟٪٫۔।॥־׳״·;՜։፡၊។་…、。〜「」・！～，·¿«»£€฿₿²¹½⅓№™℃→■⚠✅❤🔥";
        let unseen = "\u{AD}\u{200B}\u{200C}\u{200D}\u{202E}\u{FE0F}\u{20E3}\u{FEFF}\u{E0067}";
        for c in signs.chars().chain(unseen.chars()) {
            assert!(is_separator(c), "{c:?}");
        }
    }

    #[test]
    fn both_cases_of_a_letter_are_on_the_same_side() {
        for c in '\0'..=char::MAX {
            for other in c.to_lowercase().chain(c.to_uppercase()) {
                assert_eq!(is_separator(c), is_separator(other), "{c:?} {other:?}");
            }
        }
    }
}
