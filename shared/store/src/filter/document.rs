//! Conditions in MongoDB's language. No other file writes them.

use mongodb::bson::{Bson, Document, doc};
use record::{EventTime, LogUid};

use super::{Comparison, Condition, FieldTest, Literal, TextPattern};
use crate::field_name::{FieldName, is_path};
use crate::scope::Tenant;

/// The variable that stands for an element of a list.
const ELEMENT: &str = "one";
const MICROS_PER_MILLI: i64 = 1_000;
/// Where [`Condition::Text`] looks: the message, and the exception in both of Python's forms.
const TEXT_FIELDS: [&str; 3] = ["message", "exc_text", "exc_info"];

impl Condition {
    /// Returns the condition in MongoDB's language: empty where all records match. Ids of transactions are those in
    /// `uid_field`.
    pub(crate) fn document(&self, uid_field: &str) -> Document {
        match self {
            Self::All(parts) => all(parts.iter().map(|part| part.document(uid_field))),
            Self::Not(condition) => doc! { "$nor": [condition.document(uid_field)] },
            Self::Id(ids) => doc! { "_id": { "$in": ids } },
            Self::AnyUid(uids) => {
                doc! { uid_field: { "$in": uids.iter().flat_map(LogUid::spellings).collect::<Vec<_>>() } }
            }
            Self::MinLevel(number) => doc! { "levelno": { "$gte": number } },
            Self::Service(names) => doc! { "service": { "$in": names } },
            Self::Host(names) => doc! { "fqdn": { "$in": names } },
            Self::Logger(names) => any(names.iter().flat_map(|name| logger(name))),
            Self::Text(pattern) => text(pattern),
            Self::Phrase(phrase) => phrase.document(),
            Self::Tenant(tenant) => tenant.document(),
            Self::Field { name, test } => any(field(name.as_str(), test)),
        }
    }
}

impl Tenant {
    /// Returns the filter of the tenant's records. The field has to be exactly the text: a list that has it is not the text,
    /// nor is an object in a list. A name with dots can mean several places, such as `tenant.id` in `{tenant: {id}}` and in
    /// `{"tenant.id"}`: all of those that the record has must be the text. So no record is of two tenants.
    pub(crate) fn document(&self) -> Document {
        let (field, name) = (self.field(), self.name());
        if !field.contains('.') {
            return doc! { "$and": [{ field: name }, { field: { "$not": { "$type": "array" } } }] };
        }
        let found = doc! { "$filter": {
            "input": values_in_all_places(field), "as": "one", "cond": { "$ne": ["$$one", null] },
        } };
        let all_are = doc! { "$eq": [{ "$setUnion": ["$$found"] }, [{ "$literal": name }]] };
        doc! { "$expr": { "$let": { "vars": { "found": found }, "in": all_are } } }
    }
}

impl From<&Literal> for Bson {
    fn from(literal: &Literal) -> Self {
        match literal {
            Literal::Text(text) => text.as_str().into(),
            Literal::Integer(number) => (*number).into(),
            Literal::Float(number) => (*number).into(),
            Literal::Decimal(number) => Self::Decimal128(*number),
            Literal::Boolean(value) => (*value).into(),
            Literal::Time(time) => time.to_bson().into(),
        }
    }
}

fn all(conditions: impl Iterator<Item = Document>) -> Document {
    // MongoDB refuses an empty `$and`.
    let mut conditions: Vec<Document> = conditions.filter(|condition| !condition.is_empty()).collect();
    match conditions.len() {
        0 | 1 => conditions.pop().unwrap_or_default(),
        _ => doc! { "$and": conditions },
    }
}

fn any(conditions: impl IntoIterator<Item = Document>) -> Document {
    let mut conditions: Vec<Document> = conditions.into_iter().collect();
    if conditions.len() == 1 {
        conditions.pop().unwrap_or_default()
    } else {
        doc! { "$or": conditions }
    }
}

/// A logger, and those below it: their names begin with its name and a dot. The slash is the character after the dot.
fn logger(name: &str) -> [Document; 2] {
    [doc! { "name": name }, doc! { "name": { "$gte": format!("{name}."), "$lt": format!("{name}/") } }]
}

fn text(text: &TextPattern) -> Document {
    let options = if text.ignore_case { "i" } else { "" };
    any(TEXT_FIELDS.map(|name| doc! { name: { "$regex": &text.pattern, "$options": options } }))
}

fn field(name: &str, test: &FieldTest) -> Vec<Document> {
    match test {
        FieldTest::Exists => {
            places(name, doc! { "$exists": true }, |value| doc! { "$ne": [{ "$type": value }, "missing"] })
        }
        FieldTest::OneOf(literals) => {
            let values: Vec<Bson> = literals.iter().map(Bson::from).collect();
            places(name, doc! { "$in": &values }, |value| {
                let wanted = doc! { "$literal": &values };
                let has_one = doc! { "$ne": [{ "$setIntersection": [&value, &wanted] }, []] };
                doc! { "$cond": [{ "$isArray": [&value] }, has_one, { "$in": [value, wanted] }] }
            })
        }
        FieldTest::Compare { comparison, with } => {
            with.iter().flat_map(|literal| compared(name, *comparison, literal)).collect()
        }
    }
}

