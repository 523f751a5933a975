//! Checks a function: whether it is there and can run, and its settings.

use std::collections::HashMap;

use jiff::Timestamp;
use serde_json::Value;

use super::Deployment;
use super::alias;
use super::by_hand::{changed, logical, started_otherwise};
use super::callers::{self, Caller, Own};
use super::finding::{REVERT, RUN_AGAIN, Report};
use super::origins::deployed_reserve;
use super::policy::account_of;
use super::routes::NONE;
use super::settings::{FunctionEnvironment, unusable};
use crate::error::Error;
use crate::services::{FunctionSettings, FunctionUrl, Services, VpcConfig};

const INGEST: &str = "ingest";
const QUERY: &str = "query";
const RETENTION: &str = "retention";
const NEEDS: &str = "lambda:GetFunctionConfiguration";
/// What to do where Lambda could not make or change a function.
const UPDATE_AGAIN: &str =
    "mend what it says, then change a setting of the function, by hand or with a deployment: Lambda tries again";
/// The name of the API's permission to call query, in the template.
const PERMISSION: &str = "QueryPermission";
/// What a function waits for MongoDB, by default.
const MONGODB_TIMEOUT_MS: u64 = 5_000;
const MS: u64 = 1_000;
/// What each function of the stack runs on, and what Lambda starts.
const RUNTIME: &str = "provided.al2023";
const HANDLER: &str = "bootstrap";

/// The name of a function, and the alias that leads to it.
type Name<'a> = (&'a str, Option<&'a str>);
/// The parameters of the stack.
type Parameters = HashMap<String, String>;

/// A function that is there: its settings, its role, and its network if it is in one.
#[derive(Debug)]
pub(super) struct DeployedFunction {
    pub(super) environment: FunctionEnvironment,
    /// The ARN of its role.
    pub(super) role: String,
    pub(super) vpc: Option<VpcConfig>,
    /// After how many seconds Lambda ends it.
    pub(super) timeout_s: u64,
    /// The name of the log group that it logs into, if that is known.
    pub(super) log_group: Option<String>,
    /// The ARN of the key that encrypts its settings; empty if that is one of AWS.
    pub(super) key: String,
    /// When its code or its settings were changed last, if that is known.
    pub(super) changed: Option<Timestamp>,
    /// How many calls at once are reserved for it, as a parameter says it: empty for none. `None` if that is not known.
    pub(super) reserved: Option<String>,
    /// The ARN of its queue of calls that failed and for whose answer nobody waited; `None` if it has none.
    pub(super) failures: Option<String>,
    /// Whether the stack's API may call it, as far as anybody knows and if it has to.
    pub(super) lets_api: bool,
}

impl DeployedFunction {
    pub(super) fn of(function: &FunctionSettings) -> Self {
        Self {
            environment: FunctionEnvironment::of(function),
            vpc: function.vpc().cloned(),
            timeout_s: function.timeout,
            log_group: function.log_group().map(str::to_owned),
            key: function.kms_key.clone(),
            changed: function.changed(),
            reserved: None,
            role: function.role.clone(),
            failures: function.failures().map(str::to_owned),
            lets_api: true,
        }
    }

    /// Whether the policies of the role let it do an action in S3, with a bucket or `BUCKET/KEY`. `None` if nobody knows.
    pub(super) async fn may_in_s3(&self, services: &Services, action: &str, place: &str) -> Option<bool> {
        services.may(&self.role, action, &self.in_s3(place)).await.ok()
    }

    /// Returns the ARN of a bucket, or of `BUCKET/KEY`, in the partition of its role.
    pub(super) fn in_s3(&self, place: &str) -> String {
        let partition = self.role.split(':').nth(1).unwrap_or("aws");
        format!("arn:{partition}:s3:::{place}")
    }
}

/// Checks the ingest function. `needed` is how many calls of it there are at once.
pub(super) async fn check_ingest(
    services: &Services,
    name: Name<'_>,
    needed: u64,
    deployment: &Deployment,
    report: &mut Report,
) -> Result<Option<DeployedFunction>, Error> {
    check(services, INGEST, name, FunctionEnvironment::check_ingest, Some(needed), deployment, report).await
}

/// Checks the query function.
pub(super) async fn check_query(
    services: &Services,
    name: Name<'_>,
    deployment: &Deployment,
    report: &mut Report,
) -> Result<Option<DeployedFunction>, Error> {
    check(services, QUERY, name, FunctionEnvironment::check_query, None, deployment, report).await
}

/// Checks the retention function.
pub(super) async fn check_retention(
    services: &Services,
    name: &str,
    deployment: &Deployment,
    report: &mut Report,
) -> Result<Option<DeployedFunction>, Error> {
    let read = |environment: &FunctionEnvironment| environment.check_retention().map(drop);
    check(services, RETENTION, (name, None), read, None, deployment, report).await
}

