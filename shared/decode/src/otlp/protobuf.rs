//! OTLP in protobuf: `ExportLogsServiceRequest`, which is encoded like `LogsData`.

use std::borrow::Cow;

use record::Value;

use super::record::{Context, Described, MAX_SURELY_STORED_BYTES};
use super::view::{AnyValue, LogRecord, Malformed as MalformedOtlp, Origin, Repeated};
use crate::Sink;
use crate::protobuf::{Field, Malformed, Wire, fields, text, write_field};

/// The format's name in a record's `source`.
const FORMAT: &str = "otlp_protobuf";

/// `ExportLogsServiceRequest.resource_logs`
const RESOURCE_LOGS: u32 = 1;

/// The field numbers of `ResourceLogs` and `ScopeLogs`, which are alike.
mod group {
    /// `ResourceLogs.resource`, `ScopeLogs.scope`
    pub(super) const ORIGIN: u32 = 1;
    /// `ResourceLogs.scope_logs`, `ScopeLogs.log_records`
    pub(super) const MEMBERS: u32 = 2;
    pub(super) const SCHEMA_URL: u32 = 3;
}

/// The field numbers of `LogRecord`.
mod log_record {
    pub(super) const TIME: u32 = 1;
    pub(super) const SEVERITY_NUMBER: u32 = 2;
    pub(super) const SEVERITY_TEXT: u32 = 3;
    pub(super) const BODY: u32 = 5;
    pub(super) const ATTRIBUTES: u32 = 6;
    pub(super) const DROPPED_ATTRIBUTES: u32 = 7;
    pub(super) const FLAGS: u32 = 8;
    pub(super) const TRACE_ID: u32 = 9;
    pub(super) const SPAN_ID: u32 = 10;
    pub(super) const OBSERVED_TIME: u32 = 11;
    pub(super) const EVENT_NAME: u32 = 12;
}

/// Returns whether the payload is an export of logs. Checks down to the fields of the first log record, since exports
/// of traces and metrics have the same outer fields. Text does not match. Fields of later versions, which have higher
/// numbers, are allowed.
pub(crate) fn recognise(payload: &[u8]) -> bool {
    let only = |message, numbers: &[u32]| {
        fields(message).all(|field| match field {
            Ok(Field { number, value: Wire::Bytes(_) }) if numbers.contains(&number) => true,
            Ok(Field { number, .. }) => numbers.iter().all(|known| number > *known),
            Err(_) => false,
        })
    };
    let group = [group::ORIGIN, group::MEMBERS, group::SCHEMA_URL];
    let resources = members(payload, RESOURCE_LOGS);
    let mut scopes = resources.clone().flat_map(|resource| members(resource, group::MEMBERS));
    let mut records = scopes.clone().flat_map(|scope| members(scope, group::MEMBERS));
    only(payload, &[RESOURCE_LOGS])
        && resources.clone().all(|resource| only(resource, &group))
        && scopes.all(|scope| only(scope, &group))
        && records.next().is_some_and(|record| fields(record).all(|field| field.is_ok_and(is_log_record_field)))
}

fn is_log_record_field(field: Field<'_>) -> bool {
    use log_record as of;
    match field.value {
        _ if field.number > of::EVENT_NAME => true,
        Wire::Fixed64(_) => matches!(field.number, of::TIME | of::OBSERVED_TIME),
        Wire::Varint(_) => matches!(field.number, of::SEVERITY_NUMBER | of::DROPPED_ATTRIBUTES),
        Wire::Fixed32(_) => field.number == of::FLAGS,
        Wire::Bytes(_) => matches!(
            field.number,
            of::SEVERITY_TEXT | of::BODY | of::ATTRIBUTES | of::TRACE_ID | of::SPAN_ID | of::EVENT_NAME
        ),
    }
}

/// Returns the messages of a repeated field.
fn members(message: &[u8], number: u32) -> impl Iterator<Item = &[u8]> + Clone {
    fields(message).filter_map(move |field| match field {
        Ok(Field { number: found, value: Wire::Bytes(member) }) if found == number => Some(member),
        _ => None,
    })
}

