//! Tests of the sources against servers of their own.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use super::{Chain, CredentialError, CredentialSource as _, Environment, needs_clients};
use crate::test_server::{Received, TestServer};

/// An environment with files.
#[derive(Default)]
struct Given {
    variables: BTreeMap<String, String>,
    files: BTreeMap<&'static str, &'static str>,
}

impl Environment for Given {
    fn get(&self, name: &str) -> Option<String> {
        self.variables.get(name).cloned()
    }

    fn read(&self, path: &str) -> Result<String, CredentialError> {
        let missing = || CredentialError::File { path: path.to_owned(), source: std::io::ErrorKind::NotFound.into() };
        self.files.get(path).map(|text| (*text).to_owned()).ok_or_else(missing)
    }
}

fn now() -> Timestamp {
    "2026-11-20T08:00:00Z".parse().unwrap()
}

/// Returns the access key that these variables and files lead to, or why there is none.
fn key(variables: &[(&str, &str)], files: &[(&'static str, &'static str)]) -> String {
    let variables = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let given = Given { variables, files: files.iter().copied().collect() };
    match Chain::new(Box::new(given), "eu-west-1".to_owned()).get(now()) {
        Ok(found) => format!("{} {}", found.access_key_id, found.session_token.unwrap_or_default()),
        Err(error) => error.to_string(),
    }
}

