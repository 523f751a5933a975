//! Checks the log groups of the functions and of the API: whether they are there, and how long they keep entries. Says nothing if all is as deployed.

use super::Deployment;
use super::finding::{REVERT, Report};
use super::function::DeployedFunction;
use crate::error::Error;
use crate::render::count;
use crate::services::{LogGroup, Services};

const CHECK: &str = "logs";
/// The parameter of the stack.
const RETENTION: &str = "LogRetentionDays";
/// What the name of the stack's log group of requests has before the stack's.
const ACCESS: &str = "/aws/vendedlogs/http-api/";

/// Checks the log groups of the functions that are known.
pub(super) async fn check(
    services: &Services,
    deployment: &Deployment,
    functions: [(&str, &Option<DeployedFunction>); 3],
    report: &mut Report,
) -> Result<(), Error> {
    let deployed = deployment.parameter(RETENTION);
    for (function, found) in functions {
        let Some(name) = found.as_ref().and_then(|found| found.log_group.as_deref()) else { continue };
        let group = match services.log_group(name).await {
            Ok(group) => group,
            Err(failure) => return report.failed(CHECK, &failure, "logs:DescribeLogGroups"),
        };
        if let Some((what, todo)) = fault(function, name, group.as_ref(), deployed) {
            report.warning(CHECK, what, todo)?;
        }
    }
    Ok(())
}

/// Checks the log group of the API's requests. One that is not the stack's may keep entries as long as it likes.
pub(super) async fn check_access(
    services: &Services,
    name: &str,
    deployment: &Deployment,
    report: &mut Report,
) -> Result<(), Error> {
    let is_own = name == format!("{ACCESS}{}", deployment.name);
    let Ok(group) = services.log_group(name).await else {
        return report.skipped(CHECK, "the log of requests is not checked: it needs logs:DescribeLogGroups");
    };
    match fault("the API", name, group.as_ref(), deployment.parameter(RETENTION).filter(|_| is_own)) {
        Some((what, todo)) => report.warning(CHECK, what, todo),
        None => Ok(()),
    }
}

/// Returns what is wrong with a log group, and what to do. `deployed` is how many days the stack keeps entries, if that is known.
fn fault(function: &str, name: &str, group: Option<&LogGroup>, deployed: Option<&str>) -> Option<(String, String)> {
    let Some(group) = group else {
        let what = format!("there is no log group {name}: what {function} logs is lost");
        return Some((what, REVERT.to_owned()));
    };
    let deployed = deployed?;
    let kept = group.retention_in_days;
    if kept.is_some_and(|days| days.to_string() == deployed) {
        return None;
    }
    let for_days = |days: u32| format!("entries for {}", count(days.into(), "day"));
    let keeps = kept.map_or_else(|| "all entries for good".to_owned(), for_days);
    let what = format!("the log group {name} keeps {keeps}, and the stack's parameter {RETENTION} is `{deployed}`");
    let todo = format!("aws logs put-retention-policy --log-group-name {name} --retention-in-days {deployed}");
    Some((what, todo))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::fault;

    #[test]
    fn a_log_group_keeps_entries_as_long_as_the_stack_says() {
        fn check(group: Option<Value>, deployed: Option<&str>, expect: Option<&str>) {
            let group = group.map(|group| serde_json::from_value(group).unwrap());
            let found = fault("query", "/l", group.as_ref(), deployed).map(|(what, _)| what);
            assert_eq!(found.as_deref(), expect, "{group:?} {deployed:?}");
        }
        check(Some(json!({ "logGroupName": "/l", "retentionInDays": 30 })), Some("30"), None);
        check(Some(json!({ "logGroupName": "/l" })), None, None);
        let for_good =
            "the log group /l keeps all entries for good, and the stack's parameter LogRetentionDays is `30`";
        check(Some(json!({ "logGroupName": "/l" })), Some("30"), Some(for_good));
        let short = "the log group /l keeps entries for 1 day, and the stack's parameter LogRetentionDays is `30`";
        check(Some(json!({ "logGroupName": "/l", "retentionInDays": 1 })), Some("30"), Some(short));
        check(None, None, Some("there is no log group /l: what query logs is lost"));
    }

    #[test]
    fn the_template_has_this_log_group_of_requests() {
        let template = include_str!("../../../../template.yaml");
        assert!(template.contains(&format!("LogGroupName: !Sub {}${{AWS::StackName}}\n", super::ACCESS)));
    }
}
