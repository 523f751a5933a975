//! Whose records a request may see, where several tenants share a stack.

use store::TenantField;

use crate::api_access::ApiAccess;
use crate::environment::{ConfigError, Environment, set};

const CLAIM: &str = "LOGBRAID_TENANT_CLAIM";
const FIELD: &str = "LOGBRAID_TENANT_FIELD";
const ALL: &str = "LOGBRAID_TENANT_ALL";
const ACCESS: &str = "LOGBRAID_API_AUTHORIZATION";
const DEFAULT_FIELD: &str = "tenant";
const MAX_CLAIM_BYTES: usize = 128;
/// The most bytes of a tenant's name.
pub const MAX_TENANT_BYTES: usize = 256;

/// How a token says whose records its bearer may see.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct TenantRule {
    /// The claim that names the tenant (`LOGBRAID_TENANT_CLAIM`).
    pub claim: String,
    /// The field of a record that has to be the tenant's name (`LOGBRAID_TENANT_FIELD`).
    pub field: TenantField,
    /// The name whose bearer may see all records (`LOGBRAID_TENANT_ALL`); `None` if nobody may.
    pub all: Option<String>,
}

impl TenantRule {
    /// Reads and checks the settings; `None` where everybody who may ask sees all records.
    pub fn from_environment(
        env: &(impl Environment + ?Sized),
        access: &ApiAccess,
    ) -> Result<Option<Self>, ConfigError> {
        let (field, all) = (set(env, FIELD), set(env, ALL));
        let Some(claim) = set(env, CLAIM) else {
            // Who sets one of these wants tenants. Without the claim everybody would see all records.
            return match field.or(all) {
                Some(_) => {
                    Err(ConfigError::Missing { name: CLAIM, expected: "the claim of a token that names the tenant" })
                }
                None => Ok(None),
            };
        };
        if claim.len() > MAX_CLAIM_BYTES || !claim.bytes().all(|byte| byte.is_ascii_graphic()) {
            let expected = format!("1 to {MAX_CLAIM_BYTES} characters of ASCII, without spaces");
            return Err(ConfigError::Invalid { name: CLAIM, value: claim, expected });
        }
        if !matches!(access, ApiAccess::Jwt(_)) {
            return Err(ConfigError::Together {
                first: CLAIM,
                first_value: claim,
                second: ACCESS,
                second_value: set(env, ACCESS).unwrap_or_else(|| "NONE".to_owned()),
                expected: "JWT, since only tokens have claims".to_owned(),
            });
        }
        let field = field.unwrap_or_else(|| DEFAULT_FIELD.to_owned());
        let field = TenantField::parse(&field).ok_or_else(|| ConfigError::Invalid {
            name: FIELD,
            value: field,
            expected:
                "the path of a field, such as `tenant` or `source.stream`: up to 128 characters of ASCII, up to 8 names"
                    .to_owned(),
        })?;
        if let Some(value) = all.as_ref().filter(|all| name_problem(all).is_some()) {
            let expected = format!("a text of up to {MAX_TENANT_BYTES} bytes that is no list");
            return Err(ConfigError::Invalid { name: ALL, value: value.clone(), expected });
        }
        Ok(Some(Self { claim, field, all }))
    }
}

/// Returns why the text of a claim cannot name a tenant; `None` if it can.
///
/// API Gateway writes a list as `[a b]`. It cannot be told from a text, nor one of its names that has a space from two. So a list
/// names nobody.
#[must_use]
pub fn name_problem(claim: &str) -> Option<NameProblem> {
    if claim.trim().is_empty() {
        Some(NameProblem::Empty)
    } else if claim.len() > MAX_TENANT_BYTES {
        Some(NameProblem::TooLong)
    } else if claim.trim_start().starts_with('[') {
        Some(NameProblem::List)
    } else if claim.chars().any(char::is_control) {
        Some(NameProblem::Control)
    } else {
        None
    }
}

/// Why a text cannot name a tenant.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum NameProblem {
    /// It has nothing but white space.
    Empty,
    /// It is longer than [`MAX_TENANT_BYTES`].
    TooLong,
    /// It is a list, or looks like one.
    List,
    /// It has control characters.
    Control,
}

