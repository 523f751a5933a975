//! Checks the alarms: whether they are there, which are on, and whether they tell anybody.

use std::collections::HashMap;

use super::Deployment;
use super::finding::{BY_HAND, REVERT, Report};
use super::policy::account_of;
use super::resources::topic_fault;
use crate::error::Error;
use crate::render::count;
use crate::services::{Alarm, Services, Subscriptions};

const CHECK: &str = "alarms";
/// The alarms of `infra/monitoring.yaml`, without the name of the stack, and what they watch, with the parameters of that template.
const ALARMS: [(&str, &str); 10] = [
    ("api-errors", "Sum of AWS/ApiGateway 5xx of ApiId {QueryApiId} in 60 s, GreaterThanThreshold in 3 of 5 periods"),
    (
        "api-latency",
        "p99 of AWS/ApiGateway Latency of ApiId {QueryApiId} in 300 s, GreaterThanThreshold in 3 of 3 periods",
    ),
    (
        "given-up",
        "Sum of AWS/Lambda OnFailureDestinationDeliveredEventCount of EventSourceMappingUUID {IngestMappingId} in 300 s, \
         GreaterThanThreshold in 1 of 1 periods",
    ),
    (
        "ingest-errors",
        "Sum of AWS/Lambda Errors of FunctionName {IngestFunctionName} in 60 s, GreaterThanThreshold in 3 of 5 periods",
    ),
    (
        "ingest-throttles",
        "Sum of AWS/Lambda Throttles of FunctionName {IngestFunctionName} in 60 s, GreaterThanThreshold in 5 of 5 periods",
    ),
    (
        "iterator-age",
        "Maximum of AWS/Lambda IteratorAge of FunctionName {IngestFunctionName} in 60 s, GreaterThanThreshold in 5 of 5 periods",
    ),
    (
        "lost",
        "Sum of AWS/Lambda DestinationDeliveryFailures of FunctionName {IngestFunctionName} in 300 s, \
         GreaterThanThreshold in 1 of 1 periods",
    ),
    (
        "nothing-filed",
        "delivered = Sum of logbraid Deliveries of stream {StreamName} in 300 s; \
         received = Sum of AWS/Kinesis IncomingRecords of StreamName {StreamName} in 300 s; \
         silent = IF(FILL(received, 0) > 0 AND FILL(delivered, 0) == 0, 1, 0), GreaterThanThreshold in 3 of 3 periods",
    ),
    (
        "puts-throttled",
        "Sum of AWS/Kinesis WriteProvisionedThroughputExceeded of StreamName {StreamName} in 60 s, \
         GreaterThanThreshold in 5 of 5 periods",
    ),
    (
        "quarantined",
        "aside = Sum of logbraid Quarantined of stream {StreamName} in 300 s; percent = 100 * aside / (aside + stored); \
         stored = Sum of logbraid Stored of stream {StreamName} in 300 s, GreaterThanThreshold in 2 of 3 periods",
    ),
];
/// Those that go on above the value of a parameter. The others go on above 0.
const THRESHOLDS: [(&str, &str); 3] =
    [("api-latency", "QueryP99Ms"), ("iterator-age", "IteratorAgeMs"), ("quarantined", "QuarantinedPercent")];
/// The one that only a stack with retention has.
const OF_RETENTION: (&str, &str) = (
    "retention-failed",
    "Sum of AWS/Lambda Errors of FunctionName {RetentionFunctionName} in 3600 s, GreaterThanThreshold in 1 of 1 periods",
);

