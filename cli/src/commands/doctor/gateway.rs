//! Checks the parts of the query API: its routes, what they lead to, and its stage. Of one that somebody deleted, requests only tell that
//! they are not answered.

use super::Deployment;
use super::finding::{REVERT, Report};
use super::integrations::{self, leads_to};
use super::logs;
use super::routes::{DEFAULT_ROUTE, of_template};
use crate::error::Error;
use crate::services::{Integration, Route, ServiceFailure, Services, Stage};

const CHECK: &str = "api";
const NEEDS: &str = "apigateway:GET";
/// The stage of the template.
const STAGE: &str = "$default";
/// What comes of a route that is gone, or leads nowhere.
const UNANSWERED: &str = "requests for it are not answered";
/// The name of what the routes lead to, in the template.
const INTEGRATION: &str = "QueryIntegration";

/// The API, as far as it is known.
#[derive(Debug)]
pub(super) struct Gateway {
    pub(super) routes: Option<Vec<Route>>,
    /// Whether requests get to the query function, as far as anybody knows.
    pub(super) leads: bool,
}

impl Default for Gateway {
    fn default() -> Self {
        Self { routes: None, leads: true }
    }
}

/// Checks the parts of the stack's API.
pub(super) async fn check(services: &Services, deployment: &Deployment, report: &mut Report) -> Result<Gateway, Error> {
    let mut gateway = Gateway::default();
    let Some(api) = deployment.outputs.get("ApiId") else { return Ok(gateway) };
    let routes = match services.routes(api).await {
        Ok(routes) => routes,
        Err(failure) if failure.is_missing() => {
            report.problem(CHECK, format!("there is no API {api}"), REVERT)?;
            return Ok(Gateway { leads: false, ..gateway });
        }
        Err(failure) if failure.is_denied() => {
            report.skipped(CHECK, format!("its routes are not checked: it needs {NEEDS}"))?;
            return Ok(gateway);
        }
        Err(failure) => return report.failed(CHECK, &failure, NEEDS).map(|()| gateway),
    };
    // Without the permission to ask, nothing is said: the stage tells of it.
    let integrations = services.integrations(api).await.ok();
    for fault in faults(api, &routes, integrations.as_deref(), deployment) {
        report.fault(CHECK, fault.is_broken, fault.what, fault.todo)?;
        gateway.leads = false;
    }
    if let Some(integrations) = &integrations {
        gateway.leads &= integrations::check(api, &routes, integrations, deployment, report)?;
    }
    gateway.leads &= check_stage(services, services.stages(api).await, deployment, report).await?;
    gateway.routes = Some(routes);
    Ok(gateway)
}

/// Checks the stage, and where it writes its log. Returns whether it is there, as far as anybody knows.
async fn check_stage(
    services: &Services,
    stages: Result<Vec<Stage>, ServiceFailure>,
    deployment: &Deployment,
    report: &mut Report,
) -> Result<bool, Error> {
    let Ok(stages) = stages else {
        return report.skipped(CHECK, format!("its stage is not checked: it needs {NEEDS}")).map(|()| true);
    };
    let Some(stage) = stages.iter().find(|stage| stage.name == STAGE) else {
        let what = format!("the API has no stage {STAGE}, and the stack's has one: no request is answered");
        return report.problem(CHECK, what, REVERT).map(|()| false);
    };
    if let Some(group) = stage.log_group() {
        logs::check_access(services, group, deployment, report).await?;
    }
    Ok(true)
}

/// What the API lacks.
#[derive(Debug)]
struct Fault {
    /// Whether that is for all requests but those of the page.
    is_broken: bool,
    what: String,
    todo: String,
}

/// Returns which routes of the stack are missing, or lead nowhere.
fn faults(api: &str, routes: &[Route], integrations: Option<&[Integration]>, deployment: &Deployment) -> Vec<Fault> {
    // A deployment that is under way may not have made them yet.
    let authorization = deployment.parameter("ApiAuthorization").filter(|_| !deployment.is_changing);
    let Some(authorization) = authorization else { return Vec::new() };
    let has_cors = deployment.parameter("CorsOrigins").is_some_and(|origins| !origins.is_empty());
    let own = of_template(authorization, has_cors);
    let faults = own.into_iter().filter_map(|(key, _)| {
        let (what, todo) = match routes.iter().find(|route| route.key == key) {
            None => {
                let then = if key == DEFAULT_ROUTE { UNANSWERED } else { "such requests go to $default" };
                (format!("the API has no route {key}, and the stack's has one: {then}"), REVERT.to_owned())
            }
            Some(route) => leads_nowhere(api, route, integrations?, deployment)?,
        };
        Some(Fault { is_broken: key == DEFAULT_ROUTE, what, todo })
    });
    faults.collect()
}

