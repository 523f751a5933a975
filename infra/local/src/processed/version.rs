//! One version for everything that says its version.

use super::{project, templates};

/// The limits of the Serverless Application Repository.
const MAX_DESCRIPTION_CHARS: usize = 256;
const MAX_LABELS: usize = 10;

#[test]
fn the_template_has_the_version_of_the_workspace() {
    let template = &templates()["template"];
    let version = env!("CARGO_PKG_VERSION");
    assert_eq!(template["Outputs"]["Version"]["Value"], version);
    assert_eq!(template["Metadata"]["AWS::ServerlessRepo::Application"]["SemanticVersion"], version);
}

#[test]
fn the_application_can_be_published() {
    let application = &templates()["template"]["Metadata"]["AWS::ServerlessRepo::Application"];
    let text = |name: &str| application[name].as_str().unwrap_or_default().to_owned();
    for file in ["LicenseUrl", "ReadmeUrl"] {
        assert!(project().join(text(file)).is_file(), "{file} is {}", text(file));
    }
    assert_eq!(text("SpdxLicenseId"), env!("CARGO_PKG_LICENSE"));
    let is_name = |name: &str| name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
    assert!(is_name(&text("Name")) && !text("Author").is_empty());
    assert!((1..=MAX_DESCRIPTION_CHARS).contains(&text("Description").chars().count()));
    let labels = application["Labels"].as_array().unwrap();
    assert!(labels.len() <= MAX_LABELS && labels.iter().all(|label| label.as_str().is_some_and(is_name)));
}