/// Checks the alarms and their topic. `mapping` is the id of the event source mapping, if it is known.
pub(super) async fn check(
    services: &Services,
    deployment: &Deployment,
    mapping: Option<&str>,
    report: &mut Report,
) -> Result<(), Error> {
    let Some(topic) = deployment.outputs.get("AlarmTopicArn") else {
        let off = "off: nobody is told when something goes wrong (Monitoring is off)";
        return if deployment.outputs.is_empty() { Ok(()) } else { report.fine(CHECK, off) };
    };
    let prefix = format!("{}-", deployment.name);
    let alarms = match services.alarms(&prefix).await {
        Ok(alarms) => alarms,
        Err(failure) => return report.failed(CHECK, &failure, "cloudwatch:DescribeAlarms"),
    };
    let has_retention = deployment.outputs.contains_key("RetentionFunctionName");
    let expected = ALARMS.into_iter().chain(has_retention.then_some(OF_RETENTION));
    let (mut are_fine, mut there) = (true, 0);
    for (name, watches) in expected {
        if let Some(alarm) = alarms.iter().find(|alarm| alarm.name.strip_prefix(&prefix) == Some(name)) {
            there += 1;
            let watches = filled(watches, &deployment.watched(mapping));
            are_fine &= judge((name, watches.as_deref()), alarm, topic, &deployment.parameters, report)?;
        } else {
            are_fine = false;
            report.problem(CHECK, format!("there is no alarm {prefix}{name}"), REVERT)?;
        }
    }
    if are_fine {
        report.fine(CHECK, format!("{} are there, and none is on", count(there, "alarm")))?;
    }
    check_topic(services, topic, deployment, report).await
}

impl Deployment {
    /// Returns what alarms watch, by the parameters of `infra/monitoring.yaml`.
    fn watched<'a>(&'a self, mapping: Option<&'a str>) -> [(&'static str, Option<&'a str>); 5] {
        let output = |name: &str| self.outputs.get(name).map(String::as_str);
        [
            ("{IngestFunctionName}", Some(&self.ingest)),
            ("{IngestMappingId}", mapping),
            ("{QueryApiId}", output("ApiId")),
            ("{RetentionFunctionName}", output("RetentionFunctionName")),
            ("{StreamName}", self.stream.as_deref()),
        ]
    }
}

/// Puts the values of parameters into a text; `None` if one is not known.
fn filled(text: &str, values: &[(&str, Option<&str>)]) -> Option<String> {
    let mut needed = values.iter().filter(|(parameter, _)| text.contains(parameter));
    needed.try_fold(text.to_owned(), |text, (parameter, value)| Some(text.replace(parameter, (*value)?)))
}

/// Judges an alarm of the stack. `watches` is what it should watch, if that is known. Returns whether it is fine.
fn judge(
    (name, watches): (&str, Option<&str>),
    alarm: &Alarm,
    topic: &str,
    parameters: &HashMap<String, String>,
    report: &mut Report,
) -> Result<bool, Error> {
    let mut is_fine = true;
    if alarm.is_on() {
        let what = format!("the alarm {} is on: {}", alarm.name, alarm.reason);
        is_fine = false;
        report.problem(CHECK, what, format!("docs/runbook.md#{name}"))?;
    }
    if alarm.is_silent() {
        let todo = format!("aws cloudwatch enable-alarm-actions --alarm-names {}", alarm.name);
        let what = format!("the alarm {} is silent: its actions are turned off", alarm.name);
        is_fine = false;
        report.warning(CHECK, what, todo)?;
    }
    if !alarm.notifies.iter().any(|own| own == topic) {
        let what = format!("the alarm {} is silent: it does not notify {topic}", alarm.name);
        is_fine = false;
        report.warning(CHECK, what, REVERT)?;
    }
    if let Some(watches) = watches.filter(|own| *own != alarm.watches()) {
        let what = format!("the alarm {} watches `{}`, and the stack's `{watches}`", alarm.name, alarm.watches());
        is_fine = false;
        report.warning(CHECK, what, REVERT)?;
    }
    if let Some(what) = other_threshold(name, alarm, parameters) {
        is_fine = false;
        report.warning(CHECK, what, BY_HAND)?;
    }
    Ok(is_fine)
}

