//! Tests of the transport against a server of their own.

use jiff::Timestamp;

use super::{Kinesis, KinesisSettings, body, endpoint};
use crate::credentials::{CredentialError, CredentialSource, Credentials};
use crate::judge::{Answer, EntryResult};
use crate::test_server::{Received, TestServer};
use crate::worker::{Entry, Transport as _};

const OK: &str = r#"{"FailedRecordCount":0,"Records":[{"SequenceNumber":"1","ShardId":"s"}]}"#;

fn credentials() -> Credentials {
    Credentials {
        access_key_id: "AKIDEXAMPLE".to_owned(),
        secret_access_key: "key".to_owned(),
        session_token: Some("token".to_owned()),
        expires: None,
    }
}

fn kinesis(url: &str, credentials: impl CredentialSource + 'static) -> Kinesis {
    let settings = KinesisSettings {
        stream: "logs".to_owned(),
        region: "eu-west-1".to_owned(),
        endpoint_url: Some(url.to_owned()),
        ..KinesisSettings::default()
    };
    Kinesis::new(settings, Box::new(credentials)).unwrap()
}

/// Puts an entry on a stream that answers like this. Returns the answers and the requests.
fn put(answers: &[(u16, &'static str, &str)]) -> (Vec<Answer>, Vec<Received>) {
    let server =
        TestServer::start(answers.iter().map(|(status, head, body)| (*status, *head, (*body).to_owned())).collect());
    let kinesis = kinesis(&server.url, credentials());
    let answered = answers.iter().map(|_| kinesis.put(&[Entry { data: b"{}\n", key: "k" }])).collect();
    (answered, server.requests())
}

#[test]
fn a_request_is_what_kinesis_expects() {
    let (answers, requests) = put(&[(200, "", OK)]);
    assert_eq!(answers, [Answer::Results(vec![EntryResult::default()])]);
    let request = &requests[0];
    assert_eq!(request.line, "POST / HTTP/1.1");
    assert_eq!(request.body, r#"{"StreamName":"logs","Records":[{"Data":"e30K","PartitionKey":"k"}]}"#);
    assert_eq!(request.header("x-amz-target"), Some("Kinesis_20131202.PutRecords"));
    assert_eq!(request.header("content-type"), Some("application/x-amz-json-1.1"));
    assert_eq!(request.header("x-amz-security-token"), Some("token"));
    let authorization = request.header("authorization").unwrap();
    assert!(authorization.starts_with("AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/"), "{authorization}");
    let rest = "/eu-west-1/kinesis/aws4_request, \
                SignedHeaders=content-type;host;x-amz-date;x-amz-security-token;x-amz-target, Signature=";
    assert!(authorization.contains(rest), "{authorization}");
}

#[test]
fn a_failure_is_told() {
    fn check(answer: (u16, &'static str, &str), expect: &str) {
        let (answers, _) = put(&[answer]);
        let failure = answers[0].judge(1).failure.unwrap();
        assert!(failure.contains(expect), "{failure}");
    }
    check((0, "", ""), "does not answer");
    check((200, "", "<html>"), "the answer is not one of Kinesis");
    check(
        (400, "", r#"{"__type":"ResourceNotFoundException","message":"no stream"}"#),
        "400: ResourceNotFoundException: no stream",
    );
    check((503, "", ""), "503");
}

#[test]
fn a_clock_that_is_off_is_corrected() {
    const TOO_OLD: &str = r#"{"__type":"InvalidSignatureException","message":"Signature expired"}"#;
    let (_, requests) = put(&[(400, "date: Fri, 01 Jan 2100 00:00:10 GMT\r\n", TOO_OLD), (200, "", OK)]);
    assert!(requests[1].header("x-amz-date").unwrap().starts_with("21000101T0000"), "{requests:?}");
}

#[test]
fn credentials_that_were_refused_are_given_back() {
    struct Once;
    impl CredentialSource for Once {
        fn get(&self, _: Timestamp) -> Result<Credentials, CredentialError> {
            Ok(credentials())
        }
        fn refuse(&self, refused: &Credentials) {
            assert_ne!(refused, &credentials(), "refused");
        }
    }
    let server = TestServer::start(vec![(400, "", r#"{"__type":"ExpiredTokenException"}"#.to_owned())]);
    let kinesis = kinesis(&server.url, Once);
    let entries = [Entry { data: b"{}\n", key: "k" }];
    let refused = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| kinesis.put(&entries)));
    assert!(refused.is_err());
}

#[test]
fn without_credentials_nothing_is_asked() {
    struct Nobody;
    impl CredentialSource for Nobody {
        fn get(&self, _: Timestamp) -> Result<Credentials, CredentialError> {
            Err(CredentialError::NoSource)
        }
        fn refuse(&self, _: &Credentials) {}
    }
    let answer = kinesis("http://127.0.0.1:9", Nobody).put(&[]);
    assert!(matches!(answer, Answer::None { message } if message.starts_with("there are no credentials")));
}

#[test]
fn each_region_has_its_address_and_an_arn_is_named_as_one() {
    assert_eq!(endpoint("eu-west-1"), "https://kinesis.eu-west-1.amazonaws.com");
    assert_eq!(endpoint("cn-north-1"), "https://kinesis.cn-north-1.amazonaws.com.cn");
    assert_eq!(body("arn:aws:kinesis:x", &[]), r#"{"StreamARN":"arn:aws:kinesis:x","Records":[]}"#);
    for url in ["", "kinesis", "http://"] {
        let settings = KinesisSettings { endpoint_url: Some(url.to_owned()), ..KinesisSettings::default() };
        assert!(Kinesis::new(settings, Box::new(credentials())).is_err(), "{url}");
    }
}
