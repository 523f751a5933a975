//! Who may ask the query API. API Gateway decides that before it calls the function. The function only tells the page how
//! to sign in.

use ureq::http::Uri;

use crate::environment::{ConfigError, Environment, set};

const ACCESS: &str = "LOGBRAID_API_AUTHORIZATION";
const ISSUER: &str = "LOGBRAID_JWT_ISSUER";
const CLIENT_ID: &str = "LOGBRAID_JWT_CLIENT_ID";
const AUDIENCE: &str = "LOGBRAID_JWT_AUDIENCE";
const SCOPE: &str = "LOGBRAID_JWT_SCOPE";
const ORIGINS: &str = "LOGBRAID_JWT_ORIGINS";
/// The scope of OpenID Connect itself.
const DEFAULT_SCOPE: &str = "openid";
const MAX_TEXT_BYTES: usize = 512;
const MAX_ORIGINS: usize = 10;
/// The hosts for which plain HTTP is allowed: this machine.
const LOCAL_HOSTS: [&str; 2] = ["127.0.0.1", "localhost"];

/// Who may ask the query API (`LOGBRAID_API_AUTHORIZATION`).
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub enum ApiAccess {
    /// Everybody, or whoever something in front of the API lets through (`NONE`).
    #[default]
    Open,
    /// Who signs requests with AWS credentials (`AWS_IAM`).
    AwsIam,
    /// Who has a token of an OpenID Connect provider (`JWT`).
    Jwt(SignIn),
}

/// How a person gets a token.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct SignIn {
    /// The provider's address, exactly as its tokens name it (`LOGBRAID_JWT_ISSUER`).
    pub issuer: String,
    /// The page's name at the provider (`LOGBRAID_JWT_CLIENT_ID`).
    pub client_id: String,
    /// What tokens have to be for (`LOGBRAID_JWT_AUDIENCE`): by default the page.
    pub audience: String,
    /// What the page asks for (`LOGBRAID_JWT_SCOPE`), with spaces between.
    pub scope: String,
    /// The origins that the page has to reach to get a token: the issuer's, and others of the provider
    /// (`LOGBRAID_JWT_ORIGINS`). Each is `SCHEME://HOST[:PORT]` and nothing more, so it can be part of a policy.
    pub origins: Vec<String>,
}

impl ApiAccess {
    /// Reads and checks the settings.
    pub fn from_environment(env: &(impl Environment + ?Sized)) -> Result<Self, ConfigError> {
        match set(env, ACCESS).as_deref() {
            None | Some("NONE") => Ok(Self::Open),
            Some("AWS_IAM") => Ok(Self::AwsIam),
            Some("JWT") => SignIn::from_environment(env).map(Self::Jwt),
            Some(other) => Err(invalid(ACCESS, other, "NONE, AWS_IAM or JWT")),
        }
    }
}

impl SignIn {
    fn from_environment(env: &(impl Environment + ?Sized)) -> Result<Self, ConfigError> {
        const AN_ISSUER: &str = "the address of an OpenID Connect provider, such as https://login.example.com/tenant";
        let issuer = set(env, ISSUER).ok_or(ConfigError::Missing { name: ISSUER, expected: AN_ISSUER })?;
        let own = origin(&issuer).ok_or_else(|| invalid(ISSUER, &issuer, AN_ISSUER))?;
        let client_id = word(env, CLIENT_ID)?
            .ok_or(ConfigError::Missing { name: CLIENT_ID, expected: "the id of the page at the provider" })?;
        let audience = word(env, AUDIENCE)?.unwrap_or_else(|| client_id.clone());
        let scope = set(env, SCOPE).unwrap_or_else(|| DEFAULT_SCOPE.to_owned());
        if scope.len() > MAX_TEXT_BYTES || !scope.split(' ').all(is_word) {
            return Err(invalid(SCOPE, &scope, "words with one space between them, such as `openid email`"));
        }
        let mut origins = others(env)?;
        origins.insert(0, own);
        origins.dedup();
        Ok(Self { issuer, client_id, audience, scope, origins })
    }
}

