//! Some fields of a record.

use bson::error::Error;
use bson::{RawArrayBuf, RawBsonRef, RawDocument, RawDocumentBuf};
use record::{LogRecord, NotALogRecord};

use crate::request::Fields;

/// The field that every record has.
const STORED_ID: &str = "_id";

/// Why fields cannot be selected.
#[derive(Debug, thiserror::Error)]
pub(super) enum SelectError {
    /// The record is not valid BSON.
    #[error("the record is not valid BSON")]
    Bson(#[source] Error),
    /// The selection is no record.
    #[error("the selected fields are no record")]
    NoRecord(#[source] NotALogRecord),
}

/// Returns a record with nothing but these fields and its id.
pub(super) fn selected(record: &LogRecord, fields: &Fields) -> Result<LogRecord, SelectError> {
    let names: Vec<&str> = fields.names().chain([STORED_ID]).collect();
    let document = select(record.document(), &names).map_err(SelectError::Bson)?;
    LogRecord::from_stored(document).map_err(SelectError::NoRecord)
}

/// Returns the fields with these names. The rest of a name after a dot is a name within an object, or within the objects
/// of a list. Each level takes a part of a name, so its length bounds the depth.
fn select(document: &RawDocument, names: &[&str]) -> Result<RawDocumentBuf, Error> {
    let mut selected = RawDocumentBuf::new();
    for field in document {
        let (key, value) = field?;
        if names.contains(&key.as_str()) {
            selected.append(key, value);
            continue;
        }
        let inner = names.iter().filter_map(|name| name.strip_prefix(key.as_str())?.strip_prefix('.'));
        let inner: Vec<&str> = inner.collect();
        if inner.is_empty() {
            continue;
        }
        match value {
            RawBsonRef::Document(object) => {
                let object = select(object, &inner)?;
                if !is_empty(&object) {
                    selected.append(key, &*object);
                }
            }
            RawBsonRef::Array(list) => {
                let mut objects = RawArrayBuf::new();
                for element in list {
                    if let RawBsonRef::Document(object) = element? {
                        let object = select(object, &inner)?;
                        if !is_empty(&object) {
                            objects.push(&*object);
                        }
                    }
                }
                if !objects.is_empty() {
                    selected.append(key, &objects);
                }
            }
            _ => {}
        }
    }
    Ok(selected)
}

fn is_empty(document: &RawDocument) -> bool {
    document.iter().next().is_none()
}

#[cfg(test)]
mod tests {
    use bson::{Document, RawDocumentBuf, doc};

    use super::select;

    #[test]
    fn a_name_means_what_it_means_in_a_filter() {
        fn check(names: &[&str], expect: &Document) {
            let document = doc! {
                "message": "hello",
                "customer": { "id": 7, "name": "x" },
                "customer.id": 8,
                "resource": { "host.name": "a", "host": { "name": "b", "type": 1 } },
                "items": [{ "sku": 1, "n": 2 }, { "sku": 3 }, { "n": 4 }, 5],
                "$where": 1,
                "a..b": 2,
            };
            let selected = select(&RawDocumentBuf::try_from(&document).unwrap(), names).unwrap();
            assert_eq!(Document::try_from(&*selected).unwrap(), *expect, "{names:?}");
        }
        check(&[], &doc! {});
        check(&["message", "none"], &doc! { "message": "hello" });
        check(&["customer"], &doc! { "customer": { "id": 7, "name": "x" } });
        check(&["customer.id"], &doc! { "customer": { "id": 7 }, "customer.id": 8 });
        check(&["customer.id", "customer"], &doc! { "customer": { "id": 7, "name": "x" }, "customer.id": 8 });
        check(&["resource.host.name"], &doc! { "resource": { "host.name": "a", "host": { "name": "b" } } });
        check(&["items.sku"], &doc! { "items": [{ "sku": 1 }, { "sku": 3 }] });
        check(&["message.x", "items.x", "customer.x.y"], &doc! {});
        check(&["$where", "a..b"], &doc! { "$where": 1, "a..b": 2 });
    }
}