/// Returns in words how the value above which an alarm goes on differs from the stack's; `None` if it is the same or not known.
fn other_threshold(name: &str, alarm: &Alarm, parameters: &HashMap<String, String>) -> Option<String> {
    let parameter = THRESHOLDS.iter().find(|(own, _)| *own == name).map(|(_, parameter)| *parameter);
    let deployed = parameter.map_or(Some(0.0), |parameter| parameters.get(parameter)?.parse().ok())?;
    let threshold = alarm.threshold.filter(|threshold| (threshold - deployed).abs() > f64::EPSILON)?;
    let of = parameter.map_or(String::new(), |parameter| format!("parameter {parameter} "));
    Some(format!("the alarm {} goes on above {threshold}, and the stack's {of}is {deployed}", alarm.name))
}

async fn check_topic(
    services: &Services,
    topic: &str,
    deployment: &Deployment,
    report: &mut Report,
) -> Result<(), Error> {
    let found = services.subscriptions(topic).await;
    if let Ok(Subscriptions { policy: Some(policy), .. }) = &found
        && let Some(account) = account_of(topic)
        && let Some(alarm) = deployment.arn("cloudwatch", &format!("alarm:{}-lost", deployment.name))
        && let Some((is_certain, what, todo)) = topic_fault(topic, policy, account, &alarm)
    {
        report.fault(CHECK, is_certain, what, todo)?;
        if is_certain {
            return Ok(());
        }
    }
    match found {
        Ok(found) if found.confirmed > 0 => {
            report.fine(CHECK, format!("they notify {}", count(found.confirmed, "subscription")))
        }
        Ok(found) if found.pending > 0 => {
            let todo = "follow the link in the mail that AWS sent to AlarmEmail";
            report.warning(CHECK, "they notify nobody: the subscription is not confirmed", todo)
        }
        Ok(_) => {
            let todo = format!("deploy with AlarmEmail, or subscribe to {topic}");
            report.warning(CHECK, "they notify nobody: the topic has no subscription", todo)
        }
        Err(failure) if failure.is_missing() => {
            report.problem(CHECK, "they notify nobody: their topic is gone", REVERT)
        }
        Err(failure) => report.failed(CHECK, &failure, "sns:GetTopicAttributes"),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde_json::{Value, json};

    use super::{ALARMS, OF_RETENTION, THRESHOLDS, filled, other_threshold};
    use crate::services::Alarm;

    #[test]
    fn each_alarm_of_the_template_is_looked_for() {
        let template = include_str!("../../../../infra/monitoring.yaml");
        let own: BTreeSet<&str> =
            template.lines().filter_map(|line| line.trim().strip_prefix("AlarmName: !Sub ${StackPrefix}-")).collect();
        let expect: BTreeSet<&str> = ALARMS.into_iter().chain([OF_RETENTION]).map(|(name, _)| name).collect();
        assert_eq!(own, expect);
    }

    #[test]
    fn alarms_go_on_above_these_values() {
        let template = include_str!("../../../../infra/monitoring.yaml");
        let (mut name, mut own) = ("", BTreeSet::new());
        for line in template.lines().map(str::trim) {
            name = line.strip_prefix("AlarmName: !Sub ${StackPrefix}-").unwrap_or(name);
            own.extend(line.strip_prefix("Threshold: ").map(|above| (name, above.trim_start_matches("!Ref "))));
        }
        let parameter = |name| THRESHOLDS.iter().find(|(own, _)| *own == name).map_or("0", |(_, parameter)| *parameter);
        assert_eq!(own, ALARMS.into_iter().chain([OF_RETENTION]).map(|(name, _)| (name, parameter(name))).collect());
    }

    /// Returns the alarms of the template as CloudWatch describes them, with the names of parameters as values.
    fn of_template() -> Vec<Value> {
        let template = include_str!("../../../../infra/monitoring.yaml");
        let (mut alarms, mut is_alarm): (Vec<Value>, _) = (Vec::new(), false);
        for line in template.lines().map(str::trim) {
            let Some((key, value)) = line.trim_start_matches("- ").split_once(": ") else { continue };
            is_alarm = if key == "Type" { value == "AWS::CloudWatch::Alarm" } else { is_alarm };
            if let Some(name) = value.strip_prefix("!Sub ${StackPrefix}-").filter(|_| key == "AlarmName") {
                alarms.push(json!({ "AlarmName": name }));
            }
            let Some(alarm) = alarms.last_mut().filter(|_| is_alarm) else { continue };
            if key == "Id" {
                let parts = alarm.as_object_mut().unwrap().entry("Metrics").or_insert(json!([]));
                parts.as_array_mut().unwrap().push(json!({ "Id": value }));
            }
            let part = alarm.get("Metrics").map(|parts| parts.as_array().unwrap().len() - 1);
            let place = |in_part: &str| part.map_or(String::new(), |part| format!("/Metrics/{part}{in_part}"));
            let (path, value) = match key {
                "Namespace" | "MetricName" => (place("/MetricStat/Metric"), json!(value)),
                "Dimensions" => {
                    let (name, of) = value.trim_matches(&['[', ']', '{', '}', ' '][..]).split_once(", ").unwrap();
                    let of = of.trim_start_matches("Value: !Ref ");
                    let own = json!({ "Name": name.trim_start_matches("Name: "), "Value": format!("{{{of}}}") });
                    (place("/MetricStat/Metric"), json!([own]))
                }
                "Stat" => (place("/MetricStat"), json!(value)),
                "Period" => (place("/MetricStat"), json!(value.parse::<u64>().unwrap())),
                "Expression" => (place(""), json!(value)),
                "Statistic" | "ExtendedStatistic" | "ComparisonOperator" => (String::new(), json!(value)),
                "EvaluationPeriods" | "DatapointsToAlarm" => (String::new(), json!(value.parse::<u64>().unwrap())),
                _ => continue,
            };
            let place = path.split('/').skip(1).fold(alarm, |place, step| match step.parse::<usize>() {
                Ok(index) => &mut place[index],
                Err(_) => &mut place[step],
            });
            place[key] = value;
        }
        alarms
    }

    #[test]
    fn each_alarm_watches_what_the_template_says() {
        let own: BTreeSet<(String, String)> = of_template()
            .into_iter()
            .map(|alarm| serde_json::from_value(alarm).unwrap())
            .map(|alarm: Alarm| (alarm.name.clone(), alarm.watches()))
            .collect();
        let expect = ALARMS.into_iter().chain([OF_RETENTION]);
        assert_eq!(own, expect.map(|(name, watches)| (name.to_owned(), watches.to_owned())).collect());
    }

    #[test]
    fn an_alarm_is_compared_if_all_is_known() {
        let values = [("{A}", Some("1")), ("{B}", None)];
        assert_eq!(filled("of {A} and {A}", &values).as_deref(), Some("of 1 and 1"));
        assert_eq!(filled("of {A} and {B}", &values), None);
    }

    #[test]
    fn a_value_changed_by_hand_is_named() {
        fn check(name: &str, threshold: Option<f64>, expect: Option<&str>) {
            let mut alarm = Alarm::default();
            (alarm.name, alarm.threshold) = (format!("logbraid-{name}"), threshold);
            let parameters = [("IteratorAgeMs".to_owned(), "300000".to_owned())].into();
            assert_eq!(other_threshold(name, &alarm, &parameters).as_deref(), expect, "{name}");
        }
        check("iterator-age", Some(300_000.0), None);
        let changed =
            "the alarm logbraid-iterator-age goes on above 86400000, and the stack's parameter IteratorAgeMs is 300000";
        check("iterator-age", Some(86_400_000.0), Some(changed));
        check("lost", Some(0.0), None);
        check("lost", Some(1_000.0), Some("the alarm logbraid-lost goes on above 1000, and the stack's is 0"));
        check("lost", None, None);
        // Its parameter is not known.
        check("quarantined", Some(1.0), None);
    }
}