/// Reads the provider's other origins.
fn others(env: &(impl Environment + ?Sized)) -> Result<Vec<String>, ConfigError> {
    let value = set(env, ORIGINS).unwrap_or_default();
    let given: Vec<&str> = value.split(',').map(str::trim).filter(|origin| !origin.is_empty()).collect();
    let is_good = |given: &&str| origin(given).is_some_and(|origin| origin.eq_ignore_ascii_case(given));
    if given.len() > MAX_ORIGINS || !given.iter().all(is_good) {
        let expected =
            format!("up to {MAX_ORIGINS} origins such as https://login.example.com, with commas between them");
        return Err(invalid(ORIGINS, &value, expected));
    }
    Ok(given.into_iter().map(str::to_owned).collect())
}

fn word(env: &(impl Environment + ?Sized), name: &'static str) -> Result<Option<String>, ConfigError> {
    match set(env, name) {
        Some(value) if value.len() > MAX_TEXT_BYTES || !is_word(&value) => {
            Err(invalid(name, &value, format!("1 to {MAX_TEXT_BYTES} characters of ASCII, without spaces")))
        }
        value => Ok(value),
    }
}

fn is_word(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic())
}

/// Returns the origin of an `https` address. On this machine `http` will do.
fn origin(address: &str) -> Option<String> {
    if address.len() > MAX_TEXT_BYTES || address.contains(['?', '#']) {
        return None;
    }
    let uri: Uri = address.parse().ok()?;
    let (scheme, authority) = (uri.scheme_str()?, uri.authority()?);
    let is_name = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b':');
    let is_safe = scheme == "https" || scheme == "http" && LOCAL_HOSTS.contains(&authority.host());
    (is_safe && authority.as_str().bytes().all(is_name)).then(|| format!("{scheme}://{authority}"))
}

fn invalid(name: &'static str, value: &str, expected: impl Into<String>) -> ConfigError {
    ConfigError::Invalid { name, value: value.to_owned(), expected: expected.into() }
}

#[cfg(test)]
mod tests {
    use super::{ACCESS, AUDIENCE, ApiAccess, CLIENT_ID, ISSUER, ORIGINS, SCOPE, SignIn};

    const PROVIDER: (&str, &str) = (ISSUER, "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_a1B2");
    const CLIENT: (&str, &str) = (CLIENT_ID, "4f5g6h");
    const JWT: (&str, &str) = (ACCESS, "JWT");

    #[test]
    fn the_api_is_open_unless_it_is_said() {
        fn check(env: &[(&str, &str)], expect: &ApiAccess) {
            assert_eq!(&ApiAccess::from_environment(env).unwrap(), expect, "{env:?}");
        }
        check(&[], &ApiAccess::Open);
        check(&[(ACCESS, "")], &ApiAccess::Open);
        check(&[(ACCESS, "NONE")], &ApiAccess::Open);
        check(&[(ACCESS, "AWS_IAM"), PROVIDER], &ApiAccess::AwsIam);
    }

    #[test]
    fn the_template_offers_what_the_function_takes() {
        let template = include_str!("../../../template.yaml");
        let (_, parameter) = template.split_once("\n  ApiAuthorization:\n").unwrap();
        let values = parameter.lines().find_map(|line| line.trim().strip_prefix("AllowedValues: [")).unwrap();
        let values: Vec<&str> = values.trim_end_matches(']').split(", ").collect();
        assert_eq!(values, ["AWS_IAM", "JWT", "NONE"]);
        for value in values {
            assert!(ApiAccess::from_environment([(ACCESS, value), PROVIDER, CLIENT].as_slice()).is_ok(), "{value}");
        }
        for name in [ACCESS, ISSUER, CLIENT_ID, AUDIENCE, SCOPE, ORIGINS] {
            assert!(template.contains(&format!("\n          {name}: ")), "{name}");
        }
    }

