//! The on-failure bucket, in which Lambda puts the batches that it gave up.
//!
//! <https://docs.aws.amazon.com/lambda/latest/dg/kinesis-on-failure-destination.html>, and
//! <https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html>.

use std::ops::Range;
use std::time::Duration;

use record::EventTime;
use ureq::http::Request;
use uuid::Uuid;

use crate::aws::{AskError, Service};
use crate::environment::{ConfigError, Environment};
use crate::s3::{bucket_name, bucket_service, refusal};
use crate::xml::elements;

const BUCKET: &str = "LOGBRAID_FAILED_BUCKET";
/// The beginning of the keys of batches that Lambda gave up, percent-encoded.
const KEY_PREFIX: &str = "aws%2Flambda%2F";
/// The most objects of a list: one page of S3.
const MAX_KEYS: usize = 1_000;
/// The time limit for a list.
const LIST_TIMEOUT: Duration = Duration::from_secs(1);
/// The oldest that a record may be when Lambda gives it up (`MaximumRecordAgeInSeconds`): 7 days.
const MAX_RECORD_AGE_US: i64 = 7 * 24 * 60 * 60 * 1_000_000;
/// The length of a UUID with hyphens. `Uuid` parses other forms, too.
const UUID_CHARS: usize = 36;

/// The bucket.
#[derive(Debug)]
pub struct FailedBucket {
    service: Service,
}

/// The batches in the bucket.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct FailedBatches {
    /// When Lambda gave up each batch.
    given_up: Vec<EventTime>,
    /// Whether the bucket has more batches than were listed.
    is_cut: bool,
}

impl FailedBucket {
    /// Reads the name of the bucket (`LOGBRAID_FAILED_BUCKET`); `None` if it is not set.
    pub fn from_environment(env: &(impl Environment + ?Sized)) -> Result<Option<Self>, ConfigError> {
        let Some(bucket) = Self::name_from_environment(env)? else { return Ok(None) };
        Ok(Some(Self { service: bucket_service(env, &bucket)? }))
    }

    /// Reads only the name. It needs no credentials and no region.
    pub fn name_from_environment(env: &(impl Environment + ?Sized)) -> Result<Option<String>, ConfigError> {
        bucket_name(env, BUCKET)
    }

    /// Lists the batches in the bucket. Blocks.
    pub fn list(&self) -> Result<FailedBatches, AskError> {
        let endpoint = self.service.endpoint();
        let request = Request::get(format!("{endpoint}?list-type=2&max-keys={MAX_KEYS}&prefix={KEY_PREFIX}"))
            .body(String::new())
            .map_err(|source| AskError::Request { endpoint: endpoint.to_owned(), source: source.into() })?;
        let (status, text) = self.service.send(request, LIST_TIMEOUT)?;
        if status == 200 {
            return Ok(FailedBatches::read(&text));
        }
        Err(refusal(status, &text))
    }
}

impl FailedBatches {
    fn read(list: &str) -> Self {
        Self {
            given_up: elements(list, "Key").filter_map(given_up_at).collect(),
            is_cut: elements(list, "IsTruncated").next() == Some("true"),
        }
    }

    /// Counts the batches that may hold records with an arrival in the range. Counts every batch if the list was cut.
    #[must_use]
    pub fn count(&self, arrived: &Range<EventTime>) -> u64 {
        let may_hold = |given_up: &&EventTime| {
            **given_up >= arrived.start && given_up.micros() - MAX_RECORD_AGE_US <= arrived.end.micros()
        };
        let count = self.given_up.iter().filter(|given_up| self.is_cut || may_hold(given_up)).count();
        count as u64
    }
}

/// Returns when Lambda gave up the batch under a key:
/// `aws/lambda/<mapping>/<shard>/YYYY/MM/DD/YYYY-MM-DDTHH.MM.SS-<uuid>`. A prefix before it is allowed, for copies. Returns
/// `None` for any other key.
#[must_use]
pub fn given_up_at(key: &str) -> Option<EventTime> {
    let mut parts = key.rsplit('/');
    let mut part = || parts.next().unwrap_or_default();
    let (name, day, month, year, shard, mapping) = (part(), part(), part(), part(), part(), part());
    let place = (part(), part());
    let date = format!("{year}-{month}-{day}");
    let (time, uuid) = name.strip_prefix(&date)?.strip_prefix('T')?.split_once('-')?;
    let is_key = place == ("lambda", "aws") && shard.starts_with("shardId-") && is_uuid(mapping) && is_uuid(uuid);
    is_key.then(|| EventTime::from_rfc3339(&format!("{date}T{}Z", time.replace('.', ":"))))?
}

