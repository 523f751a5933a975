//! Checks whether the routes of the query API lead to the query function, and to the stack's alias of it.

use super::finding::Report;
use super::routes::{NONE, is_of_stack};
use super::{ALIAS, Deployment};
use crate::error::Error;
use crate::services::{Integration, Route};

const CHECK: &str = "api";

/// Checks where the routes of the stack's API lead. Returns whether its own lead to the query function.
pub(super) fn check(
    api: &str,
    routes: &[Route],
    integrations: &[Integration],
    deployment: &Deployment,
    report: &mut Report,
) -> Result<bool, Error> {
    let Some(own) = deployment.query_arn() else { return Ok(true) };
    let mut leads = true;
    let meant = deployment.called(&own);
    let update = |id: &str| {
        format!("aws apigatewayv2 update-integration --api-id {api} --integration-id {id} --integration-uri '{meant}'")
    };
    for (Integration { id, uri }, keys) in of_stack(routes, integrations) {
        if !leads_to(uri, &own) {
            let what = format!("the API leads requests for {keys} to {uri}, and not to the stack's query function");
            report.problem(CHECK, what, update(id))?;
            leads = false;
        } else if let Some(what) = elsewhere(uri, &own, deployment) {
            let what = format!("the API leads requests for {keys} to {what}");
            report.warning(CHECK, what, format!("if that is not meant: {}", update(id)))?;
            leads = false;
        }
    }
    // With an authorization, all of them are named for what they ask for.
    if deployment.parameter("ApiAuthorization") != Some(NONE) {
        return Ok(leads);
    }
    for (Route { id, key, .. }, uri) in of_others(routes, integrations, &own) {
        let what = format!("the API leads requests for {key} to {uri}, and the stack has no such route");
        report.warning(
            CHECK,
            what,
            format!("if nobody needs it: aws apigatewayv2 delete-route --api-id {api} --route-id {id}"),
        )?;
    }
    Ok(leads)
}

/// Returns the integrations of the stack's routes, each with its routes in words.
fn of_stack<'a>(routes: &[Route], integrations: &'a [Integration]) -> Vec<(&'a Integration, String)> {
    let all = integrations.iter().filter_map(|integration| {
        let of_it = routes.iter().filter(|route| route.integration() == Some(&integration.id));
        let keys: Vec<&str> = of_it.map(|route| route.key.as_str()).filter(|key| is_of_stack(key)).collect();
        (!keys.is_empty()).then(|| (integration, keys.join(", ")))
    });
    all.collect()
}

/// Returns in words to which version or alias of the query function an address leads, if that is not the stack's. Without the parameters
/// that is not known, and during a deployment either may be.
fn elsewhere(uri: &str, own: &str, deployment: &Deployment) -> Option<String> {
    let (_, rest) = uri.split_once(own)?;
    let found = rest.strip_prefix(':').and_then(|rest| rest.split('/').next());
    let is_known = !deployment.is_changing && !deployment.parameters.is_empty();
    let query = &deployment.query;
    match (found, deployment.alias()) {
        _ if !is_known => None,
        (found, meant) if found == meant => None,
        (Some(found), Some(_)) => Some(format!("{found} of {query}, and the stack's to its alias {ALIAS}")),
        (None, Some(_)) => {
            Some(format!("the code of {query} that is in no version, and the stack's to its alias {ALIAS}"))
        }
        (Some(found), None) => Some(format!("{found} of {query}, and the stack's to the function without a version")),
        (None, None) => None,
    }
}

/// Returns the routes that the stack does not have and that lead to something else than a function or its aliases, each with what it is.
/// Such a route is asked instead of `$default`.
fn of_others<'a>(routes: &'a [Route], integrations: &'a [Integration], own: &str) -> Vec<(&'a Route, &'a str)> {
    let others = routes.iter().filter(|route| !is_of_stack(&route.key));
    others
        .filter_map(|route| {
            let of_it = integrations.iter().find(|integration| route.integration() == Some(&integration.id))?;
            (!leads_to(&of_it.uri, own)).then_some((route, of_it.uri.as_str()))
        })
        .collect()
}

