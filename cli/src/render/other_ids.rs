//! The other ids that the records of a transaction carry.

use serde::Deserialize;

use super::escape::visible;

/// The most ids that are shown.
const MAX_SHOWN: usize = 20;

/// What became of following ids.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Followed {
    ids: u64,
    /// The limit that ended it.
    cut: Option<String>,
}

/// The other ids on all pages so far.
#[derive(Debug, Default)]
pub(super) struct OtherIds {
    ids: Vec<String>,
    is_over: bool,
    followed: Option<Followed>,
}

impl OtherIds {
    /// Adds those of a page.
    pub(super) fn add(&mut self, ids: &[String], is_over: bool, followed: Option<&Followed>) {
        let new: Vec<String> = ids.iter().filter(|id| !self.ids.contains(id)).cloned().collect();
        self.is_over |= is_over || self.ids.len() + new.len() > MAX_SHOWN;
        self.ids.extend(new);
        self.ids.truncate(MAX_SHOWN);
        if let Some(followed) = followed {
            self.followed = Some(followed.clone());
        }
    }

    /// Renders the ids; `None` if there are none.
    pub(super) fn line(&self) -> Option<String> {
        if self.ids.is_empty() {
            return None;
        }
        let ids: Vec<String> = self.ids.iter().map(|id| visible(id).into_owned()).collect();
        let more = if self.is_over { " and more" } else { "" };
        let hint = if self.followed.is_none() { " (--follow takes their records, too)" } else { "" };
        Some(format!("also known as {}{more}{hint}", ids.join(", ")))
    }

    /// Returns a warning if a limit ended the following of ids.
    pub(super) fn warning(&self) -> Option<String> {
        let Followed { ids, cut: Some(cut) } = self.followed.as_ref()? else { return None };
        let limit = match cut.as_str() {
            "ids" => "no more are followed".to_owned(),
            "rounds" => "these may lead to more, which are not followed".to_owned(),
            "time_limit" => "the time for following ids was up".to_owned(),
            other => format!("the limit `{}` was reached", visible(other)),
        };
        Some(format!("followed {ids} ids: {limit}"))
    }
}

#[cfg(test)]
mod tests {
    use super::{Followed, MAX_SHOWN, OtherIds};

    fn all(pages: &[(&[&str], bool)], followed: Option<&Followed>) -> OtherIds {
        let mut all = OtherIds::default();
        for (ids, is_over) in pages {
            all.add(&ids.iter().map(|id| (*id).to_owned()).collect::<Vec<_>>(), *is_over, followed);
        }
        all
    }

    #[test]
    fn other_ids_are_shown_once() {
        fn check(pages: &[(&[&str], bool)], expect: Option<&str>) {
            assert_eq!(all(pages, None).line().as_deref(), expect, "{pages:?}");
        }
        check(&[], None);
        check(&[(&[], false)], None);
        let hint = "(--follow takes their records, too)";
        check(&[(&["a", "b"], false), (&["b", "c"], false)], Some(&format!("also known as a, b, c {hint}")));
        check(&[(&["a"], true)], Some(&format!("also known as a and more {hint}")));
        let names: Vec<String> = (0..=MAX_SHOWN).map(|number| format!("id{number}")).collect();
        let many: Vec<&str> = names.iter().map(String::as_str).collect();
        let shown = format!("also known as {} and more {hint}", many[..MAX_SHOWN].join(", "));
        check(&[(&many, false)], Some(&shown));
        let followed = Followed { ids: 2, cut: None };
        assert_eq!(all(&[(&["a"], false)], Some(&followed)).line().as_deref(), Some("also known as a"));
    }

    #[test]
    fn a_limit_is_reported() {
        fn check(cut: Option<&str>, expect: Option<&str>) {
            let followed = Followed { ids: 100, cut: cut.map(str::to_owned) };
            assert_eq!(all(&[(&["a"], false)], Some(&followed)).warning().as_deref(), expect, "{cut:?}");
        }
        check(None, None);
        check(Some("ids"), Some("followed 100 ids: no more are followed"));
        check(Some("rounds"), Some("followed 100 ids: these may lead to more, which are not followed"));
        check(Some("time_limit"), Some("followed 100 ids: the time for following ids was up"));
        check(Some("else"), Some("followed 100 ids: the limit `else` was reached"));
        assert_eq!(all(&[], None).warning(), None);
    }
}
