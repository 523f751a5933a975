//! A filter as MongoDB takes it. What a client sent only ever stands where a value stands, or as a checked path.

use bson::{Document, doc};

use super::Filter;
use super::field::{Field, Test};
use super::text::{Case, Text};

/// Where `q` looks: what was logged, and the exception in both of Python's forms.
const TEXTS: [&str; 3] = ["message", "exc_text", "exc_info"];

/// Everything that a filter asks for but the time: one condition, all of several, or none.
pub(super) fn document(filter: &Filter) -> Document {
    let one_of = |name: &str, values: &[String]| (!values.is_empty()).then(|| doc! { name: { "$in": values } });
    let mut all: Vec<Document> = [
        filter.level.map(|number| doc! { "levelno": { "$gte": number } }),
        filter.uid.as_ref().map(|uid| doc! { "log_uid": uid.as_str() }),
        one_of("service", &filter.services),
        one_of("fqdn", &filter.hosts),
        (!filter.loggers.is_empty()).then(|| any(filter.loggers.iter().flat_map(|name| logger(name)))),
        filter.text.as_ref().map(text),
    ]
    .into_iter()
    .flatten()
    .collect();
    all.extend(filter.fields.iter().map(field));
    match all.len() {
        0 | 1 => all.pop().unwrap_or_default(),
        _ => doc! { "$and": all },
    }
}

/// A logger, and those below it: names that begin with its own and a dot. The slash follows the dot.
fn logger(name: &str) -> [Document; 2] {
    [doc! { "name": name }, doc! { "name": { "$gte": format!("{name}."), "$lt": format!("{name}/") } }]
}

fn text(text: &Text) -> Document {
    let options = match text.case {
        Case::Same => "i",
        Case::Different => "",
    };
    any(TEXTS.map(|name| doc! { name: { "$regex": &text.pattern, "$options": options } }))
}

fn field(field: &Field) -> Document {
    let Field { name, test } = field;
    let there = match test {
        Test::Is(values) => places(name, doc! { "$in": values }, |value| {
            let wanted = doc! { "$literal": values };
            let has_one = doc! { "$ne": [{ "$setIntersection": [&value, &wanted] }, []] };
            doc! { "$cond": [{ "$isArray": [&value] }, has_one, { "$in": [value, wanted] }] }
        }),
        Test::Exists | Test::IsAbsent => {
            places(name, doc! { "$exists": true }, |value| doc! { "$ne": [{ "$type": value }, "missing"] })
        }
    };
    if *test == Test::IsAbsent {
        doc! { "$nor": there }
    } else {
        any(there)
    }
}

/// A condition in all places that a name may mean: the path with its dots, a name that has the dots in it, and a path to
/// such a name, as in OpenTelemetry's `resource`. A path with nothing between two dots, or a dollar at the beginning of a
/// name, cannot be written; a name with these can.
fn places(name: &str, on_path: Document, on_value: impl Fn(Document) -> Document) -> Vec<Document> {
    let is_path = |name: &str| name.split('.').all(|part| !part.is_empty() && !part.starts_with('$'));
    let needs_no_path = |name: &str| name.contains('.') || !is_path(name);
    let mut places = Vec::new();
    if is_path(name) {
        places.push(doc! { name: on_path });
    }
    if needs_no_path(name) {
        let value = doc! { "$getField": { "field": { "$literal": name }, "input": "$$ROOT" } };
        places.push(doc! { "$expr": on_value(value) });
    }
    let inner = name.match_indices('.').map(|(dot, _)| (&name[..dot], &name[dot + 1..]));
    for (path, name) in inner.filter(|(path, name)| is_path(path) && needs_no_path(name)) {
        let path = format!("${path}");
        let value = doc! { "$getField": { "field": { "$literal": name }, "input": &path } };
        let is_object = doc! { "$eq": [{ "$type": path }, "object"] };
        places.push(doc! { "$expr": on_value(doc! { "$cond": [is_object, value, "$$REMOVE"] }) });
    }
    places
}

