//! Checks the alarms: whether they are there, which are on, and whether they tell anybody.

use super::Deployment;
use super::finding::{REVERT, Report};
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
            are_fine &= judge(name, alarm, report)?;
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

fn judge(name: &str, alarm: &Alarm, report: &mut Report) -> Result<bool, Error> {
    if alarm.is_on {
        let what = format!("the alarm {} is on: {}", alarm.name, alarm.reason);
        return report.problem(CHECK, what, format!("docs/runbook.md#{name}")).map(|()| false);
    }
    if !alarm.has_actions {
        let todo = format!("aws cloudwatch enable-alarm-actions --alarm-names {}", alarm.name);
        let what = format!("the alarm {} is silent: its actions are turned off", alarm.name);
        return report.warning(CHECK, what, todo).map(|()| false);
    }
    Ok(true)
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

    use super::{ALARMS, OF_RETENTION};

    #[test]
    fn each_alarm_of_the_template_is_looked_for() {
        let template = include_str!("../../../../infra/monitoring.yaml");
        let own: BTreeSet<&str> =
            template.lines().filter_map(|line| line.trim().strip_prefix("AlarmName: !Sub ${StackPrefix}-")).collect();
        let expect: BTreeSet<&str> = ALARMS.into_iter().chain([OF_RETENTION]).collect();
        assert_eq!(own, expect);
    }
}
