//! What field names mean.

use super::attribute::{Attribute, RESERVED};
use super::dialect::{self, Alias, Reading, outermost};
use super::id_form::Form;
use super::ids::{self, Holds};
use super::names::Name;
use super::sender::Part;
use super::spelling::spelling;

/// The fields in which the service is looked for, best first.
pub(super) const SERVICE_FIELDS: [&str; 4] = ["service", "service.name", "app", "application"];

/// What a name means. Most names have one meaning.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Meaning {
    pub(super) hash: u64,
    pub(super) name: String,
    pub(super) attribute: Option<Attribute>,
    /// Whether logbraid itself writes a field of this name.
    pub(super) is_reserved: bool,
    /// Whether this field, or one within it, may stand for a missing attribute.
    pub(super) is_alias: bool,
    /// Its rank among the names of the correlation id; the lowest wins.
    pub(super) uid_rank: Option<usize>,
    /// What a value must be to be an id.
    pub(super) form: Form,
    /// Its rank among the names of the service.
    pub(super) service_rank: Option<usize>,
    /// What the field, or one within it, says where an attribute is missing.
    pub(super) roles: Vec<Role>,
    /// Where it may hold ids.
    pub(super) holds_ids: Holds,
    /// Its part in an envelope.
    pub(super) part: Option<Part>,
}

/// A field's part in filling in an attribute.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Role {
    pub(super) attribute: Attribute,
    pub(super) reading: Reading,
    /// Its rank among all aliases; the lowest wins.
    pub(super) rank: usize,
    /// The path to it within the field; empty for the field itself.
    pub(super) path: &'static str,
}

/// The rank of the first alias that comes in many spellings. Those compared as they are come first.
pub(super) const FIRST_SPELLED_RANK: usize = 1_000;
/// How far apart the ranks of two configured fields of the `log_uid` are. Other spellings and deeper fields lie between.
pub(super) const UID_RANK_STEP: usize = 64;
/// The rank of the first id that is local to a part of a transaction: a span.
pub(super) const FIRST_LOCAL_RANK: usize = 1 << 20;
/// The rank of an id or a service that is taken only if there is no other, since the envelope says it.
pub(super) const LAST_RANK: usize = 1 << 21;
/// The rank of the first business key. It never becomes the `log_uid`.
pub(super) const FIRST_KEY_RANK: usize = 1 << 22;

impl Meaning {
    /// Returns whether the field may stand for an attribute, or be a part of an envelope.
    pub(super) fn has_other_parts(&self) -> bool {
        self.is_alias || self.part.is_some() || !self.roles.is_empty()
    }

    /// Returns whether the value may be the correlation id or the service.
    pub(super) fn is_candidate(&self) -> bool {
        self.uid_rank.is_some() || self.service_rank.is_some()
    }

    /// Creates the meaning of a name that is compared as it is.
    pub(super) fn of(name: &str, uid_fields: &[String], alias_fields: &[String]) -> Self {
        let attribute = Attribute::named(name);
        let position = |fields: &[String]| fields.iter().position(|field| field == name);
        // `log_uid` itself always counts, even if it is not configured.
        let last = (attribute == Some(Attribute::LogUid)).then_some(uid_fields.len());
        let uid_rank = position(uid_fields).or(last).map(|rank| rank * UID_RANK_STEP);
        let exact = || ids::EXACT_NAMES.iter().find(|(_, exact)| *exact == name);
        let uid_rank = uid_rank.or_else(|| rank_of(exact()?.0, uid_fields));
        Self {
            hash: Name::of(name).hash,
            name: name.to_owned(),
            attribute,
            is_reserved: RESERVED.contains(&name),
            is_alias: dialect::names().any(|known| known == name)
                || uid_fields.iter().chain(alias_fields).any(|field| field != name && outermost(field) == name),
            uid_rank: uid_rank.or_else(|| position(alias_fields).map(key_rank)),
            form: Form::Any,
            service_rank: SERVICE_FIELDS.iter().position(|field| *field == name),
            roles: dialect::aliases().enumerate().filter_map(|(rank, alias)| Role::of(rank, alias, name)).collect(),
            holds_ids: Holds::No,
            part: None,
        }
    }

    /// Creates the meaning of a spelling, which is nothing yet.
    pub(super) fn of_spelling(spelling: String) -> Self {
        Self {
            hash: Name::of(&spelling).hash,
            name: spelling,
            attribute: None,
            is_reserved: false,
            is_alias: false,
            uid_rank: None,
            form: Form::Any,
            service_rank: None,
            roles: Vec::new(),
            holds_ids: Holds::No,
            part: None,
        }
    }

    /// Returns what is left of the meaning if the field is only an id.
    pub(super) fn as_id(&self) -> Self {
        Self { uid_rank: self.uid_rank, form: self.form, ..Self::of_spelling(self.name.clone()) }
    }

    /// Adds a rank among the names of the correlation id.
    pub(super) fn rank_as_uid(&mut self, rank: usize) {
        self.uid_rank = Some(self.uid_rank.map_or(rank, |known| known.min(rank)));
    }
}

/// Returns the rank of a kind of ids; `None` if the configured fields have none of this kind. A kind that is not
/// configured itself counts if traces do.
pub(super) fn rank_of(kind: ids::Kind, uid_fields: &[String]) -> Option<usize> {
    let position = |kind: ids::Kind| {
        let names = ids::NAMES.into_iter().find(|(known, _)| *known == kind).map_or(&[][..], |(_, names)| names);
        uid_fields.iter().position(|field| spelling(field).is_some_and(|field| names.contains(&field.as_str())))
    };
    let own = position(kind).map(|position| position * UID_RANK_STEP + 2);
    let trace = position(ids::Kind::Trace);
    own.or_else(|| match kind {
        ids::Kind::Transaction => trace.map(|trace| (trace * UID_RANK_STEP).saturating_sub(1)),
        ids::Kind::Agent => trace.map(|_| (uid_fields.len() + 1) * UID_RANK_STEP),
        ids::Kind::Span => trace.map(|_| FIRST_LOCAL_RANK),
        ids::Kind::User => trace.map(|_| FIRST_LOCAL_RANK + UID_RANK_STEP),
        _ => None,
    })
}

/// Returns the rank of a business key by its position among the configured ones.
pub(super) fn key_rank(position: usize) -> usize {
    FIRST_KEY_RANK + position * UID_RANK_STEP
}

impl Role {
    /// Returns the role of the field `name` if the alias is that field or one within it.
    pub(super) fn of(rank: usize, alias: &Alias, name: &str) -> Option<Self> {
        let path = if alias.name == name {
            ""
        } else {
            alias.name.split_once('.').filter(|(outermost, _)| *outermost == name)?.1
        };
        Some(Self { attribute: alias.attribute, reading: alias.reading, rank, path })
    }
}
