//! CloudWatch Logs as a subscription delivers them to Kinesis: log events of one log stream.
//!
//! Format: <https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/SubscriptionFilters.html>. The message is
//! delivered in gzip, which has been removed already. The message of a log event is read as a plain text is.

#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::convert::Infallible;

use record::{Container, DocumentWriter, Draft, FieldSink, Surroundings, Value};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::elements::{each, split_first};
use super::not_text::{NotText, read};
use super::{Sink, text};
use crate::rejection::{Reason, Rejection};

/// The format's name in a record's `source`.
const FORMAT: &str = "cloudwatch";
/// The type of a message that checks whether the destination can be reached. It holds no log events.
const CONTROL_MESSAGE: &str = "CONTROL_MESSAGE";
const MESSAGES: [&str; 2] = ["DATA_MESSAGE", CONTROL_MESSAGE];

/// Returns whether a JSON value is one of CloudWatch's message types.
pub(super) fn is_message_type(value: &[u8]) -> bool {
    value.starts_with(b"\"DATA_MESSAGE\"") || value.starts_with(b"\"CONTROL_MESSAGE\"")
}

/// Decodes the message at the beginning of `text`. Returns the text that follows. Ignores a message without log events.
pub(super) fn decode<'t>(text: &'t [u8], sink: &mut Sink<'_, '_>) -> &'t [u8] {
    let (message, rest) = match split_first(text) {
        Ok((message, rest)) => (message, rest),
        Err(error) => {
            sink.push(FORMAT, text, Err(bad_cloudwatch(&error)));
            return &[];
        }
    };
    if let Err(error) = decode_message(message, sink) {
        sink.push(FORMAT, message.get().as_bytes(), Err(bad_cloudwatch(&error)));
    }
    rest
}

/// Returns whether an object is a message whatever the order of its members.
pub(super) fn is_subscription(object: &str) -> bool {
    serde_json::from_str::<SubscriptionMessage<'_>>(object)
        .is_ok_and(|message| MESSAGES.contains(&&*message.kind) && !message.log_group.is_empty())
}

/// Decodes an object that is a message. Returns whether it is one.
pub(super) fn decode_whole(object: &str, sink: &mut Sink<'_, '_>) -> bool {
    serde_json::from_str(object).is_ok_and(|message: &RawValue| decode_message(message, sink).is_ok())
}

fn bad_cloudwatch(error: &serde_json::Error) -> Rejection {
    Rejection::new(Reason::BadCloudWatch, error)
}

fn decode_message(message: &RawValue, sink: &mut Sink<'_, '_>) -> Result<(), serde_json::Error> {
    let message: SubscriptionMessage<'_> = read(message)?;
    if message.kind == CONTROL_MESSAGE {
        sink.ignore();
        return Ok(());
    }
    let mut count = 0_usize;
    // The whole message is checked first: a broken message is quarantined whole.
    each(message.log_events, |_| {
        count += 1;
        Ok::<_, Infallible>(())
    })?;
    if count == 0 {
        sink.ignore();
    }
    each(message.log_events, |event| {
        if sink.is_over() {
            return Ok::<_, Infallible>(());
        }
        match read(event) {
            Ok(log_event) => {
                let draft = draft_of(&message, &log_event, sink);
                sink.push(FORMAT, event.get().as_bytes(), Ok(draft));
            }
            Err(error) => sink.push(FORMAT, message.with_only(event).as_bytes(), Err(bad_cloudwatch(&error))),
        }
        Ok(())
    })
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct SubscriptionMessage<'a> {
    #[serde(borrow, rename = "messageType")]
    kind: Cow<'a, str>,
    #[serde(borrow, default)]
    owner: Cow<'a, str>,
    #[serde(borrow, default)]
    log_group: Cow<'a, str>,
    #[serde(borrow, default)]
    log_stream: Cow<'a, str>,
    #[serde(default)]
    subscription_filters: NotText<Vec<String>>,
    /// `ACCOUNT_LEVEL_POLICY` if the subscription covers the whole account.
    #[serde(borrow, default)]
    policy_level: Cow<'a, str>,
    #[serde(borrow)]
    log_events: &'a RawValue,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct LogEvent<'a> {
    #[serde(borrow, default)]
    id: Cow<'a, str>,
    /// Milliseconds since the epoch.
    timestamp: NotText<i64>,
    #[serde(borrow)]
    message: Cow<'a, str>,
    /// Fields that the subscription's filter extracted from the message.
    #[serde(borrow, default)]
    extracted_fields: Option<NotText<BTreeMap<Cow<'a, str>, Cow<'a, str>>>>,
}

impl SubscriptionMessage<'_> {
    /// Returns this message with one log event only, so that its quarantine entry keeps the log group and stream.
    fn with_only(&self, event: &RawValue) -> String {
        let text = |text: &str| serde_json::to_string(text).unwrap_or_default();
        format!(
            r#"{{"messageType":{},"owner":{},"logGroup":{},"logStream":{},"subscriptionFilters":{},"policyLevel":{},"logEvents":[{}]}}"#,
            text(&self.kind),
            text(&self.owner),
            text(&self.log_group),
            text(&self.log_stream),
            serde_json::to_string(&self.subscription_filters.0).unwrap_or_default(),
            text(&self.policy_level),
            event.get(),
        )
    }

    fn service(&self) -> Option<&str> {
        service_of(&self.log_group)
    }
}

