//! What tells pins apart: the uid, and the tenant that made the pin.

use std::slice;

use mongodb::bson::{Bson, Document, doc};
use record::LogUid;

use super::of_uids;
use crate::lookup::UidFields;
use crate::scope::{Scope, Tenant, TenantField};
use crate::{Condition, Lookup};

/// Which pin. Of a transaction that several tenants have records of, each has a pin of its own.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct PinKey {
    /// The uid, in the spelling of who pinned it.
    pub(crate) uid: String,
    /// Whose records are kept.
    pub(crate) scope: Scope,
}

impl PinKey {
    /// Reads the `_id` of a pin: the uid, or `{uid, field, tenant}`.
    pub(crate) fn read(pin: &Document) -> Option<Self> {
        match pin.get("_id")? {
            Bson::String(uid) => Some(Self { uid: uid.clone(), scope: Scope::Everything }),
            Bson::Document(id) => {
                let text = |name| id.get_str(name).ok();
                let tenant = Tenant::new(TenantField::parse(text("field")?)?, text("tenant")?.to_owned());
                Some(Self { uid: text("uid")?.to_owned(), scope: Scope::Tenant(tenant) })
            }
            _ => None,
        }
    }

    /// Returns the `_id`. The order of its fields is a part of it.
    pub(crate) fn id(&self) -> Bson {
        match &self.scope {
            Scope::Everything => self.uid.as_str().into(),
            Scope::Tenant(tenant) => doc! { "uid": &self.uid, "field": tenant.field(), "tenant": tenant.name() }.into(),
        }
    }

    /// Returns the filter of this pin's document.
    pub(crate) fn document(&self) -> Document {
        doc! { "_id": self.id() }
    }

    /// Returns the filter of the copies that the pin keeps; `None` for a uid that cannot be one.
    pub(crate) fn kept(&self) -> Option<Document> {
        kept_by(slice::from_ref(self)).pop()
    }

    /// Returns the lookup of all records that the pin keeps; `None` for a uid that cannot be one.
    pub(crate) fn lookup(&self) -> Option<Lookup> {
        LogUid::parse(&self.uid).ok().map(|uid| of_uids(&[uid]))
    }
}

/// Returns the filters of the copies that these pins keep: one for each scope.
pub(super) fn kept_by(pins: &[PinKey]) -> Vec<Document> {
    let mut by_scope: Vec<(&Scope, Vec<LogUid>)> = Vec::new();
    for pin in pins {
        let Ok(uid) = LogUid::parse(&pin.uid) else { continue };
        match by_scope.iter_mut().find(|(scope, _)| **scope == pin.scope) {
            Some((_, uids)) => uids.push(uid),
            None => by_scope.push((&pin.scope, vec![uid])),
        }
    }
    let filter = |(scope, uids): (&Scope, Vec<LogUid>)| {
        let narrowed = Condition::AnyUid(uids).within(scope);
        Lookup { filter: narrowed, ..of_uids(&[]) }.condition(UidFields::All)
    };
    by_scope.into_iter().map(filter).collect()
}

/// Returns the filter of the pins of a uid, in whatever spelling it was pinned, that a reader sees: a tenant its own, others all.
pub(super) fn pins_of(uid: &LogUid, scope: &Scope) -> Document {
    let spellings = uid.spellings();
    let of_tenants = doc! { "_id.uid": { "$in": &spellings } };
    match scope {
        Scope::Everything => doc! { "$or": [{ "_id": { "$in": &spellings } }, of_tenants] },
        Scope::Tenant(_) => doc! { "$and": [of_tenants, all_pins_of(scope)] },
    }
}

/// Returns the filter of all pins that a reader sees.
pub(super) fn all_pins_of(scope: &Scope) -> Document {
    match scope {
        Scope::Everything => Document::new(),
        Scope::Tenant(tenant) => doc! { "_id.field": tenant.field(), "_id.tenant": tenant.name() },
    }
}

#[cfg(test)]
mod tests {
    use mongodb::bson::{Document, doc};

    use super::{PinKey, kept_by};
    use crate::scope::{Scope, Tenant, TenantField};

    fn of_tenant(uid: &str, name: &str) -> PinKey {
        let field = TenantField::parse("tenant").unwrap();
        PinKey { uid: uid.to_owned(), scope: Scope::Tenant(Tenant::new(field, name.to_owned())) }
    }

    #[test]
    fn a_key_is_read_as_it_was_written() {
        let everybodys = PinKey { uid: "x".to_owned(), scope: Scope::Everything };
        assert_eq!(everybodys.document(), doc! { "_id": "x" });
        let own = of_tenant("x", "acme");
        assert_eq!(own.document(), doc! { "_id": { "uid": "x", "field": "tenant", "tenant": "acme" } });
        for key in [everybodys, own] {
            assert_eq!(PinKey::read(&key.document()), Some(key));
        }
        let others: [Document; 5] = [
            doc! {},
            doc! { "_id": 1 },
            doc! { "_id": { "uid": "x" } },
            doc! { "_id": { "uid": "x", "field": "$where", "tenant": "acme" } },
            doc! { "_id": { "uid": "x", "field": "tenant", "tenant": { "$ne": "" } } },
        ];
        for other in others {
            assert_eq!(PinKey::read(&other), None, "{other}");
        }
    }

    #[test]
    fn copies_are_kept_for_those_who_pinned_them() {
        assert_eq!(kept_by(&[]), Vec::<Document>::new());
        let pins = [of_tenant("x", "acme"), of_tenant("y", "acme"), of_tenant("x", "umbra")];
        let kept = kept_by(&pins);
        assert_eq!(kept.len(), 2);
        let (acme, umbra) = (kept[0].to_string(), kept[1].to_string());
        assert!(acme.contains("acme") && !acme.contains("umbra") && acme.contains('y'), "{acme}");
        assert!(umbra.contains("umbra") && !umbra.contains("acme"), "{umbra}");
    }
}