fn document(key: &str, expires: &str) -> String {
    format!(r#"{{"Code":"Success","AccessKeyId":"{key}","SecretAccessKey":"s","Token":"t","Expiration":"{expires}"}}"#)
}

const LATER: &str = "2026-11-20T14:00:00Z";
const NO_MACHINE: (&str, &str) = ("AWS_EC2_METADATA_DISABLED", "true");

#[test]
fn the_environment_and_a_profile_have_keys() {
    let own = [("AWS_ACCESS_KEY_ID", "A"), ("AWS_SECRET_ACCESS_KEY", "s"), ("AWS_SESSION_TOKEN", "t"), NO_MACHINE];
    assert_eq!(key(&own, &[]), "A t");
    let file = ("/h/.aws/credentials", "[x]\naws_access_key_id=B\naws_secret_access_key=s\n");
    assert_eq!(key(&[("HOME", "/h"), ("AWS_PROFILE", "x"), NO_MACHINE], &[file]), "B ");
    let nothing = "there are no credentials: none in the environment, in a profile, or from AWS on this machine";
    assert_eq!(key(&[("HOME", "/h"), NO_MACHINE], &[file]), nothing);
    // What the profile lacks.
    let named = |profile: &'static str| [("HOME", "/h"), ("AWS_PROFILE", profile), NO_MACHINE];
    let half = (
        "/h/.aws/config",
        "[profile half]\naws_access_key_id=B\n[profile sso]\nsso_session=s\n[profile a]\nregion=r\n",
    );
    assert_eq!(key(&named("nosuch"), &[file, half]), "there are no credentials: ~/.aws has no profile nosuch");
    assert_eq!(
        key(&named("half"), &[file, half]),
        "there are no credentials: the profile half has no aws_secret_access_key"
    );
    assert_eq!(
        key(&named("sso"), &[file, half]),
        "there are no credentials: sso_session of the profile sso needs AWS's own client (in Python: pip install botocore)"
    );
    assert_eq!(key(&named("a"), &[file, half]), nothing);
    // Nobody answers there.
    assert_eq!(key(&[("AWS_EC2_METADATA_SERVICE_ENDPOINT", "http://127.0.0.1:9")], &[]), nothing);
}

#[test]
fn some_profiles_are_for_aws_s_own_clients() {
    fn check(variables: &[(&str, &str)], config: &'static str, expect: bool) {
        let home = [("HOME", "/h")];
        let variables = home.iter().chain(variables).map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let given = Given { variables: variables.collect(), files: [("/h/.aws/config", config)].into() };
        assert_eq!(needs_clients(&given), expect, "{config}");
    }
    let (profile, keys) = (("AWS_PROFILE", "x"), "aws_access_key_id=A\naws_secret_access_key=s\n");
    check(&[], "[default]\nsso_session = s\n", true);
    check(&[profile], "[default]\nsso_session = s\n", false);
    check(&[profile], "[profile x]\ncredential_process = y\n", true);
    check(&[profile], "[profile x]\nregion = y\n", false);
    check(&[("AWS_ACCESS_KEY_ID", "A"), ("AWS_SECRET_ACCESS_KEY", "s")], "[default]\nrole_arn = r\n", false);
    check(&[("AWS_WEB_IDENTITY_TOKEN_FILE", "t"), ("AWS_ROLE_ARN", "r")], "[default]\nrole_arn = r\n", false);
    let [plain, role] = [String::new(), "role_arn = r\nsource_profile = default\n".to_owned()]
        .map(|rest| &*format!("[default]\n{keys}{rest}").leak());
    check(&[], plain, false);
    check(&[], role, true);
}

#[test]
fn a_container_is_asked_with_its_token() {
    let server = TestServer::start(vec![(200, "", document("C", LATER))]);
    let url = format!("{}/v1/credentials", server.url);
    let variables =
        [("AWS_CONTAINER_CREDENTIALS_FULL_URI", url.as_str()), ("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", "/token")];
    assert_eq!(key(&variables, &[("/token", "secret\n")]), "C t");
    let requests = server.requests();
    assert_eq!(requests[0].line, "GET /v1/credentials HTTP/1.1");
    assert_eq!(requests[0].header("authorization"), Some("secret"));
    assert_eq!(
        key(&[("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://example.com/")], &[]),
        "credentials may not be asked for at http://example.com/: only https, and http to this machine or to AWS's own addresses"
    );
    assert_eq!(key(&variables, &[]), "credentials need /token, which cannot be read");
}

#[test]
fn a_web_identity_is_exchanged() {
    const ANSWER: &str = "<AssumeRoleWithWebIdentityResponse><AssumeRoleWithWebIdentityResult><Credentials>\
        <SessionToken>t</SessionToken><SecretAccessKey>s</SecretAccessKey><Expiration>2026-11-20T14:00:00Z</Expiration>\
        <AccessKeyId>W</AccessKeyId></Credentials></AssumeRoleWithWebIdentityResult></AssumeRoleWithWebIdentityResponse>";
    let server = TestServer::start(vec![(200, "", ANSWER.to_owned())]);
    let url = server.url.clone();
    let variables = [
        ("AWS_WEB_IDENTITY_TOKEN_FILE", "/token"),
        ("AWS_ROLE_ARN", "arn:aws:iam::1:role/x"),
        ("AWS_ENDPOINT_URL_STS", url.as_str()),
    ];
    assert_eq!(key(&variables, &[("/token", "a.b+c=\n")]), "W t");
    let [Received { body, .. }] = server.requests().try_into().unwrap();
    let expect = "Action=AssumeRoleWithWebIdentity&Version=2011-06-15&RoleArn=arn%3Aaws%3Aiam%3A%3A1%3Arole%2Fx\
                  &RoleSessionName=logbraid&WebIdentityToken=a.b%2Bc%3D";
    assert_eq!(body, expect);
    let server = TestServer::start(vec![(403, "", "<Error>AccessDenied</Error>".to_owned())]);
    let denied = [variables[0], variables[1], ("AWS_ENDPOINT_URL_STS", server.url.as_str())];
    let message = key(&denied, &[("/token", "x")]);
    assert!(message.ends_with("refused with status 403: <Error>AccessDenied</Error>"), "{message}");
}

#[test]
fn a_machine_gives_the_credentials_of_its_role() {
    let answers = vec![(200, "", "tok".to_owned()), (200, "", "role\n".to_owned()), (200, "", document("M", LATER))];
    let server = TestServer::start(answers);
    assert_eq!(key(&[("AWS_EC2_METADATA_SERVICE_ENDPOINT", &server.url)], &[]), "M t");
    let requests = server.requests();
    assert_eq!(requests[0].line, "PUT /latest/api/token HTTP/1.1");
    assert!(requests[0].header("x-aws-ec2-metadata-token-ttl-seconds").is_some());
    assert_eq!(requests[2].line, "GET /latest/meta-data/iam/security-credentials/role HTTP/1.1");
    assert_eq!(requests[2].header("x-aws-ec2-metadata-token"), Some("tok"));
}

#[test]
fn credentials_are_kept_until_they_end_or_are_refused() {
    let documents = [
        (200, "", document("1", LATER)),
        (500, "", String::new()),
        (200, "", document("2", LATER)),
        (200, "", document("3", LATER)),
    ];
    let server = TestServer::start(documents.into());
    let variables = [("AWS_CONTAINER_CREDENTIALS_FULL_URI".to_owned(), server.url.clone())].into();
    let chain = Chain::new(Box::new(Given { variables, ..Given::default() }), "eu-west-1".to_owned());
    let get = |minutes: i64| {
        let time = now().checked_add(SignedDuration::from_mins(minutes)).unwrap();
        chain.get(time).unwrap()
    };
    assert_eq!(get(0).access_key_id, "1");
    assert_eq!(get(300).access_key_id, "1");
    // They end soon. The source fails, so they are used as long as they are valid; the source is asked again later.
    assert_eq!(get(356).access_key_id, "1");
    assert_eq!(get(356).access_key_id, "1");
    let second = get(358);
    assert_eq!(second.access_key_id, "2");
    chain.refuse(&second);
    assert_eq!(get(0).access_key_id, "3");
    assert_eq!(server.requests().len(), 4);
}
