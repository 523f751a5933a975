//! The calls for parts that a stack may have: retention's schedule and queue, the topic of the alarms, keys. And for log groups.

use jiff::Timestamp;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;
use serde_json::{Value, json};

use super::calls::{escaped, read};
use super::xml::leaves;
use super::{ServiceFailure, Services};

/// The attribute with the number of messages that wait in a queue.
const MESSAGES: &str = "ApproximateNumberOfMessages";
/// The attribute with the seconds after which a queue drops a message.
const KEPT: &str = "MessageRetentionPeriod";
/// The attribute with the policy of a queue or a topic.
const POLICY: &str = "Policy";

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
    flexible_time_window: Window,
    target: Target,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Window {
    maximum_window_in_minutes: Option<u64>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Target {
    arn: String,
    role_arn: String,
    input: String,
    dead_letter_config: DeadLetters,
    retry_policy: Retries,
}

/// How often the scheduler tries a call again, and for how long. What the answer does not have is not known.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct Retries {
    #[serde(rename = "MaximumRetryAttempts")]
    pub(crate) attempts: Option<u64>,
    #[serde(rename = "MaximumEventAgeInSeconds")]
    pub(crate) age_s: Option<u64>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct DeadLetters {
    arn: String,
}

/// A queue.
#[derive(Clone, Debug)]
pub(crate) struct Queue {
    /// How many messages wait.
    pub(crate) messages: u64,
    /// After how many seconds it drops a message; `None` if it does not say.
    pub(crate) kept_s: Option<u64>,
    /// Its policy; `null` if it has none.
    pub(crate) policy: Value,
}

/// A key of one's own.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct KmsKey {
    /// `Enabled`, `Disabled`, `PendingDeletion`, and others.
    #[serde(rename = "KeyState")]
    pub(crate) state: String,
    /// When it is deleted, in seconds since 1970.
    deletion_date: Value,
}

impl KmsKey {
    /// Returns when it is deleted; `None` if it is not to be.
    pub(crate) fn deleted_at(&self) -> Option<Timestamp> {
        time(&self.deletion_date)
    }
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

/// How many get the messages of a topic, and who may send them.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct Subscriptions {
    /// Those who confirmed.
    pub(crate) confirmed: u64,
    /// Those who were asked and did not answer.
    pub(crate) pending: u64,
    /// The policy of the topic; `None` if it is not known.
    pub(crate) policy: Option<Value>,
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

    /// Returns the ARN of the queue for calls that it cannot make.
    pub(crate) fn failures(&self) -> Option<&str> {
        Some(self.target.dead_letter_config.arn.as_str()).filter(|arn| !arn.is_empty())
    }

    /// Returns how often it tries a call again that it cannot make.
    pub(crate) fn retries(&self) -> Retries {
        self.target.retry_policy
    }

    /// Returns within how many minutes after its time it calls; `None` if it calls at once.
    pub(crate) fn window_min(&self) -> Option<u64> {
        self.flexible_time_window.maximum_window_in_minutes
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

    /// Looks at a key. Needs `kms:DescribeKey`.
    pub(crate) async fn key(&self, arn: &str) -> Result<KmsKey, ServiceFailure> {
        let answer = self.json("kms", "TrentService.DescribeKey", &json!({ "KeyId": arn })).await?;
        read("kms", answer.get("KeyMetadata").cloned().unwrap_or_default())
    }

    /// Looks at a queue. Needs `sqs:GetQueueAttributes`.
    pub(crate) async fn queue(&self, url: &str) -> Result<Queue, ServiceFailure> {
        let ask = json!({ "QueueUrl": url, "AttributeNames": [MESSAGES, KEPT, POLICY] });
        let answer = self.json("sqs", "AmazonSQS.GetQueueAttributes", &ask).await?;
        let text = |name: &str| answer.get("Attributes")?.get(name)?.as_str();
        let number = |name: &str| text(name)?.parse().ok();
        let policy = text(POLICY).and_then(|policy| serde_json::from_str(policy).ok()).unwrap_or_default();
        Ok(Queue { messages: number(MESSAGES).unwrap_or_default(), kept_s: number(KEPT), policy })
    }

    /// Looks for a log group; `None` if there is none. Needs `logs:DescribeLogGroups`.
    pub(crate) async fn log_group(&self, name: &str) -> Result<Option<LogGroup>, ServiceFailure> {
        // They come in the order of their names, so it is the first.
        let ask = json!({ "logGroupNamePrefix": name });
        let LogGroups { log_groups } = read("logs", self.json("logs", "Logs_20140328.DescribeLogGroups", &ask).await?)?;
        Ok(log_groups.into_iter().find(|group| group.name == name))
    }

    /// Counts who gets the messages of a topic, and reads its policy. Needs `sns:GetTopicAttributes`.
    pub(crate) async fn subscriptions(&self, topic_arn: &str) -> Result<Subscriptions, ServiceFailure> {
        let topic = utf8_percent_encode(topic_arn, NON_ALPHANUMERIC);
        let form = format!("Action=GetTopicAttributes&Version=2010-03-31&TopicArn={topic}");
        self.form("sns", form).await.map(|(xml, _)| Subscriptions::read(&xml))
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
                ("value", POLICY) => found.policy = serde_json::from_str(&text).ok(),
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
    use super::{Schedule, Subscriptions};

    #[test]
    fn a_topic_has_subscriptions() {
        let xml = "<GetTopicAttributesResponse><GetTopicAttributesResult><Attributes><entry><key>Owner</key>\
            <value>7</value></entry><entry><key>Policy</key><value>{&quot;Version&quot;:&quot;v&quot;}</value></entry><entry><key>SubscriptionsConfirmed</key><value>2</value></entry><entry>\
            <key>SubscriptionsPending</key><value>1</value></entry></Attributes></GetTopicAttributesResult>\
            </GetTopicAttributesResponse>";
        let policy = Some(serde_json::json!({ "Version": "v" }));
        assert_eq!(Subscriptions::read(xml), Subscriptions { confirmed: 2, pending: 1, policy });
    }

    #[test]
    fn a_schedule_calls_one_function() {
        let json = r#"{"State": "ENABLED", "Target": {"Arn": "arn:aws:lambda:eu-west-1:1:function:a-retention"}}"#;
        let schedule: Schedule = serde_json::from_str(json).unwrap();
        assert!(schedule.calls("a-retention") && !schedule.calls("retention") && !schedule.calls("a-retention2"));
    }
}
