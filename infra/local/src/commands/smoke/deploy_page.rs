//! The commands of docs/deploy.md that a local AWS can run.

use super::documented;
use crate::aws::REGION;
use crate::error::Error;
use crate::running::Running;
use crate::text::quoted;

const FILE: &str = "docs/deploy.md";

/// Commands of the page.
#[derive(Debug)]
pub(super) struct Commands {
    heading: &'static str,
    /// What the first block of code begins with. Those before it below the heading are not run.
    first: &'static str,
    /// What they have to print.
    printed: &'static [&'static str],
}

pub(super) const SIGN_IN: Commands =
    Commands { heading: "With Amazon Cognito", first: "POOL=", printed: &["\"issuer\"", "401"] };
/// Without the step before, which the local AWS does not know.
pub(super) const ROLES: Commands = Commands {
    heading: "Sign in to MongoDB by a role",
    first: "aws cloudformation",
    printed: &["IngestRole", "QueryRole", "RetentionRole"],
};
/// The transaction is there after the other steps, and unknown if only these run. The answer names it in both cases.
pub(super) const ASK: Commands =
    Commands { heading: "Ask the API", first: "curl", printed: &["6f1a4e0e-6f0c-4c58-9d0c-0a1b2c3d4e5f"] };
pub(super) const GO_BACK: Commands =
    Commands { heading: "Step by step", first: "aws lambda", printed: &["1\t1", "\"FunctionVersion\": \"1\""] };
pub(super) const REMOVE: Commands =
    Commands { heading: "Delete a stack", first: "aws kinesis", printed: &["remove_bucket"] };

/// Runs the commands. `values` are put in place of what the page has as an example.
pub(super) fn check(running: &Running, commands: &Commands, values: &[(&str, &str)]) -> Result<(), Error> {
    let Commands { heading, printed, .. } = commands;
    let page = documented::read(running, FILE)?;
    let text = values.iter().fold(of(&page, commands), |text, (example, value)| text.replace(example, value));
    let local = format!("export AWS_REGION={REGION} AWS_SESSION_TOKEN= API_URL={}", quoted(&running.url()));
    documented::run(running, &format!("deploy.md: {heading}"), &format!("{local}\n{text}"), printed)
}

fn of(page: &str, Commands { heading, first, .. }: &Commands) -> String {
    let blocks = documented::blocks(page).into_iter().filter(|own| own.heading == *heading);
    blocks.skip_while(|own| !own.commands.starts_with(first)).map(|own| own.commands).collect()
}

#[cfg(test)]
mod tests {
    use super::{ASK, GO_BACK, REMOVE, ROLES, SIGN_IN, of};

    #[test]
    fn the_page_has_the_commands() {
        let page = include_str!("../../../../../docs/deploy.md");
        for commands in [SIGN_IN, ROLES, ASK, GO_BACK, REMOVE] {
            assert!(!of(page, &commands).is_empty(), "{commands:?}");
        }
        assert!(of(page, &GO_BACK).contains("--function-version 7"), "the example is replaced");
        assert!(of(page, &REMOVE).contains("--stream-name STREAM") && of(page, &REMOVE).contains("s3://BUCKET"));
    }
}
