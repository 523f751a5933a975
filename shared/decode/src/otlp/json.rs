//! OTLP in JSON: protobuf's JSON mapping, with ids in hexadecimal.
//!
//! Encoding: <https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding>, which builds on
//! <https://protobuf.dev/programming-guides/json/>. Names are in lowerCamelCase or as in the schema. 64-bit integers
//! are text or numbers. Bytes are base64. `null` means not set.

use std::borrow::Cow;
use std::fmt;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use record::Value;
use serde::Deserialize;
use serde::de::{Deserializer, Error, Visitor};
use serde_json::value::RawValue;

use super::number::{Number, SeverityNumber};
use super::record::{Context, Described, MAX_SURELY_STORED_BYTES};
use super::view::{AnyValue, LogRecord, Malformed, Origin, Repeated};
use crate::Sink;
use crate::elements::{each, split_first};
use crate::not_text::{NotText, read};
use crate::rejection::{Reason, Rejection};

/// The format's name in a record's `source`.
const FORMAT: &str = "otlp_json";
/// The work of a byte that each level of values around it reads again.
const REREAD_BYTE_WORK: usize = 8;

/// Decodes the export of logs at the beginning of `text`. Returns the text that follows. Ignores an export without log
/// records.
pub(crate) fn decode<'t>(text: &'t [u8], sink: &mut Sink<'_, '_>) -> &'t [u8] {
    let (export, rest) = match split_first(text) {
        Ok((export, rest)) => (export, rest),
        Err(error) => {
            sink.push(FORMAT, text, Err(bad_otlp(&error)));
            return &[];
        }
    };
    // The whole export is checked first: a broken export is quarantined whole.
    let mut log_records = 0_usize;
    let counted = each_resource(export, |resource_logs| {
        each_scope(&resource_logs, |scope_logs| {
            each_in(scope_logs.log_records, |_| {
                log_records += 1;
                Ok(())
            })
        })
    });
    match counted {
        Ok(()) if log_records == 0 => sink.ignore(),
        Ok(()) => {
            // All errors were found above, or become items.
            let _ = each_resource(export, |resource_logs| decode_resource(&resource_logs, sink));
        }
        Err(error) => sink.push(FORMAT, export.get().as_bytes(), Err(bad_otlp(&error))),
    }
    rest
}

fn bad_otlp(error: &serde_json::Error) -> Rejection {
    Rejection::new(Reason::BadOtlp, error)
}

fn each_resource<'a>(
    export: &'a RawValue,
    mut resource: impl FnMut(ResourceLogs<'a>) -> Result<(), serde_json::Error>,
) -> Result<(), serde_json::Error> {
    let export: Export<'a> = read(export)?;
    each_in(export.resource_logs, |resource_logs| resource(read(resource_logs)?))
}

fn each_scope<'a>(
    resource_logs: &ResourceLogs<'a>,
    mut scope: impl FnMut(ScopeLogs<'a>) -> Result<(), serde_json::Error>,
) -> Result<(), serde_json::Error> {
    each_in(resource_logs.scope_logs, |scope_logs| scope(read(scope_logs)?))
}

/// Reads each element of an array, which may be absent.
fn each_in<'a>(
    array: Option<&'a RawValue>,
    element: impl FnMut(&'a RawValue) -> Result<(), serde_json::Error>,
) -> Result<(), serde_json::Error> {
    array.map_or(Ok(()), |array| each(array, element))
}

fn decode_resource(resource_logs: &ResourceLogs<'_>, sink: &mut Sink<'_, '_>) -> Result<(), serde_json::Error> {
    let resource =
        origin(resource_logs.resource, &resource_logs.schema_url).and_then(|resource| Described::resource(&resource));
    sink.work().spend(resource.as_ref().map_or(0, Described::work));
    each_scope(resource_logs, |scope_logs| decode_scope(resource_logs, &resource, &scope_logs, sink))
}

