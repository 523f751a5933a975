//! Checks whether S3 deletes the batches in the on-failure bucket sooner than the stack wants.

use aws_sdk_s3::Client;
use aws_sdk_s3::types::{ExpirationStatus, LifecycleExpiration, LifecycleRule};

use super::finding::Report;
use crate::error::Error;
use crate::render::count;

/// The parameter with the days that the bucket keeps batches.
const PARAMETER: &str = "FailedRetentionDays";

/// Warns of the rule that deletes batches the soonest, if that is sooner than after `days`. `prefix` is how the keys of batches begin. A bucket
/// without rules may be that of a local AWS, which makes none.
pub(super) async fn check(
    check: &'static str,
    client: &Client,
    (bucket, prefix): (&str, &str),
    days: Option<&str>,
    report: &mut Report,
) -> Result<(), Error> {
    let Some(days) = days.and_then(|days| days.parse().ok()) else { return Ok(()) };
    let Ok(found) = client.get_bucket_lifecycle_configuration().bucket(bucket).send().await else { return Ok(()) };
    let Some(when) = deletes(found.rules(), prefix, days) else { return Ok(()) };
    let what = format!("{bucket} deletes batches {when}, and the stack's parameter {PARAMETER} is `{days}`");
    let rule = format!(
        r#"{{"ID":"expire","Status":"Enabled","Filter":{{"Prefix":""}},"Expiration":{{"Days":{days}}},"AbortIncompleteMultipartUpload":{{"DaysAfterInitiation":1}}}}"#
    );
    let todo = format!(
        "aws s3api put-bucket-lifecycle-configuration --bucket {bucket} --lifecycle-configuration '{{\"Rules\":[{rule}]}}'"
    );
    report.warning(check, what, todo)
}

/// Returns in words when S3 deletes an object whose key begins so; `None` if that is not sooner than after `days`.
fn deletes(rules: &[LifecycleRule], prefix: &str, days: i32) -> Option<String> {
    let of_batches = rules.iter().filter(|rule| rule.status == ExpirationStatus::Enabled && reaches(rule, prefix));
    let expirations = || of_batches.clone().filter_map(|rule| rule.expiration.as_ref());
    if let Some(date) = expirations().find_map(|LifecycleExpiration { date, .. }| *date) {
        let date = jiff::Timestamp::from_second(date.secs()).map(|date| date.to_string()).unwrap_or_default();
        return Some(format!("from {date} on"));
    }
    let soonest = expirations().filter_map(|LifecycleExpiration { days, .. }| *days).min()?;
    (soonest < days).then(|| format!("after {}", count(soonest.unsigned_abs().into(), "day")))
}

/// Whether a rule is for objects whose keys begin so, or for some of them. Lambda gives them no tags.
fn reaches(rule: &LifecycleRule, prefix: &str) -> bool {
    let filter = rule.filter.as_ref();
    let both = filter.and_then(|filter| filter.and.as_ref());
    let has_tags =
        filter.is_some_and(|filter| filter.tag.is_some()) || both.is_some_and(|both| !both.tags().is_empty());
    let of_filter = filter.and_then(|filter| filter.prefix.as_deref()).or_else(|| both?.prefix.as_deref());
    #[allow(deprecated, reason = "rules from before filters have it")]
    let own = of_filter.or(rule.prefix.as_deref()).unwrap_or_default();
    !has_tags && (prefix.starts_with(own) || own.starts_with(prefix))
}

#[cfg(test)]
mod tests {
    use aws_sdk_s3::primitives::DateTime;
    use aws_sdk_s3::types::{
        ExpirationStatus, LifecycleExpiration, LifecycleRule, LifecycleRuleAndOperator, LifecycleRuleFilter, Tag,
    };

    use super::deletes;

    fn rule(prefix: Option<&str>, days: i32) -> LifecycleRule {
        LifecycleRule::builder()
            .status(ExpirationStatus::Enabled)
            .set_filter(prefix.map(|prefix| LifecycleRuleFilter::builder().prefix(prefix).build()))
            .expiration(LifecycleExpiration::builder().days(days).build())
            .build()
            .unwrap()
    }

    #[test]
    fn a_rule_that_deletes_batches_early_is_named() {
        fn check(rules: &[LifecycleRule], expect: Option<&str>) {
            assert_eq!(deletes(rules, "aws/lambda/", 90).as_deref(), expect, "{rules:?}");
        }
        check(&[], None);
        check(&[rule(None, 90)], None);
        check(&[rule(Some(""), 365)], None);
        check(&[rule(None, 1)], Some("after 1 day"));
        check(&[rule(Some(""), 90), rule(Some("aws/"), 30), rule(None, 60)], Some("after 30 days"));
        check(&[rule(Some("aws/lambda/5b1f0f1c"), 1)], Some("after 1 day"));
        check(&[rule(Some("other/"), 1)], None);
        let with = |change: fn(&mut LifecycleRule)| {
            let mut own = rule(Some(""), 1);
            change(&mut own);
            [own]
        };
        check(&with(|own| own.status = ExpirationStatus::Disabled), None);
        check(&with(|own| own.expiration = None), None);
        #[allow(deprecated, reason = "rules from before filters have it")]
        check(&with(|own| (own.filter, own.prefix) = (None, Some("other/".to_owned()))), None);
        check(
            &with(|own| {
                let tag = Tag::builder().key("k").value("v").build().unwrap();
                let both = LifecycleRuleAndOperator::builder().prefix("aws/").tags(tag).build();
                own.filter = Some(LifecycleRuleFilter::builder().and(both).build());
            }),
            None,
        );
        check(
            &with(|own| {
                let date = DateTime::from_secs(1_796_083_200);
                own.expiration = Some(LifecycleExpiration::builder().date(date).build());
            }),
            Some("from 2026-12-01T00:00:00Z on"),
        );
    }
}
