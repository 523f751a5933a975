//! Checks the alias of a function: with a gradual deployment, all calls go where it leads.

use super::Deployment;
use super::by_hand::logical;
use super::finding::{REVERT, Report};
use crate::error::Error;
use crate::services::{Alias, Services};

/// Checks where an alias leads. Returns whether it is as the stack's, as far as anybody knows: `CodeDeploy` moves it during a deployment,
/// and not everybody may ask.
pub(super) async fn check(
    services: &Services,
    check: &'static str,
    (name, alias): (&str, &str),
    deployment: &Deployment,
    report: &mut Report,
) -> Result<bool, Error> {
    if deployment.is_changing {
        return Ok(true);
    }
    let Ok(found) = services.alias(name, alias).await else { return Ok(true) };
    let fault = fault((name, alias), &found, own_version(check, deployment));
    match &fault {
        Some((what, todo)) => report.warning(check, what, todo).map(|()| false),
        None => Ok(true),
    }
}

/// Returns what is so, and what to do, where a function is there and its alias is not.
pub(super) fn missing(check: &str, (name, alias): (&str, &str), deployment: &Deployment) -> (String, String) {
    let what = format!("the function {name} is there, and its alias {alias} is not: nothing can call it");
    let todo = own_version(check, deployment).map(|version| {
        format!(
            "aws lambda create-alias --function-name {name} --name {alias} --function-version {version}; then run this command again"
        )
    });
    (what, todo.unwrap_or_else(|| REVERT.to_owned()))
}

/// Returns the version that the stack made last. Somebody may have published others.
fn own_version<'d>(check: &str, deployment: &'d Deployment) -> Option<&'d str> {
    let resource = deployment.resources.get(&logical(check).replace("Function", "Version"))?;
    let is_version = |version: &&str| !version.is_empty() && version.bytes().all(|byte| byte.is_ascii_digit());
    resource.id.rsplit(':').next().filter(is_version)
}

/// Returns how an alias differs from the stack's, and what to do.
fn fault((name, alias): (&str, &str), found: &Alias, own: Option<&str>) -> Option<(String, String)> {
    let version = found.version.as_str();
    let what = match (found.other(), own) {
        (Some((other, weight)), _) => {
            let percent = weight * 100.0;
            format!(
                "the alias {alias} of {name} leads {percent:.0} % of the calls to version {other}, and the rest to {version}"
            )
        }
        (None, Some(own)) if own != version => format!("the alias {alias} of {name} leads to version {version}"),
        _ => return None,
    };
    let stack = own.map(|own| format!("; the stack's leads all to {own}")).unwrap_or_default();
    let todo = format!(
        "if nobody moved it on purpose: aws lambda update-alias --function-name {name} --name {alias} --function-version {} \
         --routing-config AdditionalVersionWeights={{}}",
        own.unwrap_or(version)
    );
    Some((format!("{what}{stack}, and no deployment is under way"), todo))
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use serde_json::{Value, json};

    use super::super::finding::says;
    use super::{Deployment, fault, missing};
    use crate::services::Resource;

    #[test]
    fn an_alias_that_leads_elsewhere_is_named() {
        fn check(version: &str, weights: &Value, own: Option<&str>, expect: Option<&str>) {
            let found = json!({ "FunctionVersion": version, "RoutingConfig": { "AdditionalVersionWeights": weights } });
            let said = fault(("f", "live"), &serde_json::from_value(found).unwrap(), own);
            let what = said.as_ref().map(|(what, _)| what.as_str());
            assert!(says(what, expect), "{version} {weights} {own:?}: {said:?}");
            let back = format!("--function-version {} --routing-config", own.unwrap_or(version));
            assert!(said.is_none_or(|(_, todo)| todo.contains(&back)));
        }
        check("3", &json!({}), Some("3"), None);
        check("3", &json!({}), None, None);
        check("3", &json!({ "2": 0.0 }), Some("3"), None);
        check("2", &json!({}), Some("3"), Some("leads to version 2; the stack's leads all to 3"));
        let shared = "leads 90 % of the calls to version 2, and the rest to 1";
        check("1", &json!({ "2": 0.9 }), Some("2"), Some(shared));
        check("1", &json!({ "2": 0.9 }), None, Some(shared));
    }

    #[test]
    fn an_alias_is_made_again_with_the_version_of_the_stack() {
        fn check(id: &str, expect: &str) {
            let version = ("QueryVersion".to_owned(), Resource { id: id.to_owned(), deployed: None });
            let deployment = Deployment { resources: HashMap::from([version]), ..Deployment::default() };
            let (_, todo) = missing("query", ("a-query", "live"), &deployment);
            assert!(todo.starts_with(expect), "{id}: {todo}");
        }
        let create = "aws lambda create-alias --function-name a-query --name live --function-version 3;";
        check("arn:aws:lambda:eu-west-1:1:function:a-query:3", create);
        check("arn:aws:lambda:eu-west-1:1:function:a-query", "revert it");
        check("", "revert it");
    }
}
