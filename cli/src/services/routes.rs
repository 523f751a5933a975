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

/// Where an API is reached.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Stage {
    #[serde(rename = "stageName")]
    pub(crate) name: String,
    access_log_settings: Option<AccessLog>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct AccessLog {
    destination_arn: String,
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

impl Stage {
    /// Returns the name of the log group that has the requests; `None` if they go nowhere, or elsewhere.
    pub(crate) fn log_group(&self) -> Option<&str> {
        let (_, name) = self.access_log_settings.as_ref()?.destination_arn.split_once(":log-group:")?;
        Some(name.strip_suffix(":*").unwrap_or(name))
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

    /// Lists the stages of an API. Needs `apigateway:GET`.
    pub(crate) async fn stages(&self, api: &str) -> Result<Vec<Stage>, ServiceFailure> {
        self.items(api, "stages").await
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::Stage;

    #[test]
    fn a_stage_logs_into_a_group() {
        fn check(arn: &str, expect: Option<&str>) {
            let stage = json!({ "stageName": "$default", "accessLogSettings": { "destinationArn": arn } });
            let stage: Stage = serde_json::from_value(stage).unwrap();
            assert_eq!(stage.log_group(), expect, "{arn}");
        }
        check("arn:aws:logs:eu-west-1:1:log-group:/aws/a", Some("/aws/a"));
        check("arn:aws:logs:eu-west-1:1:log-group:/aws/a:*", Some("/aws/a"));
        check("arn:aws:firehose:eu-west-1:1:deliverystream/amazon-apigateway-a", None);
        check("", None);
        assert_eq!(Stage::default().log_group(), None);
    }
}
