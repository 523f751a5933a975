//! The calls, with what is read of each answer.

use std::collections::HashMap;

use jiff::Timestamp;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};
use serde_json::{Value, json};

use super::xml::leaves;
use super::{Caller, ServiceFailure, Services, StreamFacts, ahead};

/// The most records that one look into a shard reads.
const MAX_RECORDS: u32 = 100;
/// What is escaped in the name of a function: it has letters, digits, `-` and `_`.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_');
/// How often a shard is asked for records. An answer can be empty before the end of the shard.
const MAX_READS: usize = 5;

/// A stack.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct StackFacts {
    /// Its name. It can be asked for by its ARN.
    pub(crate) name: String,
    /// Its status, such as `UPDATE_COMPLETE`.
    pub(crate) status: String,
    /// Its outputs.
    pub(crate) outputs: HashMap<String, String>,
    /// Its parameters. What nobody may read is `****`.
    pub(crate) parameters: HashMap<String, String>,
}

/// An event source mapping.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct Mapping {
    #[serde(rename = "UUID")]
    pub(crate) id: String,
    pub(crate) state: String,
    pub(crate) state_transition_reason: String,
    pub(crate) last_processing_result: String,
    pub(crate) event_source_arn: String,
    pub(crate) function_arn: String,
    pub(crate) function_response_types: Vec<String>,
    pub(crate) starting_position: String,
    #[serde(deserialize_with = "number")]
    pub(crate) batch_size: Option<i64>,
    #[serde(deserialize_with = "number")]
    pub(crate) maximum_batching_window_in_seconds: Option<i64>,
    #[serde(deserialize_with = "number")]
    pub(crate) tumbling_window_in_seconds: Option<i64>,
    #[serde(deserialize_with = "number")]
    pub(crate) maximum_retry_attempts: Option<i64>,
    #[serde(deserialize_with = "flag")]
    pub(crate) bisect_batch_on_function_error: Option<bool>,
    #[serde(deserialize_with = "number")]
    pub(crate) parallelization_factor: Option<i64>,
    #[serde(deserialize_with = "number")]
    pub(crate) maximum_record_age_in_seconds: Option<i64>,
    destination_config: Option<Value>,
    filter_criteria: Option<Value>,
}

impl Mapping {
    /// Returns the ARN of the destination for batches that are given up.
    pub(crate) fn destination(&self) -> Option<&str> {
        self.destination_config.as_ref()?.pointer("/OnFailure/Destination")?.as_str().filter(|arn| !arn.is_empty())
    }

    /// Whether only some records get to the function.
    pub(crate) fn filters(&self) -> bool {
        let filters = self.filter_criteria.as_ref().and_then(|own| own.get("Filters")?.as_array());
        filters.is_some_and(|filters| !filters.is_empty())
    }
}

impl Services {
    /// Asks who the credentials belong to.
    pub(crate) async fn caller(&self) -> Result<Caller, ServiceFailure> {
        let (xml, date) = self.form("sts", "Action=GetCallerIdentity&Version=2011-06-15".to_owned()).await?;
        let arn = leaves(&xml).into_iter().find(|(name, _)| name == "Arn").map(|(_, arn)| arn);
        Ok(Caller { arn: arn.unwrap_or_default(), clock_ahead: date.map(ahead) })
    }

    /// Describes a stack. Needs `cloudformation:DescribeStacks`.
    pub(crate) async fn stack(&self, name: &str) -> Result<StackFacts, ServiceFailure> {
        let name = utf8_percent_encode(name, NON_ALPHANUMERIC);
        let form = format!("Action=DescribeStacks&Version=2010-05-15&StackName={name}");
        self.form("cloudformation", form).await.map(|(xml, _)| StackFacts::read(&xml))
    }

    /// Describes a stream. Needs `kinesis:DescribeStreamSummary`.
    pub(crate) async fn stream(&self, name: &str) -> Result<StreamFacts, ServiceFailure> {
        let answer =
            self.json("kinesis", "Kinesis_20131202.DescribeStreamSummary", &json!({ "StreamName": name })).await?;
        read("kinesis", answer.get("StreamDescriptionSummary").cloned().unwrap_or_default())
    }

