//! AWS Secrets Manager, as far as a cold start needs it: one signed request.
//!
//! <https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetSecretValue.html>. AWS's own client would bring
//! a second HTTP stack for it.

use std::thread;
use std::time::{Duration, Instant, SystemTime};

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4::SigningParams;
use serde_json::{Value, json};
use ureq::Agent;
use ureq::http::{HeaderValue, Request};

use crate::environment::{ConfigError, Environment};

const SERVICE: &str = "secretsmanager";
const TARGET: &str = "secretsmanager.GetSecretValue";
const CONTENT_TYPE: &str = "application/x-amz-json-1.1";
/// How long a cold start waits, all tries together.
const TIMEOUT: Duration = Duration::from_secs(8);
/// What is waited before each try but the first.
const PAUSES: [Duration; 2] = [Duration::from_millis(200), Duration::from_millis(800)];
/// Domains other than `amazonaws.com`, by what their regions begin with.
const DOMAINS: [(&str, &str); 2] = [("cn-", "amazonaws.com.cn"), ("eusc-", "amazonaws.eu")];

/// Why a secret could not be had.
#[derive(Debug, thiserror::Error)]
pub enum AskError {
    /// No request can be made of the address and the credentials.
    #[error("cannot make a signed request to {endpoint}")]
    Request {
        /// The address.
        endpoint: String,
        /// Why.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// No answer.
    #[error("{endpoint} does not answer")]
    NoAnswer {
        /// The address.
        endpoint: String,
        /// Why.
        #[source]
        source: ureq::Error,
    },
    /// Secrets Manager refused.
    #[error("Secrets Manager refused with status {status}: {code}: {message}")]
    Refused {
        /// The HTTP status.
        status: u16,
        /// AWS's code for the reason.
        code: String,
        /// The reason.
        message: String,
    },
}

impl AskError {
    /// Whether it may pass, as AWS's own clients see it.
    fn may_pass(&self) -> bool {
        match self {
            Self::Request { .. } => false,
            Self::NoAnswer { .. } => true,
            Self::Refused { status, code, .. } => *status >= 500 || *status == 429 || code.starts_with("Throttling"),
        }
    }
}

/// Secrets Manager as Lambda's environment describes it:
/// <https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html>.
pub(crate) struct SecretsManager {
    credentials: Credentials,
    region: String,
    endpoint: String,
}

impl SecretsManager {
    pub(crate) fn from_environment(env: &(impl Environment + ?Sized)) -> Result<Self, ConfigError> {
        let need = |name| env.get(name).ok_or(ConfigError::Missing { name, expected: "what Lambda sets" });
        let (key_id, key) = (need("AWS_ACCESS_KEY_ID")?, need("AWS_SECRET_ACCESS_KEY")?);
        let credentials = Credentials::new(key_id, key, env.get("AWS_SESSION_TOKEN"), None, "environment");
        let region = need("AWS_REGION")?;
        // Set where another endpoint stands in for AWS's, as on a local stack.
        let endpoint = env.get("AWS_ENDPOINT_URL").unwrap_or_else(|| endpoint(&region));
        Ok(Self { credentials, region, endpoint })
    }

    /// The text of a secret; `None` if it holds bytes. Blocks: a cold start has nothing else to do.
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
        let no_answer = |source| AskError::NoAnswer { endpoint: self.endpoint.clone(), source };
        let request =
            self.request(body).map_err(|source| AskError::Request { endpoint: self.endpoint.clone(), source })?;
        let agent = Agent::config_builder()
            .http_status_as_error(false)
            // No variable of the environment says where a signed request goes.
            .proxy(None)
            .timeout_global(Some(give_up.saturating_duration_since(Instant::now())))
            .build()
            .new_agent();
        let mut answer = agent.run(request).map_err(no_answer)?;
        let text = answer.body_mut().read_to_string().map_err(no_answer)?;
        let content: Value = serde_json::from_str(&text).unwrap_or_default();
        if answer.status().is_success() {
            return Ok(content);
        }
        let said = |names: [&str; 2]| names.into_iter().find_map(|name| content.get(name)?.as_str());
        Err(AskError::Refused {
            status: answer.status().as_u16(),
            // `prefix#Code` from some endpoints.
            code: said(["__type", "code"]).map_or("", |code| code.rsplit('#').next().unwrap_or(code)).to_owned(),
            message: said(["Message", "message"]).unwrap_or_default().to_owned(),
        })
    }

    fn request(&self, body: &str) -> Result<Request<String>, Box<dyn std::error::Error + Send + Sync>> {
        let mut request = Request::post(&self.endpoint).body(body.to_owned())?;
        let headers = [("content-type", CONTENT_TYPE), ("x-amz-target", TARGET)];
        for (name, value) in headers {
            request.headers_mut().insert(name, HeaderValue::from_static(value));
        }
        let identity = self.credentials.clone().into();
        let params = SigningParams::builder()
            .identity(&identity)
            .region(&self.region)
            .name(SERVICE)
            .time(SystemTime::now())
            .settings(SigningSettings::default())
            .build()?
            .into();
        let uri = request.uri().to_string();
        let signable = SignableRequest::new("POST", uri, headers.into_iter(), SignableBody::Bytes(body.as_bytes()))?;
        sign(signable, &params)?.into_parts().0.apply_to_request_http1x(&mut request);
        Ok(request)
    }
}

fn endpoint(region: &str) -> String {
    let domain =
        DOMAINS.iter().find(|(prefix, _)| region.starts_with(prefix)).map_or("amazonaws.com", |(_, name)| name);
    format!("https://{SERVICE}.{region}.{domain}")
}

#[cfg(test)]
mod tests {
    use std::io::{BufRead, BufReader, Read, Write};
    use std::net::{TcpListener, TcpStream};
    use std::thread;

    use super::{SecretsManager, endpoint};

    /// The lines of a request's head, and its body.
    fn read(stream: &TcpStream) -> (Vec<String>, String) {
        let mut reader = BufReader::new(stream);
        let head: Vec<String> =
            reader.by_ref().lines().map(Result::unwrap).take_while(|line| !line.is_empty()).collect();
        let length = head.iter().find_map(|line| line.to_lowercase().strip_prefix("content-length: ")?.parse().ok());
        let mut body = vec![0; length.unwrap()];
        reader.read_exact(&mut body).unwrap();
        (head, String::from_utf8(body).unwrap())
    }

    /// What asking gives when Secrets Manager answers so, and the last request. A status of 0 hangs up.
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
        // What may pass is asked again.
        check(&[(500, "{}"), SECRET], r#"Some("mongodb://h/")"#);
        check(&[(0, ""), SECRET], r#"Some("mongodb://h/")"#);
        check(&[(400, r#"{"__type": "ThrottlingException"}"#), (429, ""), SECRET], r#"Some("mongodb://h/")"#);
        check(
            &[(503, "{}"), (503, "{}"), (503, r#"{"__type": "a#B", "message": "c"}"#)],
            "Secrets Manager refused with status 503: B: c",
        );
    }

    #[test]
    fn each_region_has_its_address() {
        fn check(region: &str, expect: &str) {
            assert_eq!(endpoint(region), expect);
        }
        check("eu-west-1", "https://secretsmanager.eu-west-1.amazonaws.com");
        check("us-gov-west-1", "https://secretsmanager.us-gov-west-1.amazonaws.com");
        check("cn-north-1", "https://secretsmanager.cn-north-1.amazonaws.com.cn");
        check("eusc-de-east-1", "https://secretsmanager.eusc-de-east-1.amazonaws.eu");
    }
}
