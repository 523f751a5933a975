//! The calls for parts that a stack may have: retention's schedule and queue, and the alarms. And for log groups.

use jiff::Timestamp;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;
use serde_json::{Value, json};

use super::calls::{escaped, read};
use super::xml::leaves;
use super::{ServiceFailure, Services};

/// The attribute with the number of messages that wait in a queue.
const MESSAGES: &str = "ApproximateNumberOfMessages";

/// A schedule.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct Schedule {
    /// `ENABLED` or `DISABLED`.
    pub(crate) state: String,
    /// When it calls, such as `cron(15 3 * * ? *)`.
    #[serde(rename = "ScheduleExpression")]
    pub(crate) when: String,
    /// The first time at which it may call, in seconds since 1970.
    start_date: Value,
    /// The last one.
    end_date: Value,
    target: Target,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Target {
    arn: String,
    role_arn: String,
    input: String,
}

/// An alarm.
#[derive(Clone, Debug, Default, Deserialize, PartialEq)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct Alarm {
    /// Its name.
    #[serde(rename = "AlarmName")]
    pub(crate) name: String,
    /// `OK`, `ALARM` or `INSUFFICIENT_DATA`.
    state_value: String,
    /// Why it has its state.
    #[serde(rename = "StateReason")]
    pub(crate) reason: String,
    actions_enabled: Option<bool>,
    /// The ARNs of what it notifies when it goes on.
    #[serde(rename = "AlarmActions")]
    pub(crate) notifies: Vec<String>,
    /// The value above which it goes on.
    pub(crate) threshold: Option<f64>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Alarms {
    metric_alarms: Vec<Alarm>,
}

/// A log group.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct LogGroup {
    #[serde(rename = "logGroupName")]
    name: String,
    /// How many days it keeps an entry; `None` if it keeps all.
    pub(crate) retention_in_days: Option<u32>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct LogGroups {
    log_groups: Vec<LogGroup>,
}

/// How many get the messages of a topic.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) struct Subscriptions {
    /// Those who confirmed.
    pub(crate) confirmed: u64,
    /// Those who were asked and did not answer.
    pub(crate) pending: u64,
}

impl Schedule {
    /// Whether it calls a function.
    pub(crate) fn calls(&self, function: &str) -> bool {
        self.target.arn.rsplit(':').next() == Some(function)
    }

    /// Returns the ARN of the role as which it calls, and that of what it calls.
    pub(crate) fn calls_as(&self) -> Option<(&str, &str)> {
        let Target { arn, role_arn, .. } = &self.target;
        (!arn.is_empty() && !role_arn.is_empty()).then_some((role_arn, arn))
    }

    /// Returns the time before which it does not call.
    pub(crate) fn begins(&self) -> Option<Timestamp> {
        time(&self.start_date)
    }

    /// Returns the time after which it does not call.
    pub(crate) fn ends(&self) -> Option<Timestamp> {
        time(&self.end_date)
    }

    /// Returns what it sends, as text.
    pub(crate) fn input(&self) -> &str {
        &self.target.input
    }

    /// Returns what it sends; `null` if that is nothing, or no JSON.
    pub(crate) fn sends(&self) -> Value {
        serde_json::from_str(&self.target.input).unwrap_or_default()
    }

    /// Returns a flag in what it sends.
    pub(crate) fn sends_flag(&self, name: &str) -> bool {
        self.sends().get(name).and_then(Value::as_bool).unwrap_or_default()
    }
}

impl Services {
    /// Reads a schedule of the default group. Needs `scheduler:GetSchedule`.
    pub(crate) async fn schedule(&self, name: &str) -> Result<Schedule, ServiceFailure> {
        read("scheduler", self.rest("scheduler", &format!("/schedules/{}", escaped(name))).await?)
    }

    /// Counts the messages that wait in a queue. Needs `sqs:GetQueueAttributes`.
    pub(crate) async fn messages(&self, queue_url: &str) -> Result<u64, ServiceFailure> {
        let ask = json!({ "QueueUrl": queue_url, "AttributeNames": [MESSAGES] });
        let answer = self.json("sqs", "AmazonSQS.GetQueueAttributes", &ask).await?;
        let count = answer.get("Attributes").and_then(|own| own.get(MESSAGES)).and_then(Value::as_str);
        Ok(count.and_then(|count| count.parse().ok()).unwrap_or_default())
    }

    /// Lists the alarms whose names begin so: the first hundred. Needs `cloudwatch:DescribeAlarms`.
    pub(crate) async fn alarms(&self, prefix: &str) -> Result<Vec<Alarm>, ServiceFailure> {
        let ask = json!({ "AlarmNamePrefix": prefix, "MaxRecords": 100 });
        let answer = self.json("monitoring", "GraniteServiceVersion20100801.DescribeAlarms", &ask).await?;
        read("monitoring", answer).map(|Alarms { metric_alarms }| metric_alarms)
    }

