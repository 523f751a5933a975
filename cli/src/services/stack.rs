//! The parts of a stack.

use std::collections::HashMap;

use jiff::Timestamp;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use super::xml::members;
use super::{ServiceFailure, Services};

/// A part of a stack.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct Resource {
    /// Its id or its name where it is.
    pub(crate) id: String,
    /// When `CloudFormation` made or changed it last.
    pub(crate) deployed: Option<Timestamp>,
}

impl Services {
    /// Lists the parts of a stack by their names in the template. Needs `cloudformation:DescribeStackResources`.
    pub(crate) async fn resources(&self, stack: &str) -> Result<HashMap<String, Resource>, ServiceFailure> {
        let name = utf8_percent_encode(stack, NON_ALPHANUMERIC);
        let form = format!("Action=DescribeStackResources&Version=2010-05-15&StackName={name}");
        self.form("cloudformation", form).await.map(|(xml, _)| resources(&xml))
    }
}

fn resources(xml: &str) -> HashMap<String, Resource> {
    let resource = |leaves: Vec<(String, String)>| {
        let of = |name: &str| leaves.iter().find(|(own, _)| own == name).map(|(_, text)| text.clone());
        let deployed = of("Timestamp").and_then(|time| time.parse().ok());
        Some((of("LogicalResourceId")?, Resource { id: of("PhysicalResourceId").unwrap_or_default(), deployed }))
    };
    members(xml, "StackResources", "member").into_iter().filter_map(resource).collect()
}

#[cfg(test)]
mod tests {
    use super::{Resource, resources};

    #[test]
    fn parts_are_read() {
        let xml = "<DescribeStackResourcesResponse><DescribeStackResourcesResult><StackResources><member>\
            <LogicalResourceId>QueryFunction</LogicalResourceId><PhysicalResourceId>a-query</PhysicalResourceId>\
            <Timestamp>2026-11-20T08:35:39.125Z</Timestamp><DriftInformation><StackResourceDriftStatus>NOT_CHECKED\
            </StackResourceDriftStatus></DriftInformation></member><member><LogicalResourceId>Other</LogicalResourceId>\
            </member></StackResources></DescribeStackResourcesResult></DescribeStackResourcesResponse>";
        let found = resources(xml);
        let query = Resource { id: "a-query".to_owned(), deployed: "2026-11-20T08:35:39.125Z".parse().ok() };
        assert_eq!((found.len(), &found["QueryFunction"], &found["Other"]), (2, &query, &Resource::default()));
        assert!(resources("<a>").is_empty());
    }
}
