//! Ids in the objects of a record: in fields, in headers as lists or pairs, in text.

use super::best_of;
use super::document::Value;
use super::draft::Draft;
use super::field::Field;
use super::ids::{self, Holds};
use super::meaning::Meaning;
use super::names::Name;
use super::text_ids;
use super::uid_forms::is_uuid;
use super::vocabulary::Vocabulary;

/// How much worse an id is for each object that it is in.
const RANK_PER_DEPTH: usize = 8;
/// How much worse an id is that is called only `id`: it may be a counter of one process.
const RANK_OF_ID: usize = 24;
/// How many fields of a small object are looked at, such as one with a name and a value.
const MAX_SMALL_FIELDS: usize = 8;
/// What a field is called that holds another field's name, and one that holds its value.
const NAME_FIELDS: [&str; 4] = ["name", "key", "k", "header"];
const VALUE_FIELDS: [&str; 7] = ["value", "values", "v", "val", "vstr", "stringvalue", "string_value"];

/// Returns the ids in the objects of a record, each with its rank.
pub(super) fn of(draft: &Draft<'_>) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    let mut on_id = |id: ContainedId<'_>| found.push((id.rank, id.text));
    let mut search = Search::new(&draft.rules.vocabulary, &mut on_id);
    for (meaning, location) in draft.aliases().iter().filter(|(meaning, _)| meaning.holds_ids != Holds::No) {
        if let Some(field) = draft.field(*location) {
            search.search(&meaning.name, field, 1);
        }
    }
    found
}

/// An id in an object.
pub(super) struct ContainedId<'a> {
    /// The path of the object.
    pub(super) path: &'a str,
    pub(super) name: &'a str,
    pub(super) rank: usize,
    pub(super) text: String,
}

/// A search for ids in objects.
pub(super) struct Search<'v> {
    vocabulary: &'v Vocabulary,
    fields_left: usize,
    on_id: &'v mut dyn FnMut(ContainedId<'_>),
}

impl<'v> Search<'v> {
    pub(super) fn new(vocabulary: &'v Vocabulary, on_id: &'v mut dyn FnMut(ContainedId<'_>)) -> Self {
        Self { vocabulary, fields_left: ids::MAX_FIELDS, on_id }
    }

    /// Searches what may hold ids, which is in `depth` objects.
    pub(super) fn search(&mut self, path: &str, field: Field<'_>, depth: usize) {
        match field {
            Field::Object(_) => self.search_object(path, field, depth),
            Field::Array(_) => self.search_list(path, field, depth),
            Field::Scalar(Value::Text(text)) => self.search_text(path, path, text, depth),
            Field::Scalar(_) => {}
        }
    }

    fn search_object(&mut self, path: &str, object: Field<'_>, depth: usize) {
        for (name, field) in object.fields() {
            if !self.takes_field() {
                return;
            }
            self.search_field(path, name, field, depth);
        }
    }

    fn search_field(&mut self, path: &str, name: &str, field: Field<'_>, depth: usize) {
        match field {
            Field::Scalar(value) => {
                self.offer(path, name, value, depth);
                if let Value::Text(text) = value {
                    self.search_text(path, name, text, depth);
                }
            }
            field => match self.id_meaning(path, name).and_then(|_| only_value(field)) {
                Some(value) => self.offer(path, name, value, depth),
                None if depth < ids::MAX_DEPTH && self.holds_ids(name) => {
                    self.search(&format!("{path}.{name}"), field, depth + 1);
                }
                None => {}
            },
        }
    }

    /// Searches a list of objects, of pairs, of objects that each hold a name and a value, or of names and values in turn.
    fn search_list(&mut self, path: &str, list: Field<'_>, depth: usize) {
        let are_headers = ends_with(path, ids::HEADERS);
        let mut name_before = None;
        for (_, element) in list.fields() {
            if !self.takes_field() {
                return;
            }
            match element {
                Field::Scalar(Value::Text(text)) if are_headers => match (name_before.take(), text.split_once(": ")) {
                    (Some(name), _) => self.offer(path, name, Value::Text(text), depth),
                    (None, Some((name, value))) => self.offer(path, name, Value::Text(value), depth),
                    (None, None) => name_before = Some(text),
                },
                Field::Scalar(Value::Text(text)) => self.search_text(path, path, text, depth),
                Field::Scalar(_) => {}
                element => match named_value(element) {
                    Some((name, value)) => self.search_field(path, name, value, depth),
                    None if depth < ids::MAX_DEPTH => self.search(path, element, depth + 1),
                    None => {}
                },
            }
        }
    }

    /// Searches a text of names and values, if the field `name` or the object that it is in is known for such text.
    fn search_text(&mut self, path: &str, name: &str, text: &str, depth: usize) {
        let is_known = ids::TEXTS.iter().any(|known| ends_with(name, known));
        if !is_known && !ids::LISTS_OF_TEXTS.iter().any(|known| ends_with(path, known)) {
            return;
        }
        if ends_with(path, ids::TAGS) && is_uuid(text) {
            return self.offer(path, ids::REQUEST_ID, Value::Text(text), depth);
        }
        for id in text_ids::all(text, self.vocabulary) {
            let rank = id.rank + RANK_PER_DEPTH * depth;
            (self.on_id)(ContainedId { path, name: id.name, rank, text: id.id.to_owned() });
        }
    }

    fn takes_field(&mut self) -> bool {
        let takes = self.fields_left > 0;
        self.fields_left = self.fields_left.saturating_sub(1);
        takes
    }

    fn holds_ids(&self, name: &str) -> bool {
        self.vocabulary.spelled(Name::of(name)).is_some_and(|meaning| meaning.holds_ids != Holds::No)
    }

    /// Returns the meaning of a field that may be an id.
    fn id_meaning(&self, path: &str, name: &str) -> Option<&'v Meaning> {
        let object = path.rsplit('.').next().unwrap_or_default();
        let is = |known: &&str| name.eq_ignore_ascii_case(known);
        if name.eq_ignore_ascii_case(ids::OBJECTS_UID)
            && ids::WITH_OBJECTS_UID.iter().any(|known| ends_with(path, known))
        {
            return None;
        }
        // `id` alone may be anything's.
        let is_in_object = ids::IN_OBJECT.iter().any(is);
        let joined = match is_in_object {
            true if object.eq_ignore_ascii_case(ids::AGENTS_OBJECT) => format!("{}.{object}.{name}", ids::APM),
            true => format!("{object}.{name}"),
            false => String::new(),
        };
        let known = Name::of(if is_in_object { &joined } else { name });
        let has_rank = |meaning: &&Meaning| meaning.uid_rank.is_some();
        let exact = self.vocabulary.meaning(known).filter(has_rank);
        exact.or_else(|| self.vocabulary.spelled(known).filter(has_rank))
    }

