//! IAM: whether a role may do something, and who may take it.

use percent_encoding::{NON_ALPHANUMERIC, PercentEncode, percent_decode_str, utf8_percent_encode};
use serde_json::Value;

use super::xml::{first_text, members};
use super::{ServiceFailure, Services};

pub(super) const SERVICE: &str = "iam";
const ALLOWED: &str = "allowed";
/// The version of IAM's API.
const VERSION: &str = "2010-05-08";

/// Where IAM is, by what the regions of a partition begin with: one region for all, and its address.
/// <https://docs.aws.amazon.com/general/latest/gr/iam-service.html>.
const HOMES: [(&str, &str, &str); 4] = [
    ("cn-", "cn-north-1", "https://iam.cn-north-1.amazonaws.com.cn"),
    ("us-gov-", "us-gov-west-1", "https://iam.us-gov.amazonaws.com"),
    ("eusc-", "eusc-de-east-1", "https://iam.eusc-de-east-1.amazonaws.eu"),
    ("", "us-east-1", "https://iam.amazonaws.com"),
];

/// Returns the region that signs requests to IAM, and its address.
pub(super) fn home(region: &str) -> (&'static str, &'static str) {
    let [.., (_, usual, address)] = HOMES;
    let found = HOMES.iter().find(|(beginning, ..)| region.starts_with(beginning));
    found.map_or((usual, address), |(_, home, address)| (home, address))
}

/// The key of a condition, the type of its value, and the value.
pub(crate) type ContextEntry<'a> = (&'a str, &'a str, &'a str);

impl Services {
    /// Whether the policies of a role let it do an action with a resource. A policy of the resource can still refuse it. Needs
    /// `iam:SimulatePrincipalPolicy`.
    pub(crate) async fn may(&self, role_arn: &str, action: &str, resource_arn: &str) -> Result<bool, ServiceFailure> {
        self.refused(role_arn, &[action], resource_arn).await.map(|refused| refused.is_empty())
    }

    /// Returns those of some actions that the policies of a role do not let it do with a resource. Needs
    /// `iam:SimulatePrincipalPolicy`.
    pub(crate) async fn refused<'a>(
        &self,
        role_arn: &str,
        actions: &[&'a str],
        resource_arn: &str,
    ) -> Result<Vec<&'a str>, ServiceFailure> {
        self.refused_with(role_arn, actions, resource_arn, &[]).await
    }

    /// The same for policies with conditions: these keys have these values. A local AWS does not take them into account: nothing is known to
    /// be refused there.
    pub(crate) async fn refused_with<'a>(
        &self,
        role_arn: &str,
        actions: &[&'a str],
        resource_arn: &str,
        context: &[ContextEntry<'_>],
    ) -> Result<Vec<&'a str>, ServiceFailure> {
        if !context.is_empty() && self.is_local(SERVICE) {
            return Ok(Vec::new());
        }
        self.simulate(role_arn, actions, resource_arn, context).await
    }

    /// Whether a role may list the names in a bucket that begin so; `None` if the service does not take that into account, as a local
    /// AWS. Needs `iam:SimulatePrincipalPolicy`.
    pub(crate) async fn may_list(
        &self,
        role_arn: &str,
        bucket_arn: &str,
        prefix: &str,
    ) -> Result<Option<bool>, ServiceFailure> {
        if self.is_local(SERVICE) {
            return Ok(None);
        }
        let context = [("s3:prefix", "string", prefix)];
        let refused = self.simulate(role_arn, &["s3:ListBucket"], bucket_arn, &context).await?;
        Ok(Some(refused.is_empty()))
    }

    /// Reads who may take a role: the policy, as JSON. Needs `iam:GetRole`.
    pub(crate) async fn trust(&self, role_arn: &str) -> Result<Value, ServiceFailure> {
        let name = role_arn.rsplit('/').next().unwrap_or(role_arn);
        let form = format!("Action=GetRole&Version={VERSION}&RoleName={}", escaped(name));
        let (xml, _) = self.form(SERVICE, form).await?;
        let document = first_text(&xml, "AssumeRolePolicyDocument").unwrap_or_default();
        serde_json::from_slice(&percent_decode_str(&document).collect::<Vec<_>>())
            .map_err(|source| ServiceFailure::Answer { service: SERVICE, source })
    }

    async fn simulate<'a>(
        &self,
        role_arn: &str,
        actions: &[&'a str],
        resource_arn: &str,
        context: &[ContextEntry<'_>],
    ) -> Result<Vec<&'a str>, ServiceFailure> {
        let one = |(index, action)| format!("&ActionNames.member.{}={}", index + 1, escaped(action));
        let asked: String = actions.iter().copied().enumerate().map(one).collect();
        let entry = |(index, (key, kind, value)): (usize, &ContextEntry<'_>)| {
            let name = format!("&ContextEntries.member.{}.ContextKey", index + 1);
            format!("{name}Name={}{name}Type={kind}{name}Values.member.1={}", escaped(key), escaped(value))
        };
        let context: String = context.iter().enumerate().map(entry).collect();
        let form = format!(
            "Action=SimulatePrincipalPolicy&Version={VERSION}&PolicySourceArn={}&ResourceArns.member.1={}{asked}{context}",
            escaped(role_arn),
            escaped(resource_arn)
        );
        self.form(SERVICE, form).await.map(|(xml, _)| refused(&xml, actions))
    }
}