    #[test]
    fn a_token_is_for_the_page_unless_it_is_said() {
        fn sign_in(more: &[(&str, &str)]) -> SignIn {
            let env = [&[JWT, PROVIDER, CLIENT], more].concat();
            match ApiAccess::from_environment(env.as_slice()).unwrap() {
                ApiAccess::Jwt(sign_in) => sign_in,
                other => panic!("{other:?}"),
            }
        }
        let plain = SignIn {
            issuer: PROVIDER.1.to_owned(),
            client_id: "4f5g6h".to_owned(),
            audience: "4f5g6h".to_owned(),
            scope: "openid".to_owned(),
            origins: vec!["https://cognito-idp.eu-west-1.amazonaws.com".to_owned()],
        };
        assert_eq!(sign_in(&[]), plain);
        let more = sign_in(&[
            (AUDIENCE, "https://logs.example.com"),
            (SCOPE, "openid email logs/read"),
            (ORIGINS, "https://shop.auth.eu-west-1.amazoncognito.com, https://login.example.com:8443"),
        ]);
        assert_eq!(
            (more.audience.as_str(), more.scope.as_str()),
            ("https://logs.example.com", "openid email logs/read")
        );
        assert_eq!(
            more.origins,
            [
                "https://cognito-idp.eu-west-1.amazonaws.com",
                "https://shop.auth.eu-west-1.amazoncognito.com",
                "https://login.example.com:8443"
            ]
        );
    }

    #[test]
    fn a_bad_value_stops_the_start_with_its_name_and_what_is_allowed() {
        fn check(env: &[(&str, &str)], expect: &str) {
            let error = ApiAccess::from_environment(env).unwrap_err().to_string();
            assert!(error.starts_with(expect), "{env:?}: {error}");
        }
        check(&[(ACCESS, "IAM")], "LOGBRAID_API_AUTHORIZATION is `IAM`: expected NONE, AWS_IAM or JWT");
        check(&[(ACCESS, "jwt")], "LOGBRAID_API_AUTHORIZATION is `jwt`: expected NONE, AWS_IAM or JWT");
        check(&[JWT, CLIENT], "LOGBRAID_JWT_ISSUER is not set: expected the address of an OpenID Connect provider");
        check(&[JWT, PROVIDER], "LOGBRAID_JWT_CLIENT_ID is not set: expected the id of the page");
        for issuer in [
            "login.example.com",
            "http://login.example.com",
            "https://",
            "https://a b",
            "https://user@login.example.com",
            "https://login.example.com/?a=b",
            "https://login.example.com/#a",
            "https://login.example.com;script-src/",
            "javascript://login.example.com",
            "https://*.example.com",
            "https://login.example.com'/",
        ] {
            check(&[JWT, CLIENT, (ISSUER, issuer)], &format!("LOGBRAID_JWT_ISSUER is `{issuer}`: expected"));
        }
        for (name, value) in [
            (CLIENT_ID, "a b"),
            (AUDIENCE, "ä"),
            (SCOPE, "openid  email"),
            (SCOPE, "a\nb"),
            (ORIGINS, "*"),
            (ORIGINS, "https://login.example.com/"),
            (ORIGINS, "https://a.example.com https://b.example.com"),
            (ORIGINS, "https://a.example.com; script-src *"),
            (ORIGINS, "'unsafe-inline'"),
        ] {
            check(&[(name, value), JWT, PROVIDER, CLIENT], &format!("{name} is `{value}`: expected"));
        }
        check(
            &[JWT, CLIENT, (ISSUER, &format!("https://a.example.com/{}", "x".repeat(600)))],
            "LOGBRAID_JWT_ISSUER is `",
        );
        check(
            &[JWT, PROVIDER, CLIENT, (ORIGINS, &["https://a.example.com"; 11].join(","))],
            "LOGBRAID_JWT_ORIGINS is `",
        );
    }

    #[test]
    fn a_provider_on_this_machine_needs_no_tls() {
        for issuer in ["http://127.0.0.1:9000", "http://localhost:9000/tenant"] {
            let env = [JWT, CLIENT, (ISSUER, issuer)];
            assert!(matches!(ApiAccess::from_environment(env.as_slice()), Ok(ApiAccess::Jwt(_))), "{issuer}");
        }
    }
}
