//! Checks the event source mapping: what takes records from the stream to the ingest function.

use std::collections::HashMap;

use super::Deployment;
use super::finding::{REVERT, RUN_AGAIN, Report};
use super::parameters::advice;
use crate::error::Error;
use crate::render::duration;
use crate::services::{Mapping, Services, StreamFacts};

const CHECK: &str = "mapping";
const NEEDS: &str = "lambda:ListEventSourceMappings";
/// How Lambda begins to tell of an invocation that went well, or of none.
const GOOD_RESULTS: [&str; 2] = ["OK", "No records processed"];
/// What makes Lambda deliver a batch again from the first record that is not stored.
const PARTIAL: &str = "ReportBatchItemFailures";
/// The start of a mapping that takes only what is put later.
const LATEST: &str = "LATEST";
const SECONDS_PER_HOUR: i64 = 60 * 60;

/// Returns the mappings that lead to the ingest function.
pub(super) async fn of(
    services: &Services,
    deployment: &Deployment,
    report: &mut Report,
) -> Result<Vec<Mapping>, Error> {
    let found = match deployment.outputs.get("StreamArn") {
        // By the stream: a function with an alias has its mapping on the alias.
        Some(arn) => services.mappings("EventSourceArn", arn).await,
        None => services.mappings("FunctionName", &deployment.ingest).await,
    };
    match found {
        Ok(mut mappings) => {
            mappings.retain(|mapping| names(&mapping.function_arn, &deployment.ingest));
            if mappings.is_empty() {
                let what = format!("nothing takes records from the stream to the function {}", deployment.ingest);
                report.problem(CHECK, what, format!("somebody deleted the event source mapping: {REVERT}"))?;
            }
            Ok(mappings)
        }
        Err(failure) => report.failed(CHECK, &failure, NEEDS).map(|()| Vec::new()),
    }
}

/// Checks the mappings. `bucket` is the stack's on-failure bucket, if it is known.
pub(super) fn check(
    mappings: &[Mapping],
    bucket: Option<&str>,
    stream: Option<&StreamFacts>,
    parameters: &HashMap<String, String>,
    report: &mut Report,
) -> Result<(), Error> {
    mappings.iter().try_for_each(|mapping| judge(mapping, bucket, stream, parameters, report))
}

/// Returns how many calls of the ingest function there are at once.
pub(super) fn calls_at_once(mappings: &[Mapping], stream: Option<&StreamFacts>) -> u64 {
    let factor = mappings.iter().filter_map(|mapping| mapping.parallelization_factor).max().unwrap_or(1);
    u64::try_from(factor).unwrap_or(1) * stream.map_or(1, |stream| u64::from(stream.open_shards.max(1)))
}

fn judge(
    mapping: &Mapping,
    bucket: Option<&str>,
    stream: Option<&StreamFacts>,
    parameters: &HashMap<String, String>,
    report: &mut Report,
) -> Result<(), Error> {
    let Mapping { id, state, state_transition_reason: reason, last_processing_result: last, .. } = mapping;
    if state == "Disabled" || state == "Disabling" {
        let todo = format!("aws lambda update-event-source-mapping --uuid {id} --enabled");
        return report.problem(
            CHECK,
            format!("the event source mapping {id} is {state} ({reason}): nothing is filed"),
            todo,
        );
    }
    if state != "Enabled" {
        return report.warning(CHECK, format!("the event source mapping {id} is {state}"), RUN_AGAIN);
    }
    if !last.is_empty() && !GOOD_RESULTS.iter().any(|good| last.starts_with(good)) {
        let what = format!("the last batch failed: {last}");
        return report.problem(CHECK, what, "the function's log says why: docs/runbook.md#ingest-errors");
    }
    let losses = losses(mapping, bucket);
    for (what, todo) in &losses {
        report.problem(CHECK, format!("the event source mapping {id} {what}"), todo)?;
    }
    if !losses.is_empty() {
        return Ok(());
    }
    let hours = stream.map(|stream| stream.retention_hours);
    match (mapping.maximum_record_age_in_seconds, hours) {
        (Some(age), Some(hours)) if age < 0 || age >= hours * SECONDS_PER_HOUR => {
            let what = "records leave the stream before they are given up, and so never get to the on-failure bucket";
            report.problem(CHECK, what, lower_age(age, hours, parameters))
        }
        #[allow(clippy::cast_precision_loss, reason = "a week of seconds")]
        (Some(age), _) => {
            let age = duration(age as f64 * 1_000.0);
            report.fine(CHECK, format!("{id} is enabled, and gives a batch up after {age}"))
        }
        (None, _) => report.fine(CHECK, format!("{id} is enabled")),
    }
}

/// Returns what to do about an age that the stream does not keep records for.
fn lower_age(age: i64, hours: i64, parameters: &HashMap<String, String>) -> String {
    let values = [("RecordAgeSeconds", age), ("StreamRetentionHours", hours)]
        .map(|(name, own)| (Some(name), Some(own.to_string())));
    advice(parameters, &values, "set RecordAgeSeconds below StreamRetentionHours, and deploy")
}

