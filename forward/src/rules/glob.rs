//! Patterns such as `shop.*` and `urllib3.**`.

use std::fmt::Write as _;

/// Returns whether a text is a pattern.
pub(super) fn is_one(text: &str) -> bool {
    text.contains('*') || alternatives(text).is_some()
}

/// Returns the regular expression of a pattern. `*` is any text, `{a,b}` is one of both. Between dots, as in tags and
/// loggers, `*` is one part and `**` is any number of parts: `a.**` is `a` and all below it.
pub(super) fn to_regex(pattern: &str, is_dotted: bool) -> String {
    let mut regex = String::from("(?s)^");
    let mut rest = pattern;
    while !rest.is_empty() {
        if let Some((before, names, after)) = alternatives(rest).filter(|(before, ..)| before.is_empty()) {
            debug_assert!(before.is_empty());
            let names: Vec<String> = names.split(',').map(|name| part(name, is_dotted)).collect();
            let _ = write!(regex, "(?:{})", names.join("|"));
            rest = after;
        } else if is_dotted && rest == ".**" {
            regex.push_str(r"(?:\..*)?");
            rest = "";
        } else if is_dotted && let Some(after) = rest.strip_prefix("**.") {
            regex.push_str(r"(?:.*\.)?");
            rest = after;
        } else if let Some(after) = rest.strip_prefix("**") {
            regex.push_str(".*");
            rest = after;
        } else {
            let end = rest.char_indices().nth(1).map_or(rest.len(), |(end, _)| end);
            let (first, after) = rest.split_at(end);
            regex.push_str(&part(first, is_dotted));
            rest = after;
        }
    }
    regex.push('$');
    regex
}

fn part(text: &str, is_dotted: bool) -> String {
    let any = if is_dotted { "[^.]*" } else { ".*" };
    text.split('*').map(regex::escape).collect::<Vec<_>>().join(any)
}

/// Splits a text at its first `{a,b}`.
fn alternatives(text: &str) -> Option<(&str, &str, &str)> {
    let (before, rest) = text.split_once('{')?;
    let (names, after) = rest.split_once('}')?;
    names.contains(',').then_some((before, names, after))
}

#[cfg(test)]
mod tests {
    use regex::Regex;

    use super::{is_one, to_regex};

    #[test]
    fn a_pattern_matches() {
        fn check(pattern: &str, is_dotted: bool, yes: &[&str], no: &[&str]) {
            let regex = Regex::new(&to_regex(pattern, is_dotted)).unwrap();
            for (texts, expect) in [(yes, true), (no, false)] {
                for text in texts {
                    assert_eq!(regex.is_match(text), expect, "{pattern} {text}");
                }
            }
        }
        check("shop.*", true, &["shop.cart"], &["shop", "shop.cart.api", "workshop.x"]);
        check("urllib3.**", true, &["urllib3", "urllib3.connectionpool", "urllib3.util.retry"], &["urllib3x"]);
        check("**.api", true, &["api", "shop.api", "a.b.api"], &["apis", "shop.api.v1", "xapi"]);
        check("a.*.c", true, &["a.b.c"], &["a.c", "a.b.b.c"]);
        check("{shop,cart}.*", true, &["shop.x", "cart.x"], &["order.x"]);
        check("a**", true, &["a", "ab.c"], &["b"]);
        check("* beat*", false, &["the heart. beats\nonce"[4..].trim_start(), "a beat"], &["beat"]);
        check("(x+)*", false, &["(x+)", "(x+)y"], &["xx"]);
        check("größe*", false, &["größe 7"], &["grösse"]);
    }

    #[test]
    fn a_text_may_be_no_pattern() {
        for (text, expect) in [("shop", false), ("{x}", false), ("{a,b}", true), ("a*", true), ("}{,", false)] {
            assert_eq!(is_one(text), expect, "{text}");
        }
    }
}
