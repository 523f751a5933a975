//! Suggests the known name that was probably meant.

use strsim::osa_distance;

/// A known name may differ by one slip for each of so many characters, and by one slip anyway. A slip is a character
/// that is missing, extra, wrong, or swapped with the next.
const CHARS_PER_SLIP: usize = 3;

/// Returns the known name that is closest to `name`, if it is close.
pub(super) fn closest(name: &str, known: &[&'static str]) -> Option<&'static str> {
    let name = name.to_lowercase();
    let distances = known.iter().map(|known| (osa_distance(&name, known), *known));
    let close = distances.filter(|(slips, known)| *slips <= (known.len() / CHARS_PER_SLIP).max(1));
    close.min_by_key(|(slips, _)| *slips).map(|(_, known)| known)
}

#[cfg(test)]
mod tests {
    use super::{closest, osa_distance};

    #[test]
    fn close_names_are_suggested() {
        fn check(name: &str, expect: Option<&str>) {
            assert_eq!(closest(name, &["from", "to", "after"]), expect, "{name}");
        }
        check("form", Some("from"));
        check("From", Some("from"));
        check("AFTRE", Some("after"));
        check("too", Some("to"));
        check("since", None);
        check("", None);
        check("uid[$ne]", None);
    }

    #[test]
    fn slips_are_counted() {
        fn check(a: &str, b: &str, expect: usize) {
            assert_eq!(osa_distance(a, b), expect, "{a} {b}");
        }
        check("", "", 0);
        check("from", "from", 0);
        check("from", "form", 1);
        check("from", "rom", 1);
        check("from", "ffrom", 1);
        check("from", "frob", 1);
        check("", "from", 4);
        check("größe", "grösse", 2);
    }
}
