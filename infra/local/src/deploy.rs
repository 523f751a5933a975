//! Runs `sam deploy` and the AWS client against the local AWS.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use serde::Deserialize;
use serde_json::Value;

use crate::architecture::Architecture;
use crate::aws::{client_environment, endpoint};
use crate::error::Error;
use crate::state::Folder;
use crate::tool::{Tool, command};
use crate::toolbox::Toolbox;

/// The name of the deployed stack.
pub(crate) const STACK_NAME: &str = "logbraid";
/// A section that samconfig.toml does not have, so that the answers a user saved for AWS are not used.
pub(crate) const CONFIG_ENV: &str = "local";
/// The longest time for a deployment. Ten seconds are usual.
const DEPLOY_LIMIT: Duration = Duration::from_mins(3);
/// The longest time for one call of the AWS client. Half a second is usual.
const CALL_LIMIT: Duration = Duration::from_mins(1);
/// How often SAM asks whether a deployment is done, in seconds. Its default of 5 is for the real AWS.
const SAM_POLL_SECONDS: &str = "0.5";

/// Deploys to the local AWS, and calls its services.
#[derive(Debug)]
pub(crate) struct Deployer<'a> {
    pub(crate) toolbox: &'a Toolbox,
    pub(crate) folder: &'a Folder,
    /// The root of the checkout.
    pub(crate) project: &'a Path,
    /// The port of the local AWS.
    pub(crate) port: u16,
}

/// The MongoDB of the functions.
#[derive(Debug)]
pub(crate) struct Target<'a> {
    pub(crate) mongodb_uri: &'a str,
    pub(crate) database: &'a str,
}

/// The outputs of the deployed stack.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Deployed {
    pub(crate) stream: String,
    pub(crate) api_id: String,
    pub(crate) failed_bucket: String,
}

impl Deployer<'_> {
    /// Deploys what SAM has built into this folder. Quick if nothing has changed.
    pub(crate) fn deploy(&self, built: &Path, target: &Target) -> Result<Deployed, Error> {
        let parameters = [
            "ApiAuthorization=NONE".to_owned(),
            "AllowPublicApi=yes".to_owned(),
            "Pins=on".to_owned(),
            // Deployed like the other functions, but it drops nothing: the MongoDB may be the user's own.
            "RetentionDays=90".to_owned(),
            "RetentionDryRun=on".to_owned(),
            format!("MongoUri={}", target.mongodb_uri),
            format!("MongoDatabase={}", target.database),
        ];
        self.deploy_template(&built.join("template.yaml"), &parameters)
    }

    /// Deploys a template with these parameters, each `Name=value`.
    pub(crate) fn deploy_template(&self, template: &Path, parameters: &[String]) -> Result<Deployed, Error> {
        let tool = Tool {
            what: "sam deploy",
            hint: "run make stop, then make run: that deploys to an empty local AWS",
            limit: DEPLOY_LIMIT,
            log: self.folder.log("sam-deploy"),
        };
        let mut sam = self.client(&self.toolbox.sam);
        sam.args(["deploy", "--config-env", CONFIG_ENV, "--stack-name", STACK_NAME])
            .args(["--resolve-s3", "--no-confirm-changeset", "--no-fail-on-empty-changeset"])
            .args(["--capabilities", "CAPABILITY_IAM", "--template-file"])
            .arg(template)
            .args(["--parameter-overrides", &Architecture::HOST.parameter()])
            .args(parameters)
            .env("SAM_CLI_POLL_DELAY", SAM_POLL_SECONDS);
        tool.run(&mut sam)?;
        let stacks = self.aws(&["cloudformation", "describe-stacks", "--stack-name", STACK_NAME])?;
        Deployed::parse(&stacks)
    }

    /// Deletes the deployed stack. Not with `sam delete`: it takes the address of a nested template for one of the real S3,
    /// and fails on the local one's.
    pub(crate) fn delete(&self) -> Result<(), Error> {
        self.aws(&["cloudformation", "delete-stack", "--stack-name", STACK_NAME])?;
        self.aws(&["cloudformation", "wait", "stack-delete-complete", "--stack-name", STACK_NAME]).map(|_| ())
    }

    /// Runs the AWS client. Returns what it printed.
    pub(crate) fn aws<S: AsRef<std::ffi::OsStr>>(&self, arguments: &[S]) -> Result<String, Error> {
        let tool = Tool {
            what: "the AWS client",
            hint: "is the local AWS still running? (make stop, then make run)",
            limit: CALL_LIMIT,
            log: self.folder.log("aws-client"),
        };
        // The client knows another address of some services, such as SQS, which it prefers to the environment's.
        let everywhere = ["--endpoint-url".to_owned(), endpoint(self.port)];
        tool.read(self.client(&self.toolbox.aws).args(everywhere).args(arguments).args(["--output", "json"]))
    }

    /// Runs the AWS client. Returns its answer.
    pub(crate) fn ask<S: AsRef<std::ffi::OsStr>>(&self, arguments: &[S]) -> Result<Value, Error> {
        let answer = self.aws(arguments)?;
        serde_json::from_str(&answer).map_err(|source| Error::Answer { what: "the AWS client", source })
    }

    /// Returns a command that reaches the local AWS and no other.
    pub(crate) fn client(&self, program: &Path) -> Command {
        let mut client = command(program);
        client.current_dir(self.project).envs(client_environment(self.port)).envs([
            // Without the user's own accounts.
            ("AWS_CONFIG_FILE", "/dev/null"),
            ("AWS_SHARED_CREDENTIALS_FILE", "/dev/null"),
            ("SAM_CLI_TELEMETRY", "0"),
        ]);
        client
    }
}

