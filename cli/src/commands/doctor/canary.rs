//! Puts one record on the stream, and waits until the query API finds it.

use std::time::Duration;

use record::{Day, EventTime};
use send::{Answer, Entry, Transport as _};
use serde::Deserialize;
use serde_json::json;
use store::Store;
use tokio::task::spawn_blocking;
use tokio::time::{Instant, sleep};

use super::Deployment;
use super::finding::Report;
use crate::api::{Api, Target};
use crate::args::DoctorArgs;
use crate::aws;
use crate::error::Error;
use crate::render::duration;
use runtime::telemetry::chain;

const CHECK: &str = "canary";
const NEEDS: &str = "not checked: it needs kinesis:PutRecords";
/// How often the API is asked.
const POLL: Duration = Duration::from_millis(200);
/// How many random bytes its id has.
const ID_BYTES: usize = 16;

#[derive(Deserialize)]
struct Found {
    #[serde(default)]
    records: Vec<serde::de::IgnoredAny>,
}

/// Puts the record and waits for it. Looks in MongoDB where the API does not find it.
pub(super) async fn check(
    args: &DoctorArgs,
    deployment: &Deployment,
    api: Option<&Api>,
    store: Option<&Store>,
    report: &mut Report,
) -> Result<(), Error> {
    let (Some(stream), Some(api)) = (deployment.stream.as_deref(), api) else {
        return report.skipped(CHECK, "not checked: it needs the stream, and a query API that answers");
    };
    let id = hex::encode(std::array::from_fn::<u8, ID_BYTES, _>(|_| fastrand::u8(..)));
    let (started, now) = (Instant::now(), EventTime::now());
    match put(stream, &id, now).await? {
        Put::Done => {}
        Put::Denied => return report.skipped(CHECK, NEEDS),
        Put::Failed(why) => {
            let what = format!("a record cannot be put on the stream {stream}: {why}");
            return report.problem(CHECK, what, "senders have the same trouble: docs/runbook.md#puts-throttled");
        }
    }
    let target = Target::new("/transactions").segment(&id);
    loop {
        if let Ok(Found { records }) = api.get_once::<Found>(target.as_str()).await
            && !records.is_empty()
        {
            let took = duration(started.elapsed().as_secs_f64() * 1_000.0);
            return report.fine(CHECK, format!("a record was filed and found after {took}: log_uid {id}"));
        }
        if started.elapsed() >= args.wait {
            let is_filed = match store {
                // What keeps MongoDB from an answer is reported by other checks.
                Some(store) => store.has_transaction(Day::of(now), &id).await.ok(),
                None => None,
            };
            let waited = duration(args.wait.as_secs_f64() * 1_000.0);
            return not_found(deployment, is_filed, (stream, &waited, &id), report);
        }
        sleep(POLL).await;
    }
}

/// Reports a record that the API does not find. `is_filed` says whether MongoDB has it, if that is known.
fn not_found(
    deployment: &Deployment,
    is_filed: Option<bool>,
    (stream, waited, id): (&str, &str, &str),
    report: &mut Report,
) -> Result<(), Error> {
    let has_tenants = deployment.parameter("TenantClaim").is_some_and(|claim| !claim.is_empty());
    let put = format!("a record was put on the stream {stream}");
    match is_filed {
        Some(true) if has_tenants => {
            let what = format!(
                "{put} and is filed, but LOGBRAID_TOKEN does not see it: it has no tenant. With a token that has TenantAll, it is checked \
                 whether the record is found: log_uid {id}"
            );
            report.skipped(CHECK, what)
        }
        Some(true) => {
            let what = format!("{put} and is filed, but the query API does not find it within {waited}: log_uid {id}");
            report.problem(CHECK, what, "the problems above say why; if there are none, the query function's log does")
        }
        _ => {
            let what = format!("{put} and not found within {waited}: log_uid {id}");
            let todo = "the problems above say why; if there are none, the ingest function's log does: docs/runbook.md#iterator-age";
            report.problem(CHECK, what, todo)
        }
    }
}

enum Put {
    Done,
    Denied,
    Failed(String),
}

async fn put(stream: &str, id: &str, now: EventTime) -> Result<Put, Error> {
    let kinesis = match aws::kinesis(stream.to_owned()).await {
        Ok(kinesis) => kinesis,
        Err(error) => return Ok(Put::Failed(chain(&error))),
    };
    let record = json!({
        "log_uid": id, "service": "logbraid-doctor", "name": "logbraid.doctor", "levelname": "DEBUG",
        "created": now.seconds(), "message": "canary: put to see that it is filed and found",
    });
    let (data, key) = (record.to_string(), id.to_owned());
    let answer = spawn_blocking(move || kinesis.put(&[Entry { data: data.as_bytes(), key: &key }]));
    Ok(match answer.await.map_err(Error::PutThread)? {
        Answer::Results(results) => match results.into_iter().find_map(|result| result.error_code) {
            None => Put::Done,
            Some(code) => Put::Failed(code),
        },
        Answer::Refused { code, .. } if code == "AccessDeniedException" => Put::Denied,
        Answer::Refused { status, code, message } => Put::Failed(format!("status {status}: {code}: {message}")),
        Answer::None { message } => Put::Failed(message),
    })
}
