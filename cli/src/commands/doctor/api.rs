//! Checks the query API, and through it whether the functions reach MongoDB.

use runtime::telemetry::chain;
use serde::Deserialize;

use super::Deployment;
use super::addresses::Seen;
use super::finding::Report;
use crate::api::{Api, ApiError};
use crate::args::{ApiArgs, DoctorArgs};
use crate::error::Error;

const CHECK: &str = "api";
const HEALTH: &str = "/healthz";
const LOG: &str = "the function's log says why: docs/runbook.md#api-errors";
/// What an address that names an API by its id has.
const BY_ID: &str = "execute-api";
const VERSION: &str = env!("CARGO_PKG_VERSION");

/// What the query API said.
#[derive(Default)]
pub(super) struct ApiFindings {
    /// The client, if the API answers.
    pub(super) client: Option<Api>,
    /// Whether its function reaches MongoDB; `None` if nobody knows.
    pub(super) reaches_mongodb: Option<bool>,
}

#[derive(Deserialize)]
struct Health {
    #[serde(default)]
    version: String,
}

/// Asks the API how it is. `leads` is whether requests get to the function, as far as anybody knows, and `mongodb` is what this machine sees
/// at the address that the function has.
pub(super) async fn check(
    args: &DoctorArgs,
    deployment: &Deployment,
    (leads, mongodb): (bool, Seen),
    report: &mut Report,
) -> Result<ApiFindings, Error> {
    let own = deployment.outputs.get("ApiUrl");
    let Some(url) = args.api.url.as_ref().or(own) else {
        report.skipped(CHECK, "not checked: its address is not known; give --url")?;
        return Ok(ApiFindings::default());
    };
    match own.map_or(Asked::Own, |own| Asked::of(url, own)) {
        Asked::Own => {}
        Asked::Domain(what) => report.fine(CHECK, what)?,
        Asked::Other(what) => report.warning(CHECK, what, "unset LOGBRAID_URL and leave out --url")?,
    }
    let url = url.clone();
    let client = match (ApiArgs { url: Some(url), ..args.api.clone() }).client().await {
        Ok(client) => client,
        Err(error) => {
            report.skipped(CHECK, format!("not checked: {}", chain(&error)))?;
            return Ok(ApiFindings::default());
        }
    };
    let answer: Result<Health, ApiError> = client.get_once(HEALTH).await;
    match answer {
        Ok(Health { version }) => {
            version_of(&version, report)?;
            Ok(ApiFindings { client: Some(client), reaches_mongodb: Some(true) })
        }
        // AWS's own refusal: the function was not asked.
        Err(
            error @ (ApiError::Forbidden { .. }
            | ApiError::WantsToken { .. }
            | ApiError::TokenRefused { .. }
            | ApiError::Aws(_)),
        ) => {
            let why = refusal(deployment.parameter("ApiAuthorization"), error);
            report.skipped(CHECK, format!("not checked: {why}"))?;
            Ok(ApiFindings::default())
        }
        Err(error @ ApiError::Problem(_)) => {
            report.problem(CHECK, without_mongodb(mongodb, &chain(&error)), LOG)?;
            Ok(ApiFindings { client: None, reaches_mongodb: Some(false) })
        }
        Err(ApiError::Foreign { server, status }) if !leads => {
            let what = format!("requests do not get to the query function: {server} answers {status}");
            report.problem(CHECK, what, "mend the API, as said above")?;
            Ok(ApiFindings::default())
        }
        Err(error @ ApiError::Foreign { .. }) => {
            report.problem(CHECK, format!("the query function does not answer: {}", chain(&error)), LOG)?;
            Ok(ApiFindings::default())
        }
        Err(error) => {
            report.problem(CHECK, chain(&error), "is the address right? The stack's output ApiUrl has it")?;
            Ok(ApiFindings::default())
        }
    }
}

/// Returns the address of the stack's own API: the one that is asked, if it is of the stack. What is before a domain of one's own may
/// sign requests.
pub(super) fn own_address<'a>(args: &'a DoctorArgs, deployment: &'a Deployment) -> Option<&'a str> {
    let own = deployment.outputs.get("ApiUrl")?;
    let asked = args.api.url.as_ref().filter(|url| Asked::of(url, own) == Asked::Own);
    Some(asked.unwrap_or(own))
}

/// Whose API is asked.
#[derive(Debug, Eq, PartialEq)]
enum Asked {
    /// The stack's.
    Own,
    /// Perhaps the stack's, by a domain of one's own: what is so.
    Domain(String),
    /// Another one: what is so.
    Other(String),
}

