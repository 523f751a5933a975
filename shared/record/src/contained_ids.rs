//! Ids, the service and exceptions in the objects of a record: in fields, in headers as lists or pairs, in text.

use super::attribute::Attribute;
use super::best_of;
use super::contained_exceptions::{Exceptions, Said};
use super::dialect::Reading;
use super::draft::Draft;
use super::field::Field;
use super::ids::{self, Holds};
use super::logstash_async;
use super::meaning::{Meaning, Role};
use super::names::Name;
use super::reading::AliasedValue;
use super::scales::Scales;
use super::sender::{Part, Sender};
use super::spelling::spelling;
use super::text_ids;
use super::uid;
use super::uid_forms::is_uuid;
use super::value::Value;
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
/// The usual name of the object with what a library adds to a record.
const EXTRA: &str = "extra";

/// What a name means as it is, and in whatever spelling.
type Meanings<'v> = [Option<&'v Meaning>; 2];

/// What the objects of a record hold.
pub(super) struct Contents {
    /// The ids, each with its rank.
    pub(super) ids: Vec<(usize, String)>,
    /// The service in the outermost object.
    pub(super) service: Option<String>,
    /// The best exception.
    pub(super) exception: Option<String>,
    /// The logger's name.
    pub(super) logger: Option<String>,
}

/// Returns what the objects of a record hold.
pub(super) fn of(draft: &Draft<'_>) -> Contents {
    let (mut ids, mut exceptions) = (Vec::new(), Exceptions::default());
    let mut service: Option<(usize, String)> = None;
    let mut logger = None;
    let mut on_found = |found: Contained<'_>| match found.what {
        What::Id { rank } => ids.push((rank, found.text)),
        What::Service { depth } if service.as_ref().is_none_or(|(known, _)| depth < *known) => {
            service = Some((depth, found.text));
        }
        What::Service { .. } => {}
        What::Exception(said) => exceptions.add(found.path, said, found.text),
    };
    let mut search = Search::new(draft, &mut on_found);
    for (meaning, location) in draft.aliases() {
        if meaning.holds_ids != Holds::No
            && let Some(field) = draft.field(*location)
        {
            search.search(&meaning.name, field, 1);
        } else if meaning.part == Some(Part::Mark(Sender::Logstash))
            && let Some((name, extra)) = draft.logstashs_extra()
        {
            logger = logstash_async::logger(extra);
            if !holds_ids(search.meanings(name)) {
                search.search(EXTRA, extra, 1);
            }
        }
    }
    Contents { ids, service: service.map(|(_, service)| service), exception: exceptions.best(), logger }
}

/// What was found in an object.
pub(super) struct Contained<'a> {
    /// The path of the object.
    pub(super) path: &'a str,
    pub(super) name: &'a str,
    pub(super) text: String,
    pub(super) what: What,
}

/// What a field in an object is.
#[derive(Clone, Copy, Eq, PartialEq)]
pub(super) enum What {
    Id { rank: usize },
    Service { depth: usize },
    Exception(Said),
}

/// A search for ids, the service and exceptions in objects.
pub(super) struct Search<'v> {
    vocabulary: &'v Vocabulary,
    scales: Scales<'v, 'v>,
    /// Whether the record has no exception of its own.
    wants_exception: bool,
    /// Whether the record has no service of its own.
    wants_service: bool,
    fields_left: usize,
    on_found: &'v mut dyn FnMut(Contained<'_>),
}

