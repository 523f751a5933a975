//! A copy of what SAM built that the local AWS can deploy whole: without the resources that it does not know.
//!
//! docs/deploy.md#not-yet-proven says which these are.

use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::error::Error;
use crate::state::Folder;
use crate::tool::{Tool, command};

/// The name of the copies, beside each template.
const NAME: &str = "local.yaml";
/// Reading and writing the templates. Five seconds are usual.
const LIMIT: Duration = Duration::from_mins(2);
/// Takes the folder and the name of the copies. Prints what it leaves out, a line each.
const SCRIPT: &str = r#"
import json, pathlib, sys
from samcli.yamlhelper import yaml_dump, yaml_parse

folder, name = pathlib.Path(sys.argv[1]), sys.argv[2]

def copy(path, change):
    template = yaml_parse(path.read_text())
    change(template["Resources"])
    path.with_name(name).write_text(yaml_dump(template))

def main(resources):
    # `Unrecognized resource types: [AWS::CodeDeploy::Application, AWS::CodeDeploy::DeploymentGroup]`
    for own in [own for own, resource in resources.items() if resource["Type"].startswith("AWS::CodeDeploy::")]:
        del resources[own]
        print(own)
    for resource in resources.values():
        resource.pop("UpdatePolicy", None)
        if resource["Type"] == "AWS::CloudFormation::Stack":
            properties = resource["Properties"]
            properties["TemplateURL"] = properties["TemplateURL"].replace("template.yaml", name)

def monitoring(resources):
    # Alarms that calculate with several metrics.
    calculates = lambda own: any("Expression" in metric for metric in own.get("Properties", {}).get("Metrics", []))
    absent = [own for own, resource in resources.items() if calculates(resource)]
    for own in absent:
        del resources[own]
        print(own)
    # The dashboard names them.
    text = json.dumps(resources)
    for own in absent:
        text = text.replace("${%s.Arn}" % own, "arn:aws:cloudwatch:us-east-1:000000000000:alarm:" + own)
    resources.clear()
    resources.update(json.loads(text))

copy(folder / "template.yaml", main)
copy(folder / "MonitoringStack/template.yaml", monitoring)
copy(folder / "NetworkStack/template.yaml", lambda resources: None)
"#;

/// A template for the local AWS.
#[derive(Debug)]
pub(crate) struct LocalTemplate {
    pub(crate) path: PathBuf,
    /// The logical ids of what it lacks.
    pub(crate) absent: Vec<String>,
}

/// Writes the copies beside the templates that SAM built. `sam` is its program.
pub(crate) fn write(sam: &Path, built: &Path, folder: &Folder) -> Result<LocalTemplate, Error> {
    let tool = Tool {
        what: "writing the template for the local AWS",
        hint: "correct the script in infra/local/src/local_template.rs",
        limit: LIMIT,
        log: folder.log("local-template"),
    };
    let mut python = command(&sam.with_file_name("python"));
    let printed = tool.read(python.args(["-c", SCRIPT]).arg(built).arg(NAME))?;
    Ok(LocalTemplate { path: built.join(NAME), absent: printed.lines().map(str::to_owned).collect() })
}
