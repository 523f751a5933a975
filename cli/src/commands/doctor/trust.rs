//! Checks whether the services of AWS that have to take the roles of the stack may do so.

use futures_util::future::join_all;
use serde_json::Value;

use super::finding::{REVERT, Report};
use super::function::DeployedFunction;
use super::policy::list;
use crate::error::Error;
use crate::services::{Schedule, ServiceFailure, Services};

/// The check of the roles, which begins in `roles`: what they may do.
pub(super) const CHECK: &str = "roles";
/// Whose role it is that calls retention, and what comes of it if it cannot.
pub(super) const SCHEDULE: &str = "retention's schedule";
pub(super) const NOTHING_CALLS: &str = "nothing calls retention, and no day is dropped";

/// Who has to take a role.
#[derive(Clone, Copy, Debug)]
struct Trust<'a> {
    who: &'a str,
    role: &'a str,
    service: &'static str,
    then: &'static str,
}

/// Checks the roles of functions, and that of retention's schedule. Returns whether they are fine, or why that is not known of each.
pub(super) async fn check(
    services: &Services,
    functions: &[(&'static str, &DeployedFunction)],
    schedule: Option<&Schedule>,
    report: &mut Report,
) -> Result<Result<bool, ServiceFailure>, Error> {
    let trusts: Vec<Trust<'_>> =
        functions.iter().map(|(who, found)| of_role(who, found)).chain(caller(schedule)).collect();
    let answers = join_all(trusts.iter().map(|trust| services.trust(trust.role))).await;
    let mut is_fine = Ok(true);
    for (Trust { who, service, then, .. }, answer) in trusts.iter().zip(answers) {
        match answer {
            Ok(policy) if lets_in(&policy, service) => {}
            Ok(_) => {
                is_fine = is_fine.map(|_| false);
                report.problem(CHECK, format!("{service} may not take the role of {who}: {then}"), REVERT)?;
            }
            // It is reported with what the role may do.
            Err(failure) if failure.is_missing() => {}
            Err(failure) => is_fine = Err(failure),
        }
    }
    Ok(is_fine)
}

/// Returns who has to take the role of a function.
fn of_role<'a>(who: &'a str, found: &'a DeployedFunction) -> Trust<'a> {
    let then = match who {
        "ingest" => "nothing is filed",
        "query" => "nothing is answered",
        _ => "no day is dropped",
    };
    Trust { who, role: &found.role, service: "lambda.amazonaws.com", then }
}

/// Returns who has to take the role of a schedule.
fn caller(schedule: Option<&Schedule>) -> Option<Trust<'_>> {
    let (role, _) = schedule?.calls_as()?;
    Some(Trust { who: SCHEDULE, role, service: "scheduler.amazonaws.com", then: NOTHING_CALLS })
}

/// Whether a policy lets a service take its role. Conditions are taken as fulfilled.
fn lets_in(policy: &Value, service: &str) -> bool {
    let is_for = |statement: &Value, effect: &str| {
        let principal = &statement["Principal"];
        let names = |part: &Value, name: &str| list(part).any(|own| own == name);
        let is_named = names(principal, "*") || names(&principal["AWS"], "*") || names(&principal["Service"], service);
        let is_assumed = ["sts:AssumeRole", "sts:*", "*"].into_iter().any(|action| names(&statement["Action"], action));
        statement["Effect"] == effect && is_named && is_assumed
    };
    let is_refused = |statement: &Value| is_for(statement, "Deny") && statement["Condition"].is_null();
    let statements = || list(&policy["Statement"]);
    statements().any(|own| is_for(own, "Allow")) && !statements().any(is_refused)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::lets_in;

    #[test]
    fn a_service_takes_a_role() {
        fn check(statements: &Value, expect: bool) {
            assert_eq!(lets_in(&json!({ "Statement": statements }), "lambda.amazonaws.com"), expect, "{statements}");
        }
        let statement = |effect: &str, principal: &Value, action: &Value| json!({ "Effect": effect, "Principal": principal, "Action": action });
        let (lambda, ec2) = (json!({ "Service": "lambda.amazonaws.com" }), json!({ "Service": "ec2.amazonaws.com" }));
        let (both, all) = (json!({ "Service": ["ec2.amazonaws.com", "lambda.amazonaws.com"] }), json!("*"));
        let assume = json!("sts:AssumeRole");
        let allow = |principal: &Value| statement("Allow", principal, &assume);
        check(&allow(&lambda), true);
        check(&json!([allow(&ec2), allow(&lambda)]), true);
        check(&json!([allow(&both)]), true);
        check(&json!([allow(&all)]), true);
        check(&json!([allow(&json!({ "AWS": "*" }))]), true);
        check(&json!([statement("Allow", &lambda, &json!(["sts:TagSession", "sts:AssumeRole"]))]), true);
        check(&json!([allow(&ec2)]), false);
        check(&json!([allow(&json!({ "AWS": "arn:aws:iam::1:root" }))]), false);
        check(&json!([statement("Allow", &lambda, &json!("sts:TagSession"))]), false);
        check(&json!([allow(&lambda), statement("Deny", &lambda, &assume)]), false);
        check(&json!([allow(&lambda), statement("Deny", &ec2, &assume)]), true);
        let mut sometimes = statement("Deny", &all, &assume);
        sometimes["Condition"] = json!({ "Bool": { "aws:SecureTransport": "false" } });
        check(&json!([allow(&lambda), sometimes]), true);
        check(&json!([]), false);
        check(&Value::Null, false);
    }
}