async fn check(
    services: &Services,
    check: &'static str,
    (name, alias): Name<'_>,
    read: impl Fn(&FunctionEnvironment) -> Result<(), runtime::ConfigError>,
    needed: Option<u64>,
    deployment: &Deployment,
    report: &mut Report,
) -> Result<Option<DeployedFunction>, Error> {
    let parameters = &deployment.parameters;
    let function = match services.function(name, alias).await {
        Ok(function) => function,
        Err(failure) if failure.is_missing() => {
            if let Some(alias) = alias
                && services.function(name, None).await.is_ok()
            {
                let (what, todo) = alias::missing(check, (name, alias), deployment);
                return report.problem(check, what, todo).map(|()| None);
            }
            report.problem(check, format!("there is no function {name}"), REVERT)?;
            return Ok(None);
        }
        Err(failure) => return report.failed(check, &failure, NEEDS).map(|()| None),
    };
    let mut found = DeployedFunction::of(&function);
    // Without the permission to ask, the rest of the check counts.
    let reserved = services.reserved(name).await.ok();
    found.reserved = reserved.map(|reserved| reserved.map(|calls| calls.to_string()).unwrap_or_default());
    let urls = services.function_urls(name).await.unwrap_or_default();
    let open = open_url(check, &urls, parameters);
    if let Some((what, todo)) = &open {
        report.problem(check, what, todo)?;
    }
    let called = deployment
        .arn("lambda", &alias.map_or_else(|| format!("function:{name}"), |alias| format!("function:{name}:{alias}")));
    let policy = policy(services, (name, alias)).await;
    let own = own_callers(check, (name, &function.role), &urls, deployment);
    let statements = policy.as_deref().unwrap_or_default();
    let refused = match (&policy, called) {
        (Some(statements), Some(called)) if !deployment.is_changing => {
            let id = deployment.resources.get(PERMISSION).map(|own| own.id.as_str());
            callers::refuses_api(statements, &own, &called, id)
        }
        (None, _) if check == QUERY => {
            report.skipped(check, "whether the API may call it is not checked: it needs lambda:GetPolicy")?;
            None
        }
        _ => None,
    };
    if let Some((what, todo)) = &refused {
        report.problem(check, what, todo)?;
    }
    found.lets_api = refused.is_none();
    let others = callers::others(statements, &own);
    for Caller { is_problem, what, todo } in &others {
        report.fault(check, *is_problem, what, todo)?;
    }
    // An alias leads to a version, which nobody can change.
    let deployed = deployment.resources.get(logical(check)).filter(|_| alias.is_none() && !deployment.is_changing);
    let by_hand = [changed(name, found.changed, deployed), started_otherwise(name, &found.environment)];
    for (what, todo) in by_hand.iter().flatten() {
        report.warning(check, what, todo)?;
    }
    let is_led_right = match alias {
        Some(alias) => alias::check(services, check, (name, alias), deployment, report).await?,
        None => true,
    };
    let fault = fault(name, &function, &found.environment)
        .or_else(|| unable(name, &function, parameters.get("Architecture").filter(|_| alias.is_none())));
    if let Some((what, todo)) = &fault {
        report.problem(check, what, *todo)?;
    }
    if let Err(error) = read(&found.environment) {
        unusable(check, &error, &found.environment, parameters, report)?;
    } else if fault.is_none()
        && !is_throttled(check, name, (reserved.flatten(), deployed_reserve(check, parameters)), needed, report)?
        && open.is_none()
        && others.is_empty()
        && found.lets_api
        && by_hand.iter().all(Option::is_none)
        && is_led_right
    {
        let FunctionSettings { memory_size, timeout, .. } = &function;
        let alias = alias.map(|alias| format!(":{alias}")).unwrap_or_default();
        report.fine(check, format!("{name}{alias} has {memory_size} MB and {timeout} s"))?;
    }
    Ok(Some(found))
}

/// Returns at which address everybody may call a function, and what to do. The stack makes none; its API may let everybody ask query.
fn open_url(check: &str, urls: &[FunctionUrl], parameters: &Parameters) -> Option<(String, String)> {
    let is_meant = check == QUERY && parameters.get("ApiAuthorization").is_some_and(|own| own == NONE);
    let FunctionUrl { url, function_arn, .. } = urls.iter().find(|url| url.auth_type == NONE).filter(|_| !is_meant)?;
    let what = format!("everybody may call it: it has the function URL {url}, which asks for no signature");
    Some((what, format!("if nobody needs it: aws lambda delete-function-url-config --function-name {function_arn}")))
}

/// Reads the statements of the policies of a function and its alias; `None` without the permission to ask.
async fn policy(services: &Services, (name, alias): Name<'_>) -> Option<Vec<Value>> {
    let statements = async |alias| match services.policy(name, alias).await {
        Err(failure) if failure.is_missing() => Some(Vec::new()),
        read => read.ok(),
    };
    let mut all = statements(None).await?;
    if alias.is_some() {
        let of_alias = statements(alias).await?;
        // A local AWS has them in the policy of the function, too.
        all.retain(|statement| !of_alias.contains(statement));
        all.extend(of_alias);
    }
    Some(all)
}

