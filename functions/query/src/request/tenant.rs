//! Whose records a request may see, by the claims of its token. Pure.

use std::collections::HashMap;

use runtime::{ApiAccess, MAX_TENANT_BYTES, NameProblem, TenantRule, name_problem};
use store::{Scope, Tenant};

/// Why a request is nobody's.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum NoTenant {
    /// Nothing in front of the function checked a token.
    NoClaims,
    /// The token lacks the claim.
    NoClaim {
        /// The name of the claim.
        claim: String,
    },
    /// The request has a token where signatures were to be asked for.
    UnexpectedToken,
    /// The claim names no tenant.
    Bad {
        /// The name of the claim.
        claim: String,
        /// Why.
        problem: NameProblem,
    },
}

impl NoTenant {
    /// Returns a sentence for the client. It does not repeat the value.
    pub(crate) fn detail(&self) -> String {
        match self {
            Self::NoClaims => {
                "The request has no token that API Gateway has checked, so it is not known whose records to show."
                    .to_owned()
            }
            Self::UnexpectedToken => {
                "The request has a token, and this version of the function is one for ApiAuthorization AWS_IAM: it does not know \
                 whose records a token shows. If a deployment is not under way, deploy again: with a new Release, if the stack has one."
                    .to_owned()
            }
            Self::NoClaim { claim } => {
                format!("The token has no claim `{claim}`, so it is not known whose records to show.")
            }
            Self::Bad { claim, problem } => match problem {
                NameProblem::Empty => format!("The token's claim `{claim}` is empty. It has to name one tenant."),
                NameProblem::TooLong => format!("The token's claim `{claim}` has more than {MAX_TENANT_BYTES} bytes."),
                NameProblem::List => format!("The token's claim `{claim}` is a list. It has to name one tenant."),
                NameProblem::Control => format!("The token's claim `{claim}` has control characters."),
            },
        }
    }
}

/// Returns what a request may see.
pub(crate) fn scope(
    access: &ApiAccess,
    rule: Option<&TenantRule>,
    claims: Option<&HashMap<String, String>>,
) -> Result<Scope, NoTenant> {
    // During a gradual deployment, or after one that lacked a new Release, the API already asks for tokens, and this is an
    // older version that knows of no tenants.
    if *access == ApiAccess::AwsIam && claims.is_some() {
        return Err(NoTenant::UnexpectedToken);
    }
    let Some(rule) = rule else { return Ok(Scope::Everything) };
    let claim = || rule.claim.clone();
    let name =
        claims.ok_or(NoTenant::NoClaims)?.get(&rule.claim).ok_or_else(|| NoTenant::NoClaim { claim: claim() })?;
    if let Some(problem) = name_problem(name) {
        return Err(NoTenant::Bad { claim: claim(), problem });
    }
    if rule.all.as_ref() == Some(name) {
        return Ok(Scope::Everything);
    }
    Ok(Scope::Tenant(Tenant::new(rule.field.clone(), name.clone())))
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use runtime::{ApiAccess, NameProblem, SignIn, TenantRule};
    use store::{Scope, Tenant, TenantField};

    use super::{NoTenant, scope};

    fn rule(all: Option<&str>) -> TenantRule {
        let field = TenantField::parse("tenant").unwrap();
        TenantRule { claim: "custom:tenant".to_owned(), field, all: all.map(str::to_owned) }
    }

    fn jwt() -> ApiAccess {
        ApiAccess::Jwt(SignIn::default())
    }

    fn claims(claims: &[(&str, &str)]) -> HashMap<String, String> {
        claims.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn without_a_rule_everybody_sees_everything() {
        let check = |access: &ApiAccess, with_token: Result<Scope, NoTenant>| {
            assert_eq!(scope(access, None, None), Ok(Scope::Everything), "{access:?}");
            assert_eq!(scope(access, None, Some(&claims(&[("custom:tenant", "acme")]))), with_token, "{access:?}");
        };
        check(&jwt(), Ok(Scope::Everything));
        check(&ApiAccess::Open, Ok(Scope::Everything));
        // Nobody has said that tokens show everything.
        check(&ApiAccess::AwsIam, Err(NoTenant::UnexpectedToken));
    }

    #[test]
    fn a_claim_decides_what_is_seen() {
        fn check(all: Option<&str>, given: &[(&str, &str)], expect: Result<Option<&str>, NoTenant>) {
            let field = TenantField::parse("tenant").unwrap();
            let own = |name: &str| Scope::Tenant(Tenant::new(field.clone(), name.to_owned()));
            let expect = expect.map(|name| name.map_or(Scope::Everything, own));
            assert_eq!(scope(&jwt(), Some(&rule(all)), Some(&claims(given))), expect, "{all:?} {given:?}");
        }
        let claim = || "custom:tenant".to_owned();
        let bad = |problem| Err(NoTenant::Bad { claim: claim(), problem });
        let named = |value: &'static str| [("sub", "alice"), ("custom:tenant", value)];
        check(None, &named("acme"), Ok(Some("acme")));
        check(None, &named("Acme "), Ok(Some("Acme ")));
        check(None, &named("*"), Ok(Some("*")));
        check(Some("*"), &named("*"), Ok(None));
        check(Some("*"), &named("**"), Ok(Some("**")));
        check(Some("*"), &named("acme"), Ok(Some("acme")));
        check(None, &named("{\"$ne\":null}"), Ok(Some("{\"$ne\":null}")));
        check(None, &[], Err(NoTenant::NoClaim { claim: claim() }));
        check(None, &[("tenant", "acme"), ("Custom:Tenant", "acme")], Err(NoTenant::NoClaim { claim: claim() }));
        check(None, &named(""), bad(NameProblem::Empty));
        check(Some("*"), &named(" "), bad(NameProblem::Empty));
        check(None, &named("[acme umbra]"), bad(NameProblem::List));
        check(None, &named("[acme]"), bad(NameProblem::List));
        check(None, &named("a\u{0}"), bad(NameProblem::Control));
        let long: &'static str = "x".repeat(257).leak();
        check(None, &named(long), bad(NameProblem::TooLong));
        assert_eq!(scope(&jwt(), Some(&rule(Some("*"))), None), Err(NoTenant::NoClaims));
    }
}
