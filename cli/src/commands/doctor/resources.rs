//! Judges the policies of resources: whether they refuse what the stack does. Pure.

use serde_json::{Value, json};

use super::finding::enumerated;
use super::policy::{Asked, By, allows, list, refusals};

/// Who publishes what alarms say, and how.
const CLOUDWATCH: &str = "cloudwatch.amazonaws.com";
const PUBLISH: &str = "sns:Publish";

/// A resource with a policy of its own.
#[derive(Clone, Copy, Debug)]
pub(super) enum Resource<'a> {
    /// A bucket, by its name.
    Bucket(&'a str),
    /// A topic, by its ARN.
    Topic(&'a str),
    /// A queue, by its address.
    Queue(&'a str),
}

/// Returns what is wrong with the policy of a resource: whether it refuses for certain, what is so, and what to do. Each of what is asked has
/// the name of who does it; `so` is what comes of it. What only a condition decides is told if nothing is refused for certain.
pub(super) fn fault(
    resource: Resource<'_>,
    policy: &Value,
    asked: &[(&str, Asked<'_>)],
    so: &str,
) -> Option<(bool, String, String)> {
    let all = asked.iter().flat_map(|(who, one)| refusals(policy, *one).into_iter().map(move |own| (who, one, own)));
    let all: Vec<_> = all.collect();
    let is_certain = all.iter().any(|(.., (_, is_certain))| *is_certain);
    let (mut whom, mut actions, mut places) = (Vec::new(), Vec::new(), Vec::new());
    for (who, one, (place, _)) in all.iter().filter(|(.., (_, own))| *own == is_certain) {
        add(&mut whom, **who);
        add(&mut actions, one.action);
        add(&mut places, *place);
    }
    if places.is_empty() {
        return None;
    }
    let statements: Vec<&Value> = list(&policy["Statement"]).collect();
    let named: Vec<String> = places.iter().map(|place| in_words(*place, statements[*place], is_certain)).collect();
    let named = named.join(" and ");
    let (whom, actions, name) = (enumerated(&whom), enumerated(&actions), resource.name());
    let rest = list(&policy["Statement"]).enumerate().filter(|(place, _)| !places.contains(place));
    let command = resource.command(policy, rest.map(|(_, own)| own.clone()).collect());
    Some(if is_certain {
        let what = format!("the policy of {name} refuses {actions} to {whom} ({named}): {so}");
        (true, what, format!("take it out of the policy: {command}"))
    } else {
        let what = format!(
            "the policy of {name} may refuse {actions} to {whom}, a condition decides ({named}): if it does, {so}"
        );
        (false, what, format!("see whether the condition is meant for that; if nobody needs the statement: {command}"))
    })
}

/// Returns what is wrong with the policy of the alarms' topic, in the same way. `alarm` is the ARN of one of them.
pub(super) fn topic_fault(topic: &str, policy: &Value, account: &str, alarm: &str) -> Option<(bool, String, String)> {
    const SO: &str = "they notify nobody";
    let asked = Asked { by: By::Service(CLOUDWATCH, alarm), account, action: PUBLISH, resource: topic };
    if allows(policy, asked) {
        return fault(Resource::Topic(topic), policy, &[("CloudWatch", asked)], SO);
    }
    let refused: Vec<usize> = refusals(policy, asked).into_iter().map(|(place, _)| place).collect();
    let rest = list(&policy["Statement"]).enumerate().filter(|(place, _)| !refused.contains(place));
    // As the template's.
    let own = json!({
        "Sid": "AlarmsOfThisAccount", "Effect": "Allow", "Principal": { "Service": CLOUDWATCH }, "Action": PUBLISH, "Resource": topic,
        "Condition": { "StringEquals": { "aws:SourceAccount": account } },
    });
    let command = Resource::Topic(topic).command(policy, rest.map(|(_, own)| own.clone()).chain([own]).collect());
    let what = format!("the policy of their topic does not let CloudWatch do {PUBLISH}: {SO}");
    Some((true, what, format!("let it: {command}")))
}

fn add<T: PartialEq>(all: &mut Vec<T>, one: T) {
    if !all.contains(&one) {
        all.push(one);
    }
}

/// Names a statement, by its place if it has no name; where a condition decides, with it.
fn in_words(place: usize, statement: &Value, is_certain: bool) -> String {
    let number = || format!("statement {}", place + 1);
    let name = statement["Sid"].as_str().map_or_else(number, |id| format!("statement {id}"));
    if is_certain { name } else { format!("{name}: `{}`", statement["Condition"]) }
}

impl Resource<'_> {
    fn name(self) -> String {
        match self {
            Self::Bucket(name) => name.to_owned(),
            Self::Topic(_) => "their topic".to_owned(),
            Self::Queue(_) => "the queue of the runs that failed".to_owned(),
        }
    }

    /// Returns the command that leaves these statements in the policy.
    fn command(self, policy: &Value, statements: Vec<Value>) -> String {
        let is_empty = statements.is_empty();
        let mut left = policy.clone();
        left["Statement"] = Value::Array(statements);
        let left = if is_empty { String::new() } else { left.to_string() };
        match self {
            Self::Bucket(name) if is_empty => format!("aws s3api delete-bucket-policy --bucket {name}"),
            Self::Bucket(name) => format!("aws s3api put-bucket-policy --bucket {name} --policy {}", quoted(&left)),
            Self::Topic(arn) => format!(
                "aws sns set-topic-attributes --topic-arn {arn} --attribute-name Policy --attribute-value {}",
                quoted(&left)
            ),
            Self::Queue(url) => {
                let attributes = json!({ "Policy": left }).to_string();
                format!("aws sqs set-queue-attributes --queue-url {url} --attributes {}", quoted(&attributes))
            }
        }
    }
}

/// Returns a text as a shell takes it.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::policy::By;
    use super::{Asked, Resource, fault, topic_fault};

    const ROLE: &str = "arn:aws:iam::1:role/r";

    fn asked(action: &'static str) -> (&'static str, Asked<'static>) {
        ("the role of r", Asked { by: By::Role(ROLE), account: "1", action, resource: "arn:b/x" })
    }

    /// Checks what is said, and the end of what is advised.
    fn check(resource: Resource<'_>, statements: &Value, expect: Option<(bool, &str, &str)>) {
        let policy = json!({ "Version": "v", "Statement": statements });
        let found = fault(resource, &policy, &[asked("s3:PutObject"), asked("s3:ListBucket")], "so");
        let is_so = match (&found, expect) {
            (Some((is_certain, what, todo)), Some((certain, said, advised))) => {
                *is_certain == certain && what.contains(said) && todo.ends_with(advised)
            }
            (found, expect) => found.is_none() && expect.is_none(),
        };
        assert!(is_so, "{statements}: {found:?}");
    }

    #[test]
    fn a_policy_that_refuses_is_named_with_what_is_left_of_it() {
        let deny = |id: &str, action: &str| json!({ "Sid": id, "Effect": "Deny", "Principal": "*", "Action": action, "Resource": "*" });
        let sometimes = || {
            let mut own = deny("c", "s3:*");
            own["Condition"] = json!({ "StringNotEquals": { "k": "it's" } });
            own
        };
        let bucket = Resource::Bucket("b");
        check(bucket, &json!([]), None);
        check(bucket, &json!([deny("a", "s3:DeleteObject")]), None);
        let delete = "aws s3api delete-bucket-policy --bucket b";
        let said = "the policy of b refuses s3:PutObject to the role of r (statement a): so";
        check(bucket, &json!(deny("a", "s3:PutObject")), Some((true, said, delete)));
        let said = "refuses s3:PutObject and s3:ListBucket to the role of r (statement a and statement b): so";
        check(bucket, &json!([deny("a", "s3:Put*"), deny("b", "s3:List*")]), Some((true, said, delete)));
        let said = r#"may refuse s3:PutObject and s3:ListBucket to the role of r, a condition decides (statement c: `{"StringNotEquals":{"k":"it's"}}`): if it does, so"#;
        check(bucket, &json!([sometimes()]), Some((false, said, delete)));
        // What refuses for certain is mended first. The command for the other would bring it back.
        let (left, said) = (
            r#"{"k":"it'\''s"}},"Effect":"Deny","Principal":"*","Resource":"*","Sid":"c"}],"Version":"v"}'"#,
            "(statement a)",
        );
        check(bucket, &json!([deny("a", "s3:*"), sometimes()]), Some((true, said, left)));
        let command = r#"--attributes '{"Policy":""}'"#;
        check(Resource::Queue("u"), &json!([deny("a", "*")]), Some((true, "of the runs that failed refuses", command)));
    }
    #[test]
    fn a_topic_takes_what_alarms_say() {
        fn check(statements: &Value, expect: Option<(&str, &str)>) {
            let policy = json!({ "Statement": statements });
            let found = topic_fault("arn:t", &policy, "1", "arn:aws:cloudwatch:eu-west-1:1:alarm:l-lost");
            let is_so = match (&found, expect) {
                (Some((true, what, todo)), Some((said, advised))) => what.contains(said) && todo.contains(advised),
                (found, expect) => found.is_none() && expect.is_none(),
            };
            assert!(is_so, "{statements}: {found:?}");
        }
        let one = |effect: &str, account: &str| {
            json!({
                "Effect": effect, "Principal": "*", "Action": "sns:Publish", "Resource": "*",
                "Condition": { "StringEquals": { "aws:SourceAccount": account } },
            })
        };
        let own = r#""Resource":"arn:t","Sid":"AlarmsOfThisAccount"}]}'"#;
        check(&json!([one("Allow", "1")]), None);
        check(&json!([one("Allow", "1"), one("Deny", "2")]), None);
        check(&json!([one("Allow", "2")]), Some(("does not let CloudWatch do sns:Publish: they notify nobody", own)));
        check(&json!([one("Deny", "1")]), Some(("does not let CloudWatch", own)));
        let refuses = "their topic refuses sns:Publish to CloudWatch (statement 2): they notify nobody";
        check(&json!([one("Allow", "1"), one("Deny", "1")]), Some((refuses, r#""Effect":"Allow""#)));
    }
}