fn escaped(text: &str) -> PercentEncode<'_> {
    utf8_percent_encode(text, NON_ALPHANUMERIC)
}

/// Returns the actions that an answer does not allow.
fn refused<'a>(xml: &str, actions: &[&'a str]) -> Vec<&'a str> {
    let results = members(xml, "EvaluationResults", "member");
    let has = |own: &[(String, String)], name: &str, text: &str| own.iter().any(|own| own.0 == name && own.1 == text);
    let is_allowed = |action: &str| {
        results.iter().any(|own| has(own, "EvalActionName", action) && has(own, "EvalDecision", ALLOWED))
    };
    actions.iter().copied().filter(|action| !is_allowed(action)).collect()
}

#[cfg(test)]
mod tests {
    use super::{home, refused};

    #[test]
    fn a_partition_has_one_iam() {
        fn check(region: &str, expect: (&str, &str)) {
            assert_eq!(home(region), expect, "{region}");
        }
        check("eu-west-1", ("us-east-1", "https://iam.amazonaws.com"));
        check("us-gov-east-1", ("us-gov-west-1", "https://iam.us-gov.amazonaws.com"));
        check("cn-northwest-1", ("cn-north-1", "https://iam.cn-north-1.amazonaws.com.cn"));
    }

    #[test]
    fn decisions_are_read() {
        fn check(decisions: &[(&str, &str)], expect: &[&str]) {
            let member = |(action, decision): &(&str, &str)| {
                format!(
                    "<member><EvalActionName>{action}</EvalActionName><EvalDecision>{decision}</EvalDecision>\
                     <MatchedStatements><member><SourcePolicyId>p</SourcePolicyId></member></MatchedStatements></member>"
                )
            };
            let xml = format!(
                "<SimulatePrincipalPolicyResponse><SimulatePrincipalPolicyResult><EvaluationResults>{}\
                 </EvaluationResults></SimulatePrincipalPolicyResult></SimulatePrincipalPolicyResponse>",
                decisions.iter().map(member).collect::<String>()
            );
            assert_eq!(refused(&xml, &["s3:GetObject", "s3:PutObject"]), expect, "{decisions:?}");
        }
        let (read, write) = ("s3:GetObject", "s3:PutObject");
        check(&[(read, "allowed"), (write, "allowed")], &[]);
        check(&[(read, "allowed"), (write, "implicitDeny")], &[write]);
        check(&[(read, "explicitDeny"), (write, "allowed")], &[read]);
        check(&[(write, "allowed")], &[read]);
        check(&[], &[read, write]);
    }
}