fn decode_scope(
    resource_logs: &ResourceLogs<'_>,
    resource: &Result<Described, Malformed>,
    scope_logs: &ScopeLogs<'_>,
    sink: &mut Sink<'_, '_>,
) -> Result<(), serde_json::Error> {
    if sink.is_over() {
        return Ok(());
    }
    let scope = origin(scope_logs.scope, &scope_logs.schema_url).and_then(|scope| Described::scope(&scope));
    sink.work().spend(scope.as_ref().map_or(0, Described::work));
    each_in(scope_logs.log_records, |record| {
        if sink.is_over() {
            return Ok(());
        }
        let bytes = record.get().len();
        let draft = Context::new(resource, &scope)
            .draft(sink, bytes, || read(record).map(WireLogRecord::into_log_record).map_err(Malformed::from));
        if draft.is_ok() && bytes <= MAX_SURELY_STORED_BYTES {
            sink.push(FORMAT, record.get().as_bytes(), draft);
        } else {
            sink.push(FORMAT, export_of_one(resource_logs, scope_logs, record).as_bytes(), draft);
        }
        Ok(())
    })
}

/// Returns an export with this log record only, so that its quarantine entry keeps the resource and scope.
fn export_of_one(resource_logs: &ResourceLogs<'_>, scope_logs: &ScopeLogs<'_>, record: &RawValue) -> String {
    let text = |text: &str| serde_json::to_string(text).unwrap_or_default();
    format!(
        r#"{{"resourceLogs":[{{"resource":{},"schemaUrl":{},"scopeLogs":[{{"scope":{},"schemaUrl":{},"logRecords":[{}]}}]}}]}}"#,
        resource_logs.resource.map_or("{}", RawValue::get),
        text(&resource_logs.schema_url.0),
        scope_logs.scope.map_or("{}", RawValue::get),
        text(&scope_logs.schema_url.0),
        record.get(),
    )
}

fn origin<'a>(wire: Option<&'a RawValue>, schema_url: &Text<'a>) -> Result<Origin<'a, Encoded<'a>>, Malformed> {
    let WireOrigin { name, version, attributes, dropped_attributes_count } =
        wire.map(read).transpose()?.unwrap_or_default();
    Ok(Origin {
        name: name.0,
        version: version.0,
        attributes: Encoded(attributes),
        dropped_attributes_count: dropped_attributes_count.0,
        schema_url: schema_url.0.clone(),
    })
}

#[derive(Deserialize)]
struct Export<'a> {
    #[serde(borrow, rename = "resourceLogs", alias = "resource_logs")]
    resource_logs: Option<&'a RawValue>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct ResourceLogs<'a> {
    #[serde(borrow)]
    resource: Option<&'a RawValue>,
    #[serde(borrow, alias = "scope_logs")]
    scope_logs: Option<&'a RawValue>,
    #[serde(borrow, alias = "schema_url")]
    schema_url: Text<'a>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct ScopeLogs<'a> {
    #[serde(borrow)]
    scope: Option<&'a RawValue>,
    #[serde(borrow, alias = "log_records")]
    log_records: Option<&'a RawValue>,
    #[serde(borrow, alias = "schema_url")]
    schema_url: Text<'a>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct WireOrigin<'a> {
    #[serde(borrow)]
    name: Text<'a>,
    #[serde(borrow)]
    version: Text<'a>,
    #[serde(borrow)]
    attributes: Option<&'a RawValue>,
    #[serde(alias = "dropped_attributes_count")]
    dropped_attributes_count: Number<u32>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct WireLogRecord<'a> {
    #[serde(alias = "time_unix_nano")]
    time_unix_nano: Number<u64>,
    #[serde(alias = "observed_time_unix_nano")]
    observed_time_unix_nano: Number<u64>,
    #[serde(alias = "severity_number")]
    severity_number: SeverityNumber,
    #[serde(borrow, alias = "severity_text")]
    severity_text: Text<'a>,
    #[serde(borrow)]
    body: Option<NotText<WireValue<'a>>>,
    #[serde(borrow)]
    attributes: Option<&'a RawValue>,
    #[serde(alias = "dropped_attributes_count")]
    dropped_attributes_count: Number<u32>,
    flags: Number<u32>,
    #[serde(borrow, alias = "trace_id")]
    trace_id: Text<'a>,
    #[serde(borrow, alias = "span_id")]
    span_id: Text<'a>,
    #[serde(borrow, alias = "event_name")]
    event_name: Text<'a>,
}

impl<'a> WireLogRecord<'a> {
    fn into_log_record(self) -> LogRecord<'a, Encoded<'a>> {
        LogRecord {
            time_unix_nano: self.time_unix_nano.0,
            observed_time_unix_nano: self.observed_time_unix_nano.0,
            severity_number: self.severity_number.0,
            severity_text: self.severity_text.0,
            body: self.body.map_or(AnyValue::Empty, |body| body.0.into_any_value()),
            attributes: Encoded(self.attributes),
            dropped_attributes_count: self.dropped_attributes_count.0,
            flags: self.flags.0,
            trace_id: self.trace_id.0,
            span_id: self.span_id.0,
            event_name: self.event_name.0,
        }
    }
}

#[derive(Deserialize)]
struct WireKeyValue<'a> {
    #[serde(borrow, default)]
    key: Text<'a>,
    #[serde(borrow, default)]
    value: Option<NotText<WireValue<'a>>>,
}

/// At most one field is set.
#[derive(Default, Deserialize)]
#[serde(default)]
struct WireValue<'a> {
    #[serde(borrow, rename = "stringValue", alias = "string_value")]
    text: Option<Text<'a>>,
    #[serde(rename = "boolValue", alias = "bool_value")]
    boolean: Option<NotText<bool>>,
    #[serde(rename = "intValue", alias = "int_value")]
    integer: Option<Number<i64>>,
    #[serde(rename = "doubleValue", alias = "double_value")]
    float: Option<Number<f64>>,
    #[serde(borrow, rename = "arrayValue", alias = "array_value")]
    array: Option<NotText<WireValues<'a>>>,
    #[serde(borrow, rename = "kvlistValue", alias = "kvlist_value")]
    map: Option<NotText<WireValues<'a>>>,
    #[serde(borrow, rename = "bytesValue", alias = "bytes_value")]
    bytes: Option<Text<'a>>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct WireValues<'a> {
    #[serde(borrow)]
    values: Option<&'a RawValue>,
}

impl<'a> WireValue<'a> {
    fn into_any_value(self) -> AnyValue<'a, Encoded<'a>> {
        let bytes = |text: Text<'a>| match BASE64_STANDARD.decode(text.0.as_bytes()) {
            Ok(bytes) => AnyValue::Bytes(bytes.into()),
            Err(_) => AnyValue::Text(text.0),
        };
        None.or(self.text.map(|text| AnyValue::Text(text.0)))
            .or(self.boolean.map(|boolean| AnyValue::Boolean(boolean.0)))
            .or(self.integer.map(|integer| AnyValue::Integer(integer.0)))
            .or(self.float.map(|float| AnyValue::Float(float.0)))
            .or(self.array.map(|array| AnyValue::Array(Encoded(array.0.values))))
            .or(self.map.map(|map| AnyValue::Map(Encoded(map.0.values))))
            .or(self.bytes.map(bytes))
            .unwrap_or(AnyValue::Empty)
    }
}

