//! The real `sam build` and `sam deploy`, against the local AWS, and the stock AWS client.

use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use serde::Deserialize;

use crate::error::Error;
use crate::ministack::{self, CREDENTIAL, REGION};
use crate::state::Folder;
use crate::tool::{Tool, command};
use crate::toolbox::Toolbox;

/// Name of the deployed stack.
pub(crate) const STACK_NAME: &str = "logbraid";
/// A section that samconfig.toml does not have: what a user saved for AWS has no say here.
const CONFIG_ENV: &str = "local";
/// A first build compiles everything, and may share the machine with other builds.
const BUILD_LIMIT: Duration = Duration::from_mins(40);
/// Ten seconds are usual.
const DEPLOY_LIMIT: Duration = Duration::from_mins(3);
/// One call of the AWS client; half a second is usual.
const CALL_LIMIT: Duration = Duration::from_mins(1);
/// How often SAM looks whether a change is done, in seconds; its own 5 are for the real AWS.
const SAM_POLL_SECONDS: &str = "0.5";

/// What is needed to deploy and to talk to what was deployed.
#[derive(Debug)]
pub(crate) struct Deployer<'a> {
    pub(crate) toolbox: &'a Toolbox,
    pub(crate) folder: &'a Folder,
    /// Root of the checkout.
    pub(crate) project: &'a Path,
    /// Port of the local AWS.
    pub(crate) port: u16,
}

/// What the functions need to know.
#[derive(Debug)]
pub(crate) struct Target<'a> {
    pub(crate) mongodb_uri: &'a str,
    pub(crate) database: &'a str,
}

/// What was deployed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Deployed {
    pub(crate) stream: String,
    pub(crate) api_id: String,
}

impl Deployer<'_> {
    /// Builds the functions; quick when little has changed.
    pub(crate) fn build(&self) -> Result<(), Error> {
        let tool = Tool {
            what: "sam build",
            hint: "if it is a compiler's error, correct it; then run this again",
            limit: BUILD_LIMIT,
            log: self.folder.log("sam-build"),
        };
        let mut sam = self.client(&self.toolbox.sam);
        sam.args(["build", "--config-env", CONFIG_ENV, "--parameter-overrides", architecture(), "--build-dir"])
            .arg(self.folder.build())
            .env("PATH", self.path())
            // Debug builds, natively: a changed line runs again within seconds.
            .env("SAM_BUILD_MODE", "debug")
            .env("CARGO_LAMBDA_COMPILER", "cargo")
            // The binaries are packed and unpacked at each deployment: a third of the size, a third of the time.
            .env("CARGO_PROFILE_DEV_DEBUG", "false")
            .env("CARGO_PROFILE_DEV_STRIP", "symbols");
        tool.run(&mut sam)
    }

    /// Deploys what was built; quick when nothing has changed.
    pub(crate) fn deploy(&self, target: &Target) -> Result<Deployed, Error> {
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
            .arg(self.folder.build().join("template.yaml"))
            .args(["--parameter-overrides", architecture(), "ApiAuthorization=NONE"])
            .arg(format!("MongoUri={}", target.mongodb_uri))
            .arg(format!("MongoDatabase={}", target.database))
            .env("SAM_CLI_POLL_DELAY", SAM_POLL_SECONDS);
        tool.run(&mut sam)?;
        let stacks = self.aws(&["cloudformation", "describe-stacks", "--stack-name", STACK_NAME])?;
        Deployed::parse(&stacks)
    }

    /// Runs the stock AWS client and gives back what it printed.
    pub(crate) fn aws<S: AsRef<std::ffi::OsStr>>(&self, arguments: &[S]) -> Result<String, Error> {
        let tool = Tool {
            what: "the AWS client",
            hint: "is the local AWS still running? (make stop, then make run)",
            limit: CALL_LIMIT,
            log: self.folder.log("aws-client"),
        };
        tool.read(self.client(&self.toolbox.aws).args(arguments).args(["--output", "json"]))
    }

    /// A command that talks to the local AWS and to nothing else.
    pub(crate) fn client(&self, program: &Path) -> Command {
        let mut client = command(program);
        client.current_dir(self.project).envs(client_environment(self.port)).envs([
            // Nothing of the user's own accounts.
            ("AWS_CONFIG_FILE", "/dev/null"),
            ("AWS_SHARED_CREDENTIALS_FILE", "/dev/null"),
            ("SAM_CLI_TELEMETRY", "0"),
        ]);
        client
    }

    /// `cargo-lambda` before everything else.
    fn path(&self) -> OsString {
        let rest = env::var_os("PATH").unwrap_or_default();
        let folders = std::iter::once(self.folder.bin()).chain(env::split_paths(&rest));
        env::join_paths(folders).unwrap_or(rest)
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
        Ok(Self { stream: output("StreamName")?, api_id: output("ApiId")? })
    }
}

/// What every AWS client needs to find the local AWS.
pub(crate) fn client_environment(port: u16) -> [(&'static str, String); 8] {
    const THIS_MACHINE: &str = "127.0.0.1,localhost";
    [
        ("AWS_ENDPOINT_URL", ministack::endpoint(port)),
        ("AWS_ACCESS_KEY_ID", CREDENTIAL.to_owned()),
        ("AWS_SECRET_ACCESS_KEY", CREDENTIAL.to_owned()),
        ("AWS_DEFAULT_REGION", REGION.to_owned()),
        ("AWS_EC2_METADATA_DISABLED", "true".to_owned()),
        ("AWS_PAGER", String::new()),
        ("NO_PROXY", THIS_MACHINE.to_owned()),
        ("no_proxy", THIS_MACHINE.to_owned()),
    ]
}

/// The folder that holds `template.yaml`: the current one or the nearest above.
pub(crate) fn find_project() -> Result<PathBuf, Error> {
    let here = env::current_dir().map_err(|_| Error::NotInCheckout)?;
    here.ancestors()
        .find(|folder| folder.join("template.yaml").is_file())
        .map(Path::to_owned)
        .ok_or(Error::NotInCheckout)
}

/// The functions run on this machine, so they are built for it.
fn architecture() -> &'static str {
    if cfg!(target_arch = "aarch64") { "Architecture=arm64" } else { "Architecture=x86_64" }
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
            {"OutputKey": "StreamName", "OutputValue": "logs"}]}]}"#;
        assert_eq!(
            Deployed::parse(answer).unwrap(),
            Deployed { stream: "logs".to_owned(), api_id: "5df4c94b".to_owned() }
        );
    }

    #[test]
    fn a_missing_output_is_named() {
        let error = Deployed::parse(r#"{"Stacks": [{}]}"#).unwrap_err();
        assert!(matches!(error, Error::Output { name: "StreamName" }), "{error}");
    }
}
