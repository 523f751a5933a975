//! Asks S3 what the archive's bucket is like.

use aws_sdk_s3::Client;
use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_s3::operation::get_bucket_encryption::GetBucketEncryptionOutput;
use aws_sdk_s3::types::{BucketVersioningStatus, PublicAccessBlockConfiguration, ServerSideEncryption};
use runtime::telemetry::chain;
use serde_json::Value;

/// The header with the region of a bucket, also where another region is asked.
const REGION: &str = "x-amz-bucket-region";
/// The codes of a lack of permissions. An answer to `HEAD` has no code of S3.
const DENIED: [&str; 3] = ["AccessDenied", "Forbidden", "AllAccessDisabled"];
/// The code for a bucket without a block of its own.
const NO_BLOCK: &str = "NoSuchPublicAccessBlockConfiguration";
/// The end of the name of AWS's own key.
const KEY_OF_AWS: &str = "alias/aws/s3";
const MISSING: u16 = 404;
const FORBIDDEN: u16 = 403;

/// What a look at the bucket found.
pub(super) enum Look {
    /// It is there.
    There(BucketFacts),
    /// There is none of this name.
    Missing,
    /// It is not known whether it is there: a permission is missing.
    Denied,
    /// S3 did not answer as it should.
    Failed(String),
}

/// A bucket. What is not known, for lack of permissions, is `None`.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(super) struct BucketFacts {
    /// Where it is.
    pub(super) region: Option<String>,
    /// Whether it is open to everybody.
    pub(super) openness: Openness,
    /// Whether it keeps what is overwritten or deleted.
    pub(super) keeps_versions: Option<bool>,
    /// What it is encrypted with.
    pub(super) encryption: Option<Encryption>,
}

/// Whether a bucket is open to everybody. What is not known, for lack of permissions, is `None`.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(in super::super) struct Openness {
    /// Whether it refuses every policy that would open it to everybody.
    pub(super) blocks_public: Option<bool>,
    /// Whether its policy opens it to everybody.
    pub(super) is_public: Option<bool>,
}

/// What a bucket encrypts objects with.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(in super::super) enum Encryption {
    /// A key that AWS keeps.
    OfAws,
    /// A KMS key of the account.
    Key(String),
}

/// Asks for everything.
pub(super) async fn look(client: &Client, bucket: &str) -> Look {
    let region = match client.head_bucket().bucket(bucket).send().await {
        Ok(head) => head.bucket_region,
        Err(error) => match (status(&error), region_in(&error)) {
            (Some(MISSING), _) => return Look::Missing,
            (Some(FORBIDDEN), None) => return Look::Denied,
            // Another region answers by telling the right one.
            (_, Some(region)) => return Look::There(BucketFacts { region: Some(region), ..BucketFacts::default() }),
            (_, None) => return Look::Failed(chain(&error)),
        },
    };
    let openness = openness(client, bucket).await;
    let versions = client.get_bucket_versioning().bucket(bucket).send().await;
    let keeps_versions = known(versions).ok().flatten().map(|own| own.status == Some(BucketVersioningStatus::Enabled));
    let encryption = encryption(client, bucket).await.ok().flatten();
    Look::There(BucketFacts { region, openness, keeps_versions, encryption })
}

/// Asks what a bucket is encrypted with; `None` if a permission for it is missing, else the code of the refusal.
pub(in super::super) async fn encryption(client: &Client, bucket: &str) -> Result<Option<Encryption>, String> {
    let encryption = client.get_bucket_encryption().bucket(bucket).send().await;
    let read = |own: GetBucketEncryptionOutput| {
        let rules = own.server_side_encryption_configuration.map(|own| own.rules).unwrap_or_default();
        let default = rules.into_iter().find_map(|rule| rule.apply_server_side_encryption_by_default);
        let is_kms = |own: &ServerSideEncryption| *own != ServerSideEncryption::Aes256;
        let key = default.filter(|own| is_kms(&own.sse_algorithm)).and_then(|own| own.kms_master_key_id);
        key.filter(|key| !key.ends_with(KEY_OF_AWS)).map_or(Encryption::OfAws, Encryption::Key)
    };
    known(encryption).map(|answer| answer.map(read))
}

/// Reads the policy of a bucket, `null` without one; `None` if a permission for it is missing.
pub(in super::super) async fn policy(client: &Client, bucket: &str) -> Option<Value> {
    match known(client.get_bucket_policy().bucket(bucket).send().await) {
        Ok(answer) => answer.map(|own| serde_json::from_str(&own.policy.unwrap_or_default()).unwrap_or_default()),
        Err(_) => Some(Value::Null),
    }
}

/// Asks whether a bucket is open to everybody.
pub(in super::super) async fn openness(client: &Client, bucket: &str) -> Openness {
    let block = client.get_public_access_block().bucket(bucket).send().await;
    let blocks_public = match known(block) {
        Ok(answer) => answer.map(|own| own.public_access_block_configuration.is_some_and(|own| blocks_all(&own))),
        Err(code) if code == NO_BLOCK => Some(false),
        Err(_) => None,
    };
    // Without a policy there is an error, and nobody else may read.
    let policy = client.get_bucket_policy_status().bucket(bucket).send().await;
    let is_public = known(policy).ok().flatten().and_then(|own| own.policy_status?.is_public);
    Openness { blocks_public, is_public }
}

impl Openness {
    /// Returns what is wrong: whether it is a problem, what is so, and what to do. `content` is what is in the bucket.
    pub(in super::super) fn finding(self, name: &str, content: &str) -> Option<(bool, String, String)> {
        let block = format!(
            "aws s3api put-public-access-block --bucket {name} --public-access-block-configuration \
             BlockPublicAcls=true,IgnorePublicAcls=true,BlockPublicPolicy=true,RestrictPublicBuckets=true"
        );
        match (self.is_public, self.blocks_public) {
            // The block is above the policy.
            (_, Some(true)) => None,
            (Some(true), _) => {
                let what = format!("the policy of {name} lets everybody in: everybody may read {content}");
                Some((true, what, block))
            }
            (_, Some(false)) => {
                let what = format!("{name} does not block public access: a policy could let everybody in");
                Some((false, what, block))
            }
            (_, None) => None,
        }
    }
}

fn blocks_all(block: &PublicAccessBlockConfiguration) -> bool {
    let parts =
        [block.block_public_acls, block.ignore_public_acls, block.block_public_policy, block.restrict_public_buckets];
    parts.iter().all(|part| *part == Some(true))
}

/// Returns an answer; `None` if a permission for it is missing; else the code of the refusal.
fn known<T, E: ProvideErrorMetadata>(answer: Result<T, SdkError<E>>) -> Result<Option<T>, String> {
    match answer {
        Ok(answer) => Ok(Some(answer)),
        Err(error) => match error.code() {
            Some(code) if DENIED.contains(&code) => Ok(None),
            code => Err(code.unwrap_or_default().to_owned()),
        },
    }
}

fn status<E>(error: &SdkError<E>) -> Option<u16> {
    error.raw_response().map(|answer| answer.status().as_u16())
}

fn region_in<E>(error: &SdkError<E>) -> Option<String> {
    error.raw_response()?.headers().get(REGION).map(str::to_owned)
}
