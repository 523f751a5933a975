//! Problem documents (RFC 9457) of the query API.

use std::fmt;

use reqwest::StatusCode;
use serde::Deserialize;

use crate::exit::Exit;
use crate::render::visible;

/// The prefix of the types that mean "nothing was found".
const UNKNOWN_PREFIX: &str = "/problems/unknown-";
/// The one type with this prefix that means something else.
const UNKNOWN_PATH: &str = "/problems/unknown-path";
/// The type for a parameter that cannot be used.
const BAD_PARAMETER: &str = "/problems/bad-parameter";

/// A problem document.
#[derive(Debug, Deserialize)]
pub struct Problem {
    #[serde(rename = "type")]
    name: String,
    title: String,
    status: u16,
    detail: Option<String>,
    allowed: Option<String>,
}

impl Problem {
    /// Returns the exit status for this problem.
    pub(super) fn exit(&self) -> Exit {
        match self.name.as_str() {
            UNKNOWN_PATH => Exit::Failed,
            BAD_PARAMETER => Exit::Usage,
            name if name.starts_with(UNKNOWN_PREFIX) => Exit::Nothing,
            _ => Exit::Failed,
        }
    }

    pub(crate) fn status(&self) -> StatusCode {
        StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.name == UNKNOWN_PATH {
            return out.write_str(
                "the query API does not know this path; is it older than this command, or does the address lack a path?",
            );
        }
        out.write_str(&visible(self.detail.as_ref().unwrap_or(&self.title)))?;
        match &self.allowed {
            Some(allowed) => write!(out, " Allowed: {}", visible(allowed)),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Problem;
    use crate::exit::Exit;

    #[test]
    fn a_problem_is_shown_as_its_detail() {
        fn check(json: &str, expect: &str, exit: Exit) {
            let problem: Problem = serde_json::from_str(json).unwrap();
            assert_eq!((problem.to_string().as_str(), problem.exit()), (expect, exit));
        }
        check(
            r#"{"type":"/problems/bad-parameter","title":"Bad parameter","status":400,"detail":"to is `x\u001b[2J`: no time.","parameter":"to","allowed":"RFC 3339"}"#,
            r"to is `x\x1b[2J`: no time. Allowed: RFC 3339",
            Exit::Usage,
        );
        check(
            r#"{"type":"/problems/unknown-transaction","title":"Unknown transaction","status":404,"detail":"No record has the log_uid `x`."}"#,
            "No record has the log_uid `x`.",
            Exit::Nothing,
        );
        check(r#"{"type":"/problems/internal","title":"Internal error","status":500}"#, "Internal error", Exit::Failed);
        check(
            r#"{"type":"/problems/unknown-path","title":"Unknown path","status":404,"detail":"There is nothing at `/days`."}"#,
            "the query API does not know this path; is it older than this command, or does the address lack a path?",
            Exit::Failed,
        );
    }
}