fn is_uuid(text: &str) -> bool {
    text.len() == UUID_CHARS && Uuid::try_parse(text).is_ok()
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;
    use std::time::{Duration, SystemTime};

    use record::EventTime;
    use ureq::http::Request;

    use super::{FailedBatches, FailedBucket, given_up_at};
    use crate::aws::Service;
    use crate::s3::{SERVICE, signing_settings};

    const UUID: &str = "5b1f0f1c-8d0a-4a53-9d0a-6b7c8d9e0f10";

    fn key(day: &str, time: &str) -> String {
        let path = day.replace('-', "/");
        format!("aws/lambda/{UUID}/shardId-000000000000/{path}/{day}T{time}-{UUID}")
    }

    #[test]
    fn a_key_says_when_its_batch_was_given_up() {
        fn check(key: &str, expect: Option<&str>) {
            let given_up = given_up_at(key).map(|time| time.to_string());
            assert_eq!(given_up.as_deref(), expect, "{key}");
        }
        let at = Some("2026-11-20T08:35:39.000000Z");
        let shard = "shardId-000000000000";
        let name = format!("2026-11-20T08.35.39-{UUID}");
        check(&key("2026-11-20", "08.35.39"), at);
        check(&format!("copied/to/{}", key("2026-11-20", "08.35.39")), at);
        check(&key("2026-11-20", "08.61.39"), None);
        check(&format!("aws/lambda/async/query/2026/11/20/{name}"), None);
        check(&format!("aws/lambda/{UUID}/{shard}/2026/11/21/{name}"), None);
        check(&format!("aws/lambda/{UUID}/{shard}/2026/11/20/{name}.json"), None);
        check(&format!("aws/lambda/{UUID}/orders/2026/11/20/{name}"), None);
        check(&format!("{UUID}/{shard}/2026/11/20/{name}"), None);
        check("aws/lambda/readme.txt", None);
        check("", None);
    }

    #[test]
    fn batches_count_whose_records_may_have_arrived_then() {
        fn check(is_cut: bool, keys: &[String], arrived: [&str; 2], expect: u64) {
            let mut list = "<?xml version=\"1.0\"?><ListBucketResult>".to_owned();
            for key in keys {
                write!(list, "<Contents><Key>{key}</Key><Size>1</Size></Contents>").unwrap();
            }
            write!(list, "<IsTruncated>{is_cut}</IsTruncated></ListBucketResult>").unwrap();
            let [start, end] = arrived.map(|time| EventTime::from_rfc3339(time).unwrap());
            assert_eq!(FailedBatches::read(&list).count(&(start..end)), expect, "{keys:?} {arrived:?}");
        }
        let batches = [key("2026-11-20", "08.00.00"), "aws/lambda/README".to_owned(), key("2026-11-27", "12.00.00")];
        let check_all = |arrived, expect| check(false, &batches, arrived, expect);
        check_all(["2026-11-20T07:00:00Z", "2026-11-20T08:00:00Z"], 1);
        check_all(["2026-11-20T07:00:00Z", "2026-11-20T12:00:00Z"], 2);
        check_all(["2026-11-20T08:00:01Z", "2026-11-20T09:00:00Z"], 0);
        check_all(["2026-11-12T00:00:00Z", "2026-11-13T07:59:59Z"], 0);
        check_all(["2026-11-27T12:00:01Z", "2026-11-28T00:00:00Z"], 0);
        check(false, &[], ["2026-11-20T07:00:00Z", "2026-11-20T08:00:00Z"], 0);
        check(true, &batches, ["2026-11-28T00:00:00Z", "2026-11-29T00:00:00Z"], 2);
    }

    /// The list of AWS's own example:
    /// <https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html>.
    #[test]
    fn a_request_is_signed_as_s3_documents_it() {
        let env = [
            ("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE"),
            ("AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"),
            ("AWS_REGION", "us-east-1"),
        ];
        let service = Service::from_environment(env.as_slice(), SERVICE, signing_settings()).unwrap();
        let mut request =
            Request::get("https://examplebucket.s3.amazonaws.com/?max-keys=2&prefix=J").body(String::new()).unwrap();
        let time = SystemTime::UNIX_EPOCH + Duration::from_hours(380_376);
        service.sign(&mut request, time).unwrap();
        let authorization = request.headers()["authorization"].to_str().unwrap();
        let expect = "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request, \
            SignedHeaders=host;x-amz-content-sha256;x-amz-date, \
            Signature=34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7";
        assert_eq!(authorization, expect);
    }

    #[test]
    fn the_bucket_has_the_name_of_one() {
        let env = |bucket| {
            [
                ("LOGBRAID_FAILED_BUCKET", bucket),
                ("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE"),
                ("AWS_SECRET_ACCESS_KEY", "key"),
                ("AWS_REGION", "eu-west-1"),
            ]
        };
        let bucket = FailedBucket::from_environment(env("stack-failed.1").as_slice()).unwrap().unwrap();
        assert_eq!(bucket.service.endpoint(), "https://s3.eu-west-1.amazonaws.com/stack-failed.1/");
        assert!(FailedBucket::from_environment(env("").as_slice()).unwrap().is_none());
        let error = FailedBucket::from_environment(env("a/b").as_slice()).unwrap_err();
        assert_eq!(error.to_string(), "LOGBRAID_FAILED_BUCKET is `a/b`: expected the name of an S3 bucket");
        let error = FailedBucket::from_environment([("LOGBRAID_FAILED_BUCKET", "b")].as_slice()).unwrap_err();
        assert_eq!(error.to_string(), "AWS_ACCESS_KEY_ID is not set: expected what Lambda sets");
    }
}
