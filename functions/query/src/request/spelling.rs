//! What may have been meant by a name that does not exist.

/// How many slips of the pen a name may have for each of these many characters, and one anyway.
const CHARS_PER_SLIP: usize = 3;

/// The one of `known` that is closest to `name`, if it is close.
pub(super) fn closest(name: &str, known: &[&'static str]) -> Option<&'static str> {
    let distances = known.iter().map(|known| (slips(&name.to_lowercase(), known), *known));
    let close = distances.filter(|(slips, known)| *slips <= (known.len() / CHARS_PER_SLIP).max(1));
    close.min_by_key(|(slips, _)| *slips).map(|(_, known)| known)
}

/// How many characters are missing, too much, wrong or swapped with their neighbour (optimal string alignment).
fn slips(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut before: Vec<usize> = Vec::new();
    let mut above: Vec<usize> = (0..=b.len()).collect();
    for (i, from) in a.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, to) in b.iter().enumerate() {
            let kept_or_wrong = above[j] + usize::from(from != to);
            let is_swap = i > 0 && j > 0 && a[i - 1] == *to && *from == b[j - 1];
            let swapped = if is_swap { before[j - 1] + 1 } else { usize::MAX };
            row.push(kept_or_wrong.min(swapped).min(above[j + 1] + 1).min(row[j] + 1));
        }
        before = std::mem::replace(&mut above, row);
    }
    above[b.len()]
}

#[cfg(test)]
mod tests {
    use super::{closest, slips};

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
            assert_eq!(slips(a, b), expect, "{a} {b}");
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