/// Returns what is so, and what to do, if a route has no target, or one that is gone.
fn leads_nowhere(
    api: &str,
    route: &Route,
    integrations: &[Integration],
    deployment: &Deployment,
) -> Option<(String, String)> {
    let Route { key, id, .. } = route;
    let what = match route.integration() {
        None => format!("the API's route {key} has no target"),
        Some(target) if integrations.iter().any(|own| own.id == target) => return None,
        Some(target) => format!("the API's route {key} leads to the integration {target}, which is not there"),
    };
    // That of the stack, and not one that somebody made beside it.
    let own = deployment.resources.get(INTEGRATION).map(|resource| resource.id.as_str());
    let function = deployment.query_arn();
    let is_own = |one: &&Integration| {
        own.is_none_or(|own| own == one.id) && function.as_deref().is_some_and(|function| leads_to(&one.uri, function))
    };
    Some(match integrations.iter().find(is_own) {
        Some(Integration { id: to, .. }) => (
            format!("{what}: {UNANSWERED}"),
            format!("aws apigatewayv2 update-route --api-id {api} --route-id {id} --target integrations/{to}"),
        ),
        None => (format!("{what}, and the integration of the stack is gone: {UNANSWERED}"), REVERT.to_owned()),
    })
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use serde_json::json;

    use super::{Deployment, faults};
    use crate::services::{Integration, Resource, Route};

    const STREAM: &str = "arn:aws:kinesis:eu-west-1:1:stream/s";
    const QUERY: &str = "arn:aws:lambda:eu-west-1:1:function:a-query";

    fn deployment(authorization: &str) -> Deployment {
        let texts = |all: &[(&str, &str)]| all.iter().map(|(name, own)| ((*name).into(), (*own).into())).collect();
        let integration = Resource { id: "i".to_owned(), deployed: None };
        Deployment {
            outputs: texts(&[("StreamArn", STREAM)]),
            parameters: texts(&[("ApiAuthorization", authorization)]),
            query: "a-query".to_owned(),
            resources: HashMap::from([("QueryIntegration".to_owned(), integration)]),
            ..Deployment::default()
        }
    }

    /// Checks what is said of routes with their targets, and of integrations with what they lead to.
    fn check(
        authorization: &str,
        routes: &[(&str, Option<&str>)],
        integrations: &[(&str, &str)],
        expect: &[(bool, &str, &str)],
    ) {
        let route = |(key, target): &(&str, Option<&str>)| {
            let target = target.map(|target| format!("integrations/{target}"));
            serde_json::from_value(json!({ "routeId": "r", "routeKey": key, "target": target })).unwrap()
        };
        let routes: Vec<Route> = routes.iter().map(route).collect();
        let integration = |(id, uri): &(&str, &str)| {
            serde_json::from_value(json!({ "integrationId": id, "integrationUri": uri })).unwrap()
        };
        let integrations: Vec<Integration> = integrations.iter().map(integration).collect();
        let found = faults("a", &routes, Some(&integrations), &deployment(authorization));
        let is_so = found.len() == expect.len()
            && found.iter().zip(expect).all(|(own, (is_broken, what, todo))| {
                own.is_broken == *is_broken && own.what.contains(what) && own.todo.starts_with(todo)
            });
        assert!(is_so, "{authorization} {routes:?} {integrations:?}: {found:?}");
    }

    #[test]
    fn a_route_that_is_gone_is_named() {
        let (whole, default) = (&[("i", QUERY)], ("$default", Some("i")));
        let gone = (true, "has no route $default, and the stack's has one: requests for it are not", "revert it");
        for authorization in ["NONE", "AWS_IAM"] {
            check(authorization, &[default], whole, &[]);
            check(authorization, &[default, ("GET /logs", None)], whole, &[]);
            check(authorization, &[], whole, &[gone]);
            check(authorization, &[("GET /logs", Some("i"))], whole, &[gone]);
        }
        let page = ["GET /", "GET /ui", "GET /ui/{proxy+}", "GET /assets/{proxy+}"].map(|key| (key, Some("i")));
        check("JWT", &[&page[..], &[default]].concat(), whole, &[]);
        check(
            "JWT",
            &[&page[1..], &[default]].concat(),
            whole,
            &[(false, "has no route GET /, and the stack's has one: such requests go to $default", "revert it")],
        );
    }

    #[test]
    fn a_route_that_leads_nowhere_is_named() {
        let (whole, no_target) = (("i", QUERY), ("$default", None));
        let update = "aws apigatewayv2 update-route --api-id a --route-id r --target integrations/i";
        check(
            "NONE",
            &[no_target],
            &[whole],
            &[(true, "the API's route $default has no target: requests for it are not answered", update)],
        );
        let live = ("i", "arn:aws:lambda:eu-west-1:1:function:a-query:live");
        check("NONE", &[no_target], &[("k", QUERY), live], &[(true, "has no target:", update)]);
        let both = "has no target, and the integration of the stack is gone";
        check("NONE", &[no_target], &[], &[(true, both, "revert it")]);
        check("NONE", &[no_target], &[("k", QUERY)], &[(true, both, "revert it")]);
        check("NONE", &[no_target], &[("i", "https://other.example")], &[(true, both, "revert it")]);
        let gone = "leads to the integration j, which is not there, and the integration of the stack is gone";
        check("AWS_IAM", &[("$default", Some("j"))], &[], &[(true, gone, "revert it")]);
        check(
            "AWS_IAM",
            &[("$default", Some("j"))],
            &[whole],
            &[(true, "leads to the integration j, which is not there:", update)],
        );
    }

    #[test]
    fn what_is_not_known_is_not_missing() {
        let route = serde_json::from_value(json!({ "routeKey": "$default", "target": "integrations/j" })).unwrap();
        assert!(faults("a", &[route], None, &deployment("NONE")).is_empty());
        assert!(faults("a", &[], Some(&[]), &Deployment::default()).is_empty());
    }

    #[test]
    fn the_template_has_this_stage_and_this_integration() {
        let template = include_str!("../../../../template.yaml");
        assert!(template.contains(&format!("\n  {}:\n", super::INTEGRATION)));
        assert!(template.contains(&format!("StageName: {}\n", super::STAGE)));
    }
}
