//! Request errors: the public problem document and the log message.

use std::time::Duration;

use axum::http::header::{ALLOW, CONTENT_TYPE, RETRY_AFTER};
use axum::http::{HeaderValue, Method, StatusCode};
use axum::response::sse::Event;
use axum::response::{IntoResponse, Response};
use bson::oid::ObjectId;
use record::Day;
use record::{EventTime, LogUid, RedactError};
use runtime::telemetry;
use store::{StoreError, StoreErrorKind};

use crate::paths::{self, TAIL};
use crate::render::{Completeness, Kind, Problem, Progress};
use crate::request::{BadParameter, NoTenant, shortened};

/// How many seconds a client waits before it tries again while MongoDB is away.
const RETRY_AFTER_SECONDS: HeaderValue = HeaderValue::from_static("5");
/// The methods of a path that is only read.
pub(crate) const READING: &str = "GET, HEAD";
/// The methods of the path of a pin.
pub(crate) const PINNING: &str = "GET, HEAD, PUT, DELETE";
const PROBLEM_JSON: HeaderValue = HeaderValue::from_static("application/problem+json");

/// A failed request. Displays as the message for the log; [`Self::problem`] is what the client sees.
#[derive(Debug, thiserror::Error)]
pub(crate) enum QueryError {
    /// There is no such path.
    #[error("nothing is at the path that was asked for")]
    UnknownPath {
        /// The path as the client sent it.
        path: String,
    },
    /// The path does not allow the method.
    #[error("a method was tried that is not allowed")]
    WrongMethod {
        /// The method.
        method: Method,
        /// What is allowed.
        allowed: &'static str,
    },
    /// A parameter of the request is wrong.
    #[error("the request has a bad parameter")]
    Parameter(#[source] BadParameter),
    /// It is not known whose records the request may see.
    #[error("a request names no tenant: {}", .0.detail())]
    NoTenant(NoTenant),
    /// What is asked for is that of all tenants together.
    #[error("a tenant asked for what is that of all")]
    NotForTenants,
    /// No record has the uid.
    #[error("no record has the uid that was asked for")]
    UnknownTransaction {
        /// The uid.
        uid: LogUid,
        /// The searched days, in order.
        days: Vec<Day>,
        /// How far the shards were filed before the search; `None` for a tenant, who is not told of the days either.
        progress: Option<Progress>,
        /// Whether the request left out days or records.
        is_narrowed: bool,
    },
    /// No record has the id.
    #[error("no record has the id that was asked for")]
    UnknownRecord {
        /// The id.
        id: ObjectId,
    },
    /// No pin has the uid.
    #[error("no pin has the uid that was asked for")]
    UnknownPin {
        /// The uid.
        uid: LogUid,
    },
    /// Pins are off.
    #[error("pins are off")]
    PinsOff,
    /// There are too many pins, or the transaction is too large.
    #[error("a transaction cannot be pinned: {why}")]
    CannotPin {
        /// Why.
        why: String,
    },
    /// The store could not be read.
    #[error("the records cannot be read")]
    Store(#[source] StoreError),
    /// The answer took too long.
    #[error("there was no answer within {}", seconds(*limit))]
    OutOfTime {
        /// The time limit.
        limit: Duration,
    },
    /// MongoDB did not answer the health check in time.
    #[error("MongoDB did not answer within {}", seconds(*limit))]
    NoPing {
        /// The time limit.
        limit: Duration,
    },
    /// The journal no longer has the place where a tail wants to continue.
    #[error("the place to go on from is no longer in the journal of filing")]
    CursorLost {
        /// The entry of that place.
        entry: Option<ObjectId>,
    },
    /// The client wants server-sent events, but Lambda returns answers whole.
    #[error("server-sent events are asked for where there are none")]
    NoEvents,
    /// The masking of secrets cannot be set up.
    #[error("secrets cannot be masked")]
    Redactor(#[source] RedactError),
    /// A stored record is not valid BSON.
    #[error("the record {id} cannot be rendered")]
    Render {
        /// Its id.
        id: ObjectId,
        /// Why.
        #[source]
        source: serde_json::Error,
    },
    /// The fields around the records cannot be rendered.
    #[error("the answer cannot be rendered")]
    Summary(#[source] serde_json::Error),
}

/// Marks an answer to a request that failed since MongoDB is away, or refuses the user or the password.
#[derive(Clone, Copy, Debug)]
pub(crate) struct MongoDbOutOfReach;

impl QueryError {
    /// Whether a time limit was reached.
    pub(crate) fn is_out_of_time(&self) -> bool {
        match self {
            Self::OutOfTime { .. } => true,
            Self::Store(error) => error.kind() == StoreErrorKind::OutOfTime,
            _ => false,
        }
    }

    /// Returns the problem document for the client.
    fn problem(&self) -> Problem {
        match self {
            Self::UnknownPath { path } => {
                let detail = format!("There is nothing at `{}`.", shortened(path));
                Problem::new(Kind::UnknownPath, detail).with_allowed(paths::ALL.join(", "))
            }
            Self::WrongMethod { method, allowed } => {
                let detail = format!("{} is not allowed here.", shortened(method.as_str()));
                Problem::new(Kind::MethodNotAllowed, detail).with_allowed(*allowed)
            }
            Self::Parameter(bad) => Problem::of_parameter(bad),
            Self::NoTenant(why) => Problem::new(Kind::NoTenant, why.detail()),
            Self::NotForTenants => {
                Problem::new(Kind::NotForTenants, "This is about the records of all tenants, so no tenant sees it.")
            }
            Self::UnknownTransaction { uid, days, progress, is_narrowed } => {
                let part = if *is_narrowed { " as asked for" } else { "" };
                let Some(progress) = progress else {
                    return Problem::new(Kind::UnknownTransaction, format!("No record{part} has the log_uid `{uid}`."));
                };
                let detail = format!("No record{part} has the log_uid `{uid}`: {}.", looked_at(days));
                Problem::new(Kind::UnknownTransaction, detail).with_searched(&Completeness::new(days, Some(progress)))
            }
            Self::Store(error) => match error.kind() {
                StoreErrorKind::BadRegex => Problem::of_parameter(&BadParameter::regex()),
                // A password that was changed is fetched again: the next request may find MongoDB.
                StoreErrorKind::Unavailable | StoreErrorKind::NotAuthenticated => failed(Kind::DatabaseAway),
                StoreErrorKind::OutOfTime => failed(Kind::OutOfTime),
                StoreErrorKind::Other => failed(Kind::Internal),
            },
            Self::UnknownPin { uid } => Problem::new(Kind::UnknownPin, format!("`{uid}` is not pinned.")),
            Self::PinsOff => {
                let detail =
                    "This API takes no pins. Without authorization they are off, so that nobody fills the database.";
                Problem::new(Kind::PinsOff, detail).with_allowed("the setting Pins=on (LOGBRAID_PINS)")
            }
            Self::CannotPin { why } => Problem::new(Kind::CannotPin, why.clone()),
            Self::UnknownRecord { id } => Problem::new(Kind::UnknownRecord, format!("No record has the id `{id}`.")),
            Self::CursorLost { entry } => {
                let detail =
                    "The cursor in `after` is older than the journal, which keeps about the last million records.";
                let since = entry.and_then(entry_time).map(|time| format!("/logs?from={time}")).unwrap_or_default();
                let allowed = format!("{TAIL} without `after`; {since} for what was logged since");
                Problem::new(Kind::CursorLost, detail).with_allowed(allowed)
            }
            Self::NoEvents => {
                let detail = "Lambda returns an answer as a whole, so it has no server-sent events. Ask for JSON and continue with `next`.";
                Problem::new(Kind::NoEvents, detail).with_allowed("application/json, application/x-ndjson, text/plain")
            }
            Self::OutOfTime { .. } => failed(Kind::OutOfTime),
            Self::NoPing { .. } => failed(Kind::DatabaseAway),
            Self::Redactor(_) | Self::Render { .. } | Self::Summary(_) => failed(Kind::Internal),
        }
    }
}

/// Returns the time at which a journal entry was written, to the second.
fn entry_time(entry: ObjectId) -> Option<EventTime> {
    EventTime::from_millis(entry.timestamp().timestamp_millis())
}

impl QueryError {
    /// Returns the problem document, and logs a server error. The client learns nothing about internals.
    fn tell(&self) -> Problem {
        let problem = self.problem();
        if problem.status().is_server_error() {
            tracing::error!(error = telemetry::chain(self), status = problem.status().as_u16(), "a request failed");
        }
        problem
    }

    /// Returns the last event of a failed stream.
    pub(crate) fn to_event(&self) -> Event {
        let json = self.tell().to_json();
        Event::default().event("problem").data(String::from_utf8_lossy(&json))
    }
}

impl IntoResponse for QueryError {
    fn into_response(self) -> Response {
        let problem = self.tell();
        let status = problem.status();
        let allowed = match &self {
            Self::WrongMethod { allowed, .. } => Some(*allowed),
            _ => None,
        };
        let mut response = (status, problem.to_json()).into_response();
        if matches!(&self, Self::NoPing { .. }) || matches!(&self, Self::Store(error) if error.is_of_address()) {
            response.extensions_mut().insert(MongoDbOutOfReach);
        }
        response.headers_mut().insert(CONTENT_TYPE, PROBLEM_JSON);
        if let Some(allowed) = allowed {
            response.headers_mut().insert(ALLOW, HeaderValue::from_static(allowed));
        }
        if status == StatusCode::SERVICE_UNAVAILABLE {
            response.headers_mut().insert(RETRY_AFTER, RETRY_AFTER_SECONDS);
        }
        response
    }
}

/// Returns the problem document of a server error: it only says what the client can do.
fn failed(kind: Kind) -> Problem {
    let detail = match kind {
        Kind::DatabaseAway => "The database does not answer. Nothing is lost. Ask again in a few seconds.",
        Kind::OutOfTime => "The answer took too long. Ask for a shorter time range with `from` and `to`.",
        _ => "An internal error occurred. The function's log has the details.",
    };
    Problem::new(kind, detail)
}

fn looked_at(days: &[Day]) -> String {
    match days {
        [] => "there is no day to look at".to_owned(),
        [day] => format!("looked at 1 day, {day}"),
        [first, .., last] => format!("looked at {} days, {first} to {last}", days.len()),
    }
}

fn seconds(limit: Duration) -> String {
    format!("{} s", limit.as_secs())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use axum::http::Method;
    use record::LogUid;

    use super::{QueryError, READING};
    use crate::test_records::progress;

    fn told(error: &QueryError) -> (u16, String) {
        let problem = error.problem();
        (
            problem.status().as_u16(),
            serde_json::from_slice::<serde_json::Value>(&problem.to_json()).unwrap()["detail"].to_string(),
        )
    }

    #[test]
    fn an_unknown_transaction_says_where_it_was_looked_for() {
        fn check(days: &[&str], is_narrowed: bool, expect: &str) {
            let days = days.iter().map(|day| day.parse().unwrap()).collect();
            let uid = LogUid::parse("x").unwrap();
            let error = QueryError::UnknownTransaction { uid, days, progress: Some(progress()), is_narrowed };
            assert_eq!(told(&error), (404, format!("\"{expect}\"")));
        }
        check(&[], false, "No record has the log_uid `x`: there is no day to look at.");
        check(&["2026-11-20"], true, "No record as asked for has the log_uid `x`: looked at 1 day, 2026-11-20.");
        check(
            &["2026-11-18", "2026-11-19", "2026-11-20"],
            false,
            "No record has the log_uid `x`: looked at 3 days, 2026-11-18 to 2026-11-20.",
        );
    }

    #[test]
    fn every_error_has_its_status() {
        fn check(error: &QueryError, expect: u16) {
            assert_eq!(told(error).0, expect, "{error}");
        }
        let limit = Duration::from_secs(1);
        check(&QueryError::UnknownPath { path: "/x".to_owned() }, 404);
        check(&QueryError::WrongMethod { method: Method::POST, allowed: READING }, 405);
        check(&QueryError::OutOfTime { limit }, 504);
        check(&QueryError::NoPing { limit }, 503);
    }
}
