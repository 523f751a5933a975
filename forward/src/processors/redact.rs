//! Masks the secrets of records, as ingest does.

use bson::{RawBsonRef, RawDocument};
use record::{DocumentWriter, Redactor};
use serde_json::Value;

use crate::event::Event;
use crate::fields;

/// Masks the secrets in a record's fields.
pub(super) fn mask(redactor: &Redactor, event: &mut Event) {
    let mut document = DocumentWriter::with_capacity(event.fields.len() * fields::BYTES_PER_FIELD);
    fields::push_all(&mut document, &event.fields);
    if redactor.mask_fields(&mut document) == 0 {
        return;
    }
    let bytes = document.finish();
    // What was written here is a document.
    let Ok(masked) = RawDocument::from_bytes(&bytes) else { return };
    for ((_, value), masked) in event.fields.iter_mut().zip(masked) {
        if let Ok((_, masked)) = masked {
            take_masked(value, masked);
        }
    }
}

/// Takes over what was masked: it became a text. The fields of both are in the same order.
fn take_masked(value: &mut Value, masked: RawBsonRef<'_>) {
    match (value, masked) {
        (Value::Object(fields), RawBsonRef::Document(masked)) => {
            for (value, masked) in fields.values_mut().zip(masked) {
                if let Ok((_, masked)) = masked {
                    take_masked(value, masked);
                }
            }
        }
        (Value::Array(items), RawBsonRef::Array(masked)) => {
            for (value, masked) in items.iter_mut().zip(masked) {
                if let Ok(masked) = masked {
                    take_masked(value, masked);
                }
            }
        }
        (value, RawBsonRef::String(masked)) if value.as_str() != Some(masked) => *value = Value::from(masked),
        _ => {}
    }
}