/// Returns whom the stack lets call a function: its API asks query.
fn own_callers<'a>(
    check: &str,
    (name, role): (&'a str, &'a str),
    urls: &[FunctionUrl],
    deployment: &Deployment,
) -> Own<'a> {
    let api = deployment.outputs.get("ApiId").filter(|_| check == QUERY);
    Own {
        function: name,
        account: account_of(role).unwrap_or_default(),
        api: api.and_then(|id| deployment.arn("execute-api", id)),
        is_any_api: check == QUERY && deployment.parameter("ApiAuthorization") == Some(NONE),
        has_signed_url: urls.iter().any(|url| url.auth_type != NONE),
    }
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

/// Returns why a function cannot run logbraid, and what to do. `architecture` is the processor that its code is for; `None` if that is not
/// known, as of a version: it keeps the code that it was made with.
fn unable(name: &str, function: &FunctionSettings, architecture: Option<&String>) -> Option<(String, &'static str)> {
    let FunctionSettings { runtime, handler, architectures, .. } = function;
    let architectures = architectures.join(", ");
    let own = [
        ("runtime", runtime, Some(RUNTIME)),
        ("handler", handler, Some(HANDLER)),
        ("processor", &architectures, architecture.map(String::as_str)),
    ];
    // What the answer does not have is not known.
    let other = own.into_iter().find(|(_, found, own)| !found.is_empty() && own.is_some_and(|own| own != *found));
    other.map(|(what, found, own)| {
        let own = own.unwrap_or_default();
        let so = "it cannot run logbraid";
        (format!("the function {name} has the {what} `{found}`, and the stack's has `{own}`: {so}"), REVERT)
    })
}

/// Reports a function that may not be called, or not as often as it has to be. `deployed` is the reserve that the stack gives it.
fn is_throttled(
    check: &'static str,
    name: &str,
    (reserved, deployed): (Option<u64>, Option<&str>),
    needed: Option<u64>,
    report: &mut Report,
) -> Result<bool, Error> {
    match reserved {
        Some(0) => {
            let what = format!("the function {name} may not run: 0 calls at once are reserved for it");
            let todo = match deployed.unwrap_or_default() {
                "" | "0" => format!("aws lambda delete-function-concurrency --function-name {name}"),
                calls => format!(
                    "aws lambda put-function-concurrency --function-name {name} --reserved-concurrent-executions {calls}"
                ),
            };
            report.problem(check, what, todo)?;
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

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use serde_json::json;

    use super::super::finding::says;
    use super::{HANDLER, RUNTIME, open_url, unable};

    #[test]
    fn a_function_url_that_asks_nobody_is_named() {
        fn check(function: &str, authorization: &str, types: &[&str], expect: bool) {
            let url = |kind: &&str| json!({ "FunctionUrl": "https://a/", "FunctionArn": "arn:f", "AuthType": kind });
            let urls: Vec<_> = types.iter().map(|kind| serde_json::from_value(url(kind)).unwrap()).collect();
            let parameters = HashMap::from([("ApiAuthorization".to_owned(), authorization.to_owned())]);
            let found = open_url(function, &urls, &parameters);
            let is_so = |(what, todo): &(String, String)| what.contains("https://a/") && todo.ends_with("arn:f");
            assert_eq!(found.as_ref().map(is_so), expect.then_some(true), "{function} {authorization} {types:?}");
        }
        check("query", "AWS_IAM", &[], false);
        check("query", "AWS_IAM", &["AWS_IAM"], false);
        check("query", "AWS_IAM", &["AWS_IAM", "NONE"], true);
        check("query", "JWT", &["NONE"], true);
        check("query", "NONE", &["NONE"], false);
        check("ingest", "NONE", &["NONE"], true);
        check("retention", "NONE", &["NONE"], true);
    }

    #[test]
    fn a_function_that_cannot_run_logbraid_is_named() {
        fn check(runtime: &str, handler: &str, processors: &[&str], expect: Option<&str>) {
            let settings = json!({ "Runtime": runtime, "Handler": handler, "Architectures": processors });
            let settings = serde_json::from_value(settings).unwrap();
            let found = unable("f", &settings, Some(&"arm64".to_owned())).map(|(what, _)| what);
            assert!(says(found.as_deref(), expect), "{runtime} {handler} {processors:?}: {found:?}");
            let of_version = unable("f", &settings, None).map(|(what, _)| what);
            assert_eq!(of_version, found.filter(|what| !what.contains("processor")));
        }
        check(RUNTIME, HANDLER, &["arm64"], None);
        check("", "", &[], None);
        check(
            "python3.12",
            HANDLER,
            &["arm64"],
            Some("the runtime `python3.12`, and the stack's has `provided.al2023`"),
        );
        check(RUNTIME, "index.handler", &["arm64"], Some("the handler `index.handler`"));
        check(RUNTIME, HANDLER, &["x86_64"], Some("the processor `x86_64`, and the stack's has `arm64`"));
        let template = include_str!("../../../../template.yaml");
        assert!(template.contains(&format!("    Handler: {HANDLER}\n    Runtime: {RUNTIME}\n")));
    }
}
