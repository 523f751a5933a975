//! IAM: whether a role may do something.

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use super::xml::leaves;
use super::{ServiceFailure, Services};

pub(super) const SERVICE: &str = "iam";
const ALLOWED: &str = "allowed";

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

impl Services {
    /// Whether the policies of a role let it do an action with a resource. A policy of the resource can still refuse it. Needs
    /// `iam:SimulatePrincipalPolicy`.
    pub(crate) async fn may(&self, role_arn: &str, action: &str, resource_arn: &str) -> Result<bool, ServiceFailure> {
        let escaped = |text| utf8_percent_encode(text, NON_ALPHANUMERIC);
        let form = format!(
            "Action=SimulatePrincipalPolicy&Version=2010-05-08&PolicySourceArn={}&ActionNames.member.1={}&ResourceArns.member.1={}",
            escaped(role_arn),
            escaped(action),
            escaped(resource_arn)
        );
        self.form(SERVICE, form).await.map(|(xml, _)| is_allowed(&xml))
    }
}

fn is_allowed(xml: &str) -> bool {
    leaves(xml).iter().any(|(name, decision)| name == "EvalDecision" && decision == ALLOWED)
}

#[cfg(test)]
mod tests {
    use super::{home, is_allowed};

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
    fn a_decision_is_read() {
        fn check(decision: &str, expect: bool) {
            let xml = format!(
                "<SimulatePrincipalPolicyResponse><SimulatePrincipalPolicyResult><EvaluationResults><member>\
                 <EvalActionName>s3:PutObject</EvalActionName><EvalDecision>{decision}</EvalDecision></member>\
                 </EvaluationResults></SimulatePrincipalPolicyResult></SimulatePrincipalPolicyResponse>"
            );
            assert_eq!(is_allowed(&xml), expect, "{decision}");
        }
        check("allowed", true);
        check("implicitDeny", false);
        check("explicitDeny", false);
    }
}
