//! Checks whether the routes of the query API lead to the query function.

use super::Deployment;
use super::access::{NONE, is_of_stack};
use super::finding::Report;
use crate::error::Error;
use crate::services::{Integration, Route, Services};

const CHECK: &str = "api";

/// Checks where the routes of the stack's API lead. Without the permission to ask, nothing is said: the routes tell of it.
pub(super) async fn check(
    services: &Services,
    routes: &[Route],
    deployment: &Deployment,
    report: &mut Report,
) -> Result<(), Error> {
    let (Some(api), Some(own)) =
        (deployment.outputs.get("ApiId"), deployment.arn("lambda", &format!("function:{}", deployment.query)))
    else {
        return Ok(());
    };
    let Ok(integrations) = services.integrations(api).await else { return Ok(()) };
    let meant = deployment.alias().map_or_else(|| own.clone(), |alias| format!("{own}:{alias}"));
    for (integration, keys) in astray(routes, &integrations, &own) {
        let Integration { id, uri } = integration;
        let what = format!("the API leads requests for {keys} to {uri}, and not to the stack's query function");
        let todo = format!(
            "aws apigatewayv2 update-integration --api-id {api} --integration-id {id} --integration-uri {meant}"
        );
        report.problem(CHECK, what, todo)?;
    }
    // With an authorization, all of them are named for what they ask for.
    if deployment.parameter("ApiAuthorization") != Some(NONE) {
        return Ok(());
    }
    for (Route { id, key, .. }, uri) in of_others(routes, &integrations, &own) {
        let what = format!("the API leads requests for {key} to {uri}, and the stack has no such route");
        report.warning(
            CHECK,
            what,
            format!("if nobody needs it: aws apigatewayv2 delete-route --api-id {api} --route-id {id}"),
        )?;
    }
    Ok(())
}

/// Returns the integrations of the stack's routes that lead to something else than a function or its aliases, each with its routes in words.
fn astray<'a>(routes: &[Route], integrations: &'a [Integration], own: &str) -> Vec<(&'a Integration, String)> {
    let others = integrations.iter().filter(|integration| !leads_to(&integration.uri, own));
    others
        .filter_map(|integration| {
            let of_it = routes.iter().filter(|route| route.integration() == Some(&integration.id));
            let keys: Vec<&str> = of_it.map(|route| route.key.as_str()).filter(|key| is_of_stack(key)).collect();
            (!keys.is_empty()).then(|| (integration, keys.join(", ")))
        })
        .collect()
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
fn leads_to(uri: &str, own: &str) -> bool {
    uri.split_once(own).is_some_and(|(_, rest)| rest.is_empty() || rest.starts_with([':', '/']))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{astray, of_others};

    #[test]
    fn a_route_that_leads_elsewhere_is_named() {
        fn check(routes: &[(&str, &str)], uri: &str, expect: Option<&str>) {
            let route = |(key, target): &(&str, &str)| json!({ "routeKey": key, "target": target });
            let routes: Vec<_> = routes.iter().map(|own| serde_json::from_value(route(own)).unwrap()).collect();
            let integration = json!({ "integrationId": "i", "integrationUri": uri });
            let integrations = [serde_json::from_value(integration).unwrap()];
            let found = astray(&routes, &integrations, "arn:aws:lambda:eu-west-1:1:function:a-query");
            assert_eq!(found.first().map(|(_, keys)| keys.as_str()), expect, "{routes:?} {uri}");
        }
        let (own, default) = ("arn:aws:lambda:eu-west-1:1:function:a-query", [("$default", "integrations/i")]);
        check(&default, own, None);
        check(&default, &format!("{own}:live"), None);
        let path = "arn:aws:apigateway:eu-west-1:lambda:path/2015-03-31/functions";
        check(&default, &format!("{path}/{own}/invocations"), None);
        check(&default, &format!("{own}2"), Some("$default"));
        check(&default, "arn:aws:lambda:eu-west-1:2:function:a-query", Some("$default"));
        check(&default, "https://other.example", Some("$default"));
        check(&[("$default", "integrations/j")], "https://other.example", None);
        check(&[("GET /mine", "integrations/i")], "https://other.example", None);
        let both = [("GET /ui", "integrations/i"), ("OPTIONS /{proxy+}", "integrations/i")];
        check(&both, "https://other.example", Some("GET /ui, OPTIONS /{proxy+}"));
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
