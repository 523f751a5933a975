//! Reads the policies of AWS, in which a list of one value may be that value: whom they name, and whether they let or refuse. Pure.

use serde_json::Value;
use wildmatch::WildMatch;

pub(super) const ALLOW: &str = "Allow";
const DENY: &str = "Deny";
pub(super) const EVERYBODY: &str = "*";
/// Where the account is in an ARN.
const ACCOUNT_FIELD: usize = 4;
const ACCOUNT_DIGITS: usize = 12;
/// The version of TLS that services of AWS use at least.
const TLS: f64 = 1.2;

/// Returns the values of a list; of one value, itself.
pub(super) fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().map_or(std::slice::from_ref(value), Vec::as_slice).iter()
}

/// Returns the texts of a list; of one text, itself.
pub(super) fn texts(value: &Value) -> impl Iterator<Item = &str> {
    list(value).filter_map(Value::as_str)
}

/// Returns the account of an ARN, or of a name that is one; `None` if it has none.
pub(super) fn account_of(name: &str) -> Option<&str> {
    if name.starts_with("arn:") {
        return name.split(':').nth(ACCOUNT_FIELD).filter(|account| !account.is_empty());
    }
    let is_account = name.len() == ACCOUNT_DIGITS && name.bytes().all(|byte| byte.is_ascii_digit());
    (is_account || name == EVERYBODY).then_some(name)
}

/// Returns whom a statement names: `*`, accounts, ARNs and services.
pub(super) fn principals(principal: &Value) -> Vec<&str> {
    match principal.as_object() {
        Some(kinds) => kinds.values().flat_map(texts).collect(),
        None => texts(principal).collect(),
    }
}

/// What somebody does with a resource. The policy of the resource may refuse it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Asked<'a> {
    pub(super) by: By<'a>,
    /// The account of who asks, or for which a service does.
    pub(super) account: &'a str,
    pub(super) action: &'a str,
    pub(super) resource: &'a str,
}

/// Who does something.
#[derive(Clone, Copy, Debug)]
pub(super) enum By<'a> {
    /// A role, by its ARN.
    Role(&'a str),
    /// A service, by its name and the ARN of what it acts for.
    Service(&'a str, &'a str),
}

/// Whether a policy lets somebody do something. Conditions that are not known are taken as fulfilled.
pub(super) fn allows(policy: &Value, asked: Asked<'_>) -> bool {
    list(&policy["Statement"]).any(|own| asked.is_in(own, ALLOW) && asked.fulfils(&own["Condition"]) != Some(false))
}

/// Returns the statements that refuse it, by their places in the policy, each with whether it does so for certain: `false` if a condition
/// decides.
pub(super) fn refusals(policy: &Value, asked: Asked<'_>) -> Vec<(usize, bool)> {
    let all = list(&policy["Statement"]).enumerate().filter(|(_, own)| asked.is_in(own, DENY));
    let fulfilled = all.map(|(place, own)| (place, asked.fulfils(&own["Condition"])));
    fulfilled.filter(|(_, fulfils)| *fulfils != Some(false)).map(|(place, own)| (place, own == Some(true))).collect()
}

impl<'a> Asked<'a> {
    /// What a role does.
    pub(super) fn of_role(role: &'a str, action: &'a str, resource: &'a str) -> Self {
        Self { by: By::Role(role), account: account_of(role).unwrap_or_default(), action, resource }
    }
}

