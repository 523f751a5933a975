//! What an answer of Kinesis means. Pure.

use serde::Deserialize;

use crate::buffer::Fate;

/// Codes of a shard that has too much.
const THROTTLED_CODES: [&str; 2] = ["ProvisionedThroughputExceededException", "KMSThrottlingException"];
/// Codes of a request that Kinesis will never take.
const INVALID_CODES: [&str; 3] = ["InvalidArgumentException", "SerializationException", "ValidationException"];
/// Codes of credentials that are old or wrong.
const CREDENTIAL_CODES: [&str; 7] = [
    "AccessDeniedException",
    "ExpiredTokenException",
    "IncompleteSignatureException",
    "InvalidClientTokenId",
    "InvalidSignatureException",
    "MissingAuthenticationTokenException",
    "UnrecognizedClientException",
];
/// The longest part of an answer that is no answer of Kinesis in a message.
const MAX_EXCERPT_CHARS: usize = 200;

/// What a transport got.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Answer {
    /// A result for each entry, in their order.
    Results(Vec<EntryResult>),
    /// Kinesis refused the whole request.
    Refused {
        /// The HTTP status.
        status: u16,
        /// AWS's code for the reason.
        code: String,
        /// The reason.
        message: String,
    },
    /// There is no answer, or no request could be made.
    None {
        /// Why.
        message: String,
    },
}

/// The result of one entry: none, or why it failed.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "PascalCase")]
pub struct EntryResult {
    /// AWS's code for the failure.
    pub error_code: Option<String>,
    /// The reason.
    pub error_message: Option<String>,
}

/// What an answer means for the entries of its request.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Judgement {
    /// A fate for each entry.
    pub fates: Vec<Fate>,
    /// The failure in words, if there is one.
    pub failure: Option<String>,
    /// Whether new credentials may help.
    pub credentials_failed: bool,
}

impl Answer {
    /// Reads the body of an HTTP response to `PutRecords`.
    #[must_use]
    pub fn read(status: u16, body: &[u8]) -> Self {
        #[derive(Deserialize)]
        struct Results {
            #[serde(rename = "Records")]
            records: Vec<EntryResult>,
        }
        #[derive(Default, Deserialize)]
        struct Refusal {
            #[serde(rename = "__type", alias = "code")]
            code: Option<String>,
            #[serde(alias = "Message")]
            message: Option<String>,
        }
        if status == 200 {
            return match serde_json::from_slice::<Results>(body) {
                Ok(results) => Self::Results(results.records),
                Err(error) => Self::None { message: format!("the answer is not one of Kinesis: {error}") },
            };
        }
        let refusal: Refusal = serde_json::from_slice(body).unwrap_or_default();
        // Some endpoints answer with `prefix#Code`.
        let code = refusal.code.unwrap_or_default();
        let code = code.rsplit('#').next().unwrap_or_default().to_owned();
        let message = refusal
            .message
            .unwrap_or_else(|| String::from_utf8_lossy(body).trim().chars().take(MAX_EXCERPT_CHARS).collect());
        Self::Refused { status, code, message }
    }

    /// Judges the answer to a request with so many entries.
    #[must_use]
    pub fn judge(&self, entries: usize) -> Judgement {
        let all = |fate| vec![fate; entries];
        match self {
            Self::Results(results) => {
                // An entry without a result was not stored.
                let results = results.iter().map(Some).chain(std::iter::repeat(None)).take(entries);
                let fates = results.clone().map(|result| result.map_or(Fate::Again, EntryResult::fate)).collect();
                let failed = results.filter(|result| result.is_none_or(|result| result.error_code.is_some()));
                let failed: Vec<_> = failed.collect();
                let failure = failed.first().map(|first| {
                    let (code, message) = first.map_or(("no result", ""), EntryResult::words);
                    format!("{} of {entries} Kinesis records failed: {}", failed.len(), joined(code, message))
                });
                Judgement { fates, failure, credentials_failed: false }
            }
            Self::Refused { status, code, message } => {
                let is_invalid = INVALID_CODES.contains(&code.as_str()) || *status == 413;
                Judgement {
                    fates: all(if is_invalid { Fate::Invalid } else { Fate::Again }),
                    failure: Some(format!("Kinesis refused with status {status}: {}", joined(code, message))),
                    credentials_failed: CREDENTIAL_CODES.contains(&code.as_str()) || *status == 403,
                }
            }
            Self::None { message } => {
                Judgement { fates: all(Fate::Again), failure: Some(message.clone()), credentials_failed: false }
            }
        }
    }
}

impl EntryResult {
    fn fate(&self) -> Fate {
        match self.error_code.as_deref() {
            None => Fate::Stored,
            Some(code) if THROTTLED_CODES.contains(&code) => Fate::Throttled,
            Some(_) => Fate::Again,
        }
    }

    fn words(&self) -> (&str, &str) {
        (self.error_code.as_deref().unwrap_or_default(), self.error_message.as_deref().unwrap_or_default())
    }
}

fn joined(code: &str, message: &str) -> String {
    match (code, message) {
        ("", message) => message.to_owned(),
        (code, "") => code.to_owned(),
        (code, message) => format!("{code}: {message}"),
    }
}

#[cfg(test)]
mod tests {
    use super::Answer;
    use crate::buffer::Fate::{Again, Invalid, Stored, Throttled};

    #[test]
    fn an_answer_decides_what_is_sent_again() {
        fn check(status: u16, body: &str, fates: [crate::buffer::Fate; 3], failure: &str, credentials_failed: bool) {
            let judgement = Answer::read(status, body.as_bytes()).judge(3);
            assert_eq!(judgement.fates, fates, "{body}");
            assert_eq!(judgement.failure.unwrap_or_default(), failure, "{body}");
            assert_eq!(judgement.credentials_failed, credentials_failed, "{body}");
        }
        const OK: &str = r#"{"SequenceNumber":"1","ShardId":"s"}"#;
        check(200, &format!(r#"{{"FailedRecordCount":0,"Records":[{OK},{OK},{OK}]}}"#), [Stored; 3], "", false);
        check(
            200,
            &format!(
                r#"{{"Records":[{OK},{{"ErrorCode":"ProvisionedThroughputExceededException","ErrorMessage":"Rate exceeded"}},{{"ErrorCode":"InternalFailure"}}]}}"#
            ),
            [Stored, Throttled, Again],
            "2 of 3 Kinesis records failed: ProvisionedThroughputExceededException: Rate exceeded",
            false,
        );
        check(
            200,
            &format!(r#"{{"Records":[{OK}]}}"#),
            [Stored, Again, Again],
            "2 of 3 Kinesis records failed: no result",
            false,
        );
        let not_kinesis = "the answer is not one of Kinesis: EOF while parsing a value at line 1 column 0";
        check(200, "", [Again; 3], not_kinesis, false);
        check(
            400,
            r#"{"__type":"com.amazonaws.kinesis#ResourceNotFoundException","message":"Stream x not found."}"#,
            [Again; 3],
            "Kinesis refused with status 400: ResourceNotFoundException: Stream x not found.",
            false,
        );
        check(
            400,
            r#"{"__type":"ExpiredTokenException","Message":"expired"}"#,
            [Again; 3],
            "Kinesis refused with status 400: ExpiredTokenException: expired",
            true,
        );
        check(
            400,
            r#"{"__type":"ValidationException"}"#,
            [Invalid; 3],
            &format!("Kinesis refused with status 400: ValidationException: {}", r#"{"__type":"ValidationException"}"#),
            false,
        );
        check(503, "<html> away </html>\n", [Again; 3], "Kinesis refused with status 503: <html> away </html>", false);
    }
}
