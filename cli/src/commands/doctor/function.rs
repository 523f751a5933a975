//! Checks a function: whether it is there and can run, and its settings.

use std::collections::HashMap;

use jiff::Timestamp;

use super::finding::{REVERT, RUN_AGAIN, Report};
use super::settings::{FunctionEnvironment, unusable};
use crate::error::Error;
use crate::services::{FunctionSettings, Services, VpcConfig};

const INGEST: &str = "ingest";
const QUERY: &str = "query";
const RETENTION: &str = "retention";
const NEEDS: &str = "lambda:GetFunctionConfiguration";
/// What to do where Lambda could not make or change a function.
const UPDATE_AGAIN: &str =
    "mend what it says, then change a setting of the function, by hand or with a deployment: Lambda tries again";
/// What a function waits for MongoDB, by default.
const MONGODB_TIMEOUT_MS: u64 = 5_000;
const MS: u64 = 1_000;

/// The name of a function, and the alias that leads to it.
type Name<'a> = (&'a str, Option<&'a str>);
/// The parameters of the stack.
type Parameters = HashMap<String, String>;

/// A function that is there: its settings, its role, and its network if it is in one.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) environment: FunctionEnvironment,
    /// The ARN of its role.
    pub(super) role: String,
    pub(super) vpc: Option<VpcConfig>,
    /// The name of the log group that it logs into, if that is known.
    pub(super) log_group: Option<String>,
    /// When its code or its settings were changed last, if that is known.
    pub(super) changed: Option<Timestamp>,
}

impl Found {
    pub(super) fn of(function: &FunctionSettings) -> Self {
        Self {
            environment: FunctionEnvironment::of(function),
            vpc: function.vpc().cloned(),
            log_group: function.log_group().map(str::to_owned),
            changed: function.changed(),
            role: function.role.clone(),
        }
    }

    /// Whether the policies of the role let it do an action in S3, with a bucket or `BUCKET/KEY`. `None` if nobody knows.
    pub(super) async fn may_in_s3(&self, services: &Services, action: &str, place: &str) -> Option<bool> {
        let partition = self.role.split(':').nth(1)?;
        services.may(&self.role, action, &format!("arn:{partition}:s3:::{place}")).await.ok()
    }
}

/// Checks the ingest function. `needed` is how many calls of it there are at once.
pub(super) async fn check_ingest(
    services: &Services,
    name: Name<'_>,
    needed: u64,
    parameters: &Parameters,
    report: &mut Report,
) -> Result<Option<Found>, Error> {
    check(services, INGEST, name, FunctionEnvironment::check_ingest, Some(needed), parameters, report).await
}

/// Checks the query function.
pub(super) async fn check_query(
    services: &Services,
    name: Name<'_>,
    parameters: &Parameters,
    report: &mut Report,
) -> Result<Option<Found>, Error> {
    check(services, QUERY, name, FunctionEnvironment::check_query, None, parameters, report).await
}

/// Checks the retention function.
pub(super) async fn check_retention(
    services: &Services,
    name: &str,
    parameters: &Parameters,
    report: &mut Report,
) -> Result<Option<Found>, Error> {
    let read = |environment: &FunctionEnvironment| environment.check_retention().map(drop);
    check(services, RETENTION, (name, None), read, None, parameters, report).await
}

async fn check(
    services: &Services,
    check: &'static str,
    (name, alias): Name<'_>,
    read: impl Fn(&FunctionEnvironment) -> Result<(), runtime::ConfigError>,
    needed: Option<u64>,
    parameters: &Parameters,
    report: &mut Report,
) -> Result<Option<Found>, Error> {
    let function = match services.function(name, alias).await {
        Ok(function) => function,
        Err(failure) if failure.is_missing() => {
            report.problem(check, format!("there is no function {name}"), REVERT)?;
            return Ok(None);
        }
        Err(failure) => return report.failed(check, &failure, NEEDS).map(|()| None),
    };
    let found = Found::of(&function);
    if let Some((what, todo)) = fault(name, &function, &found.environment) {
        report.problem(check, what, todo)?;
    } else if let Err(error) = read(&found.environment) {
        unusable(check, &error, &found.environment, parameters, report)?;
    } else if !is_throttled(services, check, name, needed, report).await? {
        let FunctionSettings { memory_size, timeout, .. } = &function;
        let alias = alias.map(|alias| format!(":{alias}")).unwrap_or_default();
        report.fine(check, format!("{name}{alias} has {memory_size} MB and {timeout} s"))?;
    }
    Ok(Some(found))
}

/// Returns what keeps a function from running, and what to do.
fn fault(name: &str, function: &FunctionSettings, environment: &FunctionEnvironment) -> Option<(String, &'static str)> {
    let FunctionSettings { state, state_reason, last_update_status, last_update_status_reason, timeout, .. } = function;
    if state == "Pending" {
        return Some((format!("the function {name} is Pending: {state_reason}"), RUN_AGAIN));
    }
    if !matches!(state.as_str(), "" | "Active" | "Inactive") {
        return Some((format!("the function {name} is {state}: {state_reason}"), UPDATE_AGAIN));
    }
    if last_update_status == "Failed" {
        return Some((format!("the last update of {name} failed: {last_update_status_reason}"), UPDATE_AGAIN));
    }
    let waits_ms = environment.mongodb_timeout_ms().unwrap_or(MONGODB_TIMEOUT_MS);
    if timeout * MS <= waits_ms {
        let what = format!(
            "the function {name} is ended after {timeout} s, but waits {waits_ms} ms for a MongoDB that is away: it never says why it fails"
        );
        return Some((what, REVERT));
    }
    None
}

/// Reports a function that may not be called, or not as often as it has to be.
async fn is_throttled(
    services: &Services,
    check: &'static str,
    name: &str,
    needed: Option<u64>,
    report: &mut Report,
) -> Result<bool, Error> {
    // Without the permission to ask, the rest of the check counts.
    match services.reserved(name).await.ok().flatten() {
        Some(0) => {
            let todo = format!("aws lambda delete-function-concurrency --function-name {name}");
            report.problem(
                check,
                format!("the function {name} may not run: 0 calls at once are reserved for it"),
                todo,
            )?;
        }
        Some(reserved) if needed.is_some_and(|needed| reserved < needed) => {
            let what = format!(
                "the stream leads to {} calls of {name} at once, and {reserved} are reserved for it: shards wait for each other",
                needed.unwrap_or_default()
            );
            report.warning(check, what, "raise the reserved concurrency, or set none")?;
        }
        _ => return Ok(false),
    }
    Ok(true)
}