/// Returns what of a mapping can lose records, and what to do about it.
fn losses(mapping: &Mapping, bucket: Option<&str>) -> Vec<(String, String)> {
    let update = format!("aws lambda update-event-source-mapping --uuid {}", mapping.id);
    let mut losses = Vec::new();
    if mapping.filters() {
        let what = "has a filter: records that do not match it are dropped, and nobody is told";
        let todo =
            format!("{update} --filter-criteria '{{}}'; docs/runbook.md#lost says how to read the records again");
        losses.push((what.to_owned(), todo));
    }
    if mapping.starting_position == LATEST {
        let what = "begins at LATEST: records are passed over when it is created, and when shards are added";
        let todo = "delete it, and create it again with TRIM_HORIZON; records that are stored already are known";
        losses.push((what.to_owned(), todo.to_owned()));
    }
    if !mapping.function_response_types.iter().any(|kind| kind == PARTIAL) {
        let what = format!("lacks {PARTIAL}: a batch that is stored in part would count as stored");
        losses.push((what, format!("{update} --function-response-types {PARTIAL}")));
    }
    let wrong = match (mapping.destination(), bucket) {
        (None, _) => Some("has no on-failure bucket: batches that are given up are lost".to_owned()),
        (Some(arn), Some(bucket)) if !is_bucket(arn, bucket) => Some(format!(
            "gives batches up to {arn}, and not to {bucket}: `redrive` does not find them, if Lambda can write them there"
        )),
        _ => None,
    };
    let partition = mapping.function_arn.split(':').nth(1).unwrap_or("aws");
    let own = |bucket| format!("{update} --destination-config OnFailure={{Destination=arn:{partition}:s3:::{bucket}}}");
    losses.extend(wrong.map(|what| (what, bucket.map_or_else(|| REVERT.to_owned(), own))));
    losses
}

/// Whether an ARN is that of a bucket.
fn is_bucket(arn: &str, bucket: &str) -> bool {
    arn.split_once(":s3:::").is_some_and(|(_, name)| name == bucket)
}

/// Returns the alias on which the mapping is: with a gradual deployment, records and requests go there.
pub(super) fn alias(mappings: &[Mapping]) -> Option<&str> {
    let (_, name) = mappings.first()?.function_arn.split_once(":function:")?;
    name.split_once(':').map(|(_, alias)| alias)
}

/// Whether an ARN, with or without an alias, is of the function.
fn names(arn: &str, function: &str) -> bool {
    let mut parts = arn.split(":function:");
    let name = parts.nth(1).unwrap_or(arn);
    name == function || name.split(':').next() == Some(function)
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::{losses, lower_age, names};
    use serde_json::{Value, json};

    /// What the template makes.
    fn good() -> Value {
        json!({
            "UUID": "m",
            "StartingPosition": "TRIM_HORIZON",
            "FunctionResponseTypes": ["ReportBatchItemFailures"],
            "DestinationConfig": { "OnFailure": { "Destination": "arn:aws:s3:::failed" } },
        })
    }

    #[test]
    fn what_can_lose_records_is_named() {
        fn check(changes: &Value, expect: &[&str]) {
            let mut mapping = good();
            mapping.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
            let found = losses(&serde_json::from_value(mapping).unwrap(), Some("failed"));
            let is_so =
                found.len() == expect.len() && found.iter().zip(expect).all(|((what, _), part)| what.contains(part));
            assert!(is_so, "{changes}: {found:?}");
        }
        let to = |arn: &str| json!({ "OnFailure": { "Destination": arn } });
        let filter = json!({ "Filters": [{ "Pattern": "{}" }] });
        check(&json!({}), &[]);
        check(&json!({ "FilterCriteria": { "Filters": [] } }), &[]);
        check(&json!({ "FilterCriteria": filter }), &["has a filter"]);
        check(&json!({ "StartingPosition": "LATEST" }), &["begins at LATEST"]);
        // A field that the answer does not have is not known.
        check(&json!({ "StartingPosition": "" }), &[]);
        check(&json!({ "FunctionResponseTypes": [] }), &["lacks ReportBatchItemFailures"]);
        check(&json!({ "DestinationConfig": {} }), &["has no on-failure bucket"]);
        check(&json!({ "DestinationConfig": to("arn:aws:s3:::other") }), &["to arn:aws:s3:::other, and not to failed"]);
        check(&json!({ "DestinationConfig": to("arn:aws:sqs:eu-west-1:1:failed") }), &["and not to failed"]);
        let both = json!({ "FilterCriteria": filter, "DestinationConfig": to("arn:aws:s3:::failed2") });
        check(&both, &["has a filter", "and not to failed"]);
    }

    #[test]
    fn an_age_that_was_raised_by_hand_is_not_deployed_again() {
        fn check(deployed: (&str, &str), expect: &str) {
            let parameters = [("RecordAgeSeconds", deployed.0), ("StreamRetentionHours", deployed.1)];
            let parameters = parameters.map(|(name, value)| (name.to_owned(), value.to_owned()));
            let todo = lower_age(86_400, 24, &HashMap::from(parameters));
            assert!(todo.starts_with(expect), "{deployed:?}: {todo}");
        }
        check(("72000", "24"), "it was changed by hand");
        check(("86400", "48"), "it was changed by hand");
        check(("86400", "24"), "set RecordAgeSeconds below");
    }

    #[test]
    fn an_unknown_bucket_is_no_other_one() {
        assert_eq!(losses(&serde_json::from_value(good()).unwrap(), None), []);
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
