//! What the names of fields mean, so that a sender's field is looked up once.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

use super::attribute::{Attribute, RESERVED};
use super::dialect;
use super::names::Name;

/// Where the name of the service is looked for, best first.
const SERVICE_FIELDS: [&str; 4] = ["service", "service.name", "app", "application"];

/// The names that mean something in a record.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Vocabulary {
    uid_fields: Vec<String>,
    /// By the hash of the name.
    meanings: HashMap<u64, Meaning, BuildHasherDefault<Hashed>>,
}

/// What a name means: most that mean something mean one thing.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Meaning {
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
        let meanings = own.chain(of_uid).map(|meaning| (Name::of(&meaning.name).hash, meaning)).collect();
        Self { uid_fields, meanings }
    }

    /// The fields whose first present value is the record's `log_uid`, best first.
    #[must_use]
    pub fn uid_fields(&self) -> &[String] {
        &self.uid_fields
    }

    /// What a name means; `None` if nothing.
    pub(super) fn meaning(&self, name: Name<'_>) -> Option<&Meaning> {
        self.meanings.get(&name.hash).filter(|meaning| meaning.name == name.text)
    }
}

impl Meaning {
    fn of(name: &str, uid_fields: &[String]) -> Self {
        let attribute = Attribute::named(name);
        // Under its own name it counts even where the configured names leave it out.
        let last = (attribute == Some(Attribute::LogUid)).then_some(uid_fields.len());
        Self {
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

/// A number that is a hash already.
#[derive(Default)]
struct Hashed(u64);

impl Hasher for Hashed {
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
        }
    }

    fn write_u64(&mut self, hash: u64) {
        self.0 = hash;
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::{Meaning, Vocabulary};
    use crate::record::names::Name;

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
        for meaning in vocabulary.meanings.values() {
            assert_eq!(vocabulary.meaning(Name::of(&meaning.name)), Some(meaning));
            assert_ne!(Meaning { name: String::new(), ..meaning.clone() }, Meaning::of("", &[]), "{}", meaning.name);
        }
    }
}
