//! Puts one record on the stream, and waits until the query API finds it.

use std::pin::pin;
use std::time::Duration;

use futures_util::TryStreamExt as _;
use record::{Day, EventTime, REFUSED_BY_MONGODB};
use send::{Answer, Entry, Transport as _};
use serde::Deserialize;
use serde_json::json;
use store::{IdRange, QuarantineLookup, Store, StoreError};
use tokio::task::spawn_blocking;
use tokio::time::{Instant, sleep};

use super::finding::Report;
use super::{Deployment, STREAM_IS_GONE};
use crate::api::{Api, Target};
use crate::args::DoctorArgs;
use crate::aws;
use crate::error::Error;
use crate::render::{duration, visible};
use runtime::telemetry::chain;

const CHECK: &str = "canary";
const NEEDS: &str = "not checked: it needs kinesis:PutRecords";
/// How often the API is asked.
const POLL: Duration = Duration::from_millis(200);
/// How far the clock of this machine may be ahead of the stream's, so that the record is still looked for.
const CLOCKS_DIFFER: Duration = Duration::from_mins(5);
/// How many entries of the quarantine are looked at, the newest.
const MAX_ENTRIES: i64 = 1_000;
/// The time limit for MongoDB.
const MAX_TIME: Duration = Duration::from_secs(20);
/// What to do where the record is in the quarantine.
const SET_ASIDE: &str = "records of services may go there, too: docs/runbook.md#quarantined";
/// What to do where MongoDB refused it. The problems above name what refuses.
const REFUSED: &str = "MongoDB refused it, as it does records of services, which are no fault of theirs: remove the validator or the index \
                       that it names, then `logbraid redrive --reason refused_by_mongodb`: docs/runbook.md#quarantined";
/// How many random bytes its id has.
const ID_BYTES: usize = 16;

#[derive(Deserialize)]
struct SearchAnswer {
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
        Put::NoStream => {
            let what =
                format!("a record cannot be put: there is no stream {stream}, and senders have the same trouble");
            return report.problem(CHECK, what, STREAM_IS_GONE);
        }
        Put::Failed(why) => {
            let what = format!("a record cannot be put on the stream {stream}: {why}");
            return report.problem(CHECK, what, "senders have the same trouble: docs/runbook.md#puts-throttled");
        }
    }
    let target = Target::new("/transactions").segment(&id);
    loop {
        if let Ok(SearchAnswer { records }) = api.get_once::<SearchAnswer>(target.as_str()).await
            && !records.is_empty()
        {
            let took = duration(started.elapsed().as_secs_f64() * 1_000.0);
            return report.fine(CHECK, format!("a record was filed and found after {took}: log_uid {id}"));
        }
        if started.elapsed() >= args.wait {
            let place = match store {
                // What keeps MongoDB from an answer is reported by other checks.
                Some(store) => place(store, &id, now).await.unwrap_or(Whereabouts::Unknown),
                None => Whereabouts::Unknown,
            };
            let waited = duration(args.wait.as_secs_f64() * 1_000.0);
            return not_found(deployment, &place, (stream, &waited, &id), report);
        }
        sleep(POLL).await;
    }
}

/// Where a record is that the API does not find.
enum Whereabouts {
    Filed,
    /// In the quarantine, with its reason and why.
    SetAside {
        reason: String,
        detail: String,
    },
    Unknown,
}

/// Looks for the record in its day, and in the quarantine.
async fn place(store: &Store, id: &str, put_at: EventTime) -> Result<Whereabouts, StoreError> {
    if store.has_transaction(Day::of(put_at), id).await? {
        return Ok(Whereabouts::Filed);
    }
    let since = IdRange::of_time(Some(put_at.before(CLOCKS_DIFFER)), None);
    let lookup = QuarantineLookup { ids: since, reasons: Vec::new(), max_time: MAX_TIME };
    let mut entries = pin!(store.quarantine_entries(&lookup, MAX_ENTRIES).await?);
    while let Some(entry) = entries.try_next().await? {
        if let Ok(entry) = entry.read()
            && entry.raw.windows(id.len()).any(|window| window == id.as_bytes())
        {
            let (reason, detail) = (entry.reason.to_owned(), entry.detail.to_owned());
            return Ok(Whereabouts::SetAside { reason, detail });
        }
    }
    Ok(Whereabouts::Unknown)
}

/// Reports a record that the API does not find.
fn not_found(
    deployment: &Deployment,
    place: &Whereabouts,
    (stream, waited, id): (&str, &str, &str),
    report: &mut Report,
) -> Result<(), Error> {
    let has_tenants = deployment.parameter("TenantClaim").is_some_and(|claim| !claim.is_empty());
    let put = format!("a record was put on the stream {stream}");
    match place {
        Whereabouts::Filed if has_tenants => {
            let what = format!(
                "{put} and is filed, but LOGBRAID_TOKEN does not see it: it has no tenant. With a token that has TenantAll, it is checked \
                 whether the record is found: log_uid {id}"
            );
            report.skipped(CHECK, what)
        }
        Whereabouts::Filed => {
            let what = format!("{put} and is filed, but the query API does not find it within {waited}: log_uid {id}");
            report.problem(CHECK, what, "the problems above say why; if there are none, the query function's log does")
        }
        Whereabouts::SetAside { reason, detail } => {
            let why = format!("{reason}: {detail}");
            let what = format!("{put} and is in the quarantine: {}: log_uid {id}", visible(&why));
            let todo = if reason == REFUSED_BY_MONGODB { REFUSED } else { SET_ASIDE };
            report.problem(CHECK, what, todo)
        }
        Whereabouts::Unknown => {
            let what = format!("{put} and not found within {waited}: log_uid {id}");
            let todo = "the problems above say why; if there are none, the ingest function's log does: docs/runbook.md#iterator-age";
            report.problem(CHECK, what, todo)
        }
    }
}

enum Put {
    Done,
    Denied,
    NoStream,
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
        Answer::Refused { code, .. } if code == "ResourceNotFoundException" => Put::NoStream,
        Answer::Refused { status, code, message } => Put::Failed(format!("status {status}: {code}: {message}")),
        Answer::None { message } => Put::Failed(message),
    })
}