    fn offer(&mut self, path: &str, name: &str, value: Value<'_>, depth: usize) {
        let Some(meaning) = self.id_meaning(path, name).filter(|meaning| meaning.form.admits(value)) else { return };
        let is_called_id = ids::IN_OBJECT.iter().any(|known| name.eq_ignore_ascii_case(known));
        let worse = RANK_PER_DEPTH * depth + if is_called_id { RANK_OF_ID } else { 0 };
        let rank = meaning.uid_rank.map(|rank| rank + worse);
        if let Some((rank, text)) = rank.zip(best_of::text_of(value)) {
            (self.on_id)(ContainedId { path, name, rank, text });
        }
    }
}

/// Returns whether the last name of a path ends so, without regard to case.
fn ends_with(path: &str, end: &str) -> bool {
    path.len().checked_sub(end.len()).is_some_and(|start| path.as_bytes()[start..].eq_ignore_ascii_case(end.as_bytes()))
}

/// Returns the only value of a list, or the one that an object holds with its type.
fn only_value(field: Field<'_>) -> Option<Value<'_>> {
    match field {
        Field::Array(_) => {
            let mut values = field.fields();
            let (_, only) = values.next()?;
            only.scalar().filter(|_| values.next().is_none())
        }
        Field::Object(_) => one_of(field, &VALUE_FIELDS)?.scalar(),
        Field::Scalar(_) => None,
    }
}

/// Returns the name and the value that a pair holds, or an object with a field for each.
fn named_value(element: Field<'_>) -> Option<(&str, Field<'_>)> {
    match element {
        Field::Array(_) => {
            let mut parts = element.fields();
            let (name, value) = (parts.next()?.1.text()?, parts.next()?.1);
            parts.next().is_none().then_some((name, value))
        }
        Field::Object(_) => Some((one_of(element, &NAME_FIELDS)?.text()?, one_of(element, &VALUE_FIELDS)?)),
        Field::Scalar(_) => None,
    }
}

/// Returns the first of a small object's fields that has one of these names.
fn one_of<'a>(object: Field<'a>, names: &[&str]) -> Option<Field<'a>> {
    let is_one = |(name, _): &(&str, _)| names.iter().any(|known| name.eq_ignore_ascii_case(known));
    object.fields().take(MAX_SMALL_FIELDS).find(is_one).map(|(_, field)| field)
}
