//! Checks whether event source mappings call the functions of the stack that the stack does not have.

use std::collections::HashMap;

use futures_util::future::join_all;

use super::Deployment;
use super::finding::Report;
use super::mapping::{CHECK, names, own_id};
use crate::error::Error;
use crate::services::{Mapping, Services};

/// The states of a mapping that calls nothing.
const OFF: [&str; 3] = ["Disabled", "Disabling", "Deleting"];
/// The field by which tenants have streams of their own.
const SOURCE: &str = "source.stream";

/// Warns of mappings besides that from the stack's stream to ingest. `alias` is where calls of ingest and query go. What cannot be listed is
/// not checked.
pub(super) async fn check(
    services: &Services,
    deployment: &Deployment,
    alias: Option<&str>,
    report: &mut Report,
) -> Result<(), Error> {
    let Some(stream) = deployment.outputs.get("StreamArn") else { return Ok(()) };
    let own = Own {
        stream,
        ingest: &deployment.ingest,
        others: [Some(&deployment.query), deployment.outputs.get("RetentionFunctionName")],
        has_streams: has_streams(&deployment.parameters),
    };
    let functions = || own.others.into_iter().flatten().chain([&deployment.ingest]);
    let of_alias = alias.into_iter().flat_map(|alias| functions().map(move |name| format!("{name}:{alias}")));
    let asked: Vec<_> = functions().cloned().chain(of_alias).map(|name| ("FunctionName", name)).collect();
    let of_stream = [("EventSourceArn", stream.clone())];
    let found = join_all(of_stream.iter().chain(&asked).map(|(by, value)| services.mappings(by, value))).await;
    let mut found: Vec<Mapping> = found.into_iter().flat_map(Result::unwrap_or_default).collect();
    // Where that of the stack leads is checked already.
    found.retain(|mapping| own_id(deployment) != Some(&mapping.id));
    for (what, todo) in strays(found, &own) {
        report.warning(CHECK, what, todo)?;
    }
    Ok(())
}

/// What the stack is made of.
struct Own<'a> {
    /// The ARN of its stream.
    stream: &'a str,
    /// The function that the stream leads to.
    ingest: &'a str,
    /// Those that it does not lead to.
    others: [Option<&'a String>; 2],
    /// Whether other streams may lead to ingest, too.
    has_streams: bool,
}

/// Whether each tenant has a stream of its own.
fn has_streams(parameters: &HashMap<String, String>) -> bool {
    let of = |name: &str| parameters.get(name).map(String::as_str).unwrap_or_default();
    !of("TenantClaim").is_empty() && of("TenantField") == SOURCE
}

/// Returns the mappings that call a function of the stack and are not the stack's: what each does, and what to do.
fn strays(mut found: Vec<Mapping>, own: &Own<'_>) -> Vec<(String, String)> {
    // More than one list has it.
    found.sort_by(|one, other| one.id.cmp(&other.id));
    found.dedup_by(|one, other| one.id == other.id);
    let called = |mapping: &Mapping| {
        let calls = |name: &str| names(&mapping.function_arn, name);
        if calls(own.ingest) {
            let is_own = mapping.event_source_arn == own.stream || own.has_streams;
            return (!is_own).then(|| (own.ingest.to_owned(), "its records are filed with those of the stack"));
        }
        let other = own.others.into_iter().flatten().find(|name| calls(name))?;
        Some((other.clone(), "the function cannot use them"))
    };
    let running = found.iter().filter(|mapping| !OFF.contains(&mapping.state.as_str()));
    running
        .filter_map(|mapping| {
            let ((function, so), Mapping { id, event_source_arn: source, .. }) = (called(mapping)?, mapping);
            let what =
                format!("the event source mapping {id} calls {function} with what is on {source}, and the stack has no such one: {so}");
            Some((what, format!("if nobody needs it: aws lambda delete-event-source-mapping --uuid {id}")))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use serde_json::json;

    use super::{Own, has_streams, strays};

    const STREAM: &str = "arn:aws:kinesis:eu-west-1:1:stream/own";

    #[test]
    fn a_mapping_that_the_stack_does_not_have_is_named() {
        fn check(mapping: (&str, &str, &str), has_streams: bool, expect: Option<&str>) {
            let (source, function, state) = mapping;
            let arn = format!("arn:aws:lambda:eu-west-1:1:function:{function}");
            let found = json!({ "UUID": "m", "EventSourceArn": source, "FunctionArn": arn, "State": state });
            let found = vec![serde_json::from_value(found).unwrap(); 2];
            let (query, retention) = ("a-query".to_owned(), "a-retention".to_owned());
            let others = [Some(&query), Some(&retention)];
            let said = strays(found, &Own { stream: STREAM, ingest: "a-ingest", others, has_streams });
            let is_so = match (said.as_slice(), expect) {
                ([], None) => true,
                ([(what, todo)], Some(part)) => what.contains(part) && todo.ends_with("--uuid m"),
                _ => false,
            };
            assert!(is_so, "{mapping:?} {has_streams}: {said:?}");
        }
        let other = "arn:aws:kinesis:eu-west-1:1:stream/other";
        check((STREAM, "a-ingest", "Enabled"), false, None);
        check((STREAM, "a-ingest:live", "Enabled"), false, None);
        // The runbook reads records again with one to a version.
        check((STREAM, "a-ingest:7", "Enabled"), false, None);
        check((other, "a-ingest", "Enabled"), false, Some("m calls a-ingest with what is on arn:aws:kinesis"));
        check((other, "a-ingest:live", "Creating"), false, Some("are filed with those of the stack"));
        check((other, "a-ingest", "Enabled"), true, None);
        check((other, "a-ingest", "Disabled"), false, None);
        check((STREAM, "a-query:live", "Enabled"), true, Some("m calls a-query with"));
        check((STREAM, "a-retention", "Enabled"), false, Some("the function cannot use them"));
        check((STREAM, "somebody-elses", "Enabled"), false, None);
    }

    #[test]
    fn tenants_may_have_streams() {
        fn check(claim: &str, field: &str, expect: bool) {
            let parameters = [("TenantClaim", claim), ("TenantField", field)];
            let parameters = parameters.map(|(name, value)| (name.to_owned(), value.to_owned()));
            assert_eq!(has_streams(&HashMap::from(parameters)), expect, "{claim} {field}");
        }
        check("org", "source.stream", true);
        check("org", "tenant", false);
        check("", "source.stream", false);
    }
}
