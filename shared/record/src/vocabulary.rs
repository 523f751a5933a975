//! Maps field names to their meanings, so that each of a sender's fields is looked up once.

use std::collections::BTreeMap;

use super::attribute::{Attribute, RESERVED};
use super::dialect::{self, outermost};
use super::id_form::FORMS;
use super::ids::{self, Holds};
use super::meaning::{FIRST_SPELLED_RANK, Meaning, Role, SERVICE_FIELDS, UID_RANK_STEP, key_rank, rank_of};
use super::names::Name;
use super::sender::PARTS;
use super::spelled::Spelled;
use super::spelling::spelling;

/// Table slots per name. With four, the lookup of an unknown name mostly hits a free slot at once.
const SLOTS_PER_NAME: usize = 4;

/// The field names that have a meaning.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Vocabulary {
    uid_fields: Vec<String>,
    /// The names of business keys that count as ids.
    alias_fields: Vec<String>,
    /// Those of both that are paths.
    paths: Vec<String>,
    /// A hash table with linear probing: a name is in the slot of its hash, or in the next free one.
    meanings: Vec<Option<Meaning>>,
    /// The names that come in many spellings.
    spelled: Spelled,
}

impl Vocabulary {
    /// Creates the vocabulary: the names that logbraid knows, the configured fields of the `log_uid`, best first, and the
    /// fields with business keys by which a record is found, too.
    #[must_use]
    pub fn new(uid_fields: Vec<String>, alias_fields: Vec<String>) -> Self {
        let meaning = |name: &str| Meaning::of(name, &uid_fields, &alias_fields);
        let attributes = Attribute::ALL.map(Attribute::name);
        let counts = |kind: ids::Kind| rank_of(kind, &uid_fields).is_some();
        let exact_ids = ids::EXACT_NAMES.iter().filter(|(kind, _)| counts(*kind)).map(|(_, name)| *name);
        let own = attributes.into_iter().chain(RESERVED).chain(SERVICE_FIELDS).chain(dialect::names());
        let own = own.chain(exact_ids).map(meaning);
        let configured = uid_fields.iter().chain(&alias_fields).flat_map(|field| [field.as_str(), outermost(field)]);
        let all: Vec<Meaning> = own.chain(configured.map(meaning)).collect();
        let mut meanings = vec![None; (SLOTS_PER_NAME * all.len()).next_power_of_two()];
        for meaning in all {
            let slot = probe(&meanings, Name::of(&meaning.name));
            meanings[slot] = Some(meaning);
        }
        let spelled = Spelled::new(spelled_meanings(&uid_fields, &alias_fields));
        let fields = uid_fields.iter().chain(&alias_fields);
        let paths = fields.filter(|field| field.contains('.')).cloned().collect();
        Self { uid_fields, alias_fields, paths, meanings, spelled }
    }

    /// Returns the configured fields of ids that are paths: those of the `log_uid`, best first, and those of business keys.
    pub(super) fn id_paths(&self) -> &[String] {
        &self.paths
    }

    /// Returns what a name means; `None` if nothing.
    pub(super) fn meaning(&self, name: Name<'_>) -> Option<&Meaning> {
        self.meanings[probe(&self.meanings, name)].as_ref()
    }

    /// Returns what a name means in whatever spelling; `None` if nothing.
    #[inline]
    pub(super) fn spelled(&self, name: Name<'_>) -> Option<&Meaning> {
        self.spelled.meaning(name)
    }
}

/// Returns the meanings of the names that come in many spellings, by spelling.
fn spelled_meanings(uid_fields: &[String], alias_fields: &[String]) -> BTreeMap<String, Meaning> {
    let mut meanings = BTreeMap::new();
    let mut add = |name: &str, add: &dyn Fn(&mut Meaning)| {
        if let Some(spelling) = spelling(name) {
            add(meanings.entry(spelling).or_insert_with_key(|spelling| Meaning::of_spelling(spelling.clone())));
        }
    };
    for (position, field) in uid_fields.iter().enumerate() {
        add(field, &|meaning| meaning.rank_as_uid(position * UID_RANK_STEP + 1));
    }
    for (kind, names) in ids::NAMES {
        if let Some(rank) = rank_of(kind, uid_fields) {
            for name in names {
                add(name, &|meaning| meaning.rank_as_uid(rank));
            }
        }
    }
    for (position, field) in alias_fields.iter().enumerate() {
        add(field, &|meaning| meaning.rank_as_uid(key_rank(position)));
    }
    for (name, form) in FORMS {
        add(name, &|meaning| meaning.form = form);
    }
    for container in ids::CONTAINERS.into_iter().chain(ids::OTHERS_CONTAINERS) {
        add(container, &|meaning| meaning.holds_ids = Holds::of(container));
    }
    for (name, part) in PARTS {
        add(name, &|meaning| meaning.part = Some(part));
    }
    for (rank, alias) in dialect::spelled().enumerate() {
        for name in [alias.name, outermost(alias.name)] {
            if let Some(role) = Role::of(FIRST_SPELLED_RANK + rank, alias, name) {
                add(name, &|meaning| {
                    if !meaning.roles.contains(&role) {
                        meaning.roles.push(role);
                    }
                });
            }
        }
    }
    meanings
}