impl<'v> Search<'v> {
    pub(super) fn new(draft: &'v Draft<'v>, on_found: &'v mut dyn FnMut(Contained<'_>)) -> Self {
        let wants_exception = draft.offset(Attribute::ExcText).is_none();
        let wants_service = draft.service.text().is_none();
        let (vocabulary, fields_left) = (&draft.rules.vocabulary, ids::MAX_FIELDS);
        Self { vocabulary, scales: Scales(draft), wants_exception, wants_service, fields_left, on_found }
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
        let meanings = self.meanings(name);
        if self.wants_exception {
            self.offer_exception(meanings, path, name, field, depth);
        }
        if self.wants_service {
            self.offer_service(meanings, path, name, field, depth);
        }
        match field {
            Field::Scalar(value) => {
                self.offer(meanings, path, name, value, depth);
                if let Value::Text(text) = value {
                    self.search_text(path, name, text, depth);
                }
            }
            field => match self.id_meaning(meanings, path, name).and_then(|_| only_value(field)) {
                Some(value) => self.offer(meanings, path, name, value, depth),
                None if depth < ids::MAX_DEPTH && holds_ids(meanings) => {
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
                    (Some(name), _) => self.offer(self.meanings(name), path, name, Value::Text(text), depth),
                    (None, Some((name, value))) => {
                        self.offer(self.meanings(name), path, name, Value::Text(value), depth);
                    }
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
            return self.offer(self.meanings(ids::REQUEST_ID), path, ids::REQUEST_ID, Value::Text(text), depth);
        }
        for id in text_ids::all(text, self.vocabulary) {
            let rank = id.rank + RANK_PER_DEPTH * depth;
            (self.on_found)(Contained { path, name: id.name, text: id.id.to_owned(), what: What::Id { rank } });
        }
    }

    fn takes_field(&mut self) -> bool {
        let takes = self.fields_left > 0;
        self.fields_left = self.fields_left.saturating_sub(1);
        takes
    }

    /// Returns what a name means as it is, and in whatever spelling.
    fn meanings(&self, name: &str) -> Meanings<'v> {
        let name = Name::of(name);
        [self.vocabulary.meaning(name), self.vocabulary.spelled(name)]
    }

    /// Returns the meaning of a field that may be an id.
    fn id_meaning(&self, meanings: Meanings<'v>, path: &str, name: &str) -> Option<&'v Meaning> {
        let object = path.rsplit('.').next().unwrap_or_default();
        let is = |known: &&str| name.eq_ignore_ascii_case(known);
        if name.eq_ignore_ascii_case(ids::OBJECTS_UID)
            && ids::WITH_OBJECTS_UID.iter().any(|known| ends_with(path, known))
        {
            return None;
        }
        // `id` alone may be anything's.
        let meanings = if ids::IN_OBJECT.iter().any(is) {
            let apm = if object.eq_ignore_ascii_case(ids::AGENTS_OBJECT) { ids::APM } else { "" };
            self.meanings(&[apm, if apm.is_empty() { "" } else { "." }, object, ".", name].concat())
        } else {
            meanings
        };
        meanings.into_iter().flatten().find(|meaning| meaning.uid_rank.is_some())
    }

    fn offer(&mut self, meanings: Meanings<'v>, path: &str, name: &str, value: Value<'_>, depth: usize) {
        let meaning = self.id_meaning(meanings, path, name).filter(|meaning| meaning.form.admits(value));
        let Some(meaning) = meaning else { return };
        let is_called_id = ids::IN_OBJECT.iter().any(|known| name.eq_ignore_ascii_case(known));
        let worse = RANK_PER_DEPTH * depth + if is_called_id { RANK_OF_ID } else { 0 };
        let rank = meaning.uid_rank.map(|rank| rank + worse);
        if let Some((rank, text)) = rank.zip(best_of::text_of(value)) {
            (self.on_found)(Contained { path, name, text, what: What::Id { rank } });
        }
    }

    /// Offers the service in an object with which a library extends a record. What came with a request names another one.
    fn offer_service(&mut self, meanings: Meanings<'v>, path: &str, name: &str, field: Field<'_>, depth: usize) {
        let own = |meaning: &&Meaning| meaning.service_rank.and_then(|_| field.text());
        let is_service = |role: &&Role| role.attribute == Attribute::Service && role.reading == Reading::Text;
        let all = || meanings.into_iter().flatten();
        let of_role = || {
            let mut roles = all().flat_map(|meaning| &meaning.roles).filter(is_service);
            roles.find_map(|role| role.find(field)?.text())
        };
        let Some(service) = all().find_map(|meaning| own(&meaning)).or_else(of_role).and_then(uid::of_text) else {
            return;
        };
        let is_number = service.bytes().all(|byte| byte.is_ascii_digit());
        let is_of_others = |object: &str| {
            spelling(object).is_some_and(|object| {
                object.ends_with(ids::HEADERS) || ids::OTHERS_CONTAINERS.contains(&object.as_str())
            })
        };
        if !is_number && !path.split('.').any(is_of_others) {
            (self.on_found)(Contained { path, name, text: service.to_owned(), what: What::Service { depth } });
        }
    }

    fn offer_exception(&mut self, meanings: Meanings<'v>, path: &str, name: &str, field: Field<'_>, depth: usize) {
        let is_exceptions = |role: &&Role| role.attribute == Attribute::ExcText && role.path.is_empty();
        let mut roles =
            meanings.into_iter().flatten().flat_map(|meaning| &meaning.roles).filter(is_exceptions).peekable();
        if roles.peek().is_none() {
            return;
        }
        let read = |role: &Role| match role.read(field, self.scales)?.1 {
            AliasedValue::Text(text) => Some(text),
            _ => None,
        };
        // OpenTelemetry writes an object with the value's type.
        let of_type = || match only_value(field)? {
            Value::Text(text) => Some(text.to_owned()),
            _ => None,
        };
        if let Some(text) = roles.find_map(read).or_else(of_type)
            && let Some(said) = Said::of(path, name, field, &text, depth)
        {
            (self.on_found)(Contained { path, name, text, what: What::Exception(said) });
        }
    }
}

fn holds_ids(meanings: Meanings<'_>) -> bool {
    meanings[1].is_some_and(|meaning| meaning.holds_ids != Holds::No)
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