    /// Lists the ids of a stream's shards that are open. Needs `kinesis:ListShards`.
    pub(crate) async fn open_shards(&self, stream: &str) -> Result<Vec<String>, ServiceFailure> {
        let answer = self.json("kinesis", "Kinesis_20131202.ListShards", &json!({ "StreamName": stream })).await?;
        let shards = answer.get("Shards").and_then(Value::as_array).cloned().unwrap_or_default();
        let is_open =
            |shard: &&Value| shard.pointer("/SequenceNumberRange/EndingSequenceNumber").is_none_or(Value::is_null);
        let id = |shard: &Value| shard.get("ShardId")?.as_str().map(str::to_owned);
        Ok(shards.iter().filter(is_open).filter_map(id).collect())
    }

    /// Returns when the first record of a shard arrived that arrived at a time or later; without a time, the oldest. Needs
    /// `kinesis:GetShardIterator` and `kinesis:GetRecords`.
    pub(crate) async fn first_arrival(
        &self,
        stream: &str,
        shard: &str,
        from: Option<Timestamp>,
    ) -> Result<Option<Timestamp>, ServiceFailure> {
        let mut ask = json!({ "StreamName": stream, "ShardId": shard, "ShardIteratorType": "TRIM_HORIZON" });
        if let Some(from) = from {
            ask["ShardIteratorType"] = "AT_TIMESTAMP".into();
            ask["Timestamp"] = seconds(from).into();
        }
        let answer = self.json("kinesis", "Kinesis_20131202.GetShardIterator", &ask).await?;
        let mut iterator = answer.get("ShardIterator").cloned().unwrap_or_default();
        for _ in 0..MAX_READS {
            let ask = json!({ "ShardIterator": iterator, "Limit": MAX_RECORDS });
            let answer = self.json("kinesis", "Kinesis_20131202.GetRecords", &ask).await?;
            let records = answer.get("Records").and_then(Value::as_array).into_iter().flatten();
            let first = records.filter_map(arrival).find(|arrived| from.is_none_or(|from| *arrived >= from));
            let is_at_end = answer.get("MillisBehindLatest").and_then(Value::as_u64).unwrap_or_default() == 0;
            iterator = answer.get("NextShardIterator").cloned().unwrap_or_default();
            if first.is_some() || is_at_end || iterator.is_null() {
                return Ok(first);
            }
        }
        Ok(None)
    }

    /// Lists the mappings to a function, or from a stream. Needs `lambda:ListEventSourceMappings`.
    pub(crate) async fn mappings(&self, parameter: &str, value: &str) -> Result<Vec<Mapping>, ServiceFailure> {
        let value = utf8_percent_encode(value, NON_ALPHANUMERIC);
        let answer = self.rest("lambda", &format!("/2015-03-31/event-source-mappings/?{parameter}={value}")).await?;
        read("lambda", answer.get("EventSourceMappings").cloned().unwrap_or_default())
    }
}

impl StackFacts {
    fn read(xml: &str) -> Self {
        let (mut facts, mut key, mut parameter) = (Self::default(), None, None);
        for (name, text) in leaves(xml) {
            match name.as_str() {
                // The first ones are the stack's own.
                "StackName" if facts.name.is_empty() => facts.name = text,
                "StackStatus" if facts.status.is_empty() => facts.status = text,
                "OutputKey" => key = Some(text),
                "OutputValue" => facts.outputs.extend(key.take().map(|key| (key, text))),
                "ParameterKey" => parameter = Some(text),
                "ParameterValue" => facts.parameters.extend(parameter.take().map(|key| (key, text))),
                _ => {}
            }
        }
        facts
    }
}

/// Returns when a record of a shard arrived.
fn arrival(record: &Value) -> Option<Timestamp> {
    let arrived = record.get("ApproximateArrivalTimestamp")?.as_f64()?;
    #[allow(clippy::cast_possible_truncation, reason = "a cast of a float saturates")]
    Timestamp::from_millisecond((arrived * 1_000.0).round() as i64).ok()
}

/// Reads a part of an answer. A field without a value is as one that is not there.
pub(super) fn read<T: DeserializeOwned>(service: &'static str, mut value: Value) -> Result<T, ServiceFailure> {
    remove_nulls(&mut value);
    serde_json::from_value(value).map_err(|source| ServiceFailure::Answer { service, source })
}

