//! Checks what Lambda does with a run of retention that fails. The schedule does not wait for it: Lambda tries it again, and then puts it
//! into a queue.

use super::finding::Report;
use crate::error::Error;
use crate::services::{Retries, Services, Unattended};

const CHECK: &str = "retention";
/// How often Lambda tries a run again, and after how many seconds it gives one up that waits: its defaults, since the template sets nothing.
const RETRIES: (u64, u64) = (2, 21_600);

/// Checks the function of retention. `failures` is the ARN of its queue, and `own` that of the stack's.
pub(super) async fn check(
    services: &Services,
    name: &str,
    (failures, own): (Option<&str>, Option<&str>),
    report: &mut Report,
) -> Result<(), Error> {
    let Ok(set) = services.unattended(name).await else {
        let what = "whether failed runs are tried again is not checked: it needs lambda:GetFunctionEventInvokeConfig";
        return report.skipped(CHECK, what);
    };
    let set = set.unwrap_or_default();
    // A local AWS leaves the queue of a template out.
    let own = own.filter(|_| failures.is_some() || !services.is_local("lambda"));
    for (what, todo) in [other_queue(name, failures, own, &set), fewer_tries(name, &set)].into_iter().flatten() {
        report.warning(CHECK, what, todo)?;
    }
    Ok(())
}

/// Returns how the queue of a function differs from the stack's, and what to do. By a destination, failures may go there, too.
fn other_queue(name: &str, found: Option<&str>, own: Option<&str>, set: &Unattended) -> Option<(String, String)> {
    let own = own.filter(|own| found != Some(own) && set.failures() != Some(own))?;
    let has = found.map_or_else(|| "no queue".to_owned(), |found| format!("the queue {found}"));
    let what =
        format!("the function {name} has {has} for runs that failed, and the stack's has {own}: they are not counted");
    let todo =
        format!("aws lambda update-function-configuration --function-name {name} --dead-letter-config TargetArn={own}");
    Some((what, todo))
}

/// Returns how Lambda tries less than for the stack's, and what to do.
fn fewer_tries(name: &str, set: &Unattended) -> Option<(String, String)> {
    let Retries { attempts, age_s } = set.retries;
    let attempts = attempts.filter(|own| *own < RETRIES.0);
    let attempts = attempts
        .map(|own| format!("tries a run of {name} that failed again up to {own} times, and the stack's {}", RETRIES.0));
    let age_s = age_s.filter(|own| *own < RETRIES.1);
    let age_s =
        age_s.map(|own| format!("gives a run of {name} up after {own} s, and the stack's after {} s", RETRIES.1));
    let all: Vec<String> = [attempts, age_s].into_iter().flatten().collect();
    (!all.is_empty()).then(|| {
        let call = |verb: &str| format!("aws lambda {verb}-function-event-invoke-config --function-name {name}");
        // The stack has none. One with a destination stays.
        let todo = match set.failures() {
            None => call("delete"),
            Some(_) => format!(
                "{} --maximum-retry-attempts {} --maximum-event-age-in-seconds {}",
                call("update"),
                RETRIES.0,
                RETRIES.1
            ),
        };
        (format!("Lambda {}", all.join("; it ")), todo)
    })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::finding::says;
    use super::{fewer_tries, other_queue};

    #[test]
    fn runs_that_fail_go_to_the_queue_of_the_stack() {
        fn check(found: Option<&str>, destination: &str, own: Option<&str>, expect: Option<&str>) {
            let set = json!({ "DestinationConfig": { "OnFailure": { "Destination": destination } } });
            let said = other_queue("a-retention", found, own, &serde_json::from_value(set).unwrap());
            let what = said.as_ref().map(|(what, _)| what.as_str());
            assert!(says(what, expect), "{found:?} {destination} {own:?}: {said:?}");
            assert!(
                said.is_none_or(|(_, todo)| todo.ends_with("-name a-retention --dead-letter-config TargetArn=arn:q"))
            );
        }
        check(Some("arn:q"), "", Some("arn:q"), None);
        check(Some("arn:q"), "arn:mine", Some("arn:q"), None);
        check(None, "arn:q", Some("arn:q"), None);
        check(None, "", None, None);
        check(None, "", Some("arn:q"), Some("has no queue for runs that failed, and the stack's has arn:q"));
        check(None, "arn:mine", Some("arn:q"), Some("has no queue for runs"));
        check(Some("arn:mine"), "", Some("arn:q"), Some("has the queue arn:mine for runs that failed"));
    }

    #[test]
    fn runs_that_fail_are_tried_again() {
        fn check(set: &Value, expect: Option<&str>) {
            let said = fewer_tries("r", &serde_json::from_value(set.clone()).unwrap());
            let what = said.as_ref().map(|(what, _)| what.as_str());
            assert!(says(what, expect), "{set}: {said:?}");
            let verb = if set["DestinationConfig"].is_null() { "delete" } else { "update" };
            let todo = format!("aws lambda {verb}-function-event-invoke-config --function-name r");
            assert!(said.is_none_or(|(_, own)| own.starts_with(&todo)), "{set}");
        }
        let set = |attempts, age_s| json!({ "MaximumRetryAttempts": attempts, "MaximumEventAgeInSeconds": age_s });
        check(&json!({}), None);
        check(&set(Value::Null, Value::Null), None);
        check(&set(json!(2), json!(21_600)), None);
        check(
            &set(json!(0), json!(21_600)),
            Some("Lambda tries a run of r that failed again up to 0 times, and the stack's 2"),
        );
        check(
            &set(Value::Null, json!(60)),
            Some("Lambda gives a run of r up after 60 s, and the stack's after 21600 s"),
        );
        check(&set(json!(1), json!(60)), Some("up to 1 times, and the stack's 2; it gives a run of r up"));
        let mut to_mine = set(json!(0), Value::Null);
        to_mine["DestinationConfig"] = json!({ "OnFailure": { "Destination": "arn:mine" } });
        check(&to_mine, Some("up to 0 times"));
        let template = include_str!("../../../../template.yaml");
        assert!(!template.contains("EventInvokeConfig") && template.contains("      DeadLetterQueue:\n"));
    }
}
