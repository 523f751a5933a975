//! API Gateway: the routes of an HTTP API, where they lead, and who gives the tokens that they accept.

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::calls::{escaped, read};
use super::{ServiceFailure, Services};

const SERVICE: &str = "apigateway";
/// The most pages of a list that are read. API Gateway allows 300 routes.
const MAX_PAGES: usize = 30;
/// The type of a route that asks nobody.
const NONE: &str = "NONE";

/// A route.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Route {
    #[serde(rename = "routeId")]
    pub(crate) id: String,
    /// Method and path, such as `GET /ui`, or `$default`.
    #[serde(rename = "routeKey")]
    pub(crate) key: String,
    #[serde(rename = "authorizationType")]
    authorization: Option<String>,
    /// The id of its [`Authorizer`]; `None` for a route that has none.
    #[serde(rename = "authorizerId")]
    pub(crate) authorizer: Option<String>,
    /// Where it leads, such as `integrations/a1b2`.
    target: Option<String>,
}

/// What routes lead to.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Integration {
    #[serde(rename = "integrationId")]
    pub(crate) id: String,
    /// The ARN of a function, or the address of a server.
    #[serde(rename = "integrationUri")]
    pub(crate) uri: String,
}

/// What checks the tokens of routes.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Authorizer {
    #[serde(rename = "authorizerId")]
    pub(crate) id: String,
    jwt_configuration: Option<JwtConfiguration>,
}

/// Whose tokens an authorizer accepts.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq)]
#[serde(default)]
pub(crate) struct JwtConfiguration {
    pub(crate) issuer: String,
    /// What a token has to be for: one of these.
    pub(crate) audience: Vec<String>,
}

impl Authorizer {
    /// Returns whose tokens it accepts; nobody's if it does not say.
    pub(crate) fn accepts(&self) -> JwtConfiguration {
        self.jwt_configuration.clone().unwrap_or_default()
    }
}

impl Route {
    /// Returns what it asks for: `AWS_IAM`, `JWT`, `CUSTOM`, or `NONE`.
    pub(crate) fn authorization(&self) -> &str {
        self.authorization.as_deref().unwrap_or(NONE)
    }

    /// Returns the id of its [`Integration`].
    pub(crate) fn integration(&self) -> Option<&str> {
        self.target.as_deref()?.strip_prefix("integrations/")
    }
}

impl Services {
    /// Lists the routes of an API. Needs `apigateway:GET`.
    pub(crate) async fn routes(&self, api: &str) -> Result<Vec<Route>, ServiceFailure> {
        self.items(api, "routes").await
    }

    /// Lists what the routes of an API lead to. Needs `apigateway:GET`.
    pub(crate) async fn integrations(&self, api: &str) -> Result<Vec<Integration>, ServiceFailure> {
        self.items(api, "integrations").await
    }

    /// Lists the authorizers of an API. Needs `apigateway:GET`.
    pub(crate) async fn authorizers(&self, api: &str) -> Result<Vec<Authorizer>, ServiceFailure> {
        self.items(api, "authorizers").await
    }

    /// Lists what an API has of a kind.
    async fn items<T: DeserializeOwned>(&self, api: &str, kind: &str) -> Result<Vec<T>, ServiceFailure> {
        let path = format!("/v2/apis/{}/{kind}", escaped(api));
        let (mut items, mut from) = (Vec::new(), String::new());
        for _ in 0..MAX_PAGES {
            let answer = self.rest(SERVICE, &format!("{path}{from}")).await?;
            let page: Vec<T> = read(SERVICE, answer.get("items").cloned().unwrap_or(Value::Array(Vec::new())))?;
            items.extend(page);
            let Some(next) = answer.get("nextToken").and_then(Value::as_str) else { break };
            from = format!("?nextToken={}", escaped(next));
        }
        Ok(items)
    }
}