/// Decodes a recognised export. Its outer messages are complete.
pub(crate) fn decode(payload: &[u8], sink: &mut Sink<'_, '_>) {
    for resource in members(payload, RESOURCE_LOGS) {
        let described_resource = Described::resource(&resource_of(resource));
        sink.work().spend(described_resource.as_ref().map_or(0, Described::work));
        for scope in members(resource, group::MEMBERS) {
            let described_scope = scope_of(scope).and_then(|scope| Described::scope(&scope));
            sink.work().spend(described_scope.as_ref().map_or(0, Described::work));
            for record in members(scope, group::MEMBERS) {
                // Each record repeats its resource and scope, so a small export can become large.
                if sink.is_over() {
                    return;
                }
                let context = Context::new(&described_resource, &described_scope);
                let draft = context.draft(sink, record.len(), || log_record_of(record));
                if draft.is_ok() && record.len() <= MAX_SURELY_STORED_BYTES {
                    sink.push(FORMAT, record, draft);
                } else {
                    sink.push(FORMAT, &export_of_one(resource, scope, record), draft);
                }
            }
        }
    }
}

/// Returns an export with this log record only, so that its quarantine entry keeps the resource and scope.
fn export_of_one(resource: &[u8], scope: &[u8], record: &[u8]) -> Vec<u8> {
    let mut in_scope = without_members(scope);
    write_field(&mut in_scope, group::MEMBERS, record);
    let mut in_resource = without_members(resource);
    write_field(&mut in_resource, group::MEMBERS, &in_scope);
    let mut export = Vec::new();
    write_field(&mut export, RESOURCE_LOGS, &in_resource);
    export
}

fn without_members(message: &[u8]) -> Vec<u8> {
    let mut rest = Vec::new();
    for field in fields(message).flatten() {
        if let (group::ORIGIN | group::SCHEMA_URL, Wire::Bytes(bytes)) = (field.number, field.value) {
            write_field(&mut rest, field.number, bytes);
        }
    }
    rest
}

/// Returns the encoded resource or scope of a group, and the URL of its schema.
fn origin_of(group: &[u8]) -> (&[u8], Cow<'_, str>) {
    let origin = members(group, group::ORIGIN).last().unwrap_or_default();
    let schema_url = members(group, group::SCHEMA_URL).last().unwrap_or_default();
    (origin, String::from_utf8_lossy(schema_url))
}

fn resource_of(resource_logs: &[u8]) -> Origin<'_, Encoded<'_>> {
    let (resource, schema_url) = origin_of(resource_logs);
    Origin {
        name: Cow::default(),
        version: Cow::default(),
        attributes: Encoded { message: resource, field: 1 },
        dropped_attributes_count: count(resource, 2),
        schema_url,
    }
}

fn scope_of(scope_logs: &[u8]) -> Result<Origin<'_, Encoded<'_>>, MalformedOtlp> {
    let (scope, schema_url) = origin_of(scope_logs);
    let text_in = |number| text(members(scope, number).last().unwrap_or_default());
    Ok(Origin {
        name: text_in(1)?.into(),
        version: text_in(2)?.into(),
        attributes: Encoded { message: scope, field: 3 },
        dropped_attributes_count: count(scope, 4),
        schema_url,
    })
}

/// Returns the value of a `uint32` field; 0 if it is absent.
fn count(message: &[u8], number: u32) -> u32 {
    let value = fields(message).flatten().filter(|field| field.number == number).last().map(|field| field.value);
    if let Some(Wire::Varint(count)) = value { low_32_bits(count) } else { 0 }
}

/// Truncates a longer varint to a `uint32`, as protobuf does.
fn low_32_bits(varint: u64) -> u32 {
    u32::try_from(varint & u64::from(u32::MAX)).unwrap_or_default()
}