/// Whether it is `…:function:NAME`, perhaps with an alias, alone or in the address of an invocation.
pub(super) fn leads_to(uri: &str, own: &str) -> bool {
    uri.split_once(own).is_some_and(|(_, rest)| rest.is_empty() || rest.starts_with([':', '/']))
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use serde_json::json;

    use super::super::finding::says;
    use super::{Deployment, elsewhere, leads_to, of_others, of_stack};

    const OWN: &str = "arn:aws:lambda:eu-west-1:1:function:a-query";

    #[test]
    fn the_integrations_of_the_stacks_routes_are_found() {
        fn check(routes: &[(&str, &str)], expect: Option<&str>) {
            let route = |(key, target): &(&str, &str)| json!({ "routeKey": key, "target": target });
            let routes: Vec<_> = routes.iter().map(|own| serde_json::from_value(route(own)).unwrap()).collect();
            let integrations = [serde_json::from_value(json!({ "integrationId": "i" })).unwrap()];
            let found = of_stack(&routes, &integrations);
            assert_eq!(found.first().map(|(_, keys)| keys.as_str()), expect, "{routes:?}");
        }
        check(&[("$default", "integrations/i")], Some("$default"));
        check(&[("$default", "integrations/j")], None);
        check(&[("GET /mine", "integrations/i")], None);
        check(
            &[("GET /ui", "integrations/i"), ("OPTIONS /{proxy+}", "integrations/i")],
            Some("GET /ui, OPTIONS /{proxy+}"),
        );
    }

    #[test]
    fn an_address_leads_to_the_function_or_elsewhere() {
        fn check(uri: &str, expect: bool) {
            assert_eq!(leads_to(uri, OWN), expect, "{uri}");
        }
        check(OWN, true);
        check(&format!("{OWN}:live"), true);
        let path = "arn:aws:apigateway:eu-west-1:lambda:path/2015-03-31/functions";
        check(&format!("{path}/{OWN}/invocations"), true);
        check(&format!("{OWN}2"), false);
        check("arn:aws:lambda:eu-west-1:2:function:a-query", false);
        check("https://other.example", false);
    }

    #[test]
    fn another_version_than_the_stacks_is_named() {
        fn check(gradual: &str, rest: &str, expect: Option<&str>) {
            let parameters = HashMap::from([("Deployment".to_owned(), gradual.to_owned())]);
            let (query, changing) = ("a-query".to_owned(), rest.ends_with('!'));
            let deployment = Deployment { parameters, query, is_changing: changing, ..Deployment::default() };
            let found = elsewhere(&format!("{OWN}{}", rest.trim_end_matches('!')), OWN, &deployment);
            assert!(says(found.as_deref(), expect), "{gradual} {rest}: {found:?}");
        }
        check("AllAtOnce", "", None);
        check("AllAtOnce", "/invocations", None);
        check("AllAtOnce", ":$LATEST", Some("$LATEST of a-query, and the stack's to the function without a version"));
        check("AllAtOnce", ":3/invocations", Some("3 of a-query, and the stack's to the function"));
        check("Canary10Percent5Minutes", ":live", None);
        check("Canary10Percent5Minutes", ":live/invocations", None);
        let bare = "the code of a-query that is in no version, and the stack's to its alias live";
        check("Canary10Percent5Minutes", "", Some(bare));
        check("Canary10Percent5Minutes", ":$LATEST", Some("$LATEST of a-query, and the stack's to its alias live"));
        check("Canary10Percent5Minutes", ":old/invocations", Some("old of a-query, and the stack's to its alias live"));
        check("Canary10Percent5Minutes", "!", None);
        assert_eq!(elsewhere(&format!("{OWN}:3"), OWN, &Deployment::default()), None);
    }

    #[test]
    fn a_route_of_others_that_leads_elsewhere_is_named() {
        fn check(key: &str, uri: &str, expect: bool) {
            let route = serde_json::from_value(json!({ "routeKey": key, "target": "integrations/i" })).unwrap();
            let integration = json!({ "integrationId": "i", "integrationUri": uri });
            let (routes, integrations) = ([route], [serde_json::from_value(integration).unwrap()]);
            let found = of_others(&routes, &integrations, "arn:aws:lambda:eu-west-1:1:function:a-query");
            assert_eq!(found.first().map(|(_, to)| *to), expect.then_some(uri), "{key} {uri}");
        }
        check("GET /transactions", "https://other.example", true);
        check("GET /transactions", "arn:aws:lambda:eu-west-1:1:function:a-query:live", false);
        check("$default", "https://other.example", false);
    }
}