impl Asked<'_> {
    /// Whether a statement has this effect on it, if its conditions are fulfilled.
    fn is_in(&self, statement: &Value, effect: &str) -> bool {
        let action = self.action.to_lowercase();
        let is_one = |name: &str, is: &dyn Fn(&Value) -> bool| match &statement[name] {
            Value::Null => !is(&statement[format!("Not{name}")]),
            own => is(own),
        };
        statement["Effect"] == effect
            && is_one("Principal", &|own| principals(own).into_iter().any(|name| self.is_by(name)))
            && is_one("Action", &|own| texts(own).any(|pattern| is_like(&pattern.to_lowercase(), &action)))
            && is_one("Resource", &|own| texts(own).any(|pattern| is_like(pattern, self.resource)))
    }

    /// Whether a principal is who asks, or all of whom that is one.
    fn is_by(&self, name: &str) -> bool {
        let is_account = |name: &str| name == self.account || name.ends_with(&format!(":{}:root", self.account));
        match self.by {
            _ if name == EVERYBODY => true,
            By::Role(arn) => name == arn || is_account(name),
            By::Service(own, _) => name == own,
        }
    }

    /// Whether the conditions of a statement are fulfilled; `None` if that is not known.
    fn fulfils(&self, conditions: &Value) -> Option<bool> {
        let operators = conditions.as_object().into_iter().flatten();
        let all = operators.flat_map(|(operator, keys)| {
            keys.as_object().into_iter().flatten().map(move |(key, values)| self.fulfils_one(operator, key, values))
        });
        // One that is not fulfilled decides, whatever the others are.
        all.reduce(|all, one| match (all, one) {
            (Some(false), _) | (_, Some(false)) => Some(false),
            (Some(true), one) => one,
            (None, _) => None,
        })
        .unwrap_or(Some(true))
    }

    fn fulfils_one(&self, operator: &str, key: &str, values: &Value) -> Option<bool> {
        let (operator, key) = (operator.to_lowercase(), key.to_lowercase());
        let operator = operator.trim_end_matches("ifexists");
        if (operator, key.as_str()) == ("numericlessthan", "s3:tlsversion") {
            let is_more = texts(values).any(|own| own.parse().is_ok_and(|own: f64| own > TLS));
            return (!is_more).then_some(false);
        }
        let own = self.value(&key)?;
        let is_same = |value: &Value| {
            let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            match operator.trim_start_matches("string").trim_start_matches("arn").trim_start_matches("not") {
                "like" => is_like(&value, own),
                // That of ARNs has wildcards, too.
                "equals" if operator.starts_with("arn") => is_like(&value, own),
                _ => value.eq_ignore_ascii_case(own),
            }
        };
        let is_one = list(values).any(is_same);
        match operator {
            "bool" | "stringequals" | "stringequalsignorecase" | "stringlike" | "arnequals" | "arnlike" => Some(is_one),
            "stringnotequals" | "stringnotequalsignorecase" | "stringnotlike" | "arnnotequals" | "arnnotlike" => {
                Some(!is_one)
            }
            _ => None,
        }
    }

    /// Returns the value of a condition's key, in lower case; `None` if it is not known.
    fn value(&self, key: &str) -> Option<&str> {
        match (key, self.by) {
            ("aws:securetransport", _) | ("aws:principalisawsservice", By::Service(..)) => Some("true"),
            ("aws:principalisawsservice", By::Role(_)) => Some("false"),
            ("aws:principalarn", By::Role(arn)) => Some(arn),
            ("aws:principalaccount", By::Role(_)) | ("aws:sourceaccount" | "aws:sourceowner", By::Service(..)) => {
                Some(self.account)
            }
            ("aws:sourcearn", By::Service(_, source)) => Some(source),
            _ => None,
        }
    }
}

