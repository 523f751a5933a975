//! Checks the event source mapping: what takes records from the stream to the ingest function.

mod own;

use std::collections::HashMap;

use self::own::{called_by, parted};
pub(super) use self::own::{names, own_id};
use super::Deployment;
use super::finding::{REVERT, RUN_AGAIN, Report};
use super::origins::advice;
use crate::error::Error;
use crate::render::duration;
use crate::services::{Mapping, Services, StreamFacts};

pub(super) const CHECK: &str = "mapping";
const NEEDS: &str = "lambda:ListEventSourceMappings";
/// How Lambda begins to tell of an invocation that went well, or of none.
const GOOD_RESULTS: [&str; 2] = ["OK", "No records processed"];
/// What makes Lambda deliver a batch again from the first record that is not stored.
const PARTIAL: &str = "ReportBatchItemFailures";
/// The start of a mapping that takes only what is put later.
const LATEST: &str = "LATEST";
const SECONDS_PER_HOUR: i64 = 60 * 60;

/// Returns the stack's mapping, if there is one. Names those by which somebody has the stream read again.
pub(super) async fn of(
    services: &Services,
    deployment: &Deployment,
    report: &mut Report,
) -> Result<Option<Mapping>, Error> {
    let found = match deployment.outputs.get("StreamArn") {
        // By the stream: a function with an alias has its mapping on the alias.
        Some(arn) => services.mappings("EventSourceArn", arn).await,
        None => services.mappings("FunctionName", &deployment.ingest).await,
    };
    match found {
        Ok(mappings) => {
            let (own, again) = parted(mappings, deployment);
            if own.is_none() {
                let what = format!("nothing takes records from the stream to the function {}", deployment.ingest);
                report.problem(CHECK, what, format!("somebody deleted the event source mapping: {REVERT}"))?;
            }
            for mapping in again {
                let (what, todo) = reads_again(&mapping);
                report.warning(CHECK, what, todo)?;
                for (what, todo) in losses(&mapping, deployment.bucket.as_deref()) {
                    report.problem(CHECK, format!("the event source mapping {} {what}", mapping.id), todo)?;
                }
            }
            Ok(own)
        }
        Err(failure) => report.failed(CHECK, &failure, NEEDS).map(|()| None),
    }
}

/// Returns what another mapping of the stream to ingest does, and what to do.
fn reads_again(mapping: &Mapping) -> (String, String) {
    let Mapping { id, state, .. } = mapping;
    let called = called_by(mapping).unwrap_or_default();
    let what = format!(
        "the event source mapping {id} is {state}, reads the stream once more and calls {called}; the stack has no such one"
    );
    let todo = format!(
        "once what docs/runbook.md#lost reads again is filed, or if nobody needs it: aws lambda delete-event-source-mapping --uuid {id}"
    );
    (what, todo)
}

/// Checks the stack's mapping.
pub(super) fn check(
    mapping: Option<&Mapping>,
    deployment: &Deployment,
    stream: Option<&StreamFacts>,
    report: &mut Report,
) -> Result<(), Error> {
    let Some(mapping) = mapping else { return Ok(()) };
    let mut is_led_right = true;
    if let Some((is_lost, what, todo)) = astray(mapping, deployment) {
        report.fault(CHECK, is_lost, what, todo)?;
        is_led_right = false;
    }
    judge(mapping, deployment.bucket.as_deref(), stream, &deployment.parameters, is_led_right, report)
}

/// Returns whether the stack's mapping calls something else than ingest, what it calls instead of what it should, and what to do.
fn astray(mapping: &Mapping, deployment: &Deployment) -> Option<(bool, String, String)> {
    let (called, own) = (called_by(mapping)?, deployment.called(&deployment.ingest));
    let is_known = !deployment.parameters.is_empty() && !deployment.is_changing;
    (is_known && called != own).then(|| {
        let is_lost = !names(called, &deployment.ingest);
        let so = if is_lost { ": nothing is filed" } else { "" };
        let id = &mapping.id;
        let what = format!("the event source mapping {id} calls {called}, and the stack's calls {own}{so}");
        (is_lost, what, format!("aws lambda update-event-source-mapping --uuid {id} --function-name {own}"))
    })
}

/// Returns how many calls of the ingest function there are at once.
pub(super) fn calls_at_once(mapping: Option<&Mapping>, stream: Option<&StreamFacts>) -> u64 {
    let factor = mapping.and_then(|mapping| mapping.parallelization_factor).unwrap_or(1);
    u64::try_from(factor).unwrap_or(1) * stream.map_or(1, |stream| u64::from(stream.open_shards.max(1)))
}

fn judge(
    mapping: &Mapping,
    bucket: Option<&str>,
    stream: Option<&StreamFacts>,
    parameters: &HashMap<String, String>,
    is_led_right: bool,
    report: &mut Report,
) -> Result<(), Error> {
    let Mapping { id, state, state_transition_reason: reason, .. } = mapping;
    let hours = stream.map(|stream| stream.retention_hours);
    let faults = faults(mapping, bucket, hours, parameters);
    for (what, todo) in &faults {
        report.problem(CHECK, what, todo)?;
    }
    match state.as_str() {
        "Disabled" | "Disabling" => {
            let what = format!("the event source mapping {id} is {state} ({reason}): nothing is filed");
            report.problem(CHECK, what, enable(id, faults.len()))
        }
        "Enabled" if faults.is_empty() && is_led_right => {
            #[allow(clippy::cast_precision_loss, reason = "a week of seconds")]
            let after = mapping.maximum_record_age_in_seconds.map(|age| duration(age as f64 * 1_000.0));
            let gives_up = after.map(|age| format!(", and gives a batch up after {age}")).unwrap_or_default();
            report.fine(CHECK, format!("{id} is enabled{gives_up}"))
        }
        "Enabled" => Ok(()),
        _ => report.warning(CHECK, format!("the event source mapping {id} is {state}"), RUN_AGAIN),
    }
}