/// Reads a number. A local AWS writes some as text.
fn number<'de, D: Deserializer<'de>>(from: D) -> Result<Option<i64>, D::Error> {
    let value = Value::deserialize(from)?;
    Ok(value.as_i64().or_else(|| value.as_str()?.parse().ok()))
}

/// Reads a truth value. A local AWS writes some as text.
fn flag<'de, D: Deserializer<'de>>(from: D) -> Result<Option<bool>, D::Error> {
    let value = Value::deserialize(from)?;
    Ok(value.as_bool().or_else(|| value.as_str()?.parse().ok()))
}

fn remove_nulls(value: &mut Value) {
    match value {
        Value::Object(object) => {
            object.retain(|_, value| !value.is_null());
            object.values_mut().for_each(remove_nulls);
        }
        Value::Array(array) => array.iter_mut().for_each(remove_nulls),
        _ => {}
    }
}

/// Returns a time as Kinesis takes it.
#[allow(clippy::cast_precision_loss, reason = "milliseconds since 1970 fit")]
fn seconds(time: Timestamp) -> f64 {
    time.as_millisecond() as f64 / 1_000.0
}

pub(super) fn escaped(name: &str) -> String {
    utf8_percent_encode(name, ESCAPED).to_string()
}

#[cfg(test)]
mod tests {
    use super::{Mapping, StackFacts};

    #[test]
    fn a_stack_has_its_status_and_outputs() {
        let xml = "<DescribeStacksResponse><DescribeStacksResult><Stacks><member><StackName>logbraid</StackName>\
            <StackStatus>UPDATE_COMPLETE</StackStatus><Parameters><member><ParameterKey>Redact</ParameterKey>\
            <ParameterValue>on</ParameterValue></member><member><ParameterKey>CorsOrigins</ParameterKey><ParameterValue/>\
            </member></Parameters><Outputs><member><OutputKey>StreamName</OutputKey>\
            <OutputValue>logs &amp; more</OutputValue><Description>d</Description></member><member>\
            <Description>first</Description><OutputKey>ApiUrl</OutputKey><OutputValue>https://x</OutputValue></member>\
            </Outputs></member></Stacks></DescribeStacksResult></DescribeStacksResponse>";
        let facts = StackFacts::read(xml);
        assert_eq!((facts.name.as_str(), facts.status.as_str()), ("logbraid", "UPDATE_COMPLETE"));
        assert_eq!(
            (facts.outputs["StreamName"].as_str(), facts.outputs["ApiUrl"].as_str()),
            ("logs & more", "https://x")
        );
        let parameters = [("Redact", "on"), ("CorsOrigins", "")];
        assert_eq!(facts.parameters, parameters.map(|(name, value)| (name.to_owned(), value.to_owned())).into());
        assert_eq!(StackFacts::read("<a>"), StackFacts::default());
    }

    #[test]
    fn a_mapping_may_have_a_destination() {
        fn check(json: &str, expect: Option<&str>) {
            let mapping: Mapping = serde_json::from_str(json).unwrap();
            assert_eq!(mapping.destination(), expect, "{json}");
        }
        check(
            r#"{"UUID": "u", "DestinationConfig": {"OnFailure": {"Destination": "arn:aws:s3:::b"}}}"#,
            Some("arn:aws:s3:::b"),
        );
        check(r#"{"UUID": "u", "DestinationConfig": {"OnFailure": {}}}"#, None);
        check(r#"{"UUID": "u", "DestinationConfig": null}"#, None);
        check("{}", None);
    }

    #[test]
    fn a_mapping_may_filter() {
        fn check(json: &str, expect: bool) {
            let mapping: Mapping = serde_json::from_str(json).unwrap();
            assert_eq!(mapping.filters(), expect, "{json}");
        }
        check(r#"{"FilterCriteria": {"Filters": [{"Pattern": "{}"}]}}"#, true);
        check(r#"{"FilterCriteria": {"Filters": []}}"#, false);
        check(r#"{"FilterCriteria": {}}"#, false);
        check("{}", false);
    }
}
