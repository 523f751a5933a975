//! Projections: which fields of a record MongoDB sends.

use std::collections::BTreeSet;

use mongodb::bson::error::Error;
use mongodb::bson::{Document, RawDocument, RawDocumentBuf, doc};

use super::field_name::{FieldName, is_path};
use super::filter::named;

/// Some fields of a record. The `_id` is always among them.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Projection {
    /// The fields, with dots for nested ones. None of them lies in another: MongoDB refuses that.
    paths: BTreeSet<String>,
    /// Fields of the record whose names are no paths, each with the name under which MongoDB sends it.
    aliases: Vec<(String, String)>,
}

impl Projection {
    /// Returns the projection to these paths.
    #[must_use]
    pub fn of_paths(paths: &[&str]) -> Self {
        let all: BTreeSet<&str> = paths.iter().copied().collect();
        let is_within = |path: &str, other: &str| path.strip_prefix(other).is_some_and(|rest| rest.starts_with('.'));
        let outer = all.iter().filter(|path| !all.iter().any(|other| is_within(path, other)));
        Self { paths: outer.map(|path| (*path).to_owned()).collect(), aliases: Vec::new() }
    }

    /// Returns the projection to fields as [`FieldName`] means them, and to some paths. MongoDB sends more than the fields: a
    /// name with dots may mean a field within a name that has dots, so the whole outer field is sent.
    #[must_use]
    pub fn of_fields(names: &[FieldName], paths: &[&str]) -> Self {
        let names = || names.iter().map(FieldName::as_str);
        let outer = names().map(|name| name.split_once('.').map_or(name, |(outer, _)| outer));
        let of_paths =
            Self::of_paths(&outer.filter(|name| is_path(name)).chain(paths.iter().copied()).collect::<Vec<_>>());
        let unused = (0..).map(|number| format!("name {number}")).filter(|alias| names().all(|name| name != alias));
        let no_paths = names().filter(|name| name.contains('.') || !is_path(name));
        Self { aliases: unused.zip(no_paths.map(str::to_owned)).collect(), ..of_paths }
    }

    /// Returns the projection in MongoDB's language.
    pub(crate) fn document(&self) -> Document {
        let mut document = doc! { "_id": 1 };
        document.extend(self.paths.iter().map(|path| (path.clone(), 1.into())));
        document.extend(self.aliases.iter().map(|(alias, name)| (alias.clone(), named(name, "$$ROOT").into())));
        document
    }

    /// Gives the fields that MongoDB sent under another name their own.
    pub(crate) fn restore(&self, sent: RawDocumentBuf) -> Result<RawDocumentBuf, Error> {
        if self.aliases.is_empty() { Ok(sent) } else { self.renamed(&sent) }
    }

    fn renamed(&self, sent: &RawDocument) -> Result<RawDocumentBuf, Error> {
        let mut restored = RawDocumentBuf::new();
        for field in sent {
            let (key, value) = field?;
            match self.aliases.iter().find(|(alias, _)| alias == key.as_str()) {
                Some((_, name)) => restored.append(mongodb::bson::raw::CString::try_from(name.as_str())?, value),
                None => restored.append(key, value),
            }
        }
        Ok(restored)
    }
}

#[cfg(test)]
mod tests {
    use mongodb::bson::{Document, RawDocumentBuf, doc};

    use super::{FieldName, Projection};

    fn projection(names: &[&str], paths: &[&str]) -> Projection {
        let names: Vec<FieldName> = names.iter().map(|name| FieldName::parse(name).unwrap()).collect();
        Projection::of_fields(&names, paths)
    }

    #[test]
    fn names_are_paths_where_they_can_be() {
        fn check(names: &[&str], paths: &[&str], expect: &Document) {
            assert_eq!(projection(names, paths).document(), *expect, "{names:?} {paths:?}");
        }
        let named = |name: &str| doc! { "$getField": { "field": { "$literal": name }, "input": "$$ROOT" } };
        check(&[], &[], &doc! { "_id": 1 });
        check(&["b", "a", "b"], &[], &doc! { "_id": 1, "a": 1, "b": 1 });
        check(&["a"], &["source.stream"], &doc! { "_id": 1, "a": 1, "source.stream": 1 });
        check(&["source"], &["source.stream"], &doc! { "_id": 1, "source": 1 });
        check(&["a.b.c"], &[], &doc! { "_id": 1, "a": 1, "name 0": named("a.b.c") });
        check(
            &["$where", ".", "name 0"],
            &[],
            &doc! { "_id": 1, "name 0": 1, "name 1": named("$where"), "name 2": named(".") },
        );
    }

    #[test]
    fn fields_get_their_names_back() {
        let sent = RawDocumentBuf::try_from(&doc! { "_id": 1, "a": { "b": 2 }, "name 0": 3, "name 1": 4 }).unwrap();
        let restored = projection(&["a.b", "$x"], &[]).restore(sent.clone()).unwrap();
        assert_eq!(Document::try_from(&*restored).unwrap(), doc! { "_id": 1, "a": { "b": 2 }, "a.b": 3, "$x": 4 });
        assert_eq!(projection(&["a"], &[]).restore(sent.clone()).unwrap(), sent);
    }
}
