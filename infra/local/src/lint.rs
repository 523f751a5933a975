//! Checks the templates: what AWS would refuse, and what is unsafe. Checks that no file has a secret, and that GitHub's workflows
//! are safe.

use std::path::Path;
use std::time::Duration;

use crate::aws::REGION;
use crate::cache::{Cache, Pins, Requirements};
use crate::error::Error;
use crate::progress::step;
use crate::secrets;
use crate::state::Folder;
use crate::tool::{Tool, command};
use crate::toolbox;

/// Checks templates against rules for safe settings. A rule that does not fit is skipped in the template, with its reason.
const CHECKOV: Pins =
    Pins { folder: "checkov-3.3.30", packages: &["checkov==3.3.30"], requirements: Requirements::Follow };
/// Checks workflows: untrusted text in commands, actions that are not pinned, permissions that nobody needs.
const ZIZMOR: Pins = Pins { folder: "zizmor-1.32.0", packages: &["zizmor==1.32.0"], requirements: Requirements::Skip };
const WORKFLOWS: &str = ".github/workflows";
const TEMPLATE: &str = "template.yaml";
/// SAM does not look into a nested template.
const NESTED: [&str; 2] = ["infra/monitoring.yaml", "infra/network.yaml"];
/// What to do about something that looks like a secret.
const SECRET_HINT: &str =
    "replace the secret and take it out; if it is invented, name the file in infra/local/src/secrets.rs";
/// The longest time for a check. Half a minute is usual.
const LIMIT: Duration = Duration::from_mins(5);

/// Checks the templates, the files and the workflows.
pub(crate) fn lint(project: &Path, folder: &Folder, cache: &Cache) -> Result<(), Error> {
    let sam = toolbox::sam(cache)?;
    let checkov = cache.venv(&CHECKOV).map_err(Error::Tools)?.join("bin/checkov");
    let tool = |what| Tool { what, hint: "correct the template", limit: LIMIT, log: folder.log("lint") };
    step("sam validate", || {
        let mut validate = command(&sam);
        validate.args(["validate", "--lint", "--region", REGION]).env("SAM_CLI_TELEMETRY", "0");
        tool("sam validate").run(validate.current_dir(project))
    })?;
    step("cfn-lint", || {
        let mut check = command(&sam.with_file_name("cfn-lint"));
        tool("cfn-lint").run(check.args(["--regions", REGION, "--"]).args(NESTED).current_dir(project))
    })?;
    step("secrets", || secrets::scan(project, cache, &Tool { hint: SECRET_HINT, ..tool("detect-secrets") }))?;
    step("zizmor", || {
        let mut check = command(&cache.venv(&ZIZMOR).map_err(Error::Tools)?.join("bin/zizmor"));
        check.args(["--offline", "--strict-collection", "--quiet", WORKFLOWS]).current_dir(project);
        Tool { hint: "correct the workflow", ..tool("zizmor") }.run(&mut check)
    })?;
    step("checkov", || {
        let mut check = command(&checkov);
        check.args(["--framework", "cloudformation", "--compact", "--quiet", "--skip-download"]);
        tool("checkov").run(check.args(["--file", TEMPLATE]).args(NESTED).current_dir(project))
    })
}
