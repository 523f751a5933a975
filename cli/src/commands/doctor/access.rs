//! Checks whether the query API asks everybody for what the stack wants: a signature or a token.

use serde_json::Value;

use super::Deployment;
use super::api::own_address;
use super::finding::{REVERT, Report};
use super::gateway::Gateway;
use super::routes::{IAM, JWT, NONE, of_template};
use crate::api::{Api, ApiError, SignMode, is_forbidden};
use crate::args::DoctorArgs;
use crate::error::Error;
use crate::services::{Authorizer, JwtConfiguration, Route, Services};

const CHECK: &str = "api";
/// A path behind the authorization.
const BEHIND: &str = "/days";

/// Checks the routes of the stack's API, and asks it without credentials. A stack with `ApiAuthorization=NONE` lets everybody in.
pub(super) async fn check(
    services: Option<&Services>,
    gateway: &Gateway,
    args: &DoctorArgs,
    deployment: &Deployment,
    report: &mut Report,
) -> Result<(), Error> {
    let Some(authorization) = deployment.parameter("ApiAuthorization").filter(|own| *own != NONE) else {
        return Ok(());
    };
    let mut is_closed = match (services, deployment.outputs.get("ApiId"), &gateway.routes) {
        (Some(services), Some(api), Some(routes)) => {
            check_routes(services, api, routes, authorization, deployment, report).await?
        }
        _ => None,
    };
    let credentials = if authorization == JWT { "token" } else { "signature" };
    if let Some(url) = own_address(args, deployment)
        && let Some(answers) = answers_everybody(url).await
    {
        if answers {
            let what = format!("everybody may ask it: {url}{BEHIND} is answered without a {credentials}");
            let todo = if is_closed == Some(false) { "mend its routes, as said above" } else { REVERT };
            report.problem(CHECK, format!("{what}, and ApiAuthorization is {authorization}"), todo)?;
        }
        is_closed = Some(!answers && is_closed != Some(false));
    }
    match is_closed {
        // Of one that answers nobody, the missing parts tell.
        Some(true) if gateway.leads => {
            report.fine(CHECK, format!("it refuses who has no {credentials} (ApiAuthorization {authorization})"))
        }
        _ => Ok(()),
    }
}

/// Whether the API answers a request without credentials; `None` if nobody knows.
async fn answers_everybody(url: &str) -> Option<bool> {
    let api = Api::new(Some(url), SignMode::Never, None).await.ok()?;
    match api.get_once::<Value>(BEHIND).await {
        Ok(_) => Some(true),
        // The function was asked, and tells why it has no answer. It may refuse people itself.
        Err(ApiError::Problem(problem)) => Some(!is_forbidden(problem.status())),
        Err(ApiError::Forbidden { .. } | ApiError::WantsToken { .. }) => Some(false),
        Err(_) => None,
    }
}

/// Checks whom the routes let in. Returns whether that is as of the stack's; `None` if nobody knows.
async fn check_routes(
    services: &Services,
    api: &str,
    routes: &[Route],
    authorization: &str,
    deployment: &Deployment,
    report: &mut Report,
) -> Result<Option<bool>, Error> {
    let has_cors = deployment.parameter("CorsOrigins").is_some_and(|origins| !origins.is_empty());
    let mut faults = faults(api, routes, &of_template(authorization, has_cors));
    if authorization == JWT
        && let Some(own) = own_tokens(deployment)
    {
        match services.authorizers(api).await {
            Ok(authorizers) => faults.extend(other_tokens(api, routes, &authorizers, &own)),
            Err(failure) => return report.failed(CHECK, &failure, "apigateway:GET").map(|()| None),
        }
    }
    for Fault { is_open, what, todo } in &faults {
        report.fault(CHECK, *is_open, what, todo)?;
    }
    Ok(Some(faults.is_empty()))
}

/// Returns whose tokens the stack was deployed to accept; `None` if that is not known.
fn own_tokens(deployment: &Deployment) -> Option<JwtConfiguration> {
    let audience = deployment.parameter("JwtAudience").filter(|own| !own.is_empty());
    let audience = audience.or_else(|| deployment.parameter("JwtClientId"))?;
    Some(JwtConfiguration {
        issuer: deployment.parameter("JwtIssuer")?.to_owned(),
        audience: vec![audience.to_owned()],
    })
}

/// Returns which authorizers of an API's routes accept other tokens than the stack's.
fn other_tokens(api: &str, routes: &[Route], authorizers: &[Authorizer], own: &JwtConfiguration) -> Vec<Fault> {
    let is_used = |id: &str| routes.iter().any(|route| route.authorizer.as_deref() == Some(id));
    let others = authorizers.iter().filter(|authorizer| is_used(&authorizer.id) && authorizer.accepts() != *own);
    let fault = |authorizer: &Authorizer| {
        let said = |JwtConfiguration { issuer, audience }: &JwtConfiguration| {
            format!("tokens of `{issuer}` for `{}`", audience.join("`, `"))
        };
        let JwtConfiguration { issuer, audience } = own;
        Fault {
            is_open: true,
            what: format!("the API accepts {}, and the stack's {}", said(&authorizer.accepts()), said(own)),
            todo: format!(
                "aws apigatewayv2 update-authorizer --api-id {api} --authorizer-id {} --jwt-configuration Issuer={issuer},Audience={}",
                authorizer.id,
                audience.join(",")
            ),
        }
    };
    others.map(fault).collect()
}