/// Names of environments, which stand beside a service's name.
const ENVIRONMENTS: [&str; 12] =
    ["prod", "production", "live", "stage", "staging", "preprod", "test", "testing", "qa", "uat", "dev", "development"];
/// The groups of AWS in which a name is followed by what the log is about.
const NAMED_BEFORE_LAST: [&str; 3] = ["/aws/rds/cluster/", "/aws/rds/instance/", "/aws/containerinsights/"];

/// Returns the service that a log group is named after: `orders` of `/aws/lambda/orders`, of
/// `/aws/lambda/us-east-1.orders` (Lambda at the edge), of `/ecs/orders/prod` and of `/aws/rds/cluster/orders/postgresql`.
fn service_of(log_group: &str) -> Option<&str> {
    if let Some(rest) = NAMED_BEFORE_LAST.iter().find_map(|start| log_group.strip_prefix(start)) {
        return rest.split('/').next().filter(|name| !name.is_empty());
    }
    let mut parts = log_group.rsplit('/').filter(|part| !part.is_empty());
    let last = parts.next()?;
    let service = if ENVIRONMENTS.contains(&last) { parts.next().unwrap_or(last) } else { last };
    let is_region =
        |region: &str| region.split('-').count() == 3 && region.ends_with(|last: char| last.is_ascii_digit());
    Some(service.split_once('.').filter(|(region, _)| is_region(region)).map_or(service, |(_, function)| function))
}

fn draft_of<'r>(message: &SubscriptionMessage<'_>, event: &LogEvent<'_>, sink: &Sink<'_, 'r>) -> Draft<'r> {
    let mut draft = text::record(&event.message, sink);
    let Ok(()) = draft.push_container("cloudwatch", Container::Document, |sink| {
        push(sink, "log_group", &message.log_group);
        push(sink, "log_stream", &message.log_stream);
        push(sink, "owner", &message.owner);
        push(sink, "id", &event.id);
        sink.push("timestamp", Value::Integer(event.timestamp.0));
        push(sink, "policy_level", &message.policy_level);
        put_filters(sink, &message.subscription_filters.0);
        if let Some(fields) = &event.extracted_fields {
            put_extracted(sink, &fields.0);
        }
        Ok::<_, Infallible>(())
    });
    #[allow(clippy::cast_precision_loss, reason = "exact up to 2^53 milliseconds")]
    let created = Some(event.timestamp.0 as f64 / 1e3);
    draft.surround(&Surroundings { created, service: message.service(), ..Surroundings::default() });
    draft
}

fn put_filters(sink: &mut DocumentWriter, filters: &[String]) {
    let Ok(()) = sink.push_container("filters", Container::Array, |sink| {
        let mut position = itoa::Buffer::new();
        for (index, filter) in filters.iter().enumerate() {
            sink.push(position.format(index), Value::Text(filter));
        }
        Ok::<_, Infallible>(())
    });
}

fn put_extracted(sink: &mut DocumentWriter, fields: &BTreeMap<Cow<'_, str>, Cow<'_, str>>) {
    let Ok(()) = sink.push_container("extracted_fields", Container::Document, |sink| {
        for (name, value) in fields {
            sink.push(name, Value::Text(value));
        }
        Ok::<_, Infallible>(())
    });
}

fn push(sink: &mut DocumentWriter, name: &str, text: &str) {
    if !text.is_empty() {
        sink.push(name, Value::Text(text));
    }
}
