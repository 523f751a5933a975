//! The stack with every optional part, and with each way to authorize requests: deployed, asked, and checked.

use std::path::Path;

use serde_json::Value;

use super::doctor;
use super::expect;
use crate::deploy::Deployed;
use crate::error::Error;
use crate::http;
use crate::local_template::{self, LocalTemplate};
use crate::progress::step;
use crate::running::Running;
use crate::state::write_private;

const PASSWORD: &str = "Invented-1";
const PERSON: &str = "alice";
const UNAUTHORIZED: u16 = 401;
const FORBIDDEN: u16 = 403;
const OK: u16 = 200;
/// A path behind the authorization, and one that everybody may ask with JWT.
const BEHIND: &str = "/days";
const PAGE: &str = "/ui";
/// What the local AWS cannot deploy.
const ABSENT: [&str; 5] =
    ["DeploymentApplication", "IngestDeployment", "NothingFiledAlarm", "QuarantinedAlarm", "QueryDeployment"];

/// Deploys everything to where no stack is, checks it, and deletes it.
pub(super) fn check(running: &Running) -> Result<(), Error> {
    let parts = step("everything: keys, secrets, user pools", || Parts::create(running))?;
    let template = local_template::write(&running.toolbox.sam, &running.stack.folder.build(), &running.stack.folder)?;
    expect("the local AWS lacks only what docs/deploy.md names", is_known(&template), || template.absent.join(" "))?;
    let deploy_with = |name: &str, access: &[String]| {
        step(&format!("everything: sam deploy with {name}"), || deploy(running, &template.path, &parts, access))
    };
    let jwt = [
        "ApiAuthorization=JWT".to_owned(),
        format!("JwtIssuer={}", parts.pool.issuer()),
        format!("JwtClientId={}", parts.pool.client),
    ];
    let deployed = deploy_with("JWT", &jwt)?;
    let running = &running.with(deployed);
    write_private(&running.stack.folder.env(), &running.env_file())?;
    check_jwt(running, &parts)?;
    doctor::check_everything(running, &parts.pool.token)?;
    deploy_with("AWS_IAM", &["ApiAuthorization=AWS_IAM".to_owned()])?;
    check_iam(running)?;
    step("everything: NONE has to be confirmed", || {
        let open = deploy(running, &template.path, &parts, &["ApiAuthorization=NONE".to_owned()]);
        let why = open.err().map(|error| error.to_string()).unwrap_or_default();
        expect("NONE has to be confirmed", why.contains("AllowPublicApi yes confirms that"), || why.clone())
    })?;
    deploy_with("NONE", &["ApiAuthorization=NONE".to_owned(), "AllowPublicApi=yes".to_owned()])?;
    answers(running, "NONE lets everybody in", BEHIND, None, OK)?;
    running.delete()
}

fn is_known(template: &LocalTemplate) -> bool {
    let mut absent: Vec<&str> = template.absent.iter().map(String::as_str).collect();
    absent.sort_unstable();
    absent == ABSENT
}

fn check_jwt(running: &Running, parts: &Parts) -> Result<(), Error> {
    let token = &parts.pool.token;
    let (signed, signature) = token.rsplit_once('.').unwrap_or_default();
    let forged = format!("{signed}.{}", signature.chars().rev().collect::<String>());
    let unsigned = format!("{signed}.");
    answers(running, "JWT lets a token of its provider in", BEHIND, Some(token), OK)?;
    answers(running, "JWT refuses who has no token", BEHIND, None, UNAUTHORIZED)?;
    answers(running, "JWT refuses a changed signature", BEHIND, Some(&forged), UNAUTHORIZED)?;
    answers(running, "JWT refuses a token without a signature", BEHIND, Some(&unsigned), UNAUTHORIZED)?;
    answers(running, "JWT refuses another provider's token", BEHIND, Some(&parts.stranger.token), UNAUTHORIZED)?;
    answers(running, "JWT refuses to tell without a token how it is", "/healthz", None, UNAUTHORIZED)?;
    answers(running, "JWT shows everybody the page", PAGE, None, OK)
}

fn check_iam(running: &Running) -> Result<(), Error> {
    for path in [BEHIND, "/healthz", PAGE, "/"] {
        answers(running, "AWS_IAM refuses what is not signed", path, None, FORBIDDEN)?;
    }
    // The command signs.
    let days = step("everything: AWS_IAM answers what is signed", || running.shell("logbraid days --sign always"))?;
    expect("AWS_IAM answers what is signed", days.contains("20"), || days.clone())
}

