//! Who wraps records in envelopes, and the fields in which they do.
//!
//! All names are spelled as [`spelling`](super::spelling) does.

/// The field with what a container wrote. It may also be an object of the Elastic Common Schema, without a message.
pub(super) const LOG: &str = "log";
/// The field with the same in Azure Monitor's tables, as it is spelled.
pub(super) const LOG_MESSAGE: &str = "logmessage";
/// The field with a record in OpenTelemetry's data model.
pub(super) const BODY: &str = "body";
/// The field with the run of Step Functions, as it is spelled.
pub(super) const EXECUTION_ARN: &str = "executionarn";

/// The fields of envelopes: those of Docker, `FireLens`, Kubernetes, SNS first.
pub(super) const PARTS: [(&str, Part); 67] = [
    (LOG, Part::Text),
    ("message", Part::Text),
    ("textpayload", Part::Text),
    // GELF's.
    ("shortmessage", Part::Text),
    // Splunk's and Cribl's `_raw`.
    ("raw", Part::Text),
    ("resultdescription", Part::Text),
    (LOG_MESSAGE, Part::Text),
    ("data", Part::Record(&[Sender::CloudEvents, Sender::Parser])),
    ("specversion", Part::Mark(Sender::CloudEvents)),
    ("payload", Part::Record(&[Sender::KafkaConnect, Sender::Parser])),
    ("json", Part::Record(&[Sender::Parser])),
    ("logprocessed", Part::Record(&[Sender::Parser])),
    ("parsed", Part::Record(&[Sender::Parser])),
    ("structured", Part::Record(&[Sender::Parser])),
    ("logevent", Part::Record(&[Sender::Parser])),
    ("logentry", Part::Record(&[Sender::Parser])),
    ("entry", Part::Record(&[Sender::Parser])),
    // dbt's.
    ("info", Part::Record(&[Sender::Parser])),
    ("latencyhuman", Part::Mark(Sender::Echo)),
    ("schema", Part::Mark(Sender::KafkaConnect)),
    ("properties", Part::Record(&[Sender::Azure])),
    ("resourceid", Part::Mark(Sender::Azure)),
    ("subscription", Part::Mark(Sender::PubSub)),
    ("containerid", Part::Mark(Sender::Docker)),
    ("involvedobject", Part::Mark(Sender::Kubernetes)),
    ("event", Part::Record(&[Sender::Splunk, Sender::Parser])),
    ("line", Part::Record(&[Sender::Docker])),
    ("sourcetype", Part::Mark(Sender::Splunk)),
    ("detail", Part::Record(&[Sender::EventBridge, Sender::Parser])),
    ("detailtype", Part::Mark(Sender::EventBridge)),
    ("jsonpayload", Part::Record(&[Sender::GoogleCloud, Sender::Parser])),
    ("insertid", Part::Mark(Sender::GoogleCloud)),
    (BODY, Part::Record(&[Sender::OpenTelemetry, Sender::Sqs])),
    ("severitynumber", Part::Mark(Sender::OpenTelemetry)),
    ("receipthandle", Part::Mark(Sender::Sqs)),
    ("sns", Part::Record(&[Sender::Sns])),
    ("eventsubscriptionarn", Part::Mark(Sender::Sns)),
    ("record", Part::Record(&[Sender::Lambda])),
    ("type", Part::Mark(Sender::Lambda)),
    ("dd", Part::Mark(Sender::Datadog)),
    ("ddtraceid", Part::Mark(Sender::Datadog)),
    ("datadogtraceid", Part::Mark(Sender::Datadog)),
    ("ddservice", Part::Mark(Sender::Datadog)),
    ("ddtags", Part::Mark(Sender::Datadog)),
    ("ddsource", Part::Mark(Sender::Datadog)),
    ("logevents", Part::Items),
    ("records", Part::Items),
    ("logs", Part::Items),
    ("messages", Part::Items),
    ("streams", Part::Items),
    ("resourcelogs", Part::Items),
    ("syslogidentifier", Part::Mark(Sender::Syslog)),
    ("syslogfacility", Part::Mark(Sender::Syslog)),
    ("syslogtag", Part::Mark(Sender::Syslog)),
    ("syslogtimestamp", Part::Mark(Sender::Syslog)),
    ("realtimetimestamp", Part::Mark(Sender::Syslog)),
    ("sourcerealtimetimestamp", Part::Mark(Sender::Syslog)),
    ("timereported", Part::Mark(Sender::Syslog)),
    ("timegenerated", Part::Mark(Sender::Syslog)),
    ("programname", Part::Mark(Sender::Syslog)),
    ("procid", Part::Mark(Sender::Syslog)),
    ("regarding", Part::Mark(Sender::Kubernetes)),
    ("errsymbol", Part::Mark(Sender::MySql)),
    ("label", Part::Mark(Sender::MySql)),
    ("prio", Part::Mark(Sender::MySql)),
    ("logsource", Part::Mark(Sender::Logstash)),
    (EXECUTION_ARN, Part::Mark(Sender::StepFunctions)),
];

/// A field's part in an envelope.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Part {
    /// It may hold a record as text.
    Text,
    /// It holds a record, as an object or as text, in the envelope of one of these senders.
    Record(&'static [Sender]),
    /// Only an envelope of this sender has such a field.
    Mark(Sender),
    /// It may hold many records.
    Items,
}

/// Whose envelope it is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Sender {
    /// <https://docs.splunk.com/Documentation/Splunk/latest/Data/FormateventsforHTTPEventCollector>
    Splunk,
    /// <https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-events-structure.html>
    EventBridge,
    /// <https://cloud.google.com/logging/docs/reference/v2/rest/v2/LogEntry>
    GoogleCloud,
    /// The OpenTelemetry Collector.
    OpenTelemetry,
    /// <https://docs.aws.amazon.com/lambda/latest/dg/telemetry-schema-reference.html>
    Lambda,
    /// <https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html>
    Sqs,
    /// <https://docs.aws.amazon.com/lambda/latest/dg/with-sns.html>
    Sns,
    /// Docker's driver for Splunk: <https://docs.docker.com/engine/logging/drivers/splunk/>.
    Docker,
    /// A syslog daemon or journald. It wraps nothing, but its fields tell what its numbers mean.
    Syslog,
    /// Datadog's agent and libraries, in the same way.
    Datadog,
    /// <https://github.com/cloudevents/spec/blob/main/cloudevents/formats/json-format.md>
    CloudEvents,
    /// Kafka Connect's `JsonConverter` with schemas.
    KafkaConnect,
    /// Azure's resource logs: <https://learn.microsoft.com/azure/azure-monitor/platform/resource-logs-schema>.
    Azure,
    /// <https://cloud.google.com/pubsub/docs/push#receive_push>
    PubSub,
    /// A collector that read a record and put it into one of its fields: Fluent Bit's `Merge_Log_Key`, Filebeat's `json`.
    Parser,
    /// Echo's access log, which wraps nothing: its `id` is the request's.
    Echo,
    /// An event of Kubernetes, which wraps nothing: its type is its level.
    Kubernetes,
    /// `MySQL`'s error log as JSON, in the same way.
    MySql,
    /// Logstash's input of syslog, and python-logstash-async: their `program` is the service.
    Logstash,
    /// An event of a run of AWS Step Functions: its type says whether it failed.
    StepFunctions,
}

impl Sender {
    /// Returns whether its text is a line of a program, and not only what may be an object.
    pub(super) fn sends_lines(self) -> bool {
        matches!(self, Self::Lambda | Self::Sqs | Self::Docker | Self::Splunk | Self::CloudEvents | Self::KafkaConnect)
    }
}
