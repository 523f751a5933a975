//! Checks the stack, and learns what it is made of.

use std::collections::HashMap;

use super::Deployment;
use super::finding::Report;
use crate::error::Error;
use crate::services::{Services, StackFacts};

const CHECK: &str = "stack";
/// How the status of a stack ends that is being deployed.
const IN_PROGRESS: &str = "_IN_PROGRESS";
const NEEDS: &str = "cloudformation:DescribeStacks";
const NEEDS_PARTS: &str = "cloudformation:DescribeStackResources";
/// What is not checked without it.
const BY_HAND: &str = "whether somebody changed its functions by hand is not checked";
/// The outputs that the checks use.
const OUTPUTS: [&str; 5] = ["StreamName", "ApiUrl", "IngestFunctionName", "QueryFunctionName", "FailedBucketName"];

/// Returns the deployment; `None` if there is none.
pub(super) async fn check(services: &Services, name: &str, report: &mut Report) -> Result<Option<Deployment>, Error> {
    match services.stack(name).await {
        Ok(stack) => {
            judge(name, &stack, report)?;
            let mut deployment = Deployment::new(stack);
            match services.resources(name).await {
                Ok(resources) => deployment.resources = resources,
                Err(failure) if failure.is_denied() => {
                    report.skipped(CHECK, format!("{BY_HAND}: it needs {NEEDS_PARTS}"))?;
                }
                Err(failure) => report.failed(CHECK, &failure, NEEDS_PARTS)?,
            }
            Ok(Some(deployment))
        }
        Err(failure) if failure.is_missing() => {
            let what = format!("there is no stack {name} in {}", services.region());
            report.problem(
                CHECK,
                what,
                "name it with --stack, and its region with AWS_REGION; or deploy it: `sam deploy --guided`",
            )?;
            Ok(None)
        }
        Err(failure) => {
            report.failed(CHECK, &failure, NEEDS)?;
            // The names of the functions are known.
            Ok(Some(Deployment::new(StackFacts { name: name.to_owned(), ..StackFacts::default() })))
        }
    }
}

fn judge(name: &str, stack: &StackFacts, report: &mut Report) -> Result<(), Error> {
    let StackFacts { status, outputs, .. } = stack;
    if status.ends_with(IN_PROGRESS) {
        return report.warning(CHECK, format!("the stack {name} is {status}"), "run the command again when it is done");
    }
    if status.contains("ROLLBACK") || status.contains("FAILED") {
        let todo =
            format!("see why with `aws cloudformation describe-stack-events --stack-name {name}`, and deploy again");
        // After a rollback, the deployment before works.
        return if status == "UPDATE_ROLLBACK_COMPLETE" {
            report.warning(CHECK, format!("the last deployment of {name} failed, and the one before is in place"), todo)
        } else {
            let so =
                if outputs.is_empty() { ": it does not say what it is made of, so it cannot be checked" } else { "" };
            report.problem(CHECK, format!("the stack {name} is {status}{so}"), todo)
        };
    }
    let missing: Vec<&str> = OUTPUTS.into_iter().filter(|output| !outputs.contains_key(*output)).collect();
    if missing.is_empty() {
        let version = outputs.get("Version").map(|version| format!(", logbraid {version}")).unwrap_or_default();
        return report.fine(CHECK, format!("{name} is {status}{version}"));
    }
    let what = format!("the stack {name} has no output {}", missing.join(", "));
    report.problem(CHECK, what, "is it a stack of logbraid? If so, deploy it again with this version's template")
}

impl Deployment {
    fn new(StackFacts { name, status, outputs, parameters }: StackFacts) -> Self {
        let output = |name: &str| outputs.get(name).cloned();
        Self {
            ingest: output("IngestFunctionName").unwrap_or_else(|| format!("{name}-ingest")),
            query: output("QueryFunctionName").unwrap_or_else(|| format!("{name}-query")),
            stream: output("StreamName"),
            bucket: output("FailedBucketName"),
            resources: HashMap::new(),
            is_changing: status.ends_with(IN_PROGRESS),
            name,
            parameters,
            outputs,
        }
    }
}