impl Deployed {
    fn parse(describe_stacks: &str) -> Result<Self, Error> {
        let answer: Stacks = serde_json::from_str(describe_stacks)
            .map_err(|source| Error::Answer { what: "aws cloudformation describe-stacks", source })?;
        let output = |name: &'static str| {
            answer
                .stacks
                .iter()
                .flat_map(|stack| &stack.outputs)
                .find(|output| output.key == name)
                .map(|output| output.value.clone())
                .ok_or(Error::Output { name })
        };
        Ok(Self { stream: output("StreamName")?, api_id: output("ApiId")?, failed_bucket: output("FailedBucketName")? })
    }
}

/// Finds the folder with `template.yaml`: the current one or the nearest above.
pub(crate) fn find_project() -> Result<PathBuf, Error> {
    let here = env::current_dir().map_err(|_| Error::NotInCheckout)?;
    here.ancestors()
        .find(|folder| folder.join("template.yaml").is_file())
        .map(Path::to_owned)
        .ok_or(Error::NotInCheckout)
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Stacks {
    stacks: Vec<Stack>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Stack {
    #[serde(default)]
    outputs: Vec<Output>,
}

#[derive(Deserialize)]
struct Output {
    #[serde(rename = "OutputKey")]
    key: String,
    #[serde(rename = "OutputValue")]
    value: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outputs_are_found_by_name() {
        let answer = r#"{"Stacks": [{"StackName": "logbraid", "Outputs": [
            {"OutputKey": "ApiId", "OutputValue": "5df4c94b", "Description": "d"},
            {"OutputKey": "FailedBucketName", "OutputValue": "failed"},
            {"OutputKey": "StreamName", "OutputValue": "logs"}]}]}"#;
        let [stream, api_id, failed_bucket] = ["logs", "5df4c94b", "failed"].map(str::to_owned);
        assert_eq!(Deployed::parse(answer).unwrap(), Deployed { stream, api_id, failed_bucket });
    }

    #[test]
    fn a_missing_output_is_named() {
        let error = Deployed::parse(r#"{"Stacks": [{}]}"#).unwrap_err();
        assert!(matches!(error, Error::Output { name: "StreamName" }), "{error}");
    }
}