#[cfg(test)]
mod tests {
    use super::{ACCESS, ALL, CLAIM, FIELD, NameProblem, TenantRule, name_problem};
    use crate::api_access::ApiAccess;

    const JWT: [(&str, &str); 3] =
        [(ACCESS, "JWT"), ("LOGBRAID_JWT_ISSUER", "https://login.example.com"), ("LOGBRAID_JWT_CLIENT_ID", "page")];

    fn read(env: &[(&str, &str)]) -> Result<Option<TenantRule>, String> {
        let access = ApiAccess::from_environment(env).unwrap();
        TenantRule::from_environment(env, &access).map_err(|error| error.to_string())
    }

    #[test]
    fn without_a_claim_there_are_no_tenants() {
        assert_eq!(read(&JWT), Ok(None));
        assert_eq!(read(&[(CLAIM, ""), (FIELD, ""), (ALL, "")]), Ok(None));
    }

    #[test]
    fn a_claim_names_the_tenant_of_a_field() {
        fn check(more: &[(&str, &str)], expect: (&str, &str, Option<&str>)) {
            let rule = read(&[&JWT, more].concat()).unwrap().unwrap();
            assert_eq!((rule.claim.as_str(), rule.field.as_str(), rule.all.as_deref()), expect, "{more:?}");
        }
        check(&[(CLAIM, "custom:tenant")], ("custom:tenant", "tenant", None));
        check(&[(CLAIM, "https://example.com/t"), (FIELD, "")], ("https://example.com/t", "tenant", None));
        check(&[(CLAIM, "t"), (FIELD, "source.stream"), (ALL, "*")], ("t", "source.stream", Some("*")));
    }

    #[test]
    fn a_bad_value_stops_the_start_with_its_name_and_what_is_allowed() {
        fn check(env: &[(&str, &str)], expect: &str) {
            let error = read(env).unwrap_err();
            assert!(error.starts_with(expect), "{env:?}: {error}");
        }
        let with = |more: &[(&'static str, &'static str)]| [&JWT, more].concat();
        check(&[(CLAIM, "t")], "LOGBRAID_TENANT_CLAIM is `t` and LOGBRAID_API_AUTHORIZATION is `NONE`: expected JWT,");
        check(
            &[(CLAIM, "t"), (ACCESS, "AWS_IAM")],
            "LOGBRAID_TENANT_CLAIM is `t` and LOGBRAID_API_AUTHORIZATION is `AWS_IAM`: expected JWT,",
        );
        check(&with(&[(FIELD, "tenant")]), "LOGBRAID_TENANT_CLAIM is not set: expected the claim of a token");
        check(&with(&[(ALL, "*")]), "LOGBRAID_TENANT_CLAIM is not set: expected the claim of a token");
        check(&with(&[(CLAIM, "a b")]), "LOGBRAID_TENANT_CLAIM is `a b`: expected 1 to 128 characters");
        check(&with(&[(CLAIM, "t"), (FIELD, "$where")]), "LOGBRAID_TENANT_FIELD is `$where`: expected the path");
        check(&with(&[(CLAIM, "t"), (FIELD, "_id")]), "LOGBRAID_TENANT_FIELD is `_id`: expected the path");
        check(&with(&[(CLAIM, "t"), (ALL, "[a]")]), "LOGBRAID_TENANT_ALL is `[a]`: expected a text of up to 256 bytes");
        check(&with(&[(CLAIM, "t"), (ALL, " ")]), "LOGBRAID_TENANT_ALL is ` `: expected a text");
    }

    #[test]
    fn a_name_is_one_short_text() {
        fn check(claim: &str, expect: Option<NameProblem>) {
            assert_eq!(name_problem(claim), expect, "{claim}");
        }
        for name in ["acme", "ACME Größe & Söhne", "a b", "*", "{\"$ne\": null}", "$ne", "a]", "(a)", &"x".repeat(256)]
        {
            check(name, None);
        }
        check("", Some(NameProblem::Empty));
        check(" \t", Some(NameProblem::Empty));
        check(&"x".repeat(257), Some(NameProblem::TooLong));
        for list in ["[a b]", "[a]", "[]", "[\"a\"]", "[a", " [a b]"] {
            check(list, Some(NameProblem::List));
        }
        check("a\0", Some(NameProblem::Control));
        check("a\nb", Some(NameProblem::Control));
    }
}