/// Returns how a mapping is enabled. Its other faults are mended before: once it is enabled, the records that wait are lost by them.
fn enable(id: &str, other_faults: usize) -> String {
    let call = format!("aws lambda update-event-source-mapping --uuid {id} --enabled");
    match other_faults {
        0 => call,
        1 => format!("mend its other fault first, as said above, or records that wait are lost. Then {call}"),
        _ => format!(
            "mend its {other_faults} other faults first, as said above, or records that wait are lost. Then {call}"
        ),
    }
}

/// Returns what is wrong with a mapping besides its state, and what to do about it. `hours` is how long the stream keeps records.
fn faults(
    mapping: &Mapping,
    bucket: Option<&str>,
    hours: Option<i64>,
    parameters: &HashMap<String, String>,
) -> Vec<(String, String)> {
    let Mapping { id, state, last_processing_result: last, .. } = mapping;
    let losses = losses(mapping, bucket).into_iter();
    let mut faults: Vec<_> =
        losses.map(|(what, todo)| (format!("the event source mapping {id} {what}"), todo)).collect();
    if let (Some(age), Some(hours)) = (mapping.maximum_record_age_in_seconds, hours)
        && (age < 0 || age >= hours * SECONDS_PER_HOUR)
    {
        let what = "records leave the stream before they are given up, and so never get to the on-failure bucket";
        faults.push((what.to_owned(), lower_age(age, hours, parameters)));
    }
    // Of a mapping that is off, it is what was.
    if state == "Enabled" && !last.is_empty() && !GOOD_RESULTS.iter().any(|good| last.starts_with(good)) {
        let todo = "the function's log says why: docs/runbook.md#ingest-errors";
        faults.push((format!("the last batch failed: {last}"), todo.to_owned()));
    }
    faults
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
pub(super) fn alias(mapping: Option<&Mapping>) -> Option<&str> {
    called_by(mapping?)?.split_once(':').map(|(_, alias)| alias)
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::own::tests::{calling, deployment};
    use super::{astray, enable, faults, losses, lower_age};
    use serde_json::{Value, json};

    #[test]
    fn a_mapping_that_is_led_elsewhere_is_named() {
        fn check(way: &str, called: &str, expect: Option<(bool, &str)>) {
            let said = astray(&calling("m", called), &deployment(way, None));
            let is_so = match (&said, expect) {
                (None, None) => true,
                (Some((is_lost, _, todo)), Some((lost, to))) => *is_lost == lost && todo.ends_with(to),
                _ => false,
            };
            assert!(is_so, "{way} {called}: {said:?}");
        }
        check("AllAtOnce", "a-ingest", None);
        check("Linear", "a-ingest:live", None);
        check("Linear", "a-ingest", Some((false, "--uuid m --function-name a-ingest:live")));
        check("AllAtOnce", "a-ingest:3", Some((false, "--uuid m --function-name a-ingest")));
        check("Linear", "a-query", Some((true, "--uuid m --function-name a-ingest:live")));
    }

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
    fn a_mapping_has_all_of_its_faults_named() {
        fn check(changes: &Value, expect: &[&str]) {
            let mut mapping = good();
            mapping.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
            let found = faults(&serde_json::from_value(mapping).unwrap(), Some("failed"), Some(24), &HashMap::new());
            let is_so =
                found.len() == expect.len() && found.iter().zip(expect).all(|((what, _), part)| what.contains(part));
            assert!(is_so, "{changes}: {found:?}");
        }
        let failed = "PROBLEM: Function call failed";
        check(&json!({ "State": "Enabled", "LastProcessingResult": "OK", "MaximumRecordAgeInSeconds": 72_000 }), &[]);
        check(&json!({ "State": "Disabled" }), &[]);
        check(&json!({ "State": "Disabled", "LastProcessingResult": failed }), &[]);
        let all = json!({
            "FunctionResponseTypes": [], "MaximumRecordAgeInSeconds": -1, "DestinationConfig": {},
            "FilterCriteria": { "Filters": [{ "Pattern": "{}" }] },
        });
        let with = |state: &str| {
            let mut all = all.clone();
            (all["State"], all["LastProcessingResult"]) = (state.into(), failed.into());
            all
        };
        let losses = ["has a filter", "lacks ReportBatchItemFailures", "has no on-failure bucket", "leave the stream"];
        check(&with("Disabled"), &losses);
        check(&with("Enabled"), &[&losses[..], &["the last batch failed: PROBLEM"]].concat());
        check(&with("Updating"), &losses);
    }

    #[test]
    fn a_mapping_is_enabled_last() {
        fn check(other_faults: usize, expect: &str) {
            let todo = enable("m", other_faults);
            assert!(
                todo.starts_with(expect) && todo.ends_with("aws lambda update-event-source-mapping --uuid m --enabled")
            );
        }
        check(0, "aws");
        check(1, "mend its other fault first");
        check(3, "mend its 3 other faults first");
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
}