fn log_record_of(message: &[u8]) -> Result<LogRecord<'_, Encoded<'_>>, MalformedOtlp> {
    use log_record as of;
    let attributes = Encoded { message, field: of::ATTRIBUTES };
    let mut record = LogRecord::empty(attributes);
    for field in fields(message) {
        let field = field?;
        match (field.number, field.value) {
            (of::TIME, Wire::Fixed64(nanos)) => record.time_unix_nano = nanos,
            (of::OBSERVED_TIME, Wire::Fixed64(nanos)) => record.observed_time_unix_nano = nanos,
            (of::SEVERITY_NUMBER, Wire::Varint(number)) => record.severity_number = number.cast_signed(),
            (of::SEVERITY_TEXT, Wire::Bytes(bytes)) => record.severity_text = text(bytes)?.into(),
            (of::BODY, Wire::Bytes(bytes)) => record.body = any_value(bytes)?,
            (of::DROPPED_ATTRIBUTES, Wire::Varint(count)) => record.dropped_attributes_count = low_32_bits(count),
            (of::FLAGS, Wire::Fixed32(flags)) => record.flags = flags,
            (of::TRACE_ID, Wire::Bytes(id)) => record.trace_id = hex::encode(id).into(),
            (of::SPAN_ID, Wire::Bytes(id)) => record.span_id = hex::encode(id).into(),
            (of::EVENT_NAME, Wire::Bytes(bytes)) => record.event_name = text(bytes)?.into(),
            _ => {}
        }
    }
    Ok(record)
}

/// The repeated field `field` of `message`.
#[derive(Clone, Copy, Debug)]
struct Encoded<'a> {
    message: &'a [u8],
    field: u32,
}

impl<'a> Encoded<'a> {
    fn each(self, mut member: impl FnMut(&'a [u8]) -> Result<(), MalformedOtlp>) -> Result<(), MalformedOtlp> {
        for field in fields(self.message) {
            match field? {
                Field { number, value: Wire::Bytes(bytes) } if number == self.field => member(bytes)?,
                Field { number, .. } if number == self.field => {
                    return Err(Malformed("a number instead of a message").into());
                }
                _ => {}
            }
        }
        Ok(())
    }
}

impl<'a> Repeated<'a> for Encoded<'a> {
    fn each_value(
        self,
        mut value: impl FnMut(AnyValue<'a, Self>) -> Result<(), MalformedOtlp>,
    ) -> Result<(), MalformedOtlp> {
        self.each(|bytes| value(any_value(bytes)?))
    }

    fn each_entry(
        self,
        mut entry: impl FnMut(&str, AnyValue<'a, Self>) -> Result<(), MalformedOtlp>,
    ) -> Result<(), MalformedOtlp> {
        self.each(|key_value| {
            let (mut key, mut value) = ("", AnyValue::Empty);
            for field in fields(key_value) {
                match field? {
                    Field { number: 1, value: Wire::Bytes(bytes) } => key = text(bytes)?,
                    Field { number: 2, value: Wire::Bytes(bytes) } => value = any_value(bytes)?,
                    _ => {}
                }
            }
            entry(key, value)
        })
    }

    fn source(self) -> Value<'a> {
        Value::Bytes(self.message)
    }

    /// What is inside has its length in front of it.
    fn work(self) -> usize {
        0
    }
}

fn any_value(message: &[u8]) -> Result<AnyValue<'_, Encoded<'_>>, MalformedOtlp> {
    let mut value = AnyValue::Empty;
    for field in fields(message) {
        value = match field? {
            Field { number: 1, value: Wire::Bytes(bytes) } => AnyValue::Text(text(bytes)?.into()),
            Field { number: 2, value: Wire::Varint(boolean) } => AnyValue::Boolean(boolean != 0),
            Field { number: 3, value: Wire::Varint(integer) } => AnyValue::Integer(integer.cast_signed()),
            Field { number: 4, value: Wire::Fixed64(bits) } => AnyValue::Float(f64::from_bits(bits)),
            Field { number: 5, value: Wire::Bytes(message) } => AnyValue::Array(Encoded { message, field: 1 }),
            Field { number: 6, value: Wire::Bytes(message) } => AnyValue::Map(Encoded { message, field: 1 }),
            Field { number: 7, value: Wire::Bytes(bytes) } => AnyValue::Bytes(bytes.into()),
            _ => value,
        };
    }
    Ok(value)
}