/// An array that may be absent.
#[derive(Clone, Copy, Debug)]
struct Encoded<'a>(Option<&'a RawValue>);

impl<'a> Repeated<'a> for Encoded<'a> {
    fn each_value(self, mut value: impl FnMut(AnyValue<'a, Self>) -> Result<(), Malformed>) -> Result<(), Malformed> {
        let Some(array) = self.0 else { return Ok(()) };
        each(array, |element| value(read::<WireValue<'a>>(element)?.into_any_value()))?;
        Ok(())
    }

    fn each_entry(
        self,
        mut entry: impl FnMut(&str, AnyValue<'a, Self>) -> Result<(), Malformed>,
    ) -> Result<(), Malformed> {
        let Some(array) = self.0 else { return Ok(()) };
        each(array, |element| {
            let WireKeyValue { key, value } = read(element)?;
            entry(&key.0, value.map_or(AnyValue::Empty, |value| value.0.into_any_value()))
        })?;
        Ok(())
    }

    fn source(self) -> Value<'a> {
        Value::Text(self.0.map_or("[]", RawValue::get))
    }

    fn work(self) -> usize {
        self.0.map_or(0, |array| array.get().len() * REREAD_BYTE_WORK)
    }
}

/// Text, borrowed if it has no escapes; empty for `null`.
#[derive(Default)]
struct Text<'a>(Cow<'a, str>);

impl<'de: 'a, 'a> Deserialize<'de> for Text<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Borrowing;
        impl<'de> Visitor<'de> for Borrowing {
            type Value = Text<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("text")
            }

            fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Text<'de>, E> {
                Ok(Text(text.into()))
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Text<'de>, E> {
                Ok(Text(text.to_owned().into()))
            }

            fn visit_unit<E: Error>(self) -> Result<Text<'de>, E> {
                Ok(Text::default())
            }
        }
        deserializer.deserialize_any(Borrowing)
    }
}
