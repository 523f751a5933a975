//! The stack with every optional part, and with each way to authorize requests: deployed, asked, and checked.

mod archive;
mod parts;
mod tenants;

use std::path::Path;

use serde_json::Value;

use self::parts::{ARCHIVE_BUCKET, Parts, Pool};
use super::{deploy_page, doctor, expect, runbook};
use crate::deploy::Deployed;
use crate::error::Error;
use crate::http;
use crate::local_template::{self, LocalTemplate};
use crate::progress::step;
use crate::running::Running;
use crate::state::write_private;

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
    let parts = step("everything: keys, secrets, user pools", || Parts::create(running, tenants::PEOPLE))?;
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
    let jwt: Vec<String> = jwt.into_iter().chain(tenants::parameters()).collect();
    let deployed = deploy_with("JWT and tenants", &jwt)?;
    let running = &running.with(deployed);
    write_private(&running.stack.folder.env(), &running.env_file())?;
    check_jwt(running, &parts)?;
    tenants::check(running, &parts.pool)?;
    archive::check(running, &parts.pool)?;
    let all = parts.pool.token(tenants::OPERATOR);
    runbook::check(running, all, &archive::environment())?;
    deploy_page::check(running, &deploy_page::SIGN_IN, &[])?;
    deploy_page::check(running, &deploy_page::ROLES, &[])?;
    doctor::check_everything(running, all, parts.pool.token(tenants::SHOP))?;
    let refuses = |name: &'static str, access: &[String], why: &str| {
        step(&format!("everything: {name}"), || {
            let error = deploy(running, &template.path, &parts, access).err();
            let told = error.map(|error| error.to_string()).unwrap_or_default();
            expect(name, told.contains(why), || told.clone())
        })
    };
    let iam = ["ApiAuthorization=AWS_IAM".to_owned()];
    let tenants_left = [&iam[..], &tenants::parameters()].concat();
    refuses("tenants need tokens", &tenants_left, "TenantClaim needs ApiAuthorization JWT")?;
    // Without a new Release: who may ask is in force all the same.
    deploy_with("AWS_IAM", &[&iam[..], &tenants::no_parameters()].concat())?;
    check_iam(running)?;
    deploy_page::check(running, &deploy_page::ASK, &[])?;
    let none = ["ApiAuthorization=NONE".to_owned()];
    refuses("NONE has to be confirmed", &none, "AllowPublicApi yes confirms that")?;
    deploy_with("NONE", &[&none[..], &["AllowPublicApi=yes".to_owned()]].concat())?;
    answers(running, "NONE lets everybody in", BEHIND, None, OK)?;
    deploy_page::check(running, &deploy_page::GO_BACK, &[("--function-version 7", "--function-version 1")])?;
    running.delete()?;
    let Deployed { stream, failed_bucket, .. } = &running.deployed;
    let names = [("STREAM", stream.as_str()), ("BUCKET", failed_bucket.as_str())];
    deploy_page::check(running, &deploy_page::REMOVE, &names)
}

fn is_known(template: &LocalTemplate) -> bool {
    let mut absent: Vec<&str> = template.absent.iter().map(String::as_str).collect();
    absent.sort_unstable();
    absent == ABSENT
}

fn check_jwt(running: &Running, parts: &Parts) -> Result<(), Error> {
    let token = parts.pool.token(tenants::SHOP);
    let (signed, signature) = token.rsplit_once('.').unwrap_or_default();
    let forged = format!("{signed}.{}", signature.chars().rev().collect::<String>());
    let unsigned = format!("{signed}.");
    answers(running, "JWT lets a token of its provider in", BEHIND, Some(token), OK)?;
    answers(running, "JWT refuses who has no token", BEHIND, None, UNAUTHORIZED)?;
    answers(running, "JWT refuses a changed signature", BEHIND, Some(&forged), UNAUTHORIZED)?;
    answers(running, "JWT refuses a token without a signature", BEHIND, Some(&unsigned), UNAUTHORIZED)?;
    answers(running, "JWT refuses another provider's token", BEHIND, Some(&parts.strange_token), UNAUTHORIZED)?;
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
    token: Option<&str>,
    expect_status: u16,
) -> Result<(), Error> {
    let url = format!("{}{path}", running.url());
    let answer = step(&format!("everything: {expectation}"), || match token {
        Some(token) => http::get_as(&url, &format!("Bearer {token}")),
        None => http::get(&url),
    })?;
    expect(expectation, answer.status == expect_status, || format!("{path} answered {} {}", answer.status, answer.body))
}

/// Asks the API as a person. Returns the status and the answer.
fn ask(running: &Running, pool: &Pool, person: &str, path: &str) -> Result<(u16, Value), Error> {
    let answer = http::get_as(&format!("{}{path}", running.url()), &format!("Bearer {}", pool.token(person)))?;
    let body = serde_json::from_str(&answer.body).map_err(|source| Error::Answer { what: "the query API", source })?;
    Ok((answer.status, body))
}

fn deploy(running: &Running, template: &Path, parts: &Parts, access: &[String]) -> Result<Deployed, Error> {
    let mut parameters = vec![
        format!("MongoSecretArn={}", parts.mongo_secret),
        format!("MongoDatabase={}", running.stack.database),
        format!("RedactKeySecretArn={}", parts.redact_secret),
        format!("KmsKeyArn={}", parts.key),
        format!("SecretKmsKeyArn={}", parts.key),
        format!("ArchiveBucket={ARCHIVE_BUCKET}"),
        format!("RetentionDays={}", archive::RETENTION_DAYS),
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
        "ShardCount=2",
        "StreamMode=PROVISIONED",
        "Tracing=on",
    ];
    parameters.extend(fixed.map(str::to_owned));
    parameters.extend_from_slice(access);
    running.deployer().deploy_template(template, &parameters)
}