/// How a route differs from the stack's.
struct Fault {
    /// Whether it lets in who should not be.
    is_open: bool,
    what: String,
    todo: String,
}

/// Compares whom routes let in with what the template says. Of those that are missing, [`super::gateway`] tells.
fn faults(api: &str, routes: &[Route], own: &[(&str, &str)]) -> Vec<Fault> {
    let others = routes.iter().filter_map(|route| {
        let (key, id, found) = (&route.key, &route.id, route.authorization());
        let asks = if found == NONE { "lets everybody in".to_owned() } else { format!("asks for {found}") };
        let call = |verb: &str| format!("aws apigatewayv2 {verb}-route --api-id {api} --route-id {id}");
        match own.iter().find(|(own, _)| own == key) {
            Some((_, own)) if *own == found => None,
            Some((_, own)) => {
                let what = format!("the API's route {key} {asks}, and the stack's has the authorization {own}");
                // Of a token, the route has to say who gives it.
                let todo = if *own == IAM {
                    format!("{} --authorization-type {IAM}", call("update"))
                } else {
                    REVERT.to_owned()
                };
                Some(Fault { is_open: *own != NONE, what, todo })
            }
            None => {
                let what = format!("the API's route {key} {asks}, and the stack has no such route");
                Some(Fault { is_open: found == NONE, what, todo: format!("if nobody needs it: {}", call("delete")) })
            }
        }
    });
    others.collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::finding::says;
    use super::{JwtConfiguration, faults, of_template, other_tokens};

    #[test]
    fn a_route_that_lets_others_in_is_named() {
        fn check(own: (&str, bool), routes: &[(&str, &str)], expect: &[(bool, &str)]) {
            let route =
                |(key, kind): &(&str, &str)| json!({ "routeId": "r", "routeKey": key, "authorizationType": kind });
            let routes: Vec<_> = routes.iter().map(|own| serde_json::from_value(route(own)).unwrap()).collect();
            let found = faults("a", &routes, &of_template(own.0, own.1));
            let is_so = found.len() == expect.len()
                && found
                    .iter()
                    .zip(expect)
                    .all(|(own, (is_open, part))| own.is_open == *is_open && own.what.contains(part));
            let found: Vec<_> = found.iter().map(|own| (own.is_open, &own.what)).collect();
            assert!(is_so, "{own:?} {routes:?}: {found:?}");
        }
        let (iam, preflight) = (("AWS_IAM", false), ("OPTIONS /{proxy+}", "NONE"));
        check(iam, &[("$default", "AWS_IAM")], &[]);
        check(iam, &[("$default", "NONE")], &[(true, "$default lets everybody in")]);
        check(iam, &[("$default", "JWT")], &[(true, "$default asks for JWT")]);
        let more = |kind| [("$default", "AWS_IAM"), ("GET /logs", kind)];
        check(iam, &more("NONE"), &[(true, "GET /logs lets everybody in, and the stack has no such route")]);
        check(iam, &more("AWS_IAM"), &[(false, "GET /logs asks for AWS_IAM, and the stack has no such route")]);
        check(("AWS_IAM", true), &[("$default", "AWS_IAM"), preflight], &[]);
        check(iam, &[("$default", "AWS_IAM"), preflight], &[(true, "OPTIONS /{proxy+} lets everybody in")]);
        check(iam, &[("$default", "AWS_IAM"), ("GET /ui", "NONE")], &[(true, "GET /ui lets everybody in")]);
        let page = ["GET /", "GET /ui", "GET /ui/{proxy+}", "GET /assets/{proxy+}"].map(|key| (key, "NONE"));
        let jwt = |kind| [&page[..], &[("$default", kind)]].concat();
        check(("JWT", false), &jwt("JWT"), &[]);
        check(("JWT", false), &jwt("NONE"), &[(true, "$default lets everybody in")]);
        check(("JWT", false), &jwt("JWT")[1..], &[]);
    }

    #[test]
    fn a_route_without_a_type_lets_everybody_in() {
        let route = serde_json::from_value(json!({ "routeKey": "$default" })).unwrap();
        assert_eq!(faults("a", &[route], &[("$default", "JWT")]).len(), 1);
    }

    #[test]
    fn an_authorizer_of_other_tokens_is_named() {
        fn check(issuer: &str, audience: &[&str], is_used: bool, expect: Option<&str>) {
            let own = JwtConfiguration { issuer: "https://own".to_owned(), audience: vec!["web".to_owned()] };
            let configuration = json!({ "issuer": issuer, "audience": audience });
            let authorizer = json!({ "authorizerId": "j", "jwtConfiguration": configuration });
            let route = json!({ "routeKey": "$default", "authorizerId": if is_used { "j" } else { "k" } });
            let (route, authorizer) =
                (serde_json::from_value(route).unwrap(), serde_json::from_value(authorizer).unwrap());
            let found = other_tokens("a", &[route], &[authorizer], &own);
            let what = found.first().map(|fault| fault.what.as_str());
            assert!(says(what, expect), "{issuer} {audience:?}: {what:?}");
        }
        check("https://own", &["web"], true, None);
        check("https://other", &["web"], true, Some("accepts tokens of `https://other` for `web`, and the stack's"));
        check(
            "https://own",
            &["web", "more"],
            true,
            Some("for `web`, `more`, and the stack's tokens of `https://own` for `web`"),
        );
        check("https://other", &["web"], false, None);
    }
}