fn any(conditions: impl IntoIterator<Item = Document>) -> Document {
    let mut conditions: Vec<Document> = conditions.into_iter().collect();
    if conditions.len() == 1 {
        conditions.pop().unwrap_or_default()
    } else {
        doc! { "$or": conditions }
    }
}

#[cfg(test)]
mod tests {
    use bson::{Document, doc};

    use super::super::tests::parse;

    #[test]
    fn a_filter_is_a_document() {
        fn check(query: &str, expect: &Document) {
            assert_eq!(parse(query).unwrap().document(), *expect, "{query}");
        }
        check("", &doc! {});
        check("from=-1h&to=2026-11-20", &doc! {});
        check("level=ERROR", &doc! { "levelno": { "$gte": 40_i64 } });
        check("level=25", &doc! { "levelno": { "$gte": 25_i64 } });
        check("service=shop", &doc! { "service": { "$in": ["shop"] } });
        check("service=shop,$ne", &doc! { "service": { "$in": ["shop", "$ne"] } });
        check("host=a", &doc! { "fqdn": { "$in": ["a"] } });
        check("log_uid=%7B%22$ne%22:1%7D", &doc! { "log_uid": r#"{"$ne":1}"# });
        check("logger=a.b", &doc! { "$or": [{ "name": "a.b" }, { "name": { "$gte": "a.b.", "$lt": "a.b/" } }] });
        let text = |pattern: &str, options: &str| {
            let regex = doc! { "$regex": pattern, "$options": options };
            doc! { "$or": [{ "message": &regex }, { "exc_text": &regex }, { "exc_info": &regex }] }
        };
        check("q=50%25 (off)", &text(r"50\% \(off\)", "i"));
        check("q=/a|b/", &text("a|b", ""));
        check("level=30&log_uid=x", &doc! { "$and": [{ "levelno": { "$gte": 30_i64 } }, { "log_uid": "x" }] });
        check("field.order=42", &doc! { "order": { "$in": ["42", 42_i64] } });
        check("field.order:exists=true", &doc! { "order": { "$exists": true } });
        check("field.order:exists=false", &doc! { "$nor": [{ "order": { "$exists": true } }] });
    }

    #[test]
    fn a_name_is_a_path_or_a_name_and_never_an_operator() {
        fn is_x(value: &Document) -> Document {
            let x = || doc! { "$literal": ["$x"] };
            let has_x = doc! { "$ne": [{ "$setIntersection": [value, x()] }, []] };
            doc! { "$expr": { "$cond": [{ "$isArray": [value] }, has_x, { "$in": [value, x()] }] } }
        }
        fn named(name: &str) -> Document {
            is_x(&doc! { "$getField": { "field": { "$literal": name }, "input": "$$ROOT" } })
        }
        fn within(path: &str, name: &str) -> Document {
            let value = doc! { "$getField": { "field": { "$literal": name }, "input": path } };
            is_x(&doc! { "$cond": [{ "$eq": [{ "$type": path }, "object"] }, value, "$$REMOVE"] })
        }
        fn check(query: &str, expect: &Document) {
            assert_eq!(parse(query).unwrap().document(), *expect, "{query}");
        }
        check("field.a.b=$x", &doc! { "$or": [{ "a.b": { "$in": ["$x"] } }, named("a.b")] });
        check("field.$where=$x", &named("$where"));
        check("field.a.b.c=$x", &doc! { "$or": [{ "a.b.c": { "$in": ["$x"] } }, named("a.b.c"), within("$a", "b.c")] });
        check("field.a.$ne=$x", &doc! { "$or": [named("a.$ne"), within("$a", "$ne")] });
        check("field.a[$ne]=$x", &doc! { "a[$ne]": { "$in": ["$x"] } });
        check("field..=$x", &named("."));
        check("field.a..b=$x", &doc! { "$or": [named("a..b"), within("$a", ".b")] });
        check("field.$where:exists=true", &{
            let value = doc! { "$getField": { "field": { "$literal": "$where" }, "input": "$$ROOT" } };
            doc! { "$expr": { "$ne": [{ "$type": value }, "missing"] } }
        });
    }
}
