//! Which of the event source mappings is the stack's own.

use super::Deployment;
use crate::services::Mapping;

/// Returns the stack's own mapping, and the others of its stream that lead to ingest. Of a stack whose parts are not known, the one that
/// leads where the stack's does is its own.
pub(super) fn parted(mut mappings: Vec<Mapping>, deployment: &Deployment) -> (Option<Mapping>, Vec<Mapping>) {
    let ingest = &deployment.ingest;
    let id = own_id(deployment);
    mappings.retain(|mapping| id == Some(&mapping.id) || names(&mapping.function_arn, ingest));
    let called = deployment.called(ingest);
    let is_called = |mapping: &Mapping| called_by(mapping) == Some(called.as_str());
    let by_id = mappings.iter().position(|mapping| id == Some(&mapping.id));
    let place = by_id.or_else(|| mappings.iter().position(is_called)).or_else(|| {
        // That of the runbook leads to a version.
        mappings.iter().position(|mapping| !called_by(mapping).is_some_and(is_version))
    });
    let own = place.map(|place| mappings.remove(place));
    (own, mappings)
}

/// Returns the id of the stack's mapping; `None` if its parts are not known.
pub(in super::super) fn own_id(deployment: &Deployment) -> Option<&String> {
    deployment.resources.get("IngestMapping").map(|resource| &resource.id)
}

/// Returns what a mapping calls: `FUNCTION`, or `FUNCTION:ALIAS`.
pub(super) fn called_by(mapping: &Mapping) -> Option<&str> {
    mapping.function_arn.split_once(":function:").map(|(_, called)| called)
}

/// Whether it is a version of a function.
fn is_version(called: &str) -> bool {
    called.split_once(':').is_some_and(|(_, version)| version.bytes().all(|byte| byte.is_ascii_digit()))
}

/// Whether an ARN, with or without an alias, is of the function.
pub(in super::super) fn names(arn: &str, function: &str) -> bool {
    let mut parts = arn.split(":function:");
    let name = parts.nth(1).unwrap_or(arn);
    name == function || name.split(':').next() == Some(function)
}

#[cfg(test)]
pub(super) mod tests {
    use std::collections::HashMap;

    use serde_json::json;

    use super::{Deployment, names, parted};
    use crate::services::{Mapping, Resource};

    pub(in super::super) fn deployment(way: &str, id: Option<&str>) -> Deployment {
        let own = id.map(|id| ("IngestMapping".to_owned(), Resource { id: id.to_owned(), deployed: None }));
        Deployment {
            ingest: "a-ingest".to_owned(),
            parameters: HashMap::from([("Deployment".to_owned(), way.to_owned())]),
            resources: own.into_iter().collect(),
            ..Deployment::default()
        }
    }

    pub(in super::super) fn calling(id: &str, called: &str) -> Mapping {
        let arn = format!("arn:aws:lambda:eu-west-1:1:function:{called}");
        serde_json::from_value(json!({ "UUID": id, "FunctionArn": arn })).unwrap()
    }

    #[test]
    fn the_stacks_mapping_is_found_among_others() {
        fn check(way: &str, id: Option<&str>, found: &[&str], expect: (Option<&str>, &[&str])) {
            let all = found.iter().map(|called| calling(called, called)).collect();
            let (own, again) = parted(all, &deployment(way, id));
            let again: Vec<&str> = again.iter().map(|mapping| mapping.id.as_str()).collect();
            assert_eq!((own.as_ref().map(|own| own.id.as_str()), again.as_slice()), expect, "{way} {id:?} {found:?}");
        }
        let live = ["a-ingest:3", "a-ingest:live"];
        check("Linear", None, &live, (Some("a-ingest:live"), &["a-ingest:3"]));
        check("Linear", Some("a-ingest:live"), &live, (Some("a-ingest:live"), &["a-ingest:3"]));
        check("AllAtOnce", None, &["a-ingest:3", "a-ingest"], (Some("a-ingest"), &["a-ingest:3"]));
        // The stack's own may be led elsewhere.
        check("AllAtOnce", Some("a-query"), &["a-ingest:3", "a-query"], (Some("a-query"), &["a-ingest:3"]));
        check("Linear", None, &["a-ingest"], (Some("a-ingest"), &[]));
        check("AllAtOnce", None, &["a-ingest:3"], (None, &["a-ingest:3"]));
        check("AllAtOnce", None, &["b-ingest"], (None, &[]));
    }

    #[test]
    fn an_arn_may_end_with_an_alias() {
        fn check(arn: &str, expect: bool) {
            assert_eq!(names(arn, "logbraid-ingest"), expect, "{arn}");
        }
        check("arn:aws:lambda:eu-west-1:1:function:logbraid-ingest", true);
        check("arn:aws:lambda:eu-west-1:1:function:logbraid-ingest:live", true);
        check("arn:aws:lambda:eu-west-1:1:function:other-logbraid-ingest", false);
        check("arn:aws:lambda:eu-west-1:1:function:logbraid-ingest2:live", false);
    }
}