/// Whether a text is as a pattern, in which `*` is any text and `?` any character.
fn is_like(pattern: &str, text: &str) -> bool {
    WildMatch::new(pattern).matches(text)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{Asked, By, allows, is_like, refusals};

    const ROLE: &str = "arn:aws:iam::111111111111:role/l-IngestRole-A";

    fn put() -> Asked<'static> {
        let resource = "arn:aws:s3:::failed/aws/lambda/x";
        Asked { by: By::Role(ROLE), account: "111111111111", action: "s3:PutObject", resource }
    }

    #[test]
    fn a_pattern_has_wildcards() {
        fn check(pattern: &str, text: &str, expect: bool) {
            assert_eq!(is_like(pattern, text), expect, "{pattern} {text}");
        }
        check("*", "", true);
        check("", "", true);
        check("", "a", false);
        check("s3:*", "s3:putobject", true);
        check("s3:put*", "s3:putobject", true);
        check("s3:put*", "s3:getobject", false);
        check("s3:*object", "s3:putobject", true);
        check("s3:*object", "s3:putobjectacl", false);
        check("s3:p?tobject", "s3:putobject", true);
        check("a*b*c", "abbc", true);
        check("a*b*c", "abcbd", false);
        check("a*b*b", "ab", false);
        check("ä*ö", "äüö", true);
    }

    #[test]
    fn a_statement_refuses_a_role() {
        fn check(changes: &Value, expect: Option<bool>) {
            let mut statement = json!({
                "Effect": "Deny", "Principal": "*", "Action": "s3:PutObject", "Resource": "arn:aws:s3:::failed/*",
            });
            for (name, value) in changes.as_object().unwrap() {
                statement[name] = value.clone();
                if let Some(name) = name.strip_prefix("Not") {
                    statement.as_object_mut().unwrap().remove(name);
                }
            }
            let allow = json!({ "Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*" });
            let expect: Vec<_> = expect.into_iter().map(|is_certain| (1, is_certain)).collect();
            assert_eq!(refusals(&json!({ "Statement": [allow, statement] }), put()), expect, "{changes}");
        }
        let condition = |operator: &str, key: &str, value: Value| json!({ "Condition": { operator: { key: value } } });
        check(&json!({}), Some(true));
        check(&json!({ "Effect": "Allow" }), None);
        check(&json!({ "Action": ["s3:GetObject", "s3:Put*"] }), Some(true));
        check(&json!({ "Action": "S3:putobject" }), Some(true));
        check(&json!({ "Action": "s3:DeleteObject" }), None);
        check(&json!({ "NotAction": "s3:GetObject" }), Some(true));
        check(&json!({ "NotAction": "s3:Put*" }), None);
        check(&json!({ "Resource": ["arn:aws:s3:::failed", "*"] }), Some(true));
        check(&json!({ "Resource": "arn:aws:s3:::failed" }), None);
        check(&json!({ "NotResource": "arn:aws:s3:::failed/aws/*" }), None);
        check(&json!({ "Principal": { "AWS": "*" } }), Some(true));
        check(&json!({ "Principal": { "AWS": ["arn:aws:iam::1:root", ROLE] } }), Some(true));
        check(&json!({ "Principal": { "AWS": "111111111111" } }), Some(true));
        check(&json!({ "Principal": { "AWS": "arn:aws:iam::111111111111:root" } }), Some(true));
        check(&json!({ "Principal": { "AWS": "arn:aws:iam::222222222222:root" } }), None);
        check(&json!({ "Principal": { "Service": "lambda.amazonaws.com" } }), None);
        check(&json!({ "NotPrincipal": { "AWS": "arn:aws:iam::111111111111:user/u" } }), Some(true));
        check(&json!({ "NotPrincipal": { "AWS": [ROLE] } }), None);
        // As the template's, and as others write it.
        check(&condition("Bool", "aws:SecureTransport", json!("false")), None);
        check(&condition("BoolIfExists", "AWS:securetransport", json!([false])), None);
        check(&condition("NumericLessThan", "s3:TlsVersion", json!("1.2")), None);
        check(&condition("NumericLessThan", "s3:TlsVersion", json!("1.3")), Some(false));
        check(&condition("StringEquals", "aws:PrincipalArn", json!(ROLE)), Some(true));
        check(&condition("ArnNotLike", "aws:PrincipalArn", json!(["arn:aws:iam::*:role/l-*", "a"])), None);
        check(&condition("ArnNotEquals", "aws:PrincipalArn", json!("arn:aws:iam::*:role/admin")), Some(true));
        check(&condition("StringNotEquals", "aws:PrincipalAccount", json!("111111111111")), None);
        check(&condition("StringNotEquals", "aws:PrincipalOrgID", json!("o-1")), Some(false));
        check(&condition("ForAnyValue:StringEquals", "aws:PrincipalArn", json!(ROLE)), Some(false));
        check(&condition("Null", "s3:x-amz-server-side-encryption", json!("true")), Some(false));
        let both = |transport: &str| {
            json!({ "Condition": {
                "StringNotEquals": { "aws:PrincipalOrgID": "o-1" }, "Bool": { "aws:SecureTransport": transport },
            } })
        };
        check(&both("false"), None);
        check(&both("true"), Some(false));
    }

    #[test]
    fn a_policy_lets_a_service_publish() {
        fn check(statements: &Value, expect: bool) {
            let (resource, alarm) =
                ("arn:aws:sns:eu-west-1:111111111111:t", "arn:aws:cloudwatch:eu-west-1:111111111111:alarm:l-lost");
            let by = By::Service("cloudwatch.amazonaws.com", alarm);
            let asked = Asked { by, account: "111111111111", action: "sns:Publish", resource };
            assert_eq!(allows(&json!({ "Statement": statements }), asked), expect, "{statements}");
        }
        let allow = |principal: Value, operator: &str, key: &str, value: &str| {
            let condition = json!({ operator: { key: value } });
            json!({ "Effect": "Allow", "Principal": principal, "Action": "sns:Publish", "Resource": "*", "Condition": condition })
        };
        let cloudwatch = || json!({ "Service": "cloudwatch.amazonaws.com" });
        check(&allow(cloudwatch(), "StringEquals", "aws:SourceAccount", "111111111111"), true);
        check(&allow(cloudwatch(), "StringEquals", "aws:SourceAccount", "222222222222"), false);
        check(&allow(json!({ "AWS": "*" }), "StringEquals", "AWS:SourceOwner", "111111111111"), true);
        check(&allow(cloudwatch(), "ArnLike", "aws:SourceArn", "arn:aws:cloudwatch:*:111111111111:alarm:*"), true);
        check(&allow(cloudwatch(), "StringEquals", "aws:PrincipalOrgID", "o-1"), true);
        check(&allow(json!({ "Service": "events.amazonaws.com" }), "Bool", "aws:SecureTransport", "true"), false);
        check(&json!([]), false);
    }
}