/// Returns the comparison in every place. A path compares values of one type only. An expression has to be told.
fn compared(name: &str, comparison: Comparison, literal: &Literal) -> Vec<Document> {
    let operator = match comparison {
        Comparison::Greater => "$gt",
        Comparison::GreaterOrEqual => "$gte",
        Comparison::Less => "$lt",
        Comparison::LessOrEqual => "$lte",
    };
    let bound = bound(comparison, literal);
    places(name, doc! { operator: &bound }, |value| {
        let test = |value: Bson| {
            let is_size = doc! { operator: [&value, { "$literal": &bound }] };
            doc! { "$and": [is_of_type(value, literal), is_size] }
        };
        let elements = doc! { "$map": { "input": &value, "as": ELEMENT, "in": test(format!("$${ELEMENT}").into()) } };
        doc! { "$cond": [{ "$isArray": [&value] }, { "$anyElementTrue": [elements] }, test(value.into())] }
    })
}

fn is_of_type(value: Bson, literal: &Literal) -> Document {
    let is = |name: &str| doc! { "$eq": [{ "$type": &value }, name] };
    match literal {
        Literal::Text(_) => is("string"),
        Literal::Boolean(_) => is("bool"),
        Literal::Time(_) => is("date"),
        Literal::Integer(_) | Literal::Float(_) | Literal::Decimal(_) => doc! { "$isNumber": value },
    }
}

/// Returns the value to compare with. MongoDB's times end at the millisecond: a time of 2.5 ms is after one of 2, and one
/// of 3 is the first that is not before it.
fn bound(comparison: Comparison, literal: &Literal) -> Bson {
    let rounds_up = matches!(comparison, Comparison::GreaterOrEqual | Comparison::Less);
    let up = |time: &EventTime| EventTime::from_micros(time.micros() + MICROS_PER_MILLI - 1);
    match literal {
        Literal::Time(time) if rounds_up => up(time).unwrap_or(*time).to_bson().into(),
        other => other.into(),
    }
}

/// Returns the test in every place that a name may mean: the path with its dots, the name that contains the dots, and a
/// path to such a name, as in OpenTelemetry's `resource`. MongoDB takes no path with an empty name, or with a name that
/// begins with a dollar. Such a name goes into `$getField` as a literal.
fn places(name: &str, on_path: Document, on_value: impl Fn(Document) -> Document) -> Vec<Document> {
    let path = is_path(name).then(|| doc! { name: on_path });
    path.into_iter().chain(no_paths(name).into_iter().map(|value| doc! { "$expr": on_value(value) })).collect()
}

/// Returns the expressions for the places that are no path.
fn no_paths(name: &str) -> Vec<Document> {
    let needs_no_path = |name: &str| name.contains('.') || !is_path(name);
    let mut places = Vec::new();
    if needs_no_path(name) {
        places.push(named(name, "$$ROOT"));
    }
    let inner = name.match_indices('.').map(|(dot, _)| (&name[..dot], &name[dot + 1..]));
    for (path, name) in inner.filter(|(path, name)| is_path(path) && needs_no_path(name)) {
        let path = format!("${path}");
        let value = named(name, &path);
        let is_object = doc! { "$eq": [{ "$type": path }, "object"] };
        places.push(doc! { "$cond": [is_object, value, "$$REMOVE"] });
    }
    places
}

/// Returns the expression for the field with exactly this name in an object.
pub(crate) fn named(name: &str, object: &str) -> Document {
    doc! { "$getField": { "field": { "$literal": name }, "input": object } }
}

/// Returns the expression for the list of the values in every place that a name may mean, null for a place that is not there.
fn values_in_all_places(name: &str) -> Vec<Bson> {
    let path = is_path(name).then(|| Bson::from(format!("${name}")));
    path.into_iter().chain(no_paths(name).into_iter().map(Bson::from)).collect()
}

/// Returns the expression for the list of all values of a field, each once: those of all places, and the elements of lists.
pub(crate) fn values_of(name: &FieldName) -> Document {
    let places = values_in_all_places(name.as_str()).into_iter();
    let list = |value: Bson| {
        let is_missing = doc! { "$eq": [{ "$type": &value }, "missing"] };
        doc! { "$cond": [{ "$isArray": [&value] }, &value, { "$cond": [is_missing, [], [&value]] }] }
    };
    doc! { "$setUnion": places.map(list).collect::<Vec<_>>() }
}