/// Checks the status of an answer.
fn answers(
    running: &Running,
    expectation: &'static str,
    path: &str,
    token: Option<&String>,
    expect_status: u16,
) -> Result<(), Error> {
    let url = format!("{}{path}", running.url());
    let answer = step(&format!("everything: {expectation}"), || match token {
        Some(token) => http::get_as(&url, &format!("Bearer {token}")),
        None => http::get(&url),
    })?;
    expect(expectation, answer.status == expect_status, || format!("{path} answered {} {}", answer.status, answer.body))
}

fn deploy(running: &Running, template: &Path, parts: &Parts, access: &[String]) -> Result<Deployed, Error> {
    let mut parameters = vec![
        format!("MongoSecretArn={}", parts.mongo_secret),
        format!("MongoDatabase={}", running.stack.database),
        format!("RedactKeySecretArn={}", parts.redact_secret),
        format!("KmsKeyArn={}", parts.key),
        format!("SecretKmsKeyArn={}", parts.key),
    ];
    let fixed = [
        "AliasFields=order_id",
        "AlarmEmail=ops@example.com",
        "CorsOrigins=https://logs.example.com",
        "Deployment=Canary10Percent5Minutes",
        "IngestReservedConcurrency=5",
        "Monitoring=on",
        "Network=on",
        "Pins=on",
        "QueryReservedConcurrency=20",
        "Release=1",
        "RetentionDays=90",
        "RetentionDryRun=on",
        "ShardCount=2",
        "StreamMode=PROVISIONED",
        "Tracing=on",
    ];
    parameters.extend(fixed.map(str::to_owned));
    parameters.extend_from_slice(access);
    running.deployer().deploy_template(template, &parameters)
}

/// What the stack is given.
#[derive(Debug)]
struct Parts {
    key: String,
    mongo_secret: String,
    redact_secret: String,
    pool: Pool,
    /// A provider that the stack does not know.
    stranger: Pool,
}

impl Parts {
    fn create(running: &Running) -> Result<Self, Error> {
        let secret = |name: &str, text: &str| {
            call(running, &["secretsmanager", "create-secret", "--name", name, "--secret-string", text], "/ARN")
        };
        Ok(Self {
            key: call(running, &["kms", "create-key"], "/KeyMetadata/Arn")?,
            mongo_secret: secret("logbraid-mongodb", &running.mongodb_uri)?,
            redact_secret: secret("logbraid-redact", "sixteen-or-more-characters")?,
            pool: Pool::create(running, "logbraid")?,
            stranger: Pool::create(running, "stranger")?,
        })
    }
}

/// An OpenID Connect provider, with a person who signed in.
#[derive(Debug)]
struct Pool {
    id: String,
    client: String,
    token: String,
}

impl Pool {
    fn create(running: &Running, name: &str) -> Result<Self, Error> {
        let id = call(running, &["cognito-idp", "create-user-pool", "--pool-name", name], "/UserPool/Id")?;
        let make = ["cognito-idp", "create-user-pool-client", "--user-pool-id", &id, "--client-name", name];
        let flows = ["--explicit-auth-flows", "ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"];
        let client = call(running, &[&make[..], &flows[..]].concat(), "/UserPoolClient/ClientId")?;
        let of_person = ["--user-pool-id", &id, "--username", PERSON];
        running.deployer().aws(&[&["cognito-idp", "admin-create-user"][..], &of_person[..]].concat())?;
        let set = ["cognito-idp", "admin-set-user-password", "--permanent", "--password", PASSWORD];
        running.deployer().aws(&[&set[..], &of_person[..]].concat())?;
        let who = format!("USERNAME={PERSON},PASSWORD={PASSWORD}");
        let sign_in = ["cognito-idp", "initiate-auth", "--auth-flow", "USER_PASSWORD_AUTH", "--client-id", &client];
        let token =
            call(running, &[&sign_in[..], &["--auth-parameters", &who]].concat(), "/AuthenticationResult/AccessToken")?;
        Ok(Self { id, client, token })
    }

    fn issuer(&self) -> String {
        format!("https://cognito-idp.{}.amazonaws.com/{}", crate::aws::REGION, self.id)
    }
}

/// Calls a service. Returns a text of its answer.
fn call(running: &Running, arguments: &[&str], pointer: &str) -> Result<String, Error> {
    let answer = running.deployer().aws(arguments)?;
    let answer: Value =
        serde_json::from_str(&answer).map_err(|source| Error::Answer { what: "the AWS client", source })?;
    Ok(answer.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned())
}
