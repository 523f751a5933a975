//! One version for everything that says its version.

use super::templates;

#[test]
fn the_template_has_the_version_of_the_workspace() {
    let template = &templates()["template"];
    let version = env!("CARGO_PKG_VERSION");
    assert_eq!(template["Outputs"]["Version"]["Value"], version);
    assert_eq!(template["Metadata"]["AWS::ServerlessRepo::Application"]["SemanticVersion"], version);
}