    /// Looks for a log group; `None` if there is none. Needs `logs:DescribeLogGroups`.
    pub(crate) async fn log_group(&self, name: &str) -> Result<Option<LogGroup>, ServiceFailure> {
        // They come in the order of their names, so it is the first.
        let ask = json!({ "logGroupNamePrefix": name });
        let LogGroups { log_groups } = read("logs", self.json("logs", "Logs_20140328.DescribeLogGroups", &ask).await?)?;
        Ok(log_groups.into_iter().find(|group| group.name == name))
    }

    /// Counts who gets the messages of a topic. Needs `sns:GetTopicAttributes`.
    pub(crate) async fn subscriptions(&self, topic_arn: &str) -> Result<Subscriptions, ServiceFailure> {
        let topic = utf8_percent_encode(topic_arn, NON_ALPHANUMERIC);
        let form = format!("Action=GetTopicAttributes&Version=2010-03-31&TopicArn={topic}");
        self.form("sns", form).await.map(|(xml, _)| Subscriptions::read(&xml))
    }
}

impl Alarm {
    /// Whether it is on.
    pub(crate) fn is_on(&self) -> bool {
        self.state_value == "ALARM"
    }

    /// Whether its actions are turned off, so that it notifies nobody.
    pub(crate) fn is_silent(&self) -> bool {
        self.actions_enabled == Some(false)
    }
}

impl Subscriptions {
    fn read(xml: &str) -> Self {
        let (mut found, mut key) = (Self::default(), String::new());
        for (name, text) in leaves(xml) {
            match (name.as_str(), key.as_str()) {
                ("key", _) => key = text,
                ("value", "SubscriptionsConfirmed") => found.confirmed = text.parse().unwrap_or_default(),
                ("value", "SubscriptionsPending") => found.pending = text.parse().unwrap_or_default(),
                _ => {}
            }
        }
        found
    }
}

fn time(seconds: &Value) -> Option<Timestamp> {
    #[allow(clippy::cast_possible_truncation, reason = "a cast of a float saturates")]
    Timestamp::from_second(seconds.as_f64()? as i64).ok()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{Alarms, Schedule, Subscriptions, read};

    #[test]
    fn an_alarm_is_on_or_silent() {
        fn check(alarm: &Value, is_on: bool, is_silent: bool, notifies: &[&str], threshold: Option<f64>) {
            let Alarms { metric_alarms } = read("monitoring", json!({ "MetricAlarms": [alarm] })).unwrap();
            let [own] = metric_alarms.as_slice() else { panic!("one") };
            assert_eq!((own.is_on(), own.is_silent(), own.threshold), (is_on, is_silent, threshold), "{alarm}");
            assert_eq!(own.notifies, notifies, "{alarm}");
        }
        let lost = json!({
            "AlarmName": "logbraid-lost", "StateValue": "ALARM", "StateReason": "1 > 0", "ActionsEnabled": true, "Threshold": 5.0,
            "OKActions": ["arn:ok"], "AlarmActions": ["arn:a", "arn:b"], "Dimensions": [{ "Name": "FunctionName", "Value": "x" }],
        });
        check(&lost, true, false, &["arn:a", "arn:b"], Some(5.0));
        check(&json!({ "StateValue": "OK", "ActionsEnabled": false, "Threshold": null }), false, true, &[], None);
        check(&json!({ "StateValue": "INSUFFICIENT_DATA" }), false, false, &[], None);
    }

    #[test]
    fn a_topic_has_subscriptions() {
        let xml = "<GetTopicAttributesResponse><GetTopicAttributesResult><Attributes><entry><key>Owner</key>\
            <value>7</value></entry><entry><key>SubscriptionsConfirmed</key><value>2</value></entry><entry>\
            <key>SubscriptionsPending</key><value>1</value></entry></Attributes></GetTopicAttributesResult>\
            </GetTopicAttributesResponse>";
        assert_eq!(Subscriptions::read(xml), Subscriptions { confirmed: 2, pending: 1 });
    }

    #[test]
    fn a_schedule_calls_one_function() {
        let json = r#"{"State": "ENABLED", "Target": {"Arn": "arn:aws:lambda:eu-west-1:1:function:a-retention"}}"#;
        let schedule: Schedule = serde_json::from_str(json).unwrap();
        assert!(schedule.calls("a-retention") && !schedule.calls("retention") && !schedule.calls("a-retention2"));
    }
}