impl Asked {
    /// `own` is the stack's output `ApiUrl`. An address of AWS's, and that of the local AWS, has the id of the API.
    fn of(url: &str, own: &str) -> Self {
        let has = |part: &str| url.split(['/', '.']).any(|own| own == part);
        let id = own.split_once("://").and_then(|(_, rest)| rest.split('.').next()).unwrap_or(own);
        let what = format!("the API that is asked is {url}, and the stack's is {own}");
        if url.trim_end_matches('/') == own.trim_end_matches('/') || has(id) {
            Self::Own
        } else if has(BY_ID) {
            Self::Other(what)
        } else {
            Self::Domain(format!("{what}: is it a domain of this stack?"))
        }
    }
}

/// Says why the API refuses a request, by what the stack asks for: the answer of a domain of one's own may not tell.
fn refusal(authorization: Option<&str>, error: ApiError) -> String {
    match (authorization, error) {
        (Some("JWT"), ApiError::Forbidden { server, .. }) => chain(&ApiError::WantsToken { server }),
        (Some("AWS_IAM"), ApiError::TokenRefused { server, .. }) => {
            format!("{server} takes signed requests (ApiAuthorization=AWS_IAM): unset LOGBRAID_TOKEN")
        }
        (_, error) => chain(&error),
    }
}

/// Says why the function cannot use MongoDB. The API itself tells nobody.
fn without_mongodb(mongodb: Seen, why: &str) -> String {
    match mongodb {
        Seen::Refuses => {
            "the query API answers, but MongoDB refuses the user or the password of its function".to_owned()
        }
        Seen::Answers => {
            format!("the query API answers, but its function does not reach MongoDB, which answers from here: {why}")
        }
        Seen::Silent | Seen::Unknown => {
            format!("the query API answers, but its function does not reach MongoDB: {why}")
        }
    }
}

fn version_of(version: &str, report: &mut Report) -> Result<(), Error> {
    if version == VERSION {
        return report.fine(CHECK, format!("the query API answers and reaches MongoDB, logbraid {version}"));
    }
    let what = format!("the query API is logbraid {version}, and this command {VERSION}");
    report.warning(CHECK, what, "use the command of the deployed version, or deploy this one")
}

#[cfg(test)]
mod tests {
    use reqwest::StatusCode;

    use super::{Asked, refusal};
    use crate::api::{ApiError, UnsignedReason};

    #[test]
    fn another_api_than_the_stacks_is_told() {
        fn check(url: &str, expect: fn(String) -> Asked) {
            let own = "https://a1b2.execute-api.eu-west-1.amazonaws.com";
            let said = Asked::of(url, own);
            let is_so = match &said {
                Asked::Own => said == expect(String::new()),
                Asked::Domain(what) | Asked::Other(what) => said == expect(what.clone()) && what.contains(own),
            };
            assert!(is_so, "{url}: {said:?}");
        }
        let own = |_| Asked::Own;
        check("https://a1b2.execute-api.eu-west-1.amazonaws.com", own);
        check("https://a1b2.execute-api.eu-west-1.amazonaws.com/", own);
        check("http://127.0.0.1:4566/_aws/execute-api/a1b2", own);
        check("https://c3d4.execute-api.eu-west-1.amazonaws.com", Asked::Other);
        check("http://127.0.0.1:4566/_aws/execute-api/c3d4", Asked::Other);
        check("https://logs.example.com", Asked::Domain);
        check("http://127.0.0.1:8080", Asked::Domain);
    }

    #[test]
    fn advice_is_of_the_kind_of_authorization() {
        fn check(authorization: Option<&str>, error: ApiError, expect: &str) {
            let said = refusal(authorization, error);
            assert!(said.contains(expect), "{authorization:?}: {said}");
        }
        let server = || "logs.example.com:443".to_owned();
        let (unsigned, status) = (Some(UnsignedReason::OtherHost), StatusCode::UNAUTHORIZED);
        let forbidden = |unsigned| ApiError::Forbidden { server: server(), status, unsigned };
        let refused = || ApiError::TokenRefused { server: server(), status };
        check(Some("JWT"), forbidden(unsigned), "set LOGBRAID_TOKEN");
        check(Some("JWT"), forbidden(None), "set LOGBRAID_TOKEN");
        check(Some("AWS_IAM"), forbidden(unsigned), "--sign always");
        check(None, forbidden(unsigned), "--sign always");
        check(Some("AWS_IAM"), refused(), "unset LOGBRAID_TOKEN");
        check(Some("JWT"), refused(), "it may have ended");
    }
}
