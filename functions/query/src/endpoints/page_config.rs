//! `GET /ui/config.json`: what the page has to know before it asks anything else. It holds no secret: everybody may read it.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::Uri;
use runtime::{ApiAccess, SignIn};
use serde::Serialize;

use crate::Context;
use crate::http::error::QueryError;
use crate::request::Parameters;

/// The answer.
#[derive(Debug, Serialize)]
pub(crate) struct PageConfig {
    auth: Auth,
    version: &'static str,
}

/// How requests have to be authorized. The names stand for all modes, so that the page finds them always.
#[derive(Debug, Serialize)]
struct Auth {
    mode: &'static str,
    issuer: Option<String>,
    client_id: Option<String>,
    audience: Option<String>,
    scope: Option<String>,
}

/// Answers without MongoDB.
pub(crate) async fn get(State(context): State<Arc<Context>>, uri: Uri) -> Result<Json<PageConfig>, QueryError> {
    Parameters::parse(uri.query(), &[]).map_err(QueryError::Parameter)?;
    Ok(Json(PageConfig { auth: Auth::new(&context.access), version: env!("CARGO_PKG_VERSION") }))
}

impl Auth {
    fn new(access: &ApiAccess) -> Self {
        let without = |mode| Self { mode, issuer: None, client_id: None, audience: None, scope: None };
        match access {
            ApiAccess::Open => without("none"),
            ApiAccess::AwsIam => without("aws_iam"),
            ApiAccess::Jwt(SignIn { issuer, client_id, audience, scope, .. }) => Self {
                mode: "jwt",
                issuer: Some(issuer.clone()),
                client_id: Some(client_id.clone()),
                audience: Some(audience.clone()),
                scope: Some(scope.clone()),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use runtime::{ApiAccess, SignIn};
    use serde_json::json;

    use super::Auth;

    #[test]
    fn the_page_learns_how_to_sign_in() {
        fn check(access: &ApiAccess, expect: &serde_json::Value) {
            assert_eq!(&serde_json::to_value(Auth::new(access)).unwrap(), expect);
        }
        let none = json!({"mode": "none", "issuer": null, "client_id": null, "audience": null, "scope": null});
        check(&ApiAccess::Open, &none);
        let iam = json!({"mode": "aws_iam", "issuer": null, "client_id": null, "audience": null, "scope": null});
        check(&ApiAccess::AwsIam, &iam);
        let sign_in = SignIn {
            issuer: "https://login.example.com/".to_owned(),
            client_id: "page".to_owned(),
            audience: "logs".to_owned(),
            scope: "openid email".to_owned(),
            origins: vec!["https://login.example.com".to_owned()],
        };
        let jwt = json!({"mode": "jwt", "issuer": "https://login.example.com/", "client_id": "page", "audience": "logs",
            "scope": "openid email"});
        check(&ApiAccess::Jwt(sign_in), &jwt);
    }
}
