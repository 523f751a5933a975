//! The calls for functions, with what is read of each answer.

use std::collections::{BTreeMap, HashMap};

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;

use super::calls::{escaped, read};
use super::network::VpcConfig;
use super::{Retries, ServiceFailure, Services};

/// A function's settings.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct FunctionSettings {
    /// The ARN of its role.
    pub(crate) role: String,
    pub(crate) state: String,
    pub(crate) state_reason: String,
    pub(crate) last_update_status: String,
    pub(crate) last_update_status_reason: String,
    last_modified: String,
    pub(crate) runtime: String,
    pub(crate) handler: String,
    pub(crate) architectures: Vec<String>,
    pub(crate) memory_size: u64,
    pub(crate) timeout: u64,
    /// The key that encrypts its variables; empty if that is one of AWS.
    #[serde(rename = "KMSKeyArn")]
    pub(crate) kms_key: String,
    environment: Option<Variables>,
    vpc_config: Option<VpcConfig>,
    logging_config: Option<Logging>,
    dead_letter_config: Option<DeadLetters>,
}

/// How Lambda calls a function for whose answer nobody waits. What the answer does not have is not known.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Unattended {
    #[serde(flatten)]
    pub(crate) retries: Retries,
    #[serde(rename = "DestinationConfig")]
    destinations: Option<Value>,
}

/// An address at which a function is called without an API.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct FunctionUrl {
    /// The address.
    #[serde(rename = "FunctionUrl")]
    pub(crate) url: String,
    /// The function, or its alias.
    pub(crate) function_arn: String,
    /// `AWS_IAM`, or `NONE` if it asks nobody who calls.
    pub(crate) auth_type: String,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Variables {
    variables: HashMap<String, String>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Logging {
    log_group: String,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct DeadLetters {
    target_arn: String,
}

impl Unattended {
    /// Returns the ARN of where calls go that failed; `None` if they go nowhere by this.
    pub(crate) fn failures(&self) -> Option<&str> {
        self.destinations.as_ref()?.pointer("/OnFailure/Destination")?.as_str().filter(|arn| !arn.is_empty())
    }
}

impl FunctionSettings {
    /// Returns the ARN of the queue of calls that failed and for whose answer nobody waited; `None` if it has none.
    pub(crate) fn failures(&self) -> Option<&str> {
        self.dead_letter_config.as_ref().map(|own| own.target_arn.as_str()).filter(|arn| !arn.is_empty())
    }

    /// Returns the environment's variables.
    pub(crate) fn variables(&self) -> HashMap<String, String> {
        self.environment.clone().unwrap_or_default().variables
    }

    /// Returns when its code or its settings were changed last; `None` if that is not known.
    pub(crate) fn changed(&self) -> Option<Timestamp> {
        self.last_modified.parse().ok()
    }

    /// Returns the name of the log group that it logs into; `None` if that is not known.
    pub(crate) fn log_group(&self) -> Option<&str> {
        self.logging_config.as_ref().map(|logging| logging.log_group.as_str()).filter(|group| !group.is_empty())
    }

    /// Returns where it is in a network; `None` if it is in none.
    pub(crate) fn vpc(&self) -> Option<&VpcConfig> {
        self.vpc_config.as_ref().filter(|vpc| !vpc.subnet_ids.is_empty())
    }
}

/// Where an alias leads.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct Alias {
    #[serde(rename = "FunctionVersion")]
    pub(crate) version: String,
    routing_config: Routing,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Routing {
    additional_version_weights: BTreeMap<String, f64>,
}

impl Alias {
    /// Returns another version that a part of the calls goes to, and how many of 1.
    pub(crate) fn other(&self) -> Option<(&str, f64)> {
        let all = self.routing_config.additional_version_weights.iter();
        all.map(|(version, weight)| (version.as_str(), *weight)).find(|(_, weight)| *weight > 0.0)
    }
}

impl Services {
    /// Reads the settings of a function, or those that one of its aliases leads to. Needs `lambda:GetFunctionConfiguration`.
    pub(crate) async fn function(&self, name: &str, alias: Option<&str>) -> Result<FunctionSettings, ServiceFailure> {
        let alias = alias.map(|alias| format!("?Qualifier={}", escaped(alias))).unwrap_or_default();
        let answer =
            self.rest("lambda", &format!("/2015-03-31/functions/{}/configuration{alias}", escaped(name))).await?;
        read("lambda", answer)
    }

    /// Lists the addresses of a function and its aliases. Needs `lambda:ListFunctionUrlConfigs`.
    pub(crate) async fn function_urls(&self, name: &str) -> Result<Vec<FunctionUrl>, ServiceFailure> {
        let answer = self.rest("lambda", &format!("/2021-10-31/functions/{}/urls", escaped(name))).await?;
        read("lambda", answer.get("FunctionUrlConfigs").cloned().unwrap_or(Value::Array(Vec::new())))
    }

    /// Reads the statements of a function's policy, or of that of one of its aliases. Needs `lambda:GetPolicy`.
    pub(crate) async fn policy(&self, name: &str, alias: Option<&str>) -> Result<Vec<Value>, ServiceFailure> {
        let alias = alias.map(|alias| format!("?Qualifier={}", escaped(alias))).unwrap_or_default();
        let answer = self.rest("lambda", &format!("/2015-03-31/functions/{}/policy{alias}", escaped(name))).await?;
        let policy = answer.get("Policy").and_then(Value::as_str).unwrap_or_default();
        let policy: Value = super::read("lambda", policy.as_bytes())?;
        read("lambda", policy.get("Statement").cloned().unwrap_or(Value::Array(Vec::new())))
    }

    /// Returns how many calls of a function at once are reserved; `None` if none are. Needs `lambda:GetFunctionConcurrency`.
    pub(crate) async fn reserved(&self, name: &str) -> Result<Option<u64>, ServiceFailure> {
        let answer = self.rest("lambda", &format!("/2019-09-30/functions/{}/concurrency", escaped(name))).await?;
        Ok(answer.get("ReservedConcurrentExecutions").and_then(Value::as_u64))
    }

    /// Reads how Lambda calls a function for whose answer nobody waits; `None` if nobody set that. Needs `lambda:GetFunctionEventInvokeConfig`.
    pub(crate) async fn unattended(&self, name: &str) -> Result<Option<Unattended>, ServiceFailure> {
        match self.rest("lambda", &format!("/2019-09-25/functions/{}/event-invoke-config", escaped(name))).await {
            Ok(answer) => read("lambda", answer).map(Some),
            Err(failure) if failure.is_missing() => Ok(None),
            Err(failure) => Err(failure),
        }
    }

    /// Reads where an alias leads. Needs `lambda:GetAlias`.
    pub(crate) async fn alias(&self, name: &str, alias: &str) -> Result<Alias, ServiceFailure> {
        let path = format!("/2015-03-31/functions/{}/aliases/{}", escaped(name), escaped(alias));
        read("lambda", self.rest("lambda", &path).await?)
    }
}

#[cfg(test)]
mod tests {
    use super::FunctionSettings;

    #[test]
    fn a_function_says_when_it_was_changed() {
        fn check(time: &str, expect: Option<&str>) {
            let settings: FunctionSettings =
                serde_json::from_value(serde_json::json!({ "LastModified": time })).unwrap();
            assert_eq!(settings.changed().map(|changed| changed.to_string()).as_deref(), expect, "{time}");
        }
        check("2026-11-20T08:35:39.125+0000", Some("2026-11-20T08:35:39.125Z"));
        check("2026-11-20T08:35:39Z", Some("2026-11-20T08:35:39Z"));
        check("", None);
    }
}
