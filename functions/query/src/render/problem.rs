//! Problem documents (RFC 9457): what a client gets instead of an answer.

use axum::http::StatusCode;
use serde::{Serialize, Serializer};

use super::Completeness;
use super::completeness::Searched;
use crate::request::BadParameter;

/// The kinds of problems.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Kind {
    /// There is no such path.
    UnknownPath,
    /// The path allows reading only.
    MethodNotAllowed,
    /// A parameter of the path or query string is wrong.
    BadParameter,
    /// It is not known whose records the request may see.
    NoTenant,
    /// It is about the records of all tenants.
    NotForTenants,
    /// No record has the uid.
    UnknownTransaction,
    /// No record has the id.
    UnknownRecord,
    /// No pin has the uid.
    UnknownPin,
    /// Pins are off.
    PinsOff,
    /// The transaction cannot be pinned as things are.
    CannotPin,
    /// The journal no longer has the cursor of a tail.
    CursorLost,
    /// Server-sent events are not available here.
    NoEvents,
    /// MongoDB does not answer.
    DatabaseAway,
    /// The answer takes too long.
    OutOfTime,
    /// A server error that another request does not avoid.
    Internal,
}

impl Kind {
    /// Returns its name, status and title. The name never changes: programs rely on it.
    fn facts(self) -> (&'static str, StatusCode, &'static str) {
        match self {
            Self::UnknownPath => ("/problems/unknown-path", StatusCode::NOT_FOUND, "Unknown path"),
            Self::MethodNotAllowed => {
                ("/problems/method-not-allowed", StatusCode::METHOD_NOT_ALLOWED, "Method not allowed")
            }
            Self::BadParameter => ("/problems/bad-parameter", StatusCode::BAD_REQUEST, "Bad parameter"),
            Self::NoTenant => ("/problems/no-tenant", StatusCode::FORBIDDEN, "No tenant"),
            Self::NotForTenants => ("/problems/not-for-tenants", StatusCode::FORBIDDEN, "Not for tenants"),
            Self::UnknownTransaction => ("/problems/unknown-transaction", StatusCode::NOT_FOUND, "Unknown transaction"),
            Self::UnknownRecord => ("/problems/unknown-record", StatusCode::NOT_FOUND, "Unknown record"),
            Self::UnknownPin => ("/problems/unknown-pin", StatusCode::NOT_FOUND, "Unknown pin"),
            Self::PinsOff => ("/problems/pins-off", StatusCode::FORBIDDEN, "Pins are off"),
            Self::CannotPin => ("/problems/cannot-pin", StatusCode::CONFLICT, "Cannot pin"),
            Self::CursorLost => ("/problems/place-lost", StatusCode::GONE, "Place lost"),
            Self::NoEvents => ("/problems/no-events", StatusCode::NOT_ACCEPTABLE, "No events"),
            Self::DatabaseAway => ("/problems/database-away", StatusCode::SERVICE_UNAVAILABLE, "Database away"),
            Self::OutOfTime => ("/problems/out-of-time", StatusCode::GATEWAY_TIMEOUT, "Out of time"),
            Self::Internal => ("/problems/internal", StatusCode::INTERNAL_SERVER_ERROR, "Internal error"),
        }
    }
}

/// A problem document (<https://www.rfc-editor.org/rfc/rfc9457>): `{type, title, status, detail}`, and `parameter, value,
/// allowed, suggestion, days, filed_until` where they help. Programs may rely on `type`, `status`, `parameter`, `days` and
/// `filed_until`. The rest is for people.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Problem {
    #[serde(rename = "type")]
    name: &'static str,
    title: &'static str,
    #[serde(serialize_with = "number")]
    status: StatusCode,
    /// What happened this time.
    detail: String,
    /// The wrong parameter: one of the query string, or `log_uid` of the path.
    #[serde(skip_serializing_if = "Option::is_none")]
    parameter: Option<String>,
    /// Its decoded value, cut if it is long.
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<String>,
    /// What is allowed instead.
    #[serde(skip_serializing_if = "Option::is_none")]
    allowed: Option<String>,
    /// What was probably meant.
    #[serde(skip_serializing_if = "Option::is_none")]
    suggestion: Option<&'static str>,
    /// Where it was looked for.
    #[serde(flatten)]
    searched: Option<Searched>,
}

impl Problem {
    /// Returns a problem with a sentence on this case.
    pub(crate) fn new(kind: Kind, detail: impl Into<String>) -> Self {
        let (name, status, title) = kind.facts();
        let detail = detail.into();
        Self {
            name,
            title,
            status,
            detail,
            parameter: None,
            value: None,
            allowed: None,
            suggestion: None,
            searched: None,
        }
    }

    /// Returns the problem of a wrong parameter.
    pub(crate) fn of_parameter(bad: &BadParameter) -> Self {
        let BadParameter { name, value, detail, allowed, suggestion } = bad.clone();
        let problem = Self::new(Kind::BadParameter, detail).with_allowed(allowed);
        Self { parameter: Some(name), value, suggestion, ..problem }
    }

    /// Adds what is allowed instead.
    pub(crate) fn with_allowed(self, allowed: impl Into<String>) -> Self {
        Self { allowed: Some(allowed.into()), ..self }
    }

    /// Adds the days that were looked at, and how far the shards are filed.
    pub(crate) fn with_searched(self, completeness: &Completeness) -> Self {
        Self { searched: Some(completeness.searched()), ..self }
    }

    pub(crate) fn status(&self) -> StatusCode {
        self.status
    }

    pub(crate) fn to_json(&self) -> Vec<u8> {
        // It has texts and a number only, which always serialise.
        serde_json::to_vec(self).unwrap_or_default()
    }
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde's signature")]
fn number<S: Serializer>(status: &StatusCode, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_u16(status.as_u16())
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;

    use super::{Kind, Problem};
    use crate::request::Parameters;

    fn text(problem: &Problem) -> String {
        String::from_utf8(problem.to_json()).unwrap()
    }

    #[test]
    fn a_problem_says_what_is_wrong_and_what_is_allowed() {
        let problem = Problem::new(Kind::UnknownPath, "There is nothing at `/x`.").with_allowed("/healthz");
        assert_snapshot!(text(&problem), @r#"{"type":"/problems/unknown-path","title":"Unknown path","status":404,"detail":"There is nothing at `/x`.","allowed":"/healthz"}"#);
        let bad = Parameters::parse(Some("form=x"), &["from", "to"]).unwrap_err();
        assert_snapshot!(text(&Problem::of_parameter(&bad)), @r#"{"type":"/problems/bad-parameter","title":"Bad parameter","status":400,"detail":"There is no parameter `form`. Did you mean `from`?","parameter":"form","allowed":"from, to","suggestion":"from"}"#);
        let bad = Parameters::parse(Some("to=%FF"), &["from", "to"]).unwrap_err();
        assert_snapshot!(text(&Problem::of_parameter(&bad)), @r#"{"type":"/problems/bad-parameter","title":"Bad parameter","status":400,"detail":"to is `%FF`: its percent-encoding is not UTF-8 text.","parameter":"to","value":"%FF","allowed":"UTF-8"}"#);
    }
}
