//! AWS Secrets Manager: one signed request at a cold start.
//!
//! <https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetSecretValue.html>.

use std::thread;
use std::time::{Duration, Instant};

use aws_sigv4::http_request::SigningSettings;
use serde_json::{Value, json};
use ureq::http::Request;

use crate::aws::{AskError, Service};
use crate::environment::{ConfigError, Environment};

const SERVICE: &str = "secretsmanager";
const TARGET: &str = "secretsmanager.GetSecretValue";
const CONTENT_TYPE: &str = "application/x-amz-json-1.1";
/// The time limit for all tries together.
const TIMEOUT: Duration = Duration::from_secs(8);
/// The pause before each try but the first.
const PAUSES: [Duration; 2] = [Duration::from_millis(200), Duration::from_millis(800)];

/// Secrets Manager.
#[derive(Debug)]
pub(crate) struct SecretsManager(Service);

impl SecretsManager {
    pub(crate) fn from_environment(env: &(impl Environment + ?Sized)) -> Result<Self, ConfigError> {
        Service::from_environment(env, SERVICE, SigningSettings::default()).map(Self)
    }

    /// Returns the text of a secret; `None` if it holds bytes. Blocks: a cold start has nothing else to do.
    pub(crate) fn secret_string(&self, arn: &str) -> Result<Option<String>, AskError> {
        let body = json!({ "SecretId": arn }).to_string();
        let give_up = Instant::now() + TIMEOUT;
        let mut pauses = PAUSES.into_iter();
        loop {
            let failure = match self.ask(&body, give_up) {
                Ok(answer) => return Ok(answer.get("SecretString").and_then(Value::as_str).map(str::to_owned)),
                Err(failure) => failure,
            };
            match pauses.next() {
                Some(pause) if failure.may_pass() && Instant::now() + pause < give_up => thread::sleep(pause),
                _ => return Err(failure),
            }
        }
    }

    fn ask(&self, body: &str, give_up: Instant) -> Result<Value, AskError> {
        let request = Request::post(self.0.endpoint())
            .header("content-type", CONTENT_TYPE)
            .header("x-amz-target", TARGET)
            .body(body.to_owned())
            .map_err(|source| AskError::Request { endpoint: self.0.endpoint().to_owned(), source: source.into() })?;
        let (status, text) = self.0.send(request, give_up.saturating_duration_since(Instant::now()))?;
        let content: Value = serde_json::from_str(&text).unwrap_or_default();
        if (200..300).contains(&status) {
            return Ok(content);
        }
        let said = |names: [&str; 2]| names.into_iter().find_map(|name| content.get(name)?.as_str());
        Err(AskError::Refused {
            service: "Secrets Manager",
            status,
            // Some endpoints answer with `prefix#Code`.
            code: said(["__type", "code"]).map_or("", |code| code.rsplit('#').next().unwrap_or(code)).to_owned(),
            message: said(["Message", "message"]).unwrap_or_default().to_owned(),
        })
    }
}

#[cfg(test)]
mod tests {
    use std::io::{BufRead, BufReader, Read, Write};
    use std::net::{TcpListener, TcpStream};
    use std::thread;

    use super::SecretsManager;

    /// Reads the lines of a request's head, and its body.
    fn read(stream: &TcpStream) -> (Vec<String>, String) {
        let mut reader = BufReader::new(stream);
        let head: Vec<String> =
            reader.by_ref().lines().map(Result::unwrap).take_while(|line| !line.is_empty()).collect();
        let length = head.iter().find_map(|line| line.to_lowercase().strip_prefix("content-length: ")?.parse().ok());
        let mut body = vec![0; length.unwrap()];
        reader.read_exact(&mut body).unwrap();
        (head, String::from_utf8(body).unwrap())
    }

    /// Asks a Secrets Manager with these answers. Returns the result and the last request. A status of 0 closes the
    /// connection.
    fn ask(answers: &'static [(u16, &'static str)]) -> (String, (Vec<String>, String)) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let server = thread::spawn(move || {
            let mut last = None;
            for (status, body) in answers {
                let (mut stream, _) = listener.accept().unwrap();
                last = Some(read(&stream));
                if *status > 0 {
                    let head =
                        format!("HTTP/1.1 {status} x\r\ncontent-length: {}\r\nconnection: close\r\n\r\n", body.len());
                    stream.write_all((head + body).as_bytes()).unwrap();
                }
            }
            last.unwrap()
        });
        let endpoint = format!("http://{address}");
        let env = [
            ("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE"),
            ("AWS_SECRET_ACCESS_KEY", "key"),
            ("AWS_SESSION_TOKEN", "token"),
            ("AWS_REGION", "eu-west-1"),
            ("AWS_ENDPOINT_URL", &endpoint),
        ];
        let answer = match SecretsManager::from_environment(env.as_slice()).unwrap().secret_string("arn:x") {
            Ok(secret) => format!("{secret:?}"),
            Err(error) => error.to_string(),
        };
        (answer, server.join().unwrap())
    }

    #[test]
    fn a_request_is_what_secrets_manager_expects() {
        let (_, (head, body)) = ask(&[(200, "{}")]);
        assert_eq!(body, r#"{"SecretId":"arn:x"}"#);
        assert_eq!(head[0], "POST / HTTP/1.1");
        let header = |name: &str| {
            let line = head.iter().find(|line| line.to_lowercase().starts_with(&format!("{name}:")));
            line.unwrap_or_else(|| panic!("{name} in {head:?}")).split_once(": ").unwrap().1
        };
        assert_eq!(header("x-amz-target"), "secretsmanager.GetSecretValue");
        assert_eq!(header("content-type"), "application/x-amz-json-1.1");
        assert_eq!(header("x-amz-security-token"), "token");
        let authorization = header("authorization");
        assert!(authorization.starts_with("AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/"), "{authorization}");
        assert!(authorization.contains("/eu-west-1/secretsmanager/aws4_request, SignedHeaders="), "{authorization}");
        assert!(authorization.contains("content-type;host;x-amz-date;"), "{authorization}");
    }

    #[test]
    fn an_answer_is_the_secret_or_the_reason() {
        fn check(answers: &'static [(u16, &'static str)], expect: &str) {
            assert_eq!(ask(answers).0, expect, "{answers:?}");
        }
        const SECRET: (u16, &str) = (200, r#"{"Name": "n", "SecretString": "mongodb://h/"}"#);
        check(&[SECRET], r#"Some("mongodb://h/")"#);
        check(&[(200, r#"{"SecretBinary": "AAAA"}"#)], "None");
        check(
            &[(400, r#"{"__type": "ResourceNotFoundException", "Message": "can't find the secret"}"#)],
            "Secrets Manager refused with status 400: ResourceNotFoundException: can't find the secret",
        );
        check(&[(403, "<html>")], "Secrets Manager refused with status 403: : ");
        // A temporary failure is tried again.
        check(&[(500, "{}"), SECRET], r#"Some("mongodb://h/")"#);
        check(&[(0, ""), SECRET], r#"Some("mongodb://h/")"#);
        check(&[(400, r#"{"__type": "ThrottlingException"}"#), (429, ""), SECRET], r#"Some("mongodb://h/")"#);
        check(
            &[(503, "{}"), (503, "{}"), (503, r#"{"__type": "a#B", "message": "c"}"#)],
            "Secrets Manager refused with status 503: B: c",
        );
    }
}
