//! What the names of fields mean, so that a sender's field is looked up once.

use super::attribute::{Attribute, RESERVED};
use super::dialect;
use super::names::Name;

/// Where the name of the service is looked for, best first.
const SERVICE_FIELDS: [&str; 4] = ["service", "service.name", "app", "application"];

/// How many places the table has for each name: most names that mean nothing find one that is free at once.
const ROOM: usize = 4;

/// The names that mean something in a record.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Vocabulary {
    uid_fields: Vec<String>,
    /// A table by the hashes of the names: each is in its place or, where that is taken, in the next that is free.
    meanings: Vec<Option<Meaning>>,
}

/// What a name means: most that mean something mean one thing.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Meaning {
    hash: u64,
    pub(super) name: String,
    pub(super) attribute: Option<Attribute>,
    /// Whether logbraid writes a field of this name itself.
    pub(super) is_reserved: bool,
    /// Whether the field, or one within it, may stand for an attribute that is missing.
    pub(super) stands_in: bool,
    /// The place among the names of the correlation id; the lowest wins.
    pub(super) uid_rank: Option<usize>,
    /// The same among those of the service.
    pub(super) service_rank: Option<usize>,
}

impl Vocabulary {
    /// The names logbraid knows, and the fields whose first present value is the record's `log_uid`, best first.
    #[must_use]
    pub fn new(uid_fields: Vec<String>) -> Self {
        let attributes = Attribute::ALL.map(Attribute::name);
        let own = attributes.into_iter().chain(RESERVED).chain(SERVICE_FIELDS).chain(dialect::names());
        let own = own.map(|name| Meaning::of(name, &uid_fields));
        let of_uid =
            uid_fields.iter().flat_map(|field| [field, outermost(field)].map(|name| Meaning::of(name, &uid_fields)));
        let all: Vec<Meaning> = own.chain(of_uid).collect();
        let mut meanings = vec![None; (ROOM * all.len()).next_power_of_two()];
        for meaning in all {
            let place = probe(&meanings, Name::of(&meaning.name));
            meanings[place] = Some(meaning);
        }
        Self { uid_fields, meanings }
    }

    /// The fields whose first present value is the record's `log_uid`, best first.
    #[must_use]
    pub fn uid_fields(&self) -> &[String] {
        &self.uid_fields
    }

    /// What a name means; `None` if nothing.
    pub(super) fn meaning(&self, name: Name<'_>) -> Option<&Meaning> {
        self.meanings[probe(&self.meanings, name)].as_ref()
    }
}

impl Meaning {
    /// Whether the value may be the correlation id or the service.
    pub(super) fn is_candidate(&self) -> bool {
        self.uid_rank.is_some() || self.service_rank.is_some()
    }

    fn of(name: &str, uid_fields: &[String]) -> Self {
        let attribute = Attribute::named(name);
        // Under its own name it counts even where the configured names leave it out.
        let last = (attribute == Some(Attribute::LogUid)).then_some(uid_fields.len());
        Self {
            hash: Name::of(name).hash,
            name: name.to_owned(),
            attribute,
            is_reserved: RESERVED.contains(&name),
            stands_in: dialect::names().any(|known| known == name)
                || uid_fields.iter().any(|field| field != name && outermost(field) == name),
            uid_rank: uid_fields.iter().position(|field| field == name).or(last),
            service_rank: SERVICE_FIELDS.iter().position(|field| *field == name),
        }
    }
}

/// The name of the field that `log.level` is in, if not its own.
pub(super) fn outermost(name: &str) -> &str {
    name.split('.').next().unwrap_or(name)
}

/// Where in the table the name is, or would be: told by its hash alone, as in a document ([`Names`](super::names::Names)).
/// The table's size is a power of two, and not all of it is taken.
#[inline]
fn probe(meanings: &[Option<Meaning>], name: Name<'_>) -> usize {
    let is_other = |meaning: &Meaning| meaning.hash != name.hash;
    let mask = meanings.len() - 1;
    let [.., a, b] = name.hash.to_le_bytes();
    let mut place = usize::from(u16::from_le_bytes([a, b])) & mask;
    while meanings[place].as_ref().is_some_and(is_other) {
        place = (place + 1) & mask;
    }
    place
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Meaning, ROOM, Vocabulary};
    use crate::dialect;
    use crate::names::Name;

    fn means_something(meaning: &Meaning) -> bool {
        meaning.attribute.is_some() || meaning.is_reserved || meaning.stands_in || meaning.is_candidate()
    }

    fn vocabulary() -> Vocabulary {
        Vocabulary::new(["x.y", "fqdn", "order"].map(str::to_owned).to_vec())
    }

    #[test]
    fn a_name_has_its_meanings() {
        let vocabulary = vocabulary();
        let check = |name: &str, expect: (Option<&str>, bool, bool, Option<usize>, Option<usize>)| {
            let meaning = vocabulary.meaning(Name::of(name)).unwrap();
            let attribute = meaning.attribute.map(super::Attribute::name);
            let found = (attribute, meaning.is_reserved, meaning.stands_in, meaning.uid_rank, meaning.service_rank);
            assert_eq!(found, expect, "{name}");
        };
        check("msg", (Some("msg"), false, false, None, None));
        check("time", (None, true, true, None, None));
        check("service", (Some("service"), false, true, None, Some(0)));
        check("app", (None, false, false, None, Some(2)));
        check("log.level", (None, false, true, None, None));
        check("log", (None, false, true, None, None));
        check("x", (None, false, true, None, None));
        check("x.y", (None, false, false, Some(0), None));
        check("fqdn", (Some("fqdn"), false, false, Some(1), None));
        check("order", (None, false, false, Some(2), None));
        check("log_uid", (Some("log_uid"), false, false, Some(3), None));
    }

    #[test]
    fn other_names_mean_nothing() {
        for name in ["", "Msg", "order_id", "log_id", "y", "origin.file"] {
            assert_eq!(vocabulary().meaning(Name::of(name)), None, "{name}");
        }
    }

    #[test]
    fn every_name_that_means_something_is_in_it() {
        let vocabulary = vocabulary();
        let meanings: Vec<&Meaning> = vocabulary.meanings.iter().flatten().collect();
        assert!(ROOM * meanings.len() <= vocabulary.meanings.len());
        for meaning in meanings {
            assert_eq!(vocabulary.meaning(Name::of(&meaning.name)), Some(meaning));
            assert!(means_something(meaning), "{}", meaning.name);
        }
    }

    proptest! {
        #[test]
        fn a_name_means_what_the_lists_say(
            known in prop::sample::select(dialect::names().chain(["msg", "x", "order", "app", "sent"]).collect::<Vec<_>>()),
            kept in any::<prop::sample::Index>(),
            more in prop_oneof![2 => Just(String::new()), 1 => "[a-z._]{0,2}", 1 => any::<String>()],
        ) {
            let name = [&known[..=kept.index(known.len())], more.as_str()].concat();
            let vocabulary = vocabulary();
            let expect = Some(Meaning::of(&name, vocabulary.uid_fields())).filter(means_something);
            prop_assert_eq!(vocabulary.meaning(Name::of(&name)), expect.as_ref());
        }
    }
}
