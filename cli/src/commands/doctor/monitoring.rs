//! Checks the alarms: whether they are there, which are on, and whether they tell anybody.

use std::collections::HashMap;

use super::Deployment;
use super::finding::{BY_HAND, REVERT, Report};
use crate::error::Error;
use crate::render::count;
use crate::services::{Alarm, Services};

const CHECK: &str = "alarms";
/// The alarms of `infra/monitoring.yaml`, without the name of the stack.
const ALARMS: [&str; 10] = [
    "api-errors",
    "api-latency",
    "given-up",
    "ingest-errors",
    "ingest-throttles",
    "iterator-age",
    "lost",
    "nothing-filed",
    "puts-throttled",
    "quarantined",
];
/// Those that go on above the value of a parameter. The others go on above 0.
const THRESHOLDS: [(&str, &str); 3] =
    [("api-latency", "QueryP99Ms"), ("iterator-age", "IteratorAgeMs"), ("quarantined", "QuarantinedPercent")];
/// The one that only a stack with retention has.
const OF_RETENTION: &str = "retention-failed";

/// Checks the alarms and their topic.
pub(super) async fn check(services: &Services, deployment: &Deployment, report: &mut Report) -> Result<(), Error> {
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
    for name in expected {
        if let Some(alarm) = alarms.iter().find(|alarm| alarm.name.strip_prefix(&prefix) == Some(name)) {
            there += 1;
            are_fine &= judge(name, alarm, topic, &deployment.parameters, report)?;
        } else {
            are_fine = false;
            report.problem(CHECK, format!("there is no alarm {prefix}{name}"), REVERT)?;
        }
    }
    if are_fine {
        report.fine(CHECK, format!("{} are there, and none is on", count(there, "alarm")))?;
    }
    check_topic(services, topic, report).await
}

/// Judges an alarm of the stack. Returns whether it is fine.
fn judge(
    name: &str,
    alarm: &Alarm,
    topic: &str,
    parameters: &HashMap<String, String>,
    report: &mut Report,
) -> Result<bool, Error> {
    if alarm.is_on() {
        let what = format!("the alarm {} is on: {}", alarm.name, alarm.reason);
        return report.problem(CHECK, what, format!("docs/runbook.md#{name}")).map(|()| false);
    }
    if alarm.is_silent() {
        let todo = format!("aws cloudwatch enable-alarm-actions --alarm-names {}", alarm.name);
        let what = format!("the alarm {} is silent: its actions are turned off", alarm.name);
        return report.warning(CHECK, what, todo).map(|()| false);
    }
    if !alarm.notifies.iter().any(|own| own == topic) {
        let what = format!("the alarm {} is silent: it does not notify {topic}", alarm.name);
        return report.warning(CHECK, what, REVERT).map(|()| false);
    }
    if let Some(what) = other_threshold(name, alarm, parameters) {
        return report.warning(CHECK, what, BY_HAND).map(|()| false);
    }
    Ok(true)
}

/// Returns in words how the value above which an alarm goes on differs from the stack's; `None` if it is the same or not known.
fn other_threshold(name: &str, alarm: &Alarm, parameters: &HashMap<String, String>) -> Option<String> {
    let parameter = THRESHOLDS.iter().find(|(own, _)| *own == name).map(|(_, parameter)| *parameter);
    let deployed = parameter.map_or(Some(0.0), |parameter| parameters.get(parameter)?.parse().ok())?;
    let threshold = alarm.threshold.filter(|threshold| (threshold - deployed).abs() > f64::EPSILON)?;
    let of = parameter.map_or(String::new(), |parameter| format!("parameter {parameter} "));
    Some(format!("the alarm {} goes on above {threshold}, and the stack's {of}is {deployed}", alarm.name))
}

async fn check_topic(services: &Services, topic: &str, report: &mut Report) -> Result<(), Error> {
    match services.subscriptions(topic).await {
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

    use super::{ALARMS, OF_RETENTION, THRESHOLDS, other_threshold};
    use crate::services::Alarm;

    #[test]
    fn each_alarm_of_the_template_is_looked_for() {
        let template = include_str!("../../../../infra/monitoring.yaml");
        let own: BTreeSet<&str> =
            template.lines().filter_map(|line| line.trim().strip_prefix("AlarmName: !Sub ${StackPrefix}-")).collect();
        let expect: BTreeSet<&str> = ALARMS.into_iter().chain([OF_RETENTION]).collect();
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
        assert_eq!(own, ALARMS.into_iter().chain([OF_RETENTION]).map(|name| (name, parameter(name))).collect());
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