/// Returns the slot that holds the name, or the free slot where it belongs. Names are compared by hash only, as in
/// [`Names`](super::names::Names). The table's size is a power of two, and some slots are always free.
#[inline]
fn probe(meanings: &[Option<Meaning>], name: Name<'_>) -> usize {
    let is_other = |meaning: &Meaning| meaning.hash != name.hash;
    let mask = meanings.len() - 1;
    let [.., a, b] = name.hash.to_le_bytes();
    let mut slot = usize::from(u16::from_le_bytes([a, b])) & mask;
    while meanings[slot].as_ref().is_some_and(is_other) {
        slot = (slot + 1) & mask;
    }
    slot
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Meaning, SLOTS_PER_NAME, Vocabulary};
    use crate::dialect;
    use crate::meaning::FIRST_KEY_RANK;
    use crate::names::Name;

    fn means_something(meaning: &Meaning) -> bool {
        meaning.attribute.is_some() || meaning.is_reserved || meaning.is_alias || meaning.is_candidate()
    }

    fn vocabulary() -> Vocabulary {
        Vocabulary::new(["x.y", "fqdn", "order"].map(str::to_owned).to_vec(), vec!["customer.id".to_owned()])
    }

    #[test]
    fn a_name_has_its_meanings() {
        let vocabulary = vocabulary();
        let check = |name: &str, expect: (Option<&str>, bool, bool, Option<usize>, Option<usize>)| {
            let meaning = vocabulary.meaning(Name::of(name)).unwrap();
            let attribute = meaning.attribute.map(super::Attribute::name);
            let found = (attribute, meaning.is_reserved, meaning.is_alias, meaning.uid_rank, meaning.service_rank);
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
        check("fqdn", (Some("fqdn"), false, false, Some(64), None));
        check("order", (None, false, false, Some(128), None));
        check("customer.id", (None, false, false, Some(FIRST_KEY_RANK), None));
        check("customer", (None, false, true, None, None));
        check("log_uid", (Some("log_uid"), false, false, Some(192), None));
    }

    #[test]
    fn other_names_mean_nothing() {
        for name in ["", "Msg", "order_id", "log_id", "y", "origin.file"] {
            assert_eq!(vocabulary().meaning(Name::of(name)), None, "{name}");
        }
    }

    #[test]
    fn every_meaning_is_found_by_its_name() {
        let vocabulary = vocabulary();
        let meanings: Vec<&Meaning> = vocabulary.meanings.iter().flatten().collect();
        assert!(SLOTS_PER_NAME * meanings.len() <= vocabulary.meanings.len());
        for meaning in meanings {
            assert_eq!(vocabulary.meaning(Name::of(&meaning.name)), Some(meaning));
            assert!(means_something(meaning), "{}", meaning.name);
        }
    }

    proptest! {
        #[test]
        fn any_name_means_what_the_lists_say(
            known in prop::sample::select(dialect::names().chain(["msg", "x", "order", "app", "sent"]).collect::<Vec<_>>()),
            kept in any::<prop::sample::Index>(),
            more in prop_oneof![2 => Just(String::new()), 1 => "[a-z._]{0,2}", 1 => any::<String>()],
        ) {
            let name = [&known[..=kept.index(known.len())], more.as_str()].concat();
            let vocabulary = vocabulary();
            let expect = Some(Meaning::of(&name, &vocabulary.uid_fields, &vocabulary.alias_fields)).filter(means_something);
            prop_assert_eq!(vocabulary.meaning(Name::of(&name)), expect.as_ref());
        }
    }
}
